"""From a record of values to a surface that says how it was made."""

from __future__ import annotations

import datetime
import importlib.metadata
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from compute.batchnorm import statistics_names
from compute.directions import Direction
from compute.evaluate import Evaluator, Record
from compute.metrics import Metric
from compute.parameters import parameter_slots
from compute.surface import Surface

__all__ = ["Progress", "as_surface", "provenance", "reporter"]

Progress = Callable[[int, int], None]


def as_surface(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    record: Record,
    meta: dict[str, Any],
    notes: tuple[str, ...],
) -> Surface:
    """A surface of what was recorded; points that failed are told of."""
    if record.failed:
        meta = {**meta, "failures": record.failures, "failed": record.failed}
        notes += (f"The metric failed at {record.failed} of {record.status.size} points.",)
    if notes:
        meta = {**meta, "notes": list(notes)}
    others = {name: values for name, values in record.fields.items() if name != "loss"}
    return Surface(
        x, y, record.fields["loss"], metrics=others, status=record.status, meta=meta, notices=notes
    )


def provenance(
    model: nn.Module,
    metric: Metric,
    evaluate: Evaluator,
    centre: Mapping[str, float],
    directions: tuple[Direction, Direction],
) -> dict[str, Any]:
    """What made a surface, JSON-like: enough to make it again, and no path of this machine."""
    first, second = directions
    meta: dict[str, Any] = {
        "program": f"glviz {_version()}",
        "torch": torch.__version__,
        "model": type(model).__name__,
        "parameters": sum(slot.shape.numel() for slot in parameter_slots(model)),
        **metric.describe(),
        "directions": first.kind if first.kind == second.kind else f"{first.kind}, {second.kind}",
        "norm": _common(first.normalisation, second.normalisation),
        "ignore": _common(first.ignore, second.ignore),
        "direction_seeds": None if first.seed is None else [first.seed, second.seed],
        "direction_norms": [_json_number(first.norm()), _json_number(second.norm())],
        "cosine": _json_number(first.cosine(second)),
        "centre": {name: _json_number(value) for name, value in centre.items()},
        "precision": str(evaluate.dtype).removeprefix("torch."),
        "device": str(evaluate.device),
        "when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    }
    if any(isinstance(module, _NormBase) for module in model.modules()):
        meta["bn"] = "frozen" if statistics_names(model) else "batch"
    return {name: value for name, value in meta.items() if value is not None}


def reporter(progress: Progress | None, total: int) -> Callable[[int], None]:
    """A callable of the points done, which tells ``progress``, if there is one, the total too."""
    return (lambda done: progress(done, total)) if progress else (lambda done: None)


def _version() -> str:
    try:
        return importlib.metadata.version("glviz")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def _common(first: Any, second: Any) -> Any:
    return first if first == second else [first, second]


def _json_number(value: float) -> float | None:
    """JSON has no NaN and no infinity."""
    return float(value) if math.isfinite(value) else None
