"""What a surface is, in words: axis names and the lines under a title, from the file's meta."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from compute.scales import digits_for, format_apart, format_value
from compute.surface import Surface, field_names
from glviz.scene.curves import CurvePlot
from glviz.scene.fields import field_values
from glviz.scene.slices import LevelCut, Slice
from glviz.scene.view import View

_GREEK = {"x": "\u03b1", "y": "\u03b2"}


def axis_name(view: View, axis: str) -> str:
    """What to write along an axis, e.g. "α (random)", "β (PCA 2, 8.1 %)" or "loss (log)"."""
    if axis == "z":
        scale = view.height.scale.kind
        return view.height.name + ("" if scale == "linear" else f" ({scale})")
    meta = view.data.meta
    kinds = meta.get("directions")
    if isinstance(kinds, str):  # one word for both, or one each
        kinds = kinds.split(", ") if ", " in kinds else [kinds, kinds]
    kind = ""
    if isinstance(kinds, (list, tuple)) and len(kinds) == 2:
        kind = str(kinds["xy".index(axis)]).replace("pca ", "PCA ")
    shares = meta.get("explained_variance")
    if isinstance(shares, (list, tuple)) and len(shares) >= 2:
        share = shares["xy".index(axis)]
        if isinstance(share, (int, float)):
            kind = f"{kind}, {100 * share:.1f} %".lstrip(", ")
    name = _GREEK[axis] if meta or view.is_grid else axis
    return f"{name} ({kind[:40]})" if kind else name


def written(view: View | CurvePlot) -> tuple[str, ...]:
    """Texts of the files themselves that a picture of a view may show."""
    settings = view.settings
    found: list[str] = []
    if isinstance(view, CurvePlot):
        found += [chart.name for chart in view.charts]
        found += [plot_axis_name(view), *(view.titles if len(view.titles) > 1 else ())]
        return (*found, view.title, *plot_subtitle(view)) if settings.title else tuple(found)
    if settings.axes and settings.axis_labels:
        found += [axis_name(view, axis) for axis in "xyz"]
    found += [view.color.name] * settings.scalar_bar
    for each in (view, *view.overlaid):
        found += [each.title] * (settings.title or settings.legend)
        found += [path.path.name for path in each.paths] * settings.legend
    return (*found, *subtitle(view)) if settings.title else tuple(found)


def counted(number: int, noun: str) -> str:
    """So many of something, e.g. "1 point", "2 points"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def reading(view: View, name: str, value: float, least: int = 4) -> str:
    """A value of a field, with the digits that show where in the field's range it lies."""

    def span() -> float:
        if name == view.height.name:
            return view.height.scale.high - view.height.scale.low
        if name not in field_names(view.data):
            return 0.0
        field = field_values(view.data, name)[1]
        known = field[np.isfinite(field)]
        return float(known.max()) - float(known.min()) if known.size else 0.0

    return format_value(value, digits_for(value, view.derived(("span", name), span) / 10, least))


def place_of(view: View, x: float, y: float, least: int = 3) -> tuple[str, str]:
    """A position in the plane, with the digits that show where between the ends of the axes it lies."""
    ends = (view.frame.x_range, view.frame.y_range)
    first, second = (
        format_value(place, digits_for(place, (high / 2 - low / 2) / 10, least))
        for place, (low, high) in zip((x, y), ends, strict=True)
    )
    return first, second


def cut_name(view: View, section: Slice | LevelCut) -> str:
    """What a cut holds fixed, e.g. "β = 0.25", "30° through 0.1" or "loss = 0.5"."""
    if isinstance(section, LevelCut):
        return f"{view.height.name} = {reading(view, view.height.name, section.position)}"
    if section.axis == "angle":
        position = format_value(section.position)
        where = f"{position} from" if abs(section.position) > 1e-9 else "through"
        return f"{format_value(section.angle_deg, 3)}°, {where} the origin"
    place = place_of(view, section.position, section.position, 4)["xy".index(section.axis)]
    return f"{axis_name(view, section.axis).split(' ')[0]} = {place}"


def along_name(view: View, section: Slice) -> str:
    """What runs along a cut: the other axis, or the distance along it."""
    if section.axis == "angle":
        return f"distance along the cut at {format_value(section.angle_deg, 3)}°"
    return axis_name(view, "y" if section.axis == "x" else "x")


def subtitle(view: View) -> tuple[str, ...]:
    """Up to two lines: what was computed, and its extremes."""
    extremes = "" if view.overlaid else view.derived("extremes", lambda: _extremes(view))
    if view.sharing > 1:
        shared = f"range and levels shared by {view.sharing} files"
        extremes = f"{extremes} \u00b7 {shared}" if extremes else shared
    return tuple(line for line in (_provenance(view.data.meta), extremes) if line)


def plot_axis_name(plot: CurvePlot) -> str:
    """What to write along the horizontal axis of curves, e.g. "α (random)"."""
    kinds = {str(curve.meta.get("directions") or "") for curve in plot.data}
    kind = kinds.pop() if len(kinds) == 1 else ""
    name = _GREEK["x"]
    return f"{name} ({kind[:40]})" if kind else name


def plot_subtitle(plot: CurvePlot) -> tuple[str, ...]:
    """Up to two lines: what was computed, where all curves agree, and the extremes of a lone one."""
    first = _provenance(_common([curve.meta for curve in plot.data]))
    second = ""
    main = plot.charts[0]
    if len(plot.data) == 1 and plot.valid.any():
        (line,) = main.lines
        words = []
        ends = (int(np.nanargmin(line.values)), int(np.nanargmax(line.values)))
        span = float(line.x[-1] / 2 - line.x[0] / 2)
        told = format_apart(line.values[list(ends)])
        for name, index, value in zip(("min", "max"), ends, told, strict=True):
            x = float(line.x[index])
            words.append(f"{name} {value} at {format_value(x, digits_for(x, span / 10, 3))}")
        second = " \u00b7 ".join(words)
    return tuple(line for line in (first, second) if line)


def _common(metas: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The entries in which all agree."""
    return {
        key: value
        for key, value in metas[0].items()
        if all(key in other and other[key] == value for other in metas[1:])
    }


def _provenance(meta: Any) -> str:
    parts = []
    model = _text(meta.get("model"))
    if model:
        parts.append(model)
    data = meta.get("data")
    if isinstance(data, dict):
        name, split, count = (_text(data.get(key)) for key in ("name", "split", "count"))
        words = " ".join(word for word in (name, split) if word)
        parts.append(f"{words}, {count} samples" if count and words else words)
    elif data:
        parts.append(_text(data))
    norm = _text(meta.get("norm"))
    if norm and norm != "none":
        parts.append(f"{norm}-normalised")
    seed = meta.get("seed")
    if isinstance(seed, int):
        parts.append(f"seed {seed}")
    return " \u00b7 ".join(part for part in parts if part)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("name", "")
    return "" if value is None else str(value)[:60]


def _extremes(view: View) -> str:
    found = view.height.extremes
    if found is None:
        return "no finite values"
    words = []
    told = format_apart([found.low, found.high])
    for name, index, value in zip(("min", "max"), found[2:], told, strict=True):
        if isinstance(view.data, Surface):
            row, column = np.unravel_index(index, view.data.shape)
            x, y = view.data.x[column], view.data.y[row]
        else:
            x, y = view.data.x[index], view.data.y[index]
        words.append(f"{name} {value} at ({', '.join(place_of(view, float(x), float(y)))})")
    if view.relief is not None and view.relief.parts != (1, 1):
        words.append("smoothed between the grid points for the eye")
    return " \u00b7 ".join(words)
