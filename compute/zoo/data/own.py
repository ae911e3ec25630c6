"""Data sets of the user's own: whatever ``package.module:factory`` returns, read once into tensors."""

from __future__ import annotations

import inspect
import re
from itertools import islice
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from compute.errors import UsageError
from compute.resolve import resolve
from compute.zoo.data.dataset import Dataset

__all__ = ["load_own", "looks_like_factory"]


def looks_like_factory(spec: str) -> bool:
    """Whether ``spec`` reads like ``package.module:factory`` rather than a name and a file."""
    return re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*", spec) is not None


def load_own(spec: str, split: str, limit: int | None) -> Dataset:
    """Call the factory (with ``split`` where it takes one) and keep its samples as tensors.

    Args:
        spec: ``package.module:factory``; it returns a torch ``Dataset``, a ``DataLoader`` or
            ``(inputs, targets)``, or is one of these.
        split: ``train`` or ``test``.
        limit: only the first so many samples.

    Raises:
        UsageError: it fails, or returns something else.
    """
    doing = f"loading the data {spec}"
    found: Any = resolve(spec, "the data")
    own_split: str | None = None
    if not hasattr(found, "__getitem__") and not isinstance(found, DataLoader) and callable(found):
        try:
            takes_split = "split" in inspect.signature(found).parameters
        except (TypeError, ValueError):  # a callable written in C
            takes_split = False
        own_split = split if takes_split else None
        try:
            found = found(split=split) if takes_split else found()
        except Exception as error:
            raise UsageError(
                doing, f"the factory raised {type(error).__name__}: {error}", "Mend it; --debug shows where."
            ) from error
    try:
        inputs, targets = _tensors(found, limit)
    except (TypeError, ValueError, RuntimeError, IndexError, KeyError) as error:
        raise UsageError(
            doing,
            f"its samples cannot be made into tensors ({type(error).__name__}: {error})",
            "Return a torch Dataset of (input, target) pairs of equal shapes, or a pair (inputs, targets).",
        ) from error
    if not len(inputs) or len(inputs) != len(targets):
        raise UsageError(
            doing,
            f"{len(inputs)} inputs and {len(targets)} targets",
            "Return as many targets as inputs, at least one.",
        )
    return Dataset(inputs, targets, spec, own_split)


def _tensors(found: Any, limit: int | None) -> tuple[Tensor, Tensor]:
    if isinstance(found, tuple) and len(found) == 2:
        inputs, targets = (torch.as_tensor(part)[:limit] for part in found)
    elif isinstance(found, DataLoader):
        batches = []
        count = 0
        for batch in found:
            batches.append(batch)
            count += len(batch[0])
            if limit is not None and count >= limit:
                break
        inputs, targets = (torch.cat([torch.as_tensor(b[k]) for b in batches])[:limit] for k in (0, 1))
    else:
        # By index where there is a length: many data sets never raise the IndexError that ends iteration.
        sized = hasattr(found, "__len__")
        source = (found[k] for k in range(len(found))) if sized else iter(found)
        samples = list(islice(source, limit))
        inputs, targets = (torch.stack([torch.as_tensor(sample[k]) for sample in samples]) for k in (0, 1))
    if inputs.dtype == torch.float64:
        inputs = inputs.float()
    if targets.dtype == torch.float64:
        targets = targets.float()
    elif not targets.dtype.is_floating_point:
        targets = targets.long()
    return inputs, targets
