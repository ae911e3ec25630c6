"""The metric at a model, and on planes around it."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from compute.batchnorm import choose_mode
from compute.directions import Direction, check_seed, random_direction
from compute.evaluate import evaluator
from compute.landscapes.assembly import Progress, own_values, provenance, reporter, with_facts
from compute.landscapes.axes import AxisSpec, axis_values
from compute.landscapes.sampling import Home, sampled
from compute.metrics import AnyMetric, as_metric, has_samples
from compute.parameters import ArgumentError
from compute.recorded import parallel_note
from compute.runs import RunLike, as_run
from compute.surface import Surface

__all__ = ["plane", "point", "random_directions", "random_plane"]



def point(model: nn.Module, metric: AnyMetric, *, bn: str | None = None) -> dict[str, float]:
    """The metric's values at the model itself, e.g. ``{"loss": ..., "accuracy": ...}``.

    Args:
        model: in any mode; it is evaluated in evaluation mode and left as it was.
        metric: a ``compute.Loss``, or a function of the model that returns a number.
        bn: "frozen", which is the default, or "recompute" to measure the BatchNorm statistics anew.

    Raises:
        ArgumentError: an unknown ``bn``, or "recompute" where there are no samples.
        EvaluationError: the model or the loss fails.
    """
    metric = as_metric(metric)
    mode, _ = choose_mode(bn, model, (), samples=has_samples(metric))
    with evaluator(model, metric, bn=mode) as evaluate:
        return evaluate.centre(0, twice=False)


def plane(
    model: nn.Module,
    metric: AnyMetric,
    directions: tuple[Direction, Direction],
    *,
    x: AxisSpec = (-1, 1, 51),
    y: AxisSpec = (-1, 1, 51),
    bn: str | None = None,
    progress: Progress | None = None,
    run: RunLike = None,
) -> Surface:
    """The metric on the plane through the model that two directions span.

    Args:
        model: theta*; it is evaluated in evaluation mode and left as it was, bit for bit.
        metric: a ``compute.Loss``, or a function of the model that returns a number.
        directions: of the x and of the y axis.
        x: (first, last, count) of the coefficients of the first direction, both ends inclusive.
        y: the same for the second direction.
        bn: BatchNorm statistics: "frozen" (the model's), "interpolate" (they move along with the
            parameters, where directions lead to other models) or "recompute" (measured at each
            point from the metric's samples); :mod:`compute.batchnorm` has the details. None takes
            "recompute" where directions lead to other models, else "frozen".
        progress: called with (points done, points in all) after each point.
        run: where the result is kept while it is computed, and how: the path of its file, or a
            :class:`compute.Run`; see :mod:`compute.runs`.

    Returns:
        loss and further metrics as (ny, nx) float64, with the provenance in ``meta``. Points whose
        loss is not finite, and points at which the metric raised, are kept as such.

    Raises:
        ArgumentError: an axis that is none, a direction of another model, or a ``bn`` that cannot be.
        EvaluationError: the metric fails on the model itself, or gives another value each time.
    """
    xs, ys = axis_values("x", x), axis_values("y", y)
    metric = as_metric(metric)
    directions = _two(directions)
    mode, notes = choose_mode(bn, model, directions, samples=has_samples(metric))
    home = Home.of(model, metric, directions, mode)
    with as_run(run) as kept, evaluator(model, metric, directions, bn=mode) as evaluate:
        centre = evaluate.centre(2)
        own, told = own_values(evaluate, centre, directions)
        told += parallel_note(directions[0].cosine(directions[1]))
        surface = sampled(
            kept,
            home,
            evaluate,
            xs,
            ys,
            centre=centre,
            meta=lambda: provenance(model, metric, evaluate, centre, directions) | own,
            notes=notes + told,
            progress=reporter(progress, lambda: kept.total),
        )
        assert isinstance(surface, Surface)
        return kept.deliver(surface)


def random_plane(
    model: nn.Module,
    metric: AnyMetric,
    x: AxisSpec = (-1, 1, 51),
    y: AxisSpec = (-1, 1, 51),
    *,
    seed: int = 0,
    norm: str = "filter",
    ignore: str | None = "biasbn",
    orthogonal: bool = False,
    bn: str | None = None,
    progress: Progress | None = None,
    run: RunLike = None,
) -> Surface:
    """The metric on a plane of two random directions, filter-normalised unless told otherwise.

    Args:
        model: theta*; left as it was.
        metric: a ``compute.Loss``, or a function of the model that returns a number.
        x: (first, last, count) of the first coefficient, both ends inclusive.
        y: the same for the second.
        seed: of the plane. Its directions are those of ``random_direction`` with the seeds
            2 * seed and 2 * seed + 1, so that no two planes share one.
        norm: see :func:`compute.random_direction`.
        ignore: see :func:`compute.random_direction`.
        orthogonal: make the second direction orthogonal to the first, filter by filter.
        bn: "frozen", which is the default, or "recompute"; see :func:`compute.plane`.
        progress: called with (points done, points in all) after each point.
        run: where the result is kept while it is computed, and how: the path of its file, or a
            :class:`compute.Run`; see :mod:`compute.runs`.

    Raises:
        ArgumentError: an argument that is not among the choices.
        EvaluationError: the metric fails on the model itself, or gives another value each time.
    """
    axis_values("x", x), axis_values("y", y)  # before the work, not after it
    directions = random_directions(model, seed=seed, norm=norm, ignore=ignore, orthogonal=orthogonal)
    with as_run(run) as kept:
        surface = plane(model, metric, directions, x=x, y=y, bn=bn, progress=progress, run=kept)
        return kept.deliver(with_facts(surface, {"seed": int(seed), "orthogonal": bool(orthogonal)}))


def random_directions(
    model: nn.Module, *, seed: int, norm: str, ignore: str | None, orthogonal: bool
) -> tuple[Direction, Direction]:
    """The two directions of :func:`random_plane`.

    Raises:
        ArgumentError: an argument that is not among the choices.
    """
    check_seed(seed)
    first = random_direction(model, seed=2 * seed, norm=norm, ignore=ignore)
    second = random_direction(
        model, seed=2 * seed + 1, norm=norm, ignore=ignore, orthogonal_to=first if orthogonal else None
    )
    return first, second


def _two(directions: Sequence[Direction]) -> tuple[Direction, Direction]:
    if len(directions) != 2 or not all(isinstance(d, Direction) for d in directions):
        raise ArgumentError(
            "spanning a plane",
            f"{len(directions)} directions were given",
            "Give two, e.g. from compute.random_direction.",
        )
    return directions[0], directions[1]
