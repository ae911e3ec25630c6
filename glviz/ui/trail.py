"""The way back and forth: what stood before each change, and what an undo took away.

Settings and the camera have a trail each, as users of modelling programs know it: Ctrl+Z
takes back what was set, and never throws away a view that was found with care; views have
a back and a forward of their own, as a browser has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

__all__ = ["LONGEST", "Trail"]

LONGEST = 200
"""Steps kept; the oldest are forgotten first."""

T = TypeVar("T")


@dataclass(frozen=True)
class Trail(Generic[T]):
    """Values before each step, and values after each step that was taken back.

    Attributes:
        past: the oldest first.
        future: what redo goes to, the nearest last.
        open: whether the last step still goes on (a drag, a key held down): what follows
            belongs to it.
    """

    past: tuple[T, ...] = ()
    future: tuple[T, ...] = ()
    open: bool = False

    def stepped(self, before: T, *, held: bool) -> Trail[T]:
        """The trail after a change.

        Args:
            before: the value that the change replaced.
            held: whether the change may go on in the next frame.
        """
        past = self.past if self.open else (*self.past, before)[-LONGEST:]
        return Trail(past, (), held)

    def rested(self, *, held: bool) -> Trail[T]:
        """The trail after a frame without a change: a step that is not held any more has ended."""
        return replace(self, open=False) if self.open and not held else self

    def back(self, now: T) -> tuple[T, Trail[T]]:
        """The value before the last step, and the trail from there; ``now`` is what redo returns to."""
        return self.past[-1], Trail(self.past[:-1], (*self.future, now))

    def forth(self, now: T) -> tuple[T, Trail[T]]:
        """The value that the last undo took away, and the trail from there."""
        return self.future[-1], Trail((*self.past, now), self.future[:-1])

    def without_last(self) -> Trail[T]:
        """The trail as if the last step had never been made."""
        return Trail(self.past[:-1])
