"""The losses of every sample at several points, and what follows from them.

The mean, its standard error and the accuracy all come from the same outputs, as in the plain loop.
"""

from __future__ import annotations

import torch
from torch import Tensor

from compute.metrics.loss import BoundLoss

__all__ = ["Tally"]


class Tally:
    """(points, samples) losses, filled in tile by tile.

    Args:
        bound: the loss, with its samples in place.
        points: how many.
    """

    def __init__(self, bound: BoundLoss, points: int) -> None:
        self.bound, each = bound, bound.losses.each
        if each is None:
            raise ValueError("the loss gives one number for all samples")
        self._each = each
        self._sums = bound.sums.new_zeros(points, bound.sums.numel())
        self._hits = None if bound.hits is None else bound.hits.new_zeros(points, bound.sums.numel())

    def add(self, point: int, start: int, stop: int, outputs: Tensor, targets: Tensor) -> None:
        """Enter what the model gave at one point for samples ``start`` to ``stop``."""
        self._sums[point, start:stop] = self._each(outputs, targets)
        if self._hits is not None:
            highest, predicted = outputs.max(1)
            self._hits[point, start:stop] = (predicted == targets) & (highest == highest)  # noqa: PLR0124

    def add_all(self, start: int, stop: int, losses: Tensor, hits: Tensor | None) -> None:
        """Enter (points, stop - start) losses and, where there are classes, right answers."""
        self._sums[:, start:stop] = losses
        if self._hits is not None and hits is not None:
            self._hits[:, start:stop] = hits

    def values(self) -> list[dict[str, float]]:
        """The values at each point, the height first; the one time that a device is waited for."""
        loss, error = self.bound.losses.combine(self._sums, self.bound.weights)
        columns = {"loss": loss, "loss_stderr": error}
        if self._hits is not None:
            columns["accuracy"] = self._hits.sum(1, dtype=torch.float64) / self.bound.labelled
        rows = torch.stack(list(columns.values()), 1).tolist()
        return [dict(zip(columns, row, strict=True)) for row in rows]
