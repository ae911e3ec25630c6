"""The public verbs: a model, a metric and two directions in, a surface out.

A surface samples f(x, y) = metric(theta* + x d1 + y d2) on a rectangular grid.
"""

from __future__ import annotations

import datetime
import importlib.metadata
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from compute.directions import Direction, check_seed, random_direction
from compute.errors import GuidedError
from compute.evaluate import Evaluator, Record, evaluate_grid, evaluator
from compute.metrics import Metric, as_metric
from compute.parameters import ArgumentError, parameter_slots
from compute.pca import principal_axes
from compute.surface import Path, Surface
from compute.trajectory import Checkpoints, project

__all__ = ["axis_values", "pca_plane", "plane", "point", "random_plane"]

AnyMetric = Metric | Callable[[nn.Module], Any]
AxisSpec = tuple[float, float, int]
Progress = Callable[[int, int], None]

# Around a path: this part of its extent on each side, and an extent of at least this part of the
# longer axis, so that a path that is nearly straight still has something to see beside it.
PATH_MARGIN, LEAST_ASPECT = 0.2, 0.2


def point(model: nn.Module, metric: AnyMetric) -> dict[str, float]:
    """The metric's values at the model itself, e.g. ``{"loss": ..., "accuracy": ...}``.

    Args:
        model: in any mode; it is evaluated in evaluation mode and left as it was.
        metric: a ``compute.Loss``, or a function of the model that returns a number.

    Raises:
        EvaluationError: the model or the loss fails.
    """
    with evaluator(model, metric) as evaluate:
        return evaluate.centre(0, twice=False)


def plane(
    model: nn.Module,
    metric: AnyMetric,
    directions: tuple[Direction, Direction],
    *,
    x: AxisSpec = (-1, 1, 51),
    y: AxisSpec = (-1, 1, 51),
    progress: Progress | None = None,
) -> Surface:
    """The metric on the plane through the model that two directions span.

    Args:
        model: theta*; it is evaluated in evaluation mode and left as it was, bit for bit.
        metric: a ``compute.Loss``, or a function of the model that returns a number.
        directions: of the x and of the y axis.
        x: (first, last, count) of the coefficients of the first direction, both ends inclusive.
        y: the same for the second direction.
        progress: called with (points done, points in all) after each point.

    Returns:
        loss and further metrics as (ny, nx) float64, with the provenance in ``meta``. Points whose
        loss is not finite, and points at which the metric raised, are kept as such.

    Raises:
        ArgumentError: an axis that is none, or a direction of another model.
        EvaluationError: the metric fails on the model itself, or gives another value each time.
    """
    xs, ys = axis_values("x", x), axis_values("y", y)
    metric = as_metric(metric)
    with evaluator(model, metric, _two(directions)) as evaluate:
        centre = evaluate.centre(2)
        report = _reporter(progress, xs.size * ys.size)
        record = evaluate_grid(evaluate, xs, ys, list(centre), report)
        meta = _provenance(model, metric, evaluate, centre, directions)
        return _surface(xs, ys, record, meta, evaluate.notes)


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
    progress: Progress | None = None,
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
        progress: called with (points done, points in all) after each point.

    Raises:
        ArgumentError: an argument that is not among the choices.
        EvaluationError: the metric fails on the model itself, or gives another value each time.
    """
    check_seed(seed)
    axis_values("x", x), axis_values("y", y)  # before the work, not after it
    first = random_direction(model, seed=2 * seed, norm=norm, ignore=ignore)
    second = random_direction(
        model, seed=2 * seed + 1, norm=norm, ignore=ignore, orthogonal_to=first if orthogonal else None
    )
    surface = plane(model, metric, (first, second), x=x, y=y, progress=progress)
    return surface.replace(meta={**surface.meta, "seed": int(seed), "orthogonal": bool(orthogonal)})


def pca_plane(
    model: nn.Module,
    checkpoints: Iterable[Any],
    metric: AnyMetric,
    *,
    x: AxisSpec | None = None,
    y: AxisSpec | None = None,
    points: int = 51,
    ignore: str | None = None,
    progress: Progress | None = None,
) -> Surface:
    """The metric on the plane of a training's two principal axes, with the training's path.

    The plane goes through the model. The axes are those along which the checkpoints vary most
    (around their own mean); they have unit length, so coefficients are distances in parameter
    space. BatchNorm statistics stay those of the model on the surface; the path's losses are the
    checkpoints' own, with their own statistics, and its residuals their distances from the plane.

    Args:
        model: theta*, as a rule the last checkpoint; left as it was.
        checkpoints: a ``compute.Trajectory``, or state dicts, or files of them; at least three.
        metric: a ``compute.Loss``, or a function of the model that returns a number.
        x: (first, last, count) of the first coefficient; None takes the path's range and a margin,
            with 0, the model, on the grid.
        y: the same for the second.
        points: the count where ``x`` or ``y`` is None.
        ignore: "biasbn" leaves tensors of at most one axis out of the axes.
        progress: called with (points done, points in all) after each point and checkpoint.

    Raises:
        ArgumentError: checkpoints of another model, or that lie on a line.
        EvaluationError: the metric fails on the model itself, or gives another value each time.
    """
    if ignore not in (None, "none", "biasbn"):
        raise ArgumentError(
            "choosing what the axes ignore", f"ignore is {ignore!r}", "Choose one of: biasbn, none."
        )
    metric = as_metric(metric)
    slots = parameter_slots(model)
    states = Checkpoints(checkpoints, slots)
    first, second, explained = principal_axes(states, slots, ignore=ignore or "none")
    path = project(states, model, first, second)
    spans = _path_ranges(path, points) if x is None or y is None else None
    xs = axis_values("x", x) if x is not None else spans[0]  # type: ignore[index]
    ys = axis_values("y", y) if y is not None else spans[1]  # type: ignore[index]

    directions = (first, second)
    with evaluator(model, metric, directions) as evaluate:
        centre = evaluate.centre(2)
        report = _reporter(progress, len(states) + xs.size * ys.size)
        losses, notes = _path_losses(evaluate, states, report)
        if not states.has_buffers(_statistics(model)):
            notes += ("Checkpoints lack BatchNorm statistics: their losses use those of the model.",)
        record = evaluate_grid(evaluate, xs, ys, list(centre), lambda done: report(len(states) + done))
        meta = _provenance(model, metric, evaluate, centre, directions)
        meta |= {"explained_variance": list(explained), "checkpoints": len(states)}
        surface = _surface(xs, ys, record, meta, evaluate.notes + notes)
    named = Path(x=path.x, y=path.y, loss=losses, residual=path.residual, step=path.step, name="trajectory")
    return surface.replace(paths=(named,))


def axis_values(name: str, spec: Sequence[Any]) -> NDArray[np.float64]:
    """The coefficients of an axis: both ends exactly, and 0 exactly where the spacing meets it.

    Args:
        name: of the axis, for messages.
        spec: (first, last, count).

    Raises:
        ArgumentError: numbers that make no ascending axis.
    """
    doing = f"laying out the {name} axis"
    try:
        low, high, count = float(spec[0]), float(spec[1]), int(spec[2])
        whole = len(spec) == 3 and count == spec[2]
    except (TypeError, ValueError, IndexError, KeyError, OverflowError):
        whole = False
    if not whole:
        raise ArgumentError(doing, f"it is {spec!r}", "Give (first, last, count), e.g. (-1, 1, 51).")
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ArgumentError(doing, f"it goes from {low} to {high}", "Give finite ends.")
    if count < 1:
        raise ArgumentError(doing, f"it has {count} points", "Give at least one point.")
    if not (low < high if count > 1 else low == high):
        raise ArgumentError(
            doing,
            f"it goes from {low:g} to {high:g} in {count} point{'s' * (count != 1)}",
            "Give a first value below the last, or one point with both ends equal.",
        )
    values = np.linspace(low, high, count)
    if count > 1:
        values[np.abs(values) < 1e-9 * (high - low) / (count - 1)] = 0.0
    if np.any(np.diff(values) <= 0):
        raise ArgumentError(
            doing,
            f"{count} points between {low!r} and {high!r} are closer than float64 can tell apart",
            "Give fewer points or a wider range.",
        )
    return values


def _path_ranges(path: Path, points: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Axes that hold the path and the model with a margin, 0 among their values."""
    if points < 3:
        raise ArgumentError("laying out the axes", f"there are {points} points", "Give at least three.")
    ends = [(min(v.min(), 0.0), max(v.max(), 0.0)) for v in (path.x, path.y)]
    longest = max(high - low for low, high in ends)
    axes = []
    for low, high in ends:
        extent = max(high - low, LEAST_ASPECT * longest)
        middle, half = (low + high) / 2, extent * (0.5 + PATH_MARGIN)
        # One step of the grid is spent on moving it so that it meets 0.
        step = 2 * half / (points - 2)
        before = math.ceil(-(middle - half) / step)
        axes.append(np.arange(-before, points - before) * step)
    return axes[0], axes[1]


def _path_losses(
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


def _statistics(model: nn.Module) -> list[str]:
    """Names of the buffers that BatchNorm layers normalise by."""
    return [
        f"{prefix}.{name}" if prefix else name
        for prefix, module in model.named_modules()
        if isinstance(module, _NormBase) and module.running_mean is not None
        for name in ("running_mean", "running_var")
    ]


def _reporter(progress: Progress | None, total: int) -> Callable[[int], None]:
    return (lambda done: progress(done, total)) if progress else (lambda done: None)


def _two(directions: Sequence[Direction]) -> tuple[Direction, Direction]:
    if len(directions) != 2 or not all(isinstance(d, Direction) for d in directions):
        raise ArgumentError(
            "spanning a plane",
            f"{len(directions)} directions were given",
            "Give two, e.g. from compute.random_direction.",
        )
    return directions[0], directions[1]


def _surface(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    record: Record,
    meta: dict[str, Any],
    notes: tuple[str, ...],
) -> Surface:
    if record.failed:
        meta = {**meta, "failures": record.failures, "failed": record.failed}
        notes += (f"The metric failed at {record.failed} of {record.status.size} points.",)
    if notes:
        meta = {**meta, "notes": list(notes)}
    others = {name: values for name, values in record.fields.items() if name != "loss"}
    return Surface(
        x, y, record.fields["loss"], metrics=others, status=record.status, meta=meta, notices=notes
    )


def _provenance(
    model: nn.Module,
    metric: Metric,
    evaluate: Evaluator,
    centre: Mapping[str, float],
    directions: tuple[Direction, Direction],
) -> dict[str, Any]:
    """What made a surface, JSON-like: enough to make it again, and no path of this machine."""
    first, second = directions
    meta: dict[str, Any] = {
        "program": f"glviz {_version()}",
        "torch": torch.__version__,
        "model": type(model).__name__,
        "parameters": sum(slot.shape.numel() for slot in parameter_slots(model)),
        **metric.describe(),
        "directions": first.kind if first.kind == second.kind else f"{first.kind}, {second.kind}",
        "norm": _common(first.normalisation, second.normalisation),
        "ignore": _common(first.ignore, second.ignore),
        "direction_seeds": None if first.seed is None else [first.seed, second.seed],
        "direction_norms": [_json_number(first.norm()), _json_number(second.norm())],
        "cosine": _json_number(first.cosine(second)),
        "centre": {name: _json_number(value) for name, value in centre.items()},
        "precision": str(evaluate.dtype).removeprefix("torch."),
        "device": str(evaluate.device),
        "when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    }
    if any(isinstance(module, _NormBase) for module in model.modules()):
        meta["bn"] = "frozen" if _statistics(model) else "batch"
    return {name: value for name, value in meta.items() if value is not None}


def _version() -> str:
    try:
        return importlib.metadata.version("glviz")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def _common(first: Any, second: Any) -> Any:
    return first if first == second else [first, second]


def _json_number(value: float) -> float | None:
    """JSON has no NaN and no infinity."""
    return float(value) if math.isfinite(value) else None
