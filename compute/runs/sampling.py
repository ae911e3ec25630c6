"""What a run evaluates, as it is told by those who know how."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.runs.identity import Identity
from compute.runs.provisional import Build
from compute.workers.outcome import Outcome

__all__ = ["Sampling"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sampling:
    """What a run evaluates.

    Attributes:
        measure: the outcomes at points, each a tuple of coefficients.
        x, y: the axes; y is None on a line.
        names: of the values, the height ("loss") first.
        identity: what the values depend on, JSON-like.
        build: a surface or curve of (x, y, record).
        payload: what a worker needs to do the same as ``measure`` with so many threads, pickled; None
            where it cannot.
        tile: points that ``measure`` takes at a time.
        threads: that it computes with.
        set_threads: makes it compute with others.
    """

    measure: Callable[[Sequence[tuple[float, ...]]], list[Outcome]]
    x: Floats
    y: Floats | None
    names: Sequence[str]
    identity: Callable[[], Identity]
    build: Build
    payload: Callable[[int], bytes] | None = None
    tile: int = 1
    threads: int | None = None
    set_threads: Callable[[int], None] | None = None
