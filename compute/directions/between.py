"""From one set of trained parameters to another: end points of lines and planes.

An end point is given as users have it: a model, a state dict, or the path of a checkpoint.
"""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from compute.directions.direction import Direction
from compute.errors import ArgumentError, listing
from compute.model.batchnorm import statistics_names
from compute.model.checkpoints import read_state_dict, without_wrapper
from compute.model.parameters import check_names, parameter_slots

__all__ = ["EndPoint", "as_model", "direction_between", "name_of", "state_of"]

EndPoint = nn.Module | Mapping[str, Tensor] | str | os.PathLike[str]


def as_model(point: EndPoint, *others: EndPoint | None) -> nn.Module:
    """``point`` as a model: itself, or a copy of the first other that is one, with its parameters.

    Args:
        point: where the line or plane starts.
        others: where it ends, and anything else that may be a model of the same architecture.

    Raises:
        ArgumentError: none of them is a model, or the checkpoint does not fit it.
        InputError: the file cannot be read.
    """
    if isinstance(point, nn.Module):
        return point
    architecture = next((other for other in others if isinstance(other, nn.Module)), None)
    if architecture is None:
        raise ArgumentError(
            "building the model at the start",
            "only parameters were given, and no network that they belong to",
            "Give model=, a torch.nn.Module of the architecture.",
        )
    model = copy.deepcopy(architecture)
    state = state_of(model, point, name_of(point, "the start"))
    with torch.no_grad():
        for slot in parameter_slots(model):
            slot.tensor.copy_(state[slot.name])
        for name, buffer in model.named_buffers():
            if name in state:
                buffer.copy_(state[name])
    return model


def state_of(model: nn.Module, point: EndPoint, name: str) -> Mapping[str, Tensor]:
    """The named tensors of an end point, under the names that ``model`` has for them; not copies.

    Args:
        model: of the architecture.
        point: of the same architecture.
        name: of the point, for messages.

    Raises:
        ArgumentError: it is something else, or lacks a parameter, or has one of another shape.
        InputError: the file cannot be read.
    """
    doing = f"reading {name}"
    if isinstance(point, nn.Module):
        state: Mapping[str, Tensor] = point.state_dict()
    elif isinstance(point, (str, os.PathLike)):
        state = read_state_dict(point)[0]
    elif isinstance(point, Mapping):
        state = point
    else:
        raise ArgumentError(
            doing,
            f"a {type(point).__name__} was given",
            "Give a model, a state dict, or the path of a checkpoint.",
        )
    slots = parameter_slots(model)
    buffers = dict(model.named_buffers())
    state = without_wrapper(state, [slot.name for slot in slots])
    check_names(slots, state, doing=doing, what=name)
    other = [key for key in buffers if key in state and state[key].shape != buffers[key].shape]
    if other:
        raise ArgumentError(
            doing, f"its {listing(other, 4)} have another shape", "Use checkpoints of the same network."
        )
    return state


def name_of(point: EndPoint, otherwise: str) -> str:
    """The checkpoint's file name, where it has one."""
    return Path(point).name if isinstance(point, (str, os.PathLike)) else otherwise


@torch.no_grad()
def direction_between(model: nn.Module, end: EndPoint, *, name: str = "checkpoint") -> Direction:
    """The direction end - model, so that coefficient 1 is the end.

    Biases, normalisation parameters and running statistics are part of it: all that makes the end
    what it is. It is not normalised.

    Args:
        model: where the direction starts; it is only read.
        end: a model of the same architecture, a state dict, or the path of a checkpoint.
        name: of the end, for the direction's kind and for messages, unless it is a file.

    Raises:
        ArgumentError: the end has not all of the model's parameters, or in another shape, or is
            the same as the model, or holds numbers that are not finite.
        InputError: the file cannot be read.
    """
    slots = parameter_slots(model)
    name = name_of(end, name)
    state = state_of(model, end, name)
    tensors, length = {}, 0.0
    for slot in slots:
        home = slot.tensor
        if not home.is_floating_point():
            tensors[slot.name] = torch.zeros_like(home)
            continue
        step = state[slot.name].detach().to(home.device, torch.float64) - home.to(torch.float64)
        length += float(step.square().sum())
        tensors[slot.name] = step.to(home.dtype)
    doing = f"going from the model to {name}"
    if length == 0 or not math.isfinite(length):
        raise ArgumentError(
            doing,
            "their parameters are the same"
            if length == 0
            else "one of them holds numbers that are not finite",
            "Give another checkpoint.",
        )
    buffers = dict(model.named_buffers())
    offsets = {
        key: state[key].detach().to(buffers[key]) - buffers[key]
        for key in statistics_names(model)
        if key in state
    }
    return Direction(tensors, kind=f"to {name}", buffers=offsets)
