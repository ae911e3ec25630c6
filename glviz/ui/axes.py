"""The axes of a picture: ticks, their labels and names, along the edges of the box that face the eye."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glviz.scene import box
from glviz.scene.captions import axis_name
from glviz.scene.panes import Pane
from glviz.scene.theme import Theme
from glviz.scene.view import View
from glviz.ui.canvas import Canvas
from glviz.ui.charts import Box, legible

__all__ = ["draw_axes"]

_TICK, _NAME = 13.0, 15.0


def draw_axes(canvas: Canvas, pane: Pane, view: View, taken: list[Box], theme: Theme) -> None:
    """Ticks, labels and names; what would lie on something ``taken`` is moved or left out."""
    camera, size_px = pane.camera, pane.size_px
    origin = np.array(pane.rect_px[:2], dtype=np.float64)
    middle = camera.project([[0.0, 0.0, view.frame.floor]], size_px)[0, :2]
    for edge in box.axis_edges(view, camera, size_px):
        ends = camera.project(edge.ends, size_px)[:, :2]
        if not np.all(np.isfinite(ends)):
            continue
        along = ends[1] - ends[0]
        length = float(np.hypot(*along))
        if length < 24 * canvas.scale:
            continue
        along /= length
        # The normal of the projected edge that points away from the box.
        outward = np.array([-along[1], along[0]])
        centre = camera.project([edge.ends.mean(axis=0) + edge.inward], size_px)[0, :2]
        inside = centre if np.all(np.isfinite(centre)) else middle
        if float(outward @ (inside - ends.mean(axis=0))) > 0:
            outward = -outward
        if edge.name == "z":
            outward = np.array([-1.0, 0.0])

        points = camera.project(edge.points, size_px)[:, :2] if len(edge.points) else np.zeros((0, 2))
        anchor = _anchor(outward)
        widest = 0.0
        for tick, point in zip(edge.ticks, points, strict=True):
            if not np.all(np.isfinite(point)):
                continue
            start, stop = point + origin, point + origin + outward * 5 * canvas.scale
            place = point + origin + outward * 9 * canvas.scale
            text_w, text_h = canvas.measure(tick.label, _TICK)
            left, top = place[0] - anchor[0] * text_w, place[1] - anchor[1] * text_h
            rect = (left - 3, top - 1, left + text_w + 3, top + text_h + 1)
            canvas.line(start, stop, theme.box)
            if any(_overlap(rect, other) for other in taken) or not _within(rect, pane):
                continue
            taken.append(rect)
            widest = max(widest, abs(outward[0]) * text_w + abs(outward[1]) * text_h)
            canvas.text(place[0], place[1], tick.label, _TICK, theme.ink, anchor=anchor)
        name = axis_name(view, edge.name)
        _name_axis(canvas, pane, name, edge.name, ends + origin, outward, widest, taken, theme)


def _name_axis(
    canvas: Canvas,
    pane: Pane,
    title: str,
    name: str,
    ends: Any,
    outward: Any,
    widest: float,
    taken: list[Box],
    theme: Theme,
) -> None:
    """Write an axis's name beyond its labels, clear of them and within the pane."""
    text_w, text_h = canvas.measure(title, _NAME)
    x, y = pane.rect_px[:2]
    width, height = pane.size_px
    gap = 6 * canvas.scale

    if name == "z":
        # Above the upper end, or as near to it as the pane and what is written there allow.
        top_end = ends[int(np.argmin(ends[:, 1]))] - (0, 12 * canvas.scale)
        top_end[1] = max(top_end[1], y + gap + text_h)
        shifts = (0, -1, -2, -3, -4, -5, *range(1, 20))
        places, anchor = [top_end + (0, 6 * k * canvas.scale) for k in shifts], (0.5, 1.0)
    else:
        # In the middle if there is room, else further out, else further along.
        anchor = _anchor(outward)
        places = [
            ends[0] + (ends[1] - ends[0]) * share + outward * (widest + (16 + 6 * k) * canvas.scale)
            for share in (0.5, 0.35, 0.65, 0.2, 0.8)
            for k in range(4)
        ]
    for place in places:
        left = min(max(place[0] - anchor[0] * text_w, x + gap), x + width - gap - text_w)
        top = min(max(place[1] - anchor[1] * text_h, y + gap), y + height - gap - text_h)
        rect = (left, top, left + text_w, top + text_h)
        if not any(_overlap(rect, other) for other in taken):
            break
    taken.append(rect)
    legible(canvas, pane.view, rect, theme)
    canvas.text(left, top, title, _NAME, theme.ink)


def _within(rect: Sequence[float], pane: Pane) -> bool:
    """Whether all of a text lies in its pane; half of a number is another one."""
    x, y = pane.rect_px[:2]
    width, height = pane.size_px
    # A label has three pixels of air on either side.
    return rect[0] >= x - 3 and rect[1] >= y - 1 and rect[2] <= x + width + 3 and rect[3] <= y + height + 1


def _anchor(outward: Any) -> tuple[float, float]:
    """Which point of a text to put at the end of a tick that points ``outward``."""
    return float(0.5 - 0.5 * outward[0]), float(0.5 - 0.5 * outward[1])


def _overlap(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
