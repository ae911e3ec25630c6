"""Where the value of an iso-line may be written: where the line is straight, and in sight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.scales import format_apart
from glviz.scene.view import View

Floats = NDArray[np.float64]

_SHORTEST_W, _WINDOW_W, _CANDIDATES = 0.45, 0.22, 8
_STEPS, _NEAR_W = 96, 0.012


@dataclass(frozen=True, eq=False)
class LineLabel:
    """A label of one iso-line.

    Attributes:
        level: the value of the line.
        length_w: of the line, world units.
        places: (k, 3) world positions where it might stand, the straightest first.
        along: (k, 3) the way the line goes there, world units.
    """

    level: float
    length_w: float
    places: Floats
    along: Floats


def level_texts(view: View) -> dict[float, str]:
    """What is written on the lines of each level: short, but never the same for two."""
    levels, scale = view.levels.tolist(), view.height.scale
    return dict(zip(levels, format_apart(levels, scale.high - scale.low, 3), strict=True))


def line_labels(view: View, *, on_floor: bool) -> tuple[LineLabel, ...]:
    """The labels of a view's iso-lines, long lines first; lines too short for one have none."""
    found = []
    for line in view.iso_lines:
        unit = 0.0 if on_floor else view.unit_height(line.level)
        points = view.frame.points(line.points[:, 0], line.points[:, 1], unit)
        if on_floor:
            points[:, 2] = view.frame.floor
        along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
        length = float(along[-1])
        if length < _SHORTEST_W:
            continue
        places = np.linspace(_WINDOW_W, length - _WINDOW_W, max(3, int(length / 0.08)))

        def at(place: Floats, along: Floats = along, points: Floats = points) -> Floats:
            return np.stack([np.interp(place, along, points[:, k]) for k in range(3)], axis=1)

        # A straight piece is as long as the way along it.
        way = at(places + _WINDOW_W / 2) - at(places - _WINDOW_W / 2)
        chord = np.linalg.norm(way, axis=1)
        # Not beside the edge of the plane, where axis labels are.
        spot = at(places)
        edge = np.min([view.frame.half[k] - np.abs(spot[:, k]) for k in range(2)], axis=0)
        order = np.argsort(-np.round(chord / _WINDOW_W, 2) + 0.5 * (edge < 0.08), kind="stable")
        best = order[:_CANDIDATES]
        found.append(LineLabel(line.level, length, spot[best], way[best]))
    return tuple(sorted(found, key=lambda label: -label.length_w))


def in_sight(view: View, eye: Floats, toward: Floats | None, points: Floats) -> NDArray[np.bool_]:
    """Whether the surface lets points be seen.

    The line of sight is sampled; it meets the surface where it changes sides.

    Args:
        view: whose surface.
        eye: (3,) world.
        toward: (3,) unit vector towards the eye if the projection is parallel, else None.
        points: (n, 3) world.

    Returns:
        (n,) bool.
    """
    frame = view.frame
    direction = np.broadcast_to(toward, points.shape) if toward is not None else eye - points
    direction = direction / np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-12)
    reach = 2.0 * float(np.hypot(*frame.half)) + frame.top
    t = _NEAR_W + np.linspace(0.0, 1.0, _STEPS) ** 1.5 * reach
    ray = points[:, None, :] + t[None, :, None] * direction[:, None, :]
    assert view.relief is not None, "a mesh has no iso-lines"
    x, y = frame.x_data(ray[..., 0]).ravel(), frame.y_data(ray[..., 1]).ravel()
    surface = view.relief.unclamped_at(view.height, x, y)
    above = ray[..., 2] - frame.z_world(np.clip(surface, 0.0, 1.0)).reshape(ray.shape[:2])
    tolerance = 0.25 * _NEAR_W
    return ~(np.any(above > tolerance, axis=1) & np.any(above < -tolerance, axis=1))
