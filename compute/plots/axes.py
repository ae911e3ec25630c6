"""Scales and ticks of the viewer on matplotlib's axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from compute.scales import MINUS, Scale, raised_runs, ticks

__all__ = ["apply_scale", "mathtext", "set_ticks"]


def apply_scale(axis: Any, scale: Scale, about: int = 5) -> None:
    """Make a vertical axis linear or logarithmic, from end to end of the scale, with its ticks.

    Args:
        axis: a ``matplotlib.axes.Axes``.
        scale: linear, log, symlog or asinh.
        about: how many labels would be welcome.
    """
    # The symmetric logarithm of these figures has no kink: neither of matplotlib's two is it.
    axis.set_yscale("function", functions=(scale.transform, _inverse_of(scale)))
    axis.set_ylim(scale.low, scale.high)
    set_ticks(axis.yaxis, scale, about)


def _inverse_of(scale: Scale) -> Any:
    low, high = (float(scale.transform(end)) for end in (scale.low, scale.high))

    def inverse(t: Any) -> Any:
        return scale.inverse((np.asarray(t, dtype=np.float64) - low) / (high - low))

    return inverse


def set_ticks(axis: Any, scale: Scale, about: int) -> None:
    """The scale's ticks on one axis, at their values.

    Args:
        axis: a ``matplotlib.axis.Axis``.
        scale: of the values.
        about: how many labels would be welcome.
    """
    marks = ticks(scale, about)
    major = [mark for mark in marks if mark.major]
    axis.set_ticks([mark.value for mark in major], [mathtext(mark.label) for mark in major])
    axis.set_ticks([mark.value for mark in marks if not mark.major], [], minor=True)


def mathtext(label: str) -> str:
    """A tick's label with its exponent raised."""
    runs = raised_runs(label)
    return "".join(f"$^{{{run.replace(MINUS, '-')}}}$" if raised else run for run, raised in runs)
