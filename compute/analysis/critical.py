"""Minima, saddles and maxima of a surface, each with how much it stands out.

Classification is topological, by the vertex's link on the triangulated grid (Banchoff
1967), so that the counts obey Euler's formula whatever the values: derivatives, which
noise and steep walls make worthless, serve only to place a point between grid lines.

Persistence is measured from both sides, for a surface upside down has its extrema
exchanged and nothing else: a minimum by how far the level must rise until its basin joins
a deeper one, a maximum by how far it must fall until its hill joins a higher one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compute.analysis.links import Links, lower_links, reverse, reversed_index
from compute.analysis.persistence import Basins, basins
from compute.surface import CriticalKind, CriticalPoint, Surface

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


def critical_points(surface: Surface, *, refine: bool = True) -> tuple[CriticalPoint, ...]:
    """The critical points of a surface.

    Points that are pending or not finite are left out; the vertices beside them count as
    boundary, like those on the rim. A boundary vertex is a minimum or maximum if all the
    neighbours it has are higher or lower, and a saddle if it joins two parts of the set
    below or above it.

    Args:
        surface: what to look at; its height is ``surface.loss``.
        refine: place inner, non-degenerate points at the stationary point of the
            quadratic through the 3 x 3 points around them, unless that lies more than a
            cell away. Their value stays the vertex's.

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
    persistence = _saddle_persistence(saddles, multiplicity, low.boundary.ravel(), down, up, size)

    vertices = np.concatenate([down.minima, saddles, maxima])
    names: tuple[CriticalKind, ...] = ("minimum", "saddle", "maximum")
    kinds = [
        name for name, of in zip(names, (down.minima, saddles, maxima), strict=True) for _ in range(of.size)
    ]
    stands_out = np.concatenate([down.persistence, persistence, up.persistence])
    degree = np.ones(vertices.size, dtype=np.int64)
    degree[down.minima.size : down.minima.size + saddles.size] = multiplicity
    boundary = low.boundary.ravel()[vertices]

    row, column = np.divmod(vertices, values.shape[1])
    x, y = surface.x[column], surface.y[row]
    if refine:
        sign = np.repeat([1, -1, 0], [down.minima.size, saddles.size, maxima.size])
        movable = ~boundary & (degree == 1) & _surrounded(valid, row, column)
        x, y = x.copy(), y.copy()
        x[movable], y[movable] = _stationary(surface, row[movable], column[movable], sign[movable])
    columns = (x, y, surface.loss[row, column], stands_out, boundary, degree)
    return tuple(
        CriticalPoint(kind, *entries)
        for kind, *entries in zip(kinds, *(array.tolist() for array in columns), strict=True)
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


def _saddle_persistence(
    saddles: Indices, multiplicity: Indices, boundary: NDArray[np.bool_], down: Basins, up: Basins, size: int
) -> Floats:
    """The persistence of the last extremum that must cancel before the saddle is gone."""
    at = np.concatenate([down.saddles, reversed_index(up.saddles, size)])
    depth = np.concatenate([down.depth, up.depth])
    order = np.lexsort([depth, at])
    at, depth = at[order], depth[order]
    first, last = np.searchsorted(at, saddles, "left"), np.searchsorted(at, saddles, "right")
    found = np.where(boundary[saddles], np.nan, np.inf)
    paired = last > first
    # Fewer pairs than its multiplicity: the rest of it closes loops around holes.
    chosen = np.minimum(first + multiplicity, last) - 1
    found[paired] = depth[chosen[paired]]
    return found


# --- positions ---------------------------------------------------------------------------


def _surrounded(valid: NDArray[np.bool_], row: Indices, column: Indices) -> NDArray[np.bool_]:
    """Whether all eight neighbours exist; the hexagonal link knows of six."""
    padded = np.pad(valid, 1)
    return np.all([padded[row + j, column + i] for j in (0, 1, 2) for i in (0, 1, 2)], axis=0)


def _stationary(surface: Surface, row: Indices, column: Indices, sign: Indices) -> tuple[Floats, Floats]:
    """Where the gradient of the local quadratic vanishes; the vertex itself where it does not help.

    Args:
        surface: the surface.
        row: (n,) rows of the vertices, all neighbours of which exist.
        column: (n,) their columns.
        sign: (n,) 1 for minima, 0 for maxima, -1 for saddles.
    """
    x, y = surface.x[column], surface.y[row]
    near = np.stack(
        [np.stack([surface.loss[row + j, column + i] for i in (-1, 0, 1)]) for j in (-1, 0, 1)]
    )  # (3, 3, n), rows are y
    # In units of the largest: differences of values near the end of float64 overflow.
    largest = np.abs(near).max(axis=(0, 1))
    near = near / np.where(largest > 0, largest, 1.0)
    west, east = x - surface.x[column - 1], surface.x[column + 1] - x
    south, north = y - surface.y[row - 1], surface.y[row + 1] - y

    fx, fxx = _derivatives(near[1, 0], near[1, 1], near[1, 2], west, east)
    fy, fyy = _derivatives(near[0, 1], near[1, 1], near[2, 1], south, north)
    fxy = (near[2, 2] - near[2, 0] - near[0, 2] + near[0, 0]) / ((west + east) * (south + north))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        determinant = fxx * fyy - fxy**2
        dx = (fxy * fy - fyy * fx) / determinant
        dy = (fxy * fx - fxx * fy) / determinant
        right_kind = np.where(
            sign < 0, determinant < 0, (determinant > 0) & np.where(sign > 0, fxx > 0, fxx < 0)
        )
        near_enough = (dx <= east) & (dx >= -west) & (dy <= north) & (dy >= -south)
    moved = right_kind & near_enough
    return np.where(moved, x + dx, x), np.where(moved, y + dy, y)


def _derivatives(
    before: Floats, here: Floats, after: Floats, left: Floats, right: Floats
) -> tuple[Floats, Floats]:
    """First and second derivative of the parabola through three unevenly spaced points."""
    slope_left, slope_right = (here - before) / left, (after - here) / right
    first = (slope_left * right + slope_right * left) / (left + right)
    second = 2 * (slope_right - slope_left) / (left + right)
    return first, second
