"""Which of many names somebody means who types a few letters of one."""

from __future__ import annotations

__all__ = ["score"]

_START, _INSIDE, _SCATTERED = 4.0, 2.0, 1.0


def score(typed: str, name: str) -> float | None:
    """How well a name fits what was typed; None where it does not fit.

    Every word must be found: at the start of a word of the name, best; inside one; or at
    least its letters in their order. Among names that fit alike, the shorter is meant.
    """
    name = name.casefold()
    total = 0.0
    for word in typed.casefold().split():
        if f" {word}" in f" {name}":
            total += _START
        elif word in name:
            total += _INSIDE
        elif _scattered(word, name):
            total += _SCATTERED
        else:
            return None
    return total - 0.001 * len(name)


def _scattered(word: str, name: str) -> bool:
    letters = iter(name)
    return all(letter in letters for letter in word)
