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
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from compute.bands import in_bands

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Bits = NDArray[np.uint8]

# (dj, di) of the link's corners in cyclic order; corner k is bit k, the opposite one is bit k + 3.
RING = ((0, 1), (1, 1), (1, 0), (0, -1), (-1, -1), (-1, 0))
ALL = np.uint8(63)


@dataclass(frozen=True, eq=False)
class Links:
    """Lower links of all vertices of a grid, which are numbered row by row.

    Those of the grid upside down are made of the same arrays, where vertex ``size - 1 - n``
    stands for vertex n.

    Attributes:
        lower: (ny, nx) a bit for each corner of the RING: the neighbours that exist and are lower.
        present: (ny, nx) the neighbours that exist; those of a vertex that takes no part do not.
        valid: (ny, nx) whether the vertex takes part.
        turned: whether the arrays are upside down, and corner k is bit k + 3, or k - 3.
    """

    lower: Bits
    present: Bits
    valid: Flags
    turned: bool = False

    @cached_property
    def bottom(self) -> NDArray[np.int64]:
        """(m,) ascending numbers of the vertices that have no lower neighbour."""
        return self._where((self.lower == 0) & self.valid)

    @cached_property
    def joints(self) -> NDArray[np.int64]:
        """(k,) ascending numbers of the vertices whose lower neighbours form two arcs or more."""
        several = np.empty(self.lower.shape, dtype=bool)

        def look(rows: slice) -> None:
            # Of more than one bit one is left when the lowest is taken away.
            arcs = _arcs(self.lower[rows])
            np.not_equal(arcs & (arcs - np.uint8(1)), 0, out=several[rows])

        in_bands(look, len(several), self.lower.shape[1])
        return self._where(several)

    def parts(self, vertices: NDArray[np.int64]) -> NDArray[np.int64]:
        """(k,) number of arcs that the lower neighbours of some vertices form.

        0 if there are none, and if they close the full circle: the lower link of an inner maximum.
        """
        return np.bitwise_count(_arcs(self.lower.ravel()[self.places(vertices)])).astype(np.int64)

    def are_lower(self, vertices: NDArray[np.int64]) -> Flags:
        """(k, 6) whether the neighbours of some vertices are lower, in the order of RING."""
        return self.corners[self.lower.ravel()[self.places(vertices)]]

    @property
    def corners(self) -> Flags:
        """(64, 6) the corners of RING, in its order, that the bits of :attr:`lower` stand for."""
        bit = (np.arange(len(RING)) + 3 * self.turned) % len(RING)
        return (np.arange(64)[:, None] >> bit) & 1 != 0

    @property
    def boundary(self) -> Flags:
        """(ny * nx,) whether a neighbour of a vertex that takes part is missing."""
        return (self.valid & (self.present != ALL)).ravel()[:: -1 if self.turned else 1]

    def places(self, vertices: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where vertices are in the arrays, as flat indices; and which vertices are at such places."""
        return reversed_index(vertices, self.lower.size) if self.turned else vertices

    def reversed(self) -> Links:
        """The lower links of the :func:`reverse` of the grid: its upper ones, turned by 180 degrees."""
        return Links(self.present & ~self.lower, self.present, self.valid, not self.turned)

    def _where(self, flags: Flags) -> NDArray[np.int64]:
        found = self.places(np.flatnonzero(flags))
        return found[::-1] if self.turned else found


def _arcs(bits: Bits) -> Bits:
    """The corners at which an arc begins: the one before them is not part of it."""
    # Turned by a corner; sums and comparisons are vectorised, shifts of bytes are not.
    before = (bits + bits & ALL) | (bits >= np.uint8(32)).view(np.uint8)
    return bits & ~before


def lower_links(values: Floats, valid: Flags) -> Links:
    """The lower link of every vertex.

    For the upper ones see :meth:`Links.reversed`.

    Args:
        values: (ny, nx) float64, finite where valid.
        valid: (ny, nx) the vertices that take part. Of the triangles, those remain whose
            three corners do.
    """
    (ny, nx), whole = values.shape, bool(valid.all())
    lower = np.zeros((ny, nx), np.uint8)
    present = _inside(ny, nx) if whole else np.zeros((ny, nx), np.uint8)

    def look(rows: slice) -> None:
        """Three comparisons for six corners.

        What is not lower than its neighbour to the right or above is an earlier neighbour's own
        lower one, equal values included. Each band looks at the row below it once more.
        """
        start, stop = max(0, rows.start - 1), min(ny, rows.stop + 1)
        for corner, (dj, di) in enumerate(RING[:3]):
            at, beside = slice(start, stop - dj), slice(start + dj, stop)
            # The vertices that have a neighbour there, and those neighbours.
            left, right = slice(0, nx - di), slice(di, nx)
            below = (values[beside, right] < values[at, left]).view(np.uint8)
            above = below ^ np.uint8(1)
            there = None
            if not whole:
                there = (valid[at, left] & valid[beside, right]).view(np.uint8)
                below &= there
                above &= there
            # Of these rows, those that are the band's own.
            ours = slice(rows.start - start, rows.stop - start)
            theirs = slice(max(0, rows.start - start - dj), rows.stop - start - dj)
            for bits, low, high in ((lower, below, above), (present, there, there)):
                if low is None or high is None:
                    continue
                bits[rows, left][: len(low[ours])] |= low[ours] * np.uint8(1 << corner)
                own = bits[rows, right]
                own[len(own) - len(high[theirs]) :] |= high[theirs] * np.uint8(8 << corner)

    in_bands(look, ny, 8 * nx)
    return Links(lower, present, valid)


def _inside(ny: int, nx: int) -> Bits:
    """(ny, nx) the neighbours that lie in the grid."""
    present = np.full((ny, nx), ALL)
    for corner, (dj, di) in enumerate(RING):
        bit = np.uint8(1 << corner)
        if dj:
            present[-1 if dj > 0 else 0] &= ~bit
        if di:
            present[:, -1 if di > 0 else 0] &= ~bit
    return present


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
    lower = links.are_lower(own.ravel()).reshape(ny, nx, len(RING))
    for corner, (dj, di) in enumerate(RING):
        other = padded[1 + dj : 1 + dj + ny, 1 + di : 1 + di + nx]
        better = lower[:, :, corner] & (other < best)
        np.copyto(best, other, where=better)
        np.copyto(target, own + (dj * nx + di), where=better)
    return target.ravel()
