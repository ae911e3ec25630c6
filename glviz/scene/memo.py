"""Results kept for as long as what they were made of stays the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any


class Memo:
    """One result a name, each with the key it was made from.

    Parts of a key are compared by identity, and plain values (numbers, text, tuples and
    dataclasses that define equality) by value too. Arrays and surfaces are immutable here,
    so identity is enough; holding the key keeps an address from being used again.

    Args:
        previous: a memo whose still-valid results are handed on; what is not asked for
            again is forgotten with it.
    """

    def __init__(self, previous: Memo | None = None) -> None:
        self._old = dict(previous._entries) if previous is not None else {}
        self._entries: dict[str, tuple[tuple[Any, ...], Any]] = {}

    def get(self, name: str, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        """The result called ``name``, made anew if ``key`` changed."""
        held = self._entries.get(name) or self._old.pop(name, None)
        if held is None or len(held[0]) != len(key) or not all(map(_same, held[0], key)):
            if held is not None:
                self._entries.pop(name, None)
                self.drop(held[1])
            held = (key, make())
        self._entries[name] = held
        return held[1]

    def drop(self, result: Any) -> None:
        """Called with a result that is about to be replaced."""

    def results(self) -> list[Any]:
        """Everything held, the oldest first."""
        return [result for _, result in self._entries.values()]


def _same(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, (str, int, float, bool)):
        return bool(a == b)
    # A dataclass with eq=False (views, surfaces, arrays in general) has object's own equality.
    return dataclasses.is_dataclass(a) and type(a).__eq__ is not object.__eq__ and bool(a == b)
