"""What a landscape needs of anything that is to be its height."""

from __future__ import annotations

from typing import Any, Protocol

from torch import nn

__all__ = ["BoundMetric", "Metric", "has_samples"]


class BoundMetric(Protocol):
    """A metric with its data in place, for one model.

    Attributes:
        notes: what a reader of the result should be told, one sentence each.
    """

    notes: tuple[str, ...]

    def __call__(self) -> dict[str, float]:
        """The values at the model's present parameters, the height ("loss") first."""


class Metric(Protocol):
    """Anything that can be measured of a model."""

    def bind(self, model: nn.Module, *, channels_last: bool = False) -> BoundMetric:
        """Put the data where the model is; may run the model once."""

    def describe(self) -> dict[str, Any]:
        """Name and extent, JSON-like, for a surface's metadata."""


def has_samples(metric: Metric) -> bool:
    """Whether bound metrics have ``input_batches``, from which statistics can be measured."""
    return bool(getattr(metric, "has_samples", False))
