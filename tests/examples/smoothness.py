"""How smooth a surface is from one point to the next."""

from __future__ import annotations

import numpy as np


def fourth_differences(values: np.ndarray, step: int) -> float:
    """Median size of the fourth differences along both axes, between points ``step`` apart."""
    along = [np.diff(values[::step], 4, axis=0), np.diff(values[:, ::step], 4, axis=1)]
    return float(np.median(np.abs(np.concatenate([part.ravel() for part in along]))))


def smoothness(values: np.ndarray) -> float:
    """How fourth differences grow when the step doubles.

    Of a smooth function they are h^4 times its fourth derivative, and grow 16-fold; of noise that
    is new at every point they stay as they are. Whatever the units, the result tells the two apart.
    """
    return fourth_differences(values, 2) / fourth_differences(values, 1)


def largest_bend(values: np.ndarray) -> float:
    """The largest second difference relative to the range of the values."""
    bends = (np.abs(np.diff(values, 2, axis=axis)).max() for axis in (0, 1))
    return float(max(bends) / (values.max() - values.min()))
