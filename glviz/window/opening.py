"""Files opened while the window is there: read on a thread of their own, shown when they have been read."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from compute import files
from compute.console import printable
from compute.files import FileFormatError
from compute.surface import Curve, Surface
from glviz.documents import Document, drawable, open_document
from glviz.errors import ViewerError
from glviz.session import Session, SessionError, check_count, is_session, load, reopen
from glviz.settings import Settings

__all__ = ["Opener", "Opened", "fresh"]


@dataclass(frozen=True)
class Opened:
    """What came of files that were to be opened.

    Attributes:
        documents: those to be shown now; none where nothing could be read.
        messages: for the user: what could not be read, and why.
        read: the files that could be read.
        kept: the session that was opened, if it was one.
    """

    documents: tuple[Document, ...]
    messages: tuple[str, ...] = ()
    read: tuple[pathlib.Path, ...] = ()
    kept: Session | None = None


class Opener:
    """Reads files one batch after the other."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="glviz-open")
        self._loading: list[Future[Opened]] = []

    @property
    def busy(self) -> bool:
        """Whether something is being read."""
        return bool(self._loading)

    def start(
        self, paths: Sequence[str | os.PathLike[str]], shown: Sequence[Document], *, add: bool = False
    ) -> None:
        """Begin to read.

        Args:
            paths: surfaces, curves or meshes, and files of descent paths to go with them.
            shown: what is shown now.
            add: show them beside that, not in its stead.
        """
        found, before = tuple(map(pathlib.Path, paths)), tuple(shown)
        self._loading.append(self._pool.submit(_read, found, before, add))

    def finished(self) -> list[Opened]:
        """What has been read since this was asked last; returns at once."""
        done = [future for future in self._loading if future.done()]
        self._loading = [future for future in self._loading if future not in done]
        return [_result(future) for future in done]

    def release(self) -> None:
        """Stop reading."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _result(future: Future[Opened]) -> Opened:
    error = future.exception()
    return future.result() if error is None else Opened((), (f"opening failed: {error}",))


def _read(paths: tuple[pathlib.Path, ...], shown: tuple[Document, ...], add: bool) -> Opened:
    """The documents to be shown after ``paths`` were opened."""
    kept = [path for path in paths if path.is_file() and is_session(path)]
    if len(kept) > 1:
        names = f"{printable(kept[0].name)} and {printable(kept[1].name)}"
        return Opened((), (f"{names} are pictures or sessions: open one at a time",))
    steps = [path for path in paths if path not in kept and _is_path(path)]
    if kept:
        return _session(kept[0], [path for path in paths if path not in (*kept, *steps)], steps)
    messages: list[str] = []
    made: list[Document] = []
    read: list[pathlib.Path] = []
    for path in paths:
        if path in steps:
            continue
        try:
            document = open_document(path)
            drawable(document)
        except Exception as error:  # one file must not take the window, nor the other files, with it
            messages.append(_why(path, error))
        else:
            made.append(document)
            read.append(path)
    shown_next = [*(shown if add or not made else ()), *made]
    grids = [index for index, document in enumerate(shown_next) if isinstance(document.data, Surface)]
    if steps and not grids and shown_next:
        messages.append(_no_grid(steps, shown_next[-1]))
        steps = []
    if steps and grids:
        try:
            last = shown_next[grids[-1]]
            again = open_document(last.path, (*last.path_files, *steps), undo_log=last.undo_log)
            shown_next[grids[-1]] = again
            read += steps
        except Exception as error:
            messages.append(_why(steps[0], error))
            steps = []
    try:
        check_count(shown_next, "opening files")
    except SessionError as error:
        return Opened((), (*messages, str(error).partition("\n")[0]))
    changed = bool(made or steps)
    return Opened(tuple(shown_next) if changed else (), tuple(messages), tuple(read))


def _is_path(path: pathlib.Path) -> bool:
    """Whether a file gives a descent path for a surface: a text file that is none, a projection file."""
    known = files.format_of(path)
    if known is None or known.name not in ("CSV", "HDF5"):
        return False
    try:
        files.load(path)
        return False
    except FileFormatError:
        pass
    try:
        return bool(files.load_paths(path))
    except FileFormatError:
        return known.name == "CSV"  # what is wrong with it is told of a path


def _no_grid(steps: Sequence[pathlib.Path], shown: Document) -> str:
    names = ", ".join(printable(path.name) for path in steps)
    kind = "a curve" if isinstance(shown.data, Curve) else "a mesh"
    return f"{names}: not shown, for descent paths are drawn on grids only, and {shown.title} is {kind}"


def _session(path: pathlib.Path, instead: Sequence[pathlib.Path], steps: Sequence[pathlib.Path]) -> Opened:
    """What a session shows, with the files that were opened with it in the place of its own."""
    try:
        found = load(path)
        documents, notices = reopen(found, instead, [os.fspath(step) for step in steps])
        for document in documents:
            drawable(document)
    except Exception as error:
        return Opened((), (_why(path, error),))
    return Opened(documents, notices, (path,), found)


def _why(path: pathlib.Path, error: Exception) -> str:
    name = printable(path.name)
    if path.is_dir():
        return f"{name} is a folder: drop the files in it"
    if isinstance(error, ViewerError | FileFormatError | OSError):
        return f"{name} is not shown: {str(error).partition(chr(10))[0]}"
    return f"{name} is not shown: {type(error).__name__}: {error}"


def fresh(settings: Settings) -> Settings:
    """The settings for other files: without what was chosen for the values of those before."""
    blank = Settings()
    return replace(
        settings,
        clamp_low=blank.clamp_low, clamp_high=blank.clamp_high, slice_position=blank.slice_position,
        pins=blank.pins, contour_step=blank.contour_step, levels=blank.levels,
        color_center=blank.color_center, path_progress=blank.path_progress,
    )  # fmt: skip
