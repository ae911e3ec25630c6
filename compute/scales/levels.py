"""Values at which iso-lines are drawn: round, and as even as the scale has them.

Evenly spaced levels leave the floor of a loss empty and crowd its walls; on a logarithmic scale
they follow the decades instead.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.scales.scale import Scale, choose_scale
from compute.scales.ticks import multiples, nice_step

__all__ = ["MOST_LEVELS", "emphasised", "iso_levels", "parse_levels", "stepped_levels"]

Floats = NDArray[np.float64]

# Ladders of levels on a log scale, coarse to fine: every k-th decade, then so many a
# decade, as even as round numbers can be (ISO 3 preferred numbers for the fine ones).
_STRIDES = (500, 200, 100, 50, 20, 10, 5, 3, 2, 1)
_LADDERS = (
    (1.0, 3.0),
    (1.0, 2.0, 5.0),
    (1.0, 1.6, 2.5, 4.0, 6.3),
    (1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0),
    (1.0, 1.12, 1.25, 1.4, 1.6, 1.8, 2.0, 2.24, 2.5, 2.8, 3.15, 3.55, 4.0, 4.5, 5.0, 5.6, 6.3, 7.1, 8.0, 9.0),
)
MOST_LEVELS = 64
"""As many as the surface's shader takes."""


def iso_levels(scale: Scale, values: ArrayLike, count: int, spacing: str = "auto") -> Floats:
    """About ``count`` levels at which to draw iso-lines.

    Args:
        scale: the drawn range; "auto" spaces the levels evenly on it, at round numbers.
        values: the surface's values, any shape; "quantile" puts equal shares of those
            within the range between the levels, "log" starts at the smallest.
        count: how many; round numbers may give a few more or less.
        spacing: "auto", "linear", "log" or "quantile".

    Returns:
        (k,) float64, ascending, distinct, strictly between the scale's ends. Empty if the
        range is.

    Raises:
        ValueError: an unknown spacing.
    """
    if spacing not in ("auto", "linear", "log", "quantile"):
        raise ValueError(f"iso-levels: no spacing {spacing!r}; choose from auto, linear, log, quantile")
    if count < 1 or not scale.low < scale.high:
        return np.empty(0)
    if spacing == "quantile" or (spacing == "auto" and scale.kind == "rank"):
        levels: Sequence[float] | Floats = _quantiles(scale, values, count)
    else:
        if spacing == "log" and scale.kind in ("linear", "rank"):
            scale, _ = choose_scale(scale.clamp(values), "log", clamp_low=scale.low, clamp_high=scale.high)
        kind = "linear" if spacing == "linear" or scale.kind == "rank" else scale.kind
        levels = _nice(scale, kind, count)
    unique = np.array(sorted(set(np.asarray(levels, dtype=np.float64).tolist())), dtype=np.float64)
    return unique[(unique > scale.low) & (unique < scale.high)]


def parse_levels(text: str) -> tuple[float, ...]:
    """Levels written with commas, semicolons or blanks between them, ascending and distinct.

    Raises:
        ValueError: a part is no finite number, or there are more than :data:`MOST_LEVELS`.
    """
    found = set()
    for word in text.replace(",", " ").replace(";", " ").split():
        try:
            value = float(word)
        except ValueError:
            raise ValueError(f"{word!r} is no number; write levels such as 0.1,0.5,1") from None
        if not math.isfinite(value):
            raise ValueError(f"{word!r} is not finite; write levels such as 0.1,0.5,1")
        found.add(value)
    if not found or len(found) > MOST_LEVELS:
        raise ValueError(f"{len(found)} levels; give 1 ... {MOST_LEVELS}")
    return tuple(sorted(found))


def stepped_levels(scale: Scale, step: float) -> tuple[Floats, int]:
    """The multiples of a step within a range.

    Returns:
        The levels, and how many steps lie between two of them: more than 1 where there
        would be more than :data:`MOST_LEVELS`.

    Raises:
        ValueError: the step is not positive.
    """
    if not (math.isfinite(step) and step > 0):
        raise ValueError(f"iso-levels: the step must be positive, not {step}")
    if not scale.low < scale.high:
        return np.empty(0), 1
    # Finer than the values themselves no step can be told from another, and their number overflows.
    step = max(step, 1e-15 * max(abs(scale.low), abs(scale.high)))
    stride = max(1, math.ceil((scale.high / step - scale.low / step) / MOST_LEVELS))
    first = math.ceil(scale.low / step / stride)
    levels = (first + np.arange(MOST_LEVELS + 2)) * (step * stride)
    # 3 * 0.1 is 0.30000000000000004: as many digits as the step has, and no more.
    round_levels: Floats = np.array([float(f"{level:.12g}") for level in levels], dtype=np.float64)
    inside = (round_levels > scale.low) & (round_levels < scale.high)
    return round_levels[inside][:MOST_LEVELS], stride


def _quantiles(scale: Scale, values: ArrayLike, count: int) -> Floats:
    v = np.asarray(values, dtype=np.float64).ravel()
    v = v[(v >= scale.low) & (v <= scale.high)]
    if v.size == 0:
        return np.empty(0)
    # On the scale, where no difference can overflow and a mean of two values lies amid them.
    return scale.inverse(np.quantile(scale.forward(v), np.arange(1, count + 1) / (count + 1)))


def _nice(scale: Scale, kind: str, count: int) -> Sequence[float] | Floats:
    """The round levels whose number comes closest to ``count``."""
    low, high = scale.low, scale.high
    candidates: Sequence[Sequence[float]] = []
    if kind == "log":
        candidates = _ladders(low, high)
    elif kind in ("symlog", "asinh"):
        both: list[list[float]] = []
        up = _ladders(scale.linthresh, high) if high > scale.linthresh else []
        down = _ladders(scale.linthresh, -low) if -low > scale.linthresh else []
        for k in range(max(len(up), len(down))):
            sides = ([-v for v in down[k]] if down else []) + (list(up[k]) if up else [])
            both.append([*sides, 0.0] if low < 0 < high else sides)
        candidates = both
    counts = [sum(low < v < high for v in levels) for levels in candidates]
    if not candidates or max(counts) < 0.6 * count:
        # Linear, or too narrow for the ladders of a logarithmic scale.
        step = nice_step(low, high, count + 1)
        if step is None:
            return scale.inverse(np.arange(1, count + 1) / (count + 1))
        linear = multiples(low, high, step)
        if kind not in ("symlog", "asinh") or len(linear) <= 2 or not candidates:
            return linear if any(low < v < high for v in linear) else scale.inverse([0.5])
        return scale.inverse(np.arange(1, count + 1) / (count + 1))
    best = min(range(len(counts)), key=lambda k: abs(math.log((counts[k] or 1e-3) / count)))
    return candidates[best]


def _ladders(low: float, high: float) -> list[list[float]]:
    """Round numbers between two positive ends, ever denser."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    exponents = range(first, last + 1)
    rungs = [[float(f"1e{e}") for e in exponents if e % stride == 0] for stride in _STRIDES]
    rungs += [[float(f"{m}e{e}") for e in exponents for m in ladder] for ladder in _LADDERS]
    return [[v for v in rung if low < v < high] for rung in rungs]


def emphasised(levels: ArrayLike) -> NDArray[np.bool_]:
    """Which levels are drawn thicker: every fifth, at whole decades or round numbers.

    Args:
        levels: (k,) ascending, as :func:`iso_levels` gives them.

    Returns:
        (k,) bool.
    """
    v = np.asarray(levels, dtype=np.float64)
    if v.size < 3:
        return np.zeros(v.shape, dtype=bool)
    step = float(v[-1] / (v.size - 1) - v[0] / (v.size - 1))
    if np.allclose(np.diff(v), step, rtol=1e-6, atol=0.0):
        number = np.rint(v / step)
        return np.asarray((number % 5 == 0) & (np.abs(v / step - number) < 0.05))
    with np.errstate(divide="ignore"):
        exponent = np.log10(np.abs(v))
    decade = np.isclose(exponent, np.rint(exponent), rtol=0.0, atol=1e-9) | (v == 0)
    if np.all(decade):
        whole = np.where(v == 0, 0.0, exponent)
        stride = np.abs(np.diff(np.rint(exponent[v != 0]))).min() if np.count_nonzero(v) > 1 else 1.0
        return np.asarray(np.rint(whole / max(stride, 1.0)) % 5 == 0)
    wide = 0 < v[0] < v[-1] / 3  # the quotient of the two may overflow
    if np.count_nonzero(decade) >= 2 or (np.any(decade) and wide):
        return np.asarray(decade)
    return np.arange(v.size) % 5 == 4
