"""The vertices of a PLY file: which of their properties is the height, and what the others are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.errors import listing
from compute.files.errors import FileFormatError, shown
from compute.files.heights import choose_height
from compute.files.lattice import Lattice, RowCheck, find_lattice, first_change
from compute.files.ply.binary import BinaryTable
from compute.files.ply.dialect import STATUS, Dialect
from compute.files.ply.errors import Origin
from compute.files.ply.table import Table
from compute.surface import FAILED

__all__ = ["Vertices", "vertices_of"]

Floats = NDArray[np.float64]


_MANY = 1 << 16
"""From so many vertices on, positions are compared with those of a grid while they are read."""

_HEAD = 1 << 16
"""Vertices that are looked at for the length of a row."""


@dataclass(frozen=True)
class Vertices:
    """Vertices whose height is chosen; every array is (n,).

    Attributes:
        lattice: what the positions form, if it is one.
        x, y: positions; empty where they are those of a lattice of at least two rows and columns,
            and were not kept.
        height: the quantity shown.
        field: its name.
        others: the further scalars by name.
        status: as the file states it, or None.
        notices: what was guessed.
    """

    lattice: Lattice | None
    x: Floats
    y: Floats
    height: Floats
    field: str
    others: dict[str, Floats]
    status: NDArray[np.uint8] | None
    notices: tuple[str, ...]


def vertices_of(table: Table | None, dialect: Dialect, field: str | None, origin: Origin) -> Vertices:
    """The vertices of a file.

    Args:
        table: its vertex element, if it has one.
        dialect: what its comments say.
        field: the height asked for by name, or None.
        origin: the file.

    Raises:
        PlyError: there are no vertices, or no x, y and height.
        FileFormatError: there is no scalar called ``field``.
    """
    todo = "A surface needs vertices with x, y and a height."
    if table is None or table.element.count == 0:
        what = "the file has no vertices" + (": there is no vertex element" if table is None else "")
        raise origin.error(what, todo)
    names = list(table.element.scalars)
    marked = dialect.marked and ("loss" in names or dialect.field in names)
    if marked and field != "z" and "z" in names:
        names.remove("z")  # for other viewers: the height without its gaps
    for axis in ("x", "y"):
        if axis not in names:
            found = f"its vertices have no number called {axis}"
            if table.element.property(axis) is not None:
                found = f"the {axis} of its vertices is a list"
            raise origin.error(found, todo, element="vertex")
    stated = dialect.shape if dialect.shape is not None and len(dialect.shape) == 2 else None
    scalars, lattice = _columns(table, names, None if stated is None else (stated[0], stated[1]), marked)
    x, y = scalars.pop("x"), scalars.pop("y")
    status = None
    notices: list[str] = []
    if marked:
        status, about = _status(scalars.pop(STATUS, None))
        notices.extend(about)
        scalars = _renamed(scalars, dialect.field)
    name = field or (dialect.field if dialect.field in scalars else None)
    if name is None:
        choice = choose_height(scalars)
        if choice is None:
            raise origin.error("its vertices have no z and no other height", todo, element="vertex")
        name = choice.name
        notices.extend([choice.notice] if choice.notice else [])
    if name not in scalars:
        known = listing((shown(other, 40) for other in scalars), limit=20) or "none"
        raise FileFormatError(origin.file, f"there is no field {shown(name)}", f"Choose one of: {known}.")
    height = scalars.pop(name)
    if "z" in scalars and not (scalars["z"] != scalars["z"][0]).any():
        del scalars["z"]  # a flat plane under the real height
    return Vertices(lattice, x, y, height, name, scalars, status, tuple(notices))


def _columns(
    table: Table, names: Sequence[str], shape: tuple[int, int] | None, marked: bool
) -> tuple[dict[str, NDArray[Any]], Lattice | None]:
    """The scalars of vertices, and the lattice of their positions.

    The positions of a large grid are told to be its own while they are read, and not kept.
    """
    count = table.element.count
    if not isinstance(table, BinaryTable) or not table.is_even:
        columns: dict[str, NDArray[Any]] = {name: table.scalar(name) for name in names}
        return columns, find_lattice(columns["x"], columns["y"], shape)
    given = table.element.property(STATUS)
    small = marked and given is not None and given.type == "u1"
    kinds = {name: np.uint8 if small and name == STATUS else np.float64 for name in names}
    expected = _expected(table, shape) if count >= _MANY else None
    if expected is not None:
        check, by_columns = expected
        fast, slow = ("y", "x") if by_columns else ("x", "y")
        others = {name: kind for name, kind in kinds.items() if name not in ("x", "y")}
        columns = table.columns(
            others, lambda first, band: check.see(first, band[fast], band[slow]),
            seen=("x", "y"), together=check.width,
        )  # fmt: skip
        lattice = check.lattice(by_columns=by_columns)
        if lattice is not None:
            return {"x": np.empty(0), "y": np.empty(0), **columns}, lattice
        columns.update(table.columns({"x": np.float64, "y": np.float64}))
    else:
        columns = table.columns(kinds)
    return columns, find_lattice(columns["x"], columns["y"], shape)


def _expected(table: BinaryTable, shape: tuple[int, int] | None) -> tuple[RowCheck, bool] | None:
    """What the positions are held against, of which the first points tell; and whether they run along y."""
    count = table.element.count
    if shape is not None and shape[0] * shape[1] == count:
        width, by_columns = shape[1], False
        if not 1 < width < count:
            return None
        head = table.head(("x", "y"), width)
    else:
        head = table.head(("x", "y"), _HEAD)
        widths = {name: first_change(head[name]) for name in ("y", "x")}
        for axis, width in widths.items():
            if 1 < width < head["x"].size and count % width == 0:
                by_columns = axis == "x"
                break
        else:
            return None
    fast = head["y" if by_columns else "x"][:width]
    check = RowCheck(fast, count // width)
    return None if check.missed else (check, by_columns)


def _status(given: NDArray[Any] | None) -> tuple[NDArray[np.uint8] | None, tuple[str, ...]]:
    if given is None:
        return None, ()
    whole = given.astype(np.uint8, copy=False)
    if whole.max() <= FAILED and (whole is given or (whole == given).all()):
        return whole, ()
    return None, ("The status of some points is no known one; all are judged by their values.",)


def _renamed(scalars: dict[str, Floats], field: str | None) -> dict[str, Floats]:
    """The dialect calls every height "loss"; one that had a name of its own gets it back."""
    if field is None or field in scalars:
        return scalars
    return {field if name == "loss" else name: values for name, values in scalars.items()}
