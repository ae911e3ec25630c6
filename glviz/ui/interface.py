"""One frame of the interface: input and panel map the state to the next one.

It knows neither the window nor the renderer. Input is read from ImGui's, so that a test
can put events in and look at the state that comes out.
"""

from __future__ import annotations

import pathlib
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace

from imgui_bundle import imgui

from compute.files import FORMATS
from glviz.scene.panes import Drawn, Pane
from glviz.scene.slices import Slice
from glviz.scene.view import View
from glviz.ui.acts import Acts
from glviz.ui.canvas import Fonts
from glviz.ui.chords import codes_of, pressed
from glviz.ui.commands import COMMANDS
from glviz.ui.dock import Dock
from glviz.ui.edges import Edges
from glviz.ui.keysheet import SCROLLING, draw_key_sheet
from glviz.ui.mouse import Mouse
from glviz.ui.open_dialog import OpenDialog
from glviz.ui.palette import Palette
from glviz.ui.panel import Panel, low, number
from glviz.ui.panel_tab import draw_panel_tab
from glviz.ui.pin_labels import PinLabel
from glviz.ui.places import Places
from glviz.ui.readout import Probe, Prober
from glviz.ui.state import State, recorded
from glviz.ui.toasts import Toasts
from glviz.ui.widgets import text

__all__ = ["OPENED", "Interface"]

OPENED = (*(name for known in FORMATS if known.reads for name in known.extensions), ".glviz")
"""Extensions of files that can be opened."""

_NAVIGATION = {"Left", "Right", "Up", "Down", "Tab", "Space", "Enter", "Esc", "PgUp", "PgDn", "Home"}
"""Keys that move about in the panel while that has the keyboard."""

_REPLAY_SECONDS = 8.0
"""For the whole of a path."""


class Interface:
    """Everything that the user touches. Coordinates are ImGui's, from the upper left corner.

    Args:
        fonts: loaded in the current ImGui context.
        log: where messages about failures go.
        recent: tells the files opened lately.
    """

    def __init__(
        self,
        fonts: Fonts,
        log: Callable[[str], None] | None = None,
        recent: Callable[[], Sequence[pathlib.Path]] = tuple,
    ) -> None:
        self.fonts = fonts
        self.toasts = Toasts()
        self._panel = Panel(fonts)
        self._dock = Dock()
        self._prober = Prober()
        self._mouse = Mouse(fonts, self._probe)
        self._edges = Edges()
        self._palette = Palette(recent)
        self._open_dialog = OpenDialog(recent, OPENED)
        self._acts = Acts(self._probe, self.toasts.add, self._panel.focus)
        self._playing = self._panel_waits = False
        self._listed = False
        self._log = log or (lambda message: print(message, file=sys.stderr))  # noqa: T201
        self._logged: set[str] = set()

    @property
    def moving(self) -> bool:
        """Whether the picture is going to change again at once."""
        # A field that waits for letters waits for events.
        held = imgui.is_any_item_active() and not imgui.get_io().want_text_input
        return self._playing or self._mouse.moving or self._edges.going or held

    @property
    def labels(self) -> Sequence[PinLabel]:
        """Of pinned points, as they were drawn last; a click on one takes it away."""
        return self._mouse.labels

    @labels.setter
    def labels(self, labels: Sequence[PinLabel]) -> None:
        self._mouse.labels = labels

    @property
    def pointer(self) -> tuple[float, float] | None:
        """Where the mouse is, None while it is over the panel or drags."""
        return self._mouse.pointer

    def _holding(self) -> bool:
        """Whether something goes on that is one step of the way back."""
        if self._mouse.holding or imgui.is_any_item_active():
            return True
        held = (name for command in COMMANDS if command.repeats for name in command.keys)
        return any(imgui.is_key_down(code) for name in held for code in codes_of(name))

    # --- input -------------------------------------------------------------------------

    def handle_input(self, state: State, panes: Sequence[Pane], parts: Places) -> State:
        """The state after the keys and the mouse of this frame.

        Args:
            state: before.
            panes: as they were drawn last.
            parts: where the parts of the window are.
        """
        if state.narrow != parts.narrow:
            state = replace(state, narrow=parts.narrow, drawer=False)
        try:
            after = self._acts.answer(self._keys(state), panes)
            if not self._mouse.holding:
                after = self._edges.step(after, parts)
            if not self._edges.going and not self._edges.hovered(parts):
                after = self._mouse.step(after, panes)
            after = self._replayed(after)
        except Exception as error:  # the window must outlive any fault of its parts
            self.failed("acting on keys or mouse", error)
            return state
        return recorded(state, after, held=self._holding())

    def _keys(self, state: State) -> State:
        io = imgui.get_io()
        if io.want_text_input or io.key_super or state.dialog:  # a dialog has the keyboard
            return state
        listed, self._listed = self._listed, _list_is_open()
        if listed or self._listed:  # Esc closes the list, and nothing else
            if self._listed and imgui.is_key_pressed(imgui.Key.escape, False):
                imgui.internal.close_popup_to_level(0, True)
            return state
        taken = SCROLLING if state.help else _NAVIGATION if io.nav_visible else set()
        if io.nav_visible:  # the panel has the keyboard
            if imgui.is_key_pressed(imgui.Key.escape, False):
                imgui.set_window_focus(None)
        elif not state.help and not imgui.is_any_item_active():
            imgui.set_window_focus(None)  # whatever was clicked: keys are for the picture again
        for command in COMMANDS:
            if set(command.keys) & taken:
                continue
            wanted = any(pressed(name, repeats=command.repeats) for name in command.keys)
            if wanted and command.enabled(state):
                state = command.step(state)
        return state

    def _replayed(self, state: State) -> State:
        """The paths drawn a little farther, while they are replayed."""
        self._playing = state.playing
        if not state.playing:
            return state
        progress = min(1.0, state.settings.path_progress + imgui.get_io().delta_time / _REPLAY_SECONDS)
        settings = replace(state.settings, path_progress=progress)
        return replace(state, settings=settings, playing=progress < 1.0)

    # --- drawing -----------------------------------------------------------------------

    def draw(self, state: State, views: Sequence[Drawn], panes: Sequence[Pane], parts: Places) -> State:
        """Draw panel, key sheet and messages; returns the state as the user left it.

        Args:
            state: as it is drawn.
            views: one a file.
            panes: where they are drawn.
            parts: where the parts of the window are.
        """
        after, probe, dock = state, self._probe(panes), parts.dock

        def draw(what: str, part: Callable[[State], State]) -> None:
            """Draw a part that returns the state as the user left it."""
            nonlocal after

            def step() -> None:
                nonlocal after
                after = part(after)

            self._guarded(what, step)

        if parts.panel is not None:
            rect = parts.panel
            draw("the panel", lambda state: self._panel.draw(state, views, probe, rect))
        unread = parts.panel is None or low(parts.panel[3], parts.scale)
        if unread and probe is not None:
            self._guarded("the readout", lambda: _tip(probe))
        if parts.tab is not None:
            tab, at_left = parts.tab, state.layout.side == "left"
            draw("the panel's tab", lambda state: draw_panel_tab(state, tab, at_left=at_left))
        if dock is not None:
            drawn = [each for v in views if isinstance(v, View) for each in (v, *v.overlaid)]
            cut = [view for view in drawn if isinstance(view.slice, Slice)]
            if cut:
                self._guarded("the profile", lambda: self._dock.draw(cut[0], cut[1:], dock))
        if state.help:
            self._guarded("the key sheet", lambda: draw_key_sheet(state, self.fonts.bold))
        draw("the palette", self._palette.draw)
        draw("the dialog that opens files", self._open_dialog.draw)
        self.toasts.draw(parts.picture)
        after = recorded(state, after, held=self._holding(), in_panel=True)
        after = self._acts.answer(after, panes)
        self._hand_over(sheet=after.help)
        return after

    def _hand_over(self, *, sheet: bool) -> None:
        """The key sheet has the keyboard while it is open, then the panel again if it had it before."""
        io, keys = imgui.get_io(), imgui.ConfigFlags_.nav_enable_keyboard
        if sheet:
            self._panel_waits = self._panel_waits or io.nav_visible
            io.config_flags &= ~keys
        else:
            io.config_flags |= keys
            if self._panel_waits:
                imgui.set_nav_cursor_visible(True)
            self._panel_waits = False

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


def _list_is_open() -> bool:
    """Whether a list of choices hangs open."""
    return imgui.is_popup_open("", int(imgui.PopupFlags_.any_popup_id | imgui.PopupFlags_.any_popup_level))


def _tip(probe: Probe) -> None:
    """The readout beside the pointer, where there is no panel to hold it."""
    if imgui.begin_tooltip():
        rows = [("α", probe.x), ("β", probe.y), *probe.values, ("slope", probe.slope)]
        lines = [f"{name}  {number(value)}" for name, value in rows]
        text("\n".join(lines if probe.on_surface else [*lines[:2], probe.status]))
        imgui.end_tooltip()
