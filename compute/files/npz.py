"""NPZ files: numpy's archives of arrays. Ours, Landscaper's, and any with x, y and a grid of values.

Ours holds ``x`` (nx,), ``y`` (ny,), the height and every metric (ny, nx) under their own names,
``status``, ``header`` (JSON; see `compute.files.records`), and a column each for descent
paths and critical points ("path_point.x"). ``numpy.load`` needs nothing else to read it. A
square grid has ``coordinates`` too, so that Landscaper's ``load_from_npz`` draws it.

Landscaper's files hold ``loss`` and ``coordinates``, a row for each direction. It computes
``loss[i, j]`` at the i-th step of the *first* direction (``compute.py``), so rows are x,
although its own plots take them for y.

Archives are read member by member with bounds; arrays of objects, and so pickles, never.
"""

from __future__ import annotations

import math
import os
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.errors import listing
from compute.files.archives import unpacked
from compute.files.atomic import replacing
from compute.files.errors import FileFormatError, counted, shown
from compute.files.ply.read import arranged
from compute.files.ply.table import ArrayTable
from compute.files.records import (
    MARK_COLUMNS,
    data_names,
    header_of,
    header_text,
    marks_of,
    rebuilt,
    taking,
)
from compute.surface import Curve, HeightMesh, Surface

__all__ = ["load", "matches", "save"]

Arrays = dict[str, NDArray[Any]]

MOST_BYTES = 2**30  # of all arrays of a file
MOST_MEMBERS = 512
MOST_NPY_HEADER = 10_000
FORM = "A surface has x (nx,), y (ny,) and loss (ny, nx)."
DAMAGED = "Copy or export it again; it is probably damaged."
_BAD = (
    ValueError, TypeError, KeyError, IndexError, SyntaxError, EOFError, OSError, RuntimeError,
    NotImplementedError, OverflowError, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
_X = ("x", "xcoordinates", "alpha", "xs")
_Y = ("y", "ycoordinates", "beta", "ys")
_PARTS = {"x", "y", "status", "header", "coordinates"} | {
    f"{table}.{column}" for table, columns in MARK_COLUMNS.items() for column in columns
}


def matches(head: bytes) -> bool:
    """Whether a file that begins like this may be an archive of arrays."""
    return head.startswith(b"PK\x03\x04") and b".npy" in head


def load(path: str | os.PathLike[str], *, field: str | None = None) -> Surface | Curve | HeightMesh:
    """Read an NPZ file.

    Args:
        path: the file.
        field: the array to take as height; by default ``loss`` or the likeliest one.

    Raises:
        FileFormatError: it cannot be read, holds pickled objects, asks for too much memory, or
            holds no surface.
    """
    arrays = _arrays(path)
    try:
        if "header" in arrays and arrays["header"].dtype.kind == "S" and arrays["header"].size == 1:
            return taking(_own(arrays, path), field, path)
        numbers = {name: a.astype(np.float64) for name, a in arrays.items() if a.dtype.kind in "fiub"}
        if {"loss", "coordinates"} <= set(numbers):
            return taking(_landscaper(numbers, path), field, path)
        texts = [name for name in arrays if name not in numbers]
        return _by_others(numbers, texts, field, path)
    except ValueError as error:
        raise FileFormatError(path, str(error)[:300], FORM) from error


def save(obj: Surface | Curve, path: str | os.PathLike[str]) -> None:
    """Write a surface or a curve; the old file stays as it was unless all goes well.

    Everything comes back bit for bit.

    Args:
        obj: what to write.
        path: where.

    Raises:
        TypeError: it is neither a surface nor a curve.
        ValueError: a value of its meta has no place in the format.
        OSError: the file cannot be written.
    """
    arrays: Arrays = {"header": np.array(header_text(obj, path).encode("ascii")), "x": obj.x}
    if isinstance(obj, Surface):
        arrays["y"] = obj.y
        if obj.x.size == obj.y.size:
            arrays["coordinates"] = np.stack([obj.x, obj.y])
    fields = {obj.field: obj.loss, **obj.metrics}
    arrays |= {key: fields[name] for name, key in data_names(fields, _PARTS).items()}
    arrays["status"] = obj.status
    for table, columns in marks_of(obj).items():
        arrays |= {f"{table}.{name}": column for name, column in columns.items()}
    with replacing(path) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            # Not numpy.savez: the same surface shall give the same bytes, whenever it is saved.
            member = zipfile.ZipInfo(f"{name}.npy")
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            with archive.open(member, "w", force_zip64=True) as out:
                np.lib.format.write_array(out, np.asanyarray(array), allow_pickle=False)


def _arrays(path: str | os.PathLike[str]) -> Arrays:
    """Every array of the archive, by its name without ``.npy``.

    Raises:
        FileFormatError: it is no archive, or damaged, or an array is too large or no numbers.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _members(archive, path)
    except FileFormatError:
        raise
    except MemoryError:
        raise FileFormatError(path, "there is not enough memory for it", "Export fewer points.") from None
    except _BAD as error:
        found = "it is no archive of arrays, or a damaged one"
        raise FileFormatError(path, f"{found} ({str(error)[:120]})", DAMAGED) from error


def _members(archive: zipfile.ZipFile, path: str | os.PathLike[str]) -> Arrays:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        found = f"it has {len(members):,} members, a surface fewer than {MOST_MEMBERS}"
        raise FileFormatError(path, found, FORM)
    if found := unpacked(archive, os.path.getsize(path)):
        raise FileFormatError(path, found, "Write the arrays again, or store them: numpy.savez(...).")
    names = [member.filename for member in members]
    if len(set(names)) != len(names):
        raise FileFormatError(path, "two of its members have the same name", DAMAGED)
    total = 0
    for member in members:
        total += member.file_size
        if total > MOST_BYTES:
            found = f"its arrays take {total:,} bytes up to {shown(member.filename, 40)}"
            raise FileFormatError(
                path, f"{found}, more than {MOST_BYTES:,}", "Keep fewer points, or only one."
            )
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            found = f"{shown(member.filename, 40)} is compressed by the method {member.compress_type}"
            raise FileFormatError(path, found, "Write it with numpy.savez or numpy.savez_compressed.")
    arrays = {}
    for member in members:
        if member.filename.endswith(".npy"):
            with archive.open(member) as stream:
                arrays[member.filename[:-4]] = _array(stream, member, path)
    if not arrays:
        raise FileFormatError(path, "it is a zip archive without arrays", FORM)
    return arrays


def _array(stream: Any, member: zipfile.ZipInfo, path: str | os.PathLike[str]) -> NDArray[Any]:
    """One array, its header held against the size of its member before the rest is read."""
    version = np.lib.format.read_magic(stream)
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in readers:
        raise ValueError(f"unknown version {version} of an array")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of headers that Python 2 wrote
        try:
            shape, fortran_order, kind = readers[version](stream, max_header_size=MOST_NPY_HEADER)
        except (ValueError, SyntaxError, TypeError, tokenize.TokenError) as error:
            raise ValueError(f"{member.filename[:40]!r} does not say what it holds") from error
    if kind.hasobject:
        found = f"{shown(member.filename, 40)} holds pickled objects, which can run any program"
        raise FileFormatError(
            path, found, "Save plain arrays of numbers: numpy.savez(..., allow_pickle=False)."
        )
    if kind.names is not None or kind.subdtype is not None or kind.kind not in "fiubSU" or kind.itemsize == 0:
        raise ValueError(f"{member.filename[:40]!r} is an array of {str(kind)[:40]}")
    if any(size < 0 for size in shape) or len(shape) > 8:
        raise ValueError(f"{member.filename[:40]!r} has the shape {str(shape)[:60]}")
    size = math.prod(shape) * kind.itemsize
    if size != member.file_size - stream.tell():
        there = counted(max(member.file_size - stream.tell(), 0), "byte")
        raise ValueError(f"{member.filename[:40]!r} needs {size:,} bytes of which there are {there}")
    content = stream.read()
    if len(content) != size:
        raise ValueError(f"{member.filename[:40]!r} is cut off")
    array = np.frombuffer(content, kind).reshape(shape, order="F" if fortran_order else "C")
    return array


def _own(arrays: Arrays, path: str | os.PathLike[str]) -> Surface | Curve:
    header = header_of(bytes(arrays["header"].reshape(-1)[0]).decode("utf-8", "replace"), path)
    axes = ("x", "y") if header.kind == "surface" else ("x",)
    keys = data_names((header.field, *header.metrics), _PARTS)
    for key in (*axes, *keys.values()):
        if key not in arrays or arrays[key].dtype.kind not in "fiub":
            raise FileFormatError(path, f"the array {shown(key)} is missing, or not of numbers", DAMAGED)
    marks = {
        table: {column: arrays[key] for column in columns if (key := f"{table}.{column}") in arrays}
        for table, columns in MARK_COLUMNS.items()
    }
    fields = {name: arrays[key] for name, key in keys.items()}
    return rebuilt(header, {axis: arrays[axis] for axis in axes}, fields, arrays.get("status"), marks, path)


def _landscaper(arrays: Arrays, path: str | os.PathLike[str]) -> Surface | Curve:
    loss, axes = arrays["loss"], np.atleast_2d(arrays["coordinates"])
    if loss.ndim > 2 or axes.ndim > 2:
        found = f"it is a landscape along {loss.ndim} directions"
        raise FileFormatError(path, found, "Save a slice of it along two: loss[:, :, k], coordinates[:2].")
    if axes.shape[0] != loss.ndim or any(axes.shape[1] != size for size in loss.shape):
        found = f"its loss has the shape {loss.shape} and its coordinates {axes.shape}"
        raise FileFormatError(path, found, "Coordinates have a row for each axis of the loss.")
    notices = ("Read as Landscaper computes it: rows of the array run along the first direction, x.",)
    meta = {"format": "NPZ of Landscaper"}
    if loss.ndim == 1:
        order = np.argsort(axes[0])
        return Curve(axes[0][order], loss[order], meta=meta)
    by_x, by_y = np.argsort(axes[0]), np.argsort(axes[1])
    grid = loss.T[np.ix_(by_y, by_x)]
    return Surface(axes[0][by_x], axes[1][by_y], grid, meta=meta, notices=notices)


def _by_others(
    arrays: Arrays, texts: Sequence[str], field: str | None, path: str | os.PathLike[str]
) -> Surface | Curve | HeightMesh:
    """A file with x and y: axes of grids, or as long as the values, a list of points.

    Raises:
        FileFormatError: there are none, or nothing fits them.
    """

    def held() -> str:
        shapes = (f"{shown(name, 30)} {values.shape}" for name, values in arrays.items())
        return listing((*shapes, *(f"{shown(name, 30)} of text" for name in texts)), limit=8) or "nothing"

    lower = {name.lower(): name for name in reversed(arrays)}
    x_name = next((lower[name] for name in _X if name in lower), None)
    y_name = next((lower[name] for name in _Y if name in lower), None)
    if x_name is None:
        raise FileFormatError(path, f"it has no axis 'x'; it holds {held()}", FORM)
    x = arrays[x_name]
    y = arrays[y_name] if y_name is not None else None
    rest = {name: values for name, values in arrays.items() if name not in (x_name, y_name)}
    notices: tuple[str, ...] = ()
    if y is not None and x.ndim == y.ndim == 1:
        grids = {name: v for name, v in rest.items() if v.shape == (y.size, x.size)}
        if not grids and x.size != y.size:
            grids = {name: v.T for name, v in rest.items() if v.shape == (x.size, y.size)}
            notices = ("Rows of its arrays run along x: transposed.",) if grids else ()
        if grids:
            for name, axis in ((x_name, x), (str(y_name), y)):
                if not np.isfinite(axis).all() or np.unique(axis).size != axis.size:
                    found = f"its axis {shown(name, 30)} has a value twice, or one that is not finite"
                    raise FileFormatError(path, found, "Each coordinate must occur once.")
            x, y = np.tile(x, y.size), np.repeat(y, x.size)
            rest = {name: values.ravel() for name, values in grids.items()}
    same = {name: values.ravel() for name, values in rest.items() if values.size == x.size}
    if not same or (y is not None and y.size != x.size):
        raise FileFormatError(path, f"no array fits its axes: {held()}", FORM)
    if y is None:
        y = np.zeros(x.size)
    table = ArrayTable("vertex", {**same, "x": x.ravel(), "y": y.ravel()})
    left_out = [name for name in rest if name not in same]
    if left_out:
        told = listing((shown(name, 40) for name in left_out), limit=6)
        notices = (*notices, f"{counted(len(left_out), 'array')} of another shape: {told}, left out.")
    if field is None and not {"loss", "z"} & set(same):
        likely = sorted(same, key=lambda name: ("loss" not in name.lower(), name.lower() != "z"))
        field = likely[0]
    return arranged(path, {"vertex": table}, field=field, notices=notices)
