"""The values along a slice, as a small plot on the picture."""

from __future__ import annotations

import numpy as np

from glviz.scene.captions import axis_name
from glviz.scene.scale import Scale
from glviz.scene.theme import Theme
from glviz.scene.ticks import format_value, ticks
from glviz.scene.view import View
from glviz.ui.canvas import Canvas
from glviz.ui.charts import draw_frame, draw_line, label_width, place

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
    assert section is not None
    if pane_size[0] < 560 * canvas.scale or pane_size[1] < 400 * canvas.scale:
        return None
    right, bottom = corner
    width = min(max(0.27 * pane_size[0], 240 * canvas.scale), 400 * canvas.scale)
    height = min(max(0.27 * pane_size[1], 130 * canvas.scale), 240 * canvas.scale)
    left, top = right - width, bottom - height
    canvas.box((left, top), (left + width, bottom), theme.background, opacity=0.88, rounding=6)
    canvas.frame((left, top), (left + width, bottom), theme.grid, rounding=6)

    along_name = axis_name(view, "y" if section.axis == "x" else "x")
    held_name = axis_name(view, section.axis).split(" ")[0]
    heading = f"{view.height.name} at {held_name} = {format_value(section.position)}"
    pad = 10 * canvas.scale
    canvas.text(left + pad, top + pad * 0.7, heading, _NAME, theme.ink, bold=True)

    scale = view.height.scale
    rows = [t for t in ticks(scale, 4) if t.label]
    x0, x1 = left + pad + label_width(canvas, rows, _TICK) + 8 * canvas.scale, left + width - 1.4 * pad
    y0, y1 = top + 3.0 * pad, bottom - 3.9 * pad
    across = Scale("linear", float(section.along[0]), float(section.along[-1]))
    box = (x0, y0, x1, y1)
    draw_frame(canvas, box, ticks(across, 5), rows, theme, _TICK)
    canvas.text((x0 + x1) / 2, bottom - 0.5 * pad, along_name, _TICK, theme.faint, anchor=(0.5, 1.0))
    unit = scale.forward(section.values)
    points = place(box, across.forward(section.along), unit)
    draw_line(canvas, points, np.isfinite(unit), theme.cut, 2.0)
    return left, top, right, bottom
