"""Surfaces and curves as PLY files of the dialect "loss-surface 1"."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from plyfile import PlyData, PlyElement

from compute.files.atomic import replacing
from compute.files.ply.dialect import STATUS, comments_of, valid_name
from compute.files.ply.errors import Origin, PlyError
from compute.files.ply.header import parse_header
from compute.files.ply.marks import KINDS, UNKNOWN
from compute.files.quads import drawn_height, quads
from compute.surface import CriticalPoint, Curve, Path, Surface

__all__ = ["save"]

Floats = NDArray[np.float64]


def save(obj: Surface | Curve, path: str | os.PathLike[str], *, text: bool = False) -> None:
    """Write a surface or a curve; the old file stays as it was unless all goes well.

    Float64 values come back bit for bit, as text too (but for the payload of a NaN).

    Args:
        obj: what to write.
        path: where.
        text: write an ASCII file, larger and slower, for other tools.

    Raises:
        TypeError: it is neither a surface nor a curve.
        ValueError: a name or a value has no place in the format.
        OSError: the file cannot be written.
    """
    if isinstance(obj, Surface):
        elements, structure = _surface_elements(obj)
    elif isinstance(obj, Curve):
        elements, structure = _curve_elements(obj)
    else:
        kind = type(obj).__name__
        raise TypeError(
            f"saving {os.fsdecode(path)}: only surfaces and curves can be saved, this is a {kind}"
        )
    if obj.field != "loss":
        structure["field"] = obj.field
    data = PlyData(elements, text=text, byte_order="<", comments=comments_of(obj.meta, structure))
    try:  # whatever the reader would refuse must not be written
        parse_header(data.header.encode("ascii") + b"\n", Origin(os.fsdecode(path)))
    except PlyError as error:
        raise ValueError(f"saving {os.fsdecode(path)}: {error.found} (is meta too large?)") from error
    with replacing(path) as stream:
        data.write(stream)


def _surface_elements(surface: Surface) -> tuple[list[PlyElement], dict[str, Any]]:
    """Elements of the file, and what meta must say about them."""
    ny, nx = surface.shape
    x, y = np.broadcast_to(surface.x, (ny, nx)), np.broadcast_to(surface.y[:, None], (ny, nx))
    elements = [_vertices(surface, x, y), _faces(surface.finite)]
    structure: dict[str, Any] = {"shape": [ny, nx]}
    if surface.paths:
        elements.append(_path_points(surface.paths))
        structure["paths"] = [path.name for path in surface.paths]
    if surface.critical_points:
        elements.append(_critical_points(surface.critical_points))
    return elements, structure


def _curve_elements(curve: Curve) -> tuple[list[PlyElement], dict[str, Any]]:
    count = curve.x.size
    edges = np.empty(count - 1, [("vertex1", "<i4"), ("vertex2", "<i4")])
    edges["vertex1"] = np.arange(count - 1)
    edges["vertex2"] = np.arange(1, count)
    return [_vertices(curve, curve.x, np.zeros(count)), _Block.of(edges, "edge")], {"shape": [count]}


def _vertices(obj: Surface | Curve, x: Floats, y: Floats) -> PlyElement:
    if obj.loss.size > np.iinfo(np.int32).max:
        raise ValueError(f"{obj.loss.size:,} points are more than a PLY face can count")
    columns = _columns(obj.field, obj.loss, obj.metrics)
    kind = [(name, "<f8") for name in ("x", "y", "z", *columns)] + [(STATUS, "u1")]
    rows = np.empty(obj.loss.shape, kind)
    rows["x"], rows["y"], rows[STATUS] = x, y, obj.status
    rows["z"] = drawn_height(obj)
    for name, values in columns.items():
        rows[name] = values
    return _Block.of(rows.reshape(-1), "vertex")


def _columns(field: str, height: Floats, metrics: Mapping[str, Floats]) -> dict[str, Floats]:
    """The named columns, the height first: called "loss", unless a metric has that name.

    Raises:
        ValueError: a name cannot be that of a property.
    """
    if field in metrics:
        raise ValueError(f"metric {field!r} has the name of the height: rename it")
    height_name = field if "loss" in metrics else "loss"
    for name in (height_name, *metrics):
        if not valid_name(name) or name == "z":
            why = "it is taken" if name in ("x", "y", "z", STATUS) else "not ASCII, with a blank, or too long"
            raise ValueError(f"metric {name[:60]!r} cannot have this name in a PLY file ({why}): rename it")
    return {height_name: height, **metrics}


def _faces(finite: NDArray[np.bool_]) -> PlyElement:
    """The cells whose four corners are finite."""
    corners = quads(finite)
    faces = np.empty(len(corners), [("vertex_indices", "<i4", (4,))])
    faces["vertex_indices"] = corners
    return _Block.of(faces, "face")


def _path_points(paths: Sequence[Path]) -> PlyElement:
    kind = [("path", "<i4"), ("step", "<i4"), *((name, "<f8") for name in ("x", "y", "loss", "residual"))]
    rows = np.empty(sum(len(path) for path in paths), kind)
    start = 0
    for number, path in enumerate(paths):
        if len(path) and np.abs(path.step).max() > np.iinfo(np.int32).max:
            raise ValueError(f"path {path.name!r}: a step is larger than 32 bits can hold")
        part = rows[start : start + len(path)]
        part["path"] = number
        for name in ("step", "x", "y", "loss", "residual"):
            part[name] = getattr(path, name)
        start += len(path)
    return _Block.of(rows, "path_point")


def _critical_points(points: Sequence[CriticalPoint]) -> PlyElement:
    kind = [*((name, "<f8") for name in ("x", "y", "loss", "persistence")), ("index", "u1")]
    kind += [("boundary", "u1"), ("multiplicity", "<i4")]
    # What is not known of any point has no column.
    if any(point.significant is not None for point in points):
        kind.append(("significant", "u1"))
    if any(point.eigenvalues is not None for point in points):
        kind += [("eigenvalue_min", "<f8"), ("eigenvalue_max", "<f8")]
    rows = np.empty(len(points), kind)
    for name in ("x", "y", "loss", "persistence", "boundary", "multiplicity"):
        rows[name] = [getattr(point, name) for point in points]
    rows["index"] = [KINDS.index(point.kind) for point in points]
    if ("significant", "u1") in kind:
        rows["significant"] = [UNKNOWN if p.significant is None else p.significant for p in points]
    if ("eigenvalue_min", "<f8") in kind:
        pairs = np.array([point.eigenvalues or (np.nan, np.nan) for point in points]).reshape(-1, 2)
        rows["eigenvalue_min"], rows["eigenvalue_max"] = pairs.T
    return _Block.of(rows, "critical_point")


class _Block(PlyElement):
    """An element whose rows are all alike, written in one piece.

    plyfile writes rows with lists, and all rows of text, one by one in Python: seconds for a
    million quads. Where every list has the same length, the rows are one array. This replaces
    the method that plyfile calls for each element; should that name ever change, plyfile's own
    way writes the same bytes.
    """

    @classmethod
    def of(cls, rows: NDArray[Any], name: str) -> _Block:
        """The element ``name`` from a structured array; (k,) fields are lists of k."""
        described = PlyElement.describe(rows, name)
        block = cls(name, described.properties, len(rows))
        block.data = rows
        return block

    def _write(self, stream: BinaryIO, text: bool, byte_order: str) -> None:
        rows = self._with_lengths()
        if text:
            formats = ["%.18g" if rows.dtype[name].kind == "f" else "%d" for name in rows.dtype.names or ()]
            np.savetxt(stream, rows, " ".join(formats))
        else:
            order: Any = byte_order
            stream.write(rows.astype(rows.dtype.newbyteorder(order), copy=False).tobytes())

    def _with_lengths(self) -> NDArray[Any]:
        """The rows with a byte before each list that holds its length, lists spelt out as fields."""
        rows: NDArray[Any] = self.data
        names = rows.dtype.names or ()
        if all(rows.dtype[name].shape == () for name in names):
            return rows
        flat: list[tuple[str, Any]] = []
        for name in names:
            base, shape = rows.dtype[name].base, rows.dtype[name].shape
            flat += [(f"{name} length", "u1")] if shape else []
            flat += [(f"{name} {k}", base) for k in range(shape[0])] if shape else [(name, base)]
        packed = np.empty(len(rows), flat)
        for name in names:
            values = rows[name]
            if values.ndim == 1:
                packed[name] = values
                continue
            packed[f"{name} length"] = values.shape[1]
            for k in range(values.shape[1]):
                packed[f"{name} {k}"] = values[:, k]
        return packed
