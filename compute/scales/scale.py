"""From values to heights: linear, logarithmic, symmetric logarithmic, asinh and rank scales.

A scale is a monotone map followed by an affine one. With ``t`` the monotone part,

    linear   t(v) = v
    log      t(v) = log10(v)
    symlog   t(v) = sign(v) * log10(1 + |v| / linthresh)
    asinh    t(v) = asinh(v / linthresh) / ln 10
    rank     t(v) = share of the values below v

    unit(v) = (t(v) - t(low)) / (t(high) - t(low))

It is done in float64, for the surface, ticks, contours, the profile of a cut and picking.
The symmetric logarithm is the C1 form of Webber, "A bi-symmetric log transformation for
wide-range data" (2013): no kink where the linear part ends, so shading shows none.
asinh (Lupton, Gunn and Szalay, "A modified magnitude system", 1999) is smooth throughout
and keeps small values linear for longer. Shaders need not know any of it: their textures
hold heights on the scale already.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.bands import in_bands
from compute.scales.ranks import Knots, knots, rank_of

Floats = NDArray[np.float64]
ScaleKind = Literal["linear", "log", "symlog", "asinh", "rank"]

KINDS: tuple[ScaleKind, ...] = ("linear", "log", "symlog", "asinh", "rank")
WIDE = 1e3  # more than three decades are unreadable on a linear axis
NEARLY_WIDE, CROWDED, CROWDED_BELOW = 1e2, 75.0, 0.1  # or over two, if crowded at the low end
_MAX = float(np.finfo(np.float64).max)
_TINY = float(np.finfo(np.float64).smallest_subnormal)
_LN10 = math.log(10.0)
# Rounding leaves values such as 1e-31 where an exact zero was meant. Below a hole of this
# many decades, a few lone values would flatten all others.
_HOLE_DECADES, _LONE_SHARE = 6.0, 0.01


@dataclass(frozen=True)
class Scale:
    """A monotone map that takes ``low`` to 0 and ``high`` to 1.

    Attributes:
        kind: "linear", "log", "symlog", "asinh" or "rank".
        low, high: ends of the drawn range, finite, low <= high; positive for "log".
        linthresh: size of a value at which "symlog" and "asinh" turn from linear to
            logarithmic, positive; the others ignore it.
        knots: the distribution of the values, for "rank" (:func:`compute.scales.ranks.knots`).

    Raises:
        ValueError: an end or threshold that the kind cannot have.
    """

    kind: ScaleKind
    low: float
    high: float
    linthresh: float = 1.0
    knots: Knots = field(default=(), repr=False)

    def __post_init__(self) -> None:
        for name in ("low", "high", "linthresh"):
            object.__setattr__(self, name, float(getattr(self, name)))
        if self.kind not in KINDS:
            raise ValueError(f"scale: no kind {self.kind!r}; choose from {', '.join(KINDS)}")
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise ValueError(f"scale: the range {self.low} ... {self.high} must be finite and ascending")
        if self.kind == "log" and self.low <= 0:
            raise ValueError(f"scale: a log scale starts above 0, not at {self.low}")
        if self.kind == "rank" and not self.knots:
            raise ValueError("scale: a rank scale needs the distribution of the values")
        if not (math.isfinite(self.linthresh) and self.linthresh > 0):
            raise ValueError(f"scale: linthresh must be positive, not {self.linthresh}")

    def transform(self, values: ArrayLike) -> Floats:
        """The monotone part ``t`` of the map, before the affine one.

        Args:
            values: any shape.

        Returns:
            Float64 of that shape; NaN where the value is not finite, -inf where a log
            scale meets a value that is not positive.
        """
        v = np.asarray(values, dtype=np.float64)
        out = np.where(np.isfinite(v), v, np.nan)
        if self.kind == "log":
            with np.errstate(divide="ignore"):
                out = np.log10(np.maximum(out, 0.0))
        elif self.kind in ("symlog", "asinh"):
            size = np.abs(out)
            with np.errstate(over="ignore"):
                quotient = size / self.linthresh
                t = (np.log1p(quotient) if self.kind == "symlog" else np.arcsinh(quotient)) / _LN10
                huge = np.isinf(t)  # the quotient overflowed: 1 + q == q there
                if np.any(huge):
                    far = np.log10(np.where(huge, size, 1.0)) - math.log10(self.linthresh)
                    t = np.where(huge, far + self._far, t)
            out = np.copysign(t, out)
        elif self.kind == "rank":
            value, rank = self._knots
            out = np.where(np.isnan(out), np.nan, rank_of(np.nan_to_num(out), value, rank))
        return out

    @cached_property
    def _knots(self) -> tuple[Floats, Floats]:
        """The knots as arrays: to make them anew takes longer than to map a few values."""
        value, rank = np.asarray(self.knots).T.copy()
        return value, rank

    @property
    def _far(self) -> float:
        """What t(v) exceeds log10(v / linthresh) by, far from zero."""
        return math.log10(2.0) if self.kind == "asinh" else 0.0

    def forward(self, values: ArrayLike) -> Floats:
        """Positions on the scale: 0 at ``low``, 1 at ``high``, not clamped.

        Args:
            values: any shape.

        Returns:
            Float64 of that shape. NaN where the value is not finite; 0 where a log scale
            meets a value that is not positive, and everywhere if the range is empty.
        """
        t = self.transform(values)
        if self.kind == "log":
            t = np.where(np.isneginf(t), self._end(self.low), t)
        low, high = self._end(self.low), self._end(self.high)
        if not high > low:
            return np.where(np.isnan(t), np.nan, 0.0)
        # high - low may overflow, half of it cannot.
        part = 1.0 if math.isfinite(high - low) else 0.5
        with np.errstate(over="ignore"):
            unit = (t * part - low * part) / (high * part - low * part)
        return np.clip(unit, -_MAX, _MAX)

    def inverse(self, unit: ArrayLike) -> Floats:
        """Values at positions on the scale; exact at 0 and 1.

        Args:
            unit: any shape.

        Returns:
            Float64 of that shape, saturating at the largest finite number.
        """
        u = np.asarray(unit, dtype=np.float64)
        low, high = self._end(self.low), self._end(self.high)
        with np.errstate(over="ignore"):
            t = low * (1.0 - u) + high * u
            if self.kind == "log":
                t = np.power(10.0, t)
            elif self.kind in ("symlog", "asinh"):
                size = np.abs(t) * _LN10
                curve = np.expm1 if self.kind == "symlog" else np.sinh
                small = self.linthresh * curve(np.minimum(size, 600.0))
                far = np.exp(size + math.log(self.linthresh) - self._far * _LN10)
                t = np.copysign(np.where(size < 600.0, small, far), t)
            elif self.kind == "rank":
                value, rank = self._knots
                t = np.clip(np.interp(t, rank, value), self.low, self.high)
        t = np.where(u == 0.0, self.low, np.where(u == 1.0, self.high, t))
        return np.clip(t, -_MAX, _MAX)

    def clamp(self, values: ArrayLike) -> Floats:
        """``values`` held within ``low ... high``; NaN stays."""
        return np.clip(np.asarray(values, dtype=np.float64), self.low, self.high)

    def _end(self, value: float) -> float:
        return float(self.transform(value))


def choose_scale(
    values: ArrayLike,
    kind: str = "auto",
    *,
    clamp_low: float | None = None,
    clamp_high: float | None = None,
    percentile_low: float = 0.0,
    percentile_high: float = 100.0,
    extent: tuple[float, float] | None = None,
) -> tuple[Scale, tuple[str, ...]]:
    """The scale that shows ``values``, and what should be said about it.

    "auto" looks at the range that is drawn, that is, after clamping: logarithmic where
    no value is negative and the positive ones span over three decades (all but the lowest
    hundredth of them, if there are zeros as well), or over two if three quarters of them
    lie in the lowest tenth of the range; symmetric logarithmic where both signs occur and
    nine tenths of the values are a thousand times smaller than the largest; linear
    otherwise.

    Args:
        values: any shape; values that are not finite are ignored.
        kind: "auto" or one of :data:`KINDS`; a log scale that cannot be is replaced, with a
            notice.
        clamp_low: the low end; None for the percentile.
        clamp_high: the high end; None for the percentile.
        percentile_low: 0 ... 100; share of the values below the low end, in percent.
        percentile_high: 0 ... 100; share of the values below the high end, in percent.

        extent: the least and the largest of the values where they are known, all of which are then finite.

    Returns:
        The scale, and notices of one sentence each.

    Raises:
        ValueError: ``kind`` is none of these.
    """
    if kind != "auto" and kind not in KINDS:
        raise ValueError(f"scale: no kind {kind!r}; choose from auto, {', '.join(KINDS)}")
    finite = np.asarray(values, dtype=np.float64).ravel()
    if extent is None:
        known = np.isfinite(finite)
        if not known.all():  # else no copy of what may be millions
            finite = finite[known]
    if finite.size == 0:
        return Scale("linear", 0.0, 1.0), ("No value is finite: there is nothing to draw.",)

    notices: list[str] = []
    extent = extent or (float(finite.min()), float(finite.max()))
    low, high = _range(finite, extent, clamp_low, clamp_high, percentile_low, percentile_high, notices)
    drawn = finite if (low, high) == extent else np.clip(finite, low, high)
    if low == high:
        notices.append(f"All values are drawn at {low:.6g}: the surface is flat.")
        return Scale("linear", low, high), tuple(notices)

    least, most = (min(max(end, low), high) for end in extent)
    chosen: ScaleKind
    if kind == "auto":
        chosen = _auto_kind(drawn, least, most)
    else:
        chosen = kind  # type: ignore[assignment]  # checked above
    if chosen == "log" and least < 0:
        chosen = "symlog"
        notices.append("A log scale cannot show negative values: drawn on a symmetric log scale.")

    if chosen == "log":
        free = clamp_low is None and percentile_low <= 0
        return _log_scale(drawn, low, high, free, kind == "auto", notices), tuple(notices)
    if chosen == "rank":
        return Scale("rank", low, high, knots=knots(finite)), tuple(notices)
    if chosen in ("symlog", "asinh"):
        # Nine tenths of the values then show their order of magnitude.
        size = np.abs(drawn)
        known = size[size > 0] if size.any() else np.array([max(-low, high)])
        linthresh = float(np.percentile(known, 10.0, method="nearest"))
        if kind == "auto":
            notices.append(
                f"The values have both signs and span over three decades: drawn on a symmetric log scale, "
                f"linear within ±{linthresh:.3g}."
            )
        return Scale(chosen, low, high, linthresh), tuple(notices)
    return Scale("linear", low, high), tuple(notices)


def _range(
    finite: Floats,
    extent: tuple[float, float],
    clamp_low: float | None,
    clamp_high: float | None,
    percentile_low: float,
    percentile_high: float,
    notices: list[str],
) -> tuple[float, float]:
    """Ends of the drawn range; what is given wins over what is found."""

    def end(clamp: float | None, percentile: float) -> float:
        if clamp is not None and math.isfinite(clamp):
            return float(clamp)
        if percentile <= 0.0 or percentile >= 100.0:  # needs no order
            return extent[0] if percentile <= 0.0 else extent[1]
        # An order statistic, never a mean of two: those may be ten decades apart.
        return float(np.percentile(finite, percentile, method="nearest"))

    low, high = end(clamp_low, percentile_low), end(clamp_high, percentile_high)
    if low > high:
        if (clamp_low is None) != (clamp_high is None):
            side, given = ("high", high) if clamp_low is None else ("low", low)
            notices.append(f"No value lies within the {side} end {given:.6g}: widen the range to see some.")
            return given, given
        notices.append(f"The low end {low:.6g} lies above the high end {high:.6g}: they were swapped.")
        low, high = high, low
    if extent[1] < low or extent[0] > high:
        notices.append(f"No value lies within {low:.6g} … {high:.6g}: widen the range to see some.")
    return low, high


def _auto_kind(drawn: Floats, least: float, most: float) -> ScaleKind:
    """The kind that shows values best, whose extremes are known."""
    largest = max(-least, most)
    if largest == 0:
        return "linear"
    if least < 0:
        return "symlog" if most > 0 and _mostly_below(drawn, largest / WIDE, 90.0) else "linear"
    smallest = least
    if least == 0:
        # A field that reaches zero (an accuracy, an error rate) comes as near to it as the grid
        # happens to: there the smallest value says nothing, the lowest hundredth does.
        smallest = float(np.percentile(drawn[drawn > 0], 1.0, method="nearest"))
    if largest / WIDE > smallest:
        return "log"
    if largest / NEARLY_WIDE <= smallest:
        return "linear"
    # Nearly three decades, and most of it a dark plain on a linear axis.
    return "log" if _mostly_below(drawn, least + CROWDED_BELOW * (largest - least), CROWDED) else "linear"


def _mostly_below(values: Floats, threshold: float, percentile: float) -> bool:
    """Whether a percentile of the values' sizes, the nearest of them, lies below a threshold.

    Without ordering them: so many sizes have to lie below it.
    """
    counts: list[int] = []

    def count(some: slice) -> None:
        counts.append(int(np.count_nonzero(np.abs(values[some]) < threshold)))

    in_bands(count, values.size, 8)
    return sum(counts) > round(percentile / 100.0 * (values.size - 1))


def _log_scale(
    drawn: Floats, low: float, high: float, free: bool, automatic: bool, notices: list[str]
) -> Scale:
    """A log scale over non-negative values; ``free``: nobody asked for this low end."""
    positive = drawn[drawn > 0] if drawn.min() <= 0 else drawn
    if positive.size == 0:
        notices.append("A log scale needs a positive value: drawn on a linear scale.")
        return Scale("linear", low, high)
    smallest = float(positive.min())
    start = low if low > 0 else smallest
    if free:
        start, lone = _above_hole(positive, start)
        if lone:
            notices.append(
                f"{_count(lone, 'value')} far below all others (from {smallest:.3g}): drawn at the low end."
            )
    if automatic:
        decades = math.log10(high) - math.log10(max(start, _TINY))
        notices.append(f"The values span {decades:.1f} decades: drawn on a log scale.")
    zeros = drawn.size - positive.size
    if zeros:
        notices.append(f"{_count(zeros, 'value')} equal to zero: drawn at the low end of the log scale.")
    return Scale("log", start, high)


def _above_hole(positive: Floats, start: float) -> tuple[float, int]:
    """The first value above the highest hole near the bottom, and how many lie below it.

    Args:
        positive: (n,) in any order.
        start: the low end if there is no hole.
    """
    if positive.size < 8:
        return start, 0
    count = max(1, int(positive.size * _LONE_SHARE))
    bottom = np.sort(np.partition(positive, count)[: count + 1])
    holes = np.flatnonzero(np.diff(np.log10(bottom)) > _HOLE_DECADES)
    if holes.size == 0:
        return start, 0
    lone = int(holes[-1]) + 1
    return float(bottom[lone]), lone


def _count(number: int, noun: str) -> str:
    return f"1 {noun} is" if number == 1 else f"{number:,} {noun}s are"
