"""A model's parameters: their names, their filters, a copy of them that moves, the way back.

A *filter* is all the weights that make one output of a layer: a row of axis 0 of the weight of
``Conv*d``, ``Linear`` and ``Embedding``; of ``ConvTranspose*d``, whose weight is
(in, out / groups, *kernel), a slice of axis 1 within each group; and a column of the ``Conv1D``
of GPT-2 in Hugging Face's transformers, which is a linear layer with an (in, out) weight. Tensors
of at most one axis are biases or normalisation scales and shifts, and count as one filter as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvTransposeNd

from compute.errors import ArgumentError, listing

__all__ = [
    "ArgumentError",
    "ParameterSlot",
    "WorkingCopy",
    "check_names",
    "parameter_slots",
    "put_back",
    "restored",
]

# Numbers of a model beyond which its parameters and directions are used where they are: packing
# saves calls, which matter for small models, and costs copies, which matter for large ones.
PACKED_MOST = 2**22

# Each parameter starts at a multiple of this in the flat vector: 64 bytes in fp32, so that
# matrix kernels meet the alignment that an allocation of its own would have had.
ALIGNMENT = 16


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


@contextmanager
def restored(model: nn.Module, *, moved: bool = False) -> Iterator[None]:
    """Put the model back on every way out of the block, bit for bit.

    Parameters (their memory and their values), gradients, buffers, ``requires_grad`` and every
    module's train or eval flag are as before, whatever the block did to them and however it
    ended. Inside the block all gradients are None.

    Args:
        model: any module.
        moved: True where the block computes with a :class:`WorkingCopy`, which leaves the model's own
            memory alone: of a large model (``PACKED_MOST``) it is then not copied to be put back.
    """
    owned = moved and sum(p.numel() for p in model.parameters()) > PACKED_MOST
    parameters = [
        (p, p.data, None if owned and p.is_floating_point() else p.detach().clone(), p.grad, p.requires_grad)
        for p in model.parameters()
    ]
    buffers = [
        (module, name, buffer, buffer.detach().clone())
        for module in model.modules()
        for name, buffer in module.named_buffers(recurse=False)
    ]
    flags = [(module, module.training) for module in model.modules()]
    for parameter, *_ in parameters:
        parameter.grad = None
    try:
        yield
    finally:
        with torch.no_grad():
            for parameter, data, values, gradient, requires_grad in parameters:
                parameter.grad = None  # before the memory: one of another shape would be refused
                parameter.data = data
                if values is not None:
                    put_back(data, values)
                parameter.requires_grad_(requires_grad)
                parameter.grad = gradient
            for module, name, buffer, values in buffers:
                if getattr(module, name, None) is not buffer:
                    setattr(module, name, buffer)
                put_back(buffer, values)
        for module, training in flags:
            module.training = training


def put_back(tensor: Tensor, values: Tensor) -> None:
    """Copy ``values`` into ``tensor``, one whose elements share memory (``expand``) included."""
    steps = tensor.stride() if tensor.layout == torch.strided else ()  # a sparse one has none
    once = tuple(slice(0, 1) if step == 0 else slice(None) for step in steps)
    tensor[once].copy_(values[once]) if once else tensor.copy_(values)


class WorkingCopy:
    """The model's parameters as views into flat vectors that can be moved in one step.

    For the lifetime of the copy the model computes with the flat vector's values; its own
    memory is not written to. Use it inside :func:`restored`, which points the model back.
    There is one flat vector for each dtype and device among the parameters, so that mixed
    models work; parameters of integer dtype stay where they are. Of a model with more than
    ``PACKED_MOST`` numbers only what moves is copied.

    Args:
        slots: the model's parameters, at theta*.
        directions: mappings from parameter name to tensor.
        channels_last: lay four-axis weights out as (out, height, width, in).
    """

    def __init__(
        self,
        slots: Sequence[ParameterSlot],
        directions: Sequence[Mapping[str, Tensor]] = (),
        *,
        channels_last: bool = False,
    ) -> None:
        self.slots = [slot for slot in slots if slot.parameters[0].is_floating_point()]
        kinds: dict[tuple[torch.dtype, torch.device], list[ParameterSlot]] = {}
        for slot in self.slots:
            kinds.setdefault((slot.tensor.dtype, slot.tensor.device), []).append(slot)
        self._flats: list[tuple[Tensor, Tensor, list[Tensor]]] = []  # moving, theta*, directions
        self._views: dict[str, Tensor] = {}
        large = sum(slot.shape.numel() for slot in self.slots) > PACKED_MOST
        for slot in self.slots if large else ():
            own = slot.tensor
            room = torch.empty(slot.shape.numel(), dtype=own.dtype, device=own.device)
            view = _shaped(room, slot.shape, channels_last).copy_(own)
            along = [tensors[slot.name].to(own.device, own.dtype) for tensors in directions]
            self._flats.append((view, own, along))
            self._views[slot.name] = view
        for (dtype, device), members in () if large else kinds.items():

            def pack(
                tensors: Mapping[str, Tensor],
                members: list[ParameterSlot] = members,
                dtype: torch.dtype = dtype,
                device: torch.device = device,
            ) -> tuple[Tensor, list[Tensor]]:
                size = sum(_padded(slot) for slot in members)
                flat = torch.zeros(size, dtype=dtype, device=device)
                views, start = [], 0
                for slot in members:
                    piece = flat[start : start + slot.shape.numel()]
                    views.append(_shaped(piece, slot.shape, channels_last).copy_(tensors[slot.name]))
                    start += _padded(slot)
                return flat, views

            base, _ = pack({slot.name: slot.tensor for slot in members})
            moving, views = pack({slot.name: slot.tensor for slot in members})
            self._flats.append((moving, base, [pack(tensors)[0] for tensors in directions]))
            for slot, view in zip(members, views, strict=True):
                self._views[slot.name] = view
        self._homes = [(parameter, parameter.data) for slot in self.slots for parameter in slot.parameters]
        for slot in self.slots:
            for parameter in slot.parameters:
                parameter.data = self._views[slot.name]

    def release(self) -> None:
        """Point the model back at its own memory, so that this copy can go."""
        for parameter, data in self._homes:
            parameter.data = data

    @torch.no_grad()
    def move(self, coefficients: Sequence[float]) -> None:
        """Set the parameters to theta* + sum of coefficient * direction, from the saved theta*."""
        for moving, base, directions in self._flats:
            source = base
            for coefficient, direction in zip(coefficients, directions, strict=True):
                torch.add(source, direction, alpha=coefficient, out=moving)
                source = moving

    @torch.no_grad()
    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Set the parameters to the tensors of a checkpoint."""
        for slot in self.slots:
            self._views[slot.name].copy_(tensors[slot.name])


def _padded(slot: ParameterSlot) -> int:
    return -(-slot.shape.numel() // ALIGNMENT) * ALIGNMENT


def _shaped(piece: Tensor, shape: torch.Size, channels_last: bool) -> Tensor:
    if channels_last and len(shape) == 4:
        outputs, inputs, height, width = shape
        return piece.view(outputs, height, width, inputs).permute(0, 3, 1, 2)
    return piece.view(shape)
