"""A surface with a base, closed on all sides: a body that can be printed.

Cells without a value are holes through the body, with walls. Two cells that touch only at
a corner would meet in an edge with four walls, which is no surface of a body: the
triangles at such corners are left out as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.errors import ArgumentError
from compute.solid.look import ModelLook
from compute.solid.stage import shaped, stage_for
from compute.solid.terrain import Terrain, open_edges
from compute.surface import Curve, HeightMesh, Surface

__all__ = ["Body", "printable"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BASE = 0.02  # thickness under the lowest value, of the longer side


@dataclass(frozen=True, eq=False)
class Body:
    """A closed mesh.

    Attributes:
        points: (n, 3) metres, z up, standing on 0.
        triangles: (m, 3) counter-clockwise seen from outside; every edge has two of them.
        notices: what was left out.
    """

    points: Floats
    triangles: Ints
    notices: tuple[str, ...]


def printable(data: Surface | HeightMesh | Curve, look: ModelLook) -> Body:
    """A closed body under a surface.

    Args:
        data: the surface.
        look: how large, on which scale, of how many triangles.

    Raises:
        ArgumentError: there is none, or it cannot be closed (a mesh with three triangles at an edge).
    """
    stage = stage_for(data, look)
    assert not isinstance(data, Curve)  # it has no stage
    most = None if look.max_triangles is None else look.max_triangles // 2
    ground, about = shaped(data, look, stage, most)
    ground, dropped = _without_pinches(ground)
    if dropped:
        about.append(f"{dropped:,} triangles that touch others only at a corner are left out.")
    base = _BASE * look.size
    points = stage.placement.z_up(ground.x, ground.y, stage.unit(ground.value))
    # What is written has 32 bits: two corners must not become one there.
    points = (points + [0.0, 0.0, base]).astype(np.float32).astype(np.float64)
    start, end = open_edges(ground.triangles, len(points))
    floor = points * [1.0, 1.0, 0.0]
    rim = np.unique(start)
    if _is_star(points, start, end):
        center = floor[rim].mean(axis=0)
        points = np.concatenate([points, floor[rim], center[None]])
        under = ground.value.size + np.arange(rim.size)
        below = np.full(ground.value.size, -1)
        below[rim] = under
        bottom = np.stack([below[end], below[start], np.full(start.size, len(points) - 1)], axis=1)
    else:
        below = ground.value.size + np.arange(ground.value.size)
        points = np.concatenate([points, floor])
        bottom = below[ground.triangles[:, ::-1]]
    walls = [np.stack([end, start, below[start]], axis=1), np.stack([end, below[start], below[end]], axis=1)]
    triangles = np.concatenate([ground.triangles, *walls, bottom])
    if not _is_closed(triangles, len(points)) or _has_twins(points):
        raise ArgumentError(
            "making a body to print",
            "more than two triangles meet at an edge, or two corners fall together",
            "Give a grid, or a mesh without such edges.",
        )
    return Body(points, triangles, (*stage.notices, *about))


def _without_pinches(ground: Terrain) -> tuple[Terrain, int]:
    """The terrain without the triangles at vertices where its rim touches itself."""
    before = len(ground.triangles)
    while True:
        start, _ = open_edges(ground.triangles, ground.value.size)
        pinched = np.bincount(start, minlength=ground.value.size) > 1
        if not pinched.any():
            return ground, before - len(ground.triangles)
        left = ground.triangles[~pinched[ground.triangles].any(axis=1)]
        if not left.size:
            todo = "Compute more of the surface first."
            raise ArgumentError("making a body to print", "only single cells have a value", todo)
        ground = ground.keeping(left)


def _is_star(points: Floats, start: Ints, end: Ints) -> bool:
    """Whether the rim is one ring whose every edge is seen from its middle: then a fan closes it."""
    middle = points[np.unique(start), :2].mean(axis=0)
    one, two = points[start, :2] - middle, points[end, :2] - middle
    if not (one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0] > 0).all():
        return False
    following = np.full(len(points), -1)
    following[start] = end
    place, steps = int(start[0]), 0
    chain = following.tolist()
    while steps < start.size:
        place, steps = chain[place], steps + 1
        if place == start[0]:
            break
    return steps == start.size


def _is_closed(triangles: Ints, count: int) -> bool:
    """Whether every edge is there exactly once in each direction."""
    start, end = triangles.ravel(), np.roll(triangles, -1, axis=1).ravel()
    there, back = np.sort(start * count + end), np.sort(end * count + start)
    return bool((np.diff(there) > 0).all() and (there == back).all())


def _has_twins(points: Floats) -> bool:
    """Whether two points are the same."""
    order = np.lexsort(points.T)
    return bool((np.diff(points[order], axis=0) == 0).all(axis=1).any())
