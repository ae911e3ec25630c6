"""The plane in which a training moved most, with its path."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from compute.batchnorm import check_mode, choose_mode, statistics_names
from compute.errors import GuidedError
from compute.evaluate import Evaluator, evaluate_grid, evaluator
from compute.landscapes.assembly import Progress, as_surface, provenance, reporter
from compute.landscapes.axes import AxisSpec, axis_values, path_ranges
from compute.metrics import AnyMetric, as_metric, has_samples
from compute.parameters import ArgumentError, parameter_slots
from compute.pca import principal_axes
from compute.surface import Path, Surface
from compute.trajectory import Checkpoints, project

__all__ = ["path_losses", "pca_plane"]


def pca_plane(
    model: nn.Module,
    checkpoints: Iterable[Any],
    metric: AnyMetric,
    *,
    x: AxisSpec | None = None,
    y: AxisSpec | None = None,
    points: int = 51,
    ignore: str | None = None,
    bn: str | None = None,
    progress: Progress | None = None,
) -> Surface:
    """The metric on the plane of a training's two principal axes, with the training's path.

    The plane goes through the model. The axes are those along which the checkpoints vary most
    (around their own mean); they have unit length, so coefficients are distances in parameter
    space. The path's losses are the checkpoints' own, with their own BatchNorm statistics, and its
    residuals their distances from the plane.

    Args:
        model: theta*, as a rule the last checkpoint; left as it was.
        checkpoints: a ``compute.Trajectory``, or state dicts, or files of them; at least three.
        metric: a ``compute.Loss``, or a function of the model that returns a number.
        x: (first, last, count) of the first coefficient; None takes the path's range and a margin,
            with 0, the model, on the grid.
        y: the same for the second.
        points: the count where ``x`` or ``y`` is None.
        ignore: "biasbn" leaves tensors of at most one axis out of the axes.
        bn: BatchNorm statistics of the surface: "recompute" (the default), "interpolate" or "frozen"
            at those of the model; see :func:`compute.plane`.
        progress: called with (points done, points in all) after each point and checkpoint.

    Raises:
        ArgumentError: checkpoints of another model, or that lie on a line.
        EvaluationError: the metric fails on the model itself, or gives another value each time.
    """
    if ignore not in (None, "none", "biasbn"):
        raise ArgumentError(
            "choosing what the axes ignore", f"ignore is {ignore!r}", "Choose one of: biasbn, none."
        )
    check_mode(bn)  # before the work, not after it
    metric = as_metric(metric)
    slots = parameter_slots(model)
    states = Checkpoints(checkpoints, slots)
    buffers = dict(model.named_buffers())
    home = {name: buffers[name] for name in statistics_names(model)}
    first, second, explained = principal_axes(states, slots, ignore=ignore or "none", statistics=home)
    path = project(states, model, first, second)
    spans = path_ranges(path, points) if x is None or y is None else None
    xs = axis_values("x", x) if x is not None else spans[0]  # type: ignore[index]
    ys = axis_values("y", y) if y is not None else spans[1]  # type: ignore[index]

    directions = (first, second)
    mode, told = choose_mode(bn, model, directions, samples=has_samples(metric))
    with evaluator(model, metric, directions, bn=mode) as evaluate:
        centre = evaluate.centre(2)
        report = reporter(progress, len(states) + xs.size * ys.size)
        losses, notes = path_losses(evaluate, states, report)
        if not states.has_buffers(home):
            notes += ("Checkpoints lack BatchNorm statistics: their losses use those of the model.",)
        record = evaluate_grid(evaluate, xs, ys, list(centre), lambda done: report(len(states) + done))
        meta = provenance(model, metric, evaluate, centre, directions)
        meta |= {"explained_variance": list(explained), "checkpoints": len(states)}
        surface = as_surface(xs, ys, record, meta, told + evaluate.notes + notes)
    named = Path(x=path.x, y=path.y, loss=losses, residual=path.residual, step=path.step, name="trajectory")
    return surface.replace(paths=(named,))


def path_losses(
    evaluate: Evaluator, states: Checkpoints, report: Callable[[int], None]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """The true loss of each checkpoint, NaN where it could not be computed, and what to note."""
    losses, failed = np.full(len(states), np.nan), 0
    for number, state in enumerate(states):
        try:
            losses[number] = evaluate.at_checkpoint(state)["loss"]
        except GuidedError:
            raise
        except Exception:  # the path is still worth having
            failed += 1
        report(number + 1)
    return losses, (f"The loss of {failed} checkpoints could not be computed.",) if failed else ()
