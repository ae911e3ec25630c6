"""A rectangular grid of points in a plane: where they lie, what they gave.

Only numpy is needed, so that losses of any framework are sampled by the same rules.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.errors import ArgumentError
from compute.surface import FAILED, NOT_FINITE, OK, PENDING

__all__ = ["AxisSpec", "Record", "axis_values"]

AxisSpec = tuple[float, float, int]

# Of a grid: no run ends that has more, and a slip of the finger is told before memory runs out.
MOST_POINTS = 10**8

# Failures that are described one by one; all are counted.
FAILURES_KEPT = 20
MESSAGE_KEPT = 300


def axis_values(name: str, spec: Sequence[Any]) -> NDArray[np.float64]:
    """The coefficients of an axis: both ends exactly, and 0 exactly where the spacing meets it.

    Args:
        name: of the axis, for messages.
        spec: (first, last, count).

    Raises:
        ArgumentError: numbers that make no ascending axis.
    """
    doing = f"laying out the {name} axis"
    try:
        low, high, count = float(spec[0]), float(spec[1]), int(spec[2])
        whole = len(spec) == 3 and count == spec[2]
    except (TypeError, ValueError, IndexError, KeyError, OverflowError):
        whole = False
    if not whole:
        raise ArgumentError(doing, f"it is {spec!r}", "Give (first, last, count), e.g. (-1, 1, 51).")
    if not (math.isfinite(low) and math.isfinite(high) and math.isfinite(high - low)):
        raise ArgumentError(doing, f"it goes from {low} to {high}", "Give finite ends.")
    if not 1 <= count <= MOST_POINTS:
        todo = f"Give at least one point and at most {MOST_POINTS:,}."
        raise ArgumentError(doing, f"it has {count:,} points", todo)
    if not (low < high if count > 1 else low == high):
        raise ArgumentError(
            doing,
            f"it goes from {low:g} to {high:g} in {count} point{'s' * (count != 1)}",
            "Give a first value below the last, or one point with both ends equal.",
        )
    values = np.linspace(low, high, count)
    if count > 1:
        values[np.abs(values) < 1e-9 * (high - low) / (count - 1)] = 0.0
    if np.any(np.diff(values) <= 0):
        raise ArgumentError(
            doing,
            f"{count} points between {low!r} and {high!r} are closer than float64 can tell apart",
            "Give fewer points or a wider range.",
        )
    return values


def check_size(shape: tuple[int, int]) -> None:
    """Refuse a grid that no run would end, before anything is allocated for it.

    Args:
        shape: (ny, nx).

    Raises:
        ArgumentError: there are more points than ``MOST_POINTS``.
    """
    if math.prod(shape) > MOST_POINTS:
        raise ArgumentError(
            "laying out the grid",
            f"it has {shape[1]:,} x {shape[0]:,} points",
            f"Give at most {MOST_POINTS:,}.",
        )


class Record:
    """Values at the points of a (ny, nx) grid, filled in as they come.

    Args:
        shape: (ny, nx).
        names: of the values, the height ("loss") first.

    Attributes:
        fields: (ny, nx) float64 by name, NaN where not computed or failed.
        status: (ny, nx) uint8 of ``compute.surface``'s codes.
        failures: the first few points at which the metric raised, JSON-like.
        failed: how many there were.

    Raises:
        ArgumentError: there are more points than ``MOST_POINTS``.
    """

    def __init__(self, shape: tuple[int, int], names: Sequence[str]) -> None:
        check_size(shape)
        self.fields: dict[str, NDArray[np.float64]] = {name: np.full(shape, np.nan) for name in names}
        self.status: NDArray[np.uint8] = np.full(shape, PENDING, np.uint8)
        self.failures: list[dict[str, Any]] = []
        self.failed = 0

    def store(self, row: int, column: int, values: Mapping[str, float]) -> None:
        """Keep the values of one point; a loss that is not finite is a result like any other."""
        for name, field in self.fields.items():
            field[row, column] = values.get(name, np.nan)
        self.status[row, column] = OK if math.isfinite(values["loss"]) else NOT_FINITE

    def fail(self, row: int, column: int, x: float, y: float | None, error: Exception) -> None:
        """Keep what went wrong at one point; on a line it has no y."""
        self.status[row, column] = FAILED
        self.failed += 1
        if len(self.failures) < FAILURES_KEPT:
            message = " ".join(f"{type(error).__name__}: {error}".split())
            place = {"x": x} if y is None else {"x": x, "y": y}
            self.failures.append({**place, "error": message[:MESSAGE_KEPT]})
