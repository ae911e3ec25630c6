"""From a record of values to a surface or curve that says how it was made."""

from __future__ import annotations

import dataclasses
import datetime
import importlib.metadata
import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

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
from compute.surface import Curve, Surface

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

Progress = Callable[[int, int], None]
Landscape = TypeVar("Landscape", Surface, Curve)


def as_surface(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    record: Record,
    meta: dict[str, Any],
    notes: tuple[str, ...],
) -> Surface:
    """A surface of what was recorded; points that failed are told of."""
    meta, notes = _with_notes(record, meta, notes)
    others = {name: values for name, values in record.fields.items() if name != "loss"}
    return Surface(
        x, y, record.fields["loss"], metrics=others, status=record.status, meta=meta, notices=notes
    )


def as_curve(x: NDArray[np.float64], record: Record, meta: dict[str, Any], notes: tuple[str, ...]) -> Curve:
    """A curve of a record of one row; points that failed are told of."""
    meta, notes = _with_notes(record, meta, notes)
    others = {name: values[0] for name, values in record.fields.items() if name != "loss"}
    return Curve(
        x, record.fields["loss"][0], metrics=others, status=record.status[0], meta=meta, notices=notes
    )


def with_facts(
    landscape: Landscape,
    facts: Mapping[str, Any] = MappingProxyType({}),
    notes: Sequence[str] = (),
) -> Landscape:
    """The same surface or curve with more metadata, and more to tell its reader."""
    meta: dict[str, Any] = {**landscape.meta, **facts}
    if notes:
        meta["notes"] = [*meta.get("notes", ()), *notes]
    return dataclasses.replace(landscape, meta=meta, notices=(*landscape.notices, *notes))


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
        "program": f"glviz {_version()}",
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
        "when": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    }
    if any(isinstance(module, _NormBase) for module in model.modules()):
        meta["bn"] = evaluate.bn if statistics_names(model) else "batch"
    return {name: value for name, value in meta.items() if value is not None}


def reporter(progress: Progress | None, total: int) -> Callable[[int], None]:
    """A callable of the points done, which tells ``progress``, if there is one, the total too."""
    return (lambda done: progress(done, total)) if progress else (lambda done: None)


def _version() -> str:
    try:
        return importlib.metadata.version("glviz")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def _with_notes(
    record: Record, meta: dict[str, Any], notes: tuple[str, ...]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    if record.failed:
        meta = {**meta, "failures": record.failures, "failed": record.failed}
        first = record.failures[0]["error"]
        notes += (
            f"The metric failed at {record.failed} of {record.status.size} points, first with {first}.",
        )
    if notes:
        meta = {**meta, "notes": list(notes)}
    return meta, notes


def _common(values: Sequence[Any]) -> Any:
    return values[0] if all(value == values[0] for value in values) else list(values)


def json_values(values: Mapping[str, float]) -> dict[str, float | None]:
    """Values by name for metadata; JSON has no NaN and no infinity."""
    return {name: json_number(value) for name, value in values.items()}


def json_number(value: float) -> float | None:
    """A number for metadata, None where it is not finite."""
    return float(value) if math.isfinite(value) else None
