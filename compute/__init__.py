"""Loss landscapes of trained networks, as numbers: model and data in, a surface file out.

The names below are the public interface. They are imported when first used, so that
``import compute`` costs nothing and needs neither torch nor a GL library: a viewer of
surfaces has no use for either.

>>> import compute
>>> surface = compute.random_plane(model, compute.Loss("cross_entropy", x, y))  # doctest: +SKIP
>>> surface.save("surface.ply")  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compute.arrays import array_direction, flatten_arrays, unflatten_arrays
    from compute.curvature.hessian import HessianExtremes, gradient_direction, hessian_eigenvectors
    from compute.directions.between import direction_between
    from compute.directions.direction import Direction
    from compute.directions.files import load_direction
    from compute.directions.random import random_direction
    from compute.errors import EvaluationError
    from compute.files import load, save
    from compute.functions import function_line, function_plane
    from compute.landscapes import (
        eigen_plane,
        line,
        linear_interpolation,
        pca_directions,
        pca_plane,
        planar_interpolation,
        plane,
        point,
        random_line,
        random_plane,
    )
    from compute.metrics import Loss, Regularised
    from compute.runs import Run
    from compute.surface import CriticalPoint, Curve, HeightMesh, Path, Surface
    from compute.trajectory.folder import Trajectory
    from compute.trajectory.projection import add_paths, project

__all__ = [
    "CriticalPoint",
    "Curve",
    "Direction",
    "EvaluationError",
    "HeightMesh",
    "HessianExtremes",
    "Loss",
    "Path",
    "Regularised",
    "Run",
    "Surface",
    "Trajectory",
    "array_direction",
    "add_paths",
    "direction_between",
    "eigen_plane",
    "flatten_arrays",
    "function_line",
    "function_plane",
    "gradient_direction",
    "hessian_eigenvectors",
    "line",
    "linear_interpolation",
    "load",
    "load_direction",
    "pca_directions",
    "pca_plane",
    "planar_interpolation",
    "plane",
    "point",
    "project",
    "random_direction",
    "random_line",
    "random_plane",
    "save",
    "unflatten_arrays",
]

_HOME = {
    "CriticalPoint": "surface",
    "Curve": "surface",
    "Direction": "directions.direction",
    "EvaluationError": "errors",
    "HeightMesh": "surface",
    "HessianExtremes": "curvature.hessian",
    "Loss": "metrics",
    "Path": "surface",
    "Regularised": "metrics",
    "Run": "runs",
    "Surface": "surface",
    "Trajectory": "trajectory.folder",
    "array_direction": "arrays",
    "add_paths": "trajectory.projection",
    "direction_between": "directions.between",
    "eigen_plane": "landscapes",
    "flatten_arrays": "arrays",
    "function_line": "functions",
    "function_plane": "functions",
    "gradient_direction": "curvature.hessian",
    "hessian_eigenvectors": "curvature.hessian",
    "line": "landscapes",
    "linear_interpolation": "landscapes",
    "load": "files",
    "load_direction": "directions.files",
    "pca_directions": "landscapes",
    "pca_plane": "landscapes",
    "planar_interpolation": "landscapes",
    "plane": "landscapes",
    "point": "landscapes",
    "project": "trajectory.projection",
    "random_direction": "directions.random",
    "random_line": "landscapes",
    "random_plane": "landscapes",
    "save": "files",
    "unflatten_arrays": "arrays",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise ImportError(
            f"compute.{name}: it needs torch, which is not installed here\n"
            f"Install the part of the program that computes: pip install 'glviz[compute]'"
        ) from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
