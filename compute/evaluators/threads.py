"""How many threads a run computes with.

A network of a few thousand parameters takes microseconds an operation: threads then wait for each
other longer than they work, above all on a machine that has something else to do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

__all__ = ["faster_threads", "threads_restored"]

# Seconds for one call beyond which threads are taken to be worth it without trying.
LONG = 0.3
TRIALS = 3


@contextmanager
def threads_restored() -> Iterator[None]:
    """The number of threads is as before when the block ends."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        if torch.get_num_threads() != before:
            torch.set_num_threads(before)


def faster_threads(call: Callable[[], object]) -> None:
    """Go on with one thread, if ``call`` then takes no longer than with all that there are."""
    several = torch.get_num_threads()
    if several == 1:
        return
    with_all = _seconds(call, 1)
    if with_all > LONG:
        return
    with_all = _seconds(call, TRIALS)
    torch.set_num_threads(1)
    if _seconds(call, TRIALS) > with_all:
        torch.set_num_threads(several)


def _seconds(call: Callable[[], object], trials: int) -> float:
    best = float("inf")
    for _ in range(trials):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best
