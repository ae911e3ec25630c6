"""Several values of each point, those that are losses over samples by a faster evaluator.

A metric may be made of others: the losses on training and test set, one of them with a penalty, and
functions of the model. Each loss over samples in it is a part that a rung evaluates, all of them with
the parameters at a point set once. A penalty w/2 ||theta||^2 is a polynomial in the coefficients,

    ||theta* + sum c_k d_k||^2 = c^T G c,    c = (1, c_1, c_2),

with G the products of theta* and the directions with each other, in float64. What is left, such as a
function of the model, is asked of the model itself, moved there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor

from compute.metrics.loss import BoundLoss
from compute.metrics.regularised import BoundRegularised
from compute.metrics.several import BoundSeveral

__all__ = ["Joined", "LossRung", "parts"]

Row = Sequence[float]
Values = dict[str, float]
Part = Callable[[Row, Iterator[Values]], Values]


class LossRung(Protocol):
    """A way to evaluate some losses at several points.

    Attributes:
        method: what it does, for metadata.
        points: how many it likes to be given at a time, and at most.
        tile: the same, but depending on network and device only, never on how fast they are.
    """

    method: str
    points: int
    tile: int

    def __call__(self, coefficients: Sequence[Row]) -> list[tuple[Values, ...]]:
        """At each row of coefficients the values of each loss."""


def parts(bound: object) -> list[BoundLoss]:
    """The losses over samples that a metric is made of, in its order."""
    if isinstance(bound, BoundSeveral):
        return [part for one in bound.bound.values() for part in parts(one)]
    if isinstance(bound, BoundRegularised):
        return parts(bound.bound)
    # One that has a part of the outputs taken out, or is of all samples at once, is for the plain loop.
    fast = type(bound) is BoundLoss and bound.loss.output is None and bound.losses.each is not None
    return [bound] if isinstance(bound, BoundLoss) and fast else []


class Joined:
    """All values of a metric at several points.

    Args:
        bound: the metric.
        losses: evaluates its :func:`parts`.
        directions: their tensors by the names of the model's parameters; the model is at theta*.
        move: takes the model's parameters to a point.
    """

    def __init__(
        self,
        bound: object,
        losses: LossRung,
        directions: Sequence[Mapping[str, Tensor]],
        move: Callable[[Row], None],
    ) -> None:
        self._losses, self._directions, self._move, self._asked = losses, directions, move, 0
        self._whole = self._made(bound)
        asked = f", the model itself for {self._asked} other" + "s" * (self._asked > 1)
        self.method = losses.method + asked * bool(self._asked)
        self.tile = losses.tile

    @property
    def points(self) -> int:
        """How many are best asked for at a time, and at most."""
        return self._losses.points

    def __call__(self, coefficients: Sequence[Row]) -> list[Values]:
        """The values at each row of coefficients."""
        found = self._losses(coefficients)
        return [self._whole(row, iter(values)) for row, values in zip(coefficients, found, strict=True)]

    def _made(self, bound: object) -> Part:
        if isinstance(bound, BoundSeveral):
            names, made = list(bound.bound), [self._made(one) for one in bound.bound.values()]
            return lambda row, values: bound.named(
                (name, part(row, values)) for name, part in zip(names, made, strict=True)
            )
        if isinstance(bound, BoundRegularised):
            inner, squared = self._made(bound.bound), _SquaredNorm(bound, self._directions)
            return lambda row, values: bound.penalised(inner(row, values), squared(row))
        if parts(bound):
            return lambda row, values: next(values)
        self._asked += 1
        return lambda row, values: self._asked_of_the_model(bound, row)

    def _asked_of_the_model(self, bound: object, row: Row) -> Values:
        assert callable(bound)
        self._move(row)
        values: Values = bound()
        return values


class _SquaredNorm:
    """The squared norm of what a penalty is of, at any point."""

    def __init__(self, bound: BoundRegularised, directions: Sequence[Mapping[str, Tensor]]) -> None:
        size = 1 + len(directions)
        total = torch.zeros(size, size, dtype=torch.float64)
        for slot in bound.slots:
            vectors = [slot.tensor, *(direction[slot.name] for direction in directions)]
            rows = torch.stack([v.detach().to("cpu", torch.float64).reshape(-1) for v in vectors])
            total += rows @ rows.T
        self._products = total.tolist()

    def __call__(self, row: Row) -> float:
        c = (1.0, *row)
        return sum(
            a * b * product
            for a, products in zip(c, self._products, strict=True)
            for b, product in zip(c, products, strict=True)
        )
