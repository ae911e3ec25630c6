"""The values along a slice, as a small plot on the picture."""

from __future__ import annotations

import numpy as np

from compute.scales import Scale, ticks
from glviz.scene.captions import along_name, cut_name
from glviz.scene.slices import LevelCut, Slice
from glviz.scene.theme import Theme, file_color
from glviz.scene.view import View
from glviz.ui.canvas import Canvas
from glviz.ui.charts import draw_frame, draw_line, fitting, label_width, place

_TICK, _NAME = 12.0, 13.0


def draw_profile(
    canvas: Canvas, view: View, theme: Theme, corner: tuple[float, float], pane_size: tuple[float, float]
) -> tuple[float, float, float, float] | None:
    """Draw the plot with its lower right corner there; its size follows the pane's.

    A pane in which it would cover the surface goes without. Returns the rectangle that it
    took (left, top, right, bottom).

    The vertical axis is the surface's own scale, so the plot is the cut seen from the side.
    """
    section = view.slice
    if isinstance(section, LevelCut):
        return _draw_level(canvas, view, section, theme, corner)
    if section is None:
        return None
    if pane_size[0] < 560 * canvas.scale or pane_size[1] < 400 * canvas.scale:
        return None
    right, bottom = corner
    width = min(max(0.27 * pane_size[0], 240 * canvas.scale), 400 * canvas.scale)
    height = min(max(0.27 * pane_size[1], 130 * canvas.scale), 240 * canvas.scale)
    left, top = right - width, bottom - height
    canvas.box((left, top), (left + width, bottom), theme.background, opacity=0.88, rounding=6)
    canvas.frame((left, top), (left + width, bottom), theme.grid, rounding=6)

    heading = f"{view.height.name} at {cut_name(view, section)}"
    pad = 10 * canvas.scale
    canvas.text(left + pad, top + pad * 0.7, heading, _NAME, theme.ink, bold=True)

    scale = view.height.scale
    rows = [t for t in ticks(scale, 4) if t.label]
    x0, x1 = left + pad + label_width(canvas, rows, _TICK) + 8 * canvas.scale, left + width - 1.4 * pad
    y0, y1 = top + 3.0 * pad, bottom - 3.9 * pad
    across = Scale("linear", float(section.along[0]), float(section.along[-1]))
    box = (x0, y0, x1, y1)
    columns = fitting(canvas, across, ticks(across, 5), x1 - x0, _TICK, across=True)
    draw_frame(canvas, box, columns, fitting(canvas, scale, rows, y1 - y0, _TICK), theme, _TICK)
    name = along_name(view, section)
    canvas.text((x0 + x1) / 2, bottom - 0.5 * pad, name, _TICK, theme.faint, anchor=(0.5, 1.0))
    for number, each in enumerate((view, *view.overlaid)):
        if isinstance(each.slice, Slice):
            unit = scale.forward(each.slice.values)
            points = place(box, across.forward(each.slice.along), unit)
            color = file_color(number, theme) if view.overlaid else theme.cut
            draw_line(canvas, points, np.isfinite(unit), color, 2.0)
    return left, top, right, bottom


def _draw_level(
    canvas: Canvas, view: View, section: LevelCut, theme: Theme, corner: tuple[float, float]
) -> tuple[float, float, float, float]:
    """A level cut has no profile; its numbers instead."""
    closed = sum(line.closed for line in section.lines)
    count = len(section.lines)
    rows = [
        cut_name(view, section),
        f"{100 * section.share_below:.1f} % of the plane lies below",
        f"{count} {'line' if count == 1 else 'lines'}, {closed} closed",
    ]
    pad, step = 10 * canvas.scale, 1.35 * _NAME * canvas.scale
    width = max(canvas.measure(row, _NAME, bold=i == 0)[0] for i, row in enumerate(rows)) + 2 * pad
    right, bottom = corner
    left, top = right - width, bottom - step * len(rows) - 1.2 * pad
    canvas.box((left, top), (right, bottom), theme.background, opacity=0.88, rounding=6)
    canvas.frame((left, top), (right, bottom), theme.grid, rounding=6)
    for index, row in enumerate(rows):
        y = top + 0.6 * pad + step * (index + 0.5)
        canvas.text(left + pad, y, row, _NAME, theme.ink, anchor=(0.0, 0.5), bold=index == 0)
    return left, top, right, bottom
