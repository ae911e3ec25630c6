"""The markers of a legend, in the shapes that the surface shows them in."""

from __future__ import annotations

import numpy as np

from glviz.scene.theme import RGB
from glviz.ui.canvas import Canvas


def draw_symbol(canvas: Canvas, symbol: str, x: float, y: float, color: RGB) -> None:
    """Draw "minimum", "saddle", "maximum" (", hollow" behind it), "path" or "file" around a point."""
    r = 5.5 * canvas.scale
    at = np.array([x, y])
    symbol, _, hollow = symbol.partition(", ")
    if hollow and symbol in ("minimum", "maximum"):
        turn = 1.0 if symbol == "minimum" else -1.0
        corners = at + r * np.array([[-1.0, -0.7 * turn], [1.0, -0.7 * turn], [0.0, turn]])
        for one, other in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            canvas.line((one[0], one[1]), (other[0], other[1]), color, 1.3)
    elif symbol == "minimum":
        canvas.polygon(at + r * np.array([[-1.0, -0.7], [1.0, -0.7], [0.0, 1.0]]), color)
    elif symbol == "maximum":
        canvas.polygon(at + r * np.array([[-1.0, 0.7], [0.0, -1.0], [1.0, 0.7]]), color)
    elif symbol == "file":
        canvas.box((x - r, y - r), (x + r, y + r), color, rounding=2.0)
    elif symbol == "saddle":
        width = 1.2 if hollow else 2.8
        for slope in (1.0, -1.0):
            canvas.line((x - 0.8 * r, y - slope * 0.8 * r), (x + 0.8 * r, y + slope * 0.8 * r), color, width)
    elif symbol == "path":
        start, end = (x - 9 * canvas.scale, y), (x + 13 * canvas.scale, y)
        canvas.line(start, end, color, 2.6)
        canvas.disc(*start, 3.6, color)
        canvas.polygon(np.array(end) + _star(1.15 * r), color)


def _star(radius: float) -> np.ndarray:
    """(10, 2) corners of a five-pointed star around the origin, one point up."""
    angle = np.pi * np.arange(10) / 5 - np.pi / 2
    reach = np.where(np.arange(10) % 2 == 0, radius, 0.45 * radius)
    return np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)
