"""Random directions in parameter space, normalised so that surfaces can be compared.

A ReLU network computes the same function when one layer's weights are multiplied by c and the
next one's divided by it, so a step of fixed length means nothing by itself. *Filter normalisation*
(Li, Xu, Taylor, Studer, Goldstein, "Visualizing the Loss Landscape of Neural Nets", NeurIPS 2018,
section 4) measures each step in units of the filter that it changes:

    d_i  <-  d_i * ||w_i|| / ||d_i||        for each filter i
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from compute.directions.direction import BLOCK, Direction
from compute.directions.rules import DOING, EPSILON, check_choices, generator
from compute.errors import ArgumentError
from compute.model.checkpoints import WRAPPERS
from compute.model.parameters import ParameterSlot, parameter_slots

__all__ = ["random_direction"]

# A filter that loses all but this part of its length to the projection has no orthogonal part
# (it has one weight, or is parallel to the other direction's): what is left is rounding noise.
PARALLEL = 1e-6


def random_direction(
    model: nn.Module,
    *,
    seed: int,
    norm: str = "filter",
    ignore: str | None = "biasbn",
    orthogonal_to: Direction | None = None,
) -> Direction:
    """A Gaussian random direction, normalised against the model's weights.

    The numbers depend on the seed, each parameter's name and its shape: not on the device, the
    number of threads, how the model was built, or the other parameters.

    Args:
        model: at theta*; it is only read.
        seed: any integer. Different seeds give independent directions.
        norm: "filter" (each filter as long as the model's), "layer" (each tensor as long as the
            model's), "weight" (each number times the weight it moves), "dfilter" (unit filters),
            "dlayer" (unit tensors) or "none". A tensor of at most one axis counts as one filter.
        ignore: "biasbn" leaves tensors of at most one axis alone (biases, normalisation scales and
            shifts); None or "none" moves everything.
        orthogonal_to: makes the inner product with this direction vanish, filter by filter and
            before normalising, so that each filter keeps its exact norm. A filter of one weight
            cannot be orthogonal to another: :meth:`Direction.cosine` tells what is left.

    Raises:
        ArgumentError: an unknown ``norm`` or ``ignore``, a seed that is no integer, a model with
            weights that are not finite, or an ``orthogonal_to`` of another model.
    """
    ignore = check_choices(seed, norm, ignore)
    slots = parameter_slots(model)
    if orthogonal_to is not None:
        orthogonal_to.check(slots)
    strip = _wrapper_length([slot.name for slot in slots])
    tensors = {}
    for slot in slots:
        weight = slot.tensor
        if not weight.is_floating_point() or (ignore == "biasbn" and weight.ndim <= 1):
            tensors[slot.name] = torch.zeros_like(weight)
            continue
        ends = torch.aminmax(weight) if weight.numel() else ()  # NaN where there is one; no copy
        if not all(map(math.isfinite, ends)):
            raise ArgumentError(
                DOING, f"{slot.name} holds weights that are not finite", "Load a checkpoint that is."
            )
        other = None if orthogonal_to is None else orthogonal_to.tensors[slot.name]
        tensors[slot.name] = _random_tensor(slot, slot.name[strip:], int(seed), norm, other)
    return Direction(tensors, kind="random", seed=int(seed), normalisation=norm, ignore=ignore)


def _random_tensor(slot: ParameterSlot, name: str, seed: int, norm: str, other: Tensor | None) -> Tensor:
    """A parameter's part of a random direction, orthogonal to ``other`` where there is one.

    Large tensors are made some rows at a time: float64 numbers of all of it would be many copies.
    """
    weight = slot.tensor
    numbers = generator(seed, name)
    if slot.filter_axis != 0 or norm in ("layer", "dlayer"):  # rows apart in memory, one length for all
        steps = slot.to_rows(_gaussian(numbers, slot.shape))
        other = None if other is None else slot.to_rows(other)
        steps = _directed(steps, slot.to_rows(weight), norm, other)
        return slot.from_rows(steps).to(weight.device, weight.dtype)
    made = torch.empty(weight.shape, dtype=weight.dtype, device=weight.device)
    filters = max(1, BLOCK // max(1, math.prod(weight.shape[1:])))
    for start in range(0, len(weight), filters):
        part = slice(start, start + filters)
        own = weight[part].flatten(1)
        along = None if other is None else other[part].flatten(1)
        made[part] = _directed(_gaussian(numbers, own.shape), own, norm, along).view(weight[part].shape)
    return made


def _directed(steps: Tensor, weights: Tensor, norm: str, other: Tensor | None) -> Tensor:
    """(filters, n) random numbers as steps: orthogonal to ``other``, normalised against the weights."""
    weights = weights.to("cpu", torch.float64)
    if norm == "weight":
        steps = steps * weights
    if other is not None:
        steps = _orthogonal(steps, other.to("cpu", torch.float64))
    return _normalised(steps, weights, norm)


def _normalised(steps: Tensor, weights: Tensor, norm: str) -> Tensor:
    """Scale the (filters, n) float64 steps against the weights; table in :func:`random_direction`."""
    by_filter = {"dim": 1, "keepdim": True}
    if norm == "filter":
        lengths = torch.linalg.vector_norm(steps, **by_filter) + EPSILON
        return steps * (torch.linalg.vector_norm(weights, **by_filter) / lengths)
    if norm == "layer":
        return steps * (torch.linalg.vector_norm(weights) / (torch.linalg.vector_norm(steps) + EPSILON))
    if norm == "dfilter":
        return steps / (torch.linalg.vector_norm(steps, **by_filter) + EPSILON)
    if norm == "dlayer":
        return steps / (torch.linalg.vector_norm(steps) + EPSILON)
    return steps


def _orthogonal(steps: Tensor, other: Tensor) -> Tensor:
    """Take from each (filters, n) row its part along the other's row, where something remains."""
    squares = (other * other).sum(1, keepdim=True)
    rest = steps
    for _ in range(2):  # the second pass removes what the first one's rounding left
        along = (rest * other).sum(1, keepdim=True) / squares
        rest = rest - torch.where(squares > 0, along, 0.0) * other
    lengths = torch.linalg.vector_norm(steps, dim=1, keepdim=True)
    remaining = torch.linalg.vector_norm(rest, dim=1, keepdim=True)
    return torch.where(remaining > PARALLEL * lengths, rest, steps)


def _gaussian(numbers: np.random.Generator, shape: torch.Size) -> Tensor:
    """The next standard normal numbers, float64."""
    return torch.from_numpy(np.asarray(numbers.standard_normal(tuple(shape))))


def _wrapper_length(names: Sequence[str]) -> int:
    """How many characters in front of every name come from a wrapper, not from the model."""
    length = 0
    while prefix := next((w for w in WRAPPERS if all(n.startswith(w, length) for n in names)), ""):
        length += len(prefix)
    return length
