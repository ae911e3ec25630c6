"""Options for directions that are saved, so that several landscapes can share them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compute.cli.outputs import check_output
from compute.errors import UsageError

if TYPE_CHECKING:
    from compute.directions.direction import Direction

__all__ = ["add_save_directions", "check_directions", "save_directions"]

EXTENSION = ".safetensors"


def add_save_directions(parser: Any) -> None:
    """Where the directions go."""
    parser.add_argument(
        "--save-directions",
        metavar="PREFIX",
        help=f"save the directions as PREFIX1{EXTENSION}, PREFIX2{EXTENSION}, ...",
    )


def check_directions(arguments: argparse.Namespace) -> None:
    """Make sure, before any work, that options do not contradict each other and files can be written.

    Args:
        arguments: with ``save_directions`` and perhaps ``directions`` and what contradicts them.

    Raises:
        UsageError: they do, or they cannot.
    """
    if arguments.save_directions is not None:
        check_output(_file(arguments.save_directions, 1), (EXTENSION,))
    if getattr(arguments, "directions", None) is None:
        return
    for name in ("to", "seed", "norm", "ignore", "orthogonal"):
        if getattr(arguments, name, None) is not None:
            raise UsageError(
                "reading the command line",
                f"--{name} chooses directions, and --directions gives them",
                f"Leave --{name} or --directions out.",
            )


def save_directions(directions: Sequence[Direction], prefix: str | None) -> list[str]:
    """Save them in order, and say so in a line each.

    Args:
        directions: any number.
        prefix: of the files' paths; None saves nothing.
    """
    if prefix is None:
        return []
    files = [_file(prefix, number) for number in range(1, len(directions) + 1)]
    for direction, file in zip(directions, files, strict=True):
        direction.save(file)
    return [f"saved {file} ({direction.kind})" for direction, file in zip(directions, files, strict=True)]


def _file(prefix: str, number: int) -> Path:
    return Path(f"{prefix}{number}{EXTENSION}")
