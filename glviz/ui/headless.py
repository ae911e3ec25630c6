"""ImGui without a window: one frame of text, laid out once and painted whole or in tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from glviz.ui.canvas import Fonts
from glviz.ui.native import imgui


@contextmanager
def imgui_context() -> Iterator[Fonts]:
    """An ImGui context with the OpenGL backend and the fonts, for the current GL context."""
    previous = imgui.get_current_context()
    context = imgui.create_context()
    imgui.set_current_context(context)
    try:
        io = imgui.get_io()
        io.set_ini_filename("")
        fonts = Fonts.load()
        imgui.backends.opengl3_init("#version 330")
        try:
            yield fonts
        finally:
            imgui.backends.opengl3_shutdown()
    finally:
        imgui.destroy_context(context)
        if previous is not None:
            imgui.set_current_context(previous)


def lay_out(size_px: tuple[int, int], draw: Callable[[Any], object]) -> None:
    """Run ``draw`` on a draw list of ``size_px``, to be painted."""
    imgui.get_io().display_size = imgui.ImVec2(*size_px)
    imgui.backends.opengl3_new_frame()
    imgui.new_frame()
    draw(imgui.get_background_draw_list())
    imgui.render()


def paint(tile_px: tuple[int, int, int, int]) -> None:
    """Render what was laid out into the bound framebuffer, which is a tile of the whole.

    Args:
        tile_px: x, y of the upper left corner, width and height.
    """
    data = imgui.get_draw_data()
    data.display_pos = imgui.ImVec2(*tile_px[:2])
    data.display_size = imgui.ImVec2(*tile_px[2:])
    imgui.backends.opengl3_render_draw_data(data)
