"""What made a surface or curve, for its metadata; how one is put together is in ``compute.runs.recorded``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from compute.directions.direction import Direction
from compute.evaluate import Evaluator
from compute.metrics import Metric
from compute.model.batchnorm import statistics_names
from compute.model.parameters import parameter_slots
from compute.runs.recorded import (
    Progress,
    json_number,
    json_values,
    program_and_time,
    reporter,
    with_facts,
)

__all__ = [
    "Progress",
    "json_number",
    "json_values",
    "notable",
    "own_values",
    "provenance",
    "reporter",
    "with_facts",
]

# A part of the loss: a network whose loss on the landscape differs by more from its own is told of.
NOTABLE = 0.1


def own_values(
    evaluate: Evaluator, centre: Mapping[str, float], directions: Sequence[Direction]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The model's values with its own normalisation statistics, where the landscape measures others.

    Args:
        evaluate: of the landscape.
        centre: the landscape's values at the model.
        directions: those of the landscape.

    Returns:
        Metadata, empty unless statistics are measured anew; and what to tell, on a landscape around
        one model, if that makes a difference. (Between models each has its own report.)
    """
    if evaluate.bn != "recompute":
        return {}, ()
    own = evaluate.own(len(directions))
    notes: tuple[str, ...] = ()
    if notable(own["loss"], centre["loss"]) and all(d.buffers is None for d in directions):
        notes = (
            f"With BatchNorm statistics measured anew the model has the loss {centre['loss']:.4g}, "
            f"with its own {own['loss']:.4g}.",
        )
    return {"own": json_values(own)}, notes


def notable(first: float, second: float) -> bool:
    """Whether two losses of one network are so far apart that a reader should be told."""
    return abs(first - second) > NOTABLE * max(abs(first), abs(second))


def provenance(
    model: nn.Module,
    metric: Metric,
    evaluate: Evaluator,
    centre: Mapping[str, float],
    directions: Sequence[Direction],
) -> dict[str, Any]:
    """What made a surface or curve, JSON-like: enough to make it again, and no path of this machine."""
    seeds = [direction.seed for direction in directions]
    meta: dict[str, Any] = {
        **program_and_time(),
        "torch": torch.__version__,
        "model": type(model).__name__,
        "parameters": sum(slot.shape.numel() for slot in parameter_slots(model)),
        **metric.describe(),
        "directions": ", ".join(dict.fromkeys(direction.kind for direction in directions)),
        "norm": _common([direction.normalisation for direction in directions]),
        "ignore": _common([direction.ignore for direction in directions]),
        "direction_seeds": None if seeds[0] is None else seeds,
        "direction_norms": [json_number(direction.norm()) for direction in directions],
        "cosine": json_number(directions[0].cosine(directions[1])) if len(directions) == 2 else None,
        "centre": json_values(centre),
        "precision": str(evaluate.dtype).removeprefix("torch."),
        "device": str(evaluate.device),
        **evaluate.method,
    }
    if any(isinstance(module, _NormBase) for module in model.modules()):
        meta["bn"] = evaluate.bn if statistics_names(model) else "batch"
    return {name: value for name, value in meta.items() if value is not None}


def _common(values: Sequence[Any]) -> Any:
    return values[0] if all(value == values[0] for value in values) else list(values)
