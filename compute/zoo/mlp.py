"""Multi-layer perceptrons of any size."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn

__all__ = ["mlp"]


def mlp(sizes: Sequence[int], *, batchnorm: bool = False) -> nn.Sequential:
    """Linear layers with rectifiers between them; images are flattened first.

    Args:
        sizes: inputs, hidden units ..., outputs: at least two numbers.
        batchnorm: put batch normalisation between each linear layer and its rectifier.

    Returns:
        A network whose parameters are called ``linear1.weight``, ``linear1.bias``, (``bn1.weight``, ...,)
        ``linear2.weight``, ...

    Raises:
        ValueError: fewer than two sizes, or one that is not positive.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"a perceptron needs at least two positive sizes, got {list(sizes)}")
    layers: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
    for number, (inputs, outputs) in enumerate(zip(sizes[:-1], sizes[1:], strict=True), start=1):
        if number > 1 and batchnorm:
            layers[f"bn{number - 1}"] = nn.BatchNorm1d(inputs)
        if number > 1:
            layers[f"relu{number - 1}"] = nn.ReLU()
        layers[f"linear{number}"] = nn.Linear(inputs, outputs)
    return nn.Sequential(layers)
