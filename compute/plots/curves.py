"""Curves along a line: loss and accuracy, training and test set, one network or several.

In the manner of figures 2 to 4 of Li et al. (NeurIPS 2018): the loss on the left axis, the accuracy
on the right one, the training set solid and the test set dashed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.errors import UsageError, listing
from compute.plots.axes import apply_scale
from compute.plots.look import Look
from compute.plots.style import COLORS, FAINT, INK, LOSS_COLOR, RIGHT_COLOR
from compute.plots.words import axis_label, field_label, literal
from compute.scales import Scale, choose_scale
from compute.surface import OK, Curve

__all__ = ["curve_figure"]

Floats = NDArray[np.float64]

_DASHES: dict[str, Any] = {"train": "-", "test": (0, (3.2, 1.6)), "val": (0, (1, 1.2))}
_RATIO, _GOLDEN = 0.68, 1.618


@dataclass(frozen=True, eq=False)
class _Line:
    """One line of a figure: of which curve, on which set of samples, with its values and their errors."""

    curve: int
    samples: str
    x: Floats
    values: Floats
    errors: Floats | None


def curve_figure(curves: Sequence[Curve], names: Sequence[str], look: Look) -> Any:
    """A figure of one or several curves, to be made and saved within ``styled``.

    Args:
        curves: at least one.
        names: of the curves, for the legend.
        look: how it shall look; of the scales those of the loss.

    Raises:
        UsageError: no curve has the field that is asked for.
    """
    from matplotlib.figure import Figure

    quantity = look.field or curves[0].field
    main = _lines(curves, quantity)
    if not main:
        known = dict.fromkeys(name for curve in curves for name in (curve.field, *curve.metrics))
        raise UsageError(
            "drawing curves", f"none has the field {quantity!r}", f"There are: {listing(known)}."
        )
    second = [] if quantity != curves[0].field else _lines(curves, "accuracy")
    place = look.accuracy if second else "none"
    if place == "auto":
        place = "right" if len(curves) == 1 else "below"
    rows = 2 if place == "below" else 1
    height = look.height or look.width * _RATIO * (1.0 if rows == 1 else 1.35)
    figure = Figure(figsize=(look.width, height), layout="constrained")
    grid = figure.subplots(rows, 1, sharex=True, squeeze=False, height_ratios=[_GOLDEN, 1][:rows])
    left = grid[0, 0]
    colored = place == "right" and len(curves) == 1
    _draw(left, main, look, LOSS_COLOR if colored else None)
    _value_axis(left, main, field_label(quantity), look, LOSS_COLOR if colored else INK)
    if place != "none":
        right = left.twinx() if place == "right" else grid[1, 0]
        thin = 0.7 if place == "right" and len(curves) > 1 else 1.0
        _draw(right, second, look, RIGHT_COLOR if colored else None, thin=thin)
        _accuracy_axis(right, second, RIGHT_COLOR if colored else INK)
        if thin < 1:
            right.set_ylabel("Accuracy (%, thin lines)")
    bottom = grid[-1, 0]
    bottom.set_xlabel(_across(curves))
    bottom.locator_params(axis="x", nbins=7)
    bottom.set_xlim(min(c.x[0] for c in curves), max(c.x[-1] for c in curves))
    for axes in grid[:, 0]:
        _mark_networks(axes, curves)
    _legend(figure, left, main + second, curves, names, look)
    return figure


def _lines(curves: Sequence[Curve], quantity: str) -> list[_Line]:
    """All fields of one quantity: that of the file's own samples, and ``test_loss`` and the like."""
    found = []
    for number, curve in enumerate(curves):
        own = _own_samples(curve)
        known = np.isfinite(curve.loss) & (curve.status == OK)
        fields = {curve.field: np.where(known, curve.loss, np.nan), **curve.metrics}
        for name, values in fields.items():
            if name != quantity and not name.endswith(f"_{quantity}"):
                continue
            samples = name[: -len(quantity) - 1] or own
            errors = curve.metrics.get(f"{name}_stderr")
            finite = np.where(np.isfinite(values), values, np.nan)
            found.append(_Line(number, samples, curve.x, finite, errors))
    return found


def _own_samples(curve: Curve) -> str:
    """The set of samples behind the curve's height: "train" where the file does not say otherwise."""
    data = curve.meta.get("data")
    split = data.get("split") if isinstance(data, dict) else None
    return "test" if split == "test" else "train"


def _draw(axes: Any, lines: Sequence[_Line], look: Look, color: str | None, thin: float = 1.0) -> None:
    for line in lines:
        shade = color or COLORS[line.curve % len(COLORS)]
        dash = _DASHES.get(line.samples, _DASHES["val"])
        axes.plot(line.x, line.values, color=shade, linestyle=dash, linewidth=1.25 * thin, clip_on=True)
        if look.stderr and line.errors is not None:
            low, high = line.values - line.errors, line.values + line.errors
            axes.fill_between(line.x, low, high, color=shade, alpha=0.2, linewidth=0)


def _value_axis(axes: Any, lines: Sequence[_Line], label: str, look: Look, color: str) -> None:
    values = np.concatenate([line.values for line in lines])
    scale, _ = choose_scale(values, look.scale, clamp_low=look.low, clamp_high=look.high)
    apply_scale(axes, _roomy(scale, look))
    axes.set_ylabel(label + (" (log scale)" if scale.kind == "log" else ""), color=color)
    axes.tick_params(axis="y", which="both", colors=color)


def _roomy(scale: Scale, look: Look) -> Scale:
    """A scale whose lines do not touch the frame, where nobody asked for an end."""
    if not scale.low < scale.high:
        pad = abs(scale.low) * 0.05 or 0.5
        return Scale("linear", scale.low - pad, scale.high + pad)
    low, high = (float(v) for v in scale.inverse([-0.04, 1.05]))
    if scale.kind == "linear" and scale.low >= 0 > low:
        low = 0.0  # a loss has no room below zero
    low, high = look.low if look.low is not None else low, look.high if look.high is not None else high
    return Scale(scale.kind, low, high, scale.linthresh)


def _accuracy_axis(axes: Any, lines: Sequence[_Line], color: str) -> None:
    """Accuracies are shares, drawn in per cent of the samples."""
    from matplotlib.ticker import MultipleLocator, PercentFormatter

    values = np.concatenate([line.values for line in lines])
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if high <= 1.0:
        wide = high - low > 0.4
        floor = 0.0 if wide else low - 0.1 * (high - low or 0.1)
        axes.set_ylim(floor, 1.03 if wide else min(1.0, high) + 0.08 * (high - low or 0.1))
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=None))
        if wide:
            axes.yaxis.set_major_locator(MultipleLocator(0.25 if axes.bbox.height < 100 else 0.2))
    axes.set_ylabel("Accuracy (%)" if high <= 1.0 else "Accuracy", color=color)
    axes.tick_params(axis="y", which="both", colors=color)


def _across(curves: Sequence[Curve]) -> str:
    labels = {axis_label(curve.meta, "x") for curve in curves}
    return labels.pop() if len(labels) == 1 else "\u03b1"


def _mark_networks(axes: Any, curves: Sequence[Curve]) -> None:
    """Faint upright lines where the networks are that a line goes through."""
    places = {0.0}  # where the line starts
    for curve in curves:
        for end in curve.meta.get("ends", ()):
            at = end.get("at") if isinstance(end, dict) else None
            places |= {float(at[0])} if at else set()
    low, high = min(c.x[0] for c in curves), max(c.x[-1] for c in curves)
    for place in sorted(places):
        if low < place < high:
            axes.axvline(place, color=FAINT, linewidth=0.5, linestyle=(0, (1, 2)), zorder=0)


def _legend(
    figure: Any, axes: Any, lines: Sequence[_Line], curves: Sequence[Curve], names: Sequence[str], look: Look
) -> None:
    from matplotlib.lines import Line2D

    samples = list(dict.fromkeys(line.samples for line in lines))
    handles = []
    if len(curves) > 1:
        for number, name in enumerate(names):
            handles.append(Line2D([], [], color=COLORS[number % len(COLORS)], linewidth=1.6, label=name))
    if len(samples) > 1:
        for each in samples:
            dash = _DASHES.get(each, _DASHES["val"])
            handles.append(Line2D([], [], color=INK, linewidth=1.1, linestyle=dash, label=literal(each)))
    if handles:
        longest = sum(len(str(handle.get_label())) + 6 for handle in handles)
        room = 1.9 * look.width * 72 / look.font_size
        columns = len(handles) if longest < room else max(1, int(len(handles) * room / longest))
        figure.legend(handles=handles, loc="outside upper center", ncols=columns)
