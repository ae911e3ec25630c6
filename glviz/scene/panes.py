"""Panes: which view is drawn where, and by which camera."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glviz.scene.camera import Camera
from glviz.scene.curves import CurvePlot
from glviz.scene.slices import LevelCut, Slice
from glviz.scene.view import View

Drawn = View | CurvePlot
"""What a pane can show."""

Rect = tuple[int, int, int, int]

_NOTHING_W = 1e-6
"""A part of the box of no more than this thickness shows nothing."""


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


def within(pane: Pane, tile_px: Rect) -> tuple[Rect, tuple[float, float, float, float]] | None:
    """The part of a pane that lies in a tile of the picture; None if nothing of it does.

    Args:
        pane: as it lies in the whole picture.
        tile_px: the tile in the same pixels.

    Returns:
        The part's rectangle, relative to the tile, and (scale x, scale y, shift x, shift y)
        from the pane's normalised device coordinates to the part's, y upwards: the part of
        the pane's frustum that is seen through it.
    """
    x, y = pane.rect_px[:2]
    width, height = pane.size_px
    left, top = max(x, tile_px[0]), max(y, tile_px[1])
    right = min(x + width, tile_px[0] + tile_px[2])
    bottom = min(y + height, tile_px[1] + tile_px[3])
    if right <= left or bottom <= top:
        return None
    wide, high = right - left, bottom - top
    to_part = (
        width / wide,
        height / high,
        (width - 2.0 * (left - x) - wide) / wide,
        (2.0 * (top - y) + high - height) / high,
    )
    return (left - tile_px[0], top - tile_px[1], wide, high), to_part


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
    normal, offset = plane_of(view, section)
    # Hidden is the side on which the eye is.
    if float(normal @ camera.forward()) > 0:
        normal, offset = -normal, -offset
    # At the far rim nothing would be left to be seen.
    half, top = view.frame.half, view.frame.top
    nearest = float(-np.abs(normal[:2]) @ half + min(0.0, normal[2] * top))
    if offset <= nearest + _NOTHING_W:
        return (0.0, 0.0, 0.0, 0.0)
    return (float(normal[0]), float(normal[1]), float(normal[2]), offset)


def plane_of(view: View, section: Slice | LevelCut) -> tuple[NDArray[np.float64], float]:
    """The plane of a cut in world space: unit normal (3,) and offset, normal . p = offset."""
    frame = view.frame
    if isinstance(section, LevelCut):
        return np.array([0.0, 0.0, 1.0]), float(frame.z_world(view.unit_height(section.position)))
    per_x, per_y = frame.world_per_data()
    normal = np.array([section.normal[0] / per_x, section.normal[1] / per_y, 0.0])
    normal /= np.linalg.norm(normal)
    middle = len(section.x) // 2
    place = (frame.x_world(section.x[middle]), frame.y_world(section.y[middle]))
    return normal, float(normal[0] * place[0] + normal[1] * place[1])
