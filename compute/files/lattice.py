"""Is this list of points a rectangular lattice, and in which order does it run?

Files by others list the points of a grid row by row or column by column, up or down, or
in no order at all; the axes need not be evenly spaced. What makes a lattice is that there
are nx values of x and ny of y, and each pair of them occurs exactly once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.bands import in_bands

__all__ = ["TOLERANCE", "Lattice", "RowCheck", "find_lattice", "first_change"]

TOLERANCE = 1e-6  # of the smallest step: how far apart two values of one axis position may be

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Lattice:
    """A rectangular lattice found in a list of points.

    Attributes:
        x: (nx,) ascending.
        y: (ny,) ascending.
        places: (ny, nx) int64, which point lies where; None where the points run along rows.
        falling: with rows, whether they run (from high to low y, from high to low x).
        by_columns: with rows, whether these run along y.
    """

    x: Floats
    y: Floats
    places: Ints | None = None
    falling: tuple[bool, bool] = (False, False)
    by_columns: bool = False

    @property
    def order(self) -> Ints:
        """(ny, nx) int64; ``values[order]`` arranges values of the points as a grid."""
        return self.arranged(np.arange(self.x.size * self.y.size, dtype=np.int64))

    def arranged(self, values: NDArray[Any]) -> NDArray[Any]:
        """(n,) values of the points as a (ny, nx) grid; of points in rows, a view of them."""
        if self.places is not None:
            return np.asarray(values[self.places])
        ny, nx = self.shape
        rows = values.reshape(nx, ny).T if self.by_columns else values.reshape(ny, nx)
        return rows[:: -1 if self.falling[0] else 1, :: -1 if self.falling[1] else 1]

    @property
    def shape(self) -> tuple[int, int]:
        """(ny, nx)."""
        return (self.y.size, self.x.size)


def find_lattice(x: Floats, y: Floats, shape: tuple[int, int] | None = None) -> Lattice | None:
    """The lattice that points form, or None if they form none.

    Row-by-row and column-by-column order take linear time, any other order a sort.
    One-row and one-column lattices count.

    Args:
        x: (n,) positions.
        y: (n,) positions.
        shape: (ny, nx), x fastest, as the file's author states it; tried first, not believed.
    """
    count = x.size
    if count == 0:
        return None
    with np.errstate(over="ignore", invalid="ignore"):  # differences of positions near the largest number
        return _find(x, y, shape)


def _find(x: Floats, y: Floats, shape: tuple[int, int] | None) -> Lattice | None:
    count = x.size
    if shape is not None and shape[0] * shape[1] == count:
        found = _in_rows(x, y, *shape)
        if found is not None:
            return found
    width = first_change(y)
    if count % width == 0:
        found = _in_rows(x, y, count // width, width)
        if found is not None:
            return found
    width = first_change(x)
    if count % width == 0:
        found = _in_rows(y, x, count // width, width, by_columns=True)
        if found is not None:
            return found
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return None
    return _in_any_order(x, y)


def first_change(values: Floats) -> int:
    """How many values at the start are the same."""
    start, block = 0, 1024
    while start < values.size:
        differs = values[start : start + block] != values[0]
        first = int(differs.argmax())
        if differs[first]:
            return max(1, start + first)  # even NaN is one
        start, block = start + block, block * 4
    return values.size


def _in_rows(
    fast: Floats, slow: Floats, rows: int, width: int, *, by_columns: bool = False
) -> Lattice | None:
    """The lattice if points run along its rows (or columns), either axis ascending or descending."""
    check = RowCheck(fast[:width], rows)

    def see(some: slice) -> None:
        points = slice(width * some.start, width * some.stop)
        check.see(points.start, fast[points], slow[points])

    see(slice(rows - 1, rows))  # an early miss costs little
    if check.missed:
        return None
    in_bands(see, rows, 16 * width)
    return check.lattice(by_columns=by_columns)


class RowCheck:
    """Whether points run along the rows of a lattice, of which some are seen at a time.

    Args:
        fast: (nx,) the coordinate that changes from point to point, in the first row.
        rows: how many there are.
    """

    def __init__(self, fast: Floats, rows: int) -> None:
        self.width = fast.size
        self.missed = not _is_axis(fast)
        """Whether it is known already that they do not."""
        self._fast, self._slow = fast.copy(), np.full(rows, np.nan)
        self._tolerance = TOLERANCE * _smallest_step(fast)
        self._off = [0.0]  # how far values of the slow axis were from those at the start of their row

    def see(self, first: int, fast: Floats, slow: Floats) -> None:
        """Compare whole rows; threads may do so at the same time.

        Args:
            first: the number of the first point, a multiple of the width.
            fast: (k * width,) the coordinate that changes from point to point.
            slow: (k * width,) the other.
        """
        if self.missed:
            return
        fast, slow = fast.reshape(-1, self.width), slow.reshape(-1, self.width)
        row = first // self.width
        self._slow[row : row + len(slow)] = slow[:, 0]
        self._off.append(_farthest(slow, slow[:, :1]))
        off = _farthest(fast, self._fast)
        if self.width == 1:  # has no step to be held against but that of the rows, not known yet
            self._off.append(off)
        elif not off <= self._tolerance:  # nor is NaN
            self.missed = True

    def lattice(self, *, by_columns: bool = False) -> Lattice | None:
        """The lattice, once all rows are seen.

        Args:
            by_columns: the fast coordinate is y.
        """
        fast, slow = self._fast, self._slow
        if self.missed or not _is_axis(slow):
            return None
        tolerance = TOLERANCE * _smallest_step(slow) if slow.size > 1 else self._tolerance
        if not all(off <= tolerance for off in self._off):
            return None
        falling = _falls(slow), _falls(fast)
        slow, fast = slow[:: -1 if falling[0] else 1], fast[:: -1 if falling[1] else 1]
        if by_columns:
            return Lattice(slow, fast, falling=falling[::-1], by_columns=True)
        return Lattice(fast, slow, falling=falling)


def _is_axis(values: Floats) -> bool:
    """Whether values are finite, and ascend or descend."""
    if not np.isfinite(values).all():
        return False
    step = np.diff(values)
    return bool((step > 0).all() or (step < 0).all())


def _smallest_step(axis: Floats) -> float:
    smallest = float(np.abs(np.diff(axis)).min()) if axis.size > 1 else 0.0
    return smallest if np.isfinite(smallest) else 0.0


def _falls(axis: Floats) -> bool:
    return bool(axis.size > 1 and axis[1] < axis[0])


def _farthest(values: Floats, wanted: Floats) -> float:
    """The largest distance between the two; NaN where there is one. Mostly they are equal."""
    return 0.0 if (values == wanted).all() else float(np.abs(values - wanted).max())


def _in_any_order(x: Floats, y: Floats) -> Lattice | None:
    x_values, y_values = np.unique(x), np.unique(y)
    if x_values.size * y_values.size == x.size:
        x_group, y_group = np.arange(x_values.size), np.arange(y_values.size)
    else:
        x_group, y_group = _merge(x_values), _merge(y_values)
    nx, ny = int(x_group[-1]) + 1, int(y_group[-1]) + 1
    if nx * ny != x.size:
        return None
    x_index, y_index = np.searchsorted(x_values, x), np.searchsorted(y_values, y)
    order = np.full(x.size, -1, np.int64)
    order[y_group[y_index] * nx + x_group[x_index]] = np.arange(x.size)
    if order.min() < 0:  # a place is empty, so another is taken twice
        return None
    x_axis = _commonest(x_values, np.bincount(x_index), x_group)
    y_axis = _commonest(y_values, np.bincount(y_index), y_group)
    return Lattice(x_axis, y_axis, order.reshape(ny, nx))


def _merge(values: Floats) -> Ints:
    """Merge sorted distinct values that differ only by rounding.

    Real steps and rounding differ by orders of magnitude: with the gaps sorted from large
    to small, the first that is under 2 * TOLERANCE of the one before it is rounding, and
    so are those after it.

    Returns:
        (n,) the group of each value.
    """
    gaps = np.diff(values)
    by_size = np.sort(gaps)[::-1]
    drop = by_size[1:] <= 2 * TOLERANCE * by_size[:-1]
    if not drop.any():
        return np.arange(values.size)
    smallest_step = by_size[int(drop.argmax())]
    group = np.concatenate([[0], np.cumsum(gaps >= smallest_step)])
    first = np.flatnonzero(np.concatenate([[True], gaps >= smallest_step]))
    last = np.append(first[1:], values.size) - 1
    if (values[last] - values[first]).max() > 2 * TOLERANCE * smallest_step:
        return np.arange(values.size)  # many small gaps in a row: not rounding
    return group


def _commonest(values: Floats, counts: Ints, group: Ints) -> Floats:
    """The value that occurs most often in each group."""
    by_group = np.lexsort((-counts, group))
    return values[by_group[np.searchsorted(group, np.arange(group[-1] + 1))]]
