"""Contour maps as figures: titles, the maps side by side, and what the markers mean."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from compute.surface import Surface
from glviz.errors import UsageError
from glviz.scene.captions import counted, subtitle
from glviz.scene.features import path_color
from glviz.scene.panes import Drawn
from glviz.scene.theme import RGB, Theme, theme_for
from glviz.scene.view import View
from glviz.settings import Settings
from glviz.vector.marks import color_of_kind, mark
from glviz.vector.options import MM, MapOptions
from glviz.vector.panel import frame_room, panel
from glviz.vector.shapes import Figure, Group, Line, Shape, Text, rectangle
from glviz.vector.text import CAP_HEIGHT, fitted, width_of, wrapped

EXTENSIONS = (".svg", ".pdf")

_TITLE, _SMALL = 8.5, 6.3
_MARGIN, _GUTTER = 4.0, 16.0
_READABLE, _LEAST = 90.0, 48.0
"""Width of a frame, in points: side by side with others at least, and at all."""

_PLURALS = {"minimum": "minima", "saddle": "saddles", "maximum": "maxima"}


def settings_for(settings: Settings) -> Settings:
    """Those with which views for a map are made: the iso-lines are needed as geometry."""
    return replace(settings, contour_geometry=settings.contours)


def save(views: Sequence[Drawn], path: Path, options: MapOptions = MapOptions()) -> tuple[str, ...]:  # noqa: B008
    """Write the map of surfaces; returns what its reader should be told.

    Args:
        views: made with :func:`settings_for`.
        path: ends in one of :data:`EXTENSIONS`.
        options: the size of the page.

    Raises:
        UsageError: something among them has no map.
        OSError: the file cannot be written.
    """
    from glviz.vector import pdf, svg

    figure = draw(views, options)
    if path.suffix.lower() == ".svg":
        svg.save(figure, path)
        return ()
    pdf.save(figure, path)
    lacking = pdf.undrawable("".join(_texts(figure.shapes)))
    return (f"the font of the PDF lacks {lacking!r}; an SVG shows them",) if lacking else ()


def draw(views: Sequence[Drawn], options: MapOptions = MapOptions()) -> Figure:  # noqa: B008
    """Lay the maps of surfaces out on a page.

    Args:
        views: made with :func:`settings_for`; at least one.
        options: the size of the page.

    Raises:
        UsageError: a view is a plot of curves, a mesh that is no grid, or several in one box.
    """
    shown = [_checked(view) for view in views]
    theme = theme_for(shown[0].settings.background)
    width = options.width_pt(len(shown))
    columns = min(len(shown), 2 if width < 600 else 3, math.ceil(math.sqrt(len(shown) + 0.5)))
    while columns > 1 and min(frame_room(view, _room(width, columns)) for view in shown) < _READABLE:
        columns -= 1  # below each other instead
    room = _room(width, columns)
    narrowest = min(shown, key=lambda view: frame_room(view, room))
    lacking = _LEAST - frame_room(narrowest, room)
    if lacking > 0:
        raise UsageError(
            f"drawing a map of {narrowest.title}: {width / MM:.0f} mm leave next to nothing of it beside its "
            f"labels; give --map-width {math.ceil((width + lacking) / MM)} or more"
        )
    shapes: list[Shape] = []
    top = _MARGIN
    for first in range(0, len(shown), columns):
        row = shown[first : first + columns]
        lefts = [_MARGIN + k * (room + _GUTTER) for k in range(len(row))]
        heads = [list(_head(view, left, top, room, theme)) for view, left in zip(row, lefts, strict=True)]
        below = max((_bottom(head, top) for head in heads), default=top)
        ends = []
        for k, (view, left, head) in enumerate(zip(row, lefts, heads, strict=True)):
            number = first + k + 1
            drawn, taken = panel(view, left, below, room, number)
            keys, legend = _legend(view, left, below + taken + 5.0, room, theme)
            end = "" if number == 1 else f"-{number}"
            parts = [Group(f"head{end}", tuple(head)), drawn, Group(f"legend{end}", tuple(keys))]
            shapes += [part for part in parts if part.shapes]
            ends.append(below + taken + legend)
        top = max(ends) + _GUTTER
    height = top - _GUTTER + _MARGIN
    described = "; ".join(line for view in shown for line in subtitle(view))
    title = ", ".join(view.title for view in shown)
    ground = None if shown[0].settings.transparent else theme.background
    return Figure(width, height, tuple(shapes), title, described, ground)


def _room(width: float, columns: int) -> float:
    """Width of each of so many maps side by side on a page, in points."""
    return (width - 2 * _MARGIN - _GUTTER * (columns - 1)) / columns


def _checked(view: Drawn) -> View:
    """The view, if a map can be drawn of it.

    Raises:
        UsageError: it cannot.
    """
    if not isinstance(view, View):
        raise UsageError(
            f"drawing a map of {view.title}: a curve has none; end the name in .png, "
            "or draw it with glviz-compute plot"
        )
    if view.overlaid:
        names = ", ".join(each.title for each in (view, *view.overlaid))
        raise UsageError(
            f"drawing a map of {names}: they are overlaid; choose --compare side or difference"
        )
    if not isinstance(view.data, Surface):
        raise UsageError(f"drawing a map of {view.title}: it is a mesh, not a grid; end the name in .png")
    return view


def _head(view: View, left: float, top: float, room: float, theme: Theme) -> Iterator[Text]:
    """Title, and what was computed."""
    if not view.settings.title:
        return
    y = top + 0.82 * _TITLE
    yield Text(left, y, fitted(view.title, _TITLE, room, bold=True), _TITLE, theme.ink, bold=True)
    y += 0.35 * _TITLE
    rows = [line for text in subtitle(view) for line in wrapped(text, _SMALL, room)]
    for line in rows:
        y += 1.28 * _SMALL
        yield Text(left, y, line, _SMALL, theme.faint)


def _bottom(head: Sequence[Text], top: float) -> float:
    return head[-1].y + 7.0 if head else top


def _legend(
    view: View, left: float, top: float, room: float, theme: Theme
) -> tuple[list[Shape], float]:  # fmt: skip
    """Which marker means what, in as many rows as it takes; and their height."""
    rows: list[tuple[str, RGB, str]] = []
    counts: Counter[str] = Counter(point.kind for point in view.critical_points)
    for kind, plural in _PLURALS.items():
        noise = sum(p.kind == kind and p.significant is False for p in view.critical_points)
        real = counts[kind] - noise
        if real:
            rows.append((kind, color_of_kind(kind, theme), f"{real} {kind if real == 1 else plural}"))
        if noise:
            what = kind if noise == 1 else plural
            rows.append((f"{kind}, hollow", color_of_kind(kind, theme), f"{noise} {what}, perhaps noise"))
    for index, path in enumerate(view.paths):
        own = len(view.paths) > 1 or path.path.name != "path"
        name = path.path.name if own else "descent path"
        rows.append(("path", path_color(index, theme), f"{name}, {counted(len(path.path), 'point')}"))
    rows += [(symbol, theme.faint, text) for symbol, text in _gaps(view)]
    shapes: list[Shape] = []
    x, y, step = left, top + 0.8 * _SMALL, 1.5 * _SMALL
    for symbol, color, text in rows:
        indent = {"path": 21.0, "hatched": 13.0, "blank": 13.0}.get(symbol, 8.5)
        text = fitted(text, _SMALL, room - indent)
        wide = indent + width_of(text, _SMALL)
        if x > left and x + wide > left + room:
            x, y = left, y + step
        middle = y - CAP_HEIGHT * _SMALL / 2
        if symbol == "path":
            shapes.append(Line(np.array([(x + 2.0, middle), (x + 15.0, middle)]), color, 1.3))
            shapes += mark("start", x + 2.3, middle, 2.1, color, theme.background)
            shapes += mark("end", x + 15.0, middle, 2.4, color, theme.background)
        elif symbol in ("hatched", "blank"):
            shapes += _swatch(symbol, x, middle, color, theme)
        else:
            shapes += mark(symbol, x + 3.0, middle, 2.7, color, theme.background)
        shapes.append(Text(x + indent, y, text, _SMALL, theme.ink))
        x += wide + 9.0
    return shapes, (y - top + 0.4 * _SMALL + 5.0 if rows else 0.0)


def _gaps(view: View) -> Iterator[tuple[str, str]]:
    """What stands where there is no value: (symbol, text)."""
    if view.valid.all() or not isinstance(view.data, Surface):
        return
    waiting = int(np.count_nonzero((view.data.status == 0) & ~view.valid))
    lacking = int(view.valid.size - np.count_nonzero(view.valid)) - waiting
    if lacking:
        symbol = "hatched" if view.settings.missing == "hatched" else "blank"
        yield symbol, f"not finite, {counted(lacking, 'point')}"
    if waiting:
        yield "blank", f"not computed yet, {counted(waiting, 'point')}"


def _swatch(symbol: str, x: float, middle: float, color: RGB, theme: Theme) -> Iterator[Shape]:
    left, top, right, bottom = x, middle - 2.7, x + 9.5, middle + 2.7
    if symbol == "hatched":
        for start in (left - 3.6, left - 0.4, left + 2.8, left + 6.0):
            first, last = max(start, left), min(start + 5.4, right)
            ends = [(first, top + first - start), (last, top + last - start)]
            yield Line(np.array(ends), color, 0.6, opacity=0.75)
    yield Line(rectangle((left, top, right, bottom)), theme.box, 0.4, closed=True)


def _texts(shapes: Sequence[Shape]) -> Iterator[str]:
    for shape in shapes:
        if isinstance(shape, Text):
            yield shape.text
        elif isinstance(shape, Group):
            yield from _texts(shape.shapes)
