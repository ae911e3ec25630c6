"""Ctrl-C where it would do harm: while the program starts, and within compiled modules."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from compute.interrupts import INTERRUPTED, end_at_once, hears_interrupts

__all__ = ["INTERRUPTED", "deferred", "leaving_at_once", "never_another_error"]


@contextmanager
def leaving_at_once() -> Iterator[None]:
    """Ctrl-C ends the process here and now. For imports alone: nothing is cleaned up.

    An interrupt in the middle of an import comes out as whatever the module that was being
    imported makes of it, often as an ImportError with a long story.
    """
    if not hears_interrupts():
        yield
        return
    before = signal.signal(signal.SIGINT, end_at_once)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def deferred() -> Iterator[None]:
    """Ctrl-C waits for the end of the block, and is a KeyboardInterrupt there.

    For compiled modules that end the whole process when Python raises within them.
    """
    if not hears_interrupts():
        yield
        return
    waiting: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: waiting.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting:
        signal.raise_signal(signal.SIGINT)  # for whoever answers it otherwise


@contextmanager
def never_another_error() -> Iterator[None]:
    """Ctrl-C is a KeyboardInterrupt, also where a module in the middle of something made it another error.

    Modules are imported all through a run, when they are needed, and answer an interrupt with an
    ImportError, a SyntaxError, or what their authors thought of.

    Raises:
        KeyboardInterrupt: instead of such an error.
    """
    if not hears_interrupts() or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    came: list[int] = []

    def interrupt(number: int, _: object) -> None:
        came.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    except Exception:
        if came:
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
