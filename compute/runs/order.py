"""The order in which the points of a grid are computed: coarse lattices first, nothing twice.

Each axis is halved again and again: its two ends, the middle, the middles of what is between, for
any count. The lattices that this makes are nested, and refined in turns along x and along y, so
that each has twice the points of the one before. A reader of an unfinished run takes the finest
lattice that is complete, and the lines of the next one that are; after 2 % of the points it is
there at a seventh of the final resolution. Numpy only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

from compute.runs.grid import check_size

__all__ = ["GridPoints", "coarse_to_fine", "finished_lattice", "levels"]

Indices = NDArray[np.intp]


def levels(count: int) -> NDArray[np.int64]:
    """(count,) how many halvings it takes to come to each place of an axis: 0 for its ends.

    >>> levels(6).tolist()
    [0, 3, 1, 2, 3, 0]
    """
    found = np.zeros(count, np.int64)
    known, level = np.unique([0, count - 1]), 0
    while known.size < count:
        level += 1
        middles = (known[:-1] + known[1:]) // 2
        middles = middles[middles > known[:-1]]
        found[middles] = level
        known = np.sort(np.concatenate([known, middles]))
    return found


def coarse_to_fine(ny: int, nx: int) -> Indices:
    """(ny * nx,) flat indices of all points (row * nx + column), in the order of computing.

    Stage 2 k - 1 adds the columns of level k to the rows there are, stage 2 k the rows; new columns
    come one after the other, and so do new rows.

    Raises:
        ArgumentError: there are more points than any run ends.
    """
    check_size((ny, nx))
    of_columns, of_rows = levels(nx).astype(np.int8), levels(ny).astype(np.int8)
    by_columns, by_rows = np.maximum(2 * of_columns - 1, 0), 2 * of_rows
    stage = np.maximum(by_columns[None, :], by_rows[:, None]).ravel()
    rows = np.repeat(np.arange(ny, dtype=np.int32), nx)
    columns = np.tile(np.arange(nx, dtype=np.int32), ny)
    column_wise = stage % 2 == 1
    rows[column_wise], columns[column_wise] = columns[column_wise], rows[column_wise]
    return np.lexsort((columns, rows, stage))


class GridPoints(Sequence[tuple[float, ...]]):
    """The coefficients of all points of a grid in the order of computing, each made when asked for.

    Args:
        x: (nx,) of the first direction.
        y: (ny,) of the second; None on a line.
    """

    def __init__(self, x: NDArray[np.float64], y: NDArray[np.float64] | None) -> None:
        self._axes = (x,) if y is None else (x, y)
        self._order = coarse_to_fine(1 if y is None else y.size, x.size)

    def __len__(self) -> int:
        return self._order.size

    @overload
    def __getitem__(self, place: int) -> tuple[float, ...]: ...
    @overload
    def __getitem__(self, place: slice) -> list[tuple[float, ...]]: ...
    def __getitem__(self, place: int | slice) -> tuple[float, ...] | list[tuple[float, ...]]:
        if isinstance(place, slice):
            return [self[k] for k in range(*place.indices(len(self)))]
        row, column = divmod(int(self._order[place]), self._axes[0].size)
        return tuple(float(axis[k]) for axis, k in zip(self._axes, (column, row), strict=False))

    @property
    def reach(self) -> tuple[float, ...]:
        """The largest absolute coefficient of each direction."""
        return tuple(float(np.abs(axis).max()) for axis in self._axes)


def finished_lattice(done: NDArray[np.bool_]) -> tuple[Indices, Indices]:
    """The largest lattice of the order all of whose points are done.

    Args:
        done: (ny, nx).

    Returns:
        Its rows and its columns, both ascending; empty where not even the corners are done.
    """
    ny, nx = done.shape
    of_columns, of_rows = levels(nx), levels(ny)
    last = 2 * int(max(of_columns.max(), of_rows.max()))
    for stage in range(last, -1, -1):
        rows = np.flatnonzero(of_rows <= stage // 2)
        columns = np.flatnonzero(of_columns <= (stage + 1) // 2)
        if not done[np.ix_(rows, columns)].all():
            continue
        more_rows = np.flatnonzero(done[:, columns].all(1))
        more_columns = np.flatnonzero(done[rows].all(0))
        if more_rows.size * columns.size >= rows.size * more_columns.size:
            return more_rows, columns
        return rows, more_columns
    return np.empty(0, np.intp), np.empty(0, np.intp)
