"""Where the checkpoints of a training lie on a plane, how far from it, and how good they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from compute.directions.direction import Direction
from compute.errors import ArgumentError, GuidedError
from compute.evaluate import Evaluator, evaluator
from compute.metrics import AnyMetric, as_metric, has_samples
from compute.model.parameters import ParameterSlot, parameter_slots
from compute.runs import Run
from compute.runs.identity import checksum
from compute.surface import Path, Surface
from compute.trajectory.trainings import Checkpoints, Trainings

__all__ = ["add_paths", "path_losses", "project"]

# Relative differences beyond which directions, or a model, are not those of a surface.
SAME_NORM, SAME_LOSS = 1e-5, 1e-3


@torch.no_grad()
def project(
    checkpoints: Iterable[Any],
    theta: nn.Module | Mapping[str, Tensor],
    d1: Direction,
    d2: Direction,
    *,
    metric: AnyMetric | None = None,
    name: str = "trajectory",
) -> Path:
    """Where checkpoints lie on the plane theta + x d1 + y d2, and how far from it.

    Each is projected by least squares, with the 2x2 Gram matrix of the directions, which need not
    be orthogonal or of unit length. The residual is the length of what the plane cannot express:
    for orthonormal directions x^2 + y^2 + residual^2 is the squared distance from theta.

    Args:
        checkpoints: a :class:`Trajectory`, or state dicts, or paths of files that hold them.
        theta: the point that the plane goes through: the model, or its parameters by name.
        d1: direction of x.
        d2: direction of y.
        metric: gives the path the true loss of each checkpoint, with its own BatchNorm statistics
            where it has them; it takes the model as ``theta``. Without it the losses are NaN.
        name: of the path.

    Raises:
        ArgumentError: a checkpoint or direction of another model, or directions that span no plane.
        EvaluationError: the metric fails on the model itself.
    """
    if isinstance(theta, nn.Module):
        slots = parameter_slots(theta)
        home: Mapping[str, Tensor] = {slot.name: slot.tensor for slot in slots}
    else:
        missing = next((key for key in d1.tensors if key not in theta), None)
        if missing is not None:
            raise ArgumentError(
                "projecting checkpoints on a plane",
                f"theta lacks {missing}",
                "Give the model, or all its parameters.",
            )
        holder = {key: nn.Parameter(theta[key].detach(), requires_grad=False) for key in d1.tensors}
        slots = tuple(ParameterSlot(key, (value,), None) for key, value in holder.items())
        home = theta
    for direction in (d1, d2):
        direction.check(slots)
    states = checkpoints if isinstance(checkpoints, Checkpoints) else Checkpoints(checkpoints, slots)
    gram = np.array([[d1.dot(d1), d1.dot(d2)], [d1.dot(d2), d2.dot(d2)]])
    if not np.linalg.det(gram) > 1e-12 * gram[0, 0] * gram[1, 1]:
        raise ArgumentError(
            "projecting checkpoints on a plane",
            "the directions are parallel, or one of them is zero",
            "Choose two independent directions.",
        )
    positions, residuals = [], []
    for state in states:
        offsets = {key: _double(state[key]) - _double(home[key]) for key in d1.tensors}
        along = [sum(_inner(offsets[k], d.tensors[k]) for k in offsets) for d in (d1, d2)]
        x, y = np.linalg.solve(gram, along)
        squared = 0.0
        for key, offset in offsets.items():
            left = offset - x * _double(d1.tensors[key]) - y * _double(d2.tensors[key])
            squared += float((left * left).sum())
        positions.append((x, y))
        residuals.append(np.sqrt(squared))
    xs, ys = np.array(positions).T
    losses = np.full(len(states), np.nan)
    if metric is not None:
        if not isinstance(theta, nn.Module):
            raise ArgumentError(
                "measuring the loss of checkpoints", "theta is no model", "Give the model as theta."
            )
        with evaluator(theta, metric) as evaluate:
            losses, _ = path_losses(evaluate, states)
    return Path(x=xs, y=ys, loss=losses, residual=np.array(residuals), name=name)


def add_paths(
    surface: Surface,
    model: nn.Module,
    checkpoints: Iterable[Any] | Mapping[str, Iterable[Any]],
    metric: AnyMetric | None,
    directions: tuple[Direction, Direction],
    *,
    name: str = "trajectory",
) -> Surface:
    """A surface with the paths of further trainings on its plane.

    A plane that was not made from a training seldom holds it: look at the path's ``residual``.

    Args:
        surface: computed here, or loaded from a file.
        model: at the centre of the surface.
        checkpoints: a ``compute.Trajectory``, or state dicts, or files of them; or a mapping from
            names to such, each of which becomes a path.
        metric: as for :func:`project`.
        directions: those of the surface.
        name: of the path, where there is one.

    Raises:
        ArgumentError: the model or the directions are not those of the surface, as far as its
            metadata tell; a name that one of its paths has; or as for :func:`project`.
    """
    doing = "adding a path to a surface"
    runs = Trainings(checkpoints, parameter_slots(model), name=name)
    taken = {path.name for path in surface.paths} & set(runs.by_name)
    if taken:
        raise ArgumentError(doing, f"it has a path called {min(taken)} already", "Give another name.")
    first, second = directions
    known = surface.meta.get("direction_norms")
    if known and not np.allclose(np.array(known, float), [first.norm(), second.norm()], rtol=SAME_NORM):
        raise ArgumentError(
            doing,
            f"the directions have the norms {first.norm():.6g} and {second.norm():.6g}, "
            f"those of the surface {known[0]:.6g} and {known[1]:.6g}",
            "Give the directions that the surface was made with: same model, seeds and normalisation.",
        )
    if metric is not None:
        _check_centre(surface, model, metric, doing)
    added = tuple(
        project(run, model, first, second, metric=metric, name=key) for key, run in runs.by_name.items()
    )
    return surface.replace(paths=(*surface.paths, *added))


def _check_centre(surface: Surface, model: nn.Module, metric: AnyMetric, doing: str) -> None:
    """Make sure that the model's loss is that of the surface's centre, where it is known.

    Raises:
        ArgumentError: it is another.
    """
    recorded = surface.meta.get("centre", {}).get("loss")
    measured = as_metric(metric).describe()
    if recorded is None or any(surface.meta.get(key) != value for key, value in measured.items()):
        return
    anew = surface.meta.get("bn") == "recompute" and has_samples(as_metric(metric))
    with evaluator(model, metric, bn="recompute" if anew else "frozen") as evaluate:
        own = evaluate.centre(0, twice=False)["loss"]
    if not abs(own - recorded) <= SAME_LOSS * max(abs(own), abs(recorded)) + SAME_LOSS**2:
        raise ArgumentError(
            doing,
            f"the model's loss is {own:.6g}, that of the surface's centre {recorded:.6g}",
            "Give the model that the surface was made around.",
        )


def path_losses(
    evaluate: Evaluator,
    states: Sequence[Mapping[str, Tensor]],
    report: Callable[[int], None] | None = None,
    run: Run | None = None,
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """The true loss of each checkpoint, NaN where it could not be computed, and what to note.

    Args:
        evaluate: of a landscape around the model.
        states: the checkpoints.
        report: told the number that are done.
        run: keeps each by the content of its checkpoint.

    Raises:
        GuidedError: the metric's own, as it is.
    """

    def measured(state: Mapping[str, Tensor]) -> float:
        if run is None or run.path is None:
            return evaluate.at_checkpoint(state)["loss"]
        return run.keep(f"checkpoint {checksum(state)}", lambda: evaluate.at_checkpoint(state)["loss"])

    losses, failed = np.full(len(states), np.nan), 0
    for number, state in enumerate(states):
        try:
            losses[number] = measured(state)
        except GuidedError:
            raise
        except Exception:  # the path is still worth having
            failed += 1
        if report is not None:
            report(number + 1)
    return losses, (f"The loss of {failed} checkpoints could not be computed.",) if failed else ()


def _double(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu", torch.float64)


def _inner(offset: Tensor, direction: Tensor) -> float:
    return float((offset * _double(direction)).sum())
