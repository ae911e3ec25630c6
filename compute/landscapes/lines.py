"""The metric on lines through a model."""

from __future__ import annotations

from torch import nn

from compute.directions.direction import Direction
from compute.directions.random import random_direction
from compute.errors import ArgumentError
from compute.landscapes.assembly import Progress, with_facts
from compute.landscapes.axes import AxisSpec, axis_values
from compute.landscapes.measuring import measured
from compute.metrics import AnyMetric, as_metric
from compute.runs import RunLike, as_run
from compute.surface import Curve

__all__ = ["line", "random_line"]


def line(
    model: nn.Module,
    metric: AnyMetric,
    direction: Direction,
    *,
    x: AxisSpec = (-1, 1, 401),
    bn: str | None = None,
    progress: Progress | None = None,
    run: RunLike = None,
) -> Curve:
    """The metric along one direction: f(x) = metric(theta* + x d).

    Args:
        model: theta*; it is evaluated in evaluation mode and left as it was, bit for bit.
        metric: a ``compute.Loss``, or a function of the model that returns a number.
        direction: d.
        x: (first, last, count) of its coefficients, both ends inclusive.
        bn: BatchNorm statistics, as for :func:`compute.plane`.
        progress: called with (points done, points in all) after each point.
        run: where the result is kept while it is computed, and how: the path of its file, or a
            :class:`compute.Run`; see :mod:`compute.runs`.

    Returns:
        loss and further metrics as (n,) float64, with the provenance in ``meta``.

    Raises:
        ArgumentError: an axis that is none, a direction of another model, or a ``bn`` that cannot be.
        EvaluationError: the metric fails on the model itself, or gives another value each time.
    """
    xs = axis_values("x", x)
    metric = as_metric(metric)
    if not isinstance(direction, Direction):
        raise ArgumentError(
            "going along a line",
            f"the direction is a {type(direction).__name__}",
            "Give one, e.g. from compute.random_direction.",
        )
    curve = measured(model, metric, (direction,), xs, None, bn=bn, progress=progress, run=run)
    assert isinstance(curve, Curve)
    return curve


def random_line(
    model: nn.Module,
    metric: AnyMetric,
    *,
    x: AxisSpec = (-1, 1, 401),
    seed: int = 0,
    norm: str = "filter",
    ignore: str | None = "biasbn",
    bn: str | None = None,
    progress: Progress | None = None,
    run: RunLike = None,
) -> Curve:
    """The metric along a random direction, filter-normalised unless told otherwise.

    Args:
        model: theta*; left as it was.
        metric: a ``compute.Loss``, or a function of the model that returns a number.
        x: (first, last, count) of the coefficients, both ends inclusive.
        seed: of ``random_direction``: the line of seed 2 s is the x axis of the random plane s.
        norm: see :func:`compute.random_direction`.
        ignore: see :func:`compute.random_direction`.
        bn: "frozen", which is the default, or "recompute"; see :func:`compute.plane`.
        progress: called with (points done, points in all) after each point.
        run: where the result is kept while it is computed, and how: the path of its file, or a
            :class:`compute.Run`; see :mod:`compute.runs`.

    Raises:
        ArgumentError: an argument that is not among the choices.
        EvaluationError: the metric fails on the model itself, or gives another value each time.
    """
    axis_values("x", x)  # before the work, not after it
    direction = random_direction(model, seed=seed, norm=norm, ignore=ignore)
    with as_run(run) as kept:
        curve = line(model, metric, direction, x=x, bn=bn, progress=progress, run=kept)
        return kept.deliver(with_facts(curve, {"seed": int(seed)}))
