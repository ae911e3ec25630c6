"""Sums and weights of samples, and the loss that they make together."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

__all__ = ["SampleLosses"]


@dataclass(frozen=True)
class SampleLosses:
    """How to get A_i and V_i; ``each`` is None where the function gives one number only.

    Attributes:
        each: (outputs, targets) -> (n,) sums A_i of a batch.
        weights: targets -> (n,) weights V_i, or None where all are 1.
        total: whether the loss is the sum over samples, not their mean.
    """

    each: Callable[[Any, Tensor], Tensor] | None
    weights: Callable[[Tensor], Tensor] | None = None
    total: bool = False

    def combine(self, sums: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor]:
        """The loss over (..., n) float64 sums A_i and (n,) weights V_i, and its standard error."""
        count = sums.shape[-1]
        total: Tensor | int = count if weights is None else weights.sum()
        loss = sums.sum(-1) / total
        mean = loss[..., None]
        residuals = sums - (mean if weights is None else mean * weights)
        spread = math.sqrt(count / (count - 1)) if count > 1 else math.nan
        error = torch.linalg.vector_norm(residuals, dim=-1) / total * spread
        return (loss * count, error * count) if self.total else (loss, error)
