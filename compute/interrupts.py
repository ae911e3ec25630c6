"""Ctrl-C while points are computed: the one at hand is finished, then the run stops."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

__all__ = ["Interrupted", "stops_at_interrupt"]


class Interrupted(KeyboardInterrupt):
    """A run was interrupted, and what it had computed is kept; the text says how much."""


@contextlib.contextmanager
def stops_at_interrupt(*, enabled: bool = True) -> Iterator[Callable[[], bool]]:
    """Yield what tells whether Ctrl-C was pressed; a second one is an interrupt as always.

    Args:
        enabled: False leaves Ctrl-C as it is, as it stays outside the main thread.
    """
    pressed = threading.Event()
    before = signal.getsignal(signal.SIGINT)
    if (
        not enabled
        or threading.current_thread() is not threading.main_thread()
        or before is not signal.default_int_handler  # the program has its own idea
    ):
        yield lambda: False
        return

    def note(number: int, frame: FrameType | None) -> None:
        pressed.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, before)
