"""The panel's lists: files, critical points, paths, and where the numbers came from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from imgui_bundle import imgui
from numpy.typing import NDArray

from compute.analysis import MergeTree
from compute.surface import CriticalPoint, Surface
from glviz.scene.captions import counted
from glviz.scene.curves import CurvePlot
from glviz.scene.features import path_color
from glviz.scene.memo import Memo
from glviz.scene.panes import Drawn
from glviz.scene.theme import theme_for
from glviz.scene.tree import MOST_VERTICES, TreeDrawing, draw_tree_of, tree_of
from glviz.scene.view import View
from glviz.scene.viewpoints import nearer
from glviz.ui.canvas import Canvas, Fonts
from glviz.ui.diagram import births_and_deaths, draw_diagram, draw_tree
from glviz.ui.layout import Layout
from glviz.ui.readout import coordinate
from glviz.ui.state import State
from glviz.ui.symbols import draw_symbol
from glviz.ui.widgets import header, text, tooltip, wrapped

__all__ = ["Lists"]

_ROWS_SHOWN = 8


class Lists:
    """Draws them. It keeps what was sorted or worded, as long as the file is the same."""

    def __init__(self, fonts: Fonts) -> None:
        self._fonts = fonts
        self._memo = Memo()
        self._layout = Layout()

    def files(self, state: State, views: Sequence[Drawn]) -> State:
        """The file's name and size; with several files, a list to choose from."""
        titles = [view.title for view in views]
        if state.settings.compare == "step" and len(state.files) > 1:
            titles = list(state.files)
        for index, title in enumerate(titles):
            imgui.push_id(index)
            if len(titles) > 1:
                corner = imgui.get_cursor_pos()
                chosen, _ = imgui.selectable("##file", index == state.active)
                tooltip("the lists below speak of this file")
                if chosen:
                    state = replace(state, active=index)
                imgui.set_cursor_pos(corner)
            imgui.push_font(self._fonts.bold, 0.0)
            text(title)
            imgui.pop_font()
            imgui.pop_id()
        active = views[min(state.active, len(views) - 1)]
        imgui.begin_disabled()
        wrapped(_summary(active))
        imgui.end_disabled()
        return state

    def draw(self, state: State, view: Drawn) -> State:
        """All lists but that of the files."""
        self._layout = state.layout
        state = self._drawn(state, view)
        return replace(state, layout=self._layout) if self._layout != state.layout else state

    def _drawn(self, state: State, view: Drawn) -> State:
        if isinstance(view, CurvePlot):
            for curve, title in zip(view.data, view.titles, strict=True):
                self._provenance(curve.meta, title if len(view.data) > 1 else "")
            return state
        state = self._critical_points(state, view)
        self._diagram(view)
        self._tree(view)
        self._paths(view)
        self._provenance(view.data.meta)
        return state

    # --- critical points ---------------------------------------------------------------

    def _critical_points(self, state: State, view: View) -> State:
        points = view.critical_points
        if not self._header("Critical points", f"{len(points)} shown"):
            return state
        inner = sum(not point.boundary for point in view.all_critical_points)
        if not points:
            _faint("none shown" if inner else "none inside the grid")
        elif len(points) < inner:
            _faint(f"{len(points)} of {inner}: the others are less persistent")
        if not points:
            return state
        ordered = self._memo.get("ordered", (points,), lambda: sorted(points, key=_order))
        line = imgui.get_text_line_height() + 2 * imgui.get_style().cell_padding.y
        flags = (
            imgui.TableFlags_.scroll_y | imgui.TableFlags_.row_bg | imgui.TableFlags_.sizing_stretch_prop
            | imgui.TableFlags_.no_pad_outer_x
        )  # fmt: skip
        height = line * (min(len(ordered), _ROWS_SHOWN) + 1.3)
        if not imgui.begin_table("##critical", 5, int(flags), (0.0, height)):
            return state
        imgui.table_setup_scroll_freeze(0, 1)
        for name, weight in (("", 0.5), ("α", 1.0), ("β", 1.0), (view.height.name, 1.1), ("pers.", 1.1)):
            imgui.table_setup_column("##" + name, 0, weight)
        imgui.table_next_row()
        for name in ("", "α", "β", view.height.name, "pers."):
            imgui.table_next_column()
            _faint(name)
        clipper = imgui.ListClipper()
        clipper.begin(len(ordered))
        while clipper.step():
            for row in range(clipper.display_start, clipper.display_end):
                imgui.push_id(row)
                if self._point(ordered[row], view):
                    target = view.frame.points(
                        ordered[row].x, ordered[row].y, view.unit_height(ordered[row].loss)
                    )
                    x, y, z = (float(value) for value in np.ravel(target))
                    state = state.fly(nearer(state.camera, (x, y, z)))
                imgui.pop_id()
        imgui.end_table()
        return state

    def _point(self, point: CriticalPoint, view: View) -> bool:
        """One row; whether it was clicked."""
        imgui.table_next_row()
        imgui.table_next_column()
        theme = theme_for(view.settings.background)
        corner = imgui.get_cursor_screen_pos()
        flags = imgui.SelectableFlags_.span_all_columns
        clicked, _ = imgui.selectable("##row", False, int(flags))
        share = "the global one" if np.isinf(point.persistence) else f"persistence {point.persistence:.5g}"
        doubt = "\nno more than the noise of the values" if point.significant is False else ""
        tooltip(f"{point.kind}, {share}{doubt}\nclick to fly there")
        height = imgui.get_text_line_height()
        canvas = Canvas(imgui.get_window_draw_list(), self._fonts, height / 16.0)
        color = {"minimum": theme.minimum, "saddle": theme.saddle, "maximum": theme.maximum}[point.kind]
        symbol = point.kind + (", hollow" if point.significant is False else "")
        draw_symbol(canvas, symbol, corner.x + height * 0.5, corner.y + height * 0.5, color)
        pers = "∞" if np.isinf(point.persistence) else _short(point.persistence)
        x, y = coordinate(point.x, view.frame.x_range), coordinate(point.y, view.frame.y_range)
        for value in (x, y, _short(point.loss), pers):
            imgui.table_next_column()
            text(value)
        return clicked

    def _diagram(self, view: View) -> None:
        points = view.all_critical_points
        extrema, pairs = self._memo.get("diagram", (points,), lambda: births_and_deaths(points))
        if not extrema or not self._header("Persistence", f"{len(extrema)} extrema"):
            return
        corner, height = imgui.get_cursor_screen_pos(), imgui.get_text_line_height()
        width = imgui.get_content_region_avail().x
        area = (corner.x, corner.y + height / 2, corner.x + width - height / 2, corner.y + 0.8 * width)
        canvas = Canvas(imgui.get_window_draw_list(), self._fonts, height / 16.0)
        theme = theme_for(view.settings.background)
        draw_diagram(canvas, view, extrema, pairs, area, theme, 11.0)
        imgui.dummy((width, 0.8 * width))
        tooltip(
            "across: the value at which a basin or hill begins\n"
            "up: that of the saddle where it joins a deeper or higher one\n"
            "on the scale of the height; what is near the diagonal is shallow"
        )

    def _tree(self, view: View) -> None:
        inner = any(point.kind == "minimum" for point in view.all_critical_points)
        if not inner or not self._header("Merge tree", ""):
            return
        if view.height.values.size > MOST_VERTICES:
            wrapped("Of so many points, glviz-compute critical --diagram FILE.csv writes the tree.")
            return
        data, values, scale = view.data, view.height.values, view.height.scale
        tree = self._memo.get("tree", (data, values), lambda: tree_of(view))
        least = view.settings.min_persistence
        drawn = self._memo.get("branches", (tree, scale, least), lambda: draw_tree_of(tree, scale, least))
        if drawn.left_out:
            _faint(f"{drawn.branch.size} of {len(tree)}: the others are less persistent")
        corner, height = imgui.get_cursor_screen_pos(), imgui.get_text_line_height()
        width = imgui.get_content_region_avail().x
        area = (corner.x, corner.y + height / 2, corner.x + width - height / 2, corner.y + 0.8 * width)
        canvas = Canvas(imgui.get_window_draw_list(), self._fonts, height / 16.0)
        places = draw_tree(canvas, view, drawn, area, theme_for(view.settings.background), 11.0)
        imgui.dummy((width, 0.8 * width))
        told = _branch_told(tree, drawn, places, view)
        tooltip(told or "each minimum, and where its basin joins a deeper one")

    # --- paths and provenance ----------------------------------------------------------

    def _paths(self, view: View) -> None:
        if not view.paths or not self._header("Paths", str(len(view.paths))):
            return
        theme = theme_for(view.settings.background)
        for index, draped in enumerate(view.paths):
            path = draped.path
            height = imgui.get_text_line_height()
            corner = imgui.get_cursor_screen_pos()
            canvas = Canvas(imgui.get_window_draw_list(), self._fonts, height / 16.0)
            color = path_color(index, theme)
            draw_symbol(canvas, "path", corner.x + height * 0.8, corner.y + height / 2, color)
            imgui.dummy((height * 1.9, height))
            imgui.same_line()
            text(path.name)
            outside = int(np.count_nonzero(~draped.inside))
            parts = [counted(len(path), "point")] + ([f"{outside} outside the grid"] if outside else [])
            known = path.loss[np.isfinite(path.loss)]
            if known.size:
                parts.append(f"loss {known[0]:.4g} to {known[-1]:.4g}")
            far = path.residual[np.isfinite(path.residual)]
            if far.size:
                parts.append(f"up to {far.max():.3g} from the plane")
            imgui.begin_disabled()
            wrapped(", ".join(parts))
            imgui.end_disabled()

    def _provenance(self, meta: Mapping[str, Any], title: str = "") -> None:
        imgui.push_id(title)
        shown = bool(meta) and self._header("Provenance", title)
        imgui.pop_id()
        if not shown:
            return
        rows = self._memo.get(f"meta {title}", (meta,), lambda: list(_rows(meta)))
        for depth, key, value in rows:
            if depth:
                imgui.indent(depth * imgui.get_style().indent_spacing)
            imgui.begin_disabled()
            text(key)
            imgui.end_disabled()
            if value:
                imgui.same_line()
                wrapped(value)
            if depth:
                imgui.unindent(depth * imgui.get_style().indent_spacing)

    def _header(self, name: str, note: str) -> bool:
        corner = imgui.get_cursor_screen_pos()
        room = imgui.get_content_region_avail().x
        was_shown = name in self._layout.unfolded
        flags = imgui.TreeNodeFlags_.default_open if was_shown else imgui.TreeNodeFlags_.none
        shown = header(name, self._fonts.bold, int(flags))
        if shown != was_shown:
            self._layout = self._layout.turned(name, shown)
        padding = imgui.get_style().frame_padding
        place = (corner.x + room - imgui.calc_text_size(note).x - padding.x, corner.y + padding.y)
        color = imgui.get_color_u32(imgui.Col_.text_disabled)
        imgui.get_window_draw_list().add_text(pos=place, col=color, text_begin=note)
        return shown


def _order(point: CriticalPoint) -> tuple[int, float]:
    return ("minimum", "saddle", "maximum").index(point.kind), point.loss


def _summary(view: Drawn) -> str:
    data = view.data
    if isinstance(data, tuple):
        count = sum(curve.x.size for curve in data)
        size = f"{len(data)} curves, {count:,} points" if len(data) > 1 else f"a curve of {count:,} points"
    elif isinstance(data, Surface):
        size = f"{data.shape[1]} × {data.shape[0]} points"
    else:
        size = f"{data.x.size:,} vertices, {len(data.triangles):,} triangles"
    scale = view.height.scale
    return f"{size}, {view.height.name} {scale.low:.4g} … {scale.high:.4g}"


def _rows(meta: Mapping[str, Any], depth: int = 0) -> list[tuple[int, str, str]]:
    """(depth, key, value) of nested metadata."""
    found: list[tuple[int, str, str]] = []
    for key, value in meta.items():
        if isinstance(value, Mapping) and value:
            found += [(depth, str(key), ""), *_rows(value, depth + 1)]
        else:
            worded = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
            found.append((depth, str(key), worded))
    return found


def _branch_told(tree: MergeTree, drawn: TreeDrawing, places: NDArray[np.float64], view: View) -> str:
    """What is to be said of the branch that the pointer is at; empty for none."""
    if not places.size:
        return ""
    mouse = imgui.get_mouse_pos()
    apart = np.abs(places[:, 0] - mouse.x)
    index = int(np.argmin(apart))
    if len(places) > 1 and apart[index] > np.diff(places[:, 0]).max():
        return ""
    branch = int(drawn.branch[index])
    x, y = coordinate(tree.x[branch], view.frame.x_range), coordinate(tree.y[branch], view.frame.y_range)
    told = f"minimum {tree.birth[branch]:.5g} at ({x}, {y})"
    parent = int(drawn.parent[index])
    if parent < 0:
        return told + "\nthe deepest: its basin never ends"
    into = tree.birth[drawn.branch[parent]]
    return told + f"\njoins the basin of {into:.5g} at {tree.death[branch]:.5g}"


def _faint(content: str) -> None:
    imgui.begin_disabled()
    text(content)
    imgui.end_disabled()


def _short(value: float) -> str:
    return f"{value:.3g}" if np.isfinite(value) else "–"
