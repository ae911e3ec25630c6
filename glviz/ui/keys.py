"""The keys: one table that both acts and is shown as the key sheet.

Keys of options come from the options themselves; the rest is listed here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from glviz.options import Option, options
from glviz.scene.camera import Camera
from glviz.settings import Settings
from glviz.ui.state import State, Step, advanced, value_of

__all__ = ["KEYS", "Key"]


@dataclass(frozen=True)
class Key:
    """One key and what it does.

    Attributes:
        name: as printed on the key, e.g. "L", "F12", "Esc".
        group: heading in the key sheet.
        help: what it does, a few words.
        step: from the state before to the state after.
        shown: the current value beside it in the sheet; empty text for none.
    """

    name: str
    group: str
    help: str
    step: Step
    shown: Callable[[State], str]


def _nothing(_: State) -> str:
    return ""


def _look(azimuth: float, elevation: float, state: State) -> State:
    camera = replace(state.camera, azimuth=azimuth, elevation=elevation)
    return replace(state, camera=camera)


def _home(state: State) -> State:
    return replace(state, camera=state.home)


def _picture(state: State) -> State:
    return replace(state, pictures=state.pictures + 1)


def _panel(state: State) -> State:
    return replace(state, panel=not state.panel)


def _help(state: State) -> State:
    return replace(state, help=not state.help)


def _escape(state: State) -> State:
    return replace(state, help=False) if state.help else replace(state, quit=True)


def _quit(state: State) -> State:
    return replace(state, quit=True)


def _zoomed(factor: float, state: State) -> State:
    return replace(state, camera=state.camera.dolly(factor))


def _value_text(item: Option, state: State) -> str:
    value = value_of(state, item)
    return ("off", "on")[value] if isinstance(value, bool) else str(value)


def _option_keys() -> tuple[Key, ...]:
    items = [item for kind in (Settings, Camera) for item in options(kind) if item.key]
    return tuple(
        Key(item.key, "Picture", f"{item.group.lower()}: {item.label}", partial(advanced, item=item),
            partial(_value_text, item))
        for item in items
    )  # fmt: skip


KEYS: tuple[Key, ...] = (
    *_option_keys(),
    Key("Home", "View", "back to the first view", _home, _nothing),
    Key("1", "View", "from the front", partial(_look, -90.0, 0.0), _nothing),
    Key("3", "View", "from the side", partial(_look, 0.0, 0.0), _nothing),
    Key("7", "View", "from above", partial(_look, -90.0, 90.0), _nothing),
    Key("+", "View", "nearer", partial(_zoomed, 1.2), _nothing),
    Key("-", "View", "farther", partial(_zoomed, 1 / 1.2), _nothing),
    Key("F12", "Program", "save a picture in the current folder", _picture, _nothing),
    Key("Tab", "Program", "the panel", _panel, lambda state: ("hidden", "shown")[state.panel]),
    Key("H", "Program", "this sheet", _help, _nothing),
    Key("Q", "Program", "quit", _quit, _nothing),
    Key("Esc", "Program", "close this sheet, or quit", _escape, _nothing),
)
"""Every key. A name occurs once."""
