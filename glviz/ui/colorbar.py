"""The scalar bar: the colours with their ticks, and pointed ends where values lie beyond."""

from __future__ import annotations

import numpy as np

from glviz.scene.theme import RGB, Theme
from glviz.scene.view import View
from glviz.ui.canvas import Canvas

_TICK, _NAME = 13.0, 15.0
_WIDTH, _POINT = 15.0, 11.0


def draw_bar(
    canvas: Canvas, view: View, corner: tuple[float, float], room_px: float, theme: Theme
) -> tuple[float, float, float, float]:
    """Draw the bar with its right edge there; returns the room it took (left, top, right, bottom).

    Args:
        canvas: to draw on.
        view: whose colours.
        corner: right and upper end of the room for it.
        room_px: height of the room; the bar takes the upper half.
        theme: of the picture.
    """
    palette = view.palette
    height = min(0.50 * room_px, 400 * canvas.scale)
    ticks = [t for t in view.ticks_color if -1e-9 <= t.unit <= 1 + 1e-9]
    label_width = max((canvas.measure(t.label, _TICK)[0] for t in ticks if t.label), default=0.0)
    right = corner[0] - label_width - 9 * canvas.scale
    left = right - _WIDTH * canvas.scale
    # In the upper half: the lower right corner is for the profile of a slice.
    top = corner[1] + 0.09 * room_px + 26 * canvas.scale
    bottom = top + height
    if palette.bands:
        middles = (np.arange(palette.bands) + 0.5) / palette.bands
        _draw_bands(canvas, palette.at(middles), left, top, right, bottom)
    else:
        colors = palette.colors.astype(np.float64)[:, :3] / 255.0
        canvas.ramp((left, top), (right, bottom), colors[:: max(1, len(colors) // 128)])
    canvas.frame((left, top), (right, bottom), theme.box)
    point = _POINT * canvas.scale
    if palette.marked and palette.clipped[0]:
        _draw_point(canvas, left, right, bottom, point, palette.below, theme)
    if palette.marked and palette.clipped[1]:
        _draw_point(canvas, left, right, top, -point, palette.above, theme)
    for tick in ticks:
        y = bottom - tick.unit * height
        reach = 5 if tick.label else 3
        canvas.line((right, y), (right + reach * canvas.scale, y), theme.ink)
        if tick.label:
            canvas.text(right + 8 * canvas.scale, y, tick.label, _TICK, theme.ink, anchor=(0.0, 0.52))
    name = view.color.name + ("" if view.color.scale.kind == "linear" else f" ({view.color.scale.kind})")
    text_w = canvas.measure(name, _NAME)[0]
    x = min((left + right) / 2, corner[0] - text_w / 2)
    over = top - (point if palette.marked and palette.clipped[1] else 0.0)
    canvas.text(x, over - 10 * canvas.scale, name, _NAME, theme.ink, anchor=(0.5, 1.0))
    return min(left, x - text_w / 2), over - 30 * canvas.scale, corner[0], bottom + point


def _draw_bands(
    canvas: Canvas, colors: np.ndarray, left: float, top: float, right: float, bottom: float
) -> None:
    edges = bottom + (top - bottom) * np.arange(len(colors) + 1) / len(colors)
    for color, low, high in zip(colors, edges[:-1], edges[1:], strict=True):
        canvas.box((left, high), (right, low), (float(color[0]), float(color[1]), float(color[2])))


def _draw_point(
    canvas: Canvas, left: float, right: float, y: float, reach: float, color: RGB, theme: Theme
) -> None:
    """A triangle beyond an end of the bar, upwards where ``reach`` is negative."""
    tip = ((left + right) / 2, y + reach)
    canvas.polygon(np.array([(left, y), tip, (right, y)]), color)
    canvas.line((left, y), tip, theme.box)
    canvas.line(tip, (right, y), theme.box)
