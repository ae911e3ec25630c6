"""The keys: one table that both acts and is shown as the key sheet.

Keys of options come from the options themselves; the rest is listed here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from glviz.options import Option, options
from glviz.scene.viewpoints import NAMED
from glviz.settings import Settings
from glviz.ui.pinning import unpinned
from glviz.ui.state import State, Step, advanced, value_of

__all__ = ["KEYS", "Key"]


@dataclass(frozen=True)
class Key:
    """One key and what it does.

    Attributes:
        name: as printed on the key, e.g. "L", "F12", "Ctrl+C".
        group: heading in the key sheet.
        help: what it does, a few words.
        step: from the state before to the state after; None where more than the state is
            needed (the pointer, the clipboard), which the interface has.
        shown: the current value beside it in the sheet; empty text for none.
    """

    name: str
    group: str
    help: str
    step: Step | None
    shown: Callable[[State], str]


def _nothing(_: State) -> str:
    return ""


def _look(name: str, state: State) -> State:
    return state.fly(NAMED[name](state.camera))


def _home(state: State) -> State:
    return state.fly(state.home)


def _orthographic(state: State) -> State:
    return state.fly(replace(state.camera, orthographic=not state.camera.orthographic))


def _stepped(by: int, state: State) -> State:
    count = max(1, len(state.files))
    return replace(state, active=(min(state.active, count - 1) + by) % count)


def _file(state: State) -> str:
    return f"{state.active + 1} of {len(state.files)}" if len(state.files) > 1 else ""


def _replay(state: State) -> State:
    if state.playing:
        return replace(state, playing=False)
    again = state.settings.path_progress >= 1.0
    settings = replace(state.settings, path_progress=0.0) if again else state.settings
    return replace(state, settings=settings, playing=True)


def _playing(state: State) -> str:
    return "playing" if state.playing else f"{100 * state.settings.path_progress:.0f} %"


def _picture(state: State) -> State:
    return replace(state, pictures=state.pictures + 1)


def _panel(state: State) -> State:
    return replace(state, panel=not state.panel)


def _help(state: State) -> State:
    return replace(state, help=not state.help)


def _escape(state: State) -> State:
    if state.help:
        return replace(state, help=False)
    return unpinned(state) if state.settings.pins else replace(state, quit=True)


def _quit(state: State) -> State:
    return replace(state, quit=True)


def _zoomed(factor: float, state: State) -> State:
    return state.fly(state.camera.dolly(factor))


def _projection(state: State) -> str:
    return "parallel" if state.camera.orthographic else "perspective"


def _value_text(item: Option, state: State) -> str:
    value = value_of(state, item)
    return ("off", "on")[value] if isinstance(value, bool) else str(value)


def _option_keys() -> tuple[Key, ...]:
    items = [item for item in options(Settings) if item.key]
    return tuple(
        Key(item.key, "Picture", f"{item.group.lower()}: {item.label}", partial(advanced, item=item),
            partial(_value_text, item))
        for item in items
    )  # fmt: skip


KEYS: tuple[Key, ...] = (
    *_option_keys(),
    Key("Home", "View", "back to the first view", _home, _nothing),
    Key("1", "View", "from the front; Ctrl: the back", partial(_look, "front"), _nothing),
    Key("3", "View", "from the right; Ctrl: the left", partial(_look, "right"), _nothing),
    Key("7", "View", "the map, from above; Ctrl: from below", partial(_look, "map"), _nothing),
    Key("9", "View", "from a corner; Ctrl: the opposite", partial(_look, "corner"), _nothing),
    Key("Ctrl+1", "", "from the back", partial(_look, "back"), _nothing),
    Key("Ctrl+3", "", "from the left", partial(_look, "left"), _nothing),
    Key("Ctrl+7", "", "from below", partial(_look, "below"), _nothing),
    Key("Ctrl+9", "", "from the opposite corner", partial(_look, "opposite"), _nothing),
    Key("5", "View", "parallel or perspective", _orthographic, _projection),
    Key("F", "View", "turn about the point under the pointer", None, _nothing),
    Key("+", "View", "nearer", partial(_zoomed, 1.2), _nothing),
    Key("-", "View", "farther", partial(_zoomed, 1 / 1.2), _nothing),
    Key("Space", "View", "replay the paths, or stop", _replay, _playing),
    Key("Ctrl+C", "View", "copy the view as text", None, _nothing),
    Key("Ctrl+V", "View", "take the view from copied text", None, _nothing),
    Key("Right", "Program", "the next file", partial(_stepped, 1), _file),
    Key("Left", "Program", "the file before", partial(_stepped, -1), _nothing),
    Key("F12", "Program", "save a picture in the current folder", _picture, _nothing),
    Key("Tab", "Program", "the panel", _panel, lambda state: ("hidden", "shown")[state.panel]),
    Key("H", "Program", "this sheet", _help, _nothing),
    Key("Q", "Program", "quit", _quit, _nothing),
    Key("Esc", "Program", "close this sheet, remove pinned labels, or quit", _escape, _nothing),
)
"""Every key. A name occurs once; those without a heading are told of beside another."""
