"""The command palette: everything that can be done or set, found by typing a few letters of it."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from glviz.options import options
from glviz.scene.camera import Camera
from glviz.scene.colormap import RECOMMENDED
from glviz.settings import Settings
from glviz.ui.chooser import Chooser, Row
from glviz.ui.commands import COMMANDS, Command, value_text
from glviz.ui.search import score
from glviz.ui.state import State, Step, advanced, ask, value_of, with_value

__all__ = ["Entry", "Palette", "entries", "found"]

_NOT_LISTED = ("help.palette", "program.escape")
_MOST_ROWS = 60


@dataclass(frozen=True)
class Entry:
    """One thing to choose.

    Attributes:
        title: as it is listed and searched.
        note: its key, or the value it has now.
        step: what it does.
        enabled: whether it can be done now.
    """

    title: str
    note: str
    step: Step
    enabled: bool = True


def entries(state: State, recent: Sequence[pathlib.Path] = ()) -> list[Entry]:
    """All commands, every setting with each of its values, and the files opened lately."""
    found = [_of_command(state, c) for c in COMMANDS if c.name not in _NOT_LISTED]
    keyed = {item.name for item in options(Settings) if item.key}
    for kind in (Settings, Camera):
        for item in options(kind):
            title = f"{item.group}: {item.label}"
            if item.kind is bool and item.name not in keyed:
                found.append(Entry(title, value_text(item, state), partial(advanced, item=item)))
            elif item.kind is str and (item.choices or item.name == "colormap"):
                choices = RECOMMENDED if item.name == "colormap" else item.allowed()
                for choice in choices:
                    note = "now" if choice == value_of(state, item) else ""
                    step = partial(with_value, item=item, value=choice)
                    found.append(Entry(f"{title}, {choice}", note, step))
    found += [Entry(f"Open {path.name}", str(path.parent), ask("file.open", str(path))) for path in recent]
    return found


def _of_command(state: State, command: Command) -> Entry:
    note = command.keys[0] if command.keys else command.shown(state)
    return Entry(command.title, note, command.step, command.enabled(state))


def found(typed: str, among: Sequence[Entry], state: State) -> list[Entry]:
    """Those that fit what was typed, the best first; a number at its end is a value to be set."""
    words, _, last = typed.rpartition(" ")
    value = _number(last)
    numbers = _numbers(words, value, state) if value is not None and words.strip() else []
    if not typed.strip():
        return list(among[:_MOST_ROWS])
    scored = [(mark, entry) for entry in among if (mark := score(typed, entry.title)) is not None]
    scored.sort(key=lambda pair: (not pair[1].enabled, -pair[0]))
    return [*numbers, *(entry for _, entry in scored)][:_MOST_ROWS]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _numbers(words: str, value: float, state: State) -> list[Entry]:
    """The settings of that name that can have that value."""
    made = []
    for kind in (Settings, Camera):
        for item in options(kind):
            title = f"{item.group}: {item.label}"
            mark = score(words, title)
            if item.kind not in (int, float) or mark is None:
                continue
            try:
                checked = item.check(int(value) if item.kind is int else value)
            except ValueError as error:
                made.append((mark - 10.0, Entry(f"{title} {value:g}", str(error), _unchanged, False)))
                continue
            now = value_of(state, item)
            note = "automatic now" if now is None else f"{now:g} now"
            step = partial(with_value, item=item, value=checked)
            made.append((mark, Entry(f"{title} = {checked:g}", note, step)))
    made.sort(key=lambda pair: -pair[0])
    return [entry for _, entry in made]


def _unchanged(state: State) -> State:
    return state


class Palette:
    """Draws it while ``state.dialog`` is "palette".

    Args:
        recent: tells the files opened lately.
    """

    def __init__(self, recent: Callable[[], Sequence[pathlib.Path]]) -> None:
        self._recent = recent
        self._files: Sequence[pathlib.Path] = ()
        self._chooser = Chooser("##palette", "type what to do, or a setting and its value", 36.0)
        self._open = False

    def draw(self, state: State) -> State:
        """The state as the user left it."""
        if state.dialog != "palette":
            self._open = False
            return state
        if not self._open:
            self._open = True
            self._files = self._recent()
            self._chooser.begin()
        shown = found(self._chooser.text, entries(state, self._files), state)
        choice = self._chooser.draw([Row(e.title, e.note, enabled=e.enabled) for e in shown])
        if choice.row is not None:
            return shown[choice.row].step(replace(state, dialog=""))
        return replace(state, dialog="") if choice.closed else state

