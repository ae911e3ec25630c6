"""The networks and data sets that the samples and the papers use, by name.

>>> from compute import zoo
>>> model = zoo.build("resnet56")
>>> zoo.names()[:3]
['mlp', 'lenet', 'lenet_cifar']
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from torch import nn

from compute.errors import UsageError, nearest
from compute.zoo.lenet import LeNet
from compute.zoo.mlp import mlp
from compute.zoo.resnet import CifarResNet

__all__ = ["build", "names"]

DIGITS_MLP = (64, 64, 10)
LARGEST_LAYER = 1_000_000  # units of an `mlp:` layer: a slip of the finger should not fill the memory
LARGEST_MLP = 1_000_000_000  # parameters of an `mlp:`, 4 GB of them


def _networks() -> dict[str, Callable[[], nn.Module]]:
    table: dict[str, Callable[[], nn.Module]] = {
        "mlp": partial(mlp, DIGITS_MLP),
        "lenet": LeNet,
        "lenet_cifar": partial(LeNet, channels=3, size=32),
        "mlp_bn": partial(mlp, DIGITS_MLP, batchnorm=True),
    }
    for depth in (20, 32, 44, 56, 110):
        table[f"resnet{depth}"] = partial(CifarResNet, depth)
        table[f"resnet{depth}_noshort"] = partial(CifarResNet, depth, shortcut=False)
    return table


def names() -> list[str]:
    """Names that :func:`build` takes; besides them, ``mlp:IN-HIDDEN-...-OUT`` and ``mlp_bn:...``."""
    return list(_networks())


def build(name: str) -> nn.Module:
    """A freshly initialised network, drawn from torch's global random generator.

    Args:
        name: one of :func:`names`, or ``mlp:784-256-128-10``, or ``mlp_bn:...`` with batch normalisation.

    Raises:
        UsageError: no such network; the message has the nearest name.
    """
    table = _networks()
    if name in table:
        return table[name]()
    if name.startswith(("mlp:", "mlp_bn:")):
        return mlp(_mlp_sizes(name), batchnorm=name.startswith("mlp_bn:"))
    raise UsageError(
        "choosing the network",
        f"there is no network called {name!r} in the zoo",
        f"{nearest(name, table)}There are: {', '.join(table)}, and mlp:IN-HIDDEN-...-OUT "
        "and mlp_bn:... with any sizes; a network of your own is package.module:factory.",
    )


def _mlp_sizes(name: str) -> list[int]:
    text = name.partition(":")[2]
    sizes = (
        [int(size) for size in text.split("-")] if re.fullmatch(r"[1-9]\d{0,8}(-[1-9]\d{0,8})+", text) else []
    )
    count = sum((a + 1) * b for a, b in zip(sizes[:-1], sizes[1:], strict=True))
    if not sizes or max(sizes) > LARGEST_LAYER or count > LARGEST_MLP:
        raise UsageError(
            "choosing the network",
            f"{name!r} does not give the sizes of a perceptron",
            "Give two or more positive numbers of units, from inputs to outputs, such as mlp:64-64-10 "
            f"(at most {LARGEST_LAYER:,} units a layer and {LARGEST_MLP:,} parameters).",
        )
    return sizes
