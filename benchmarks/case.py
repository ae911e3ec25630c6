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
        points: how many points of a plane each side computes in a call; times are then those of one
            point, and the answers those of the points that both compute.
        least: the ratio that is asked for, 0 for none.
        flops: floating-point operations of a point, 0 where they do not matter.
        rounds: measurements, None for the usual number.
        alike: "*" where the other program has a plane of its own, so that only the work is alike, and
            the answers are those of what both have.
    """

    name: str
    ours: Callable[[], ArrayLike]
    baseline: Callable[[], ArrayLike]
    against: str
    rtol: float = 1e-12
    points: tuple[int, int] = (1, 1)
    least: float = 0
    flops: float = 0
    rounds: int | None = None
    alike: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure of this program alone, beside what was asked for.

    Attributes:
        name: what is measured, as it stands in the table.
        unit: of the figure, such as "ms".
        most: what it should not exceed.
        measure: measures it once.
        rounds: measurements; the table shows their median, the lowest and the highest.
    """

    name: str
    unit: str
    most: float
    measure: Callable[[], float]
    rounds: int = 15


@dataclass(frozen=True)
class Result:
    """Seconds a call or a point (medians), and baseline / ours: median, lowest, highest over the rounds."""

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
    answers = case.ours(), case.baseline()
    np.testing.assert_allclose(*answers, rtol=case.rtol, err_msg=case.name)
    pairs = []
    for index in range(rounds):
        pair = {}
        for side in ("ours", "baseline") if index % 2 == 0 else ("baseline", "ours"):
            start = time.perf_counter()
            getattr(case, side)()
            count = case.points[0 if side == "ours" else 1]
            pair[side] = (time.perf_counter() - start) / count
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
