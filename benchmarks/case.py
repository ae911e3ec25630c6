"""One measurement: the same answer from two programs, timed turn by turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Case:
    """What is compared.

    Attributes:
        name: what both do, as it stands in the table.
        ours: does it with this project; returns the answer.
        baseline: the same answer by other means.
        against: what the baseline is, as it stands in the table.
        rtol: relative difference that the two answers may have.
        rounds: measurements, None for the usual number.
    """

    name: str
    ours: Callable[[], ArrayLike]
    baseline: Callable[[], ArrayLike]
    against: str
    rtol: float = 1e-12
    rounds: int | None = None


@dataclass(frozen=True)
class Result:
    """Seconds a call (medians), and baseline / ours: median, lowest and highest over the rounds."""

    case: Case
    ours_s: float
    baseline_s: float
    ratio: float
    ratio_low: float
    ratio_high: float
    rounds: int


def measure(case: Case, rounds: int = 7) -> Result:
    """Time the two in turns, so that whatever else the machine does meets both alike.

    The first call of each is not timed: it warms caches and yields the answers, which must agree.

    Raises:
        AssertionError: the two answers differ by more than ``case.rtol``.
    """
    rounds = case.rounds or rounds
    np.testing.assert_allclose(case.ours(), case.baseline(), rtol=case.rtol, err_msg=case.name)
    pairs = []
    for index in range(rounds):
        pair = {}
        for side in ("ours", "baseline") if index % 2 == 0 else ("baseline", "ours"):
            start = time.perf_counter()
            getattr(case, side)()
            pair[side] = time.perf_counter() - start
        pairs.append(pair)
    ratios = [pair["baseline"] / pair["ours"] for pair in pairs]
    return Result(
        case=case,
        ours_s=statistics.median(pair["ours"] for pair in pairs),
        baseline_s=statistics.median(pair["baseline"] for pair in pairs),
        ratio=statistics.median(ratios),
        ratio_low=min(ratios),
        ratio_high=max(ratios),
        rounds=rounds,
    )
