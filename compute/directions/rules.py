"""What holds for every random direction, of a torch model or of a list of arrays; numpy only."""

from __future__ import annotations

import hashlib

import numpy as np

from compute.errors import ArgumentError, nearest

__all__ = ["DOING", "EPSILON", "IGNORES", "NORMS", "check_choices", "check_seed", "generator"]

NORMS = ("filter", "layer", "weight", "dfilter", "dlayer", "none")
IGNORES = ("biasbn", "none")

# Keeps the scale of a filter whose random direction happens to be 0 finite.
EPSILON = 1e-10

DOING = "making a random direction"
"""For messages."""


def check_choices(seed: object, norm: object, ignore: object) -> str:
    """Make sure that a random direction can be made so; what it ignores, in a word.

    Args:
        seed: any integer.
        norm: one of ``NORMS``.
        ignore: one of ``IGNORES``; None is "none".

    Raises:
        ArgumentError: another value.
    """
    ignored = "none" if ignore is None else ignore
    for what, value, choices in (("norm", norm, NORMS), ("ignore", ignored, IGNORES)):
        if value not in choices:
            hint = nearest(str(value), choices)
            todo = f"{hint}Choose one of: {', '.join(choices)}."
            raise ArgumentError(DOING, f"{what} is {value!r}", todo)
    check_seed(seed)
    return str(ignored)


def check_seed(seed: object) -> None:
    """Make sure that a seed is an integer.

    Raises:
        ArgumentError: it is something else.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise ArgumentError(DOING, f"the seed is {seed!r}", "Give a whole number.")


def generator(seed: int, name: object) -> np.random.Generator:
    """Numbers that are a function of seed and name alone, however many are drawn at a time."""
    key = hashlib.sha256(f"{seed}\n{name}".encode()).digest()[:16]
    return np.random.Generator(np.random.Philox(key=int.from_bytes(key, "little")))
