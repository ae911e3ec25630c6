"""Which colour means which label: what stands in the place of the scalar bar where colours are labels."""

from __future__ import annotations

from glviz.scene.labels import rows_of
from glviz.scene.theme import Theme
from glviz.scene.view import View
from glviz.ui.canvas import Canvas
from glviz.ui.charts import Box, legible

_TEXT, _NAME, _STEP, _SWATCH = 13.0, 15.0, 18.0, 15.0
_FEWEST = 3


def draw_label_key(
    canvas: Canvas, view: View, corner: tuple[float, float], room_px: float, theme: Theme
) -> Box:
    """Draw it with its right edge there; returns the room it took (left, top, right, bottom).

    Args:
        canvas: to draw on.
        view: whose colours are labels.
        corner: right and upper end of the room for it.
        room_px: height of the room; it takes the upper half at most, as the bar does.
        theme: of the picture.
    """
    assert view.labels is not None
    step, swatch = _STEP * canvas.scale, _SWATCH * canvas.scale
    rows = rows_of(view.labels, max(_FEWEST, int(0.5 * room_px / step)))
    gap = 8 * canvas.scale
    widths = [canvas.measure(text, _TEXT)[0] + (swatch + gap if color else 0.0) for color, text in rows]
    name_w, name_h = canvas.measure(view.color.name, _NAME)
    left = corner[0] - max(name_w, *widths)
    top = corner[1] + 0.09 * room_px
    first = top + name_h + 8 * canvas.scale
    taken = (left, top, corner[0], first + step * len(rows))
    legible(canvas, view, (left - 4, top - 3, corner[0] + 3, taken[3] + 3), theme)
    canvas.text(corner[0], top, view.color.name, _NAME, theme.ink, anchor=(1.0, 0.0))
    x = corner[0] - max(widths)
    for k, (color, text) in enumerate(rows):
        y = first + step * (k + 0.5)
        if color is not None:
            box = (x, y - 0.42 * step), (x + swatch, y + 0.42 * step)
            canvas.box(*box, color)
            canvas.frame(*box, theme.box)
        indent = swatch + gap if color is not None else 0.0
        canvas.text(x + indent, y, text, _TEXT, theme.ink, anchor=(0.0, 0.52))
    return taken
