"""Where the points of a grid lie: ranges as users give them, as ascending float64 coefficients."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from compute.errors import ArgumentError
from compute.runs.grid import AxisSpec, axis_values
from compute.surface import Path

__all__ = ["AxisSpec", "axis_values", "path_ranges"]

# Around a path: this part of its extent on each side, and an extent of at least this part of the
# longer axis, so that a path that is nearly straight still has something to see beside it.
PATH_MARGIN, LEAST_ASPECT = 0.2, 0.2


def path_ranges(paths: Sequence[Path], points: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Axes that hold the paths and the model with a margin, 0 among their values."""
    if points < 3:
        raise ArgumentError("laying out the axes", f"there are {points} points", "Give at least three.")
    positions = [np.concatenate([getattr(path, axis) for path in paths]) for axis in "xy"]
    ends = [(min(v.min(), 0.0), max(v.max(), 0.0)) for v in positions]
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
