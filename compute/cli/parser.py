"""An argument parser whose errors say what to do, and that takes values such as ``-1:1:51``."""

from __future__ import annotations

import argparse
import math
import re
import shlex
from collections.abc import Sequence
from typing import Any, NoReturn

from compute.errors import UsageError, nearest

__all__ = ["Parser", "axis_range", "command_as_typed", "count", "positive", "threads"]

# More of them than a system can start end the process without a word.
MOST_THREADS = 1024


class Parser(argparse.ArgumentParser):
    """argparse with the nearest name in its messages; errors are :class:`UsageError`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        kwargs.setdefault("allow_abbrev", False)
        super().__init__(*args, **kwargs)

    def error(self, message: str) -> NoReturn:
        """Raise instead of exiting: one place prints all errors.

        Raises:
            UsageError: always.
        """
        raise UsageError("reading the command line", message, f"See {self.prog} --help.")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse a value that is none of the choices, naming the nearest one.

        Raises:
            UsageError: the value is none of the choices.
        """
        if action.choices is not None and value not in action.choices:
            choices = [str(choice) for choice in action.choices]
            name = "/".join(action.option_strings) or action.metavar or action.dest
            raise UsageError(
                "reading the command line",
                f"{name} cannot be {value!r}",
                f"{nearest(str(value), choices)}Choose from: {', '.join(choices)}.",
            )

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Parse all arguments; values that start with a minus and a digit are values, not options.

        Raises:
            UsageError: they are not what the parser takes.
        """
        arguments = _join_negative_values(arguments)
        verb = self._verb(next((word for word in arguments if not word.startswith("-")), None))
        options = [option for action in verb._actions for option in action.option_strings]
        # Before argparse looks: a misspelt option must not be reported as a missing one.
        misspelt = [w for w in arguments if re.match(r"--\w", w) and w.partition("=")[0] not in options]
        namespace, unknown = self.parse_known_args(arguments) if not misspelt else (None, misspelt)
        if namespace is None or unknown:
            word = unknown[0].partition("=")[0]
            hint = nearest(word, options) if word.startswith("-") else ""
            raise UsageError(
                "reading the command line",
                f"{verb.prog} does not know {word!r}",
                f"{hint}See {verb.prog} --help.",
            )
        return namespace

    def _verb(self, name: str | None) -> argparse.ArgumentParser:
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction) and name in action.choices:
                found: argparse.ArgumentParser = action.choices[name]
                return found
        return self


def _join_negative_values(arguments: Sequence[str]) -> list[str]:
    """Write ``-x -1:1:51`` as ``-x=-1:1:51``, which every Python's argparse understands."""
    joined: list[str] = []
    for argument in arguments:
        follows_option = bool(joined) and re.fullmatch(r"-[A-Za-z]|--[\w-]+", joined[-1])
        if follows_option and re.match(r"-\.?\d", argument):
            joined[-1] += "=" + argument
        else:
            joined.append(argument)
    return joined


def axis_range(text: str) -> tuple[float, float, int]:
    """``MIN:MAX:N`` as (min, max, n): n values, both ends included.

    Raises:
        argparse.ArgumentTypeError: not three such numbers.
    """
    parts = text.split(":")
    try:
        low, high, number = float(parts[0]), float(parts[1]), int(parts[2])
        valid = len(parts) == 3 and math.isfinite(low) and math.isfinite(high) and low < high and number >= 2
    except (ValueError, IndexError):
        valid = False
    if not valid:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no MIN:MAX:N with MIN below MAX and at least 2 points, such as -1:1:51"
        )
    return low, high, number


def count(text: str) -> int:
    """A whole number, at least 1.

    Raises:
        argparse.ArgumentTypeError: not one.
    """
    if not re.fullmatch(r"\d{1,15}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


def threads(text: str) -> int:
    """A number of threads that a system can start.

    Raises:
        argparse.ArgumentTypeError: none, or more.
    """
    if not re.fullmatch(r"\d{1,4}", text) or not 1 <= int(text) <= MOST_THREADS:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to {MOST_THREADS}")
    return int(text)


def positive(text: str) -> float:
    """A finite number that is not negative.

    Raises:
        argparse.ArgumentTypeError: not one.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of at least 0")
    return value


def command_as_typed(program: str, arguments: Sequence[str]) -> str:
    """The command line for a file's metadata: folders are cut off, so that it tells nothing of a machine.

    >>> command_as_typed("glviz-compute", ["surface", "--data", "cifar10:/home/me/c.npz", "-o=out/s.ply"])
    'glviz-compute surface --data cifar10:c.npz -o=s.ply'
    """

    def shortened(word: str) -> str:
        lead = re.match(r"(?:--?[\w-]+=)?(?:[A-Za-z]\w+:(?=.*[/\\]))?", word)
        start = lead.end() if lead else 0
        return word[:start] + re.split(r"[/\\]", word[start:].rstrip("/\\"))[-1]

    return " ".join([program, *(shlex.quote(shortened(word)) for word in arguments)])
