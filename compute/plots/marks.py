"""What lies on a map: paths with their checkpoints, critical points, cells without a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute import colors
from compute.analysis import critical_points
from compute.plots.look import Look
from compute.plots.style import FAINT
from compute.plots.words import literal
from compute.scales import Scale
from compute.surface import FAILED, NOT_FINITE, PENDING, CriticalPoint, Path, Surface

__all__ = [
    "Mark",
    "draw_critical",
    "draw_missing",
    "draw_paths",
    "finite_points",
    "legend_handles",
    "occupied",
    "path_color",
    "shown_points",
]

_MOST_DOTS = 100
_LEAST_SHARE = 0.02
"""Of the drawn range, by which a critical point must stand out to be marked."""

# The viewer's shapes: they differ without their colours too.
_SHAPES: dict[str, dict[str, Any]] = {
    "minimum": {"marker": "v", "color": colors.MINIMUM, "markersize": 5.5},
    "saddle": {"marker": "X", "color": colors.SADDLE, "markersize": 5.5},
    "maximum": {"marker": "^", "color": colors.MAXIMUM, "markersize": 5.5},
}
_START: dict[str, Any] = {
    "marker": "o",
    "markersize": 4.6,
    "markeredgewidth": 1.1,
    "markerfacecolor": "white",
}
_END: dict[str, Any] = {"marker": "*", "markersize": 8.5, "markeredgewidth": 0.5, "markeredgecolor": "white"}
_CELLS = {
    NOT_FINITE: ("not finite", "xxxxx"),
    FAILED: ("failed", "+++++"),
    PENDING: ("not computed yet", "....."),
}


@dataclass(frozen=True)
class Mark:
    """A kind of thing on a map, for the legend: its name and how matplotlib draws it."""

    name: str
    how: str
    options: tuple[tuple[str, Any], ...]


def path_color(number: int) -> colors.RGB:
    """The colour of the path of that number."""
    return colors.PATHS[number % len(colors.PATHS)]


def draw_paths(axes: Any, paths: Sequence[Path], look: Look) -> list[Mark]:
    """Paths with a dot at each checkpoint (not at all of many), a ring at the start, a star at the end."""
    marks: list[Mark] = []
    for number, path in enumerate(paths):
        x, y = finite_points(path)
        if not x.size:
            continue
        color = path_color(number)
        axes.plot(x, y, color="white", linewidth=2.6, solid_capstyle="round", zorder=4)
        axes.plot(x, y, color=color, linewidth=1.1, zorder=5)
        dots = np.unique(np.linspace(0, x.size - 1, min(x.size, _MOST_DOTS)).astype(int))
        axes.plot(x[dots], y[dots], linestyle="none", marker="o", markersize=1.9, color=color, zorder=5)
        axes.plot(x[:1], y[:1], linestyle="none", markeredgecolor=color, zorder=7, **_START)
        axes.plot(x[-1:], y[-1:], linestyle="none", color=color, zorder=7, **_END)
        if len(paths) > 1:
            marks.append(Mark(literal(path.name), "line", (("color", color), ("linewidth", 1.3))))
    if paths:
        of_all = path_color(0) if len(paths) == 1 else "#555555"
        marks.append(Mark("start", "point", (("markeredgecolor", of_all), *_START.items())))
        marks.append(Mark("end", "point", (("color", of_all), *_END.items())))
    return marks


def finite_points(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A path's coordinates where both are numbers."""
    known = np.isfinite(path.x) & np.isfinite(path.y)
    return path.x[known], path.y[known]


def draw_critical(axes: Any, surface: Surface, scale: Scale, look: Look) -> list[Mark]:
    """Minima, saddles and maxima in shapes of their own."""
    marks = []
    points = shown_points(surface, scale, look)
    for kind, shape in _SHAPES.items():
        chosen = [point for point in points if point.kind == kind]
        if chosen:
            axes.plot(
                [p.x for p in chosen], [p.y for p in chosen], linestyle="none", markeredgecolor="white",
                markeredgewidth=0.5, zorder=6, **shape,
            )  # fmt: skip
            options = (*shape.items(), ("markeredgecolor", "white"), ("markeredgewidth", 0.5))
            marks.append(Mark(kind, "point", options))
    return marks


def shown_points(surface: Surface, scale: Scale, look: Look) -> list[CriticalPoint]:
    """The critical points inside the grid that are to be marked.

    "significant" leaves out what the noise explains; where the noise is not known, and besides, what
    stands out by less than a fiftieth of the drawn range.
    """
    if look.critical == "none":
        return []
    if surface.critical_points and look.noise is None:
        points = surface.critical_points
    else:
        points = critical_points(surface, resolved=True, noise=look.noise)
    inner = [point for point in points if not point.boundary]
    if look.critical == "all":
        return inner
    return [p for p in inner if p.significant is not False and _stands_out(p, scale)]


def occupied(surface: Surface, scale: Scale, look: Look) -> NDArray[np.float64]:
    """(n, 2) where marks lie on a map, data coordinates: labels keep away from there."""
    places = [(point.x, point.y) for point in shown_points(surface, scale, look)]
    found = [np.reshape(np.array(places, dtype=np.float64), (-1, 2))]
    for path in surface.paths if look.paths else ():
        along = np.stack(finite_points(path), axis=1)
        between = (along[:-1] + along[1:]) / 2
        found += [along, between]
    return np.concatenate(found)


def _stands_out(point: CriticalPoint, scale: Scale) -> bool:
    if not np.isfinite(point.persistence):
        return True
    # A minimum is paired with a saddle above it, a maximum with one below, a saddle with either.
    signs = {"minimum": (1,), "maximum": (-1,), "saddle": (1, -1)}[point.kind]
    partners = [point.loss + sign * point.persistence for sign in signs]
    unit = np.clip(scale.forward([point.loss, *partners]), 0.0, 1.0)
    return bool(np.abs(unit[1:] - unit[0]).max() >= _LEAST_SHARE)


def draw_missing(axes: Any, surface: Surface) -> list[Mark]:
    """Hatch the cells that touch a point without a value, by why it has none."""
    from matplotlib.collections import PolyCollection

    marks = []
    status = np.where(surface.finite, 1, np.where(surface.status == 1, NOT_FINITE, surface.status))
    for code, (name, hatch) in _CELLS.items():
        lacking = status == code
        cells = lacking[:-1, :-1] | lacking[1:, :-1] | lacking[:-1, 1:] | lacking[1:, 1:]
        row, column = np.nonzero(cells)
        if not row.size:
            continue
        x0, x1, y0, y1 = surface.x[column], surface.x[column + 1], surface.y[row], surface.y[row + 1]
        corners = np.stack([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]).transpose(2, 0, 1)
        look: dict[str, Any] = {"facecolor": "#f0f0f2", "edgecolor": FAINT, "hatch": hatch, "linewidth": 0.0}
        axes.add_collection(PolyCollection(list(corners), zorder=0.5, **look), autolim=False)
        marks.append(Mark(name, "patch", tuple(look.items())))
    return marks


def legend_handles(marks: Sequence[Mark]) -> list[Any]:
    """One handle for each kind of mark, paths first."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = []
    order = [*_SHAPES, *(name for name, _ in _CELLS.values())]
    ranked = sorted(dict.fromkeys(marks), key=lambda m: order.index(m.name) if m.name in order else -1)
    for mark in ranked:
        options = dict(mark.options)
        if mark.how == "patch":
            handles.append(Patch(label=mark.name, **options))
        else:
            options["linestyle"] = "none" if mark.how == "point" else "-"
            handles.append(Line2D([], [], label=mark.name, **options))
    return handles
