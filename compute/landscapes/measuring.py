"""A metric along one direction or two: what :func:`compute.line` and :func:`compute.plane` share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import nn

from compute.directions.direction import Direction
from compute.evaluate import evaluator
from compute.landscapes.assembly import Progress, own_values, provenance, reporter
from compute.landscapes.sampling import Home, sampled
from compute.metrics import Metric, has_samples
from compute.model.batchnorm import choose_mode
from compute.runs import RunLike, as_run
from compute.runs.recorded import parallel_note
from compute.surface import Curve, Surface

__all__ = ["measured"]

Floats = NDArray[np.float64]


def measured(
    model: nn.Module,
    metric: Metric,
    directions: Sequence[Direction],
    x: Floats,
    y: Floats | None,
    *,
    bn: str | None,
    progress: Progress | None,
    run: RunLike,
) -> Surface | Curve:
    """The surface on x and y, or the curve on x where there is no y, delivered to its run.

    Args:
        model: theta*; it is evaluated in evaluation mode and left as it was, bit for bit.
        metric: is measured.
        directions: of x, and of y.
        x: (nx,) coefficients of the first direction.
        y: (ny,) of the second, if there is one.
        bn: BatchNorm statistics, as for :func:`compute.plane`.
        progress: called with (points done, points in all) after each point.
        run: where the result is kept, and how.

    Raises:
        ArgumentError: a direction of another model, or a ``bn`` that cannot be.
        EvaluationError: the metric fails on the model itself, or gives another value each time.
    """
    mode, notes = choose_mode(bn, model, directions, samples=has_samples(metric))
    home = Home.of(model, metric, directions, mode)
    with as_run(run) as kept, evaluator(model, metric, directions, bn=mode) as evaluate:
        centre = evaluate.centre(len(directions))
        own, told = own_values(evaluate, centre, directions)
        if len(directions) == 2:
            told += parallel_note(directions[0].cosine(directions[1]))
        landscape = sampled(
            kept,
            home,
            evaluate,
            x,
            y,
            centre=centre,
            meta=lambda: provenance(model, metric, evaluate, centre, directions) | own,
            notes=notes + told,
            progress=reporter(progress, lambda: kept.total),
        )
        return kept.deliver(landscape)
