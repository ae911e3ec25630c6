"""The neighbourhood of every grid point at once: which way is down, and in how many parts.

The grid is triangulated by one diagonal, the same in every cell:

          N --- NE
        / |   / |       The link of a vertex v is the hexagon E, NE, N, W, SW, S;
      /   | /   |       at the rim of the grid and beside points that are left out,
    W --- v --- E       some of its corners are missing.
    |   / |   /
    | /   | /           i runs to the right, j upwards: NE is (j + 1, i + 1).
    SW -- S

Two points of equal value are told apart by their index in the array, the earlier one
counting as lower (simulation of simplicity, Edelsbrunner and Muecke 1990): no plateau is
left, and every vertex is regular, an extremum or a saddle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# (dj, di) of the link's corners in cyclic order.
RING = ((0, 1), (1, 1), (1, 0), (0, -1), (-1, -1), (-1, 0))


@dataclass(frozen=True, eq=False)
class Links:
    """Lower links of all vertices of a grid; every array but the first has its shape (ny, nx).

    Attributes:
        lower: (6, ny, nx) in the order of RING: whether that neighbour exists and is lower.
        count: number of lower neighbours.
        parts: number of arcs that they form; 0 if there are none, and if they close the
            full circle (the lower link of an inner maximum).
        boundary: whether a neighbour is missing.
        valid: whether the vertex takes part.
    """

    lower: Flags
    count: NDArray[np.uint8]
    parts: NDArray[np.uint8]
    boundary: Flags
    valid: Flags

    @classmethod
    def _of(cls, lower: Flags, boundary: Flags, valid: Flags) -> Links:
        count = np.zeros(valid.shape, dtype=np.uint8)
        parts = np.zeros(valid.shape, dtype=np.uint8)
        for before, here in zip((lower[-1], *lower[:-1]), lower, strict=True):
            count += here
            parts += here > before
        return cls(lower, count, parts, boundary, valid)

    def reversed(self) -> Links:
        """The lower links of the :func:`reverse` of the grid: its upper ones, turned by 180 degrees."""
        upper = np.empty_like(self.lower)
        for corner, (dj, di) in enumerate(RING):
            opposite = upper[(corner + 3) % 6]  # where the turned grid has this neighbour
            np.logical_not(self.lower[corner], out=opposite)
            opposite &= self.valid
            here, there = _overlap(opposite.shape, dj, di)
            opposite[here] &= self.valid[there]
            if dj:
                opposite[-1 if dj > 0 else 0] = False
            if di:
                opposite[:, -1 if di > 0 else 0] = False
        links = Links._of(upper, self.boundary, self.valid)
        back = (..., slice(None, None, -1), slice(None, None, -1))
        return Links(
            upper[back], links.count[back], links.parts[back], self.boundary[back], self.valid[back]
        )


def _overlap(shape: tuple[int, ...], dj: int, di: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The vertices that have a neighbour at (dj, di), and those neighbours."""
    ny, nx = shape
    here = slice(max(0, -dj), ny - max(0, dj)), slice(max(0, -di), nx - max(0, di))
    there = slice(max(0, dj), ny - max(0, -dj)), slice(max(0, di), nx - max(0, -di))
    return here, there


def lower_links(values: Floats, valid: Flags) -> Links:
    """The lower link of every vertex.

    For the upper ones see :meth:`Links.reversed`.

    Args:
        values: (ny, nx) float64, finite where valid.
        valid: (ny, nx) the vertices that take part. Of the triangles, those remain whose
            three corners do.
    """
    lower = np.zeros((len(RING), *values.shape), dtype=bool)
    inner = np.zeros(values.shape, dtype=bool)
    inner[1:-1, 1:-1] = True
    whole = bool(valid.all())
    for corner, (dj, di) in enumerate(RING[:3]):
        # What is not lower than its neighbour to the right or above is an earlier neighbour's own
        # lower one, equal values included.
        here, there = _overlap(values.shape, dj, di)
        below, above = lower[corner][here], lower[corner + 3][there]
        np.less(values[there], values[here], out=below)
        np.logical_not(below, out=above)
        if not whole:
            both = valid[here] & valid[there]
            below &= both
            above &= both
            inner[here] &= valid[there]
            inner[there] &= valid[here]
    return Links._of(lower, valid & ~inner, valid)


def reverse(values: Floats) -> Floats:
    """The grid upside down, in value and in index: its lower links are the upper ones.

    Turning the array by 180 degrees reverses the order of indices, and so the order of
    equal values, and maps the diagonals onto themselves.
    """
    return -values[::-1, ::-1]


def reversed_index(index: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Where the vertices of a reversed grid were before, as flat indices."""
    return size - 1 - index


def lowest_neighbour(values: Floats, links: Links) -> NDArray[np.int64]:
    """(ny * nx,) the flat index of each vertex's lowest lower neighbour; minima point to themselves."""
    ny, nx = values.shape
    padded = np.full((ny + 2, nx + 2), np.inf)
    padded[1:-1, 1:-1] = values
    target = np.arange(ny * nx, dtype=np.int64).reshape(ny, nx)
    own = target.copy()
    best = np.full((ny, nx), np.inf)
    for (dj, di), below in zip(RING, links.lower, strict=True):
        other = padded[1 + dj : 1 + dj + ny, 1 + di : 1 + di + nx]
        better = below & (other < best)
        np.copyto(best, other, where=better)
        np.copyto(target, own + (dj * nx + di), where=better)
    return target.ravel()
