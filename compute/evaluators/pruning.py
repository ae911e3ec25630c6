"""Channels that say nothing, left out.

Weight decay drives whole filters of a residual network to zero, together with the scale and shift
of their normalisation: the ResNet-56 of Li et al. has 117 such filters, up to 23 of 32 in a layer. A
filter-normalised direction is as small there as the filter itself, so that the channel stays silent
at every point. What follows a rectifier then gets from channel j no more than

    ||W_j|| * ||V_j||,    W_j the weights that make it, V_j those that read it,

where the next layer's results are made of terms as large as the largest of these products. Where
the most that it can be in a run is less than a small part of the rounding of the largest at theta*,
leaving it out changes no digit that is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

from compute.evaluators.traced import Traced

__all__ = ["drop_silent_channels"]

# Part of the dtype's rounding that may be left out; and the part of a layer's channels that has to
# be silent: kernels work on vectors of 16 channels, and are slower on 62 than on 64.
PART, WORTH = 1 / 64, 1 / 8


@torch.no_grad()
def drop_silent_channels(traced: Traced, reach: Sequence[float]) -> int:
    """Take silent channels out of pairs of convolutions with a rectifier between; returns how many.

    Args:
        traced: with normalisation folded; changed in place.
        reach: the largest absolute coefficient of each direction in the run.
    """
    calls: dict[str, int] = {}
    for node in traced.graph.nodes:
        if node.op == "call_module":
            calls[str(node.target)] = calls.get(str(node.target), 0) + 1
    dropped = 0
    for node in traced.graph.nodes:
        pair = _pair(traced, node)
        if pair is None or any(calls[name] != 1 for name, _ in pair):
            continue
        (name, layer), (next_name, next_layer) = pair
        made, heard = _sizes(traced, name, layer, reach, 0), _sizes(traced, next_name, next_layer, reach, 1)
        highest = _highest_bias(traced, name, layer, reach)
        at_home = _norms(layer.weight, 0) * _norms(next_layer.weight, 1)
        least = PART * torch.finfo(layer.weight.dtype).eps * float(at_home.max())
        live = (made * heard > least) | (highest * heard > least)
        silent = int((~live).sum())
        if silent < WORTH * live.numel() or silent == live.numel():
            continue
        _narrow(traced, name, layer, live, 0)
        _narrow(traced, next_name, next_layer, live, 1)
        layer.out_channels = next_layer.in_channels = live.numel() - silent
        dropped += silent
    return dropped


def _pair(traced: Traced, node: fx.Node) -> tuple[tuple[str, nn.Conv2d], tuple[str, nn.Conv2d]] | None:
    """Two convolutions with nothing but a rectifier between them, the first of which is ``node``."""
    chain = [node]
    for _ in range(2):
        users = list(chain[-1].users)
        if len(users) != 1:
            return None
        chain += users
    first, between, second = chain
    rectifies = type(traced.layer(between)) is nn.ReLU or (
        between.op == "call_function" and between.target in (F.relu, torch.relu)
    )
    layers = traced.layer(first), traced.layer(second)
    if not rectifies or not all(type(layer) is nn.Conv2d and layer.groups == 1 for layer in layers):
        return None
    found: Any = tuple((str(n.target), layer) for n, layer in zip((first, second), layers, strict=True))
    return found


def _sizes(traced: Traced, name: str, layer: nn.Conv2d, reach: Sequence[float], axis: int) -> Tensor:
    """(channels,) largest norms that the weights of each output (axis 0) or input (1) can have."""
    along = [direction.get(f"{name}.weight") for direction in traced.directions]
    steps = [c * _norms(d, axis) for c, d in zip(reach, along, strict=True) if d is not None]
    return torch.stack([_norms(layer.weight, axis), *steps]).sum(0)


def _norms(weight: Tensor, axis: int) -> Tensor:
    return torch.linalg.vector_norm(weight.double().transpose(0, axis).flatten(1), dim=1)


def _highest_bias(traced: Traced, name: str, layer: nn.Conv2d, reach: Sequence[float]) -> Tensor:
    """(outputs,) the highest that each bias can be; what is below 0 adds nothing to silence."""
    bias = layer.weight.new_zeros(layer.out_channels) if layer.bias is None else layer.bias
    highest = bias.double()
    for most, direction in zip(reach, traced.directions, strict=True):
        if (step := direction.get(f"{name}.bias")) is not None:
            highest = highest + most * step.double().abs()
    return highest


def _narrow(traced: Traced, name: str, layer: nn.Conv2d, live: Tensor, axis: int) -> None:
    """Keep the live channels of a layer's outputs (axis 0) or inputs (1), and of its directions."""

    def kept(tensor: Tensor) -> Tensor:
        return tensor[live] if axis == 0 else tensor[:, live]

    own = {f"{name}.weight": layer.weight} | ({f"{name}.bias": layer.bias} if layer.bias is not None else {})
    for full, parameter in own.items():
        if axis == 1 and full.endswith(".bias"):
            continue
        parameter.data = kept(parameter.data)
        for direction in traced.directions:
            if full in direction:
                direction[full] = kept(direction[full])
