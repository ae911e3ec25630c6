"""The plane in which trainings moved most, with their paths."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from torch import nn

from compute.directions.direction import Direction
from compute.directions.pca import RANDOM_WALK, principal_axes
from compute.errors import ArgumentError
from compute.evaluate import evaluator
from compute.landscapes.assembly import Progress, provenance, reporter, with_facts
from compute.landscapes.axes import AxisSpec, axis_values, path_ranges
from compute.landscapes.sampling import Home, sampled
from compute.metrics import AnyMetric, as_metric, has_samples
from compute.model.batchnorm import check_mode, choose_mode, statistics_names
from compute.model.parameters import parameter_slots
from compute.runs import RunLike, as_run
from compute.surface import Surface
from compute.trajectory.projection import path_losses, project
from compute.trajectory.trainings import Trainings

__all__ = ["pca_directions", "pca_plane"]


def pca_plane(
    model: nn.Module,
    checkpoints: Iterable[Any] | Mapping[str, Iterable[Any]],
    metric: AnyMetric,
    *,
    x: AxisSpec | None = None,
    y: AxisSpec | None = None,
    points: int = 51,
    ignore: str | None = None,
    bn: str | None = None,
    progress: Progress | None = None,
    run: RunLike = None,
) -> Surface:
    """The metric on the plane of two principal axes of one or several trainings, with their paths.

    The plane goes through the model. The axes are those along which the checkpoints vary most
    (around their own mean); they have unit length, so coefficients are distances in parameter
    space. A path's losses are the checkpoints' own, with their own BatchNorm statistics, and its
    residuals their distances from the plane.

    The shares of the variance that the axes explain are in the surface's metadata, beside those of
    a random walk (60.8 % and 15.2 %): a path that comes near them shows little but its own length.

    Args:
        model: theta*, as a rule the last checkpoint; left as it was.
        checkpoints: a ``compute.Trajectory``, or state dicts, or files of them; at least three. Or
            a mapping from names to such, ``{"sgd": run_a, "adam": run_b}``: the axes are those of
            all checkpoints together, where each counts the same, and each training has a path.
        metric: a ``compute.Loss``, or a function of the model that returns a number.
        x: (first, last, count) of the first coefficient; None takes the path's range and a margin,
            with 0, the model, on the grid.
        y: the same for the second.
        points: the count where ``x`` or ``y`` is None.
        ignore: "biasbn" leaves tensors of at most one axis out of the axes.
        bn: BatchNorm statistics of the surface: "recompute" (the default), "interpolate" or "frozen"
            at those of the model; see :func:`compute.plane`.
        progress: called with (points done, points in all) after each point and checkpoint.
        run: where the result is kept while it is computed, and how: the path of its file, or a
            :class:`compute.Run`; see :mod:`compute.runs`.

    Raises:
        ArgumentError: checkpoints of another model, or that lie on a line.
        EvaluationError: the metric fails on the model itself, or gives another value each time.
    """
    check_mode(bn)  # before the work, not after it
    metric = as_metric(metric)
    states = Trainings(checkpoints, parameter_slots(model))
    first, second, explained = _axes(model, states, ignore)
    paths = [project(run, model, first, second, name=name) for name, run in states.by_name.items()]
    spans = path_ranges(paths, points) if x is None or y is None else None
    xs = axis_values("x", x) if x is not None else spans[0]  # type: ignore[index]
    ys = axis_values("y", y) if y is not None else spans[1]  # type: ignore[index]

    directions = (first, second)
    mode, told = choose_mode(bn, model, directions, samples=has_samples(metric))
    home = Home.of(model, metric, directions, mode)
    with as_run(run) as kept, evaluator(model, metric, directions, bn=mode) as evaluate:
        centre = evaluate.centre(2)
        report = reporter(progress, lambda: len(states) + (kept.total or xs.size * ys.size))
        if not states.has_buffers(statistics_names(model)):
            told += ("Checkpoints lack BatchNorm statistics: their losses use those of the model.",)
        facts: dict[str, Any] = {"explained_variance": list(explained), "random_walk": list(RANDOM_WALK)}
        facts["checkpoints"] = len(states)
        if len(paths) > 1:
            facts["trainings"] = {path.name: len(path) for path in paths}
        surface = sampled(
            kept,
            home,
            evaluate,
            xs,
            ys,
            centre=centre,
            meta=lambda: provenance(model, metric, evaluate, centre, directions) | facts,
            notes=told,
            progress=report,
        )
        assert isinstance(surface, Surface)
        losses, notes = path_losses(evaluate, states, lambda done: report(kept.total + done), kept)
        ends = np.cumsum([len(path) for path in paths])
        measured = zip(paths, np.split(losses, ends[:-1]), strict=True)
        return kept.deliver(
            with_facts(surface, notes=notes).replace(
                paths=tuple(dataclasses.replace(path, loss=own) for path, own in measured)
            )
        )


def pca_directions(
    model: nn.Module, checkpoints: Iterable[Any] | Mapping[str, Iterable[Any]], *, ignore: str | None = None
) -> tuple[Direction, Direction]:
    """The two axes of :func:`pca_plane`, to save, or to share between surfaces.

    Args:
        model: theta*, around which the checkpoints lie.
        checkpoints: as for :func:`pca_plane`.
        ignore: as for :func:`pca_plane`.

    Raises:
        ArgumentError: checkpoints of another model, or that lie on a line.
    """
    first, second, shares = _axes(model, Trainings(checkpoints, parameter_slots(model)), ignore)
    explained = ({"explained_variance": share} for share in shares)
    return tuple(dataclasses.replace(d, meta=m) for d, m in zip((first, second), explained, strict=True))  # type: ignore[return-value]


def _axes(
    model: nn.Module, states: Trainings, ignore: str | None
) -> tuple[Direction, Direction, tuple[float, float]]:
    """The principal axes, with the model's normalisation statistics along them, and their shares.

    Raises:
        ArgumentError: an unknown ``ignore``.
    """
    if ignore not in (None, "none", "biasbn"):
        raise ArgumentError(
            "choosing what the axes ignore", f"ignore is {ignore!r}", "Choose one of: biasbn, none."
        )
    buffers = dict(model.named_buffers())
    home = {name: buffers[name] for name in statistics_names(model)}
    return principal_axes(states, parameter_slots(model), ignore=ignore or "none", statistics=home)
