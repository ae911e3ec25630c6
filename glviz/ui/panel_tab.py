"""What is left of the panel where a window has no room for it beside the picture: a tab at the edge."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from imgui_bundle import imgui

from glviz.scene.panes import Rect
from glviz.ui.state import State
from glviz.ui.widgets import tooltip

__all__ = ["draw_panel_tab"]


def draw_panel_tab(state: State, rect: Rect, *, at_left: bool) -> State:
    """Draw the tab; returns the state with the panel opened or closed by a click on it.

    Args:
        state: before.
        rect: left, top, width, height in the interface's coordinates.
        at_left: whether the panel belongs to the left of it.
    """
    left, top, width, height = (float(side) for side in rect)
    imgui.set_next_window_pos((left, top))
    imgui.set_next_window_size((width, height))
    flags = (
        imgui.WindowFlags_.no_decoration | imgui.WindowFlags_.no_move | imgui.WindowFlags_.no_saved_settings
        | imgui.WindowFlags_.no_bring_to_front_on_focus | imgui.WindowFlags_.no_scroll_with_mouse
    )  # fmt: skip
    imgui.push_style_var(imgui.StyleVar_.window_rounding, 0.0)
    imgui.push_style_var(imgui.StyleVar_.window_padding, (0.0, 0.0))
    imgui.begin("##tab", None, int(flags))
    imgui.pop_style_var(2)
    pressed = imgui.invisible_button("##open", (max(1.0, width), max(1.0, height)))
    over = imgui.is_item_hovered()
    tooltip(f"{'close' if state.panel else 'open'} the panel\nkey Ctrl+B")
    if over:
        imgui.set_mouse_cursor(imgui.MouseCursor_.hand)
    # It points to where the panel's edge will go.
    turn = 1.0 if at_left != state.panel else -1.0
    size = 0.26 * width
    middle = np.array([left + width / 2, top + height / 2])
    corners = [middle + (turn * x * size, y * size) for x, y in ((-0.6, -1.4), (0.8, 0.0), (-0.6, 1.4))]
    color = imgui.get_color_u32(imgui.Col_.slider_grab_active if over else imgui.Col_.text_disabled)
    thick = max(1.5, 0.1 * width)
    draw_list = imgui.get_window_draw_list()
    for (x0, y0), (x1, y1) in zip(corners[:-1], corners[1:], strict=True):
        draw_list.add_line((float(x0), float(y0)), (float(x1), float(y1)), color, thick)
    imgui.end()
    return replace(state, drawer=not state.drawer) if pressed else state
