"""The docked profile of a slice: every field along the cut, in plots that can be zoomed and read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from imgui_bundle import imgui, implot
from numpy.typing import NDArray

from compute.scales import Scale, choose_scale
from glviz.scene.captions import along_name, cut_name
from glviz.scene.memo import Memo
from glviz.scene.panes import Drawn, Rect
from glviz.scene.slices import Slice
from glviz.scene.theme import Theme, file_color, theme_for
from glviz.scene.view import View
from glviz.settings import Settings
from glviz.ui.widgets import text

__all__ = ["Dock", "dock_height"]

_SHARE, _LOWEST, _HIGHEST = 0.30, 150.0, 280.0
_MOST_PLOTS = 4
_NARROWEST = 160.0
"""Width of a plot at least, in points; what has no room beside others is scrolled to."""

_SCALES = {
    "log": implot.Scale_.log10,
    "symlog": implot.Scale_.sym_log,
    "asinh": implot.Scale_.sym_log,
}


def dock_height(
    views: Sequence[Drawn], settings: Settings, height: float, scale: float, wanted: float | None = None
) -> float:
    """Height of the dock in a window, 0 where there is nothing to plot.

    Args:
        views: what is drawn.
        settings: whether a profile is wanted.
        height: of the window.
        scale: of the interface.
        wanted: by the user, in points; by default what suits the window.
    """
    if not settings.profile or not any(isinstance(v, View) and isinstance(v.slice, Slice) for v in views):
        return 0.0
    if wanted is not None:
        return round(min(max(wanted, _LOWEST) * scale, 0.75 * height))
    return round(min(max(_SHARE * height, _LOWEST * scale), _HIGHEST * scale, 0.5 * height))


class Dock:
    """Draws the plots. It keeps only what was worked out from the slice that is shown."""

    def __init__(self) -> None:
        self._memo = Memo()

    def draw(self, view: View, others: Sequence[View], rect: Rect) -> None:
        """Draw the plots of the slice of ``view``, with the others' lines beside its own.

        Args:
            view: which has a slice.
            others: further views with a slice of the same kind.
            rect: left, top, width, height in the interface's coordinates.
        """
        section = view.slice
        assert isinstance(section, Slice)
        imgui.set_next_window_pos((float(rect[0]), float(rect[1])))
        imgui.set_next_window_size((float(rect[2]), float(rect[3])))
        flags = (
            imgui.WindowFlags_.no_decoration | imgui.WindowFlags_.no_move
            | imgui.WindowFlags_.no_saved_settings | imgui.WindowFlags_.no_bring_to_front_on_focus
            | imgui.WindowFlags_.no_scroll_with_mouse
        )  # fmt: skip
        sideways = int(imgui.WindowFlags_.horizontal_scrollbar)
        imgui.push_style_var(imgui.StyleVar_.window_rounding, 0.0)
        imgui.begin("##profile", None, int(flags))
        imgui.pop_style_var()
        text(f"along the cut {cut_name(view, section)}")
        names = [view.height.name, *(n for n in section.fields if n != view.height.name)][:_MOST_PLOTS]
        spacing = imgui.get_style().item_spacing.x
        shares = np.array([1.6] + [1.0] * (len(names) - 1))
        wide = imgui.get_content_region_avail().x - spacing * (len(names) - 1)
        widths = wide * shares / shares.sum()
        least = _NARROWEST * imgui.get_style().font_scale_dpi
        if widths[-1] < least:
            widths = np.full(len(names), max(least, wide / len(names)))
        imgui.begin_child("##plots", (0.0, 0.0), 0, sideways)
        room = imgui.get_content_region_avail()
        theme = theme_for(view.settings.background)
        for index, (name, width) in enumerate(zip(names, widths, strict=True)):
            if index:
                imgui.same_line()
            imgui.push_id(index)
            self._plot((view, *others), name, (float(width), room.y), theme, legend=index == 0)
            imgui.pop_id()
        imgui.end_child()
        imgui.end()

    def _plot(
        self, views: Sequence[View], name: str, size: tuple[float, float], theme: Theme, *, legend: bool
    ) -> None:
        view = views[0]
        section = view.slice
        assert isinstance(section, Slice)
        values = _values(view, name)
        assert values is not None
        key = (tuple(_values(other, name) for other in views), view.height.scale)
        scale: Scale = self._memo.get(f"scale {name}", key, lambda: _scale(views, name))
        flags = implot.Flags_.no_title | implot.Flags_.no_box_select
        if len(views) == 1 or not legend:
            flags |= implot.Flags_.no_legend
        flags |= implot.Flags_.no_menus | implot.Flags_.no_mouse_text
        if not implot.begin_plot("##plot", size, int(flags)):
            return
        # A new cut is shown whole; while it stays, whoever zoomed in keeps the view.
        fresh = self._memo.get(f"fresh {name}", (section.along, scale), lambda: [True])
        when = implot.Cond_.always if fresh[0] else implot.Cond_.once
        fresh[0] = False
        across, up = implot.ImAxis_.x1, implot.ImAxis_.y1
        label = _label(name) + ("" if scale.kind == "linear" else f" ({scale.kind})")
        # A name that is longer than its axis would be cut off at both ends.
        ends = 5.0 * imgui.get_font_size()
        below, beside = _label(along_name(view, section)), label
        below = below if imgui.calc_text_size(below).x < size[0] - ends else ""
        beside = beside if imgui.calc_text_size(beside).x < size[1] - ends else ""
        implot.setup_axes(below, beside)
        if scale.kind in _SCALES:
            implot.setup_axis_scale(up, int(_SCALES[scale.kind]))
        implot.setup_axis_limits(across, float(section.along[0]), float(section.along[-1]), int(when))
        implot.setup_axis_limits(up, *_roomy(scale), int(when))
        implot.setup_finish()
        for number, other in enumerate(views):
            drawn = _values(other, name)
            if isinstance(other.slice, Slice) and drawn is not None:
                color = file_color(number, theme) if len(views) > 1 else theme.cut
                spec = implot.Spec(line_color=imgui.ImVec4(*color, 1.0), line_weight=2.0)
                along = np.ascontiguousarray(other.slice.along)
                label = f"{_label(other.title)}##{number}"
                implot.plot_line(label, along, np.ascontiguousarray(drawn), spec)
        if implot.is_plot_hovered():
            x = implot.get_plot_mouse_pos().x
            k = int(np.argmin(np.abs(section.along - x)))
            reading = f"{section.along[k]:.5g}\n{values[k]:.6g}" if np.isfinite(values[k]) else "no value"
            if np.isfinite(values[k]):
                implot.annotation(
                    float(section.along[k]), float(values[k]), imgui.ImVec4(*theme.cut, 1.0),
                    imgui.ImVec2(12.0, -12.0), True, reading.replace("%", "%%"),
                )  # fmt: skip
        implot.end_plot()


def _values(view: View, name: str) -> NDArray[np.float64] | None:
    """(n,) a field along the cut of a view, if it has it."""
    section = view.slice
    if not isinstance(section, Slice):
        return None
    return section.values if name == view.height.name else section.fields.get(name)


def _scale(views: Sequence[View], name: str) -> Scale:
    """That of the height, or one that holds the field of every file."""
    if name == views[0].height.name:
        return views[0].height.scale
    found = (_values(view, name) for view in views)
    return choose_scale(np.concatenate([values for values in found if values is not None]))[0]


def _roomy(scale: Scale) -> tuple[float, float]:
    """Ends of an axis that the line does not touch."""
    if not scale.low < scale.high:
        pad = abs(scale.low) * 0.05 or 0.5
        return scale.low - pad, scale.high + pad
    low, high = scale.inverse([-0.03, 1.05])
    return float(low), float(high)


def _label(name: str) -> str:
    """Text from a file as the name of an axis: ImGui would cut it at ##."""
    return name.replace("##", "# #")[:60]
