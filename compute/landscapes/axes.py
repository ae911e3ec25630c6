"""Where the points of a grid lie: ranges as users give them, as ascending float64 coefficients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.parameters import ArgumentError
from compute.surface import Path

__all__ = ["AxisSpec", "axis_values", "path_ranges"]

AxisSpec = tuple[float, float, int]

# Around a path: this part of its extent on each side, and an extent of at least this part of the
# longer axis, so that a path that is nearly straight still has something to see beside it.
PATH_MARGIN, LEAST_ASPECT = 0.2, 0.2


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
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ArgumentError(doing, f"it goes from {low} to {high}", "Give finite ends.")
    if count < 1:
        raise ArgumentError(doing, f"it has {count} points", "Give at least one point.")
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


def path_ranges(path: Path, points: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Axes that hold the path and the model with a margin, 0 among their values."""
    if points < 3:
        raise ArgumentError("laying out the axes", f"there are {points} points", "Give at least three.")
    ends = [(min(v.min(), 0.0), max(v.max(), 0.0)) for v in (path.x, path.y)]
    longest = max(high - low for low, high in ends)
    axes = []
    for low, high in ends:
        extent = max(high - low, LEAST_ASPECT * longest)
        middle, half = (low + high) / 2, extent * (0.5 + PATH_MARGIN)
        # One step of the grid is spent on moving it so that it meets 0.
        step = 2 * half / (points - 2)
        before = math.ceil(-(middle - half) / step)
        axes.append(np.arange(-before, points - before) * step)
    return axes[0], axes[1]
