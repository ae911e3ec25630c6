"""Several metrics at each point, such as the losses on the training and on the test set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from torch import nn

from compute.errors import ArgumentError, listing
from compute.metrics.function import CallableMetric
from compute.metrics.protocol import BoundMetric, Metric, has_samples

__all__ = ["BoundSeveral", "Several"]


class Several:
    """Metrics by name; the first one's loss is the height.

    The first metric's values keep their names (``loss``, ``accuracy``, ...). Those of the others
    get the name of the metric in front (``test_loss``, ``test_accuracy``, ...), except that a
    function which returns a single number is called by the metric's name alone. BatchNorm
    statistics are measured, where they are, from the samples of the first metric that has any:
    with the training set first, the test loss is that of a network which has not seen the test set.

    Args:
        metrics: by name, the height first.

    Raises:
        ArgumentError: there is none.
    """

    def __init__(self, metrics: Mapping[str, Any]) -> None:
        from compute.metrics import as_metric

        if not metrics:
            raise ArgumentError("choosing the metrics", "there is none", "Give at least one.")
        self.metrics: dict[str, Metric] = {str(name): as_metric(metric) for name, metric in metrics.items()}
        self.has_samples = any(has_samples(metric) for metric in self.metrics.values())

    @classmethod
    def unnamed(cls, metrics: Sequence[Any]) -> Several:
        """Functions, called by their own names; the first may be anything.

        Raises:
            ArgumentError: one of the others has no name of its own, or two have the same.
        """
        named: dict[str, Any] = {}
        for number, metric in enumerate(metrics):
            name = getattr(metric, "__name__", "")
            if number and (not name.isidentifier() or name in named):
                raise ArgumentError(
                    "choosing the metrics",
                    f"metric {number + 1} has no name of its own",
                    'Give them by name, the height first: {"train": ..., "test": ...}.',
                )
            named[name if name.isidentifier() else "loss"] = metric
        return cls(named)

    def describe(self) -> dict[str, Any]:
        """The first metric's description, and that of each by name."""
        each = {name: metric.describe() for name, metric in self.metrics.items()}
        return {**next(iter(each.values())), "metrics": each}

    def bind(self, model: nn.Module, *, channels_last: bool = False) -> BoundMetric:
        """Bind each of them."""
        return BoundSeveral(self.metrics, model, channels_last)


class BoundSeveral:
    """Bound metrics.

    Attributes:
        bound: each by its name, the height first.
        notes: what a reader of the result should be told.
    """

    def __init__(self, metrics: Mapping[str, Metric], model: nn.Module, channels_last: bool) -> None:
        self.bound = {name: m.bind(model, channels_last=channels_last) for name, m in metrics.items()}
        self._plain = {name for name, metric in metrics.items() if isinstance(metric, CallableMetric)}
        self.notes: tuple[str, ...] = tuple(dict.fromkeys(n for b in self.bound.values() for n in b.notes))
        sources = (getattr(bound, "input_batches", ()) for bound in self.bound.values())
        self.input_batches: Iterable[Any] = next((found for found in sources if found), ())

    def __call__(self) -> dict[str, float]:
        """All values at the model's present parameters."""
        return self.named((name, bound()) for name, bound in self.bound.items())

    def named(self, found: Iterable[tuple[str, dict[str, float]]]) -> dict[str, float]:
        """The values of all metrics together, by the names that they have there.

        Args:
            found: the name and the values of each metric in order.

        Raises:
            ArgumentError: two have the same name.
        """
        values: dict[str, float] = {}
        for number, (name, own) in enumerate(found):
            if number and name in self._plain and own.keys() == {"loss"}:
                own = {name: own["loss"]}
            elif number:
                own = {f"{name}_{key}": value for key, value in own.items()}
            twice = values.keys() & own.keys()
            if twice:
                raise ArgumentError(
                    "measuring the model",
                    f"two metrics give a value called {listing(sorted(twice))}",
                    "Give the metrics other names.",
                )
            values.update(own)
        return values
