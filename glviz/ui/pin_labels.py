"""Labels of pinned points: where they stand, and how they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glviz.scene.captions import place_of, reading
from glviz.scene.panes import Pane
from glviz.scene.pins import Pin
from glviz.scene.theme import Theme
from glviz.scene.view import View
from glviz.ui.canvas import Canvas
from glviz.ui.charts import Box

_SIZE = 12.5
_MOST_FIELDS = 3


@dataclass(frozen=True)
class PinLabel:
    """A label on a picture.

    Attributes:
        number: of the pin.
        box: left, top, right, bottom in pixels.
        point: the pinned point in pixels.
        lines: what is written, the first in bold.
    """

    number: int
    box: Box
    point: tuple[float, float]
    lines: tuple[str, ...]


def pin_labels(canvas: Canvas, pane: Pane) -> tuple[PinLabel, ...]:
    """The labels of a pane: beside their points, within the pane, none on another."""
    if not isinstance(pane.view, View):
        return ()
    left, top, width, height = pane.rect_px
    pad, gap = 7 * canvas.scale, 14 * canvas.scale
    step = 1.3 * _SIZE * canvas.scale
    labels: list[PinLabel] = []
    several = bool(pane.view.overlaid)
    for view in (pane.view, *pane.view.overlaid):
        for number, pin in enumerate(view.pins):
            if pin.point_w is None:
                continue
            x, y, _ = pane.camera.project(pin.point_w[None, :], pane.size_px)[0]
            if not (0 <= x <= width and 0 <= y <= height):
                continue  # also where it is not a number: behind the eye
            lines = _lines(view, pin, view.title if several else "")
            wide = max(canvas.measure(t, _SIZE, bold=i == 0)[0] for i, t in enumerate(lines)) + 2 * pad
            high = step * len(lines) + 1.4 * pad
            at_x, at_y = x + gap, y - gap - high
            if at_x + wide > width:
                at_x = x - gap - wide
            at_x = max(0.0, at_x)
            at_y = min(max(0.0, at_y), height - high)
            for _ in range(len(labels) + 1):
                box = (left + at_x, top + at_y, left + at_x + wide, top + at_y + high)
                hit = next((other.box for other in labels if _overlap(box, other.box)), None)
                if hit is None:
                    break
                below = hit[3] - top + 3
                at_y = below if below + high <= height else hit[1] - top - high - 3
            point = (float(x) + left, float(y) + top)
            labels.append(PinLabel(number, box, point, lines))
    return tuple(labels)


def _lines(view: View, pin: Pin, title: str) -> tuple[str, ...]:
    rows = [
        f"{name} {value if isinstance(value, int) else reading(view, name, value)}"
        for name, value in pin.values[: 1 + _MOST_FIELDS]
    ]
    more = (title,) if title else ()
    x, y = place_of(view, pin.x, pin.y, 4)
    return (rows[0], *more, *rows[1:], f"α {x}   β {y}")


def draw_pin_labels(canvas: Canvas, labels: Sequence[PinLabel], theme: Theme) -> None:
    """Draw them, each with a line to its point."""
    for label in labels:
        left, top, right, bottom = label.box
        x, y = label.point
        end = (float(np.clip(x, left, right)), float(np.clip(y, top, bottom)))
        canvas.line((x, y), end, theme.ink, 1.2)
        canvas.disc(x, y, 4.6, theme.background)
        canvas.disc(x, y, 3.2, theme.ink)
    pad, step = 7 * canvas.scale, 1.3 * _SIZE * canvas.scale
    for label in labels:
        left, top, right, bottom = label.box
        canvas.box((left, top), (right, bottom), theme.background, opacity=0.92, rounding=5)
        canvas.frame((left, top), (right, bottom), theme.box, rounding=5)
        for row, text in enumerate(label.lines):
            color = theme.ink if row == 0 or row < len(label.lines) - 1 else theme.faint
            at = top + 0.7 * pad + step * (row + 0.5)
            canvas.text(left + pad, at, text, _SIZE, color, anchor=(0.0, 0.5), bold=row == 0)


def label_at(labels: Sequence[PinLabel], x: float, y: float, reach: float) -> int | None:
    """The number of the pin whose label or point is at a position, if any."""
    for label in reversed(labels):
        left, top, right, bottom = label.box
        if left <= x <= right and top <= y <= bottom:
            return label.number
        if np.hypot(x - label.point[0], y - label.point[1]) <= reach:
            return label.number
    return None


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
