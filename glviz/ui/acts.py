"""What commands ask of the interface: things that take the pointer, the clipboard or the panes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from imgui_bundle import imgui

from compute.surface import Surface
from glviz.scene.panes import Pane
from glviz.scene.slices import LevelCut, reach_at
from glviz.scene.view import View
from glviz.scene.viewpoints import as_text, centred, from_text
from glviz.ui.readout import Probe
from glviz.ui.state import State

__all__ = ["Acts", "centre"]

_TURN_DEG = 5.0
_MOVE_SHARE = 0.05
_SLICE_SHARE = 0.02
"""Of what a slice can reach, one press of a key."""

Act = Callable[[State, Sequence[Pane]], State]


def centre(state: State, panes: Sequence[Pane], probe: Probe | None) -> State:
    """Turn about the point under the pointer, if it points at a surface."""
    if probe is None:
        return state
    view = panes[probe.pane].view
    assert isinstance(view, View), "only surfaces have points to read"
    x, y, z = view.frame.points(probe.x, probe.y, view.unit_height(probe.values[0][1])).ravel()
    return state.fly(centred(state.camera, (float(x), float(y), float(z))))


class Acts:
    """The interface's own answers to requests.

    Args:
        probe: the point under the pointer, of the panes that are drawn.
        tell: shows a message.
        focus: gives the panel the keyboard.
    """

    def __init__(
        self,
        probe: Callable[[Sequence[Pane]], Probe | None],
        tell: Callable[[str], None],
        focus: Callable[[], None],
    ) -> None:
        self._probe, self._tell, self._focus = probe, tell, focus
        self._acts: dict[str, Act] = {
            "view.centre": lambda state, panes: centre(state, panes, self._probe(panes)),
            "panel.focus": self._into_panel,
            "view.copy": self._copy,
            "view.paste": self._paste,
            "slice.back": partial(_slice_moved, -1),
            "slice.forth": partial(_slice_moved, 1),
        }
        for name, (right, up) in {"left": (-1, 0), "right": (1, 0), "up": (0, 1), "down": (0, -1)}.items():
            self._acts[f"view.turn_{name}"] = partial(_turned, right, up)
            self._acts[f"view.move_{name}"] = partial(_moved, right, up)

    def answer(self, state: State, panes: Sequence[Pane]) -> State:
        """The state after all requests that the interface can answer; the others stay in it."""
        for request in state.requests:
            if request.name in self._acts:
                rest = tuple(each for each in state.requests if each is not request)
                state = self._acts[request.name](replace(state, requests=rest), panes)
        return state

    def _into_panel(self, state: State, panes: Sequence[Pane]) -> State:
        del panes
        self._focus()
        return replace(state, help=False)  # or the key sheet would have the arrow keys

    def _copy(self, state: State, panes: Sequence[Pane]) -> State:
        del panes
        imgui.set_clipboard_text(as_text(state.camera))
        self._tell("copied the view as text")
        return state

    def _paste(self, state: State, panes: Sequence[Pane]) -> State:
        del panes
        try:
            return state.fly(from_text(imgui.get_clipboard_text() or "", state.home))
        except ValueError as error:
            self._tell(f"no view pasted: {error}")
            return state


def _turned(right: int, up: int, state: State, panes: Sequence[Pane]) -> State:
    del panes
    return replace(state, camera=state.camera.orbit(right * _TURN_DEG, up * _TURN_DEG))


def _moved(right: int, up: int, state: State, panes: Sequence[Pane]) -> State:
    if not panes:
        return state
    width, height = size = panes[0].size_px
    step = _MOVE_SHARE * min(width, height)
    return replace(state, camera=state.camera.pan(right * step, -up * step, size))


def _slice_moved(by: int, state: State, panes: Sequence[Pane]) -> State:
    """The slice a little farther; it stops at the ends of the surface."""
    for pane in panes:
        view = pane.view
        if not isinstance(view, View) or view.slice is None:
            continue
        position = view.slice.position
        if isinstance(view.slice, LevelCut):
            scale = view.height.scale
            unit = float(np.clip(scale.forward(position) + by * _SLICE_SHARE, 0.0, 1.0))
            position = float(scale.inverse(unit))
        else:
            low, high = _reach(view, state.settings.slice_axis)
            position = float(np.clip(position + by * _SLICE_SHARE * (high - low), low, high))
        settings: Any = replace(state.settings, slice_position=float(f"{position:.6g}"))
        return replace(state, settings=settings)
    return state


def _reach(view: View, axis: str) -> tuple[float, float]:
    if axis == "angle" and isinstance(view.data, Surface) and view.slice is not None:
        assert not isinstance(view.slice, LevelCut)
        return reach_at(view.data, view.slice.angle_deg)
    low, high = view.frame.x_range if axis == "x" else view.frame.y_range
    return float(low), float(high)
