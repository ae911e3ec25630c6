"""Shards of one landscape into one: files that ``Run(shard=(i, k))`` wrote, whole or not."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from compute.errors import InputError, UsageError
from compute.files import load
from compute.runs.grid import FAILURES_KEPT
from compute.runs.identity import changes
from compute.surface import FAILED, PENDING, Curve, Surface

__all__ = ["merge"]


def merge(paths: Sequence[str | os.PathLike[str]]) -> Surface | Curve:
    """One surface or curve of all points that the shards have; others stay pending.

    Args:
        paths: of the files, in any order; the same one twice does no harm.

    Raises:
        InputError: a file cannot be read, or is no shard.
        UsageError: there is none, or they are not of one landscape.
    """
    if not paths:
        raise UsageError("merging shards", "there is none", "Name the files that --shard wrote.")
    parts = [(Path(path), _shard(path)) for path in paths]
    # The farthest one has what only a finished shard has, such as the paths on the plane.
    parts.sort(key=lambda part: int((part[1].status == PENDING).sum()))
    first_path, whole = parts[0]
    status = np.array(whole.status)
    fields = {"loss": np.array(whole.loss)} | {n: np.array(v) for n, v in whole.metrics.items()}
    failures = list(whole.meta.get("failures", ()))
    for path, shard in parts[1:]:
        _check(first_path, whole, path, shard)
        own = {"loss": shard.loss, **shard.metrics}
        both = (status != PENDING) & (shard.status != PENDING) & (status != FAILED) & (shard.status != FAILED)
        if any(not np.array_equal(fields[n][both], own[n][both], equal_nan=True) for n in fields):
            raise UsageError(
                f"merging {path.name}",
                f"points that {first_path.name} or another shard has too have other values there",
                "Compute them by the same command on machines of one kind, with as many threads.",
            )
        # A point that failed in one, because its worker died, may have been computed in the other.
        take = (shard.status != PENDING) & ((status == PENDING) | (status == FAILED))
        status[take] = shard.status[take]
        for name, values in fields.items():
            values[take] = own[name][take]
        failures += [found for found in shard.meta.get("failures", ()) if found not in failures]
    meta = {name: value for name, value in whole.meta.items() if name not in ("run", "failures", "failed")}
    failed, pending = int((status == FAILED).sum()), int((status == PENDING).sum())
    if failed:
        meta |= {"failures": failures[:FAILURES_KEPT], "failed": failed}
    notices = tuple(n for n in whole.notices if not n.startswith("Unfinished"))
    meta["notes"] = [note for note in meta.get("notes", ()) if not note.startswith("Unfinished")]
    threads = sorted({part.meta["threads"] for _, part in parts if "threads" in part.meta})
    if len(threads) > 1:
        told = f"Parts were computed with {' and '.join(map(str, threads))} threads: they differ in rounding."
        meta["notes"].append(told)
        notices += (told,)
    if not meta["notes"]:
        del meta["notes"]
    if pending:
        meta["pending"] = pending
        notices += (f"{pending:,} of {status.size:,} points are pending: they are in none of the shards.",)
    loss = fields.pop("loss")
    return dataclasses.replace(whole, loss=loss, metrics=fields, status=status, meta=meta, notices=notices)


def _shard(path: str | os.PathLike[str]) -> Surface | Curve:
    loaded = load(path)
    facts = loaded.meta.get("run")
    if not isinstance(loaded, (Surface, Curve)) or not isinstance(facts, dict) or "shard" not in facts:
        raise InputError(
            f"merging {os.fsdecode(path)}", "it is no shard of a landscape", "Name files that --shard wrote."
        )
    return loaded


def _check(first_path: Path, first: Surface | Curve, path: Path, shard: Surface | Curve) -> None:
    one, other = first.meta["run"], shard.meta["run"]
    differing = changes(_known(one), _known(other))
    if not differing and type(first) is not type(shard):
        differing = "the kind of landscape"
    if not differing and first.metrics.keys() != shard.metrics.keys():
        differing = "the names of the values"
    if differing:
        raise UsageError(
            f"merging {path.name} with {first_path.name}",
            f"they are not of one landscape: {differing}",
            "Merge shards of the same command.",
        )


def _known(facts: dict[str, Any]) -> dict[str, Any]:
    identity = facts.get("identity")
    return identity if isinstance(identity, dict) else {}
