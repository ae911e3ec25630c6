"""A direction in parameter space."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from compute.errors import ArgumentError
from compute.model.parameters import ParameterSlot, check_names
from compute.surface import Portable

__all__ = ["BLOCK", "Direction"]

BLOCK = 2**18
"""Numbers that are in float64 at a time."""


@dataclass(frozen=True, eq=False)
class Direction(Portable):
    """A step in parameter space, by parameter name.

    Attributes:
        tensors: one tensor for each parameter, of its shape, dtype and device; zeros where the
            direction leaves it alone.
        kind: how it was made: "random", "pca 1", ...
        seed: of a random direction.
        normalisation: one of ``compute.directions.rules.NORMS`` for a random direction.
        ignore: "biasbn" where tensors of at most one axis are 0, else "none".
        buffers: of a direction that leads to other models, how their normalisation statistics
            change along it, as far as they are known; None where it leads to none.
        meta: further facts, JSON-like, such as the ``eigenvalue`` of an eigenvector.
    """

    tensors: Mapping[str, Tensor]
    kind: str = "given"
    seed: int | None = None
    normalisation: str | None = None
    ignore: str = "none"
    buffers: Mapping[str, Tensor] | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tensors", MappingProxyType(dict(self.tensors)))
        object.__setattr__(self, "meta", MappingProxyType(dict(self.meta)))
        if self.buffers is not None:
            object.__setattr__(self, "buffers", MappingProxyType(dict(self.buffers)))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a .safetensors file, which :func:`compute.load_direction` reads."""
        from compute.directions.files import save_direction

        save_direction(self, path)

    def norm(self) -> float:
        """Its 2-norm over all parameters, summed in float64."""
        return math.sqrt(self.dot(self))

    def dot(self, other: Direction) -> float:
        """The inner product with ``other``, summed in float64."""
        return sum(_dot(tensor, other.tensors[name]) for name, tensor in self.tensors.items())

    def cosine(self, other: Direction) -> float:
        """Cosine of the angle to ``other``; NaN where one of them has no length."""
        lengths = self.norm() * other.norm()
        return self.dot(other) / lengths if lengths > 0 else math.nan

    def check(self, slots: Sequence[ParameterSlot]) -> None:
        """Make sure that the direction belongs to the model with these parameters.

        Raises:
            ArgumentError: it lacks a parameter, has one more, or one of another shape.
        """
        doing = "moving the model along a direction"
        check_names(slots, self.tensors, doing=doing, what=f"the direction ({self.kind})")
        extra = self.tensors.keys() - {slot.name for slot in slots}
        if extra:
            raise ArgumentError(
                doing,
                f"the direction ({self.kind}) has {len(extra)} tensors that the model lacks ({min(extra)})",
                "Use the model that it was made from.",
            )


def _dot(a: Tensor, b: Tensor) -> float:
    pairs = zip(a.detach().reshape(-1).split(BLOCK), b.detach().reshape(-1).split(BLOCK), strict=True)
    return sum(float((x.to(torch.float64) * y.to(x.device, torch.float64)).sum()) for x, y in pairs)
