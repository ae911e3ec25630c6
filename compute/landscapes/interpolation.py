"""Lines and planes through several trained networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import nn

from compute.directions.between import EndPoint, as_model, direction_between, name_of, state_of
from compute.directions.direction import Direction
from compute.evaluate import evaluator
from compute.landscapes.assembly import Progress, json_values, notable, with_facts
from compute.landscapes.axes import AxisSpec, axis_values
from compute.landscapes.lines import line
from compute.landscapes.planes import plane
from compute.metrics import AnyMetric, Metric, as_metric, has_samples
from compute.model.batchnorm import choose_mode, statistics_names
from compute.runs import RunLike, as_run
from compute.surface import Curve, Path, Surface
from compute.trajectory.projection import project

__all__ = ["linear_interpolation", "planar_interpolation"]


def linear_interpolation(
    start: EndPoint,
    end: EndPoint,
    metric: AnyMetric,
    *,
    x: AxisSpec = (-0.5, 1.5, 401),
    bn: str | None = None,
    model: nn.Module | None = None,
    progress: Progress | None = None,
    run: RunLike = None,
) -> Curve:
    """The metric on the straight line from one trained network to another.

    x = 0 is the start, x = 1 the end (Goodfellow, Vinyals, Saxe, "Qualitatively characterizing
    neural network optimization problems", ICLR 2015). Both ends may be models, state dicts or
    paths of checkpoints; what is moved is the start if it is a model, else a copy of the end.

    Args:
        start: left as it was.
        end: of the same architecture; only read.
        metric: a ``compute.Loss``, or a function of the model that returns a number.
        x: (first, last, count) of the coefficient, both ends inclusive.
        bn: BatchNorm statistics: "recompute" (the default), "interpolate" or "frozen", which is
            wrong everywhere but at the start; see :func:`compute.plane`.
        model: of the architecture, where neither end is one.
        progress: called with (points done, points in all) after each point.
        run: where the result is kept while it is computed, and how: the path of its file, or a
            :class:`compute.Run`; see :mod:`compute.runs`.

    Returns:
        The curve. ``meta["ends"]`` has, for both ends, the values there with their own statistics
        (``own``) and those on the line (``here``).

    Raises:
        ArgumentError: ends that do not fit each other or are the same, or a ``bn`` that cannot be.
        InputError: a checkpoint cannot be read.
        EvaluationError: the metric fails on the start, or gives another value each time.
    """
    axis_values("x", x)
    metric = as_metric(metric)
    theta = as_model(start, end, model)
    direction = direction_between(theta, end, name="the end")
    points = [(name_of(start, "the start"), (start, (0.0,))), (name_of(end, "the end"), (end, (1.0,)))]
    found = _Ends(theta, metric, (direction,), bn, points)
    with as_run(run) as kept:
        curve = line(theta, metric, direction, x=x, bn=bn, progress=progress, run=kept)
        return kept.deliver(with_facts(curve, {"ends": found.facts}, found.notes))


def planar_interpolation(
    model: EndPoint,
    end_one: EndPoint,
    end_two: EndPoint,
    metric: AnyMetric,
    *,
    x: AxisSpec = (-0.5, 1.5, 41),
    y: AxisSpec = (-0.5, 1.5, 41),
    bn: str | None = None,
    architecture: nn.Module | None = None,
    progress: Progress | None = None,
    run: RunLike = None,
) -> Surface:
    """The metric on the plane through three trained networks.

    (0, 0) is the model, (1, 0) the first end and (0, 1) the second. The axes are the differences,
    neither normalised nor orthogonal: ``meta`` has their lengths and the cosine between them. The
    surface's two paths lead from the model to each end, with the true losses of all three.

    Args:
        model: left as it was; like the ends a model, a state dict or the path of a checkpoint.
        end_one: of the same architecture; only read.
        end_two: the same.
        metric: a ``compute.Loss``, or a function of the model that returns a number.
        x: (first, last, count) of the coefficient of end_one - model, both ends inclusive.
        y: the same for end_two - model.
        bn: BatchNorm statistics: "recompute" (the default), "interpolate" or "frozen", which is
            wrong everywhere but at the model; see :func:`compute.plane`.
        architecture: a network, where none of the three is a model.
        progress: called with (points done, points in all) after each point.
        run: where the result is kept while it is computed, and how: the path of its file, or a
            :class:`compute.Run`; see :mod:`compute.runs`.

    Returns:
        The surface. ``meta["ends"]`` has, for the three networks, the values there with their own
        statistics (``own``) and those on the plane (``here``).

    Raises:
        ArgumentError: networks that do not fit each other or lie on a line, or a ``bn`` that cannot be.
        InputError: a checkpoint cannot be read.
        EvaluationError: the metric fails on the model, or gives another value each time.
    """
    axis_values("x", x), axis_values("y", y)
    metric = as_metric(metric)
    theta = as_model(model, end_one, end_two, architecture)
    places = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
    given = (model, end_one, end_two)
    names = [name_of(p, other) for p, other in zip(given, ("the model", "end one", "end two"), strict=True)]
    directions = tuple(
        direction_between(theta, end, name=name) for end, name in zip(given[1:], names[1:], strict=True)
    )
    states = [state_of(theta, end, name) for end, name in zip(given, names, strict=True)]
    flat = project([states[1], states[2]], theta, *directions)  # refuses three in a row
    points = [(name, (end, place)) for name, end, place in zip(names, given, places, strict=True)]
    found = _Ends(theta, metric, directions, bn, points)
    paths = tuple(
        Path(
            x=np.array([0.0, places[k][0]]),
            y=np.array([0.0, places[k][1]]),
            loss=np.array([found.losses[0], found.losses[k]]),
            residual=np.array([0.0, flat.residual[k - 1]]),
            name=f"{names[0]} to {names[k]}",
        )
        for k in (1, 2)
    )
    with as_run(run) as kept:
        both = (directions[0], directions[1])
        surface = plane(theta, metric, both, x=x, y=y, bn=bn, progress=progress, run=kept)
        return kept.deliver(with_facts(surface, {"ends": found.facts}, found.notes).replace(paths=paths))


class _Ends:
    """The networks that span a line or plane: their own values, and those that the landscape has there.

    Attributes:
        facts: JSON-like, for the metadata.
        losses: of each, with its own statistics.
        notes: what a reader should be told.
    """

    def __init__(
        self,
        model: nn.Module,
        metric: Metric,
        directions: Sequence[Direction],
        bn: str | None,
        points: Sequence[tuple[str, tuple[EndPoint, tuple[float, ...]]]],
    ) -> None:
        mode, _ = choose_mode(bn, model, directions, samples=has_samples(metric))
        self.facts: list[dict[str, Any]] = []
        self.losses: list[float] = []
        off, bare = [], []
        statistics = statistics_names(model)
        home = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
        with evaluator(model, metric, directions, bn=mode) as evaluate:
            evaluate.centre(len(directions))
            for name, (end, place) in points:
                state = home if end is model else state_of(model, end, name)
                if not all(key in state for key in statistics):
                    bare.append(name)
                own, here = evaluate.at_checkpoint(state), evaluate.at(*place)
                self.facts.append(
                    {"name": name, "at": list(place), "own": json_values(own), "here": json_values(here)}
                )
                self.losses.append(own["loss"])
                if notable(here["loss"], own["loss"]):
                    off.append(f"{name} has the loss {here['loss']:.4g} here and {own['loss']:.4g} by itself")
        self.notes: tuple[str, ...] = ()
        if bare:
            self.notes += (
                f"{' and '.join(bare)} came without BatchNorm statistics: those of the model are used "
                "for the loss by itself.",
            )
        if off and statistics:
            how = {"recompute": "measured anew", "interpolate": "interpolated"}.get(mode, "frozen")
            todo = " Choose bn='recompute' or bn='interpolate'." * (mode == "frozen")
            self.notes += (
                f"With BatchNorm statistics {how}, losses differ from those with the networks' own: "
                f"{'; '.join(off)}.{todo}",
            )
