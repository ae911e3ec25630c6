"""Normalisation by frozen statistics, folded into the layer before it, once for a whole run.

In evaluation mode BatchNorm is gamma (z - mean) / sqrt(var + eps) + beta, an affine map of each
channel. After a layer z = W x + b with s = gamma / sqrt(var + eps) it is one layer with

    W' = s W,    b' = s (b - mean) + beta.

Where no direction moves gamma, the map from (W, b, beta) to (W', b') is itself affine, so a point
theta* + sum c_k d_k goes to theta*' + sum c_k d_k', with d_k' = (s dW, s db + dbeta): the network
and its directions are folded once, and every point after that is free of normalisation.
"""

from __future__ import annotations

import operator

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd

from compute.evaluators.traced import Traced

__all__ = ["fold_normalisation", "in_place"]

FOLDS = {
    nn.Conv1d: nn.BatchNorm1d,
    nn.Conv2d: nn.BatchNorm2d,
    nn.Conv3d: nn.BatchNorm3d,
    nn.Linear: nn.BatchNorm1d,
}


@torch.no_grad()
def fold_normalisation(traced: Traced) -> int:
    """Fold what can be; returns how many layers were.

    Args:
        traced: with the shapes of its nodes noted; changed in place.
    """
    nodes = list(traced.graph.nodes)
    calls: dict[str, int] = {}
    for node in nodes:
        if node.op == "call_module":
            calls[str(node.target)] = calls.get(str(node.target), 0) + 1
    folded = 0
    for node in nodes:
        norm = traced.layer(node)
        if not isinstance(norm, _BatchNorm) or norm.running_mean is None or calls[str(node.target)] != 1:
            continue
        before = node.args[0] if node.args else None
        if not isinstance(before, fx.Node) or len(before.users) != 1:
            continue
        layer = traced.layer(before)
        if layer is None or FOLDS.get(type(layer)) is not type(norm) or calls[str(before.target)] != 1:
            continue
        if isinstance(layer, nn.Linear) and len(before.meta["tensor_meta"].shape) != 2:
            continue  # there BatchNorm1d's channels are the second axis, not the layer's outputs
        if any(f"{node.target}.weight" in direction for direction in traced.directions):
            continue
        _fold(traced, str(before.target), layer, str(node.target), norm)
        node.replace_all_uses_with(before)
        traced.graph.erase_node(node)
        folded += 1
    if folded:
        traced.module.delete_all_unused_submodules()
        traced.module.recompile()
    return folded


def _fold(traced: Traced, name: str, layer: nn.Module, norm_name: str, norm: _BatchNorm) -> None:
    mean, variance = norm.running_mean, norm.running_var
    weight, bias = layer.weight, layer.bias
    if mean is None or variance is None or not isinstance(weight, Tensor):
        raise TypeError(f"{norm_name} has no running statistics to fold")
    scale = 1 / torch.sqrt(variance.double() + norm.eps)
    if norm.weight is not None:
        scale = scale * norm.weight.double()
    shift = -mean.double() if not isinstance(bias, Tensor) else bias.double() - mean.double()
    shift = shift * scale
    if norm.bias is not None:
        shift = shift + norm.bias.double()
    along = scale.view(-1, *[1] * (weight.ndim - 1))
    for direction in traced.directions:
        of_weight = direction.pop(f"{name}.weight", None)
        of_bias, of_beta = direction.pop(f"{name}.bias", None), direction.pop(f"{norm_name}.bias", None)
        if of_weight is not None:
            direction[f"{name}.weight"] = (of_weight.double() * along).to(weight.dtype)
        if of_bias is not None or of_beta is not None:
            moved = torch.zeros_like(shift) if of_bias is None else of_bias.double() * scale
            moved = moved if of_beta is None else moved + of_beta.double()
            direction[f"{name}.bias"] = moved.to(weight.dtype)
    layer.weight = nn.Parameter((weight.double() * along).to(weight.dtype), requires_grad=False)
    layer.bias = nn.Parameter(shift.to(weight.dtype), requires_grad=False)


def in_place(traced: Traced) -> None:
    """Let rectifiers and sums write over an operand that nothing else reads: less memory to move."""
    relus, sums = (F.relu, torch.relu), (operator.add, torch.add)
    fresh: set[fx.Node] = set()  # results that are tensors of their own, not views
    for node in traced.graph.nodes:
        layer = traced.layer(node)
        first = node.args[0] if node.args else None
        if isinstance(layer, (nn.Linear, _ConvNd)):
            fresh.add(node)
        elif type(layer) is nn.ReLU or (node.op == "call_function" and node.target in relus):
            if isinstance(first, fx.Node) and first in fresh and len(first.users) == 1:
                node.op, node.target, node.args, node.kwargs = "call_function", torch.relu_, (first,), {}
                fresh.add(node)
        elif node.op == "call_function" and node.target in sums and not node.kwargs and len(node.args) == 2:
            for mine, other in (node.args, node.args[::-1]):
                if isinstance(mine, fx.Node) and mine in fresh and len(mine.users) == 1 and mine is not other:
                    if isinstance(other, fx.Node) and _same_shape(mine, other, node):
                        node.target, node.args = operator.iadd, (mine, other)
                        fresh.add(node)
                        break
    traced.module.recompile()


def _same_shape(*nodes: fx.Node) -> bool:
    found = [getattr(node.meta.get("tensor_meta"), "shape", None) for node in nodes]
    return found[0] is not None and all(shape == found[0] for shape in found)
