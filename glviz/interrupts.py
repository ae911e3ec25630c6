"""Ctrl-C while the program starts: it ends at once, without a word about where it was."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["INTERRUPTED", "leaving_at_once"]

INTERRUPTED = 130
"""The exit code, as shells give it to what Ctrl-C ended."""


@contextmanager
def leaving_at_once() -> Iterator[None]:
    """Ctrl-C ends the process here and now. For imports alone: nothing is cleaned up.

    An interrupt in the middle of an import comes out as whatever the module that was being
    imported makes of it, often as an ImportError with a long story.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
