"""A surface or a curve as named arrays and one JSON header: what NPZ, HDF5 and VTP files hold.

The header says what arrays cannot:

    {"dialect": "loss-surface 1", "kind": "surface", "field": "loss",
     "metrics": ["accuracy"], "paths": ["sgd"], "meta": {...}}

Descent paths and critical points are columns, named as the properties of the elements
``path_point`` and ``critical_point`` of a PLY file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.errors import listing
from compute.files.errors import FileFormatError, shown
from compute.files.ply.dialect import MARK
from compute.files.ply.marks import KINDS, UNKNOWN, critical_points_of, paths_of
from compute.files.ply.table import ArrayTable
from compute.files.provenance import json_text, notes_of
from compute.surface import FAILED, Curve, Surface

__all__ = [
    "MARK_COLUMNS",
    "Header",
    "data_names",
    "header_of",
    "header_text",
    "marks_of",
    "rebuilt",
    "taking",
]

Columns = Mapping[str, NDArray[Any]]

MOST_HEADER = 64 * 2**20  # characters
DAMAGED = "Write it again; it was probably changed by hand or cut off."

# Columns that descent paths and critical points may have, by the name of their table.
MARK_COLUMNS = {
    "path_point": ("path", "step", "x", "y", "loss", "residual"),
    "critical_point": (
        "x", "y", "loss", "persistence", "index", "boundary", "multiplicity", "significant",
        "eigenvalue_min", "eigenvalue_max",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Header:
    """What a file of the dialect says of its arrays.

    Attributes:
        kind: "surface" or "curve".
        field: name of the height.
        metrics: names of the further fields, in order.
        paths: names of the descent paths, by number.
        meta: provenance.
    """

    kind: str
    field: str
    metrics: tuple[str, ...]
    paths: tuple[str, ...]
    meta: dict[str, Any]


def header_text(obj: Surface | Curve, path: str | os.PathLike[str]) -> str:
    """The header of a file that holds ``obj``, as JSON in ASCII.

    Args:
        obj: what is to be written.
        path: where to, for messages.

    Raises:
        TypeError: it is neither a surface nor a curve.
        ValueError: its meta has no place in JSON.
    """
    if not isinstance(obj, Surface | Curve):
        kind = type(obj).__name__
        raise TypeError(
            f"saving {os.fsdecode(path)}: only surfaces and curves can be saved, this is a {kind}"
        )
    if obj.field in obj.metrics:
        raise ValueError(f"metric {obj.field!r} has the name of the height: rename it")
    return json_text(
        {
            "dialect": MARK,
            "kind": "surface" if isinstance(obj, Surface) else "curve",
            "field": obj.field,
            "metrics": list(obj.metrics),
            "paths": [p.name for p in obj.paths] if isinstance(obj, Surface) else [],
            "meta": obj.meta,
        }
    )


def header_of(text: str, path: str | os.PathLike[str]) -> Header:
    """The header in a file.

    Args:
        text: JSON.
        path: of the file, for messages.

    Raises:
        FileFormatError: it is no such header.
    """
    try:
        found = json.loads(text) if len(text) <= MOST_HEADER else None
    except (ValueError, RecursionError):  # ValueError: also of a number with 5,000 digits
        found = None
    if not isinstance(found, dict) or found.get("dialect") != MARK:
        raise FileFormatError(path, "its header is no JSON object of this dialect", DAMAGED)
    kind, field, meta = found.get("kind"), found.get("field"), found.get("meta")
    metrics, paths = found.get("metrics"), found.get("paths")
    sound = kind in ("surface", "curve") and isinstance(field, str) and isinstance(meta, dict)
    for names in (metrics, paths):
        sound = sound and isinstance(names, list) and all(isinstance(name, str) for name in names)
    if not sound or len({field, *metrics}) != len(metrics) + 1:  # type: ignore[misc, arg-type]
        raise FileFormatError(path, "its header lacks a part, or names a field twice", DAMAGED)
    return Header(str(kind), str(field), tuple(metrics), tuple(paths), dict(meta))  # type: ignore[arg-type]


def data_names(names: Iterable[str], reserved: Iterable[str]) -> dict[str, str]:
    """Under which name each field lies in a file: its own where that can be, else one with its number.

    The same on writing and on reading, so that no file need say it.

    Args:
        names: of the fields, in order.
        reserved: names of the file's other parts.
    """
    taken, found = set(reserved), {}
    for number, name in enumerate(names):
        plain = (
            name.isascii() and name.isprintable() and name.strip(".") and not set('/\\<>:"|?*') & set(name)
        )
        own = name if plain and name == name.strip() and len(name) <= 100 else f"field_{number}"
        while own in taken:
            own += "_"
        found[name] = own
        taken.add(own)
    return found


def marks_of(obj: Surface | Curve) -> dict[str, dict[str, NDArray[Any]]]:
    """The columns of its descent paths and critical points; tables without a row are left out."""
    if isinstance(obj, Curve):
        return {}
    tables: dict[str, dict[str, NDArray[Any]]] = {}
    if any(len(path) for path in obj.paths):
        tables["path_point"] = {
            "path": np.repeat(np.arange(len(obj.paths)), [len(path) for path in obj.paths]),
            **{
                name: np.concatenate([getattr(path, name) for path in obj.paths])
                for name in ("step", "x", "y", "loss", "residual")
            },
        }
    points = obj.critical_points
    if points:
        pairs = [point.eigenvalues or (np.nan, np.nan) for point in points]
        tables["critical_point"] = {
            **{
                name: np.array([getattr(point, name) for point in points], np.float64)
                for name in ("x", "y", "loss", "persistence")
            },
            "index": np.array([KINDS.index(point.kind) for point in points], np.uint8),
            "boundary": np.array([point.boundary for point in points], np.uint8),
            "multiplicity": np.array([point.multiplicity for point in points], np.int64),
            "significant": np.array(
                [UNKNOWN if p.significant is None else p.significant for p in points], np.uint8
            ),
            "eigenvalue_min": np.array([pair[0] for pair in pairs], np.float64),
            "eigenvalue_max": np.array([pair[1] for pair in pairs], np.float64),
        }
    return tables


def rebuilt(
    header: Header,
    axes: Columns,
    fields: Columns,
    status: NDArray[Any] | None,
    marks: Mapping[str, Columns],
    path: str | os.PathLike[str],
) -> Surface | Curve:
    """The surface or curve that a file of the dialect holds.

    Args:
        header: what it says.
        axes: ``x`` and, for a surface, ``y``.
        fields: values by name, the height and every metric of the header.
        status: of every point, or None.
        marks: the columns of path points and critical points.
        path: of the file, for messages.

    Raises:
        FileFormatError: the arrays do not fit together.
    """
    notices = list(notes_of(header.meta))
    if status is not None and not (status <= FAILED).all():
        notices.append("The status of some points is no known one; all are judged by their values.")
        status = None
    height = fields[header.field]
    metrics = {name: fields[name] for name in header.metrics}
    known: dict[str, Any] = {"metrics": metrics, "status": status, "meta": header.meta, "field": header.field}
    try:
        if header.kind == "curve":
            return Curve(axes["x"], height, notices=tuple(notices), **known)
        paths, about_paths = paths_of(_table(marks, "path_point"), header.paths)
        points, about_points = critical_points_of(_table(marks, "critical_point"))
        if not paths and header.paths and not about_paths:  # all of them without a point
            paths, about_paths = paths_of(ArrayTable("path_point", _NO_POINTS), header.paths)
        return Surface(
            axes["x"],
            axes["y"],
            height,
            paths=paths,
            critical_points=points,
            notices=(*notices, *about_paths, *about_points),
            **known,
        )
    except ValueError as error:
        raise FileFormatError(path, str(error), DAMAGED) from error


def taking(obj: Surface | Curve, field: str | None, path: str | os.PathLike[str]) -> Surface | Curve:
    """The same with another of its fields for the height, which becomes a metric.

    Args:
        obj: what a file holds.
        field: the name of the height, or None for the file's own.
        path: of the file, for messages.

    Raises:
        FileFormatError: there is no such field.
    """
    if field is None or field == obj.field:
        return obj
    if field not in obj.metrics:
        known = listing((shown(name, 40) for name in (obj.field, *obj.metrics)), limit=20)
        raise FileFormatError(path, f"there is no field {shown(field)}", f"Choose one of: {known}.")
    metrics = {obj.field: obj.loss, **{name: v for name, v in obj.metrics.items() if name != field}}
    return replace(obj, loss=obj.metrics[field], metrics=metrics, field=field)


_NO_POINTS = {name: np.empty(0) for name in MARK_COLUMNS["path_point"]}


def _table(marks: Mapping[str, Columns], name: str) -> ArrayTable | None:
    columns = marks.get(name)
    return ArrayTable(name, columns) if columns else None
