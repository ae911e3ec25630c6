"""Files that change while they are shown: read again when they have come to rest.

A program that computes a surface may write its file every few seconds, in place or by
putting a new one in its stead, and may be interrupted in the middle. Whatever happens to
the file, what was read last stays until something better can be read.
"""

from __future__ import annotations

import os
import pathlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from glviz.documents import Document

__all__ = ["Change", "Watcher"]

POLL_SECONDS = 0.25
SETTLE_SECONDS = 0.3
"""A file is read when it has not changed for this long."""

GONE_SECONDS = 1.0
"""Some programs delete a file before they write it anew: only after this is it called gone."""

Stamp = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Change:
    """What became of a document: the new one, or why there is none.

    Attributes:
        index: number of the document.
        document: as it is now; None where it could not be read.
        message: for the user, "" where nothing need be said.
    """

    index: int
    document: Document | None
    message: str = ""


@dataclass
class _Watched:
    read: Stamp | None  # of what is shown, or of what was tried last
    seen: Stamp | None
    since: float
    told: bool = False  # that it cannot be read, or is gone
    loading: Future[Document] | None = None


class Watcher:
    """Watches the files of documents, by asking the system for their size and time.

    Args:
        documents: as they are shown.
        reopen: reads the files of a document again; called on a thread of its own.
    """

    def __init__(self, documents: Sequence[Document], reopen: Callable[[Document], Document]) -> None:
        self._documents = list(documents)
        self._reopen = reopen
        self._files = [_Watched(stamp := _stamp(d), stamp, 0.0) for d in documents]
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="glviz-watch")
        self._next = 0.0

    @property
    def busy(self) -> bool:
        """Whether something has changed and is not dealt with yet."""
        return any(f.loading is not None or (f.seen != f.read and not f.told) for f in self._files)

    def poll(self, now: float | None = None) -> list[Change]:
        """What has changed since it was asked last; returns at once.

        Args:
            now: seconds of a clock that only goes forward; by default the system's.
        """
        now = time.monotonic() if now is None else now
        if now < self._next:
            return []
        self._next = now + POLL_SECONDS
        changes = (self._look(index, file, now) for index, file in enumerate(self._files))
        return [change for change in changes if change is not None]

    def refresh(self) -> None:
        """Read every file again at the next poll, changed or not."""
        for file in self._files:
            file.read, file.since, file.told = None, 0.0, False
        self._next = 0.0

    def release(self) -> None:
        """Stop reading."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _look(self, index: int, file: _Watched, now: float) -> Change | None:
        stamp = _stamp(self._documents[index])
        if stamp != file.seen:
            file.seen, file.since, file.told = stamp, now, False
        if file.loading is not None:
            return self._finished(index, file, stamp) if file.loading.done() else None
        if stamp == file.read or now - file.since < SETTLE_SECONDS:
            return None
        name = self._documents[index].title
        if stamp is None:
            if file.told or now - file.since < GONE_SECONDS:
                return None
            file.told = True
            return Change(index, None, f"{name} is gone; what it held is still shown")
        file.read = stamp
        file.loading = self._pool.submit(self._reopen, self._documents[index])
        return None

    def _finished(self, index: int, file: _Watched, stamp: Stamp | None) -> Change | None:
        assert file.loading is not None
        error = file.loading.exception()
        done, file.loading = file.loading, None
        if stamp != file.read:
            return None  # it changed meanwhile: read again when it has come to rest
        if error is None:
            self._documents[index] = done.result()
            return Change(index, self._documents[index])
        first = str(error).partition("\n")[0]
        name = self._documents[index].title
        return Change(index, None, f"{name} has changed but cannot be read, the old one stays: {first}")


def _stamp(document: Document) -> Stamp | None:
    """Time, size and number of all files of a document; None if one is not there, or there is none."""
    if not document.stored:
        return None
    stamps = []
    for path in (document.path, *map(pathlib.Path, document.path_files)):
        try:
            found = os.stat(path)
        except OSError:
            return None
        stamps.append((found.st_mtime_ns, found.st_size, found.st_ino))
    return tuple(stamps)
