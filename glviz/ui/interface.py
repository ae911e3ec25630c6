"""One frame of the interface: input and panel map the state to the next one.

It knows neither the window nor the renderer. Input is read from ImGui's, so that a test
can put events in and look at the state that comes out.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from imgui_bundle import imgui

from glviz.scene.panes import Drawn, Pane, Rect
from glviz.scene.slice_drag import dragged, grab
from glviz.scene.slices import Slice
from glviz.scene.view import View
from glviz.scene.viewpoints import as_text, centred, from_text
from glviz.ui.canvas import Fonts
from glviz.ui.controls import Drag, DragBinding, binding_for, wheel_zoom
from glviz.ui.dock import Dock
from glviz.ui.keys import KEYS
from glviz.ui.keysheet import draw_key_sheet
from glviz.ui.panel import Panel, number
from glviz.ui.pin_labels import PinLabel
from glviz.ui.pinning import clicked
from glviz.ui.range_drag import RangeDrag
from glviz.ui.readout import Probe, Prober, pane_at
from glviz.ui.state import State
from glviz.ui.toasts import Toasts
from glviz.ui.widgets import text

__all__ = ["Interface"]

_SETTLE_SECONDS = 0.15
"""After a turn of the wheel the picture counts as moving for this long."""

_REPLAY_SECONDS = 8.0
"""For the whole of a path."""

_BUTTONS = ("left", "right", "middle")
_NAMED_KEYS = {
    "Home": (imgui.Key.home,),
    "Tab": (imgui.Key.tab,),
    "Esc": (imgui.Key.escape,),
    "Left": (imgui.Key.left_arrow,),
    "Right": (imgui.Key.right_arrow,),
    "+": (imgui.Key.equal, imgui.Key.keypad_add),
    "-": (imgui.Key.minus, imgui.Key.keypad_subtract),
}


def keys_of(name: str) -> tuple[imgui.Key, ...]:
    """ImGui's names of a key."""
    name = name.removeprefix("Ctrl+")
    if name in _NAMED_KEYS:
        return _NAMED_KEYS[name]
    if name.isdigit():
        return getattr(imgui.Key, f"_{name}"), getattr(imgui.Key, f"keypad{name}")
    return (getattr(imgui.Key, name.lower()),)


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


class Interface:
    """Everything that the user touches. Coordinates are ImGui's, from the upper left corner.

    Args:
        fonts: loaded in the current ImGui context.
        log: where messages about failures go.

    Attributes:
        labels: of pinned points, as they were drawn last; a click on one takes it away.
    """

    def __init__(self, fonts: Fonts, log: Callable[[str], None] | None = None) -> None:
        self.fonts = fonts
        self.toasts = Toasts()
        self._panel = Panel(fonts)
        self._dock = Dock()
        self._prober = Prober()
        self._held: _Held | None = None
        self._slice: tuple[int, Any] | None = None
        self._dragged = False
        self._playing = False
        self._range = RangeDrag(fonts)
        self._pins_before: str | None = None
        self.labels: Sequence[PinLabel] = ()
        self._wheeled = 0.0
        self._acts = {"F": self._centre, "Ctrl+C": self._copy, "Ctrl+V": self._paste}
        self._log = log or (lambda message: print(message, file=sys.stderr))  # noqa: T201
        self._logged: set[str] = set()

    @property
    def moving(self) -> bool:
        """Whether the picture is going to change again at once."""
        return self._playing or self._dragging() or self._wheeled > 0 or imgui.is_any_item_active()

    @property
    def pointer(self) -> tuple[float, float] | None:
        """Where the mouse is, None while it is over the panel or drags."""
        io = imgui.get_io()
        busy = self._held is not None or self._slice is not None
        if io.want_capture_mouse or busy or not imgui.is_mouse_pos_valid():
            return None
        return io.mouse_pos.x, io.mouse_pos.y

    # --- input -------------------------------------------------------------------------

    def handle_input(self, state: State, panes: Sequence[Pane]) -> State:
        """The state after the keys and the mouse of this frame.

        Args:
            state: before.
            panes: as they were drawn last.
        """
        self._wheeled = max(0.0, self._wheeled - imgui.get_io().delta_time)
        try:
            return self._replayed(self._mouse(self._keys(state, panes), panes))
        except Exception as error:  # the window must outlive any fault of its parts
            self.failed("acting on keys or mouse", error)
            return state

    def _keys(self, state: State, panes: Sequence[Pane]) -> State:
        io = imgui.get_io()
        any_popup = imgui.PopupFlags_.any_popup_id | imgui.PopupFlags_.any_popup_level
        if io.want_text_input or io.key_alt or io.key_super:
            return state
        if imgui.is_popup_open("", int(any_popup)):
            if imgui.is_key_pressed(imgui.Key.escape, False):
                imgui.internal.close_popup_to_level(0, True)
            return state
        for key in KEYS:
            if key.name.startswith("Ctrl+") == io.key_ctrl and any(
                imgui.is_key_pressed(code, False) for code in keys_of(key.name)
            ):
                state = key.step(state) if key.step is not None else self._acts[key.name](state, panes)
        return state

    def _replayed(self, state: State) -> State:
        """The paths drawn a little farther, while they are replayed."""
        self._playing = state.playing
        if not state.playing:
            return state
        progress = min(1.0, state.settings.path_progress + imgui.get_io().delta_time / _REPLAY_SECONDS)
        settings = replace(state.settings, path_progress=progress)
        return replace(state, settings=settings, playing=progress < 1.0)

    def _centre(self, state: State, panes: Sequence[Pane]) -> State:
        """Turn about the point under the pointer, if it points at a surface."""
        probe = self._probe(panes)
        if probe is None:
            return state
        view = panes[probe.pane].view
        assert isinstance(view, View), "only surfaces have points to read"
        x, y, z = view.frame.points(probe.x, probe.y, view.unit_height(probe.values[0][1])).ravel()
        return state.fly(centred(state.camera, (float(x), float(y), float(z))))

    def _copy(self, state: State, panes: Sequence[Pane]) -> State:
        del panes
        imgui.set_clipboard_text(as_text(state.camera))
        self.toasts.add("copied the view as text")
        return state

    def _paste(self, state: State, panes: Sequence[Pane]) -> State:
        del panes
        try:
            return state.fly(from_text(imgui.get_clipboard_text() or "", state.home))
        except ValueError as error:
            self.toasts.add(f"no view pasted: {error}")
            return state

    def _mouse(self, state: State, panes: Sequence[Pane]) -> State:
        io = imgui.get_io()
        if self._slice is not None:
            return self._pull(state, panes)
        if self._held is not None:
            # After a slow frame the last movement and the release come together: first move.
            if io.mouse_delta.x or io.mouse_delta.y:
                drag = Drag(io.mouse_delta.x, io.mouse_delta.y, self._held.size)
                state = replace(state, camera=self._held.binding.motion(state.camera, drag))
                self._dragged = True
            if not imgui.is_mouse_down(self._held.button):
                held, self._held = self._held, None
                if held.twice and not self._dragged:
                    # The first click of the two was not meant to pin anything.
                    pins = state.settings.pins if self._pins_before is None else self._pins_before
                    state = replace(state, settings=replace(state.settings, pins=pins))
                    state = self._centre(state, panes)
                elif held.button == 0 and not held.binding.modifier and not self._dragged:
                    self._pins_before = state.settings.pins
                    state = clicked(state, self._probe(panes), self.labels, (io.mouse_pos.x, io.mouse_pos.y))
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
                self._pins_before = state.settings.pins
                pointer = (io.mouse_pos.x, io.mouse_pos.y)
                state = clicked(state, self._probe(panes), self.labels, pointer)
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

    def _dragging(self) -> bool:
        if self._slice is not None:
            return True
        return self._held is not None and imgui.is_mouse_dragging(self._held.button, 1.0)

    # --- drawing -----------------------------------------------------------------------

    def draw(
        self,
        state: State,
        views: Sequence[Drawn],
        panes: Sequence[Pane],
        panel_size: tuple[float, float],
        dock: Rect | None = None,
    ) -> State:
        """Draw panel, key sheet and messages; returns the state as the panel left it.

        Args:
            state: as it is drawn.
            views: one a file.
            panes: where they are drawn.
            panel_size: (width, height) of the panel where it is shown.
            dock: where the profile of a slice is drawn, if it is.
        """
        probe = self._probe(panes)
        if state.panel:
            after = state

            def panel() -> None:
                nonlocal after
                after = self._panel.draw(state, views, probe, panel_size)

            self._guarded("the panel", panel)
            state = after
        elif probe is not None:
            self._guarded("the readout", lambda: _tip(probe))
        if dock is not None:
            drawn = [each for v in views if isinstance(v, View) for each in (v, *v.overlaid)]
            cut = [view for view in drawn if isinstance(view.slice, Slice)]
            if cut:
                self._guarded("the profile", lambda: self._dock.draw(cut[0], cut[1:], dock))
        if state.help:
            self._guarded("the key sheet", lambda: draw_key_sheet(state, self.fonts.bold))
        size = imgui.get_io().display_size
        left = panel_size[0] if state.panel else 0.0
        self.toasts.draw((left, 0.0, size.x - left, size.y))
        return state

    def _probe(self, panes: Sequence[Pane]) -> Probe | None:
        pointer = self.pointer
        if pointer is None:
            return None
        found: Probe | None = None

        def look() -> None:
            nonlocal found
            found = self._prober.probe(panes, *pointer)

        self._guarded("reading the point under the pointer", look)
        return found

    def _guarded(self, what: str, draw: Callable[[], None]) -> None:
        """Run a part of the interface; if it fails, say so once and let the window live."""
        before = imgui.internal.ErrorRecoveryState()
        imgui.internal.error_recovery_store_state(before)
        try:
            draw()
        except Exception as error:  # the window must outlive any fault of its parts
            imgui.internal.error_recovery_try_to_recover_state(before)
            self.failed(what, error)

    def failed(self, what: str, error: Exception) -> None:
        """Report a failure: the whole of it once, to the log; a short message in the window."""
        trace = "".join(traceback.format_exception(error))
        if trace not in self._logged:
            self._logged.add(trace)
            self._log(f"glviz: {what} failed; the window goes on.\n{trace}")
            self.toasts.add(f"{what} failed: {error}")


def _tip(probe: Probe) -> None:
    """The readout beside the pointer, where there is no panel to hold it."""
    if imgui.begin_tooltip():
        rows = [("α", probe.x), ("β", probe.y), *probe.values, ("slope", probe.slope)]
        lines = [f"{name}  {number(value)}" for name, value in rows]
        text("\n".join(lines if probe.on_surface else [*lines[:2], probe.status]))
        imgui.end_tooltip()
