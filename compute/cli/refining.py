"""Exact critical points at the command line: the network, the data and the plane of a surface again."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from compute.errors import UsageError
from compute.surface import CriticalPoint, HeightMesh, Surface

if TYPE_CHECKING:
    from torch import nn

    from compute.directions.direction import Direction

__all__ = ["check_refining", "refined"]

AGREEMENT = 1e-3  # of the model's loss with the surface's, relative
CELLS = 2  # that a point may move


def check_refining(arguments: argparse.Namespace) -> None:
    """Make sure that ``--refine`` comes with what it needs, and what it needs with ``--refine``.

    Raises:
        UsageError: it does not.
    """
    doing = "reading the command line"
    given = [name for name in ("model", "data", "checkpoint", "directions") if getattr(arguments, name)]
    if given and not arguments.refine:
        raise UsageError(doing, f"--{given[0]} is for exact places", "Add --refine, or leave it out.")
    missing = [f"--{name}" for name in ("model", "data") if getattr(arguments, name) is None]
    if arguments.refine and missing:
        raise UsageError(doing, f"--refine needs {' and '.join(missing)}", "Give those of the surface.")


def refined(
    data: Surface | HeightMesh, points: tuple[CriticalPoint, ...], arguments: argparse.Namespace
) -> tuple[tuple[CriticalPoint, ...], list[dict[str, Any]]]:
    """The points at their exact places, and what Newton's method did to each inner one.

    Raises:
        UsageError: no grid, or the model's loss is not the surface's.
    """
    import numpy as np

    from compute.cli.landscape import begin
    from compute.cli.progress import progress_bar
    from compute.curvature.refinement import InPlane, refine_points
    from compute.metrics import as_metric

    doing = f"refining the critical points of {arguments.file}"
    if not isinstance(data, Surface):
        raise UsageError(doing, "a mesh is no plane of a network", "Leave --refine out.")
    if data.meta.get("bn", "frozen") != "frozen":
        todo = "Only surfaces with frozen statistics have exact places: leave --refine out."
        raise UsageError(doing, f"its BatchNorm statistics are {data.meta['bn']!r}", todo)
    if min(data.shape) < 2 or not points:
        return points, []
    problem, metric, meta = begin(arguments)
    metric = as_metric(metric)
    here, there = (m.get("checkpoint", {}).get("sha256") for m in (meta, data.meta))
    if here is not None and there is not None and here != there:
        found = (
            f"the surface is of {data.meta['checkpoint'].get('file', 'another checkpoint')}, by its checksum"
        )
        raise UsageError(doing, found, "Give the checkpoint that the surface was computed from.")
    directions = _directions(data, problem.model, arguments, doing)

    lowest = min(points, key=lambda point: point.loss)
    row, column = np.argmin(np.abs(data.y - lowest.y)), np.argmin(np.abs(data.x - lowest.x))
    plane = InPlane(problem.model, metric, directions)
    plane.move(float(data.x[column]), float(data.y[row]))
    own, stored = plane.loss(), float(data.loss[row, column])
    if not abs(own - stored) <= AGREEMENT * max(abs(own), abs(stored)) + 1e-12:
        raise UsageError(
            doing,
            f"at ({data.x[column]:g}, {data.y[row]:g}) the loss is {own:.6g}, and {stored:.6g} in the file",
            "Give the model, checkpoint, data, loss and directions of the surface (see glviz-compute info).",
        )
    del plane
    step_x, step_y = (float(np.diff(axis).max()) for axis in (data.x, data.y))
    with progress_bar("refining", "point") as show:
        results = refine_points(
            # From the grid's vertex on, so that the gradient before is that of the grid's point.
            [_at_vertex(point, data) for point in points],
            problem.model,
            metric,
            directions,
            reach=(CELLS * step_x, CELLS * step_y),
            progress=lambda done: show(done, len(points)),
        )
    reports = [
        {
            "kind": each.point.kind,
            "x": each.point.x,
            "y": each.point.y,
            "start": list(each.start),
            "gradient_before": each.before,
            "gradient_after": each.after,
            "steps": each.steps,
            "exact": each.moved,
        }
        for each in results
        if not each.point.boundary
    ]
    exact = tuple(each.point if each.moved else old for each, old in zip(results, points, strict=True))
    return exact, reports


def _at_vertex(point: CriticalPoint, data: Surface) -> CriticalPoint:
    """The point on the grid, at the vertex nearby that has its value."""
    import dataclasses

    import numpy as np

    row, column = np.nonzero(data.loss == point.loss)
    if not row.size:
        return point
    nearest = np.argmin((data.x[column] - point.x) ** 2 + (data.y[row] - point.y) ** 2)
    x, y = float(data.x[column[nearest]]), float(data.y[row[nearest]])
    return dataclasses.replace(point, x=x, y=y)


def _directions(
    data: Surface, model: nn.Module, arguments: argparse.Namespace, doing: str
) -> tuple[Direction, Direction]:
    """Those of the files, or the random ones of the surface made again.

    Raises:
        UsageError: they are neither.
    """
    from compute.directions.files import load_direction
    from compute.landscapes.planes import random_directions

    if arguments.directions is not None:
        one, other = (load_direction(file, model) for file in arguments.directions)
        return one, other
    meta = data.meta
    if meta.get("directions") != "random" or not isinstance(meta.get("seed"), int):
        raise UsageError(
            doing,
            f"its directions ({meta.get('directions', 'unknown')}) cannot be made again from the file",
            "Compute it with --save-directions PREFIX, and give them with --directions.",
        )
    return random_directions(
        model,
        seed=meta["seed"],
        norm=str(meta.get("norm", "filter")),
        ignore=meta.get("ignore"),
        orthogonal=bool(meta.get("orthogonal")),
    )
