"""A network as a graph of operations, with what moves each of its parameters.

The faster evaluators rearrange arithmetic, for which they must see it: ``torch.fx`` writes down
the operations of one forward pass. What it cannot follow, and what would run beside the graph
(hooks, parametrisations), is left to the plain loop.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor, fx, nn
from torch.fx.passes.shape_prop import ShapeProp
from torch.nn.utils.parametrize import is_parametrized

from compute.model.parameters import ParameterSlot

__all__ = ["LINEAR_MAPS", "Traced", "Unsuitable", "trace"]

# Layers whose output is linear in their weight and bias together, at a fixed input.
LINEAR_MAPS = (
    nn.Linear,
    nn.Conv1d,
    nn.Conv2d,
    nn.Conv3d,
    nn.ConvTranspose1d,
    nn.ConvTranspose2d,
    nn.ConvTranspose3d,
)


class Unsuitable(Exception):  # noqa: N818 - it steers, and never reaches a user
    """This evaluator is not for this network; the text says why."""


@dataclass
class Traced:
    """A copy of a network that may be taken apart.

    Attributes:
        module: the copy, at theta*.
        directions: for each direction, its tensors by the copy's own parameter names; those that
            it does not move are left out.
    """

    module: fx.GraphModule
    directions: list[dict[str, Tensor]]

    @property
    def graph(self) -> fx.Graph:
        """Its operations in order."""
        return self.module.graph

    def layer(self, node: fx.Node) -> nn.Module | None:
        """The module that a node calls, if it calls one."""
        return self.module.get_submodule(str(node.target)) if node.op == "call_module" else None

    def moves(self, node: fx.Node) -> bool:
        """Whether a direction moves parameters that the node itself uses."""
        if node.op not in ("call_module", "get_attr"):
            return False
        name = str(node.target)
        return any(
            key == name or key.startswith(name + ".") for direction in self.directions for key in direction
        )

    def shapes(self, sample: Tensor) -> None:
        """Note at each node the shape of its result, in ``node.meta``."""
        ShapeProp(self.module).propagate(sample)


def trace(
    model: nn.Module, slots: Sequence[ParameterSlot], directions: Sequence[Mapping[str, Tensor]]
) -> Traced:
    """Write down what a network does, in evaluation mode, with one tensor.

    Args:
        model: at theta*, in evaluation mode.
        slots: its parameters.
        directions: their tensors by slot name.

    Raises:
        Unsuitable: it cannot be written down.
    """
    for module in model.modules():
        if module._forward_hooks or module._forward_pre_hooks or is_parametrized(module):
            raise Unsuitable("it has hooks or parametrisations")
    try:
        graph = fx.Tracer().trace(model)
        module = fx.GraphModule(model, graph)
    except Exception as error:  # whatever a forward method may do with values that are not there yet
        raise Unsuitable(f"its operations depend on values ({type(error).__name__})") from error
    if sum(node.op == "placeholder" for node in graph.nodes) != 1:
        raise Unsuitable("it takes more than one input")
    slot_of = {id(p): slot.name for slot in slots for p in slot.parameters}
    moved: list[dict[str, Tensor]] = [{} for _ in directions]
    for name, parameter in module.named_parameters(remove_duplicate=False):
        slot = slot_of.get(id(parameter))
        if slot is None:
            raise Unsuitable("it makes parameters as it runs")
        for kept, direction in zip(moved, directions, strict=True):
            tensor = direction[slot]
            if tensor.is_floating_point() and bool(tensor.any()):
                kept[name] = tensor.to(parameter.device, parameter.dtype)
    if not any(moved):
        raise Unsuitable("no direction moves what its outputs depend on")
    if len(list(module.parameters())) != len(list(module.named_parameters(remove_duplicate=False))):
        raise Unsuitable("its layers share parameters")
    return Traced(copy.deepcopy(module), moved)
