"""What a model is called with: one tensor, several in order, or several by name.

    Tensor                  model(x)
    tuple of tensors        model(*inputs)      a denoiser's (x_t, t)
    mapping of tensors      model(**inputs)     a language model's input_ids and attention_mask

The first axis of every tensor counts samples. The functions below treat the three alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from compute.errors import ArgumentError

__all__ = [
    "Inputs",
    "as_inputs",
    "as_tensor",
    "call",
    "count",
    "device",
    "each_tensor",
    "joined",
    "numbers",
    "of_dtype",
    "part",
]

Inputs = Tensor | tuple[Tensor, ...] | dict[str, Tensor]
"""Samples as a model takes them."""

DOING = "preparing the samples of the loss"


def as_inputs(values: Any) -> Inputs:
    """Tensors of what a user gave: one array, a tuple of arrays, or a mapping from name to array.

    Raises:
        ArgumentError: something else than numbers, or differing numbers of samples.
    """
    if isinstance(values, Mapping):
        named = {str(name): as_tensor(f"inputs[{name!r}]", value) for name, value in values.items()}
        _check_counts({repr(name): tensor for name, tensor in named.items()})
        return named
    if isinstance(values, tuple) and values and all(isinstance(v, (Tensor, np.ndarray)) for v in values):
        several = tuple(as_tensor(f"inputs[{k}]", value) for k, value in enumerate(values))
        _check_counts({str(k): tensor for k, tensor in enumerate(several)})
        return several
    return as_tensor("inputs", values)


def as_tensor(what: str, values: Tensor | np.ndarray | Sequence[Any]) -> Tensor:
    """A tensor of numbers with at least one axis; it shares memory where it can.

    Args:
        what: the name of the values, for messages.
        values: a tensor, an array, or a list of numbers.

    Raises:
        ArgumentError: objects, or a single number.
    """
    tensor = values.detach() if isinstance(values, Tensor) else None
    if tensor is None:
        try:
            array = np.asarray(values)
        except ValueError as error:  # lists of unequal lengths
            raise ArgumentError(
                DOING, f"the {what} are no array ({error})", "Pad them to one length, or cut them."
            ) from error
        if array.dtype == object or array.dtype.kind in "USV":
            raise ArgumentError(
                DOING,
                f"the {what} are an array of {'objects' if array.dtype == object else 'texts'}",
                "Give one tensor or array of numbers, the first axis counting samples.",
            )
        # A copy where torch cannot share it: read-only, byte-swapped or with negative strides.
        array = np.require(array, array.dtype.newbyteorder("="), "C")
        tensor = torch.from_numpy(array if array.flags.writeable else array.copy())
    if tensor.ndim == 0:
        raise ArgumentError(DOING, f"the {what} are one number", "Give one entry a sample.")
    return tensor


def call(model: nn.Module, inputs: Inputs) -> Any:
    """What the model gives for these inputs."""
    if isinstance(inputs, Tensor):
        return model(inputs)
    return model(**inputs) if isinstance(inputs, dict) else model(*inputs)


def count(inputs: Inputs) -> int:
    """The number of samples."""
    return len(_tensors(inputs)[0])


def numbers(inputs: Inputs) -> int:
    """How many numbers the samples hold together."""
    return sum(tensor.numel() for tensor in _tensors(inputs))


def device(inputs: Inputs) -> torch.device:
    """Where they are."""
    return _tensors(inputs)[0].device


def part(inputs: Inputs, start: int, stop: int) -> Inputs:
    """Samples ``start`` to ``stop``, the end exclusive."""
    return each_tensor(inputs, lambda tensor: tensor[start:stop])


def of_dtype(inputs: Inputs, device: torch.device, dtype: torch.dtype) -> Inputs:
    """The inputs on a device, floating ones in a dtype."""
    return each_tensor(inputs, lambda t: t.to(device, dtype if t.is_floating_point() else None))


def each_tensor(inputs: Inputs, function: Callable[[Tensor], Tensor]) -> Inputs:
    """The inputs with ``function`` applied to every tensor."""
    if isinstance(inputs, Tensor):
        return function(inputs)
    if isinstance(inputs, dict):
        return {name: function(tensor) for name, tensor in inputs.items()}
    return tuple(function(tensor) for tensor in inputs)


def joined(batches: Sequence[Inputs]) -> Inputs:
    """The samples of several batches as those of one."""
    first = batches[0]
    if len(batches) == 1:
        return first
    if isinstance(first, Tensor):
        return torch.cat(list(batches))  # type: ignore[arg-type]
    if isinstance(first, dict):
        return {name: torch.cat([batch[name] for batch in batches]) for name in first}  # type: ignore[index,call-overload]
    return tuple(torch.cat(list(column)) for column in zip(*batches, strict=True))


def _tensors(inputs: Inputs) -> Sequence[Tensor]:
    if isinstance(inputs, Tensor):
        return (inputs,)
    return tuple(inputs.values()) if isinstance(inputs, dict) else inputs


def _check_counts(tensors: Mapping[str, Tensor]) -> None:
    if not tensors:
        raise ArgumentError(DOING, "the mapping of inputs is empty", "Give at least one tensor.")
    counts = {name: len(tensor) for name, tensor in tensors.items()}
    if len(set(counts.values())) > 1:
        found = ", ".join(f"{number} of {name}" for name, number in counts.items())
        raise ArgumentError(DOING, f"the inputs differ in number: {found}", "Give each sample all of them.")
