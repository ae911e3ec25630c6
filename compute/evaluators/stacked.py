"""Perceptrons: several points at once, as one product of stacked matrices.

The first layer is shared (``splitting``): for a tile of T samples its outputs at K points are one
product of the (K, 3) coefficients with (3, units * T) terms. From there each layer is one batched
product of K weight matrices with K tiles. Activations lie with their units first, (K, units, T), so
that every elementwise operation runs along samples; K and T are such that the widest of them stays
in the cache.

A tile of fewer points than K is filled up with copies, so that a value does not depend on the
company in which it was computed.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

from compute.evaluators.folding import fold_normalisation
from compute.evaluators.splitting import Shared, split
from compute.evaluators.tally import Tally
from compute.evaluators.traced import Traced, Unsuitable
from compute.metrics.loss import BoundLoss

__all__ = ["Stacked"]

# Points at a time; numbers of the widest activation of a tile (512 KiB in fp32, half a core's
# second-level cache); samples a tile at least and at most.
POINTS, NUMBERS, FEWEST, MOST = 8, 2**17, 64, 512
GPU_POINTS, GPU_NUMBERS, GPU_MOST = 64, 2**26, 2**14
# Weights beyond which copies for each of a tile's points would cost memory and gain nothing.
WEIGHTS = 2**19
# Of the first layer's terms for all samples, in bytes.
KEPT = 2**27

ELEMENTWISE_MODULES = (
    nn.CELU, nn.ELU, nn.GELU, nn.Hardshrink, nn.Hardsigmoid, nn.Hardswish, nn.Hardtanh, nn.LeakyReLU,
    nn.LogSigmoid, nn.Mish, nn.ReLU, nn.ReLU6, nn.SELU, nn.SiLU, nn.Sigmoid, nn.Softplus, nn.Softshrink,
    nn.Softsign, nn.Tanh, nn.Tanhshrink, nn.Identity,
    nn.Dropout, nn.AlphaDropout,
)  # fmt: skip
ELEMENTWISE_FUNCTIONS = (
    F.celu, F.elu, F.gelu, F.hardtanh, F.leaky_relu, F.logsigmoid, F.mish, F.relu, F.relu6, F.selu, F.silu,
    F.sigmoid, F.softplus, F.softsign, F.tanh, torch.relu, torch.sigmoid, torch.tanh,
)  # fmt: skip
ELEMENTWISE_METHODS = ("relu", "sigmoid", "tanh")

Step = Callable[[Tensor], Tensor]


class _Layer:
    """Weights and biases of one layer at K points, from theirs at theta* and along the directions."""

    def __init__(self, name: str, layer: nn.Linear, directions: Sequence[dict[str, Tensor]]) -> None:
        self.outputs, self.inputs = layer.weight.shape
        self._weight = _terms(layer.weight, [d.get(f"{name}.weight") for d in directions])
        self._bias = None
        if layer.bias is not None:
            self._bias = _terms(layer.bias, [d.get(f"{name}.bias") for d in directions])

    def at(self, coefficients: Tensor) -> tuple[Tensor, Tensor | None]:
        """(K, outputs, inputs) and (K, outputs, 1) at (K, 1 + directions) coefficients."""
        weight = (coefficients @ self._weight).view(-1, self.outputs, self.inputs)
        return weight, None if self._bias is None else (coefficients @ self._bias)[..., None]


class Stacked:
    """Evaluates losses at K points at once.

    Args:
        traced: the network, which is used up.
        bounds: the losses.

    Raises:
        Unsuitable: it is no perceptron, or one of large layers.
    """

    def __init__(self, traced: Traced, bounds: Sequence[BoundLoss]) -> None:
        samples = [bound.batches[0][2] for bound in bounds]
        sample = samples[0]
        if not isinstance(sample, Tensor) or not all(isinstance(other, Tensor) for other in samples):
            raise Unsuitable("it takes more than one input")
        traced.shapes(sample)
        folded = fold_normalisation(traced)
        parts = split(traced)
        if len(parts.first) != 1 or parts.first[0] is None or not isinstance(parts.first[0].layer, nn.Linear):
            raise Unsuitable("its first layer is not linear, or not the only one")
        shared, units = parts.first[0], parts.first[0].layer.out_features
        if parts.before(sample[:1])[0].ndim != 2:
            raise Unsuitable("its first layer takes more than one vector a sample")
        self._steps = _chain(traced, parts.rest)
        layers = [step for step in self._steps if isinstance(step, _Layer)]
        if sum(layer.inputs * layer.outputs for layer in layers) > WEIGHTS:
            raise Unsuitable("its layers are large enough to be worth a pass each")
        self._bounds = bounds
        widest = max([units, *(layer.outputs for layer in layers)])
        gpu = sample.device.type != "cpu"
        self.points = self.tile = GPU_POINTS if gpu else POINTS
        numbers, most = (GPU_NUMBERS, GPU_MOST) if gpu else (NUMBERS, MOST)
        size = max(FEWEST, min(most, numbers // (self.points * widest) // 16 * 16))
        count = sum(bound.sums.numel() for bound in bounds)
        if 3 * count * units * sample.element_size() > KEPT:
            raise Unsuitable("the outputs of its first layer for all samples would fill too much memory")
        self._tiles = [list(_tiles(parts.before, shared, bound, size)) for bound in bounds]
        self._like = sample
        self.method = "stacked weights, first layer shared" + (", BatchNorm folded" if folded else "")

    def __call__(self, coefficients: Sequence[Sequence[float]]) -> list[tuple[dict[str, float], ...]]:
        """Each loss's values at theta* + sum of coefficient * direction, for at most ``points`` rows."""
        count = len(coefficients)
        rows = [(1.0, *row) for row in coefficients]
        rows += [rows[-1]] * (self.points - count)
        at = torch.tensor(rows, dtype=torch.float64).to(self._like.device, self._like.dtype)
        steps = [step.at(at) if isinstance(step, _Layer) else step for step in self._steps]
        tallies = [Tally(bound, self.points) for bound in self._bounds]
        for tally, tiles in zip(tallies, self._tiles, strict=True):
            for start, stop, terms, targets in tiles:
                units = (at @ terms).view(self.points, -1, stop - start)
                for step in steps:
                    if isinstance(step, tuple):
                        weight, bias = step
                        units = (
                            torch.bmm(weight, units) if bias is None else torch.baddbmm(bias, weight, units)
                        )
                    else:
                        units = step(units)
                tally.add_all(start, stop, *_losses(tally.bound, units, targets))
        return list(zip(*(tally.values()[:count] for tally in tallies), strict=True))


def _losses(bound: BoundLoss, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor | None]:
    """(K, T) losses of (K, outputs, T) outputs, and which of them are right answers."""
    points, _, samples = outputs.shape
    hits = None
    if bound.hits is not None:
        highest, predicted = outputs.max(1)
        hits = (predicted == targets) & (highest == highest)  # noqa: PLR0124 - NaN is no answer
        if bound.loss.function.is_plain_cross_entropy:
            losses = F.nll_loss(F.log_softmax(outputs, 1), targets.expand(points, -1), reduction="none")
            return losses, hits
    each = bound.losses.each
    if each is None:
        raise ValueError("the loss gives one number for all samples")
    flat = outputs.transpose(1, 2).reshape(points * samples, -1)
    repeated = targets.expand(points, *targets.shape).reshape(points * samples, *targets.shape[1:])
    return each(flat, repeated).view(points, samples), hits


def _terms(tensor: Tensor, along: Sequence[Tensor | None]) -> Tensor:
    """(1 + directions, numbers): a parameter at theta* and along each direction."""
    flat = tensor.detach().reshape(-1)
    return torch.stack([flat, *(torch.zeros_like(flat) if d is None else d.reshape(-1) for d in along)])


def _chain(traced: Traced, rest: fx.GraphModule) -> list[Any]:
    """The rest as layers and elementwise steps, one after the other.

    Raises:
        Unsuitable: it is something else.
    """
    steps: list[Any] = []
    previous: fx.Node | None = None
    for node in rest.graph.nodes:
        if node.op == "placeholder":
            previous = node
            continue
        if node.op == "get_attr" or node.all_input_nodes != [previous]:
            raise Unsuitable("it is no chain of layers")
        if node.op == "output":
            if node.args != (previous,):
                raise Unsuitable("it gives more than one tensor")
            break
        steps.append(_step(traced, rest, node))
        previous = node
    return steps


def _step(traced: Traced, rest: fx.GraphModule, node: fx.Node) -> Any:
    layer = rest.get_submodule(str(node.target)) if node.op == "call_module" else None
    arguments, keywords = node.args[1:], node.kwargs
    if type(layer) is nn.Linear and not arguments and not keywords:
        return _Layer(str(node.target), layer, traced.directions)
    if type(layer) is nn.ReLU or (node.target in (F.relu, torch.relu, "relu") and not arguments):
        return torch.relu_  # its operand is this evaluator's own
    if type(layer) in ELEMENTWISE_MODULES:
        return layer
    if node.op == "call_function" and node.target in ELEMENTWISE_FUNCTIONS:
        return lambda units: node.target(units, *arguments, **keywords)
    if node.op == "call_method" and node.target in ELEMENTWISE_METHODS:
        return operator.methodcaller(str(node.target))
    raise Unsuitable(f"{node.target} is neither a linear layer nor elementwise")


def _tiles(before: fx.GraphModule, shared: Shared, bound: BoundLoss, size: int) -> Any:
    """(start, stop, (1 + directions, units * T) terms, targets) for T samples each."""
    for first, end, inputs, targets in bound.batches:
        terms = [term.T if isinstance(term, Tensor) else None for term in shared.terms(before(inputs)[0])]
        for start in range(first, end, size):
            stop = min(start + size, end)
            part = slice(start - first, stop - first)
            whole = next(term for term in terms if term is not None)[:, part]
            flat = [torch.zeros_like(whole) if term is None else term[:, part] for term in terms]
            stacked = torch.stack([term.reshape(-1) for term in flat])
            yield start, stop, stacked, targets[part].contiguous()
