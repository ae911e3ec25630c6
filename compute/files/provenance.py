"""Provenance as JSON text: what any format keeps beside the numbers."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["json_text", "notes_of"]

MOST_NOTES, LONGEST_NOTE = 20, 500  # of meta["notes"], which become notices


def json_text(meta: Mapping[str, Any]) -> str:
    """The mapping as JSON in ASCII.

    Values that JSON does not have are written as what comes nearest: numbers that are not
    finite as the strings "nan", "inf" and "-inf" (``float`` reads them back), arrays and
    tuples as lists, paths as strings.

    Args:
        meta: to be written.

    Raises:
        ValueError: a value has no place in JSON.
    """
    try:
        return json.dumps(_strict(meta, "meta"), allow_nan=False)
    except RecursionError:
        raise ValueError("meta is nested too deeply, or contains itself") from None


def notes_of(meta: Mapping[str, Any]) -> list[str]:
    """What whoever computed the surface wanted its readers to know: ``meta["notes"]``."""
    found = meta.get("notes")
    if not isinstance(found, list):
        return []
    return [note[:LONGEST_NOTE] for note in found[:MOST_NOTES] if isinstance(note, str)]


def _strict(value: Any, key: str) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(k): _strict(v, f"{key}.{k}") for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(item, f"{key}[{index}]") for index, item in enumerate(value)]
    kind = type(value).__name__
    raise ValueError(f"{key} is a {kind}, which JSON cannot hold: make it a string or a number")
