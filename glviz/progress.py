"""How far something has come, and how long it will take: one line on a terminal, rewritten."""

from __future__ import annotations

import sys
import time
from typing import TextIO

__all__ = ["Progress"]

_EVERY_SECONDS = 0.1


class Progress:
    """A line on a stream that is a terminal; on any other nothing is written.

    Args:
        title: what is being made.
        stream: by default the standard error.
    """

    def __init__(self, title: str, stream: TextIO | None = None) -> None:
        self.title = title
        self._stream = sys.stderr if stream is None else stream
        self._shown = self._stream.isatty()
        self._began = self._last = time.monotonic()
        self._wide = 0

    def __call__(self, done: int, count: int) -> None:
        """So many are done, of so many."""
        now = time.monotonic()
        if not self._shown or (now - self._last < _EVERY_SECONDS and done < count):
            return
        self._last = now
        left = (now - self._began) / max(1, done) * (count - done)
        self._write(f"{self.title}: frame {done} of {count}, {100 * done // count} %, {in_words(left)} left")

    def clear(self) -> None:
        """Take the line away."""
        if self._wide:
            self._write("")
            self._stream.write("\r")
            self._wide = 0

    def _write(self, text: str) -> None:
        self._stream.write(f"\r{text:<{self._wide}}")
        self._stream.flush()
        self._wide = len(text)


def in_words(seconds: float) -> str:
    """A duration such as "8 s" or "2:05 min"."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60}:{whole % 60:02d} min"
