"""Two pictures of how basins begin and end: the persistence diagram, and the merge tree.

The diagram has a symbol for each extremum at the value at which its basin begins, and that where it
ends. Minima stand above the diagonal, at (their value, that of the saddle where their basin joins a deeper
one), maxima below it. What lies near the diagonal is shallow. The basin of the lowest minimum never
ends: it is drawn at the upper edge, the highest maximum at the lower one.

The tree shows which basin each minimum's joins, and at what height.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from compute.scales import ticks
from compute.surface import CriticalPoint
from glviz.scene.theme import Theme
from glviz.scene.tree import TreeDrawing
from glviz.scene.view import View
from glviz.ui.canvas import Canvas
from glviz.ui.charts import Box, draw_frame, fitting, label_width, place
from glviz.ui.symbols import draw_symbol

__all__ = ["births_and_deaths", "draw_diagram", "draw_tree"]

MOST = 500  # symbols; more would be a blot, and the most persistent are what is looked for


def births_and_deaths(
    points: Sequence[CriticalPoint],
) -> tuple[tuple[CriticalPoint, ...], NDArray[np.float64]]:
    """The inner extrema, the least persistent first, and (n, 2) their births and deaths."""
    extrema = [p for p in points if p.kind != "saddle" and not p.boundary and not np.isnan(p.persistence)]
    extrema = sorted(extrema, key=lambda p: p.persistence)[-MOST:]
    sign = {"minimum": 1.0, "maximum": -1.0}
    pairs = [(p.loss, p.loss + sign[p.kind] * p.persistence) for p in extrema]
    return tuple(extrema), np.array(pairs, dtype=np.float64).reshape(-1, 2)


def draw_diagram(
    canvas: Canvas,
    view: View,
    extrema: Sequence[CriticalPoint],
    pairs: NDArray[np.float64],
    area: Box,
    theme: Theme,
    size: float,
) -> None:
    """Draw it on the scale of the height.

    Args:
        canvas: to draw on.
        view: whose scale is taken.
        extrema: from :func:`births_and_deaths`,
        pairs: and their values.
        area: to fill, ticks included.
        theme: colours.
        size: of the labels.
    """
    scale = view.height.scale
    marks = ticks(scale, 4)
    left, top, right, bottom = area
    beside, below = label_width(canvas, marks, size) + 8 * canvas.scale, 1.8 * size * canvas.scale
    box = (left + beside, top, right, bottom - below)
    columns = fitting(canvas, scale, marks, box[2] - box[0], size, across=True)
    draw_frame(canvas, box, columns, fitting(canvas, scale, marks, box[3] - box[1], size), theme, size)
    canvas.line((box[0], box[3]), (box[2], box[1]), theme.box)
    ends = np.where(pairs > 0, 1.0, 0.0)  # of those that never end
    unit = np.where(np.isfinite(pairs), scale.forward(np.where(np.isfinite(pairs), pairs, scale.low)), ends)
    unit = np.clip(np.nan_to_num(unit), 0.0, 1.0)
    colors = {"minimum": theme.minimum, "maximum": theme.maximum}
    for point, (x, y) in zip(extrema, place(box, unit[:, 0], unit[:, 1]).tolist(), strict=True):
        symbol = point.kind + (", hollow" if point.significant is False else "")
        draw_symbol(canvas, symbol, x, y, colors[point.kind])


def draw_tree(
    canvas: Canvas, view: View, tree: TreeDrawing, area: Box, theme: Theme, size: float
) -> NDArray[np.float64]:
    """Draw the merge tree on the scale of the height.

    Args:
        canvas: to draw on.
        view: whose scale is taken.
        tree: what to draw.
        area: to fill, ticks included.
        theme: colours.
        size: of the labels.

    Returns:
        (k, 2) pixels of the minima.
    """
    marks = ticks(view.height.scale, 5)
    left, top, right, bottom = area
    half = 0.8 * size * canvas.scale
    box = (left + label_width(canvas, marks, size) + 8 * canvas.scale, top, right, bottom - half)
    marks = fitting(canvas, view.height.scale, marks, box[3] - box[1], size)
    draw_frame(canvas, box, (), marks, theme, size)
    across = (np.arange(tree.branch.size) + 0.5) / max(1, tree.branch.size)
    low, high = place(box, across, tree.birth), place(box, across, tree.death)
    for index, parent in enumerate(tree.parent.tolist()):
        canvas.line(tuple(low[index]), tuple(high[index]), theme.ink)
        if parent >= 0:
            canvas.line((low[parent, 0], high[index, 1]), tuple(high[index]), theme.ink)
    for x, y in low.tolist():
        draw_symbol(canvas, "minimum", x, y, theme.minimum)
    return low
