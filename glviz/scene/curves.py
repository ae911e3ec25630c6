"""Curves (one direction) as a plot: one chart for the loss, one below for each further metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.scales import Scale, Tick, choose_scale, ticks
from compute.surface import OK, Curve, field_names
from glviz.scene.fields import ScaledField, said_once
from glviz.settings import Settings

Floats = NDArray[np.float64]

STDERR = "_stderr"
"""What the name of a metric's standard error ends in."""


@dataclass(frozen=True, eq=False)
class CurveLine:
    """One line of a chart.

    Attributes:
        file: number of the curve it belongs to; decides its colour.
        x: (n,) data coordinates.
        values: (n,) NaN where there is no value.
        error: (n,) standard error of the values, or None.
    """

    file: int
    x: Floats
    values: Floats
    error: Floats | None


@dataclass(frozen=True, eq=False)
class Chart:
    """One field of all curves, on a scale of its own."""

    name: str
    scale: Scale
    ticks: tuple[Tick, ...]
    lines: tuple[CurveLine, ...]


@dataclass(frozen=True, eq=False)
class CurvePlot:
    """Everything that is drawn of one or several curves.

    Attributes:
        data: the curves.
        titles: of their files.
        title: of the plot.
        settings: how it shall look.
        charts: the height's first; they share the horizontal axis.
        across: the horizontal scale.
        ticks_x: its ticks.
        height: all values of the first chart, for sliders that run over them.
        valid: which of these are numbers.
        notices: what a reader should be told.
    """

    data: tuple[Curve, ...]
    titles: tuple[str, ...]
    title: str
    settings: Settings
    charts: tuple[Chart, ...]
    across: Scale
    ticks_x: tuple[Tick, ...]
    height: ScaledField
    valid: NDArray[np.bool_]
    notices: tuple[str, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of all fields that any of the curves has."""
        return tuple(dict.fromkeys(name for curve in self.data for name in field_names(curve)))

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the fields that :attr:`Settings.metrics` may ask for."""
        return tuple(
            name for name in self.fields if name != self.charts[0].name and not name.endswith(STDERR)
        )


def build_plot(curves: Sequence[Curve], titles: Sequence[str], settings: Settings) -> CurvePlot:
    """What to draw of ``curves`` under ``settings``.

    Args:
        curves: at least one.
        titles: one each, usually the files' names.
        settings: of which the height's scale and clamps, the field and the metrics matter.

    Raises:
        KeyError: no curve has the field that the settings name.
    """
    name = settings.field or curves[0].field
    main, notices = _chart(curves, name, settings, settings.height_scale, clamped=True)
    if not main.lines:
        raise KeyError(f"no field {name!r}; there are: {', '.join(field_names(curves[0]))}")
    everything = np.concatenate([line.values for line in main.lines])
    ends = [float(end) for curve in curves for end in (curve.x[0], curve.x[-1])]
    across = Scale("linear", min(ends), max(ends))
    plot = CurvePlot(
        data=tuple(curves),
        titles=tuple(titles),
        title=", ".join(titles),
        settings=settings,
        charts=(main,),
        across=across,
        ticks_x=ticks(across, 8),
        height=ScaledField(
            main.name, main.scale, everything, np.zeros(0, np.float32), (0.0, 1.0), main.scale
        ),
        valid=np.isfinite(everything),
        notices=said_once(
            (*_own_notices(curves, titles), *notices, *_missing(everything)), np.isfinite(everything)
        ),
    )
    below = []
    for metric in wanted_metrics(settings.metrics, plot.metrics):
        chart, _ = _chart(curves, metric, settings, "auto", clamped=False)
        below.append(chart)
    return CurvePlot(**{**vars(plot), "charts": (main, *below)})


def wanted_metrics(asked: str, available: Sequence[str]) -> tuple[str, ...]:
    """Those of the available metrics that are asked for, in the order in which they are.

    Args:
        asked: names with commas between them, or "all".
        available: names of the metrics that there are.
    """
    if asked.strip() == "all":
        return tuple(available)
    names = [part.strip() for part in asked.split(",")]
    return tuple(dict.fromkeys(name for name in names if name in available))


def _chart(
    curves: Sequence[Curve], name: str, settings: Settings, kind: str, *, clamped: bool
) -> tuple[Chart, tuple[str, ...]]:
    lines = []
    for index, curve in enumerate(curves):
        values = _values(curve, name)
        if values is None:
            continue
        error = curve.metrics.get(name + STDERR)
        lines.append(CurveLine(index, curve.x, values, error))
    population = np.concatenate([line.values for line in lines]) if lines else np.zeros(0)
    clamps = (
        {
            "clamp_low": settings.clamp_low,
            "clamp_high": settings.clamp_high,
            "percentile_low": settings.percentile_low,
            "percentile_high": settings.percentile_high,
        }
        if clamped
        else {}
    )
    scale, notices = choose_scale(population, kind, **clamps)  # type: ignore[arg-type]
    free = clamped and settings.clamp_low is None and settings.clamp_high is None
    scale = _roomy(scale) if free or not clamped else scale
    return Chart(name, scale, ticks(scale, 6 if clamped else 4), tuple(lines)), notices


def _roomy(scale: Scale) -> Scale:
    """A scale whose lines do not touch the frame."""
    if not scale.low < scale.high:
        pad = abs(scale.low) * 0.05 or 0.5
        return Scale("linear", scale.low - pad, scale.high + pad)
    if scale.kind == "rank":  # there are no ranks beyond the first and the last
        return scale
    low, high = (float(v) for v in scale.inverse([-0.03, 1.04]))
    if scale.kind == "linear" and scale.low >= 0 > low:
        low = 0.0  # a loss has no room below zero
    return Scale(scale.kind, low, high, scale.linthresh)


def _values(curve: Curve, name: str) -> Floats | None:
    """(n,) with NaN where nothing is known, or None without such a field."""
    if name == curve.field or (name == "loss" and name not in curve.metrics):
        return np.where(np.isfinite(curve.loss) & (curve.status == OK), curve.loss, np.nan)
    values = curve.metrics.get(name)
    return None if values is None else np.where(np.isfinite(values), values, np.nan)


def _own_notices(curves: Sequence[Curve], titles: Sequence[str]) -> list[str]:
    several = len(curves) > 1
    return [
        f"{title}: {notice}" if several else notice
        for curve, title in zip(curves, titles, strict=True)
        for notice in curve.notices
    ]


def _missing(values: Floats) -> tuple[str, ...]:
    missing = int(np.count_nonzero(~np.isfinite(values)))
    return (f"{missing} of {values.size} points are not drawn: not finite or not computed.",) * bool(missing)
