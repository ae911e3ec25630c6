"""Directions in files, so that two networks or two grids can share them.

A file is in the safetensors format: a JSON header with each tensor's name, shape and type, then
the numbers, and nothing that could run as a program. Kind, seed, normalisation and further facts
stand in the header's ``__metadata__``. A file by another program, such as the difference of two
checkpoints, is read too.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from compute.directions.direction import Direction
from compute.directions.rules import IGNORES
from compute.errors import ArgumentError, InputError, listing
from compute.files.atomic import replacing
from compute.model.checkpoints import WRAPPER_PREFIX
from compute.model.parameters import parameter_slots

__all__ = ["DirectionFileError", "load_direction", "save_direction"]

EXTENSION = ".safetensors"
FORMAT = "glviz direction 1"


class DirectionFileError(InputError, ValueError):
    """A file holds no direction, or one of another model."""


def save_direction(direction: Direction, path: str | os.PathLike[str]) -> None:
    """Write a direction in one step: a crash leaves the whole file or none.

    Args:
        direction: any; what is not JSON-like in its ``meta`` is left out.
        path: ends in .safetensors.

    Raises:
        ArgumentError: another extension.
        OSError: the file cannot be written.
    """
    from safetensors.torch import save

    path = Path(path)
    if path.suffix != EXTENSION:
        raise ArgumentError(
            f"saving a direction as {path.name}",
            f"its extension is {path.suffix!r}" if path.suffix else "it has no extension",
            f"End it with {EXTENSION}.",
        )
    facts = {
        "kind": direction.kind,
        "seed": direction.seed,
        "normalisation": direction.normalisation,
        "ignore": direction.ignore,
        "buffers": None if direction.buffers is None else list(direction.buffers),
        "meta": {str(name): value for name, value in direction.meta.items() if _is_json(value)},
    }
    # Copies: views of one memory, which the format refuses, are tensors like any other here.
    both = {**direction.tensors, **(direction.buffers or {})}
    tensors = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in both.items()}
    content = save(tensors, metadata={"format": "pt", "direction": FORMAT, "facts": json.dumps(facts)})
    with replacing(path) as stream:
        stream.write(content)


def load_direction(path: str | os.PathLike[str], model: nn.Module | None = None) -> Direction:
    """Read a direction, and make sure that it belongs to a model.

    Args:
        path: a .safetensors file; its tensors must be finite.
        model: the direction gets its parameter names (prefixes that wrappers leave do not matter),
            dtype and device. None takes the file as it is.

    Raises:
        DirectionFileError: the file cannot be read, holds no direction, or one of another model;
            the message names what is missing, unexpected or of another shape.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    doing = f"loading the direction {path.name}"
    try:
        with open(path, "rb"):  # for the system's own words about what is not there or not allowed
            pass
        with safe_open(path, framework="pt", device="cpu") as file:
            header = file.metadata() or {}
            # Clones: what is mapped into memory would change with the file.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
    except OSError as error:
        raise DirectionFileError(doing, f"{path}: {error.strerror or error}", "Check the path.") from error
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError, MemoryError) as error:
        raise DirectionFileError(
            doing,
            f"it is no complete safetensors file ({str(error).strip().partition(chr(10))[0][:200]})",
            "Write one with direction.save(path).",
        ) from error
    if not tensors:
        raise DirectionFileError(doing, "it holds no tensors", "Write one with direction.save(path).")
    for name, tensor in tensors.items():
        if tensor.is_complex() or not bool(torch.isfinite(tensor.to(torch.float64)).all()):
            raise DirectionFileError(
                doing, f"{name} holds numbers that are not finite and real", "Make the direction again."
            )
    facts = _facts(header, tensors, doing)
    moving = facts.pop("buffers")
    buffers = None if moving is None else {name: tensors.pop(name) for name in moving}
    if model is not None:
        wanted = {slot.name: slot.tensor for slot in parameter_slots(model)}
        tensors = _fitted(tensors, wanted, doing, type(model).__name__)
        if buffers is not None:
            known = {n: b for n, b in model.named_buffers() if _bare(n) in map(_bare, buffers)}
            buffers = _fitted(buffers, known, doing, type(model).__name__)
    return Direction(tensors, buffers=buffers, **facts)


def _bare(name: str) -> str:
    return WRAPPER_PREFIX.sub("", name)


def _fitted(
    tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor], doing: str, model: str
) -> dict[str, Tensor]:
    """The tensors under the model's names, in its dtypes and on its devices."""
    if not any(name in tensors for name in wanted):
        found = {_bare(name): tensor for name, tensor in tensors.items()}
        tensors = {name: found.pop(_bare(name)) for name in wanted if _bare(name) in found} | found
    missing = [name for name in wanted if name not in tensors]
    unexpected = [name for name in tensors if name not in wanted]
    reshaped = [
        f"{name} {tuple(tensors[name].shape)} for {tuple(own.shape)}"
        for name, own in wanted.items()
        if name in tensors and tensors[name].shape != own.shape
    ]
    differences = [
        f"{len(found)} {what} ({listing(found, 4)})"
        for what, found in (("missing", missing), ("unexpected", unexpected), ("of another shape", reshaped))
        if found
    ]
    if differences:
        raise DirectionFileError(
            doing,
            f"it was made for another model than this {model} of {len(wanted)} tensors: "
            + "; ".join(differences),
            "Use the model that it was made from.",
        )
    return {name: tensors[name].to(own.device, own.dtype) for name, own in wanted.items()}


def _facts(header: Mapping[str, str], tensors: Mapping[str, Tensor], doing: str) -> dict[str, Any]:
    """The fields of a direction besides its tensors, from the header's text."""
    if "facts" not in header:
        still = all(not tensor.any() for tensor in tensors.values() if tensor.ndim <= 1)
        return {"kind": "from file", "ignore": "biasbn" if still else "none", "buffers": None}
    try:
        facts = json.loads(header["facts"])
        kind, seed, norm = (facts.get(name) for name in ("kind", "seed", "normalisation"))
        ignore, meta, buffers = facts.get("ignore", "none"), facts.get("meta", {}), facts.get("buffers")
        valid = (
            isinstance(kind, str)
            and (seed is None or (isinstance(seed, int) and not isinstance(seed, bool)))
            and (norm is None or isinstance(norm, str))
            and ignore in IGNORES
            and isinstance(meta, dict)
            and (buffers is None or (len(set(buffers)) == len(buffers) and set(buffers) <= tensors.keys()))
        )
    except (ValueError, AttributeError, TypeError, RecursionError):
        valid = False
    if not valid:
        raise DirectionFileError(
            doing, "the facts in its header are damaged", "Write it again with direction.save(path)."
        )
    return {"kind": kind, "seed": seed, "normalisation": norm, "ignore": ignore, "meta": meta} | {
        "buffers": buffers
    }


def _is_json(value: Any) -> bool:
    if isinstance(value, float) and not math.isfinite(value):
        return False
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True
