"""Panes: which view is drawn where, and by which camera."""

from __future__ import annotations

import math
from dataclasses import dataclass

from glviz.scene.camera import Camera
from glviz.scene.curves import CurvePlot
from glviz.scene.view import View

Drawn = View | CurvePlot
"""What a pane can show."""

Rect = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Pane:
    """One picture within the picture.

    Attributes:
        view: what is drawn.
        camera: from where.
        rect_px: x, y of the upper left corner, width and height, in pixels.
    """

    view: Drawn
    camera: Camera
    rect_px: Rect

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height), at least 1."""
        return max(1, self.rect_px[2]), max(1, self.rect_px[3])


def layout(count: int, rect_px: Rect) -> tuple[Rect, ...]:
    """Rectangles for ``count`` panes in equal parts of a rectangle, as square as may be."""
    x, y, width, height = rect_px


    def cost(columns: int) -> float:
        """How far from a good shape the panes would be, and how much room would stay empty."""
        rows = math.ceil(count / columns)
        shape = max(1, width) / columns / (max(1, height) / rows)
        return abs(math.log(shape / 1.25)) + 1.5 * (1 - count / (rows * columns))

    columns = min(range(1, count + 1), key=cost)
    rows = math.ceil(count / columns)
    rects = []
    for index in range(count):
        row, column = divmod(index, columns)
        left, right = width * column // columns, width * (column + 1) // columns
        top, bottom = height * row // rows, height * (row + 1) // rows
        rects.append((x + left, y + top, right - left, bottom - top))
    return tuple(rects)


def clip_plane(view: Drawn, camera: Camera) -> tuple[float, float, float, float]:
    """The half-space that a slice hides: (normal xyz, offset), all 0 for none.

    It is the side of the slice plane on which the eye is; points with
    dot(normal, p_world) > offset are hidden.
    """
    if isinstance(view, CurvePlot):
        return (0.0, 0.0, 0.0, 0.0)
    section = view.slice
    if section is None or not view.settings.slice_cut:
        return (0.0, 0.0, 0.0, 0.0)
    forward = camera.forward()
    if section.axis == "x":
        position, side = float(view.frame.x_world(section.position)), -forward[0]
    else:
        position, side = float(view.frame.y_world(section.position)), -forward[1]
    sign = 1.0 if side >= 0 else -1.0
    normal = (sign, 0.0, 0.0) if section.axis == "x" else (0.0, sign, 0.0)
    return (*normal, sign * position)
