"""From a record of values to a surface or curve, with what its reader should know; numpy only."""

from __future__ import annotations

import dataclasses
import datetime
import importlib.metadata
import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from compute.runs.grid import Record
from compute.surface import Curve, Surface

__all__ = [
    "Progress",
    "as_curve",
    "as_surface",
    "json_number",
    "json_values",
    "parallel_note",
    "program_and_time",
    "reporter",
    "with_facts",
]

PARALLEL = 1 - 1e-6  # cosine

Progress = Callable[[int, int], None]
Landscape = TypeVar("Landscape", bound=Surface | Curve)


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


def reporter(progress: Progress | None, total: int | Callable[[], int]) -> Callable[[int], None]:
    """A callable of the points done, which tells ``progress``, if there is one, the total too."""
    if progress is None:
        return lambda done: None
    return lambda done: progress(done, total() if callable(total) else total)


def program_and_time() -> dict[str, str]:
    """Which version of the program made a landscape, and when."""
    try:
        version = importlib.metadata.version("glviz")
    except importlib.metadata.PackageNotFoundError:
        version = "(not installed)"
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    return {"program": f"glviz {version}", "when": now}


def json_values(values: Mapping[str, float]) -> dict[str, float | None]:
    """Values by name for metadata; JSON has no NaN and no infinity."""
    return {name: json_number(value) for name, value in values.items()}


def json_number(value: float) -> float | None:
    """A number for metadata, None where it is not finite."""
    return float(value) if math.isfinite(value) else None


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


def parallel_note(cosine: float) -> tuple[str, ...]:
    """What to tell of two directions that span no plane: none where they do, or one has no length (NaN)."""
    if not abs(cosine) >= PARALLEL:
        return ()
    return (f"The two directions are parallel (cosine {cosine:.7g}): this is a line, drawn as a surface.",)
