"""The box around a surface: which of its faces are behind, its grid, and where labels go.

The floor and the two walls furthest from the eye carry the grid; x and y are labelled
along the two front edges of the floor, z along the upright edge at the left of the
picture, so that no label ever stands in front of the surface.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.scales import Tick
from glviz.scene.camera import Camera
from glviz.scene.strokes import Strokes
from glviz.scene.theme import Theme
from glviz.scene.view import View

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class AxisEdge:
    """One labelled edge of the box.

    Attributes:
        name: "x", "y" or "z".
        ends: (2, 3) world ends of the edge.
        ticks: those that are labelled.
        points: (len(ticks), 3) where they are.
        inward: (3,) world direction from the edge into the box, level.
    """

    name: str
    ends: Floats
    ticks: tuple[Tick, ...]
    points: Floats
    inward: Floats


def front_signs(camera: Camera) -> tuple[float, float]:
    """Signs of x and y of the upright faces that are nearest to the eye."""
    if abs(camera.elevation) < 89.9:
        back = -camera.forward()
    else:
        # Straight down: labels at the left and at the bottom, as on any map.
        back = _level(camera.azimuth) - _level(camera.azimuth + 90.0)
    return (1.0 if back[0] >= 0 else -1.0), (1.0 if back[1] >= 0 else -1.0)


def _level(azimuth_deg: float) -> Floats:
    angle = np.radians(azimuth_deg)
    return np.array([np.cos(angle), np.sin(angle), 0.0])


def axis_edges(view: View, camera: Camera, size_px: tuple[int, int]) -> tuple[AxisEdge, ...]:
    """The labelled edges: x, y, and z where it is not seen end on."""
    frame = view.frame
    hx, hy = frame.half
    sx, sy = front_signs(camera)
    z0 = frame.floor

    tx = tuple(t for t in view.ticks_x if t.label)
    ty = tuple(t for t in view.ticks_y if t.label)
    tz = tuple(t for t in view.ticks_z if t.label)
    edges = [
        AxisEdge(
            "x",
            np.array([[-hx, sy * hy, z0], [hx, sy * hy, z0]]),
            tx,
            np.array([[float(frame.x_world(t.value)), sy * hy, z0] for t in tx]).reshape(-1, 3),
            np.array([0.0, -sy, 0.0]),
        ),
        AxisEdge(
            "y",
            np.array([[sx * hx, -hy, z0], [sx * hx, hy, z0]]),
            ty,
            np.array([[sx * hx, float(frame.y_world(t.value)), z0] for t in ty]).reshape(-1, 3),
            np.array([-sx, 0.0, 0.0]),
        ),
    ]
    if abs(camera.elevation) < 75.0:
        corners = np.array([[kx * hx, ky * hy, 0.0] for kx in (-1, 1) for ky in (-1, 1)])
        corner = corners[int(np.argmin(camera.project(corners, size_px)[:, 0]))]
        edges.append(
            AxisEdge(
                "z",
                np.array([[*corner[:2], 0.0], [*corner[:2], frame.top]]),
                tz,
                np.array([[*corner[:2], float(frame.z_world(t.unit))] for t in tz]).reshape(-1, 3),
                -corner / np.linalg.norm(corner),
            )
        )
    return tuple(edges)


def grid(view: View, signs: tuple[float, float], theme: Theme) -> Strokes:
    """Edges and tick lines of the floor and the two far walls."""
    frame = view.frame
    hx, hy = frame.half
    far_x, far_y = -signs[0] * hx, -signs[1] * hy
    z0, z1 = frame.floor, frame.top
    fine: list[tuple[tuple[float, float, float], tuple[float, float, float]]] = []
    for tick in (t for t in view.ticks_x if t.label):
        x = float(frame.x_world(tick.value))
        fine += [((x, -hy, z0), (x, hy, z0)), ((x, far_y, z0), (x, far_y, z1))]
    for tick in (t for t in view.ticks_y if t.label):
        y = float(frame.y_world(tick.value))
        fine += [((-hx, y, z0), (hx, y, z0)), ((far_x, y, z0), (far_x, y, z1))]
    for tick in (t for t in view.ticks_z if t.label):
        z = float(frame.z_world(tick.unit))
        fine += [((-hx, far_y, z), (hx, far_y, z)), ((far_x, -hy, z), (far_x, hy, z))]
    near_x, near_y = -far_x, -far_y
    edges = [
        ((-hx, -hy, z0), (hx, -hy, z0)),
        ((-hx, hy, z0), (hx, hy, z0)),
        ((-hx, -hy, z0), (-hx, hy, z0)),
        ((hx, -hy, z0), (hx, hy, z0)),
        ((far_x, far_y, z0), (far_x, far_y, z1)),
        ((near_x, far_y, z0), (near_x, far_y, z1)),
        ((far_x, near_y, z0), (far_x, near_y, z1)),
        ((-hx, far_y, z1), (hx, far_y, z1)),
        ((far_x, -hy, z1), (far_x, hy, z1)),
    ]
    parts = []
    for lines, color, width in ((fine, theme.grid, 1.0), (edges, theme.box, 1.2)):
        ends = np.array(lines, dtype=np.float64).reshape(-1, 2, 3)
        parts.append(Strokes.segments(ends[:, 0], ends[:, 1], color, width))
    return Strokes.join(parts)
