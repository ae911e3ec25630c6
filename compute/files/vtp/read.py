"""From a VTP file to a surface, a curve or a mesh."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np

from compute.files.errors import FileFormatError, shown
from compute.files.isolated import Arrays, read_isolated
from compute.files.log_heights import OFFSET
from compute.files.ply.read import arranged
from compute.files.ply.table import ArrayTable, Lists, Table
from compute.files.records import MARK_COLUMNS, Header, data_names, header_of, rebuilt, taking
from compute.surface import Curve, HeightMesh, Surface

__all__ = ["HEADER", "RESERVED", "load", "matches"]

HEADER = "loss-surface"  # the name of the field data with the header
RESERVED = ("x", "y", "z", "status", "Points")  # names of point arrays that no field has
DAMAGED = "Write it again; it was probably changed by hand."


def matches(head: bytes) -> bool:
    """Whether a file that begins like this may be a VTK XML file."""
    return b"<VTKFile" in head


def load(path: str | os.PathLike[str], *, field: str | None = None) -> Surface | Curve | HeightMesh:
    """Read a VTP file by anyone.

    Args:
        path: the file.
        field: the point array to take as height (``z``, or its name); by default the file's
            own choice, or the likeliest one.

    Raises:
        FileFormatError: it cannot be read, or has no points, or no such array.
    """
    facts, arrays = read_isolated("compute.files.vtp.raw", path, "VTK")
    if HEADER in facts["texts"]:
        header = header_of(facts["texts"][HEADER], path)
        own = _own(header, arrays, path)
        if own is not None:
            return taking(own, field, path)
    scalars = {axis: arrays[axis] for axis in "xyz"}
    names = {f"point:{name}": name for name in map(_name, arrays) if name not in scalars}
    scalars |= {name: arrays[key] for key, name in names.items() if key in arrays}
    tables: dict[str, Table] = {"vertex": ArrayTable("vertex", scalars)}
    if "polys:lengths" in arrays:
        faces = Lists(arrays["polys:lengths"], arrays["polys:corners"])
        tables["face"] = ArrayTable("face", {}, {"vertex_indices": faces})
    if "strips:lengths" in arrays:
        tables["tristrips"] = ArrayTable("tristrips", {}, {"vertex_indices": _strips(arrays)})
    if "lines:lengths" in arrays:
        tables["edge"] = ArrayTable("edge", _edges(arrays))
    loaded = arranged(path, tables, field=field)
    return replace(loaded, notices=(*loaded.notices, *_about_logarithm(loaded)))


def _name(key: str) -> str:
    return key.partition(":")[2] if key.startswith("point:") else ""


def _strips(arrays: Arrays) -> Lists:
    """All strips as one list, with -1 between them, as a PLY file has them."""
    lengths, corners = arrays["strips:lengths"], arrays["strips:corners"]
    joined = np.insert(corners, np.cumsum(lengths), -1)
    return Lists(np.array([joined.size]), joined)


def _edges(arrays: Arrays) -> dict[str, Any]:
    """The segments of polylines."""
    lengths, corners = arrays["lines:lengths"], arrays["lines:corners"]
    inner = np.ones(max(corners.size - 1, 0), bool)
    ends = np.cumsum(lengths)[:-1]
    inner[ends[(ends > 0) & (ends < corners.size)] - 1] = False
    return {"vertex1": corners[:-1][inner], "vertex2": corners[1:][inner]}


def _about_logarithm(loaded: Surface | Curve | HeightMesh) -> tuple[str, ...]:
    """What to tell of heights that look like ln(loss + 0.1), as h52vtp.py --log writes them."""
    names = loaded.fields if isinstance(loaded, HeightMesh) else loaded.metrics
    height = loaded.height if isinstance(loaded, HeightMesh) else loaded.loss
    if "zvalue" not in (*names, loaded.field) or not height.size:
        return ()
    lowest = np.nanmin(height) if np.isfinite(height).any() else 0.0
    if not np.log(OFFSET) - 1e-6 <= lowest < 0:
        return ()
    return (
        f"The heights are probably ln(loss + {OFFSET:g}), of h52vtp.py --log: --undo-log gives the loss.",
    )


def _own(header: Header, arrays: Arrays, path: str | os.PathLike[str]) -> Surface | Curve | None:
    """A file that `compute.files.vtp.write` wrote; None where its points were changed since.

    Raises:
        FileFormatError: a field is missing.
    """
    axes = {axis: arrays[f"field:{axis}"] for axis in "xy" if f"field:{axis}" in arrays}
    if "x" not in axes or (header.kind == "surface" and "y" not in axes):
        return None
    shape = (axes["y"].size, axes["x"].size) if header.kind == "surface" else (axes["x"].size,)
    if arrays["x"].size != int(np.prod(shape)):
        return None
    fields = {}
    for name, stored in data_names((header.field, *header.metrics), RESERVED).items():
        if f"point:{stored}" not in arrays:
            raise FileFormatError(path, f"its field {shown(name)} is missing", DAMAGED)
        fields[name] = arrays[f"point:{stored}"].reshape(shape)
    status = arrays.get("point:status")
    marks = {
        table: {column: arrays[key] for column in columns if (key := f"field:{table}.{column}") in arrays}
        for table, columns in MARK_COLUMNS.items()
    }
    return rebuilt(header, axes, fields, None if status is None else status.reshape(shape), marks, path)
