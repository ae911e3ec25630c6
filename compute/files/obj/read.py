"""From an OBJ file to a surface or a mesh."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.files.errors import FileFormatError, shown
from compute.files.lattice import Lattice, find_lattice
from compute.files.obj.parse import Shape, parse
from compute.files.ply.dialect import Dialect, dialect_of
from compute.surface import FAILED, OK, HeightMesh, Surface, status_of

__all__ = ["MISSING", "MODEL", "load", "matches"]

MISSING = "missing"
"""Key of the vertices without a value, by their status, in what the comments of our own files say."""

MODEL = "surface_points"
"""Key of the number of vertices of the surface itself, the first ones of a model of ours, y up."""


def matches(head: bytes) -> bool:
    """Whether a file that begins like this is an OBJ file."""
    start = head.lstrip().lower()
    keyword = start.startswith((b"v ", b"o ", b"g ", b"mtllib ", b"vn ", b"vt "))
    return keyword or (start.startswith(b"#") and (b"obj" in start or b"wavefront" in start))


def load(path: str | os.PathLike[str], *, field: str | None = None) -> Surface | HeightMesh:
    """Read an OBJ file: a grid over x and y with the height in z, or over x and z with y up; else a mesh.

    Args:
        path: the file.
        field: the name of the height, as it is all that the format has.

    Raises:
        FileFormatError: the file cannot be read or understood.
    """
    try:
        with np.errstate(all="ignore"):
            return _arranged(parse(path), path, field)
    except MemoryError:
        todo = "Close other programs, or export less."
        raise FileFormatError(path, "there is not enough memory for it", todo) from None
    except OSError as error:
        found = error.strerror or str(error)
        raise FileFormatError(path, found, "Check its name and its permissions.") from error


def _arranged(shape: Shape, path: str | os.PathLike[str], field: str | None) -> Surface | HeightMesh:
    dialect = dialect_of(shape.comments)
    name = (dialect.field or "loss") if dialect.marked else "z"
    if field is not None and field != name:
        found = f"there is no field {shown(field, 40)}"
        raise FileFormatError(path, found, f"An OBJ file has one height, here called {name}.")
    x, y, z = np.ascontiguousarray(shape.points.T)
    notices = list(dialect.notices)
    own = dialect.meta.pop(MODEL, None) if dialect.marked else None
    if isinstance(own, int) and 0 < own <= x.size:
        notices.append("This is a model: the surface alone is shown, its height in metres.")
        corners = shape.triangles[(shape.triangles < own).all(axis=1)]
        shape = Shape(shape.points[:own], corners, shape.comments)
        x, y, z = x[:own], -z[:own], y[:own]
    stated = dialect.shape
    lattice = find_lattice(x, y, (stated[0], stated[1]) if stated and len(stated) == 2 else None)
    if lattice is None or not (min(lattice.shape) > 1 or lattice.shape == stated):
        # z to the front: the plane is seen from above with -z upwards on the page.
        turned = find_lattice(x, -z)
        lattice = turned if turned is not None and min(turned.shape) > 1 else None
        if lattice is not None:
            y, z = -z, y
            name = "y" if name == "z" else name
            notices.append("In this file y is up: the surface was turned.")
    if lattice is None:
        if not shape.triangles.size and x.size > 1:
            notices.append("The points are no grid, and there are no faces to join them.")
        return HeightMesh(x, y, z, shape.triangles, meta=dialect.meta, field=name, notices=tuple(notices))
    return _surface(lattice, z, dialect, name, notices)


def _surface(
    lattice: Lattice, height: NDArray[Any], dialect: Dialect, name: str, notices: list[str]
) -> Surface:
    meta = dict(dialect.meta)
    status = status_of(height)
    height = height.copy()
    if dialect.marked:
        status, height = _with_missing(meta.pop(MISSING, {}), status, height)
    order = lattice.order
    return Surface(
        lattice.x,
        lattice.y,
        height[order],
        status=status[order],
        meta=meta,
        field=name,
        notices=tuple(notices),
    )


def _with_missing(
    missing: object, status: NDArray[Any], height: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Status and heights with the vertices that stand for no value; what is not understood is passed over."""
    if isinstance(missing, dict):
        for code in range(FAILED + 1):
            vertices = missing.get(str(code))
            if code == OK or not isinstance(vertices, list):
                continue
            known = [v for v in vertices if isinstance(v, int) and 0 < v <= height.size]
            index = np.array(known, np.int64) - 1
            status[index], height[index] = code, np.nan
    return status, height
