"""How deep each basin is: 0-dimensional persistence of the sublevel sets of a grid.

As the level rises, a basin is born at each minimum, and two meet at a saddle; the one
whose minimum is higher ends there (elder rule, Edelsbrunner, Letscher and Zomorodian
2002). Only saddles can join basins, and a descent along lowest neighbours from each part
of a saddle's lower link ends in the minimum of the basin on that side. So the vertices
between need no sorting: descents are shortened for the whole grid at once by pointer
doubling, and the union-find runs over saddles alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.analysis.links import RING, Links, lowest_neighbour, reverse

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_RING = np.array(RING).T
_FEW = 4096
"""So many descents are followed one step at a time; more, all of the grid's at once."""


@dataclass(frozen=True, eq=False)
class Basins:
    """Minima, and where their basins end.

    Attributes:
        minima: (m,) flat indices, lowest first.
        persistence: (m,) height of the saddle where the basin ends over its minimum; inf
            for the lowest of each connected piece of the grid, which never ends.
        ended: (k,) the minima of the basins that end,
        saddles: (k,) the vertex at which each does, flat indices,
        depth: (k,) the persistence,
        joined: (k,) and the minimum of the older basin that it becomes part of.
    """

    minima: Indices
    persistence: Floats
    ended: Indices
    saddles: Indices
    depth: Floats
    joined: Indices


def basins(values: Floats, links: Links) -> Basins:
    """Pair every minimum with the saddle at which its basin joins a deeper one.

    Args:
        values: (ny, nx) float64.
        links: their lower links, or those of their :func:`compute.analysis.links.reverse`: the
            result is then that of the grid upside down, in its numbers.
    """
    sign, nx = -1.0 if links.turned else 1.0, values.shape[1]

    def height(vertices: Indices) -> Floats:
        return sign * values.ravel()[links.places(vertices)]

    minima = links.bottom
    joints = by_height(height, links.joints)
    if joints.size == 0 or minima.size < 2:
        none = np.empty(0, dtype=np.int64)
        return paired(height, minima, none, none, none)

    # One neighbour from each part of each joint's lower link, as (joint, basin) pairs.
    below = links.are_lower(joints)
    row, corner = np.nonzero(below & ~np.roll(below, 1, axis=1))
    starts = joints[row] + (_RING[0] * nx + _RING[1])[corner]
    ends = _followed(values, links, starts) if starts.size <= _FEW else None
    if ends is None:
        ends = descents(lowest_neighbour(reverse(values) if links.turned else values, links))[starts]
    return paired(height, minima, joints, row, ends)


def _followed(values: Floats, links: Links, starts: Indices) -> Indices | None:
    """Where the descents from a few vertices end, step by step; None if they take very many.

    Args:
        values: (ny, nx).
        links: their lower links, or those of their reverse.
        starts: (k,) numbers of vertices.
    """
    (ny, nx), flat, lower, corners = values.shape, values.ravel(), links.lower.ravel(), links.corners
    steps, worst, best = _RING[0] * nx + _RING[1], np.inf, np.argmin
    if links.turned:  # up the values themselves
        steps, worst, best = -steps, -np.inf, np.argmax
    here = links.places(starts)
    ends, moving = here.copy(), np.arange(here.size)
    for _ in range(2 * (ny + nx)):
        below = lower.take(here)
        # What is beyond the rim is not lower, whatever stands where its index leads.
        others = flat.take(here[:, None] + steps, mode="clip")
        # The first of equal ones, as in lowest_neighbour.
        there = here + steps.take(best(np.where(corners.take(below, axis=0), others, worst), axis=1))
        if below.all():
            here = there
            continue
        ends[moving[below == 0]] = here[below == 0]
        moving, here = moving[below != 0], there[below != 0]
        if not moving.size:
            return links.places(ends)
    return None


def paired(
    height: Callable[[Indices], Floats], minima: Indices, joints: Indices, row: Indices, reached: Indices
) -> Basins:
    """Pair minima with joints by union-find, whatever the vertices are those of.

    Args:
        height: gives the values of vertices.
        minima: flat indices in any order.
        joints: flat indices of vertices where basins may meet, from the lowest to the highest.
        row: (k,) ascending, a number of a joint,
        reached: (k,) and the minimum of a basin that it touches.
    """
    minima = by_height(height, minima)
    by_index = np.argsort(minima)
    age = by_index[np.searchsorted(minima[by_index], reached)] if reached.size else reached
    first = np.searchsorted(row, np.arange(joints.size + 1))
    ended, at, joined = _unite(minima.size, first.tolist(), age.tolist())

    persistence = np.full(minima.size, np.inf)
    saddles = joints[at]
    with np.errstate(over="ignore"):
        depth = height(saddles) - height(minima[ended])
    persistence[ended] = depth
    return Basins(minima, persistence, minima[ended], saddles, depth, minima[joined])


def by_height(height: Callable[[Indices], Floats], vertices: Indices) -> Indices:
    """Vertices, given by ascending index, from low to high; equal ones stay in their order."""
    return vertices[np.argsort(height(vertices), kind="stable")]


def descents(target: Indices) -> Indices:
    """Where each vertex's descent ends: pointers followed 1, 2, 4, 8, ... steps at a time."""
    while True:
        further = target[target]
        if np.array_equal(further, target):
            return target
        target = further


def _unite(count: int, first: list[int], reached: list[int]) -> tuple[Indices, Indices, Indices]:
    """Which basins end, at which joint, and in which other basin.

    Args:
        count: number of basins, numbered from the oldest (lowest).
        first: joint number n touches the basins ``reached[first[n] : first[n + 1]]``.
        reached: basins around the joints, from the lowest joint to the highest.
    """
    parent = list(range(count))
    ended: list[int] = []
    at: list[int] = []
    joined: list[int] = []
    for joint in range(len(first) - 1):
        oldest = -1
        for basin in reached[first[joint] : first[joint + 1]]:
            root = basin
            while parent[root] != root:
                parent[root] = root = parent[parent[root]]
            if oldest < 0:
                oldest = root
            elif root != oldest:
                oldest, younger = (oldest, root) if oldest < root else (root, oldest)
                parent[younger] = oldest
                ended.append(younger)
                at.append(joint)
                joined.append(oldest)
    return (
        np.array(ended, dtype=np.int64), np.array(at, dtype=np.int64), np.array(joined, dtype=np.int64),
    )  # fmt: skip
