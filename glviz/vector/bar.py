"""The scalar bar of a map: an embedded ramp, bands as shapes, pointed ends for what lies beyond."""

from __future__ import annotations

import numpy as np

from compute.scales import fitted_ticks
from glviz.scene.theme import RGB, Theme
from glviz.scene.view import View
from glviz.vector.shapes import Area, Group, Image, Line, Shape, Text, rectangle
from glviz.vector.text import CAP_HEIGHT, width_of

TICK, NAME = 6.5, 7.5
_WIDTH, _TICK_LENGTH, _POINT = 7.0, 2.2, 5.5


def bar_width(view: View) -> float:
    """How much room the bar takes beside the map, in points."""
    return _WIDTH + _TICK_LENGTH + 2.0 + _labels_width(view) + 3.5 + NAME


def _labels_width(view: View) -> float:
    return max((width_of(tick.label, TICK) for tick in view.ticks_color), default=0.0)


def bar(view: View, left: float, top: float, bottom: float, theme: Theme, name: str) -> Group:
    """The bar with its ticks and the name of the field, turned.

    Args:
        view: whose colours.
        left: edge of the bar, in points.
        top: of the map beside it.
        bottom: of the map.
        theme: colours of text and lines.
        name: of the group.
    """
    palette = view.palette
    below, above = (palette.marked and clipped for clipped in palette.clipped)
    low, high = bottom - (_POINT + 1.0) * below, top + (_POINT + 1.0) * above
    right = left + _WIDTH
    shapes: list[Shape] = []
    if palette.bands:
        edges = np.linspace(low, high, palette.bands + 1)
        shades = palette.at((np.arange(palette.bands) + 0.5) / palette.bands)
        # Each reaches to the top, and the next lies on it: no seams.
        for edge, shade in zip(edges[:-1], shades, strict=True):
            shapes.append(Area(rectangle((left, high, right, float(edge))), _rgb(shade)))
    else:
        shapes.append(Image(np.ascontiguousarray(palette.colors[::-1][:, None]), (left, high, right, low)))
    shapes.append(Line(rectangle((left, high, right, low)), theme.box, 0.5, closed=True))
    for end, turn, color, wanted in ((low, 1.0, palette.below, below), (high, -1.0, palette.above, above)):
        if wanted:
            y = end + turn
            corners = np.array([(left, y), (right, y), (left / 2 + right / 2, y + turn * _POINT)])
            shapes += [Area(corners, color), Line(corners, theme.box, 0.5, closed=True)]
    for tick in fitted_ticks(view.color.scale, 7, lambda label: 1.2 * TICK / max(1.0, low - high)):
        if not -1e-9 <= tick.unit <= 1.0 + 1e-9:
            continue
        y = low + (high - low) * tick.unit
        length = _TICK_LENGTH if tick.label else 0.6 * _TICK_LENGTH
        shapes.append(Line(np.array([(right, y), (right + length, y)]), theme.ink, 0.5))
        if tick.label:
            x = right + _TICK_LENGTH + 2.0
            shapes.append(Text(x, y + CAP_HEIGHT * TICK / 2, tick.label, TICK, theme.ink))
    field = view.color.name + ("" if view.color.scale.kind == "linear" else f" ({view.color.scale.kind})")
    x = right + _TICK_LENGTH + 2.0 + _labels_width(view) + 3.5 + CAP_HEIGHT * NAME
    shapes.append(
        Text(x, top / 2 + bottom / 2, field, NAME, theme.ink, anchor="middle", angle_deg=90.0)
    )  # fmt: skip
    return Group(name, tuple(shapes))


def _rgb(color: np.ndarray) -> RGB:
    return float(color[0]), float(color[1]), float(color[2])


