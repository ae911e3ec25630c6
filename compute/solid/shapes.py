"""Tubes, balls, cones and diamonds as triangles: (points, normals, triangles), y up."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["ball", "cone", "diamond", "tube", "tube_triangles"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shape = tuple[Floats, Floats, Ints]


def tube_triangles(points: int, sides: int, closed: bool) -> int:
    """How many triangles :func:`tube` makes."""
    return 2 * sides * points if closed else 2 * sides * (points - 1) + 2 * (sides - 2)


def tube(points: Floats, radius: float, sides: int, *, closed: bool = False) -> Shape:
    """A tube along a line that is nowhere exactly upright.

    Args:
        points: (k, 3), k >= 2, each other than the one before.
        radius: of the tube.
        sides: of its cross-section.
        closed: whether the last point is joined to the first.
    """
    count = len(points)
    if closed:
        ahead = np.roll(points, -1, axis=0) - points
        behind = np.roll(ahead, 1, axis=0)
    else:
        steps = np.diff(points, axis=0)
        ahead, behind = np.concatenate([steps, steps[-1:]]), np.concatenate([steps[:1], steps])
    ahead, behind = _unit(ahead), _unit(behind)
    along = ahead + behind
    # Where a line turns back on itself there is no mean direction.
    back = np.linalg.norm(along, axis=1) < 1e-6
    along = _unit(np.where(back[:, None], ahead, along))
    aside = np.cross(along, [0.0, 1.0, 0.0])
    upright = np.linalg.norm(aside, axis=1) < 1e-9
    aside = _unit(np.where(upright[:, None], [1.0, 0.0, 0.0], aside))
    over = np.cross(aside, along)
    angle = 2 * np.pi * (np.arange(sides) + 0.5) / sides
    around = np.cos(angle)[None, :, None] * aside[:, None] + np.sin(angle)[None, :, None] * over[:, None]
    rings = points[:, None] + radius * around
    i = np.arange(count if closed else count - 1)[:, None]
    k = np.arange(sides)[None]
    here, there = i * sides, (i + 1) % count * sides
    a, b, c, d = here + k, here + (k + 1) % sides, there + (k + 1) % sides, there + k
    quads = np.stack([np.broadcast_to(corner, (i.size, sides)) for corner in (a, c, b, a, d, c)], axis=-1)
    triangles = quads.reshape(-1, 3)
    if not closed:
        fan = np.stack([np.zeros(sides - 2, np.int64), np.arange(1, sides - 1), np.arange(2, sides)], axis=1)
        triangles = np.concatenate([triangles, fan, fan[:, ::-1] + (count - 1) * sides])
    return rings.reshape(-1, 3), around.reshape(-1, 3), triangles.astype(np.int64)


def ball(center: Floats, radius: float) -> Shape:
    """An icosahedron with each face in four, its corners on the sphere: 80 triangles."""
    points, triangles = _sphere()
    return center + radius * points, points, triangles


def diamond(center: Floats, radius: float) -> Shape:
    """An octahedron, taller than wide: 8 triangles, with edges."""
    corners = np.array([[1, 0, 0], [0, 0, -1], [-1, 0, 0], [0, 0, 1], [0, 1.5, 0], [0, -1.5, 0]], np.float64)
    ring = np.arange(4)
    upper = np.stack([ring, (ring + 1) % 4, np.full(4, 4)], axis=1)
    lower = np.stack([(ring + 1) % 4, ring, np.full(4, 5)], axis=1)
    return _faceted(center + radius * corners, np.concatenate([upper, lower]))


def cone(center: Floats, radius: float, sides: int = 12) -> Shape:
    """A cone that points upwards, its middle at the centre: 22 triangles, with edges."""
    angle = 2 * np.pi * np.arange(sides) / sides
    ring = np.stack([np.cos(angle), np.full(sides, -1.0), -np.sin(angle)], axis=1)
    corners = np.concatenate([ring, [[0.0, 1.2, 0.0]]])
    k = np.arange(sides)
    side = np.stack([k, (k + 1) % sides, np.full(sides, sides)], axis=1)
    bottom = np.stack([np.zeros(sides - 2, np.int64), k[2:], k[1:-1]], axis=1)
    return _faceted(center + radius * corners, np.concatenate([side, bottom]))


def _faceted(corners: Floats, triangles: Ints) -> Shape:
    """Each triangle with corners, and a normal, of its own."""
    a, b, c = (corners[index] for index in triangles.T)
    normals = np.repeat(_unit(np.cross(b - a, c - a)), 3, axis=0)
    return corners[triangles].reshape(-1, 3), normals, np.arange(triangles.size).reshape(-1, 3)


@cache
def _sphere() -> tuple[Floats, Ints]:
    golden = (1 + 5**0.5) / 2
    corners = []
    for one in (-1.0, 1.0):
        for other in (-golden, golden):
            corners += [(0.0, one, other), (one, other, 0.0), (other, 0.0, one)]
    points = _unit(np.array(corners))
    # Its faces: three corners at the least distance from each other, counter-clockwise from outside.
    near = np.linalg.norm(points[:, None] - points[None], axis=2) < 1.1
    faces = [
        (i, j, k) if np.linalg.det(points[[i, j, k]]) > 0 else (i, k, j)
        for i in range(12)
        for j in range(i + 1, 12)
        for k in range(j + 1, 12)
        if near[i, j] and near[j, k] and near[i, k]
    ]
    middles: dict[tuple[int, int], int] = {}
    found = list(points)

    def middle(i: int, j: int) -> int:
        key = (min(i, j), max(i, j))
        if key not in middles:
            middles[key] = len(found)
            found.append((found[i] + found[j]) / np.linalg.norm(found[i] + found[j]))
        return middles[key]

    fine = []
    for i, j, k in faces:
        ij, jk, ki = middle(i, j), middle(j, k), middle(k, i)
        fine += [(i, ij, ki), (ij, j, jk), (ki, jk, k), (ij, jk, ki)]
    return np.array(found), np.array(fine, np.int64)


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
