"""Contour maps of surfaces, one panel each, on one scale with one set of levels.

In the manner of figures 5 to 9 of Li et al. (NeurIPS 2018): labelled iso-lines, and on the principal
axes of a training its path. The lines are traced through the values on their scale, as in the viewer:
on a logarithmic one a line between 1 and 100 is at 10 half way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.errors import UsageError, nearest
from compute.plots.axes import mathtext
from compute.plots.labels import label_places
from compute.plots.look import Look
from compute.plots.marks import draw_critical, draw_missing, draw_paths, legend_handles, occupied
from compute.plots.style import INK
from compute.plots.words import axis_label, direction_kinds, field_label
from compute.scales import Scale, choose_scale, emphasised, format_apart, iso_levels, ticks
from compute.surface import OK, Surface

__all__ = ["MapFigure", "field_of", "map_figure", "same_unit"]

Floats = NDArray[np.float64]

_MOST_ACROSS = 3
_SQUAT, _STRIP = 0.85, 0.3
"""Height over width of a panel whose axes have no unit in common, and of one that would be too narrow."""
_DARKEST_SHARE = 0.86
"""Lines leave out the lightest end of the map: on white paper it cannot be seen."""


@dataclass(frozen=True, eq=False)
class MapFigure:
    """A figure of maps and what it was drawn by.

    Attributes:
        figure: a ``matplotlib.figure.Figure``.
        panels: one ``Axes`` for each surface.
        scale: of the values, shared.
        levels: (k,) of the iso-lines, shared.
        strip: the ``Axes`` below the panels, where there was to be one.
    """

    figure: Any
    panels: tuple[Any, ...]
    scale: Scale
    levels: Floats
    strip: Any = None


def map_figure(
    surfaces: Sequence[Surface],
    titles: Sequence[str],
    look: Look,
    *,
    strip: float = 0.0,
    dress: Callable[[tuple[Any, ...], Any], None] | None = None,
) -> MapFigure:
    """A figure of one or several surfaces, to be made and saved within ``styled``.

    Args:
        surfaces: at least one.
        titles: of the panels; empty ones are left out.
        look: how it shall look.
        strip: inches of height for one more pair of axes below the panels.
        dress: called with the panels and that pair (None without) before the layout is made.

    Raises:
        UsageError: a surface lacks the field that is asked for, or no value is finite.
    """
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    if look.colormap not in colormaps:
        close = nearest(look.colormap, colormaps)
        raise UsageError(
            "drawing a map",
            f"matplotlib has no colour map {look.colormap!r}",
            f"{close}Try viridis, cividis, magma or Blues.",
        )
    shown = [field_of(surface, look.field) for surface in surfaces]
    pool = np.concatenate([surface.loss[surface.finite] for surface in shown])
    if not pool.size:
        raise UsageError(
            "drawing a map", "no value is finite", "Compute more of the surface, or check the model."
        )
    scale, _ = choose_scale(pool, look.scale, clamp_low=look.low, clamp_high=look.high)
    levels = _levels(scale, pool, look)
    columns = min(_MOST_ACROSS, len(shown)) if len(shown) != 4 else 2
    rows = -(-len(shown) // columns)
    side = _side(columns, look)
    labelled = strip + 3.4 * look.font_size / 72 * (strip > 0)
    height = look.height or _height(shown, rows, side, look, any(titles)) + labelled
    figure = Figure(figsize=(look.width, height), layout="constrained")
    ratios = [(height - labelled) / rows] * rows + [strip] * (strip > 0)
    cells = figure.add_gridspec(rows + (strip > 0), columns, height_ratios=ratios)
    places = [divmod(number, columns) for number in range(len(shown))]
    panels = tuple(figure.add_subplot(cells[place]) for place in places)
    below = figure.add_subplot(cells[rows, :]) if strip > 0 else None
    marked: list[Any] = []
    lines: list[Any] = []
    for number, (axes, surface, title) in enumerate(zip(panels, shown, titles, strict=True)):
        size = side, side * (_ratio(surface, look) or _SQUAT)
        _frame(axes, surface, title, look, size, first=number % columns == 0, shared=_common_labels(shown))
        lines.append(_draw_values(axes, surface, scale, levels, look))
        marked += draw_missing(axes, surface)
        if look.paths:
            marked += draw_paths(axes, surface.paths, look)
        marked += draw_critical(axes, surface, scale, look)
    bar = None
    if look.filled:
        bar = _color_bar(figure, panels, scale, levels, field_label(shown[0].field), look)
    handles = legend_handles(marked)
    if handles:
        across = max(2, int(look.width * 72 / look.font_size / 8.5))
        figure.legend(
            handles=handles, loc="outside lower center", ncols=min(len(handles), across), handletextpad=0.4
        )
    if dress is not None:
        dress(panels, below)
    # Labels follow their lines on paper: everything else has to have its place before.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    if bar is not None:
        _fit_height(bar, panels, scale, look)
    if look.labels:
        # What dresses the figure later may draw the paths.
        kept_free = replace(look, paths=look.paths or dress is not None)
        for axes, surface, drawn in zip(panels, shown, lines, strict=True):
            _label(axes, drawn, levels, scale, occupied(surface, scale, kept_free), look)
    return MapFigure(figure, panels, scale, levels, below)


def field_of(surface: Surface, name: str | None) -> Surface:
    """The surface with another of its fields as its height.

    Raises:
        UsageError: there is no such field.
    """
    if name is None or name == surface.field:
        return surface
    try:
        values = surface.values(name)
    except KeyError as error:
        raise UsageError("drawing a map", str(error.args[0]), "Choose one of them with --field.") from None
    others = {surface.field: surface.loss, **surface.metrics}
    known = np.isfinite(values) & (surface.status == OK)
    status = np.where(known, OK, np.where(surface.status == OK, 2, surface.status)).astype(np.uint8)
    return surface.replace(
        loss=values,
        field=name,
        status=status,
        critical_points=(),
        metrics=others
        if name not in others
        else {key: field for key, field in others.items() if key != name},
    )


def same_unit(surface: Surface) -> bool:
    """Whether a step along one axis is as long as one along the other, as far as the file says."""
    norms = surface.meta.get("direction_norms")
    if (
        isinstance(norms, Sequence)
        and len(norms) == 2
        and all(isinstance(n, (int, float)) and n for n in norms)
    ):
        return abs(math.log(norms[0] / norms[1])) < 0.02
    width, height = _extent(surface)
    return 1 / 3 < width / height < 3


def _extent(surface: Surface) -> tuple[float, float]:
    return float(np.ptp(surface.x)) or 1.0, float(np.ptp(surface.y)) or 1.0


def _ratio(surface: Surface, look: Look) -> float | None:
    """Height of a panel over its width where the axes share a unit, else None."""
    width, height = _extent(surface)
    if look.aspect == "free" or (look.aspect == "auto" and not same_unit(surface)):
        return None
    # A strip that is many times longer than wide shows nothing, whatever its unit.
    return height / width if look.aspect == "equal" or _STRIP < height / width < 1 / _STRIP else None


def _side(columns: int, look: Look) -> float:
    """Width of a panel without its labels, inches."""
    bar = 0.16 * look.width if look.filled else 0.0
    return (look.width - bar - look.font_size / 72 * (5.0 + 3.2 * (columns - 1))) / columns


def _height(shown: Sequence[Surface], rows: int, side: float, look: Look, titled: bool) -> float:
    """Inches that the panels need with their labels."""
    line = look.font_size / 72
    tallest = max((_ratio(surface, look) or _SQUAT) for surface in shown)
    # However flat a panel, the label beside it has its length.
    return rows * (max(side * tallest, 9.0 * line) + line * (3.4 + 1.6 * titled)) + 1.8 * line


def _frame(
    axes: Any,
    surface: Surface,
    title: str,
    look: Look,
    size: tuple[float, float],
    *,
    first: bool,
    shared: bool,
) -> None:
    axes.set_xlim(surface.x[0], surface.x[-1])
    axes.set_ylim(surface.y[0], surface.y[-1])
    if _ratio(surface, look) is not None:
        axes.set_aspect("equal")
    width, height = size
    axes.set_xlabel(_fitting(surface, "x", width, look))
    if first or not shared:
        axes.set_ylabel(_fitting(surface, "y", height, look))
    if title:
        axes.set_title(title)
    axes.locator_params(nbins=6)


def _fitting(surface: Surface, axis: str, inches: float, look: Look) -> str:
    """An axis' label, the short form where the long one would be longer than its axis."""
    label = axis_label(surface.meta, axis)
    too_long = 0.58 * len(label) * look.font_size / 72 > inches
    return axis_label(surface.meta, axis, short=True) if too_long else label


def _common_labels(shown: Sequence[Surface]) -> bool:
    return len({axis_label(surface.meta, "y") for surface in shown}) == 1 and (
        len({tuple(direction_kinds(surface.meta)) for surface in shown}) == 1
    )


def _levels(scale: Scale, pool: Floats, look: Look) -> Floats:
    if look.levels:
        return np.array([level for level in look.levels if scale.low <= level <= scale.high])
    return iso_levels(scale, pool, look.count, look.spacing)


def _draw_values(axes: Any, surface: Surface, scale: Scale, levels: Floats, look: Look) -> Any:
    """The iso-lines, and the bands between them; returns the set of lines, None if there is none."""
    from matplotlib import colormaps
    from matplotlib.colors import LinearSegmentedColormap, Normalize

    if min(surface.shape) < 2:
        return None
    unit = np.ma.masked_where(~surface.finite, scale.forward(surface.loss))
    at = scale.forward(levels)
    table = colormaps[look.colormap]
    options: dict[str, Any] = {"corner_mask": False, "norm": Normalize(0.0, 1.0)}
    if look.filled:
        bands = axes.contourf(surface.x, surface.y, np.ma.clip(unit, 0, 1), _edges(at), cmap=table, **options)
        # They touch; a hairline in their own colour hides the gap that PDF viewers leave between them.
        bands.set(edgecolor="face", linewidth=0.3)
        lines: dict[str, Any] = {"colors": [_contrasting(table(place)) for place in at]}
    else:
        dark = table(np.linspace(0.0, _DARKEST_SHARE, 256))
        lines = {"cmap": LinearSegmentedColormap.from_list("lines", dark)}
    if not levels.size:
        return None
    widths = np.where(emphasised(levels), 1.05, 0.65) * (0.75 if look.filled else 1.0)
    return axes.contour(surface.x, surface.y, unit, at, linewidths=widths, **lines, **options)


def _edges(at: Floats) -> Floats:
    """The ends of the bands: the levels within the range, and its ends."""
    return np.concatenate([[0.0], at[(at > 0) & (at < 1)], [1.0]])


def _contrasting(color: Sequence[float]) -> tuple[float, float, float, float]:
    """Ink for lines and labels on a colour: white on dark, black on light."""
    luminance = 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2]
    return (1.0, 1.0, 1.0, 0.8) if luminance < 0.42 else (0.0, 0.0, 0.0, 0.75)


def _label(axes: Any, drawn: Any, levels: Floats, scale: Scale, markers: Floats, look: Look) -> None:
    if drawn is None:
        return
    size = 0.75 * look.font_size
    at = scale.forward(levels)
    texts = [mathtext(text) for text in format_apart(levels, scale.high - scale.low)]
    places = label_places(axes, drawn, texts, emphasised(levels).tolist(), markers, size)
    if places:
        named = dict(zip(at.tolist(), texts, strict=True))
        drawn.clabel(fmt=named, fontsize=size, inline=True, inline_spacing=1.5, manual=places)


def _color_bar(
    figure: Any, panels: Sequence[Any], scale: Scale, levels: Floats, name: str, look: Look
) -> Any:
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import BoundaryNorm, ListedColormap

    edges = _edges(scale.forward(levels))
    middles = (edges[:-1] + edges[1:]) / 2
    bands = ListedColormap(colormaps[look.colormap](middles))
    mappable = ScalarMappable(BoundaryNorm(edges, bands.N), bands)
    bar = figure.colorbar(
        mappable, ax=list(panels), spacing="proportional", aspect=28, pad=0.02, fraction=0.05, drawedges=False
    )
    bar.ax.minorticks_off()
    _tick(bar, scale, 6)
    bar.outline.set_edgecolor(INK)
    bar.outline.set_linewidth(0.6)
    bar.set_label(name + ("" if scale.kind == "linear" else f" ({scale.kind} scale)"))
    return bar


def _fit_height(bar: Any, panels: Sequence[Any], scale: Scale, look: Look) -> None:
    """Make a colour bar as high as the panels, which in one unit for both axes need not fill their cells."""
    low = min(panel.get_position().y0 for panel in panels)
    high = max(panel.get_position().y1 for panel in panels)
    place = bar.ax.get_position()
    bar.ax.set(axes_locator=None, box_aspect=None, aspect="auto")
    bar.ax.set_position([place.x0, low, place.width, high - low])
    room = (high - low) * panels[0].figure.get_figheight() * 72 / look.font_size
    _tick(bar, scale, max(3, min(6, int(room / 2))))


def _tick(bar: Any, scale: Scale, about: int) -> None:
    marks = [mark for mark in ticks(scale, about) if mark.major]
    bar.set_ticks([mark.unit for mark in marks], labels=[mathtext(mark.label) for mark in marks])
