"""Marching squares for all levels at once.

A line of a level crosses an edge of the grid whose ends lie on different sides of it (a value at
the level counts as above, so that no line branches at a grid point) at the place where linear
interpolation has the level. Within a cell crossings are joined, two and two:

    3---2---2      corners are bits 1, 2, 4, 8 (lower left, lower right, upper right, upper left) of
    |       |      a cell's number, set where they are above the level; edges are 0 (below) to 3
    3       1      (left). Each piece leads from an edge that falls to one that rises, as one goes
    |       |      round the cell counter-clockwise: the higher side lies to its left.
    0---0---1

Two opposite corners above leave a choice (cells 5 and 10). It is the one of the bilinear patch
that is drawn: its saddle's value says whether the corners above, or those below, are joined
(Nielson and Hamann, "The asymptotic decider", Visualization 1991).

Each crossing is the beginning of one piece at most and the end of another: it lies in two cells,
falls in one of them and rises in the other. So pieces are found for all cells and levels as
arrays, and only joining them end to end goes step by step.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from compute.bands import in_bands

__all__ = ["marching_squares"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

# (from edge, to edge) of the piece in each cell, and of the second one where there are two.
_PIECES: dict[int, tuple[int, int]] = {
    1: (0, 3), 2: (1, 0), 3: (1, 3), 4: (2, 1), 6: (2, 0), 7: (2, 3), 8: (3, 2),
    9: (0, 2), 11: (1, 2), 12: (3, 1), 13: (0, 1), 14: (3, 0),
}  # fmt: skip
# Cells 5 and 10: with those below joined, and (16 more) with those above joined.
_TWO = {5: ((0, 3), (2, 1)), 10: ((1, 0), (3, 2)), 21: ((0, 1), (2, 3)), 26: ((3, 0), (1, 2))}

_FIRST, _SECOND = np.full((32, 2), -1), np.full((32, 2), -1)
for _cell, _piece in _PIECES.items():
    _FIRST[_cell] = _piece
for _cell, _pair in _TWO.items():
    _FIRST[_cell], _SECOND[_cell] = _pair


def marching_squares(
    x: Floats, y: Floats, values: Floats, cells: NDArray[np.bool_] | None, levels: Floats
) -> Iterator[tuple[int, Floats, bool]]:
    """The lines at which a field on a grid has given values.

    Args:
        x: (nx,) coordinates, nx >= 2.
        y: (ny,) coordinates, ny >= 2.
        values: (ny, nx) finite in the cells that are looked at.
        cells: (ny - 1, nx - 1) the cells that are looked at; None for all.
        levels: (k,) ascending.

    Yields:
        The level's number, (n, 2) points of a line, n >= 2, and whether the last is the first; the
        levels in their order, the lines of each by where they begin, row by row, open ones first.
    """
    start, end, level = _pieces(values, cells, levels)
    if not start.size:
        return
    size, count = values.size, levels.size
    # Each piece's place among those sorted by where they start, and the next one's.
    start, end = start * count + level, end * count + level
    order = np.argsort(start)
    start, end, level = start[order], end[order], level[order]
    following = np.minimum(np.searchsorted(start, end), start.size - 1)
    goes_on = start[following] == end
    begins = np.ones(start.size, dtype=bool)
    begins[following[goes_on]] = False
    points = _places(x, y, values, levels, start // count, level, size)
    ends = _places(x, y, values, levels, end // count, level, size)
    found = []
    for chain, closed in _chains(np.where(goes_on, following, -1), np.flatnonzero(begins)):
        last = chain[0] if closed else chain[-1]
        line = np.concatenate([points[chain], points[last : last + 1] if closed else ends[last : last + 1]])
        found.append((int(level[chain[0]]), line, closed))
    found.sort(key=lambda each: each[0])  # stable
    yield from found


def _pieces(
    values: Floats, cells: NDArray[np.bool_] | None, levels: Floats
) -> tuple[Indices, Indices, Indices]:
    """(m,) the edges that pieces of lines lead from and to, and the number of their level.

    The edge to the right of grid point n is number n, the one above it is ``values.size`` + n.
    """
    (ny, nx), size = values.shape, values.size
    # How many levels are passed by each value.
    below = np.zeros((ny, nx), dtype=np.uint8 if levels.size < 256 else np.int64)

    def count(rows: slice) -> None:
        for height in levels:
            below[rows] += values[rows] >= height

    in_bands(count, ny, 8 * nx)
    corners = below[:-1, :-1], below[:-1, 1:], below[1:, 1:], below[1:, :-1]
    active = (corners[0] != corners[1]) | (corners[0] != corners[2]) | (corners[0] != corners[3])
    if cells is not None:
        active &= cells
    row, column = np.nonzero(active)
    passed = np.stack([corner[row, column] for corner in corners]).astype(np.int64)
    low = passed.min(axis=0)
    crossings = passed.max(axis=0) - low
    each = np.repeat(np.arange(row.size), crossings)  # a cell as often as levels pass it
    level = np.arange(each.size) - np.repeat(np.cumsum(crossings) - crossings - low, crossings)
    kind = ((passed[:, each] > level) * np.array([[1], [2], [4], [8]])).sum(axis=0)
    saddle = np.flatnonzero((kind == 5) | (kind == 10))
    if saddle.size:
        j, i = row[each[saddle]], column[each[saddle]]
        a, b, c, d = (
            values[j + dj, i + di].astype(np.float64) for dj, di in ((0, 0), (0, 1), (1, 1), (1, 0))
        )
        middle = (a * c - b * d) / (a + c - b - d)
        kind[saddle] += 16 * (middle >= levels[level[saddle]])
    corner = row[each] * nx + column[each]
    edge = np.array([0, size + 1, nx, size])
    first, second = _FIRST[kind], _SECOND[kind]
    two = np.flatnonzero(second[:, 0] >= 0)
    both = np.concatenate([corner, corner[two]])
    leads = np.concatenate([first, second[two]])
    return both + edge[leads[:, 0]], both + edge[leads[:, 1]], np.concatenate([level, level[two]])


def _places(
    x: Floats, y: Floats, values: Floats, levels: Floats, edge: Indices, level: Indices, size: int
) -> Floats:
    """(m, 2) where levels cross edges."""
    upright = edge >= size
    row, column = np.divmod(np.where(upright, edge - size, edge), x.size)
    row_to, column_to = row + upright, column + ~upright
    low, high = values[row, column].astype(np.float64), values[row_to, column_to].astype(np.float64)
    share = (levels[level] - low) / (high - low)
    x_from, y_from = x[column], y[row]
    return np.stack([x_from + share * (x[column_to] - x_from), y_from + share * (y[row_to] - y_from)], axis=1)


def _chains(following: Indices, begins: Indices) -> Iterator[tuple[list[int], bool]]:
    """Pieces joined end to end: those that have a beginning, then those that close.

    Args:
        following: (m,) the next piece, -1 where a line ends.
        begins: the pieces that no other leads to, ascending.
    """
    after, free = following.tolist(), bytearray(b"\1") * following.size
    for piece in begins.tolist():
        chain = []
        while piece >= 0:
            chain.append(piece)
            free[piece] = 0
            piece = after[piece]
        yield chain, False
    piece = free.find(1)
    while piece >= 0:
        chain = []
        while free[piece]:
            chain.append(piece)
            free[piece] = 0
            piece = after[piece]
        yield chain, True
        piece = free.find(1, chain[0])
