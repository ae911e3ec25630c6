"""What made a surface or curve, for its metadata; how one is put together is in ``compute.recorded``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from compute.batchnorm import statistics_names
from compute.directions import Direction
from compute.evaluate import Evaluator
from compute.metrics import Metric
from compute.parameters import parameter_slots
from compute.recorded import (
    Progress,
    as_curve,
    as_surface,
    json_number,
    json_values,
    program_and_time,
    reporter,
    with_facts,
)

__all__ = [
    "Progress",
    "as_curve",
    "as_surface",
    "json_number",
    "json_values",
    "provenance",
    "reporter",
    "with_facts",
]


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
    }
    if any(isinstance(module, _NormBase) for module in model.modules()):
        meta["bn"] = evaluate.bn if statistics_names(model) else "batch"
    return {name: value for name, value in meta.items() if value is not None}


def _common(values: Sequence[Any]) -> Any:
    return values[0] if all(value == values[0] for value in values) else list(values)
