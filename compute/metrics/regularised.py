"""A loss with the penalty that weight decay is the gradient of."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from compute.errors import ArgumentError, nearest
from compute.metrics.protocol import BoundMetric, Metric, has_samples
from compute.model.parameters import parameter_slots

__all__ = ["BoundRegularised", "Regularised"]


class Regularised:
    """A metric whose loss is the one that training with weight decay goes down on.

    ``torch.optim.SGD(..., weight_decay=w)`` adds w theta to the gradient, which is the gradient of

        loss + w / 2 * ||theta||^2

    (AdamW's decoupled decay is the gradient of no such sum.) The norm is over all floating-point
    parameters, those of shared tensors once, summed in float64.

    The values are those of the metric, with the sum as ``loss`` and the loss alone as
    ``data_loss``; the standard error is the same for both.

    Args:
        metric: a ``compute.Loss``, or a function of the model.
        weight_decay: w.
        ignore: "biasbn" leaves tensors of at most one axis out of the norm, as optimisers do that
            are told not to decay them; None or "none" takes all.

    Raises:
        ArgumentError: a weight decay that is negative or not finite, or an unknown ``ignore``.
    """

    def __init__(self, metric: Any, weight_decay: float, *, ignore: str | None = None) -> None:
        from compute.metrics import as_metric

        doing = "adding weight decay to the loss"
        ignore = "none" if ignore is None else ignore
        if ignore not in ("biasbn", "none"):
            hint = nearest(str(ignore), ("biasbn", "none"))
            raise ArgumentError(doing, f"ignore is {ignore!r}", f"{hint}Choose one of: biasbn, none.")
        if not (math.isfinite(weight_decay) and weight_decay >= 0):
            raise ArgumentError(doing, f"it is {weight_decay!r}", "Give a number of at least 0, e.g. 5e-4.")
        self.metric: Metric = as_metric(metric)
        self.weight_decay, self.ignore = float(weight_decay), ignore
        self.has_samples = has_samples(self.metric)

    def describe(self) -> dict[str, Any]:
        """The metric's own description, and the weight decay."""
        return {
            **self.metric.describe(),
            "weight_decay": self.weight_decay,
            "weight_decay_ignore": self.ignore,
        }

    def bind(self, model: nn.Module, *, channels_last: bool = False) -> BoundMetric:
        """Bind the metric."""
        return BoundRegularised(self, model, channels_last)


class BoundRegularised:
    """A bound metric, and the parameters that its penalty is of.

    Attributes:
        bound: the metric.
        slots: the parameters.
        notes: what a reader of the result should be told.
    """

    def __init__(self, metric: Regularised, model: nn.Module, channels_last: bool) -> None:
        self.bound = metric.metric.bind(model, channels_last=channels_last)
        self._factor = metric.weight_decay / 2
        self.slots = [
            slot
            for slot in parameter_slots(model)
            if slot.parameters[0].is_floating_point()
            and (metric.ignore == "none" or slot.filter_axis is not None)
        ]
        self.notes: tuple[str, ...] = self.bound.notes
        self.input_batches = getattr(self.bound, "input_batches", ())

    def __call__(self) -> dict[str, float]:
        """The values at the model's present parameters."""
        norms = (torch.linalg.vector_norm(slot.tensor, dtype=_exact(slot.tensor)) for slot in self.slots)
        return self.penalised(self.bound(), sum(float(norm**2) for norm in norms))

    def penalised(self, values: dict[str, float], squared_norm: float) -> dict[str, float]:
        """The metric's values with the penalty on parameters of this squared norm."""
        return {
            **values,
            "loss": values["loss"] + self._factor * squared_norm,
            "data_loss": values["loss"],
        }


def _exact(tensor: torch.Tensor) -> torch.dtype:
    return torch.float32 if tensor.device.type == "mps" else torch.float64
