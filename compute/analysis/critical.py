"""Minima, saddles and maxima of a surface, each with how much it stands out.

Classification is topological, by the vertex's link on the triangulated grid (Banchoff
1967), so that the counts obey Euler's formula whatever the values: derivatives, which
noise and steep walls make worthless, serve only to place a point between grid lines.

Persistence is measured from both sides, for a surface upside down has its extrema
exchanged and nothing else: a minimum by how far the level must rise until its basin joins
a deeper one, a maximum by how far it must fall until its hill joins a higher one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.analysis.links import Links, lower_links, reverse, reversed_index
from compute.analysis.persistence import Basins, basins
from compute.analysis.stationary import stationary
from compute.surface import CriticalKind, CriticalPoint, Surface

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_MOST_REFINED = 10_000  # more than a picture or a table could show

_KINDS: tuple[CriticalKind, ...] = ("minimum", "saddle", "maximum")


def critical_points(
    surface: Surface, *, refine: bool = True, resolved: bool = False
) -> tuple[CriticalPoint, ...]:
    """The critical points of a surface.

    Points that are pending or not finite are left out; the vertices beside them count as
    boundary, like those on the rim. A boundary vertex is a minimum or maximum if all the
    neighbours it has are higher or lower, and a saddle if it joins two parts of the set
    below or above it.

    Args:
        surface: what to look at; its height is ``surface.loss``.
        refine: place inner, non-degenerate points between the grid lines, where a
            polynomial through the points around them is stationary, unless that is more
            than a cell away. Their value stays the vertex's. Of very many, only the most
            persistent are.
        resolved: leave out what the spacing of the grid cannot tell from an accident of
            sampling: a narrow valley across the grid has a false minimum wherever a grid
            point happens to lie near its floor. Such a pair's persistence is less than
            the surface's bend within a cell. Without, the list is complete, and obeys
            Euler's formula.

    Returns:
        Minima from the lowest, saddles from the lowest, maxima from the highest. The
        persistence of the lowest minimum and of the highest maximum is infinite (of each
        piece, if missing points part the surface). A saddle's is that of the extremum
        it cancels with, for one of multiplicity m the m-th smallest of those; NaN for a
        boundary saddle that joins a part with itself, infinite for such an inner one.
    """
    valid = surface.finite
    values = np.where(valid, surface.loss, 0.0)
    low, high = lower_links(values, valid), lower_links(reverse(values), valid[::-1, ::-1])
    down, up = basins(values, low), basins(reverse(values), high)

    size = values.size
    maxima = reversed_index(up.minima, size)
    saddles, multiplicity = _saddles(values, low, high, down.minima, maxima)
    pairs = _Pairs.of(values, valid, down, up)
    persistence, pair = _saddle_persistence(saddles, multiplicity, low.boundary.ravel()[saddles], pairs)

    vertices = np.concatenate([down.minima, saddles, maxima])
    kind = np.repeat([0, 1, 2], [down.minima.size, saddles.size, maxima.size])
    stands_out = np.concatenate([down.persistence, persistence, up.persistence])
    degree = np.where(kind == 1, 0, 1)
    degree[kind == 1] = multiplicity
    if resolved:
        keep = ~np.isin(vertices, pairs.extremum[pairs.doubtful])
        paired = np.flatnonzero(pair >= 0)
        keep[down.minima.size + paired] &= ~pairs.doubtful[pair[paired]]
        vertices, kind, stands_out, degree = vertices[keep], kind[keep], stands_out[keep], degree[keep]
    boundary = low.boundary.ravel()[vertices]

    row, column = np.divmod(vertices, values.shape[1])
    x, y = surface.x[column], surface.y[row]
    if refine:
        movable = np.flatnonzero(~boundary & (degree == 1))
        if movable.size > _MOST_REFINED:
            movable = movable[np.argsort(-stands_out[movable], kind="stable")[:_MOST_REFINED]]
        x[movable], y[movable] = stationary(
            surface.x, surface.y, values, valid, row[movable], column[movable], kind[movable]
        )
    columns = (kind, x, y, surface.loss[row, column], stands_out, boundary, degree)
    return tuple(
        CriticalPoint(_KINDS[number], *entries)
        for number, *entries in zip(*(array.tolist() for array in columns), strict=True)
    )


def _saddles(
    values: Floats, low: Links, high: Links, minima: Indices, maxima: Indices
) -> tuple[Indices, Indices]:
    """Flat indices from low to high, and multiplicities.

    An inner vertex has as many lower parts as upper ones. On the boundary the two differ:
    it may join parts of the set below it, of the set above it, or of both.
    """
    parts = np.maximum(low.parts, high.parts[::-1, ::-1]).ravel()
    parts[minima] = parts[maxima] = 0
    saddles = np.flatnonzero(parts >= 2)
    saddles = saddles[np.argsort(values.ravel()[saddles], kind="stable")]
    return saddles, parts[saddles].astype(np.int64) - 1


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Extrema and the saddles they cancel with, ordered by saddle and then by persistence.

    Attributes:
        extremum: (k,) flat indices.
        saddle: (k,) flat indices, ascending.
        depth: (k,) persistence.
        doubtful: (k,) whether the grid is too coarse to vouch for the pair.
    """

    extremum: Indices
    saddle: Indices
    depth: Floats
    doubtful: NDArray[np.bool_]

    @classmethod
    def of(cls, values: Floats, valid: NDArray[np.bool_], down: Basins, up: Basins) -> _Pairs:
        extremum = np.concatenate([down.ended, reversed_index(up.ended, values.size)])
        saddle = np.concatenate([down.saddles, reversed_index(up.saddles, values.size)])
        depth = np.concatenate([down.depth, up.depth])
        doubtful = depth < np.maximum(_bend(values, valid, extremum), _bend(values, valid, saddle))
        order = np.lexsort([doubtful, depth, saddle])
        return cls(extremum[order], saddle[order], depth[order], doubtful[order])


def _saddle_persistence(
    saddles: Indices, multiplicity: Indices, boundary: NDArray[np.bool_], pairs: _Pairs
) -> tuple[Floats, Indices]:
    """The persistence of the last extremum that must cancel before a saddle is gone.

    Returns:
        The persistence, and which pair it belongs to (-1 for none).
    """
    first = np.searchsorted(pairs.saddle, saddles, "left")
    last = np.searchsorted(pairs.saddle, saddles, "right")
    found = np.where(boundary, np.nan, np.inf)
    # Fewer pairs than its multiplicity: the rest of it closes loops around holes.
    chosen = np.where(last > first, np.minimum(first + multiplicity, last) - 1, -1)
    found[chosen >= 0] = pairs.depth[chosen[chosen >= 0]]
    return found, chosen


def _bend(values: Floats, valid: NDArray[np.bool_], vertices: Indices) -> Floats:
    """How far the surface may dip between grid points beside a vertex: |f''| h^2 / 4.

    A parabola whose floor lies midway between two grid points is f'' h^2 / 8 lower there;
    a valley that wanders from one grid line to the next shows up to twice that.

    Args:
        values: (ny, nx).
        valid: (ny, nx).
        vertices: (n,) flat indices.
    """
    padded = np.pad(np.where(valid, values, np.nan), 1, constant_values=np.nan)
    row, column = (index + 1 for index in np.divmod(vertices, values.shape[1]))
    here = padded[row, column]
    bend = np.zeros(vertices.size)
    with np.errstate(over="ignore", invalid="ignore"):
        for dj, di in ((0, 1), (1, 0)):
            before, after = padded[row - dj, column - di], padded[row + dj, column + di]
            bend = np.fmax(bend, np.abs((before - here) + (after - here)) / 4)
    return bend
