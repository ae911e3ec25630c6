"""The statistics of BatchNorm layers, measured anew from samples.

``recompute`` in :mod:`compute.model.batchnorm` says what is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm, _NormBase

from compute.errors import ArgumentError, listing
from compute.model import inputs as samples
from compute.model.inputs import Inputs

__all__ = ["Recomputed"]

# Activations that a pass over all samples at once may take; beyond, the layers are measured one
# after the other, batch by batch, which gives the same numbers in as many passes as layers.
WHOLE_BYTES = 2**31
# How many tensors as large as a layer's input are alive at a time: its input, its output, what a
# shortcut keeps, and the next layer's.
LIVE_TENSORS = 4


class Recomputed:
    """Statistics measured at each point.

    Args:
        model: in evaluation mode.
        batches: inputs of n_k samples each that together are the samples.
        whole_bytes: activations that one pass may take.

    Raises:
        ArgumentError: a normalisation layer that cannot be measured in this way.
    """

    def __init__(
        self, model: nn.Module, batches: Sequence[Inputs], *, whole_bytes: int = WHOLE_BYTES
    ) -> None:
        norms = [m for m in model.modules() if isinstance(m, _NormBase) and m.running_mean is not None]
        others = [type(m).__name__ for m in norms if not isinstance(m, _BatchNorm)]
        if others:
            raise ArgumentError(
                "measuring the BatchNorm statistics",
                f"{listing(sorted(set(others)))} layers keep running statistics of another kind",
                "Choose bn='frozen' or bn='interpolate'.",
            )
        self._model, self._layers, self._batches = model, norms, list(batches)
        largest = 0

        def look(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            nonlocal largest
            largest = max(largest, inputs[0].nbytes)

        first = samples.part(self._batches[0], 0, 1)
        with _watching(norms, look):
            samples.call(model, first)
        count = sum(samples.count(batch) for batch in self._batches)
        self.in_one_pass = count * largest * LIVE_TENSORS <= whole_bytes
        self.notes: tuple[str, ...] = ()
        if self.in_one_pass:
            self._batches = [samples.joined(self._batches)]
        else:
            self.notes = (
                f"BatchNorm statistics of {count:,} samples took a pass for each layer at each point: "
                "fewer samples, whose activations fit into memory together, take one.",
            )

    def __call__(self, coefficients: Sequence[float]) -> None:
        """Set the statistics for the model's present parameters."""
        calls = self._one_pass() if self.in_one_pass else self._layer_by_layer()
        of_layer: dict[Any, list[tuple[Tensor, Tensor]]] = {}
        for layer, mean, variance in calls:
            of_layer.setdefault(layer, []).append((mean, variance))
        for layer, found in of_layer.items():
            if len(found) > 1:
                means, variances = zip(*found, strict=True)
                _set(layer, torch.stack(means).mean(0), torch.stack(variances).mean(0))

    def _one_pass(self) -> list[tuple[Any, Tensor, Tensor]]:
        calls: list[tuple[Any, Tensor, Tensor]] = []

        def measure(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            mean, variance = _moments(inputs[0])
            _set(layer, mean, variance)  # before the layer uses them
            calls.append((layer, mean, variance))

        with _watching(self._layers, measure):
            samples.call(self._model, self._batches[0])
        return calls

    def _layer_by_layer(self) -> list[tuple[Any, Tensor, Tensor]]:
        """Measure call after call, each over all batches, stopping every pass where it has got to."""
        calls: list[tuple[Any, Tensor, Tensor]] = []
        while (found := self._next_call(calls)) is not None:
            calls.append(found)
        return calls

    def _next_call(self, known: Sequence[tuple[Any, Tensor, Tensor]]) -> tuple[Any, Tensor, Tensor] | None:
        """The statistics of the first call that is not known, or None after the last."""
        sums, place = _Moments(), 0

        def measure(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            nonlocal place
            if place == len(known):
                sums.add(layer, inputs[0])
                raise _Reached
            _set(*known[place])
            place += 1

        with _watching(self._layers, measure):
            for batch in self._batches:
                place = 0
                try:
                    samples.call(self._model, batch)
                except _Reached:
                    continue
                return None
        return sums.result()


class _Reached(BaseException):
    """The forward pass has got to the layer that is measured; no ``except Exception`` may stop it."""


class _Moments:
    """Mean and sum of squared deviations over batches, merged pairwise in float64.

    Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample
    variances", 1979.
    """

    def __init__(self) -> None:
        self.count = 0
        self._layer: Any = None
        self._mean: Tensor = torch.zeros(())
        self._squares: Tensor = torch.zeros(())

    def add(self, layer: nn.Module, inputs: Tensor) -> None:
        count = inputs.numel() // inputs.shape[1]
        mean, variance = _moments(inputs)
        exact = torch.float32 if mean.device.type == "mps" else torch.float64
        mean, squares = mean.to(exact), variance.to(exact) * count
        if self.count:
            total, offset = self.count + count, mean - self._mean
            mean = self._mean + offset * (count / total)
            squares = self._squares + squares + offset**2 * (self.count * count / total)
        self.count, self._mean, self._squares, self._layer = self.count + count, mean, squares, layer

    def result(self) -> tuple[Any, Tensor, Tensor]:
        return self._layer, self._mean, self._squares / self.count


def _moments(inputs: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and population variance of (n, channels, ...) over all axes but the channels."""
    if inputs.dtype not in (torch.float32, torch.float64):
        inputs = inputs.float()
    axes = [0, *range(2, inputs.ndim)]
    variance, mean = torch.var_mean(inputs, axes, correction=0)
    return mean, variance


def _set(layer: Any, mean: Tensor, variance: Tensor) -> None:
    layer.running_mean.copy_(mean)
    layer.running_var.copy_(variance)


@contextmanager
def _watching(
    layers: Sequence[nn.Module], hook: Callable[[nn.Module, tuple[Tensor, ...]], None]
) -> Iterator[None]:
    handles = [layer.register_forward_pre_hook(hook) for layer in layers]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
