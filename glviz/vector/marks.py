"""The markers of a map in vector form: shapes as well as colours differ, as in the window."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glviz.scene.theme import RGB, Theme
from glviz.vector.shapes import Area, Disc, Line, Shape


def mark(kind: str, x: float, y: float, r: float, color: RGB, rim: RGB) -> Iterator[Shape]:
    """The shapes of a marker.

    Args:
        kind: "minimum", "saddle" or "maximum", with ", hollow" behind it for one that may be
            noise; "start" or "end" of a path.
        x: of its middle, in points.
        y: of its middle.
        r: its radius.
        color: of the marker.
        rim: of what sets it off from the ground.
    """
    at = np.array([x, y])
    name, _, hollow = kind.partition(", ")
    if name in ("minimum", "maximum"):
        turn = 1.0 if name == "minimum" else -1.0
        corners = at + r * np.array([[-1.0, -0.72 * turn], [1.0, -0.72 * turn], [0.0, turn]])
        yield Line(corners, rim, 0.5 * r, closed=True)
        yield Line(corners, color, 0.3 * r, closed=True) if hollow else Area(corners, color)
    elif name == "saddle":
        for width, shade in ((1.05 * r, rim), ((0.28 if hollow else 0.58) * r, color)):
            for slope in (1.0, -1.0):
                reach = 0.75 * r * np.array([1.0, slope])
                yield Line(np.array([at - reach, at + reach]), shade, width)
    elif name == "start":
        yield Disc(x, y, 1.28 * r, rim)
        yield Disc(x, y, r, color)
    else:
        star = at + _star(1.5 * r)
        yield Line(star, rim, 0.6 * r, closed=True)
        yield Area(star, color)


def _star(radius: float) -> np.ndarray:
    """(10, 2) corners of a five-pointed star around the origin, one point up."""
    angle = np.pi * np.arange(10) / 5 - np.pi / 2
    reach = np.where(np.arange(10) % 2 == 0, radius, 0.45 * radius)
    return np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)


def color_of_kind(kind: str, theme: Theme) -> RGB:
    """The theme's colour for a kind of critical point."""
    return {"minimum": theme.minimum, "saddle": theme.saddle, "maximum": theme.maximum}[kind]
