"""Curves as a plot: charts under each other, a legend, and the values under the pointer."""

from __future__ import annotations

import numpy as np

from compute.scales import Scale, digits_for, format_value
from glviz.scene.captions import plot_axis_name
from glviz.scene.curves import Chart, CurvePlot
from glviz.scene.theme import Theme, file_color
from glviz.ui.canvas import Canvas
from glviz.ui.charts import Box, draw_band, draw_frame, draw_line, fitting, label_width, place

_TICK, _NAME, _SMALL = 13.0, 15.0, 13.0
_METRIC_SHARE = 0.45
"""Height of the chart of a metric beside that of the loss."""

_DOTS = 60
"""A curve of so few points shows each of them."""


def draw_curve_plot(
    canvas: Canvas, plot: CurvePlot, area: Box, theme: Theme, pointer: tuple[float, float] | None = None
) -> None:
    """Draw the charts into an area; with a pointer over them, the values nearest to it.

    Args:
        canvas: to draw on.
        plot: what to draw.
        area: left, top, right, bottom in pixels, below the title.
        theme: colours.
        pointer: where the mouse is, in pixels.
    """
    boxes = chart_boxes(canvas, plot, area)
    for chart, box in zip(plot.charts, boxes, strict=True):
        last = box is boxes[-1]
        ticks_x = fitting(canvas, plot.across, plot.ticks_x, box[2] - box[0], _TICK, across=True)
        ticks_y = fitting(canvas, chart.scale, chart.ticks, box[3] - box[1], _TICK)
        draw_frame(canvas, box, ticks_x, ticks_y, theme, _TICK, label_across=last)
        name = chart.name + ("" if chart.scale.kind == "linear" else f" ({chart.scale.kind})")
        canvas.text(box[0], box[1] - 6 * canvas.scale, name, _NAME, theme.ink, anchor=(0.0, 1.0))
        _draw_lines(canvas, plot, chart, box, theme)
    x0, _, x1, y1 = boxes[-1]
    canvas.text(
        (x0 + x1) / 2, y1 + 30 * canvas.scale, plot_axis_name(plot), _NAME, theme.ink, anchor=(0.5, 0.0)
    )
    if len(plot.data) > 1:
        _draw_legend(canvas, plot, boxes[0], theme)
    if pointer is not None:
        _draw_reading(canvas, plot, boxes, theme, pointer)


def chart_boxes(canvas: Canvas, plot: CurvePlot, area: Box) -> tuple[Box, ...]:
    """The frames of the charts within an area, from the top down."""
    left, top, right, bottom = area
    scale = canvas.scale
    widest = max(label_width(canvas, chart.ticks, _TICK) for chart in plot.charts)
    x0, x1 = left + widest + 10 * scale, right - 8 * scale
    head, foot = 30 * scale, 52 * scale
    shares = [1.0] + [_METRIC_SHARE] * (len(plot.charts) - 1)
    room = max(10.0, bottom - top - foot - head * len(shares))
    boxes, y = [], top
    for share in shares:
        y += head
        height = room * share / sum(shares)
        boxes.append((x0, y, x1, y + height))
        y += height
    return tuple(boxes)


def _draw_lines(canvas: Canvas, plot: CurvePlot, chart: Chart, box: Box, theme: Theme) -> None:
    canvas.draw_list.push_clip_rect((box[0] - 4, box[1] - 4), (box[2] + 4, box[3] + 4), True)
    for line in chart.lines:
        if line.error is None:
            continue
        x = plot.across.forward(line.x)
        low, high = (place(box, x, chart.scale.forward(line.values + s * line.error)) for s in (-1.0, 1.0))
        draw_band(canvas, low, high, file_color(line.file, theme), 0.18)
    for line in chart.lines:
        color = file_color(line.file, theme)
        unit = chart.scale.forward(line.values)
        known = np.isfinite(unit)
        points = place(box, plot.across.forward(line.x), np.nan_to_num(unit))
        draw_line(canvas, points, known, color, 2.2)
        if len(points) <= _DOTS:
            for x_px, y_px in points[known]:
                canvas.disc(float(x_px), float(y_px), 2.6, color)
    canvas.draw_list.pop_clip_rect()


def _draw_legend(canvas: Canvas, plot: CurvePlot, box: Box, theme: Theme) -> None:
    """Names of the files, in the corner of the first chart that hides least of the lines."""
    scale, pad = canvas.scale, 10 * canvas.scale
    step = 1.5 * _SMALL * scale
    room = 0.45 * (box[2] - box[0])
    names = [_shortened(canvas, name, room) for name in plot.titles]
    width = max(canvas.measure(name, _SMALL)[0] for name in names) + 34 * scale + 2 * pad
    height = step * len(names) + 1.2 * pad
    gap = 8 * scale
    corners = [
        (box[2] - gap - width, box[1] + gap), (box[0] + gap, box[1] + gap),
        (box[2] - gap - width, box[3] - gap - height), (box[0] + gap, box[3] - gap - height),
        ((box[0] + box[2] - width) / 2, box[1] + gap),
    ]  # fmt: skip
    chart = plot.charts[0]

    def hidden(corner: tuple[float, float]) -> int:
        count = 0
        for line in chart.lines:
            unit = chart.scale.forward(line.values)
            p = place(box, plot.across.forward(line.x), unit)
            inside = (p[:, 0] >= corner[0] - gap) & (p[:, 0] <= corner[0] + width + gap)
            inside &= (p[:, 1] >= corner[1] - gap) & (p[:, 1] <= corner[1] + height + gap)
            count += int(np.count_nonzero(inside))
        return count

    left, top = min(corners, key=hidden)
    canvas.box((left, top), (left + width, top + height), theme.background, opacity=0.9, rounding=5)
    canvas.frame((left, top), (left + width, top + height), theme.grid, rounding=5)
    y = top + 0.6 * pad + step / 2
    for index, name in enumerate(names):
        color = file_color(index, theme)
        canvas.line((left + pad, y), (left + pad + 24 * scale, y), color, 2.6)
        canvas.text(left + pad + 34 * scale, y, name, _SMALL, theme.ink, anchor=(0.0, 0.52))
        y += step


def _shortened(canvas: Canvas, name: str, room: float) -> str:
    while len(name) > 8 and canvas.measure(name, _SMALL)[0] > room:
        name = f"{name[: len(name) // 2 - 2]}\u2026{name[len(name) // 2 + 1 :]}"
    return name


def reading(plot: CurvePlot, x: float) -> tuple[tuple[int, int], ...]:
    """(file, index) of the sample of each curve that is nearest to a position."""
    return tuple((k, int(np.argmin(np.abs(curve.x - x)))) for k, curve in enumerate(plot.data))


def position_at(plot: CurvePlot, boxes: tuple[Box, ...], pointer: tuple[float, float]) -> float | None:
    """The position on the horizontal axis under the pointer, None where it is not over the charts."""
    x0, top, x1, _ = boxes[0]
    bottom = boxes[-1][3]
    if not (x0 <= pointer[0] <= x1 and top <= pointer[1] <= bottom):
        return None
    return float(plot.across.inverse((pointer[0] - x0) / (x1 - x0)))


def _draw_reading(
    canvas: Canvas, plot: CurvePlot, boxes: tuple[Box, ...], theme: Theme, pointer: tuple[float, float]
) -> None:
    """A rule at the nearest sample, a ring on each line, and the values in a box beside it."""
    x = position_at(plot, boxes, pointer)
    if x is None:
        return
    nearest = reading(plot, x)
    file, index = min(nearest, key=lambda found: abs(plot.data[found[0]].x[found[1]] - x))
    at = float(plot.data[file].x[index])
    x_px = boxes[0][0] + float(plot.across.forward(at)) * (boxes[0][2] - boxes[0][0])
    canvas.line((x_px, boxes[0][1]), (x_px, boxes[-1][3]), theme.faint)
    rows: list[tuple[int, str]] = []
    for chart, box in zip(plot.charts, boxes, strict=True):
        for line in chart.lines:
            k = nearest[line.file][1]
            value = float(line.values[k])
            where = place(box, plot.across.forward(line.x[k : k + 1]), chart.scale.forward([value]))[0]
            if np.isfinite(where).all():
                canvas.disc(float(where[0]), float(where[1]), 5.0, theme.background)
                canvas.disc(float(where[0]), float(where[1]), 3.8, file_color(line.file, theme))
            error = "" if line.error is None else f" ± {format_value(float(line.error[k]), 2)}"
            own = "" if line.x[k] == at else f" at {_told(float(line.x[k]), plot.across)}"
            rows.append((line.file, f"{chart.name} {_told(value, chart.scale)}{error}{own}"))
    _draw_box(canvas, rows, f"α = {_told(at, plot.across)}", x_px, pointer[1], boxes, theme)


def _told(value: float, scale: Scale) -> str:
    """A value with the digits that show where on its axis it lies."""
    return format_value(value, digits_for(value, (scale.high - scale.low) / 100))


def _draw_box(
    canvas: Canvas, rows: list[tuple[int, str]], heading: str, x_px: float, y_px: float,
    boxes: tuple[Box, ...], theme: Theme,
) -> None:  # fmt: skip
    pad, step = 9 * canvas.scale, 1.4 * _SMALL * canvas.scale
    width = max(canvas.measure(text, _SMALL)[0] for _, text in rows) + 2.6 * pad + 8 * canvas.scale
    width = max(width, canvas.measure(heading, _SMALL, bold=True)[0] + 2 * pad)
    height = step * (len(rows) + 1) + 1.2 * pad
    left = x_px + 14 * canvas.scale
    if left + width > boxes[0][2]:
        left = x_px - 14 * canvas.scale - width
    top = min(max(y_px - height / 2, boxes[0][1]), boxes[-1][3] - height)
    canvas.box((left, top), (left + width, top + height), theme.background, opacity=0.94, rounding=5)
    canvas.frame((left, top), (left + width, top + height), theme.box, rounding=5)
    y = top + 0.6 * pad + step / 2
    canvas.text(left + pad, y, heading, _SMALL, theme.ink, anchor=(0.0, 0.5), bold=True)
    for file, text in rows:
        y += step
        canvas.disc(left + pad + 3 * canvas.scale, y, 3.6, file_color(file, theme))
        canvas.text(left + 1.6 * pad + 8 * canvas.scale, y, text, _SMALL, theme.ink, anchor=(0.0, 0.5))
