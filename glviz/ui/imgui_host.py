"""One ImGui context with its C++ backends: OpenGL always, glfw where there is a window."""

from __future__ import annotations

from imgui_bundle import ImVec2, imgui, implot

from glviz.ui.canvas import Fonts
from glviz.ui.style import apply_style

__all__ = ["MOST_DENSITY", "ImGuiHost"]

GLSL = "#version 330"

MOST_DENSITY = 8.0
"""Pixels a unit of a display's coordinates."""


class ImGuiHost:
    """Owns an ImGui context. An OpenGL context must be current from birth to release.

    Args:
        window_address: of the glfw window whose events are to be read (after all callbacks
            of our own are set, for the backend chains them); None without a window.
    """

    def __init__(self, window_address: int | None = None) -> None:
        self._previous = imgui.get_current_context()
        self._context = imgui.create_context()
        imgui.set_current_context(self._context)
        io = imgui.get_io()
        io.set_ini_filename("")  # nothing to remember, and no file left in the current folder
        io.config_error_recovery_enable_assert = False
        io.config_error_recovery_enable_tooltip = False
        io.config_windows_move_from_title_bar_only = True
        io.config_input_text_cursor_blink = False  # or a field that waits is a frame after the other
        io.config_flags |= imgui.ConfigFlags_.nav_enable_keyboard
        implot.create_context()
        self.fonts = Fonts.load()
        self._has_window = window_address is not None
        self._style: tuple[str, float] | None = None
        if window_address is not None:
            imgui.backends.glfw_init_for_opengl(window_address, True)
        imgui.backends.opengl3_init(GLSL)

    def new_frame(
        self,
        background: str,
        scale: float,
        size: tuple[int, int] | None = None,
        seconds: float = 1 / 60,
    ) -> None:
        """Begin a frame.

        Args:
            background: ``settings.background``, which the interface follows.
            scale: pixels of the interface's own coordinates per point.
            size: of the display, where there is no window to ask.
            seconds: since the last frame, where there is no window to ask.
        """
        imgui.set_current_context(self._context)
        if self._style != (background, scale):
            apply_style(background, scale)
            self._style = (background, scale)
        imgui.backends.opengl3_new_frame()
        if self._has_window:
            imgui.backends.glfw_new_frame()
            io = imgui.get_io()
            # Glyphs are drawn so much larger. While a window is being resized its two sizes may be of
            # different moments, and glyphs a thousand times as large end the program.
            across, down = (min(max(float(d), 0.5), MOST_DENSITY) for d in io.display_framebuffer_scale)
            io.display_framebuffer_scale = ImVec2(across, down)
        else:
            assert size is not None, "without a window the display's size must be given"
            io = imgui.get_io()
            io.display_size = ImVec2(float(size[0]), float(size[1]))
            io.delta_time = seconds
        imgui.new_frame()

    @property
    def waiting(self) -> bool:
        """Whether events wait for the next frame.

        ImGui takes two strokes of a key, or letters and then a key that is none, in two frames, so
        that what happened between two slow frames is not one and the same moment to it.
        """
        return not self._context.input_events_queue.empty()

    def render(self) -> None:
        """End the frame and draw it into the current framebuffer."""
        imgui.render()
        imgui.backends.opengl3_render_draw_data(imgui.get_draw_data())

    def release(self) -> None:
        """Give everything back, in reverse order."""
        imgui.set_current_context(self._context)
        imgui.backends.opengl3_shutdown()
        if self._has_window:
            imgui.backends.glfw_shutdown()
        implot.destroy_context()
        imgui.destroy_context(self._context)
        if self._previous is not None:
            imgui.set_current_context(self._previous)
