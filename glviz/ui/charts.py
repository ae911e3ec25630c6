"""Charts on a picture: a frame with ticks, and lines that break where a value is missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from compute.scales import Scale, Tick, fitted_ticks
from glviz.scene.panes import Drawn
from glviz.scene.theme import RGB, Theme
from glviz.ui.canvas import Canvas

Box = tuple[float, float, float, float]
"""left, top, right, bottom of something drawn, in pixels."""

Floats = NDArray[np.float64]

_QUIET = 0.75
"""Opacity of the ground under a text."""


def legible(canvas: Canvas, view: Drawn, box: Box, theme: Theme) -> None:
    """Make the ground under a text quiet, where the surface reaches beneath it."""
    if not view.settings.transparent:
        canvas.box(box[:2], box[2:], theme.background, opacity=_QUIET, rounding=2.0)


def label_width(canvas: Canvas, ticks: Sequence[Tick], size: float) -> float:
    """Width of the widest tick label, in pixels."""
    return max((canvas.measure(t.label, size)[0] for t in ticks if t.label), default=0.0)


def fitting(
    canvas: Canvas,
    scale: Scale,
    marks: Sequence[Tick],
    length_px: float,
    size: float,
    *,
    across: bool = False,
) -> tuple[Tick, ...]:
    """The ticks of an axis, fewer where there is less room than their labels take.

    Args:
        canvas: that measures the labels.
        scale: of the axis.
        marks: its ticks where there is room enough.
        length_px: of the axis.
        size: of the labels.
        across: whether the axis is a horizontal one.
    """
    length_px = max(1.0, length_px)

    def room(label: str) -> float:
        width, height = canvas.measure(label, size)
        return (width + 6.0 * canvas.scale if across else 1.05 * height) / length_px

    labelled = [tick for tick in marks if tick.label]
    pairs = zip(labelled, labelled[1:], strict=False)
    if all(b.unit - a.unit >= (room(a.label) + room(b.label)) / 2 for a, b in pairs):
        return tuple(marks)
    return fitted_ticks(scale, len(labelled) - 1, room)


def draw_frame(
    canvas: Canvas,
    box: Box,
    across: Sequence[Tick],
    up: Sequence[Tick],
    theme: Theme,
    size: float,
    *,
    label_across: bool = True,
) -> None:
    """The frame of a chart, its grid and the labels of its ticks.

    Args:
        canvas: to draw on.
        box: the frame.
        across: ticks of the horizontal axis.
        up: ticks of the vertical axis.
        theme: colours.
        size: of the labels.
        label_across: whether the horizontal axis is labelled.
    """
    x0, y0, x1, y1 = box
    for tick in (t for t in up if t.label):
        y = y1 - tick.unit * (y1 - y0)
        canvas.line((x0, y), (x1, y), theme.grid)
        canvas.text(x0 - 6 * canvas.scale, y, tick.label, size, theme.ink, anchor=(1.0, 0.52))
    for tick in (t for t in across if t.label):
        x = x0 + tick.unit * (x1 - x0)
        if label_across:
            canvas.line((x, y1), (x, y1 + 4 * canvas.scale), theme.box)
            canvas.text(x, y1 + 6 * canvas.scale, tick.label, size, theme.ink, anchor=(0.5, 0.0))
    canvas.frame((x0, y0), (x1, y1), theme.box)


def place(box: Box, across: Floats, up: Floats) -> Floats:
    """(n, 2) pixels of positions on the two scales, 0 to 1; those beyond are put on the edge."""
    x0, y0, x1, y1 = box
    return np.stack([x0 + across * (x1 - x0), y1 - np.clip(up, 0.0, 1.0) * (y1 - y0)], axis=1)


def draw_line(canvas: Canvas, points: Floats, known: NDArray[np.bool_], color: RGB, width: float) -> None:
    """A line through (n, 2) pixels; one that is not known breaks it in two.

    A known point with no known neighbour is a dot.
    """
    breaks = np.flatnonzero(np.diff(known.astype(np.int8)) != 0) + 1
    for part, good in zip(np.split(points, breaks), np.split(known, breaks), strict=True):
        if len(good) == 1 and good[0]:
            canvas.disc(float(part[0, 0]), float(part[0, 1]), 1.2 * width, color)
        elif len(good) and good[0]:
            canvas.polyline(part, color, width)


def draw_band(canvas: Canvas, low: Floats, high: Floats, color: RGB, opacity: float) -> None:
    """The area between two lines of (n, 2) pixels with the same x, left out where either is NaN."""
    good = np.asarray(np.isfinite(low).all(axis=1) & np.isfinite(high).all(axis=1))
    for i in np.flatnonzero(good[1:] & good[:-1]):
        canvas.quad(np.array([low[i], low[i + 1], high[i + 1], high[i]]), color, opacity)
