"""The streams of a command line, made safe to print on, and values as strict JSON."""

from __future__ import annotations

import atexit
import contextlib
import json
import math
import os
import sys
from collections.abc import Mapping
from typing import Any

__all__ = ["as_json", "prepare_streams", "printable"]


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


def as_json(value: Any, indent: int | None = 2) -> str:
    """Strict JSON of mappings, sequences, texts and numbers: what is not finite becomes null."""
    return json.dumps(_strict(value), indent=indent, ensure_ascii=False, allow_nan=False)


def _strict(value: Any) -> Any:
    """The nearest thing that strict JSON can hold."""
    if isinstance(value, Mapping):
        return {str(key): _strict(item) for key, item in value.items()}
    if hasattr(value, "tolist"):  # numpy's arrays and numbers
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_strict(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def printable(text: str) -> str:
    """The text without control characters but line ends: no file's content may steer a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
