"""How much memory runs take beyond what they are given: processes of their own are measured."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from benchmarks import networks
from benchmarks.case import Figure
from benchmarks.memory import beyond

MILLIONS, SIDE = 100, 1001


def cases() -> Iterator[Figure]:
    """A model that fills memory, and a grid that does."""
    if sys.platform != "linux":
        networks.left_out("memory", "only Linux tells what memory is a file's")
        return

    def copies() -> float:
        peak, model = beyond("large", MILLIONS)
        return peak / model

    def megabytes() -> float:
        return beyond("points", SIDE)[0] / 1e6

    name = f"peak memory of a 3×3 plane of {MILLIONS} million parameters, beyond model and samples"
    yield Figure(name, "copies of the model", 3.1, copies, rounds=1)
    name = f"peak memory of a {SIDE}×{SIDE} plane, 76 parameters (its values and status: 25 MB)"
    yield Figure(name, "MB", 100, megabytes, rounds=1)
