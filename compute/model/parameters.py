"""A model's parameters: their names, and which of their weights make a filter.

A *filter* is all the weights that make one output of a layer: a row of axis 0 of the weight of
``Conv*d``, ``Linear`` and ``Embedding``; of ``ConvTranspose*d``, whose weight is
(in, out / groups, *kernel), a slice of axis 1 within each group; and a column of the ``Conv1D``
of GPT-2 in Hugging Face's transformers, which is a linear layer with an (in, out) weight. Tensors
of at most one axis are biases or normalisation scales and shifts, and count as one filter as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvTransposeNd

from compute.errors import ArgumentError, listing

__all__ = ["ParameterSlot", "check_names", "parameter_slots"]


@dataclass(frozen=True, eq=False)
class ParameterSlot:
    """One parameter of a model, counted once however many modules share it.

    Attributes:
        name: its first name in ``model.named_parameters()``.
        parameters: the parameter objects that hold this one tensor; nearly always one.
        filter_axis: 0 or 1, the axis along which filters are numbered; None for a tensor of at
            most one axis.
        groups: of a grouped transposed convolution, else 1.
    """

    name: str
    parameters: tuple[nn.Parameter, ...]
    filter_axis: int | None
    groups: int = 1

    @property
    def tensor(self) -> Tensor:
        """The parameter's present value, without gradient tracking; not a copy."""
        return self.parameters[0].detach()

    @property
    def shape(self) -> torch.Size:
        """The parameter's shape."""
        return self.parameters[0].shape

    def to_rows(self, tensor: Tensor) -> Tensor:
        """``tensor``, shaped like the parameter, as a (filters, weights a filter) matrix."""
        shape = self.shape
        if self.filter_axis is None:
            return tensor.reshape(1, shape.numel())
        if self.filter_axis == 0:
            return tensor.reshape(shape[0], math.prod(shape[1:]))
        inputs, outputs = shape[0] // self.groups, shape[1]
        split = tensor.reshape(self.groups, inputs, outputs, math.prod(shape[2:]))
        return split.transpose(1, 2).reshape(self.groups * outputs, inputs * math.prod(shape[2:]))

    def from_rows(self, rows: Tensor) -> Tensor:
        """The inverse of :meth:`to_rows`."""
        shape = self.shape
        if self.filter_axis != 1:
            return rows.reshape(shape)
        split = rows.reshape(self.groups, shape[1], shape[0] // self.groups, math.prod(shape[2:]))
        return split.transpose(1, 2).reshape(shape)


def parameter_slots(model: nn.Module) -> tuple[ParameterSlot, ...]:
    """The parameters of ``model`` in the order of ``named_parameters()``, shared ones once.

    Two parameter objects over the very same memory (``a.data = b.data``) are one slot too.

    Raises:
        ArgumentError: it is no module, there is no parameter, or one that has no shape yet, has no
            values (on the meta device), is complex, or was made in inference mode.
    """
    doing = f"reading the parameters of {type(model).__name__}"
    if not isinstance(model, nn.Module):
        raise ArgumentError(doing, "it is no torch.nn.Module", "Give the network itself, before the metric.")
    transposed: dict[int, int] = {}
    for module in model.modules():
        if isinstance(module, _ConvTransposeNd):
            transposed.update({id(p): module.groups for p in module.parameters() if p.ndim > 1})
        elif _is_transposed_linear(module):
            transposed[id(module.weight)] = 1
    found: dict[object, tuple[str, list[nn.Parameter]]] = {}
    for name, parameter in model.named_parameters():
        if isinstance(parameter, nn.parameter.UninitializedParameter):
            raise ArgumentError(doing, f"{name} has no shape yet", "Run the model once on a sample first.")
        if parameter.is_complex():
            raise ArgumentError(doing, f"{name} is complex", "Split it into real and imaginary parameters.")
        if parameter.is_meta:
            todo = "Load its weights first: model.to_empty(device=...), then load_state_dict."
            raise ArgumentError(doing, f"{name} is on the meta device, which holds no values", todo)
        if parameter.is_inference() and not torch.is_inference_mode_enabled():
            todo = "Build the model outside torch.inference_mode(), or call this inside it."
            raise ArgumentError(doing, f"{name} was made in inference mode and cannot be moved", todo)
        memory = parameter.data_ptr()
        key = (memory, parameter.shape, parameter.stride(), parameter.dtype) if memory else id(parameter)
        found.setdefault(key, (name, []))[1].append(parameter)
    if not any(parameters[0].is_floating_point() for _, parameters in found.values()):
        kind = "they are all of integer dtype" if found else "it has none"
        raise ArgumentError(doing, kind, "Give a torch.nn.Module with floating-point weights.")
    slots = []
    for name, parameters in found.values():
        first = parameters[0]
        groups = transposed.get(id(first))
        axis = None if first.ndim <= 1 else 0 if groups is None else 1
        slots.append(ParameterSlot(name, tuple(parameters), axis, groups or 1))
    return tuple(slots)


def _is_transposed_linear(module: nn.Module) -> bool:
    """Whether it is the ``Conv1D`` of transformers, told by its name: the library need not be there."""
    kind = type(module)
    return kind.__name__ == "Conv1D" and kind.__module__ == "transformers.pytorch_utils"


def check_names(
    slots: Sequence[ParameterSlot], tensors: Mapping[str, Tensor], *, doing: str, what: str
) -> None:
    """Make sure that ``tensors`` has every parameter, in the right shape.

    Args:
        slots: the model's parameters.
        tensors: by parameter name; further names are allowed.
        doing: what needs them, for the message.
        what: what they are, for the message: "the direction".

    Raises:
        ArgumentError: a name is missing or a shape differs.
    """
    missing = [slot.name for slot in slots if slot.name not in tensors]
    if missing:
        raise ArgumentError(
            doing,
            f"{what} lacks {len(missing)} of the model's {len(slots)} parameters ({listing(missing, 4)})",
            "Use the model that it was made from.",
        )
    other = [
        f"{slot.name}: {tuple(tensors[slot.name].shape)} for {tuple(slot.shape)}"
        for slot in slots
        if tensors[slot.name].shape != slot.shape
    ]
    if other:
        raise ArgumentError(
            doing,
            f"{what} has {len(other)} tensors of another shape than the model's ({listing(other, 4)})",
            "Use the model that it was made from.",
        )
