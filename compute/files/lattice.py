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

__all__ = ["TOLERANCE", "Lattice", "find_lattice"]

_AT_ONCE = 1 << 15  # points

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
    width = _first_change(y)
    if count % width == 0:
        found = _in_rows(x, y, count // width, width)
        if found is not None:
            return found
    width = _first_change(x)
    if count % width == 0:
        found = _in_rows(y, x, count // width, width)
        if found is not None:
            return Lattice(found.y, found.x, falling=found.falling[::-1], by_columns=True)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return None
    return _in_any_order(x, y)


def _first_change(values: Floats) -> int:
    """How many values at the start are the same."""
    start, block = 0, 1024
    while start < values.size:
        differs = values[start : start + block] != values[0]
        first = int(differs.argmax())
        if differs[first]:
            return max(1, start + first)  # even NaN is one
        start, block = start + block, block * 4
    return values.size


def _in_rows(x: Floats, y: Floats, ny: int, nx: int) -> Lattice | None:
    """The lattice if points run along x first, either axis ascending or descending."""
    x_rows, y_rows = x.reshape(ny, nx), y.reshape(ny, nx)
    x_axis, y_axis = x_rows[0].copy(), y_rows[:, 0].copy()
    steps = [np.diff(axis) for axis in (x_axis, y_axis) if axis.size > 1]
    if not all((step > 0).all() or (step < 0).all() for step in steps):
        return None
    smallest = [float(np.abs(step).min()) for step in steps] or [0.0]
    smallest = [step if np.isfinite(step) else 0.0 for step in smallest]
    tolerance_x = TOLERANCE * (smallest[0] if nx > 1 else smallest[-1])
    tolerance_y = TOLERANCE * smallest[-1]
    # The last row, then some at a time: an early miss costs little, and all stays in the cache.
    some = max(1, _AT_ONCE // nx)
    for first in (ny - 1, *range(0, ny, some)):
        rows = slice(first, first + some)
        off_x, off_y = np.abs(x_rows[rows] - x_axis), np.abs(y_rows[rows] - y_axis[rows, None])
        if not (off_x.max() <= tolerance_x and off_y.max() <= tolerance_y):  # nor is NaN
            return None
    falling = (bool(ny > 1 and y_axis[1] < y_axis[0]), bool(nx > 1 and x_axis[1] < x_axis[0]))
    y_axis, x_axis = y_axis[:: -1 if falling[0] else 1], x_axis[:: -1 if falling[1] else 1]
    return Lattice(x_axis, y_axis, falling=falling)


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
