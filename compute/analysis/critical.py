"""Minima, saddles and maxima of a surface, each with how much it stands out.

Classification is topological, by the vertex's link on the triangulated grid or mesh (Banchoff
1967), so that the counts obey Euler's formula whatever the values: derivatives, which
noise and steep walls make worthless, serve only to place a point between grid lines.

Persistence is measured from both sides, for a surface upside down has its extrema
exchanged and nothing else: a minimum by how far the level must rise until its basin joins
a deeper one, a maximum by how far it must fall until its hill joins a higher one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from compute.analysis.finer import FACTOR, finer, nearest, unpredicted
from compute.analysis.noise import SIGMAS, standard_errors
from compute.analysis.ring import ring_stationary
from compute.analysis.stationary import stationary
from compute.analysis.topology import Topology, topology
from compute.surface import CriticalKind, CriticalPoint, HeightMesh, Surface

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

MOST_TRIANGLES = 100_000
"""Of a mesh whose critical points are looked for without being asked for: more of them take seconds."""

_MOST_REFINED = 10_000  # more than a picture or a table could show
_FEWEST, _MOST = 9, 512 * 512
"""Rows or columns, and vertices, of a grid that can be made finer, to 64 times as many vertices."""
_ROUNDING = 1e-12  # of the largest value
_PREDICTED = 0.25
"""Of the bend within a cell: what the values may differ from a prediction by points twice as far apart."""

_KINDS: tuple[CriticalKind, ...] = ("minimum", "saddle", "maximum")


def unsought(data: Surface | HeightMesh) -> str:
    """Why nobody looks for critical points of such data unless they are asked for; empty where one does."""
    if not isinstance(data, HeightMesh) or len(data.triangles) <= MOST_TRIANGLES:
        return ""
    return (
        f"Critical points are not looked for: more than {MOST_TRIANGLES:,} triangles. "
        "glviz-compute critical finds them."
    )


def critical_points(
    surface: Surface | HeightMesh,
    *,
    refine: bool = True,
    resolved: bool = False,
    noise: float | None = None,
    sigmas: float = SIGMAS,
) -> tuple[CriticalPoint, ...]:
    """The critical points of a surface, or of any triangulated height mesh.

    Points that are pending or not finite are left out; the vertices beside them count as
    boundary, like those on the rim. A boundary vertex is a minimum or maximum if all the
    neighbours it has are higher or lower, and a saddle if it joins two parts of the set
    below or above it. Of a mesh, vertices take part that are corners of a triangle.

    Args:
        surface: what to look at; its height is ``surface.loss``, that of a mesh ``.height``.
        refine: place inner, non-degenerate points between the vertices, where a polynomial
            through the points around them is stationary, unless that is more than a cell
            away, and give the eigenvalues of its Hessian. Their value stays the vertex's. Of
            very many, only the most persistent are.
        resolved: leave out what the spacing of the grid cannot tell from an accident of
            sampling: a narrow valley across the grid has a false minimum wherever a grid
            point happens to lie near its floor. Such a pair's persistence is less than
            the surface's bend within a cell. With ``refine``, where the grid has such pairs,
            no missing values, and is so smooth that polynomials predict its points, the
            points and their values are those of the polynomials on a finer grid (see
            ``compute.analysis.finer``).
            Without, the list is complete, and obeys Euler's formula. It says nothing of a mesh.
        noise: standard error of each value; that of the file (see ``compute.analysis.noise``)
            where None.
        sigmas: a point is ``significant`` if its persistence, the difference between its value
            and that of the point it is paired with, exceeds so many standard errors of that
            difference. What never cancels is significant; a boundary saddle that has no pair
            is not.

    Returns:
        Minima from the lowest, saddles from the lowest, maxima from the highest. The
        persistence of the lowest minimum and of the highest maximum is infinite (of each
        piece, if missing points part the surface). A saddle's is that of the extremum
        it cancels with, for one of multiplicity m the m-th smallest of those; NaN for a
        boundary saddle that joins a part with itself, infinite for such an inner one.
    """
    errors = standard_errors(surface, noise)
    found = topology(surface)
    bend = _bend_of(surface, found)
    stride = 1
    if resolved and refine and isinstance(surface, Surface) and _hides_something(surface, found, bend):
        if errors is not None:
            errors = nearest(np.broadcast_to(errors, found.values.shape).reshape(surface.shape)).ravel()
        surface, stride = finer(surface), FACTOR
        found = topology(surface)
        bend = _bend_of(surface, found)
    pairs = _Pairs.of(found, bend)
    down, up, saddles = found.down, found.up, found.saddles
    persistence, pair = _saddle_persistence(saddles, found.multiplicity, found.boundary[saddles], pairs)

    vertices = np.concatenate([down.minima, saddles, up.minima])
    kind = np.repeat([0, 1, 2], [down.minima.size, saddles.size, up.minima.size])
    stands_out = np.concatenate([down.persistence, persistence, up.persistence])
    degree = np.ones(kind.size, dtype=np.int64)
    degree[kind == 1] = found.multiplicity
    partner = _partners(vertices, kind, pair, pairs)
    if resolved:
        keep = ~np.isin(vertices, pairs.extremum[pairs.doubtful])
        paired = np.flatnonzero(pair >= 0)
        keep[down.minima.size + paired] &= ~pairs.doubtful[pair[paired]]
        vertices, kind, stands_out, degree, partner = (
            each[keep] for each in (vertices, kind, stands_out, degree, partner)
        )
    boundary = found.boundary[vertices]
    significant: list[bool | None] = [None] * vertices.size
    if errors is not None:
        # A vertex without a partner stands out infinitely, or not at all (NaN).
        known = np.broadcast_to(errors, found.values.shape)
        threshold = sigmas * np.hypot(known[vertices], known[partner])
        significant = (stands_out > np.where(np.isposinf(stands_out), 0.0, threshold)).tolist()

    x, y = _places(surface, vertices)
    eigenvalues = np.full((vertices.size, 2), np.nan)
    if refine:
        movable = np.flatnonzero(~boundary & (degree == 1))
        if movable.size > _MOST_REFINED:
            movable = movable[np.argsort(-stands_out[movable], kind="stable")[:_MOST_REFINED]]
        x[movable], y[movable], eigenvalues[movable] = _refined(
            surface, found, vertices[movable], kind[movable], stride
        )
    curved = [None if isnan(low) else (low, high) for low, high in eigenvalues.tolist()]
    columns = (x, y, found.values[vertices], stands_out, boundary, degree)
    kinds = [_KINDS[number] for number in kind.tolist()]
    return tuple(map(CriticalPoint, kinds, *(column.tolist() for column in columns), significant, curved))


def _places(data: Surface | HeightMesh, vertices: Indices) -> tuple[Floats, Floats]:
    if isinstance(data, HeightMesh):
        return data.x[vertices], data.y[vertices]
    row, column = np.divmod(vertices, data.shape[1])
    return data.x[column], data.y[row]


def _refined(
    data: Surface | HeightMesh, found: Topology, vertices: Indices, kind: Indices, stride: int
) -> tuple[Floats, Floats, Floats]:
    if isinstance(data, HeightMesh):
        return ring_stationary(data, vertices, kind)
    row, column = np.divmod(vertices, data.shape[1])
    values, valid = found.values.reshape(data.shape), found.valid.reshape(data.shape)
    x, y, eigenvalues = stationary(data.x, data.y, values, valid, row, column, kind)
    if stride > 1:
        # Along a valley the finer grid may still be off by more than its own cells.
        left = np.flatnonzero(np.isnan(eigenvalues[:, 0]))
        at = row[left], column[left], kind[left]
        x[left], y[left], eigenvalues[left] = stationary(data.x, data.y, values, valid, *at, stride=stride)
    return x, y, eigenvalues


def _partners(vertices: Indices, kind: Indices, pair: Indices, pairs: _Pairs) -> Indices:
    """The vertex that each one's persistence is measured against; itself where there is none."""
    partner = vertices.copy()
    # Minima and maxima apart: on the smallest grids a vertex may be both.
    for which, falling in ((0, False), (2, True)):
        here = np.flatnonzero(kind == which)
        mine = pairs.falling == falling
        order = np.argsort(pairs.extremum[mine], kind="stable")
        ended, saddle = pairs.extremum[mine][order], pairs.saddle[mine][order]
        if ended.size:
            place = np.minimum(np.searchsorted(ended, vertices[here]), ended.size - 1)
            partner[here] = np.where(ended[place] == vertices[here], saddle[place], vertices[here])
    saddles = np.flatnonzero(kind == 1)[pair >= 0]
    partner[saddles] = pairs.extremum[pair[pair >= 0]]
    return partner


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Extrema and the saddles they cancel with, ordered by saddle and then by persistence.

    Attributes:
        extremum: (k,) flat indices.
        saddle: (k,) flat indices, ascending.
        depth: (k,) persistence.
        doubtful: (k,) whether the grid is too coarse to vouch for the pair.
        falling: (k,) whether the extremum is a maximum.
    """

    extremum: Indices
    saddle: Indices
    depth: Floats
    doubtful: NDArray[np.bool_]
    falling: NDArray[np.bool_]

    @classmethod
    def of(cls, found: Topology, bend: Floats) -> _Pairs:
        down, up = found.down, found.up
        extremum = np.concatenate([down.ended, up.ended])
        saddle = np.concatenate([down.saddles, up.saddles])
        depth = np.concatenate([down.depth, up.depth])
        falling = np.repeat([False, True], [down.ended.size, up.ended.size])
        doubtful = depth < bend
        order = np.lexsort([doubtful, depth, saddle])
        return cls(extremum[order], saddle[order], depth[order], doubtful[order], falling[order])


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


def _bend_of(data: Surface | HeightMesh, found: Topology) -> Floats:
    """Of each pair (those of minima, then those of maxima) the larger bend; none of a mesh is known."""
    extremum = np.concatenate([found.down.ended, found.up.ended])
    if isinstance(data, HeightMesh):
        return np.zeros(extremum.size)
    saddle = np.concatenate([found.down.saddles, found.up.saddles])
    values, valid = found.values.reshape(data.shape), found.valid.reshape(data.shape)
    return np.maximum(_bend(values, valid, extremum), _bend(values, valid, saddle))


def _hides_something(surface: Surface, found: Topology, bend: Floats) -> bool:
    """Whether pairs are doubtful that a finer grid, got from the values themselves, would settle."""
    if min(surface.shape) < _FEWEST or surface.loss.size > _MOST or not found.valid.all():
        return False
    ends = np.stack([
        np.concatenate([found.down.ended, found.up.ended]),
        np.concatenate([found.down.saddles, found.up.saddles]),
    ])  # fmt: skip
    depth = np.concatenate([found.down.depth, found.up.depth])
    doubtful = depth < bend
    if not doubtful.any():
        return False
    # What rounding makes is left out with or without a finer grid.
    doubtful &= depth > _ROUNDING * np.abs(found.values).max()
    with np.errstate(over="ignore", invalid="ignore"):
        missed = unpredicted(surface).ravel()[ends[:, doubtful]]
        return bool(doubtful.any() and (missed < _PREDICTED * bend[doubtful]).all())


def _bend(values: Floats, valid: NDArray[np.bool_], vertices: Indices) -> Floats:
    """How far the surface may dip between grid points beside a vertex: |f''| h^2 / 4.

    A parabola whose floor lies midway between two grid points is f'' h^2 / 8 lower there;
    a valley that wanders from one grid line to the next shows up to twice that.

    Args:
        values: (ny, nx).
        valid: (ny, nx).
        vertices: (n,) flat indices.
    """
    (ny, nx), (row, column) = values.shape, np.divmod(vertices, values.shape[1])

    def at(j: Indices, i: Indices) -> Floats:
        """Values there, NaN where there are none."""
        inside = (j >= 0) & (j < ny) & (i >= 0) & (i < nx)
        j, i = j % ny, i % nx
        return np.where(inside & valid[j, i], values[j, i], np.nan)

    here = at(row, column)
    bend = np.zeros(vertices.size)
    with np.errstate(over="ignore", invalid="ignore"):
        for dj, di in ((0, 1), (1, 0)):
            before, after = at(row - dj, column - di), at(row + dj, column + di)
            bend = np.fmax(bend, np.abs((before - here) + (after - here)) / 4)
    return bend
