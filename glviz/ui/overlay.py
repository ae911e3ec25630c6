"""Everything written on a picture: title, axes, scalar bar, legend, profile, notices.

The same in the window and in a picture without one. Each part takes the room it needs
from the pane's rectangle, so that none lies on another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compute.surface import Surface
from glviz.scene.captions import counted, plot_subtitle, reading, subtitle
from glviz.scene.colormap import table
from glviz.scene.curves import CurvePlot
from glviz.scene.features import path_color, stations_shown
from glviz.scene.panes import Drawn, Pane
from glviz.scene.paths import DrapedPath
from glviz.scene.slices import Slice
from glviz.scene.theme import RGB, Theme, theme_for
from glviz.scene.view import View
from glviz.ui.axes import draw_axes
from glviz.ui.canvas import Canvas, Fonts
from glviz.ui.charts import Box, legible
from glviz.ui.colorbar import BarPlace, draw_bar, place_bar
from glviz.ui.contour_labels import draw_contour_labels, labels_wanted
from glviz.ui.curve_plot import draw_curve_plot
from glviz.ui.native import imgui
from glviz.ui.pin_labels import PinLabel, draw_pin_labels, pin_labels
from glviz.ui.profile import draw_profile
from glviz.ui.symbols import draw_symbol

MARGIN = 16.0
_SMALL, _TITLE = 12.5, 19.0
_ROW = 19.0
"""Height of a row of the legend."""

_MOST_ABOVE, _MOST_WRITTEN, _MOST_BAR = 0.14, 0.26, 0.25
"""Of a pane's height, what texts may take above the drawing and in all; of its width, the bar beside it."""

_LEAST_OF_TEXT = 0.6
"""Whoever is shortened to less than this share says nothing any more."""

_NOTICE_WIDTH, _MOST_NOTICES = 460.0, 4


def draw(
    draw_list: Any,
    fonts: Fonts,
    panes: Sequence[Pane],
    pixel_scale: float = 1.0,
    *,
    pointer: tuple[float, float] | None = None,
    docked: bool = False,
    live: bool = False,
) -> tuple[PinLabel, ...]:
    """Write on the panes of a picture; returns the labels of pinned points.

    Args:
        draw_list: an ImGui draw list whose coordinates are those of the picture.
        fonts: loaded in the current ImGui context.
        panes: what was drawn.
        pixel_scale: size of text and lines beside a plain screen's.
        pointer: where the mouse is, for values to be shown beside it.
        docked: whether the profile of a slice stands elsewhere.
        live: whether it is a window, whose histogram has ends to be dragged.
    """
    labels: list[PinLabel] = []
    for pane in panes:
        width, height = pane.size_px
        if width < 80 or height < 60:
            continue
        canvas = pane_canvas(draw_list, fonts, pane, pixel_scale)
        x, y = pane.rect_px[:2]
        draw_list.push_clip_rect((x, y), (x + width, y + height), True)
        if isinstance(pane.view, CurvePlot):
            _draw_plot(canvas, pane, pane.view, pointer)
        else:
            _draw_pane(canvas, pane, pane.view, docked, live)
            own = pin_labels(canvas, pane)
            draw_pin_labels(canvas, own, theme_for(pane.view.settings.background))
            labels += own
        draw_list.pop_clip_rect()
    return tuple(labels)


def pane_canvas(draw_list: Any, fonts: Fonts, pane: Pane, pixel_scale: float) -> Canvas:
    """The canvas for a pane: in a small one smaller text, never unreadable."""
    width, height = pane.size_px
    fit = min(1.0, max(0.72, min(width / (760 * pixel_scale), height / (560 * pixel_scale))))
    return Canvas(draw_list, fonts, pixel_scale * fit)


def bar_of(fonts: Fonts, pane: Pane, view: View, pixel_scale: float) -> BarPlace | None:
    """Where the scalar bar of a pane lies, if it has one."""
    width, height = pane.size_px
    if not view.settings.scalar_bar or view.overlaid or width < 80 or height < 60:
        return None
    style = imgui.get_style()
    dpi, style.font_scale_dpi = style.font_scale_dpi, 1.0  # the canvas has a scale of its own
    try:
        return _bar_place(pane_canvas(None, fonts, pane, pixel_scale), pane, view)
    finally:
        style.font_scale_dpi = dpi


def _bar_place(canvas: Canvas, pane: Pane, view: View) -> BarPlace | None:
    """Where the bar lies; in a pane so narrow that it would lie on the surface there is none."""
    area = _area(canvas, pane)
    place = place_bar(canvas, view, (area.right, area.top), area.bottom - area.top)
    return place if pane.rect_px[0] + pane.size_px[0] - place.left <= _MOST_BAR * pane.size_px[0] else None


@dataclass(frozen=True)
class _Area:
    """The rectangle of a pane in pixels."""

    left: float
    top: float
    right: float
    bottom: float


def _area(canvas: Canvas, pane: Pane) -> _Area:
    x, y = pane.rect_px[:2]
    width, height = pane.size_px
    margin = MARGIN * canvas.scale
    return _Area(x + margin, y + margin, x + width - margin, y + height - margin)


def _draw_plot(canvas: Canvas, pane: Pane, plot: CurvePlot, pointer: tuple[float, float] | None) -> None:
    theme = theme_for(plot.settings.background)
    area = _area(canvas, pane)
    kept = _kept(canvas, plot, area, pane, 0)
    top = _draw_title(canvas, plot, area, theme, kept) if kept.title else area.top
    box = (area.left, top, area.right, area.bottom)
    draw_curve_plot(canvas, plot, box, theme, pointer)


def _draw_pane(canvas: Canvas, pane: Pane, view: View, docked: bool, live: bool) -> None:
    settings = view.settings
    theme = theme_for(settings.background)
    width, height = pane.size_px
    area = _area(canvas, pane)
    taken: list[Box] = []
    if view.slice is not None and settings.profile and not (docked and isinstance(view.slice, Slice)):
        plot = draw_profile(canvas, view, theme, (area.right, area.bottom), (width, height))
        taken += [plot] if plot else []
    bar: Box | None = None
    # Where several are overlaid, colours tell the files apart.
    if settings.scalar_bar and not view.overlaid and _bar_place(canvas, pane, view) is not None:
        corner = (area.right, area.top)
        bar = draw_bar(canvas, view, corner, area.bottom - area.top, theme, grips=live)
        taken.append(bar)
    rows = _legend_rows(view, theme) if settings.legend else []
    kept = _kept(canvas, view, area, pane, len(rows))
    if kept.legend:
        taken += _draw_legend(canvas, view, rows, area, theme)
    if kept.title:
        _draw_title(canvas, view, area, theme, kept, bar, taken)
    if settings.axes and settings.axis_labels:
        draw_axes(canvas, pane, view, taken, theme)
    if labels_wanted(view, pane):
        draw_contour_labels(canvas, pane, view, taken, theme)


@dataclass(frozen=True)
class _Kept:
    """What is written on a pane beside its axes: the parts, and how many of the notices."""

    title: bool
    provenance: bool
    legend: bool
    notices: int


def _kept(canvas: Canvas, view: Drawn, area: _Area, pane: Pane, legend_rows: int) -> _Kept:
    """Which of title, provenance, legend and notices are written.

    In a small pane the least important are left out, until there is room for what they are about.
    """
    line, height = 1.3 * _SMALL * canvas.scale, pane.size_px[1]
    titled = view.settings.title
    title = 1.35 * _TITLE * canvas.scale * titled
    provenance = line * len(_subtitle(view)) * titled
    legend = _ROW * canvas.scale * legend_rows
    width = min(area.right - area.left, _NOTICE_WIDTH * canvas.scale)
    told = view.notices[:_MOST_NOTICES] if titled else ()
    notices = [line * len(_wrapped(canvas, each, _SMALL, width)) for each in told]

    def too_much() -> bool:
        above = title + provenance + sum(notices)
        # Curves are plotted below their title, surfaces behind it.
        behind = isinstance(view, View) and above > _MOST_ABOVE * height
        return behind or above + legend > _MOST_WRITTEN * height

    while notices and too_much():
        notices.pop()
    legend = 0.0 if title + provenance + legend > _MOST_WRITTEN * height else legend
    provenance = 0.0 if too_much() else provenance
    title = 0.0 if too_much() else title
    return _Kept(title > 0, provenance > 0, legend > 0, len(notices) if title > 0 else 0)


# --- title -----------------------------------------------------------------------------


def _title(view: Drawn) -> str:
    if isinstance(view, View) and view.overlaid:
        return ", ".join(each.title for each in (view, *view.overlaid))
    return view.title


def _draw_title(
    canvas: Canvas,
    view: Drawn,
    area: _Area,
    theme: Theme,
    kept: _Kept,
    bar: Box | None = None,
    taken: list[Box] | None = None,
) -> float:
    """The title, what was computed, and notices, clear of the bar; returns where they end."""
    y = area.top

    def room(size: float) -> float:
        beside = bar is not None and y + size * canvas.scale > bar[1]
        right = bar[0] - 8 * canvas.scale if bar is not None and beside else area.right
        return max(40 * canvas.scale, right - area.left)

    def write(text: str, size: float, color: RGB, *, bold: bool = False) -> None:
        width, height = canvas.measure(text, size, bold=bold)
        box = (area.left - 3, y - 1, area.left + width + 3, y + height + 1)
        legible(canvas, view, box, theme)
        if taken is not None:
            taken.append(box)
        canvas.text(area.left, y, text, size, color, bold=bold)

    write(_fitted(canvas, _title(view), _TITLE, room(_TITLE), bold=True), _TITLE, theme.ink, bold=True)
    y += 1.35 * _TITLE * canvas.scale
    for line in _subtitle(view) if kept.provenance else ():
        if canvas.measure(line, _SMALL)[0] * _LEAST_OF_TEXT > room(_SMALL):
            continue
        write(_fitted(canvas, line, _SMALL, room(_SMALL)), _SMALL, theme.faint)
        y += 1.3 * _SMALL * canvas.scale
    y += 0.2 * _SMALL * canvas.scale
    for notice in view.notices[: kept.notices]:
        for line in _wrapped(canvas, notice, _SMALL, min(room(_SMALL), _NOTICE_WIDTH * canvas.scale)):
            write(line, _SMALL, theme.notice)
            y += 1.3 * _SMALL * canvas.scale
    return y


def _subtitle(view: Drawn) -> tuple[str, ...]:
    return plot_subtitle(view) if isinstance(view, CurvePlot) else subtitle(view)


def _fitted(canvas: Canvas, text: str, size: float, room: float, *, bold: bool = False) -> str:
    """The text, shortened in the middle until it fits."""
    if canvas.measure(text, size, bold=bold)[0] <= room:
        return text
    keep = len(text)
    while keep > 4:
        keep -= 1
        short = f"{text[: keep // 2]}\u2026{text[len(text) - keep // 2 :]}"
        if canvas.measure(short, size, bold=bold)[0] <= room:
            return short
    return text[:3]


def _wrapped(canvas: Canvas, text: str, size: float, room: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and canvas.measure(longer, size)[0] > room:
            lines.append(_fitted(canvas, word, size, room))
        else:
            lines[-1] = _fitted(canvas, longer, size, room)
    return lines


# --- legend ----------------------------------------------------------------------------

_KINDS = (("minimum", "minima"), ("saddle", "saddles"), ("maximum", "maxima"))


def _reached(view: View, path: DrapedPath) -> str:
    """How long a path is and where it ends, or where its replay has come to."""
    total = len(path.station)
    count = stations_shown(path, view.settings.path_progress)
    loss = path.losses[count - 1] if count else np.nan
    value = f", loss {reading(view, 'loss', float(loss), 3)}" if np.isfinite(loss) else ""
    if count >= total:
        return f"{counted(len(path.path), 'point')}{value and f'{value} at the end'}"
    steps = path.path.step[np.isfinite(path.path.x) & np.isfinite(path.path.y)]
    return f"step {steps[count - 1]} (point {count} of {total}){value}"


def _legend_rows(view: View, theme: Theme) -> list[tuple[str, RGB, str]]:
    """Symbol, colour and text of each row: files, critical points, then paths."""
    rows: list[tuple[str, RGB, str]] = []
    for each in (view, *view.overlaid) if view.overlaid else ():
        shade = table(each.settings.colormap)[160, :3] / 255.0
        rows.append(("file", (float(shade[0]), float(shade[1]), float(shade[2])), each.title))
    colors = {"minimum": theme.minimum, "saddle": theme.saddle, "maximum": theme.maximum}
    counts: Counter[str] = Counter(p.kind for each in (view, *view.overlaid) for p in each.critical_points)
    found: Counter[str] = Counter(
        p.kind for each in (view, *view.overlaid) for p in each.all_critical_points if not p.boundary
    )
    proven: Counter[str] = Counter(
        p.kind
        for each in (view, *view.overlaid)
        for p in each.all_critical_points
        if not p.boundary and p.significant is not False
    )
    for kind, plural in _KINDS:
        count = counts[kind]
        if count and proven[kind] < found[kind]:
            which = kind if proven[kind] else f"{kind}, hollow"
            # Some may be left out for their small persistence: marks and numbers should agree.
            left = f", {count} shown" if count < proven[kind] else ""
            said = f"{proven[kind]} of {found[kind]} {plural} above the noise{left}"
            rows.append((which, colors[kind], said))
        elif count:
            # Those hidden for their small persistence are still said to be there.
            of = f" of {found[kind]}" if found[kind] > count else ""
            rows.append((kind, colors[kind], f"{count}{of} {kind if count == 1 and not of else plural}"))
    for index, path in enumerate(view.paths):
        name = path.path.name if len(view.paths) > 1 or path.path.name != "path" else "descent path"
        rows.append(("path", path_color(index, theme), f"{name}, {_reached(view, path)}"))
    if not isinstance(view.data, Surface):
        size = f"{counted(len(view.data.triangles), 'triangle')}, {view.data.x.size} vertices"
        rows.append(("", theme.ink, size))
    return rows


def _draw_legend(
    canvas: Canvas, view: View, rows: Sequence[tuple[str, RGB, str]], area: _Area, theme: Theme
) -> list[Box]:
    """From the bottom up. Returns the room that each row took."""
    step = _ROW * canvas.scale
    y = area.bottom - step * len(rows) + step / 2
    boxes: list[Box] = []
    for symbol, color, text in rows:
        indent = (36 if symbol == "path" else 24) * canvas.scale if symbol else 0.0
        text = _fitted(canvas, text, _SMALL, max(40 * canvas.scale, area.right - area.left - indent))
        right = area.left + indent + canvas.measure(text, _SMALL)[0] + 3
        boxes.append((area.left - 1, y - step / 2, right, y + step / 2))
        legible(canvas, view, boxes[-1], theme)
        if symbol:
            draw_symbol(canvas, symbol, area.left + 12 * canvas.scale, y, color)
        canvas.text(area.left + indent, y, text, _SMALL, theme.ink, anchor=(0.0, 0.5))
        y += step
    return boxes
