"""What came of one point: its values, or one line on why there are none."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["Outcome", "died", "outcome"]

Outcome = Mapping[str, float] | str

DIED = "WorkerDied: "


def outcome(found: Mapping[str, float] | Exception) -> Outcome:
    """What was found at a point, or why nothing was."""
    if isinstance(found, Exception):
        return " ".join(f"{type(found).__name__}: {found}".split())
    return found


def died(outcome: Outcome) -> bool:
    """Whether the point was given up because the workers that it was given to died."""
    return isinstance(outcome, str) and outcome.startswith(DIED)
