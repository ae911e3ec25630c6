"""The inner edge of the panel and the upper edge of the plots: dragged, they give more or less room."""

from __future__ import annotations

from dataclasses import replace

from imgui_bundle import imgui

from glviz.ui.places import Places
from glviz.ui.state import State

__all__ = ["Edges"]

_NEAR_PT = 5.0


class Edges:
    """Remembers which edge is held."""

    def __init__(self) -> None:
        self._held = ""

    @property
    def going(self) -> bool:
        """Whether an edge is held."""
        return bool(self._held)

    def step(self, state: State, parts: Places) -> State:
        """The state after the mouse of this frame; asks for the cursor of an edge it is over."""
        io = imgui.get_io()
        if not self._held:
            if io.want_capture_mouse or not imgui.is_mouse_pos_valid():
                return state
            over = _over(parts, io.mouse_pos.x, io.mouse_pos.y)
            if not over:
                return state
            _show(over, parts)
            if imgui.is_mouse_double_clicked(0):
                return _with(state, over, None)
            if imgui.is_mouse_clicked(0):
                self._held = over
            return state
        _show(self._held, parts)
        if io.mouse_delta.x or io.mouse_delta.y:
            if self._held == "panel" and parts.panel is not None:
                left, _, width, _ = parts.panel
                reach = io.mouse_pos.x - left if left == 0 else left + width - io.mouse_pos.x
                state = _with(state, "panel", max(1.0, reach / parts.scale))
            elif self._held == "dock" and parts.dock is not None:
                _, top, _, height = parts.dock
                state = _with(state, "dock", max(1.0, (top + height - io.mouse_pos.y) / parts.scale))
        if not imgui.is_mouse_down(0):
            self._held = ""
        return state

    def hovered(self, parts: Places) -> bool:
        """Whether the mouse is over an edge, and so not over the picture."""
        position = imgui.get_io().mouse_pos
        return bool(_over(parts, position.x, position.y))


def _over(parts: Places, x: float, y: float) -> str:
    near = _NEAR_PT * parts.scale
    left, top, width, height = parts.picture
    if parts.panel is not None and parts.tab is None:
        edge = left if parts.panel[0] == 0 else left + width
        if abs(x - edge) <= near:
            return "panel"
    if parts.dock is not None and left <= x <= left + width and abs(y - (top + height)) <= near:
        return "dock"
    return ""


def _show(edge: str, parts: Places) -> None:
    """The cursor, and the edge itself in the colour of what is held."""
    across = edge == "panel"
    imgui.set_mouse_cursor(imgui.MouseCursor_.resize_ew if across else imgui.MouseCursor_.resize_ns)
    left, top, width, height = parts.picture
    color = imgui.get_color_u32(imgui.Col_.slider_grab)
    thick = max(2.0, 2.0 * parts.scale)
    draw_list = imgui.get_foreground_draw_list()
    if across and parts.panel is not None:
        x = float(left if parts.panel[0] == 0 else left + width)
        draw_list.add_line((x, 0.0), (x, float(parts.panel[3])), color, thick)
    elif parts.dock is not None:
        y = float(top + height)
        draw_list.add_line((float(left), y), (float(left + width), y), color, thick)


def _with(state: State, edge: str, length: float | None) -> State:
    if edge == "panel":
        return replace(state, layout=replace(state.layout, panel_width=length))
    return replace(state, layout=replace(state.layout, dock_height=length))
