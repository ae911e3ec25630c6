"""Polygons and triangle strips to triangles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compute.files.errors import counted
from compute.files.ply.errors import Origin
from compute.files.ply.table import Lists, Table, ragged_positions

__all__ = ["triangles_of"]

Ints = NDArray[np.int64]

_INDEX_NAMES = ("vertex_indices", "vertex_index")
_RESTART = (-1, 0xFFFFFFFF)  # between strips; the second where the indices are unsigned


def triangles_of(tables: dict[str, Table], vertices: int, origin: Origin) -> tuple[Ints, tuple[str, ...]]:
    """The triangles of a file's ``face`` and ``tristrips`` elements, and notices about the rest.

    Polygons become fans around their first corner. Faces with fewer than three corners, or
    with a corner that is no vertex, are left out and counted.

    Args:
        tables: the elements by name.
        vertices: how many vertices there are.
        origin: the file.

    Raises:
        PlyError: indices are no whole numbers.
    """
    parts: list[Ints] = []
    notices: list[str] = []
    for element, convert in (("face", _fans), ("tristrips", _strips)):
        table = tables.get(element)
        if table is None or table.element.count == 0:
            continue
        name = _index_property(table)
        if name is None:
            notices.append(f"The {element} element has no vertex_indices and was ignored.")
            continue
        part, about = convert(_whole(table.lists(name), element, origin), vertices)
        parts.append(part)
        notices.extend(about)
    return (np.concatenate(parts) if parts else np.empty((0, 3), np.int64)), tuple(notices)


def _index_property(table: Table) -> str | None:
    """The list of corners: by its usual names, else the only list there is."""
    names = [p.name for p in table.element.properties if p.is_list]
    usual = [name for name in names if name in _INDEX_NAMES]
    return usual[0] if usual else names[0] if len(names) == 1 else None


def _whole(lists: Lists, element: str, origin: Origin) -> Lists:
    """The same lists with integer values, which were floats in a text body or by an odd type."""
    if lists.values.dtype.kind != "f":
        return lists
    good = (np.abs(lists.values) < 2**53) & (lists.values == np.floor(lists.values))
    if not good.all():
        bad = int(np.argmin(good))
        row = int(np.searchsorted(np.cumsum(lists.lengths), bad, side="right"))
        found = f"{lists.values[bad]:g} is given as the number of a vertex"
        raise origin.error(found, "Vertex numbers are whole numbers from 0.", element=element, row=row)
    return Lists(lists.lengths, lists.values.astype(np.int64))


def _fans(faces: Lists, vertices: int) -> tuple[Ints, list[str]]:
    notices = []
    starts = np.cumsum(faces.lengths) - faces.lengths
    keep = faces.lengths >= 3
    short = int(np.count_nonzero(~keep))
    if short:
        notices.append(f"{counted(short, 'face')} with fewer than three corners: left out.")
    outside = np.flatnonzero((faces.values < 0) | (faces.values >= vertices))
    if outside.size:
        broken = np.unique(np.searchsorted(starts + faces.lengths, outside, side="right"))
        broken = broken[keep[broken]]
        keep[broken] = False
        if broken.size:
            notices.append(f"{counted(broken.size, 'face')} with corners that do not exist: left out.")
    starts, fans = starts[keep], faces.lengths[keep] - 2
    triangles = np.empty((int(fans.sum()), 3), np.int64)
    triangles[:, 0] = np.repeat(faces.values[starts], fans)
    positions = ragged_positions(starts + 1, fans)
    triangles[:, 1] = faces.values[positions]
    positions += 1
    triangles[:, 2] = faces.values[positions]
    return triangles, notices


def _strips(strips: Lists, vertices: int) -> tuple[Ints, list[str]]:
    """Every three neighbours in a strip are a triangle; every other one is turned round."""
    values = strips.values
    if values.size < 3:
        return np.empty((0, 3), np.int64), []
    restart = np.isin(values, _RESTART)
    begins = np.zeros(values.size + 1, bool)
    begins[(np.cumsum(strips.lengths) - strips.lengths)] = True
    begins[1:] |= restart
    begins = begins[:-1]
    position = np.arange(values.size)
    since = position - np.maximum.accumulate(np.where(begins, position, 0))
    last = position[2:][(since[2:] >= 2) & ~restart[2:]]
    odd = since[last] % 2 == 1
    a, b, c = values[last - 2], values[last - 1], values[last]
    triangles = np.stack([np.where(odd, b, a), np.where(odd, a, b), c], axis=1)
    turns = (a == b) | (b == c) | (a == c)  # strips repeat a vertex to turn a corner
    outside = ((triangles < 0) | (triangles >= vertices)).any(axis=1)
    dropped = int(np.count_nonzero(outside & ~turns))
    found = f"{counted(dropped, 'triangle')} with corners that do not exist: left out."
    return triangles[~outside & ~turns], [found] if dropped else []
