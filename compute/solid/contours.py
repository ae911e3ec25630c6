"""Iso-lines of a triangulated surface, so that they lie on its triangles exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Line", "iso_lines"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Line:
    """A connected piece of an iso-line: (n, 3) points, and whether the last is joined to the first."""

    points: Floats
    closed: bool


def iso_lines(points: Floats, height: Floats, triangles: Ints, level: float) -> list[Line]:
    """Lines at which a function that is linear on each triangle has a value.

    A vertex at exactly that value counts as above it, so that a line never branches.

    Args:
        points: (n, 3).
        height: (n,) the function at the points.
        triangles: (m, 3) indices, all turning the same way.
        level: the value.
    """
    above = height >= level
    sides = above[triangles]
    crossed = triangles[sides.any(axis=1) & ~sides.all(axis=1)]
    if not crossed.size:
        return []
    # Turn each so that its first corner is the one that is alone on its side.
    sides = above[crossed]
    alone = np.where(sides.sum(axis=1) == 1, sides.argmax(axis=1), (~sides).argmax(axis=1))
    turn = (alone[:, None] + np.arange(3)) % 3
    a, b, c = np.take_along_axis(crossed, turn, axis=1).T
    # The higher side lies to the left.
    up = above[a]
    first, second = np.where(up, b, c), np.where(up, c, b)
    start, end = _edge(a, first, len(height)), _edge(a, second, len(height))
    keys, places = np.unique(np.concatenate([start, end]), return_inverse=True)
    low, high = np.divmod(keys, len(height))
    share = (level - height[low]) / (height[high] - height[low])
    crossings = points[low] + share[:, None] * (points[high] - points[low])
    lines = []
    for chain, closed in _chains(places[: start.size].tolist(), places[start.size :].tolist()):
        line = crossings[chain]
        fresh = np.concatenate([[True], (np.diff(line, axis=0) != 0).any(axis=1)])
        line = line[fresh]
        if closed and len(line) > 1 and (line[0] == line[-1]).all():
            line = line[:-1]
        if len(line) > 2 or (len(line) == 2 and not closed):
            lines.append(Line(line, closed))
    return lines


def _edge(a: Ints, b: Ints, count: int) -> Ints:
    return np.asarray(np.minimum(a, b) * count + np.maximum(a, b))


def _chains(start: list[int], end: list[int]) -> list[tuple[list[int], bool]]:
    """Directed segments joined end to end, open chains first."""
    following: dict[int, list[int]] = {}
    for one, other in zip(start, end, strict=True):
        following.setdefault(one, []).append(other)
    reached = set(end)
    chains = []
    for first in [*(one for one in start if one not in reached), *start]:
        while following.get(first):
            chain = [first]
            while following.get(chain[-1]):
                chain.append(following[chain[-1]].pop())
            closed = chain[0] == chain[-1]
            chains.append((chain[:-1] if closed else chain, closed))
    return chains
