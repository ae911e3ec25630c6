"""The dialog that opens files: a path is typed, with the folder's files and those opened lately below it."""

from __future__ import annotations

import os
import pathlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from glviz.ui.chooser import Chooser, Row
from glviz.ui.search import score
from glviz.ui.state import State, ask

__all__ = ["Item", "OpenDialog", "completed", "listing", "meant"]

_MOST_ENTRIES = 5000
_FRESH_SECONDS = 1.0


@dataclass(frozen=True)
class Item:
    """A file or a folder that can be chosen.

    Attributes:
        path: where it is.
        folder: whether it is a folder.
        size: of a file, in bytes.
        recent: whether it is listed because it was opened lately.
    """

    path: pathlib.Path
    folder: bool = False
    size: int = 0
    recent: bool = False


def listing(folder: pathlib.Path, extensions: Sequence[str]) -> list[Item]:
    """Folders, then the files that can be opened, by name; nothing of a folder that cannot be read."""
    found: list[Item] = []
    try:
        with os.scandir(folder) as entries:
            for count, entry in enumerate(entries):
                if count >= _MOST_ENTRIES:
                    break
                if entry.name.startswith("."):
                    continue
                path = pathlib.Path(entry.path)
                if entry.is_dir():
                    found.append(Item(path, folder=True))
                elif path.suffix.lower() in extensions:
                    found.append(Item(path, size=entry.stat().st_size))
    except OSError:
        return []
    return sorted(found, key=lambda item: (not item.folder, item.path.name.casefold()))


def meant(text: str, *, drives: bool = os.name == "nt") -> str:
    """The path that is meant by what is typed behind the name of a folder.

    A second slash begins again at the root, a tilde at home, and a drive there, as in dialogs
    elsewhere: whoever pastes a whole path need not delete the folder first.

    Args:
        text: as it stands in the field.
        drives: whether paths are those of Windows.
    """
    slash, anew = (r"[/\\]", r"[A-Za-z]:|~(?=[/\\]|$)") if drives else ("/", "/|~(?=/|$)")
    begins = [found.start() for found in re.finditer(f"(?<={slash})(?:{anew})", text)]
    return os.path.expanduser(text[begins[-1] :] if begins else text)


def split(text: str) -> tuple[pathlib.Path, str]:
    """The folder that is typed, and what stands behind its last slash."""
    head, tail = os.path.split(meant(text))
    return pathlib.Path(head or "."), tail


def completed(text: str, items: Sequence[Item]) -> str:
    """What is typed, as far as all names that begin with it go on alike."""
    folder, tail = split(text)
    names = [
        item.path.name + ("/" if item.folder else "")
        for item in items if not item.recent and item.path.name.startswith(tail)
    ]  # fmt: skip
    return os.path.join(folder, os.path.commonprefix(names)) if names else text


class OpenDialog:
    """Draws it while ``state.dialog`` is "open".

    Args:
        recent: tells the files opened lately.
        extensions: of files that can be opened, in small letters.
    """

    def __init__(self, recent: Callable[[], Sequence[pathlib.Path]], extensions: Sequence[str]) -> None:
        self._recent, self._extensions = recent, tuple(extensions)
        self._chooser = Chooser("##open", "the path of a file", 44.0)
        self._files: Sequence[pathlib.Path] = ()
        self._open = False
        self._listed: tuple[pathlib.Path, float, list[Item]] | None = None
        self._folder = pathlib.Path.cwd()

    def draw(self, state: State) -> State:
        """The state as the user left it."""
        if state.dialog != "open":
            self._open = False
            return state
        if not self._open:
            self._open = True
            self._files = self._recent()
            self._chooser.begin(f"{self._folder}{os.sep}")
        items = self.items(self._chooser.text)
        choice = self._chooser.draw(
            _rows(items), "Open a file",
            "Enter opens, with Shift beside what is shown; Tab completes the name",
        )  # fmt: skip
        if choice.completed:
            self._chooser.type(completed(self._chooser.text, items))
        if choice.row is not None:
            item = items[choice.row]
            if item.folder:
                self._chooser.type(f"{item.path}{os.sep}")
                return state
            if not item.recent:
                self._folder = item.path.parent
            name = "file.add" if choice.shift else "file.open"
            return ask(name, str(item.path))(replace(state, dialog=""))
        return replace(state, dialog="") if choice.closed else state

    def items(self, text: str) -> list[Item]:
        """What can be chosen, given what is typed."""
        folder, tail = split(text)
        exact = pathlib.Path(meant(text))
        shown = self._list(folder)
        if tail:
            marked = [(score(tail, item.path.name), item) for item in shown]
            fitting = [(mark, item) for mark, item in marked if mark is not None]
            begins = tail.casefold()
            fitting.sort(key=lambda p: (not p[1].path.name.casefold().startswith(begins), -p[0]))
            shown = [item for _, item in fitting]
            if not any(item.path == exact for item in shown) and _is_file(exact):
                shown.insert(0, Item(exact, size=exact.stat().st_size))
        if folder != self._folder or tail:
            return shown
        return [*(Item(path, recent=True) for path in self._files), *shown]

    def _list(self, folder: pathlib.Path) -> list[Item]:
        now = time.monotonic()
        if self._listed is None or self._listed[0] != folder or now - self._listed[1] > _FRESH_SECONDS:
            self._listed = (folder, now, listing(folder, self._extensions))
        return self._listed[2]


def _rows(items: Sequence[Item]) -> list[Row]:
    rows: list[Row] = []
    for index, item in enumerate(items):
        before = items[index - 1] if index else None
        heading = ""
        if item.recent and before is None:
            heading = "opened lately"
        elif not item.recent and (before is None or before.recent):
            heading = "in this folder"
        name = item.path.name + (os.sep if item.folder else "")
        note = str(item.path.parent) if item.recent else "" if item.folder else _size(item.size)
        rows.append(Row(name, note, heading))
    return rows


def _size(count: int) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count} B"


def _is_file(path: pathlib.Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
