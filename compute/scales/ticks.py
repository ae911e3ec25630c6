"""Where the ticks of an axis lie, and how numbers are written.

Linear axes step by 1, 2 or 5 times a power of ten (Heckbert, "Nice numbers for graph
labels", Graphics Gems, 1990); logarithmic ones by decades, thinned to every second,
third, fifth, ... where there are many, and divided at 2 and 5 where there are few.

Labels use a true minus sign; what follows ``^`` is an exponent to be raised.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from compute.scales.scale import Scale

MINUS = "\u2212"
_PLAIN = (1e-3, 1e5)  # sizes that are written out
_STRIDES = (1, 2, 3, 5, 10, 20, 50, 100, 200)
_SUB_STRIDE = {1: 1, 2: 1, 3: 1, 5: 1, 10: 2, 20: 5, 50: 10, 100: 20, 200: 50}
_SAME = 1e-9  # of a step: what rounding can do
_RAISED = re.compile(r"\^([-\u2212+]?[0-9.]+)")


@dataclass(frozen=True)
class Tick:
    """A mark on an axis.

    Attributes:
        value: in the data's unit.
        unit: position on the scale, 0 ... 1.
        label: what is written, empty for none.
        major: whether it is drawn long.
    """

    value: float
    unit: float
    label: str
    major: bool


def ticks(scale: Scale, about: int = 6) -> tuple[Tick, ...]:
    """Ticks of a scale, ascending, all within its range.

    Args:
        scale: the axis.
        about: how many labels would be welcome; a few more or less come out.
    """
    about = max(2, about)
    if scale.low == scale.high:
        return (Tick(scale.low, 0.0, format_value(scale.low), True),)
    labelled: list[float] = []
    unlabelled: list[float] = []
    if scale.kind == "log":
        labelled, unlabelled = _decades(scale.low, scale.high, about)
    elif scale.kind in ("symlog", "asinh"):
        labelled = _two_sided(scale, about)
    elif scale.kind == "rank":
        return _even(scale, about)
    if scale.kind != "linear" and len(labelled) >= 3:
        labels = _power_labels(labelled)
    else:
        labelled, labels = _linear(scale.low, scale.high, about)
        unlabelled = []
    marks = [(value, label, True) for value, label in zip(labelled, labels, strict=True)]
    marks += [(value, "", False) for value in unlabelled]
    marks = sorted(mark for mark in marks if scale.low <= mark[0] <= scale.high)
    units = scale.forward([mark[0] for mark in marks])
    return tuple(
        Tick(value, float(unit), label, major)
        for (value, label, major), unit in zip(marks, units, strict=True)
    )


def fitted_ticks(scale: Scale, about: int, room: Callable[[str], float]) -> tuple[Tick, ...]:
    """Ticks of a scale, fewer where their labels would lie on each other.

    Args:
        scale: the axis.
        about: how many labels would be welcome at most.
        room: the share of the axis that a label takes, with the gap to the next one.
    """
    found: tuple[Tick, ...] = ()
    for count in range(max(2, about), 1, -1):
        found = ticks(scale, count)
        labelled = [tick for tick in found if tick.label]
        pairs = zip(labelled, labelled[1:], strict=False)
        if all(b.unit - a.unit >= (room(a.label) + room(b.label)) / 2 for a, b in pairs):
            return found
    # Not even two have room side by side: those that are in the way go unlabelled.
    kept: list[Tick] = []
    end = -math.inf
    for tick in found:
        half = room(tick.label) / 2
        fits = bool(tick.label) and tick.unit - half >= end
        end = tick.unit + half if fits else end
        kept.append(tick if fits else replace(tick, label=""))
    return tuple(kept)


def _even(scale: Scale, about: int) -> tuple[Tick, ...]:
    """Ticks evenly far apart, at the shortest numbers near them: where no step is round."""
    found: dict[float, Tick] = {}
    for place in np.linspace(0.0, 1.0, about + 1):
        exact = float(scale.inverse(place))
        for digits in range(1, 8):
            value = float(f"{exact:.{digits - 1}e}")
            unit = float(scale.forward(value))
            if scale.low <= value <= scale.high and abs(unit - place) <= 0.12 / about:
                found.setdefault(value, Tick(value, unit, format_value(value, digits), True))
                break
    return tuple(sorted(found.values(), key=lambda tick: tick.value))


def nice_step(low: float, high: float, about: int) -> tuple[int, int] | None:
    """The step 1, 2 or 5 times a power of ten that divides a range into about so many parts.

    Returns:
        Mantissa and exponent, or None where the range is too narrow for its numbers to
        be told apart.
    """
    rough = high / about - low / about
    if not rough > max(abs(low), abs(high)) * 1e-13 or rough < 1e-300:
        return None
    exponent = math.floor(math.log10(rough))
    steps = [(m, exponent + extra) for m, extra in ((1, 0), (2, 0), (5, 0), (1, 1))]
    return min(steps, key=lambda step: abs(math.log(float(f"{step[0]}e{step[1]}") / rough)))


def multiples(low: float, high: float, step: tuple[int, int]) -> list[float]:
    """The multiples of ``step`` (mantissa, exponent) in ``low ... high``, correctly rounded."""
    mantissa, exponent = step
    size = float(f"{mantissa}e{exponent}")
    first, last = math.ceil(low / size - _SAME), math.floor(high / size + _SAME)
    values = (float(f"{k * mantissa}e{exponent}") for k in range(first, last + 1))
    return [min(high, max(low, value)) if value else 0.0 for value in values if math.isfinite(value)]


def _linear(low: float, high: float, about: int) -> tuple[list[float], list[str]]:
    step = nice_step(low, high, about)
    if step is None:
        return [low, high], [f"{value:.17g}".replace("-", MINUS) for value in (low, high)]
    values = multiples(low, high, step)
    return values, _even_labels(values, step[1])


def _even_labels(values: Sequence[float], exponent: int) -> list[str]:
    """Labels of multiples of m * 10^exponent, all with the same number of decimals."""
    largest = max((abs(value) for value in values), default=0.0)
    if largest == 0:
        return ["0"] * len(values)
    common = math.floor(math.log10(largest) + 1e-12)
    plain = _PLAIN[0] * (1 - _SAME) <= largest < _PLAIN[1]
    if plain or common - exponent > 5:
        decimals = max(0, -exponent)
        return [f"{value:.{decimals}f}".replace("-", MINUS) for value in values]
    decimals = common - exponent
    labels = []
    for value in values:
        mantissa = f"{value / float(f'1e{common}'):.{decimals}f}"
        labels.append("0" if value == 0 else _power(mantissa, common))
    return labels


def _power(mantissa: str, exponent: int) -> str:
    if mantissa in ("1", "-1"):
        text = f"{mantissa[:-1]}10^{exponent}"
    else:
        text = f"{mantissa}×10^{exponent}"
    return text.replace("-", MINUS)


# --- logarithmic -------------------------------------------------------------------------


def _decades(low: float, high: float, about: int) -> tuple[list[float], list[float]]:
    """Labelled and unlabelled values of a log axis."""
    first, last = math.ceil(math.log10(low) - _SAME), math.floor(math.log10(high) + _SAME)
    if math.log10(high) - math.log10(low) <= 2.2:
        return _mantissas(first, last, (1, 2, 5), low, high), _mantissas(
            first, last, (3, 4, 6, 7, 8, 9), low, high
        )
    if last - first < 2:  # less than three of them: too few to be told for a log axis
        return _mantissas(first, last, (1, 3), low, high), _mantissas(
            first, last, (2, 4, 5, 6, 7, 8, 9), low, high
        )
    stride = _stride(last - first + 1, about)
    sub = _SUB_STRIDE[stride]
    labelled = [e for e in range(first, last + 1) if e % stride == 0]
    if stride == 1:
        return _tens(labelled), _mantissas(first, last, range(2, 10), low, high)
    return _tens(labelled), _tens(e for e in range(first, last + 1) if e % sub == 0 and e % stride)


def _stride(count: int, about: int) -> int:
    """How many decades apart the labels lie."""
    return next((s for s in _STRIDES if count <= s * (about + 2)), _STRIDES[-1])


def _tens(exponents: Iterable[int]) -> list[float]:
    return [float(f"1e{e}") for e in exponents]


def _mantissas(first: int, last: int, choice: Sequence[int], low: float, high: float) -> list[float]:
    values = (float(f"{m}e{e}") for e in range(first - 1, last + 1) for m in choice)
    return [value for value in values if low <= value <= high]


def _two_sided(scale: Scale, about: int) -> list[float]:
    """Labelled values of a symlog axis: zero and the decades on both sides of it."""
    negative, positive = max(0.0, -scale.low), max(0.0, scale.high)
    # Below the threshold the axis is linear: its decades would crowd about zero.
    first = math.ceil(math.log10(scale.linthresh) - _SAME)
    lasts = [math.floor(math.log10(side) + _SAME) if side > 0 else first - 1 for side in (negative, positive)]
    span = sum(max(0, last - first + 1) for last in lasts) + 1
    stride = _stride(span, about)
    values = [0.0]
    for sign, last in zip((-1.0, 1.0), lasts, strict=True):
        values += [sign * value for value in _tens(e for e in range(first, last + 1) if e % stride == 0)]
    values = [value for value in sorted(values) if scale.low <= value <= scale.high]
    room = 0.5 / (about + 2)
    zero = float(scale.forward(0.0))
    return [
        v for v, unit in zip(values, scale.forward(values), strict=True) if v == 0 or abs(unit - zero) > room
    ]


def _power_labels(values: Sequence[float]) -> list[str]:
    """Written out where that is short for all; as powers of ten otherwise."""
    sizes = [abs(value) for value in values if value]
    if min(sizes) >= _PLAIN[0] * (1 - _SAME) and max(sizes) < _PLAIN[1]:
        return [np.format_float_positional(value, trim="-").replace("-", MINUS) for value in values]
    labels = []
    for value in values:
        mantissa, exponent = f"{value:.0e}".split("e")
        labels.append("0" if value == 0 else _power(mantissa, int(exponent)))
    return labels


# --- readouts ----------------------------------------------------------------------------


def format_value(value: float, digits: int = 4) -> str:
    """A number as short as ``digits`` significant digits allow, e.g. "0.05", "−2.386×10^10"."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    mantissa, _, power = f"{value:.{max(1, digits) - 1}e}".partition("e")
    exponent = int(power)
    if value == 0:
        return "0"
    if -3 <= exponent <= 4:
        text = f"{value:.{max(0, digits - 1 - exponent)}f}"
        return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", MINUS)
    return _power(mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa, exponent)


def digits_for(value: float, gap: float, least: int = 4) -> int:
    """How many significant digits tell a value from others that are ``gap`` away.

    Args:
        value: to be written.
        gap: what a reader should see; rounding takes a tenth of it at most.
        least: no fewer digits than these, which are enough where the gap is not positive or not known.
    """
    most = 17  # as many tell any two float64 apart
    if not (gap > 0 and math.isfinite(value)):
        return least
    found = range(least, most)
    return next((k for k in found if abs(float(f"{value:.{k - 1}e}") - value) <= 0.1 * gap), most)


def format_apart(values: Iterable[float], span: float = math.inf, least: int = 4) -> list[str]:
    """Numbers as short as they can be told from each other, e.g. "2.3024" and "2.3026".

    Args:
        values: in any order; each has the digits that its distance to the nearest other one needs.
        span: of the range that they lie in: no gap is taken for larger, so that a lone value is told
            from the ends.
        least: no fewer significant digits than these.
    """
    listed = [float(value) for value in values]
    known = sorted({value for value in listed if math.isfinite(value)})
    gaps = [span, *(above - below for below, above in zip(known, known[1:], strict=False)), span]
    nearest = {value: min(span, gaps[k], gaps[k + 1]) for k, value in enumerate(known)}
    return [format_value(value, digits_for(value, nearest.get(value, 0.0), least)) for value in listed]


def raised_runs(text: str) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is raised: "10^-3" is written as it is in a paper."""
    pieces = _RAISED.split(text)
    return [(p.replace("-", MINUS) if i % 2 else p, i % 2 == 1) for i, p in enumerate(pieces) if p]
