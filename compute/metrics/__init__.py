"""What is measured at each point of a landscape: losses, and any function of the model.

A metric is *bound* to a model before a run: its samples move to the model's device and dtype, are
cut into batches once, and stay there. Calling the bound metric gives all its values, the height
under "loss". Nothing here knows of directions or planes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from torch import nn

from compute.errors import ArgumentError
from compute.metrics.function import CallableMetric
from compute.metrics.loss import Loss
from compute.metrics.protocol import BoundMetric, Metric, has_samples
from compute.metrics.regularised import Regularised
from compute.metrics.several import Several

__all__ = [
    "AnyMetric",
    "BoundMetric",
    "CallableMetric",
    "Loss",
    "Metric",
    "Regularised",
    "Several",
    "as_metric",
    "has_samples",
]

OneMetric: TypeAlias = Metric | Callable[[nn.Module], Any]
AnyMetric: TypeAlias = OneMetric | Mapping[str, OneMetric] | Sequence[OneMetric]


def as_metric(metric: AnyMetric) -> Metric:
    """``metric`` itself, or one made of a function of the model, or of several metrics.

    Args:
        metric: a ``compute.Loss`` or ``compute.Regularised``; a function of the model that returns
            a number, or several by name; or several of all these, by name or (functions) in a
            sequence, the height first: ``{"train": Loss(...), "test": Loss(...)}``.

    Raises:
        ArgumentError: it is something else.
    """
    if hasattr(metric, "bind") and hasattr(metric, "describe"):
        return metric
    if isinstance(metric, Mapping):
        return Several(metric)
    if isinstance(metric, (list, tuple)):
        return Several.unnamed(metric)
    if callable(metric):
        return CallableMetric(metric)
    raise ArgumentError(
        "choosing the metric",
        f"a {type(metric).__name__} cannot measure a model",
        "Give a compute.Loss, or a function that takes the model and returns a number.",
    )
