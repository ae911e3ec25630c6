"""The scalar bar of a map: an embedded ramp, bands as shapes, pointed ends for what lies beyond."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from compute.scales import fitted_ticks
from glviz.scene.labels import rows_of
from glviz.scene.theme import RGB, Theme
from glviz.scene.view import View
from glviz.vector.shapes import Area, Group, Image, Line, Shape, Text, rectangle
from glviz.vector.text import CAP_HEIGHT, width_of

TICK, NAME = 6.5, 7.5
_WIDTH, _TICK_LENGTH, _POINT = 7.0, 2.2, 5.5
_STEP, _MOST_ROWS = 9.0, 24


def bar_width(view: View) -> float:
    """How much room the bar takes beside the map, in points."""
    return _WIDTH + _TICK_LENGTH + 2.0 + _labels_width(view) + 3.5 + NAME


def _labels_width(view: View) -> float:
    labels = (text for _, text in _rows(view)) if view.labels else (tick.label for tick in view.ticks_color)
    return max((width_of(label, TICK) for label in labels), default=0.0)


def _rows(view: View, height: float = _MOST_ROWS * _STEP) -> list[tuple[RGB | None, str]]:
    assert view.labels is not None
    return rows_of(view.labels, max(2, min(_MOST_ROWS, int(height / _STEP))))


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
    if view.labels is not None:
        return Group(name, (*_key(view, left, top, bottom, theme), _name(view, left, top, bottom, theme)))
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
    return Group(name, (*shapes, _name(view, left, top, bottom, theme)))


def _name(view: View, left: float, top: float, bottom: float, theme: Theme) -> Text:
    """The name of the field, turned, beside the bar."""
    field = view.color.name + ("" if view.color.scale.kind == "linear" else f" ({view.color.scale.kind})")
    x = left + _WIDTH + _TICK_LENGTH + 2.0 + _labels_width(view) + 3.5 + CAP_HEIGHT * NAME
    return Text(x, top / 2 + bottom / 2, field, NAME, theme.ink, anchor="middle", angle_deg=90.0)


def _key(view: View, left: float, top: float, bottom: float, theme: Theme) -> Iterator[Shape]:
    """The colours of labels, one below the other."""
    for k, (color, text) in enumerate(_rows(view, bottom - top)):
        upper, lower = top + _STEP * k, top + _STEP * (k + 1)
        if color is not None:
            corners = rectangle((left, upper + 0.8, left + _WIDTH, lower - 0.8))
            yield Area(corners, color)
            yield Line(corners, theme.box, 0.5, closed=True)
        x = left + _WIDTH + _TICK_LENGTH + 2.0
        yield Text(x, upper / 2 + lower / 2 + CAP_HEIGHT * TICK / 2, text, TICK, theme.ink)


def _rgb(color: np.ndarray) -> RGB:
    return float(color[0]), float(color[1]), float(color[2])


