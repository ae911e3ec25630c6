"""The ends of the drawn range, dragged with the mouse on the histogram beside the bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from imgui_bundle import imgui

from glviz.scene.panes import Pane
from glviz.scene.view import View
from glviz.ui.canvas import Fonts
from glviz.ui.colorbar import BarPlace
from glviz.ui.overlay import bar_of
from glviz.ui.state import State

__all__ = ["RangeDrag"]

_NEAR_PX = 9.0
_SMALLEST = 0.004
"""Of the bar: the ends stay so far apart."""


@dataclass(frozen=True)
class _Grip:
    """The end that is held: its option, and the bar as it was when it was taken."""

    option: str
    place: BarPlace
    other: float


class RangeDrag:
    """Remembers which end is held."""

    def __init__(self, fonts: Fonts) -> None:
        self._fonts = fonts
        self._grip: _Grip | None = None

    @property
    def going(self) -> bool:
        """Whether an end is held."""
        return self._grip is not None

    def step(self, state: State, panes: Sequence[Pane]) -> tuple[State, bool]:
        """Act on the mouse; returns the next state, and whether the mouse belongs to an end."""
        io = imgui.get_io()
        if self._grip is not None:
            if imgui.is_mouse_down(0) or imgui.is_mouse_released(0):
                state = self._moved(state, self._grip, io.mouse_pos.y)
            if not imgui.is_mouse_down(0):
                self._grip = None
            imgui.set_mouse_cursor(imgui.MouseCursor_.resize_ns)
            return state, True
        found = self._found(panes, io.mouse_pos.x, io.mouse_pos.y)
        if found is None:
            return state, False
        imgui.set_mouse_cursor(imgui.MouseCursor_.resize_ns)
        if imgui.is_mouse_double_clicked(0):
            return _with_end(state, found.option, None), True
        if imgui.is_mouse_clicked(0):
            self._grip = found
        return state, imgui.is_mouse_down(0)

    def _found(self, panes: Sequence[Pane], x_px: float, y_px: float) -> _Grip | None:
        """The end under the pointer."""
        scale = imgui.get_style().font_scale_dpi
        for pane in panes:
            view = pane.view
            # Ends are of the height; another field, or a scale of its own, has its own range.
            if not isinstance(view, View) or view.color is not view.height:
                continue
            place = bar_of(self._fonts, pane, view, scale)
            if place is None or not view.settings.histogram:
                continue
            near = _NEAR_PX * scale
            if not place.reach - 2 * near <= x_px <= place.right + near:
                continue
            low, high = place.ends
            off_low, off_high = abs(place.y(low) - y_px), abs(place.y(high) - y_px)
            if min(off_low, off_high) > near:
                continue
            return _Grip("clamp_low", place, high) if off_low < off_high else _Grip("clamp_high", place, low)
        return None

    @staticmethod
    def _moved(state: State, grip: _Grip, y_px: float) -> State:
        place = grip.place
        if grip.option == "clamp_low":
            y_px = max(y_px, place.y(grip.other - _SMALLEST))
        else:
            y_px = min(y_px, place.y(grip.other + _SMALLEST))
        at_end = y_px >= place.bottom if grip.option == "clamp_low" else y_px <= place.top
        value = None if at_end else float(f"{place.value(y_px):.5g}")
        return _with_end(state, grip.option, value)


def _with_end(state: State, option: str, value: float | None) -> State:
    settings = state.settings
    if option == "clamp_low":
        return replace(state, settings=replace(settings, clamp_low=value))
    return replace(state, settings=replace(settings, clamp_high=value))
