"""The values along a slice, as a small plot on the picture."""

from __future__ import annotations

import numpy as np

from glviz.scene.captions import axis_name
from glviz.scene.scale import Scale
from glviz.scene.theme import Theme
from glviz.scene.ticks import format_value, ticks
from glviz.scene.view import View
from glviz.ui.canvas import Canvas

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
    label_width = max((canvas.measure(t.label, _TICK)[0] for t in rows), default=0.0)
    x0, x1 = left + pad + label_width + 8 * canvas.scale, left + width - 1.4 * pad
    y0, y1 = top + 3.0 * pad, bottom - 3.9 * pad
    for tick in rows:
        y = y1 - tick.unit * (y1 - y0)
        canvas.line((x0, y), (x1, y), theme.grid)
        canvas.text(x0 - 6 * canvas.scale, y, tick.label, _TICK, theme.ink, anchor=(1.0, 0.52))
    across = Scale("linear", float(section.along[0]), float(section.along[-1]))
    for tick in (t for t in ticks(across, 5) if t.label):
        x = x0 + tick.unit * (x1 - x0)
        canvas.line((x, y1), (x, y1 + 4 * canvas.scale), theme.box)
        canvas.text(x, y1 + 6 * canvas.scale, tick.label, _TICK, theme.ink, anchor=(0.5, 0.0))
    canvas.text((x0 + x1) / 2, bottom - 0.5 * pad, along_name, _TICK, theme.faint, anchor=(0.5, 1.0))
    canvas.frame((x0, y0), (x1, y1), theme.box)

    unit = np.clip(scale.forward(section.values), 0.0, 1.0)
    finite = np.isfinite(unit)
    points = np.stack([x0 + across.forward(section.along) * (x1 - x0), y1 - unit * (y1 - y0)], axis=1)
    # A missing value breaks the line in two.
    breaks = np.flatnonzero(np.diff(finite.astype(np.int8)) != 0) + 1
    for part, known in zip(np.split(points, breaks), np.split(finite, breaks), strict=True):
        if len(known) and known[0]:
            canvas.polyline(part, theme.cut, 2.0)
    return left, top, right, bottom
