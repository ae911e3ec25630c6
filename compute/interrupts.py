"""Ctrl-C: it ends the program at any moment with one line or none, and costs no point of a run.

Python alone gives other ends to it: a traceback while it imports, whatever a module that is being
imported makes of it, nothing at all in a finaliser, and the exit code -2 where it came up through
``exec`` of a text, even if it was caught.

The viewer shares what is here (``glviz.interrupts`` has what it needs besides), so this module imports
nothing large.
"""

from __future__ import annotations

import _thread
import atexit
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, NoReturn

__all__ = [
    "INTERRUPTED",
    "Interrupted",
    "end_at_once",
    "hears_interrupts",
    "leave",
    "of_a_program",
    "stops_at_interrupt",
]

INTERRUPTED = 130
"""The exit code, as shells give it to what Ctrl-C ended."""

_raised = threading.Event()


class Interrupted(KeyboardInterrupt):
    """A run was interrupted, and what it had computed is kept; the text says how much."""


def hears_interrupts() -> bool:
    """Whether this thread may decide what Ctrl-C does: in Python the main one alone."""
    return threading.current_thread() is threading.main_thread()


def end_at_once(number: int, frame: FrameType | None) -> NoReturn:
    """Answer a signal by ending the process here and now, without tidying up."""
    os._exit(INTERRUPTED)


def of_a_program() -> None:
    """Make Ctrl-C what it should be in a program; to be called before anything large is imported."""
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)  # it is over: too late to interrupt
    signal.signal(signal.SIGINT, _interrupt)
    others = sys.unraisablehook

    def unraisable(what: Any) -> None:
        if issubclass(what.exc_type, KeyboardInterrupt):  # in a finaliser, which nothing leaves
            threading.Timer(0.01, _thread.interrupt_main).start()
        elif not _raised.is_set():  # else it is of an object that was never finished
            others(what)

    sys.unraisablehook = unraisable


def leave(code: int) -> NoReturn:
    """End the program with this exit code."""
    signal.signal(signal.SIGINT, end_at_once)
    if code == INTERRUPTED:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)  # for Python's own way out may give another one
    sys.exit(code)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End here and now in the middle of an import, where nothing is lost; else raise, so as to tidy up."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            end_at_once(number, frame)
        frame = frame.f_back
    _raised.set()
    raise KeyboardInterrupt


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
        or not hears_interrupts()
        or before not in (signal.default_int_handler, _interrupt)  # the user's program has its own idea
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
