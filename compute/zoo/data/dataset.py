"""What every loader returns: samples, targets, and how the one was made from the raw numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["CIFAR10", "MNIST", "UNIT", "Dataset", "Normalisation"]


@dataclass(frozen=True)
class Normalisation:
    """inputs = (raw / divisor - mean) / std, per channel.

    Attributes:
        mean, std: one number a channel, in units of raw / divisor; a single one serves all channels.
        divisor: the largest raw value, 255 for 8-bit images.
    """

    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    divisor: float = 255.0

    def __call__(self, raw: NDArray[Any]) -> Tensor:
        """Float32 inputs of (n, channels, ...) raw values of any numeric type."""
        values = torch.from_numpy(np.array(raw, dtype=np.float32)).div_(self.divisor)
        per_channel = (1, -1) + (1,) * (values.ndim - 2)
        mean, std = (torch.tensor(numbers).view(per_channel) for numbers in (self.mean, self.std))
        return values.sub_(mean).div_(std)

    def as_meta(self) -> dict[str, Any]:
        """The numbers, for a file's metadata."""
        return {"divisor": self.divisor, "mean": list(self.mean), "std": list(self.std)}


UNIT = Normalisation()
# The figures that Li et al. (2018) trained with, and the usual ones of MNIST.
CIFAR10 = Normalisation((125.3 / 255, 123.0 / 255, 113.9 / 255), (63.0 / 255, 62.1 / 255, 66.7 / 255))
MNIST = Normalisation((0.1307,), (0.3081,))


@dataclass(frozen=True, eq=False)
class Dataset:
    """A fixed set of samples, in a fixed order.

    Attributes:
        inputs: (n, ...) float32, what the network is fed.
        targets: (n,) int64 classes, or (n, ...) float values.
        name: of the data set, such as ``cifar10``.
        split: ``train`` or ``test``; None where the set has no splits.
        normalisation: how the inputs were made from raw values; None where unknown.
    """

    inputs: Tensor
    targets: Tensor
    name: str
    split: str | None = None
    normalisation: Normalisation | None = None

    def __post_init__(self) -> None:
        if len(self.inputs) != len(self.targets):
            raise ValueError(f"{self.name}: {len(self.inputs)} inputs but {len(self.targets)} targets")

    @property
    def count(self) -> int:
        """Number of samples."""
        return len(self.inputs)

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.inputs[index], self.targets[index]

    def as_meta(self) -> dict[str, Any]:
        """Name, split, count and normalisation, for a file's metadata."""
        meta: dict[str, Any] = {"name": self.name, "count": self.count}
        if self.split is not None:
            meta["split"] = self.split
        if self.normalisation is not None:
            meta["normalisation"] = self.normalisation.as_meta()
        return meta
