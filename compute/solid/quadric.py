"""Fewer triangles where they are missed least: vertex removal by quadric error.

Garland and Heckbert, "Surface simplification using quadric error metrics" (1997): the
error of a vertex is the sum of squared distances to the planes of the triangles that it has
swallowed, Q(p) = sum of (n . p + d)^2, a quadratic form that merely adds up. Here

  - an edge v-u is collapsed into its end u (never a new place), so that every vertex that
    stays is a point of the data, with its own value and colour;
  - the surface stays a surface over its plane: a collapse that would turn a triangle over,
    seen from above, is not made, and the outline stays exactly as it was: of its vertices
    only those go that lie on a straight piece, along it;
  - many collapses are made at once. Two may be made together if no triangle has both
    vertices; of the cheapest 40 % of all vertices those go that have drawn the lowest lot
    among their neighbours (Luby, "A simple parallel algorithm for the maximal independent
    set problem", 1986; by cost alone a slope of costs would let go one vertex at a time).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compute.solid.terrain import open_edges

__all__ = ["simplified"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_SHARE = 0.4  # of the possible collapses are considered in a round, the cheapest
_TRIES = 3  # targets for a vertex in a round
_LEAST_AREA = 1e-3  # of the square of a triangle's longest edge, seen from above
_STALLED = 1e-3  # of the triangles: a round that removes fewer is the last
_LENGTH = 1e-9  # weight of an edge's length: on a plain, short edges go first


def simplified(points: Floats, triangles: Ints, most: int, keep: Flags) -> Ints:
    """Triangles of the same surface, at most ``most`` of them if it can be done.

    Args:
        points: (n, 3), z up, all of about the same size; each a corner of a triangle.
        triangles: (m, 3) indices, counter-clockwise seen from above.
        most: how many there may be.
        keep: (n,) vertices that must stay.

    Returns:
        (k, 3) indices into the same points.
    """
    quadrics = _quadrics(points, triangles)
    rim, straight = _outline(points, triangles)
    fixed = keep | (rim & ~straight)
    lots = np.random.default_rng(0)  # the same each time
    while len(triangles) > most:
        target, cost = _candidates(points, triangles, quadrics, rim, fixed)
        wanted = -(-(len(triangles) - most) // 2)
        chosen = _independent(triangles, cost, wanted, lots)
        if not chosen.size:
            break
        place = np.arange(len(points))
        place[chosen] = target[chosen]
        for term in range(10):
            np.add.at(quadrics[term], target[chosen], quadrics[term, chosen])
        before = len(triangles)
        triangles = place[triangles]
        a, b, c = triangles.T
        triangles = triangles[(a != b) & (b != c) & (c != a)]
        if before - len(triangles) < _STALLED * before and len(triangles) > most and chosen.size < wanted:
            break
    return triangles


def _quadrics(points: Floats, triangles: Ints) -> Floats:
    """(10, n) the upper halves of the symmetric 4 x 4 forms, weighted by area."""
    a, b, c = (points[corner] for corner in triangles.T)
    normal = np.cross(b - a, c - a)
    area = np.linalg.norm(normal, axis=1)
    normal /= np.where(area > 0, area, 1.0)[:, None]
    plane = np.column_stack([normal, -np.einsum("ij,ij->i", normal, a)])
    corners = triangles.ravel()
    terms = [area * plane[:, i] * plane[:, j] for i in range(4) for j in range(i, 4)]
    return np.stack([np.bincount(corners, np.repeat(term, 3), minlength=len(points)) for term in terms])


def _errors(quadrics: Floats, points: Floats) -> Floats:
    """(k,) the forms (10, k) at the points (k, 3)."""
    x, y, z = points.T
    xx, xy, xz, xw, yy, yz, yw, zz, zw, ww = quadrics
    return np.asarray(
        x * (xx * x + 2 * (xy * y + xz * z + xw))
        + y * (yy * y + 2 * (yz * z + yw))
        + z * (zz * z + 2 * zw)
        + ww
    )


def _outline(points: Floats, triangles: Ints) -> tuple[Flags, Flags]:
    """Which vertices lie on the rim, and which of them where it runs straight, seen from above."""
    start, end = open_edges(triangles, len(points))
    count = np.bincount(np.concatenate([start, end]), minlength=len(points))
    rim = count > 0
    after, before = np.full(len(points), -1), np.full(len(points), -1)
    after[start], before[end] = end, start
    straight = (count == 2) & (after >= 0) & (before >= 0)
    v = np.flatnonzero(straight)
    one, two = points[after[v], :2] - points[v, :2], points[before[v], :2] - points[v, :2]
    cross = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    dot = (one * two).sum(axis=1)
    straight[v] = (dot < 0) & (np.abs(cross) <= 1e-9 * np.abs(dot))
    return rim, straight


def _candidates(
    points: Floats, triangles: Ints, quadrics: Floats, rim: Flags, fixed: Flags
) -> tuple[Ints, Floats]:
    """For each vertex the neighbour that it should be moved to, and the cost (infinite: it stays)."""
    count = len(points)
    start, end = triangles.ravel(), np.roll(triangles, -1, axis=1).ravel()
    both = rim[start] & rim[end]
    code, back = start[both] * count + end[both], end[both] * count + start[both]
    alone = np.zeros(start.size, dtype=bool)
    alone[both] = ~np.isin(code, back)
    # Each inner edge is there once in either direction already.
    v, u = np.concatenate([start, end[alone]]), np.concatenate([end, start[alone]])
    on_rim = np.concatenate([alone, np.ones(int(alone.sum()), dtype=bool)])
    possible = ~fixed[v] & (~rim[v] | on_rim)
    v, u = v[possible], u[possible]
    length = ((points[v] - points[u]) ** 2).sum(axis=1)
    cost = np.maximum(_errors(quadrics[:, v] + quadrics[:, u], points[u]), 0.0) + _LENGTH * length**2
    target, best = np.full(count, -1), np.full(count, np.inf)
    open_ = np.ones(count, dtype=bool)
    for _ in range(_TRIES):
        least = np.full(count, np.inf)
        np.minimum.at(least, v, cost)
        tried = np.full(count, -1)
        hit = (cost == least[v]) & np.isfinite(cost)
        tried[v[hit]] = u[hit]
        tried[~open_] = -1
        good = (tried >= 0) & ~_turned_over(points, triangles, tried)
        target[good], best[good] = tried[good], least[good]
        open_ &= ~good
        cost = np.where(tried[v] == u, np.inf, cost)
        left = open_[v] & np.isfinite(cost)
        v, u, cost = v[left], u[left], cost[left]
        if not v.size:
            break
    return target, best


def _turned_over(points: Floats, triangles: Ints, target: Ints) -> Flags:
    """(n,) whether moving a vertex to its target would turn a triangle over, or nearly so."""
    bad = np.zeros(len(points), dtype=bool)
    flat = points[:, :2]
    for corner in range(3):
        v, p, q = (triangles[:, (corner + k) % 3] for k in range(3))
        u = target[v]
        moved = (u >= 0) & (u != p) & (u != q)
        v, p, q, u = v[moved], flat[p[moved]], flat[q[moved]], flat[u[moved]]
        one, two, three = p - u, q - u, q - p
        area = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
        longest = np.maximum.reduce([(edge**2).sum(axis=1) for edge in (one, two, three)])
        bad[v[area <= _LEAST_AREA * longest]] = True
    return bad


def _independent(triangles: Ints, cost: Floats, wanted: int, lots: np.random.Generator) -> Ints:
    """Cheap vertices, at most ``wanted``, that can go together."""
    order = np.argsort(cost, kind="stable")
    possible = int(np.isfinite(cost).sum())
    considered = order[: max(1, int(_SHARE * possible))] if possible else order[:0]
    rank = np.full(cost.size, cost.size)
    rank[considered] = lots.permutation(considered.size)
    lowest = rank[triangles].min(axis=1)
    beaten = np.zeros(cost.size, dtype=bool)
    beaten[triangles[rank[triangles] > lowest[:, None]]] = True
    chosen = considered[~beaten[considered]]
    return np.asarray(chosen[:wanted])
