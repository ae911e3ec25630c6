"""Errors that say what was being done, what was found and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "ArgumentError",
    "EvaluationError",
    "GuidedError",
    "InputError",
    "UsageError",
    "listing",
    "nearest",
]


class GuidedError(Exception):
    """An error that a user can act on; the command line prints it without a traceback.

    Attributes:
        doing: what was being done, e.g. "loading the checkpoint net.pt".
        found: what stood in the way.
        todo: what the user can do.
        exit_code: of a command line that ends with this error.
    """

    exit_code = 2

    def __init__(self, doing: str, found: str, todo: str) -> None:
        super().__init__(doing, found, todo)
        self.doing, self.found, self.todo = doing, found, todo

    def __str__(self) -> str:
        return f"{self.doing}: {self.found}\n{self.todo}"


class UsageError(GuidedError):
    """What was asked for does not exist or does not go together (exit code 2)."""


class ArgumentError(UsageError, ValueError):
    """An argument has a value that the function cannot work with."""


class EvaluationError(UsageError, RuntimeError):
    """The metric cannot be evaluated on the model, or gives another value each time."""


class InputError(GuidedError):
    """A file cannot be read, or holds something else than it should (exit code 3)."""

    exit_code = 3


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint like ``did you mean 'resnet56'?`` followed by a space, or nothing."""
    from difflib import get_close_matches  # only once something is wrong

    close = get_close_matches(word.lower(), list(known), n=1, cutoff=0.5)
    return f"Did you mean {close[0]!r}? " if close else ""


def listing(names: Iterable[str], limit: int = 6) -> str:
    """Names joined by commas, the first ``limit`` of them and how many more there are."""
    names = list(names)
    rest = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {rest} more" if rest > 0 else "")
