"""The streams of a command line, made safe to print on."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from typing import Any

__all__ = ["prepare_streams", "printable"]


def prepare_streams() -> None:
    """Make stdout and stderr take any text, in any locale, and where they were closed.

    A character that the locale's encoding lacks is printed as its escape, so that a file's name or
    a multiplication sign cannot end a run. Without a stream Python leaves None in its place.
    """
    for name in ("stdout", "stderr"):
        stream: Any = getattr(sys, name)
        if stream is None:
            stream = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (for the whole process)
            atexit.register(stream.close)
            setattr(sys, name, stream)
        elif hasattr(stream, "reconfigure"):
            with contextlib.suppress(ValueError, OSError):  # one that is closed
                stream.reconfigure(errors="backslashreplace")


def printable(text: str) -> str:
    """The text without control characters but line ends: no file's content may steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
