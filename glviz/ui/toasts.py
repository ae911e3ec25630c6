"""Short messages that appear over the picture and go by themselves."""

from __future__ import annotations

import time

from imgui_bundle import imgui

__all__ = ["Toasts"]

SECONDS = 5.0


class Toasts:
    """The messages that are shown at the moment, the newest last."""

    def __init__(self) -> None:
        self._shown: list[tuple[float, str]] = []

    def add(self, content: str) -> None:
        """Show a message for a few seconds."""
        self._shown = [*self._shown[-3:], (time.monotonic() + SECONDS, content)]

    @property
    def due(self) -> float | None:
        """Seconds until one of them goes; None where there are none."""
        return max(0.0, self._shown[0][0] - time.monotonic()) if self._shown else None

    def draw(self, area: tuple[float, float, float, float]) -> None:
        """Draw them at the lower edge of an area (x, y, width, height)."""
        now = time.monotonic()
        self._shown = [toast for toast in self._shown if toast[0] > now]
        if not self._shown:
            return
        gap = imgui.get_font_size()
        imgui.set_next_window_pos(
            (area[0] + area[2] / 2, area[1] + area[3] - gap), int(imgui.Cond_.always), (0.5, 1.0)
        )
        flags = (
            imgui.WindowFlags_.no_decoration | imgui.WindowFlags_.no_inputs
            | imgui.WindowFlags_.no_saved_settings | imgui.WindowFlags_.always_auto_resize
            | imgui.WindowFlags_.no_focus_on_appearing
        )  # fmt: skip
        imgui.push_style_color(imgui.Col_.window_bg, (0.13, 0.14, 0.17, 0.92))
        imgui.push_style_color(imgui.Col_.text, (1.0, 1.0, 1.0, 1.0))
        imgui.begin("##toasts", None, int(flags))
        imgui.push_text_wrap_pos(max(gap * 10, area[2] * 0.8))
        for _, content in self._shown:
            imgui.text_unformatted(content)
        imgui.pop_text_wrap_pos()
        imgui.end()
        imgui.pop_style_color(2)
