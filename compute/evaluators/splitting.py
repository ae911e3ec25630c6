"""What does not depend on the point, taken out of a network.

Everything before the first layers that a direction moves is the same at every point. Those layers
themselves are linear in their weight and bias, so that at theta* + sum c_k d_k they give

    Z = Z_0 + c_1 Z_1 + c_2 Z_2,

with Z_0 the layer's output at theta* and Z_k that with d_k for weight and bias. One forward pass
of three layers replaces one a point, exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx, nn

from compute.evaluators.traced import LINEAR_MAPS, Traced

__all__ = ["Shared", "Split", "split"]


@dataclass(frozen=True)
class Shared:
    """A first layer.

    Attributes:
        layer: at theta*.
        directions: for each direction its tensors by the layer's own names, empty where it does not
            move the layer.
    """

    layer: nn.Module
    directions: list[dict[str, Tensor]]

    def terms(self, inputs: Tensor) -> list[Tensor | None]:
        """Z_0, Z_1, ...; None for a direction that adds nothing."""
        terms: list[Tensor | None] = [self.layer(inputs)]
        for direction in self.directions:
            if not direction:
                terms.append(None)
                continue
            whole = {name: torch.zeros_like(p) for name, p in self.layer.named_parameters()} | direction
            terms.append(torch.func.functional_call(self.layer, whole, (inputs,)))
        return terms


@dataclass(frozen=True)
class Split:
    """A network in two parts.

    Attributes:
        before: the samples -> what the rest needs: for each of ``first`` in order the value itself,
            or the input of the first layer.
        first: a first layer, or None for a value that is passed on.
        rest: these values, of layers at a point -> the outputs.
    """

    before: fx.GraphModule
    first: list[Shared | None]
    rest: fx.GraphModule

    def terms(self, inputs: Tensor) -> list[list[Any]]:
        """For each argument of the rest its terms; a value that is passed on has one."""
        values = self.before(inputs)
        return [
            [value] if shared is None else shared.terms(value)
            for value, shared in zip(values, self.first, strict=True)
        ]


def split(traced: Traced) -> Split:
    """Take a network apart; parts share the modules of ``traced``."""
    graph = traced.graph
    fixed: set[fx.Node] = set()
    first: dict[fx.Node, Shared] = {}
    overwrites = any(_overwrites(node) for node in graph.nodes)
    for node in graph.nodes:
        if node.op == "output":
            continue
        rests = all(argument in fixed for argument in node.all_input_nodes)
        if node.op == "placeholder":
            fixed.add(node)
        elif overwrites:  # what is kept for the next point must not be written to
            continue
        elif rests and not traced.moves(node):
            fixed.add(node)
        elif rests and type(traced.layer(node)) in LINEAR_MAPS and len(node.args) == 1 and not node.kwargs:
            prefix = f"{node.target}."
            own = [
                {name.removeprefix(prefix): t for name, t in direction.items() if name.startswith(prefix)}
                for direction in traced.directions
            ]
            layer = traced.layer(node)
            if layer is not None:
                first[node] = Shared(layer, own)
    cut = [
        node
        for node in graph.nodes
        if (node in fixed or node in first)
        and node.op != "get_attr"
        and any(user not in fixed and user not in first for user in node.users)
    ]
    before, rest = _before(traced, cut, first), _rest(traced, cut, fixed, first)
    return Split(before, [first.get(node) for node in cut], rest)


def _before(traced: Traced, cut: Sequence[fx.Node], first: dict[fx.Node, Shared]) -> fx.GraphModule:
    graph, copies = fx.Graph(), dict[fx.Node, fx.Node]()
    wanted = [node.args[0] if node in first else node for node in cut]
    needed: set[Any] = set(wanted)
    for node in reversed(list(traced.graph.nodes)):
        if node in needed and node not in first:
            needed.update(node.all_input_nodes)
    for node in traced.graph.nodes:
        if node.op == "placeholder" or (node in needed and node not in first and node.op != "output"):
            copies[node] = graph.node_copy(node, lambda n: copies[n])
    graph.output(tuple(copies[node] for node in wanted if isinstance(node, fx.Node)))
    return fx.GraphModule(traced.module, graph)


def _rest(
    traced: Traced, cut: Sequence[fx.Node], fixed: set[fx.Node], first: dict[fx.Node, Shared]
) -> fx.GraphModule:
    graph = fx.Graph()
    copies = {node: graph.placeholder(node.name) for node in cut}
    for node in traced.graph.nodes:
        if node in copies or node in first or (node in fixed and node.op != "get_attr"):
            continue
        copy = graph.node_copy(node, lambda n: copies[n])
        copy.meta.update(node.meta)
        copies[node] = copy
    rest = fx.GraphModule(traced.module, graph)
    rest.graph.eliminate_dead_code()
    rest.recompile()
    return rest


def _overwrites(node: fx.Node) -> bool:
    """Whether the network itself writes over a tensor by an operation that is not a module's."""
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    if node.op == "call_method":
        return name.endswith("_") and not name.endswith("__")
    if node.op != "call_function":
        return False
    writes = name.endswith("_") and not name.endswith("__")
    in_place = name.startswith("i") and getattr(node.target, "__module__", "") in ("_operator", "operator")
    return writes or name == "setitem" or (in_place and name != "index") or bool(node.kwargs.get("inplace"))
