"""A copy of a model's parameters that moves, and the way back to the model as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from compute.model.parameters import ParameterSlot

__all__ = ["WorkingCopy", "put_back", "restored"]

# Numbers of a model beyond which its parameters and directions are used where they are: packing
# saves calls, which matter for small models, and costs copies, which matter for large ones.
PACKED_MOST = 2**22

# Each parameter starts at a multiple of this in the flat vector: 64 bytes in fp32, so that
# matrix kernels meet the alignment that an allocation of its own would have had.
ALIGNMENT = 16


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
