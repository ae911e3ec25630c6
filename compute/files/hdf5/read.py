"""From an HDF5 file to a surface, a curve or a descent path."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.errors import listing
from compute.files.errors import FileFormatError, counted, shown
from compute.files.hdf5.layout import ACCURACIES, LOSSES, NOT_YET, PATH_X, PATH_Y, X, Y, as_grid
from compute.files.isolated import Arrays, Facts, read_isolated
from compute.files.records import MARK_COLUMNS, header_of, rebuilt, taking
from compute.surface import NOT_FINITE, OK, PENDING, Curve, Path, Surface

__all__ = ["load", "load_path", "matches"]

MAGIC = b"\x89HDF\r\n\x1a\n"
OWN = "loss-surface/"
FORM = "A surface has 'xcoordinates', 'ycoordinates' and 'train_loss', as plot_surface.py writes it."

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Arrange = Callable[[Floats], "Floats | None"]


def matches(head: bytes) -> bool:
    """Whether a file that begins like this is an HDF5 file."""
    return head.startswith(MAGIC)


def load(path: str | os.PathLike[str], *, field: str | None = None) -> Surface | Curve:
    """Read a surface or a curve.

    Accuracies keep their values and names: those called ``train_acc`` and ``test_acc`` are
    in percent.

    Args:
        path: the file.
        field: the data set to take as height; by default ``train_loss``, else ``test_loss``.

    Raises:
        FileFormatError: the file cannot be read, or holds no surface, or not this field.
    """
    facts, arrays = read_isolated("compute.files.hdf5.raw", path, "libhdf5")
    if X not in arrays:
        raise FileFormatError(path, *_something_else(facts, arrays))
    if OWN + "header" in facts["texts"]:
        return taking(_own(facts, arrays, path), field, path)
    return _by_others(facts, arrays, field, path)


def load_path(path: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Read the descent paths of a file: a projection file's one, or those stored with a surface.

    Args:
        path: the file.

    Raises:
        FileFormatError: the file cannot be read, or holds no path.
    """
    facts, arrays = read_isolated("compute.files.hdf5.raw", path, "libhdf5")
    if X in arrays and OWN + "header" in facts["texts"]:
        own = _own(facts, arrays, path)
        if isinstance(own, Surface) and own.paths:
            return own.paths
    found = _projection(arrays, path)
    if found is None:
        held = listing((shown(name, 40) for name in (*arrays, *facts["groups"])), limit=12) or "nothing"
        raise FileFormatError(
            path,
            f"it holds no descent path, but {held}",
            f"A projection file has {PATH_X!r} and {PATH_Y!r}, as plot_trajectory.py writes it.",
        )
    name = os.path.splitext(os.path.basename(os.fsdecode(path)))[0]
    return (replace(found, name=name),)


def _projection(arrays: Arrays, path: str | os.PathLike[str]) -> Path | None:
    if PATH_X not in arrays or PATH_Y not in arrays:
        return None
    x, y = arrays[PATH_X], arrays[PATH_Y]
    if x.ndim != 1 or x.shape != y.shape:
        found = f"its {PATH_X} and {PATH_Y} have the shapes {x.shape} and {y.shape}"
        raise FileFormatError(path, found, "They must be lists of the same length.")
    return Path(x, y)


def _something_else(facts: Facts, arrays: Arrays) -> tuple[str, str]:
    """What a file without coordinates is, and what to do with it."""
    if PATH_X in arrays and PATH_Y in arrays:
        found = "it is a projection file: a descent path, no surface"
        return found, "Open the surface, with --path for this file: glviz surface.h5 --path THIS.h5"
    if {"xdirection", "ydirection"} & set(facts["groups"]):
        found = "it is a direction file: it holds the directions of a plane, not the losses on it"
        return found, "Open the surface file that plot_surface.py wrote for it ('..._[-1.0,1.0,51]....h5')."
    told = {name for name, _ in facts["skipped"]}
    if X in told:
        why = next(why for name, why in facts["skipped"] if name == X)
        return f"its {X!r} cannot be used: {why}", FORM
    held = listing((shown(name, 40) for name in (*arrays, *facts["groups"], *sorted(told))), limit=12)
    return f"it has no {X!r}; it holds {held or 'nothing'}", FORM


def _axis(arrays: Arrays, name: str, path: str | os.PathLike[str]) -> Floats:
    axis = arrays[name]
    if axis.ndim != 1 or axis.size == 0:
        raise FileFormatError(path, f"its {name!r} has the shape {axis.shape}", FORM)
    if not np.isfinite(axis).all() or np.unique(axis).size != axis.size:
        found = f"its {name!r} has a value twice, or one that is not finite"
        raise FileFormatError(path, found, "Each coordinate must occur once: compute the surface again.")
    return axis


def _by_others(
    facts: Facts, arrays: Arrays, field: str | None, path: str | os.PathLike[str]
) -> Surface | Curve:
    x = _axis(arrays, X, path)
    y = _axis(arrays, Y, path) if Y in arrays else None
    by_x = np.argsort(x)

    def arrange(values: Floats) -> Floats | None:
        if y is None:
            return values[by_x] if values.shape == x.shape else None
        grid = as_grid(values, y.size, x.size)
        return None if grid is None else grid[np.ix_(np.argsort(y), by_x)]

    fields = {}
    for name, values in arrays.items():
        if name in (X, Y, PATH_X, PATH_Y) or name.startswith(OWN):
            continue
        grid = arrange(values)
        if grid is not None:
            fields[name] = grid
    height = field if field in fields else next((name for name in LOSSES if name in fields), None)
    if height is None and fields:
        height = next((name for name in fields if "loss" in name), min(fields))
    if height is None or (field is not None and field not in fields):
        raise FileFormatError(
            path, *_no_field(facts, fields, arrays, field, (x.size, None if y is None else y.size))
        )
    notices = _notices(facts, arrays, fields, y is not None and y.size != x.size)
    status = _status(fields[height], NOT_YET.get(height))
    meta = {"format": "HDF5 of tomgoldstein/loss-landscape"}
    if "dir_file" in facts["texts"]:
        meta["dir_file"] = facts["texts"]["dir_file"][:4096]
    metrics = {name: _emptied(values, name) for name, values in fields.items() if name != height}
    loss = np.where(status == PENDING, np.nan, fields[height])
    known: dict[str, Any] = {"metrics": metrics, "status": status, "meta": meta, "field": height}
    known["notices"] = notices
    if y is None:
        return Curve(x[by_x], loss, **known)
    found = _projection(arrays, path)
    return Surface(np.sort(x), np.sort(y), loss, paths=() if found is None else (found,), **known)


def _no_field(
    facts: Facts, fields: Arrays, arrays: Arrays, field: str | None, size: tuple[int, int | None]
) -> tuple[str, str]:
    if fields:
        known = listing((shown(name, 40) for name in fields), limit=20)
        return f"there is no field {shown(field or '')}", f"Choose one of: {known}."
    losses = [(name, why) for name, why in facts["skipped"] if name == field or "loss" in name]
    if losses:
        name, why = losses[0]
        return f"its {shown(name, 40)} cannot be used: {why}", FORM
    expected = f"{size[0]}" if size[1] is None else f"{size[1]} x {size[0]}"
    shapes = ", ".join(f"{shown(name, 40)} {v.shape}" for name, v in list(arrays.items())[:6] if name != X)
    found = f"no data set has the {expected} values of its coordinates; there are: {shapes or 'none'}"
    return found, "plot_surface.py had not begun yet, or the coordinates were changed: compute it again."


def _status(height: Floats, not_yet: float | None) -> NDArray[np.uint8]:
    status = np.where(np.isfinite(height), OK, NOT_FINITE).astype(np.uint8)
    if not_yet is not None:
        status[height == not_yet] = PENDING
    return status


def _emptied(values: Floats, name: str) -> Floats:
    """A further field, NaN where it is not computed yet."""
    if name not in NOT_YET:
        return values
    emptied: Floats = np.where(values == NOT_YET[name], np.nan, values)
    return emptied


def _notices(facts: Facts, arrays: Arrays, fields: Arrays, oblong: bool) -> tuple[str, ...]:
    notices = []
    if oblong and any(arrays[name].shape != values.shape for name, values in fields.items()):
        notices.append(
            "The grid is not square: its values were stored in the shape of its transpose, and are read "
            "in the order in which that program computes them, x fastest."
        )
    percent = [name for name in ACCURACIES.values() if name in fields]
    if percent:
        notices.append(f"{' and '.join(percent)} {'are' if percent[1:] else 'is'} in percent.")
    for name, why in facts["skipped"][:8]:
        notices.append(f"{shown(name, 40)} was left out: {why}.")
    used = {X, Y, PATH_X, PATH_Y, *fields}
    unused = [name for name in arrays if name not in used and not name.startswith(OWN)]
    if unused:
        told = listing((shown(name, 40) for name in unused), limit=6)
        notices.append(f"{counted(len(unused), 'data set')} of another shape: {told}, left out.")
    return tuple(notices)


def _own(facts: Facts, arrays: Arrays, path: str | os.PathLike[str]) -> Surface | Curve:
    """A file that `compute.files.hdf5.write` wrote; points computed since by others are taken over."""
    header = header_of(facts["texts"][OWN + "header"], path)
    names = facts["texts"].get(OWN + "names", "")
    fields: dict[str, Any] = {}
    stored = (header.field, *header.metrics)
    for number, name in enumerate(stored):
        key = names.split("\n")[number] if number < len(names.split("\n")) else ""
        if key not in arrays:
            raise FileFormatError(path, f"its field {shown(name)} is missing", FORM)
        fields[name] = arrays[key]
    status = arrays.get(OWN + "status")
    height = fields[header.field]
    if status is not None and status.shape == height.shape:
        pending = status == PENDING
        since = pending & (height != -1)
        status = np.where(since, _status(height, None), status).astype(np.uint8)
        fields[header.field] = np.where(status == PENDING, np.nan, height)
    axes = {"x": arrays[X], **({"y": arrays[Y]} if Y in arrays else {})}
    if header.kind == "surface" and "y" not in axes:
        raise FileFormatError(path, f"it has no {Y!r}", FORM)
    marks = {
        table: {column: arrays[key] for column in columns if (key := f"{OWN}{table}/{column}") in arrays}
        for table, columns in MARK_COLUMNS.items()
    }
    return rebuilt(header, axes, fields, status, marks, path)
