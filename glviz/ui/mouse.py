"""The mouse over the picture: drags, the wheel, clicks, the ends of the bar and the line of a slice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from imgui_bundle import imgui

from glviz.scene.panes import Pane
from glviz.scene.slice_drag import dragged, grab
from glviz.scene.view import View
from glviz.ui.acts import centre
from glviz.ui.canvas import Fonts
from glviz.ui.controls import Drag, DragBinding, binding_for, wheel_zoom
from glviz.ui.pin_labels import PinLabel
from glviz.ui.pinning import clicked
from glviz.ui.range_drag import RangeDrag
from glviz.ui.readout import Probe, pane_at
from glviz.ui.state import State

__all__ = ["Mouse"]

_SETTLE_SECONDS = 0.15
"""After a turn of the wheel the picture counts as moving for this long."""

_BUTTONS = ("left", "right", "middle")


@dataclass(frozen=True)
class _Held:
    """A drag that goes on.

    Attributes:
        button: its number.
        binding: what it does.
        size: of the pane it began in.
        twice: whether the button went down for the second time in short order.
    """

    button: int
    binding: DragBinding
    size: tuple[int, int]
    twice: bool = False


class Mouse:
    """Remembers what is held. Coordinates are ImGui's, from the upper left corner.

    Args:
        fonts: with which the bar is measured.
        probe: the point under the pointer, of the panes that are drawn.

    Attributes:
        labels: of pinned points, as they were drawn last; a click on one takes it away.
    """

    def __init__(self, fonts: Fonts, probe: Callable[[Sequence[Pane]], Probe | None]) -> None:
        self._probe = probe
        self._held: _Held | None = None
        self._slice: tuple[int, Any] | None = None
        self._dragged = False
        self._range = RangeDrag(fonts)
        self._pins_before: str | None = None
        self._wheeled = 0.0
        self.labels: Sequence[PinLabel] = ()

    @property
    def holding(self) -> bool:
        """Whether a movement goes on that began on the picture."""
        return (
            self._held is not None or self._slice is not None or self._range.going or self._wheeled > 0
        )

    @property
    def moving(self) -> bool:
        """Whether the picture is going to change again at once."""
        if self._slice is not None or self._wheeled > 0:
            return True
        return self._held is not None and imgui.is_mouse_dragging(self._held.button, 1.0)

    @property
    def pointer(self) -> tuple[float, float] | None:
        """Where the mouse is, None while it is over the panel or drags."""
        io = imgui.get_io()
        busy = self._held is not None or self._slice is not None
        if io.want_capture_mouse or busy or not imgui.is_mouse_pos_valid():
            return None
        return io.mouse_pos.x, io.mouse_pos.y

    def step(self, state: State, panes: Sequence[Pane]) -> State:
        """The state after the mouse of this frame.

        Args:
            state: before.
            panes: as they were drawn last.
        """
        io = imgui.get_io()
        self._wheeled = max(0.0, self._wheeled - io.delta_time)
        if self._slice is not None:
            return self._pull(state, panes)
        if self._held is not None:
            state = self._drag(state, panes, self._held)
        elif not io.want_capture_mouse or self._range.going:
            state, taken = self._range.step(state, panes)
            self._slice = None if taken else self._slice_grabbed(panes)
            taken = taken or self._slice is not None
            self._held, self._dragged = None if taken else self._grabbed(panes), False
        if io.mouse_wheel and not io.want_capture_mouse:
            index = pane_at(panes, io.mouse_pos.x, io.mouse_pos.y)
            if index is not None:
                x, y = panes[index].rect_px[:2]
                pointer = (io.mouse_pos.x - x, io.mouse_pos.y - y)
                camera = wheel_zoom(state.camera, io.mouse_wheel, pointer, panes[index].size_px)
                state = replace(state, camera=camera)
                self._wheeled = _SETTLE_SECONDS
        return state

    def _drag(self, state: State, panes: Sequence[Pane], held: _Held) -> State:
        io = imgui.get_io()
        # After a slow frame the last movement and the release come together: first move.
        if io.mouse_delta.x or io.mouse_delta.y:
            drag = Drag(io.mouse_delta.x, io.mouse_delta.y, held.size)
            state = replace(state, camera=held.binding.motion(state.camera, drag))
            self._dragged = True
        if imgui.is_mouse_down(held.button):
            return state
        self._held = None
        if held.twice and not self._dragged:
            # The first click of the two was not meant to pin anything.
            if self._pins_before is not None and self._pins_before != state.settings.pins:
                settings = replace(state.settings, pins=self._pins_before)
                state = replace(state, settings=settings, edits=state.edits.without_last())
            return centre(state, panes, self._probe(panes))
        if held.button == 0 and not held.binding.modifier and not self._dragged:
            return self._click(state, panes)
        return state

    def _click(self, state: State, panes: Sequence[Pane]) -> State:
        self._pins_before = state.settings.pins
        position = imgui.get_io().mouse_pos
        return clicked(state, self._probe(panes), self.labels, (position.x, position.y))

    def _slice_grabbed(self, panes: Sequence[Pane]) -> tuple[int, Any] | None:
        """The pane and the point of a slice's line on which the button went down, if it did."""
        io = imgui.get_io()
        index = pane_at(panes, io.mouse_pos.x, io.mouse_pos.y)
        if index is None:
            return None
        left, top = panes[index].rect_px[:2]
        held = grab(panes[index], io.mouse_pos.x - left, io.mouse_pos.y - top)
        if held is None:
            return None
        imgui.set_mouse_cursor(imgui.MouseCursor_.hand)
        pressed = imgui.is_mouse_clicked(0) and not (io.key_shift or io.key_ctrl)
        return (index, held) if pressed else None

    def _pull(self, state: State, panes: Sequence[Pane]) -> State:
        """Move the slice that is held with the pointer."""
        assert self._slice is not None
        io = imgui.get_io()
        index, held = self._slice
        view = panes[index].view if index < len(panes) else None
        if isinstance(view, View) and view.slice is not None and (io.mouse_delta.x or io.mouse_delta.y):
            position, held = dragged(panes[index], held, io.mouse_delta.x, io.mouse_delta.y)
            self._slice, self._dragged = (index, held), True
            settings = replace(state.settings, slice_position=float(f"{position:.6g}"))
            state = replace(state, settings=settings)
        imgui.set_mouse_cursor(imgui.MouseCursor_.hand)
        if not imgui.is_mouse_down(0):
            self._slice = None
            if not self._dragged:  # a click reads the line, as it reads the surface
                state = self._click(state, panes)
        return state

    def _grabbed(self, panes: Sequence[Pane]) -> _Held | None:
        """The drag that begins in this frame, if any."""
        io = imgui.get_io()
        index = pane_at(panes, io.mouse_pos.x, io.mouse_pos.y)
        if index is None:
            return None
        modifier = "shift" if io.key_shift else "ctrl" if io.key_ctrl else ""
        for button, name in enumerate(_BUTTONS):
            binding = binding_for(name, modifier)
            if binding is not None and imgui.is_mouse_clicked(button):
                twice = button == 0 and imgui.is_mouse_double_clicked(0)
                return _Held(button, binding, panes[index].size_px, twice)
        return None
