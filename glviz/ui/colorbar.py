"""The scalar bar: the colours with their ticks, and pointed ends where values lie beyond.

With the histogram the bar reaches over all values of the file, how many there are of each
stands beside it, and two handles mark the ends between which the colours lie.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.scales import Scale, Tick, ticks
from glviz.scene.theme import RGB, Theme
from glviz.scene.view import View
from glviz.ui.canvas import Canvas
from glviz.ui.charts import fitting, legible
from glviz.ui.label_key import draw_label_key

_TICK, _NAME = 13.0, 15.0
_WIDTH, _POINT, _HISTOGRAM, _GAP = 15.0, 11.0, 54.0, 5.0
MOST_BINS = 80


@dataclass(frozen=True)
class BarPlace:
    """Where the bar of a view lies, in pixels.

    Attributes:
        left, top, right, bottom: of the colours.
        reach: left edge of the histogram, or ``left``.
        scale: of the whole bar: 0 at the bottom, 1 at the top.
        ends: the drawn range on it.
        ticks: on it.
    """

    left: float
    top: float
    right: float
    bottom: float
    reach: float
    scale: Scale
    ends: tuple[float, float]
    ticks: tuple[Tick, ...]

    def y(self, unit: float) -> float:
        """Pixel row of a place on the bar."""
        return self.bottom + (self.top - self.bottom) * unit

    def value(self, y_px: float) -> float:
        """The value at a pixel row, held within the bar."""
        unit = (self.bottom - y_px) / max(1.0, self.bottom - self.top)
        return float(self.scale.inverse(min(1.0, max(0.0, unit))))


def place_bar(canvas: Canvas, view: View, corner: tuple[float, float], room_px: float) -> BarPlace:
    """Find the place for the bar.

    Args:
        canvas: that measures text.
        view: whose colours.
        corner: right and upper end of the room for it.
        room_px: height of the room; the bar takes the upper half.
    """
    height = min(0.50 * room_px, 400 * canvas.scale)
    whole = view.settings.histogram
    scale = view.color.whole if whole else view.color.scale
    marks = ticks(scale, 7) if whole else view.ticks_color
    marks = tuple(t for t in marks if -1e-9 <= t.unit <= 1 + 1e-9)
    marks = fitting(canvas, scale, marks, height, _TICK)
    label_width = max((canvas.measure(t.label, _TICK)[0] for t in marks if t.label), default=0.0)
    right = corner[0] - label_width - 9 * canvas.scale
    left = right - _WIDTH * canvas.scale
    # In the upper half: the lower right corner is for the profile of a slice.
    top = corner[1] + 0.09 * room_px + 26 * canvas.scale
    reach = left - (_HISTOGRAM + _GAP) * canvas.scale if whole else left
    ends = (0.0, 1.0)
    if whole:
        low, high = (float(np.clip(end, 0.0, 1.0)) for end in view.color.ends)
        ends = (low, high)
    return BarPlace(left, top, right, top + height, reach, scale, ends, marks)


def draw_bar(
    canvas: Canvas,
    view: View,
    corner: tuple[float, float],
    room_px: float,
    theme: Theme,
    *,
    grips: bool = False,
) -> tuple[float, float, float, float]:
    """Draw the bar with its right edge there; returns the room it took (left, top, right, bottom).

    Args:
        canvas: to draw on.
        view: whose colours.
        corner: right and upper end of the room for it.
        room_px: height of the room.
        theme: of the picture.
        grips: whether there is a mouse to take hold of the ends of the range beside a histogram.
    """
    if view.labels is not None:
        return draw_label_key(canvas, view, corner, room_px, theme)
    place = place_bar(canvas, view, corner, room_px)
    palette = view.palette
    left, top, right, bottom = place.left, place.top, place.right, place.bottom
    low, high = (place.y(end) for end in place.ends)
    name = view.color.name + ("" if view.color.scale.kind == "linear" else f" ({view.color.scale.kind})")
    text_w = canvas.measure(name, _NAME)[0]
    x = min((left + right) / 2, corner[0] - text_w / 2)
    beyond = _POINT * canvas.scale if palette.marked and not view.settings.histogram else 0.0
    point = beyond if palette.clipped[1] else 0.0
    taken = (
        min(place.reach, x - text_w / 2), top - point - 30 * canvas.scale,
        corner[0], bottom + _POINT * canvas.scale,
    )  # fmt: skip
    below_name = top - point - 8 * canvas.scale
    legible(canvas, view, (x - text_w / 2 - 3, taken[1], corner[0] + 3, below_name), theme)
    legible(canvas, view, (left - 3, below_name, corner[0] + 3, taken[3]), theme)
    if view.settings.histogram:
        _draw_histogram(canvas, view, place, theme)
        first, last = palette.at([0.0, 1.0])
        canvas.box((left, low), (right, bottom), palette.below if palette.marked else _rgb(first))
        canvas.box((left, top), (right, high), palette.above if palette.marked else _rgb(last))
    if palette.bands:
        middles = (np.arange(palette.bands) + 0.5) / palette.bands
        _draw_bands(canvas, palette.at(middles), left, high, right, low)
    else:
        colors = palette.colors.astype(np.float64)[:, :3] / 255.0
        canvas.ramp((left, high), (right, low), colors[:: max(1, len(colors) // 128)])
    canvas.frame((left, top), (right, bottom), theme.box)
    if view.settings.histogram:
        _draw_ends(canvas, place, theme, grips=grips)
    elif palette.marked:
        if palette.clipped[0]:
            _draw_point(canvas, left, right, bottom, beyond, palette.below, theme)
        if palette.clipped[1]:
            _draw_point(canvas, left, right, top, -beyond, palette.above, theme)
    for tick in place.ticks:
        y = place.y(tick.unit)
        length = 5 if tick.label else 3
        canvas.line((right, y), (right + length * canvas.scale, y), theme.ink)
        if tick.label:
            canvas.text(right + 8 * canvas.scale, y, tick.label, _TICK, theme.ink, anchor=(0.0, 0.52))
    canvas.text(x, top - point - 10 * canvas.scale, name, _NAME, theme.ink, anchor=(0.5, 1.0))
    return taken


def _draw_histogram(canvas: Canvas, view: View, place: BarPlace, theme: Theme) -> None:
    """How many values there are at each place, to the left of the bar, in their colours."""
    counts = view.derived("histogram", lambda: _counts(view))
    ground = 8.0 * canvas.scale
    canvas.box(
        (place.reach - 1.5 * ground, place.top - ground), (place.right + 1.0, place.bottom + ground),
        theme.background, opacity=0.82, rounding=4.0,
    )  # fmt: skip
    largest = float(counts.max()) if counts.size else 0.0
    if largest == 0:
        return
    edge = place.left - _GAP * canvas.scale
    middles = (np.arange(counts.size) + 0.5) / counts.size
    span = max(place.ends[1] - place.ends[0], 1e-12)
    colors = view.palette.at((middles - place.ends[0]) / span)
    for k in np.flatnonzero(counts):
        inside = place.ends[0] <= middles[k] <= place.ends[1]
        length = max(1.0, counts[k] / largest * (edge - place.reach))
        top, bottom = place.y((k + 1) / counts.size), place.y(k / counts.size)
        color, opacity = (_rgb(colors[k]), 0.9) if inside else (theme.faint, 0.45)
        canvas.box((edge - length, top), (edge, bottom), color, opacity=opacity)


def _counts(view: View) -> NDArray[np.int64]:
    """(n,) numbers of values between evenly spaced places on the whole scale."""
    base = view.color.base[view.valid & np.isfinite(view.color.values)]
    return np.histogram(base, int(np.clip(2.0 * np.sqrt(base.size), 8, MOST_BINS)), (0.0, 1.0))[0]


def _draw_ends(canvas: Canvas, place: BarPlace, theme: Theme, *, grips: bool) -> None:
    """A line across the histogram, and perhaps a grip, at each end of the drawn range."""
    size = 5.0 * canvas.scale
    for end, turned in zip(place.ends, (1.0, -1.0), strict=True):
        y = place.y(end)
        canvas.line((place.reach, y), (place.right, y), theme.ink)
        if not grips:
            continue
        tip = place.reach - 1.0
        grip = np.array([(tip, y), (tip - 1.6 * size, y), (tip - 1.6 * size, y + turned * size)])
        canvas.polygon(grip, theme.ink)


def _draw_bands(
    canvas: Canvas, colors: NDArray[np.float64], left: float, top: float, right: float, bottom: float
) -> None:
    edges = bottom + (top - bottom) * np.arange(len(colors) + 1) / len(colors)
    for color, low, high in zip(colors, edges[:-1], edges[1:], strict=True):
        canvas.box((left, high), (right, low), _rgb(color))


def _draw_point(
    canvas: Canvas, left: float, right: float, y: float, reach: float, color: RGB, theme: Theme
) -> None:
    """A triangle beyond an end of the bar, upwards where ``reach`` is negative."""
    tip = ((left + right) / 2, y + reach)
    canvas.polygon(np.array([(left, y), tip, (right, y)]), color)
    canvas.line((left, y), tip, theme.box)
    canvas.line(tip, (right, y), theme.box)


def _rgb(color: NDArray[np.float64]) -> RGB:
    return float(color[0]), float(color[1]), float(color[2])
