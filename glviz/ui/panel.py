"""The panel beside the picture: every option, and what the file and the pointer have to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from imgui_bundle import imgui

from compute.scales import Scale
from compute.surface import Surface, field_names
from glviz.films.options import FPS
from glviz.options import Option, options
from glviz.scene.curves import CurvePlot, wanted_metrics
from glviz.scene.memo import Memo
from glviz.scene.panes import Drawn, Rect
from glviz.scene.slices import LevelCut, reach_at
from glviz.scene.view import View
from glviz.ui import lists
from glviz.ui.canvas import Fonts
from glviz.ui.commands import BY_NAME
from glviz.ui.readout import Probe, coordinate
from glviz.ui.state import OWNERS, State, value_of, with_value
from glviz.ui.widgets import Editor, Span, header, text, tooltip, wrapped
from glviz.vector.options import COLUMN_MM

__all__ = ["NARROWEST", "Panel", "low", "number", "panel_width"]

WIDTH, NARROWEST = 320.0, 268.0
"""In points, in a wide window and in a narrow one."""

_LOW = 420.0

_OPEN_AT_FIRST = ("Files", "Data", "Height", "Colour", "Slice")
_GRIDS_ONLY = ("Surface", "Contours", "Features", "Slice", "Map")
_CURVES_TOO = (
    "field", "metrics", "height_scale", "clamp_low", "clamp_high", "percentile_low", "percentile_high",
    "background", "title", "compare", "watch",
)  # fmt: skip
"""What applies to curves."""

_BUTTONS = {"Picture": "picture.save", "Home": "view.home", "Keys": "help.keys"}
"""Commands that have a button, under the word on it."""

_GROUP_BUTTONS = {
    "Film": {"Turntable": "film.turntable", "Replay": "film.replay"},
    "Map": {"SVG": "map.svg", "PDF": "map.pdf"},
}
"""Likewise in a group of options, which are those of the command."""

_AUTOMATIC = {"fps": FPS, "map_width": COLUMN_MM}

_OF_VALUES = (
    "color_scale", "color_center", "bands", "mark_clamped", "color_below", "color_above", "histogram",
)  # fmt: skip
"""What does not apply where colours are labels."""

_NAME = "##panel"
_SEVERAL_ONLY = ("compare", "same_range")
_CURVES_ONLY = ("metrics",)
_FIELDS_READ = 6


def panel_width(window_width: float, scale: float, wanted: float | None = None) -> float:
    """Width of the panel in a window, in the same units.

    Args:
        window_width: of the window.
        scale: of the interface.
        wanted: by the user, in points; by default what suits the window.
    """
    most = 0.6 * window_width
    if wanted is not None:
        return float(round(min(max(wanted, NARROWEST) * scale, most)))
    return float(round(min(WIDTH * scale, max(NARROWEST * scale, 0.3 * window_width), most)))


def low(window_height: float, scale: float) -> bool:
    """Whether a window is too low for readings below the options; they are beside the pointer then."""
    return window_height < _LOW * scale


class Panel:
    """Draws the panel. Settings come in and go out; only what is being typed is kept."""

    def __init__(self, fonts: Fonts) -> None:
        self._fonts = fonts
        self._editor = Editor()
        self._lists = lists.Lists(fonts)
        self._spans = Memo()
        self._focus = False
        self._groups: dict[str, list[Option]] = {}
        for kind in OWNERS.values():
            for item in options(kind):
                self._groups.setdefault(item.group, []).append(item)

    def focus(self) -> None:
        """Give the panel the keyboard: arrow keys and Tab go from one widget to the next."""
        focused = imgui.get_current_context().nav_window
        inside = focused is not None and focused.name.startswith(_NAME)
        self._focus = not inside  # else it goes on where it was

    def draw(
        self, state: State, views: Sequence[Drawn], probe: Probe | None, rect: Rect
    ) -> State:
        """Draw the panel; returns the state as the user left it.

        Args:
            state: before.
            views: what is drawn, one a file.
            probe: the point under the pointer.
            rect: left, top, width, height in the interface's coordinates.
        """
        imgui.set_next_window_pos((float(rect[0]), float(rect[1])))
        imgui.set_next_window_size((float(rect[2]), float(rect[3])))
        flags = (
            imgui.WindowFlags_.no_title_bar | imgui.WindowFlags_.no_resize | imgui.WindowFlags_.no_move
            | imgui.WindowFlags_.no_collapse | imgui.WindowFlags_.no_saved_settings
            | imgui.WindowFlags_.no_bring_to_front_on_focus | imgui.WindowFlags_.no_scrollbar
            | imgui.WindowFlags_.no_scroll_with_mouse
        )  # fmt: skip
        imgui.push_style_var(imgui.StyleVar_.window_rounding, 0.0)
        if self._focus:
            imgui.set_next_window_focus()
        imgui.begin(_NAME, None, int(flags))
        imgui.pop_style_var()
        if self._focus:
            imgui.internal.nav_init_window(imgui.internal.get_current_window(), True)
            imgui.set_nav_cursor_visible(True)
            self._focus = False
        active = min(state.active, len(views) - 1)
        view = views[active]
        footer = 0.0
        if not low(rect[3], imgui.get_style().font_scale_dpi):
            line = imgui.get_text_line_height_with_spacing()
            footer = _footer_lines(views) * line + imgui.get_style().item_spacing.y * 3
        flattened = int(imgui.ChildFlags_.nav_flattened)
        if imgui.begin_child("##options", (0.0, -footer), flattened):
            state = self._lists.files(state, views)
            self._notices(view)
            state = self._buttons(state, _BUTTONS)
            for name, items in self._groups.items():
                state = self._group(state, name, items, view)
            state = self._lists.draw(state, view)
        imgui.end_child()
        if footer:
            self._footer(probe, views[probe.pane] if probe else view)
        imgui.end()
        return state

    # --- parts -------------------------------------------------------------------------

    def _notices(self, view: Drawn) -> None:
        if not view.notices:
            return
        imgui.push_style_color(imgui.Col_.text, imgui.get_style_color_vec4(imgui.Col_.text_disabled))
        for notice in view.notices:
            wrapped(notice)
        imgui.pop_style_color()

    @staticmethod
    def _buttons(state: State, commands: Mapping[str, str]) -> State:
        """A row of buttons as wide as the panel, by the names of their commands."""
        imgui.spacing()
        gaps = (len(commands) - 1) * imgui.get_style().item_spacing.x
        width = (imgui.get_content_region_avail().x - gaps) / len(commands)
        # A heading may have the same word; two widgets of one name would be one to the keyboard.
        imgui.push_id("buttons")
        for index, (word, name) in enumerate(commands.items()):
            command = BY_NAME[name]
            if index:
                imgui.same_line()
            if imgui.button(word, (width, 0.0)):
                state = command.step(state)
            tooltip(command.title.lower() + (f"\nkey {command.keys[0]}" if command.keys else ""))
        imgui.pop_id()
        imgui.spacing()
        return state

    def _group(self, state: State, name: str, items: list[Option], view: Drawn) -> State:
        is_plot = isinstance(view, CurvePlot)
        items = [i for i in items if i.name not in (_CURVES_ONLY if not is_plot else ())]
        if is_plot:
            items = [i for i in items if i.name in _CURVES_TOO]
        if isinstance(view, View) and view.labels is not None:
            items = [i for i in items if i.name not in _OF_VALUES]
        if len(state.files) < 2:
            items = [i for i in items if i.name not in _SEVERAL_ONLY]
        names = view.fields if isinstance(view, CurvePlot) else field_names(view.data)
        if not items or (name == "Data" and len(names) < 2) or (name in _GRIDS_ONLY and not _is_grid(view)):
            return state
        changed = [item for item in items if value_of(state, item) != self._initial(state, item)]
        flags = imgui.TreeNodeFlags_.allow_overlap
        layout = state.layout
        was_shown = name in layout.unfolded or (name in _OPEN_AT_FIRST and name not in layout.folded)
        if was_shown:
            flags |= imgui.TreeNodeFlags_.default_open
        corner = imgui.get_cursor_pos()
        room = imgui.get_content_region_avail().x
        shown = header(name, self._fonts.bold, int(flags))
        if shown != was_shown:
            state = replace(state, layout=layout.turned(name, shown))
        if changed:
            after = imgui.get_cursor_pos()
            padding = imgui.get_style().frame_padding
            width = imgui.calc_text_size("reset").x + 2 * padding.x
            imgui.set_cursor_pos((corner.x + room - width - padding.y, corner.y + padding.y))
            imgui.push_id(name)
            if imgui.small_button("reset"):
                for item in changed:
                    state = with_value(state, item, self._initial(state, item))
            tooltip(f"{name.lower()}: back to the defaults")
            imgui.pop_id()
            imgui.set_cursor_pos(after)
            imgui.dummy((0.0, 0.0))
        if not shown:
            return state
        for item in items:
            value = value_of(state, item)
            if item.name == "metrics" and isinstance(view, CurvePlot):
                state = self._metrics(state, item, view)
                continue
            choices = names if item.name in ("field", "color_by") else ()
            shown_value = value
            if choices and not value:
                shown_value = names[0] if item.name == "field" else view.height.name
            new = self._editor.edit(item, shown_value, choices=choices, span=self._span(item, view))
            if new != shown_value:
                state = with_value(state, item, "" if choices and new == names[0] else new)
        if name in _GROUP_BUTTONS:
            state = self._buttons(state, _GROUP_BUTTONS[name])
        imgui.spacing()
        return state

    @staticmethod
    def _metrics(state: State, item: Option, view: CurvePlot) -> State:
        """A box for each further metric of the curves."""
        shown = wanted_metrics(state.settings.metrics, view.metrics)
        chosen = []
        for index, metric in enumerate(view.metrics):
            imgui.push_id(index)
            _, on = imgui.checkbox("##metric", metric in shown)
            tooltip(f"plot it below the {view.charts[0].name}\n{item.flag}")
            imgui.same_line()
            text(metric)
            imgui.pop_id()
            chosen += [metric] * on
        if tuple(chosen) != tuple(metric for metric in view.metrics if metric in shown):
            return with_value(state, item, ",".join(chosen))
        return state

    @staticmethod
    def _initial(state: State, item: Option) -> Any:
        """What a reset goes back to: the defaults, and the camera that the program began with."""
        return getattr(state.home, item.name) if item.group == "View" else item.default

    def _span(self, item: Option, view: Drawn) -> Span | None:
        if not item.optional:
            return None
        if item.name in _AUTOMATIC:
            assert item.low is not None and item.high is not None
            return Span(Scale("linear", item.low, item.high), _AUTOMATIC[item.name])
        if item.name == "slice_position":
            axis = view.settings.slice_axis
            if isinstance(view, CurvePlot) or view.slice is None or axis == "none":
                return None
            if isinstance(view.slice, LevelCut):
                return Span(view.height.scale, view.slice.position)
            low, high = view.frame.x_range if axis == "x" else view.frame.y_range
            if axis == "angle" and isinstance(view.data, Surface):
                low, high = reach_at(view.data, view.slice.angle_deg)
            return Span(Scale("linear", low, high), view.slice.position)
        height = view.height
        whole = self._spans.get(
            "whole", (height.values, view.valid, height.scale.kind, height.scale.linthresh),
            lambda: _whole(height.scale, height.values[view.valid]),
        )  # fmt: skip
        if item.name == "contour_step":
            reach = height.scale.high / 2 - height.scale.low / 2
            between = () if isinstance(view, CurvePlot) else np.diff(view.levels)
            middle = float(np.median(between)) if len(between) else reach / 8
            return Span(Scale("log", reach / 500, reach), middle) if reach > 0 else None
        if item.name == "color_center":
            scale = height.scale if isinstance(view, CurvePlot) else view.color.scale
            return Span(scale, float(scale.inverse(0.5)))
        return Span(whole, height.scale.low if item.name == "clamp_low" else height.scale.high)

    def _footer(self, probe: Probe | None, view: Drawn) -> None:
        imgui.separator()
        if probe is None or isinstance(view, CurvePlot):
            imgui.begin_disabled()
            what = "curves" if isinstance(view, CurvePlot) else "surface"
            wrapped(f"Point at the {what} to read values.")
            imgui.end_disabled()
            return
        if imgui.begin_table("##readout", 2, int(imgui.TableFlags_.sizing_stretch_same)):
            frame = view.frame
            rows = [("α", coordinate(probe.x, frame.x_range)), ("β", coordinate(probe.y, frame.y_range))]
            rows += [(name, number(value)) for name, value in probe.values[:_FIELDS_READ]]
            rows += [("slope", number(probe.slope)), ("status", probe.status)]
            for name, content in rows:
                imgui.table_next_column()
                imgui.begin_disabled()
                text(name)
                imgui.end_disabled()
                imgui.same_line()
                text(content)
            imgui.end_table()
        if probe.nearest is not None:
            point, far = probe.nearest
            imgui.begin_disabled()
            text("nearest")
            imgui.end_disabled()
            imgui.same_line()
            text(f"{point.kind} {number(point.loss)}, {far:.3g} away")


def _is_grid(view: Drawn) -> bool:
    return not isinstance(view, CurvePlot) and view.is_grid


def _footer_lines(views: Sequence[Drawn]) -> int:
    """Room for the readings of any of the views, so that nothing jumps as the pointer moves."""
    surfaces = [view for view in views if not isinstance(view, CurvePlot) and isinstance(view.data, Surface)]
    if not surfaces:
        return 1
    fields = max(min(_FIELDS_READ, len(field_names(view.data))) for view in surfaces)
    return -(-(4 + fields) // 2) + any(view.critical_points for view in surfaces)


def number(value: float) -> str:
    """A value as the panel writes it; a dash where there is none."""
    if isinstance(value, int):  # a label: all of its digits count
        return str(value)
    return f"{value:.5g}" if np.isfinite(value) else "–"


def _whole(scale: Scale, values: Any) -> Scale:
    """The drawn scale stretched over everything that the file holds."""
    if scale.kind == "log":
        values = values[values > 0]
    if not values.size:
        return scale
    return replace(scale, low=float(values.min()), high=float(values.max()))
