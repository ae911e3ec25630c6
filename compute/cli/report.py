"""What a file holds, in a few lines or as JSON."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from compute.console import printable
from compute.surface import OK, PENDING, Curve, HeightMesh, Surface

__all__ = ["describe", "print_info", "print_report"]


def describe(loaded: Surface | Curve | HeightMesh, path: str | os.PathLike[str]) -> dict[str, Any]:
    """The facts of a file as plain numbers and texts, under the names that ``glviz --info --json`` uses.

    Args:
        loaded: what :func:`compute.load` returned.
        path: where it came from.

    Returns:
        file, kind, shape, x, y, field, min, max, finite, nonfinite, pending, metrics, meta,
        and for a surface critical_points (those stored in it, its edge left out) and paths.
    """
    facts: dict[str, Any] = {"file": os.fspath(path), "kind": type(loaded).__name__.lower()}
    if isinstance(loaded, HeightMesh):
        facts.update(kind="mesh", shape=[loaded.x.size], triangles=len(loaded.triangles))
        facts.update(_ranges(x=loaded.x, y=loaded.y))
        x, y, height, ok = loaded.x, loaded.y, loaded.height, loaded.finite
        pending = np.zeros_like(ok)
    elif isinstance(loaded, Curve):
        facts.update(shape=[loaded.x.size], y=None, **_ranges(x=loaded.x))
        x, y, height = loaded.x, None, loaded.loss
        ok, pending = (loaded.status == OK) & np.isfinite(height), loaded.status == PENDING
    else:
        facts.update(shape=list(loaded.shape), **_ranges(x=loaded.x, y=loaded.y))
        x, y = (axis.ravel() for axis in np.meshgrid(loaded.x, loaded.y))
        height, ok, pending = loaded.loss.ravel(), loaded.finite.ravel(), (loaded.status == PENDING).ravel()
    facts["field"] = loaded.field
    for name, choose in (("min", np.argmin), ("max", np.argmax)):
        if ok.any():
            index = np.flatnonzero(ok)[choose(height[ok])]
            y_there = None if y is None else float(y[index])
            facts[name] = {"value": float(height[index]), "x": float(x[index]), "y": y_there}
        else:
            facts[name] = None
    facts.update(finite=int(ok.sum()), nonfinite=int((~ok & ~pending).sum()), pending=int(pending.sum()))
    if isinstance(loaded, Surface):
        kinds = [point.kind for point in loaded.critical_points if not point.boundary]
        names = (("minima", "minimum"), ("saddles", "saddle"), ("maxima", "maximum"))
        facts["critical_points"] = {plural: kinds.count(kind) for plural, kind in names}  # type: ignore[arg-type]
        facts["paths"] = len(loaded.paths)
        facts["path_details"] = [{"name": path.name, "points": len(path)} for path in loaded.paths]
    if not isinstance(loaded, HeightMesh):
        facts["metrics"] = list(loaded.metrics)
    facts["notices"] = list(loaded.notices)
    facts["meta"] = dict(loaded.meta)
    return facts


def _ranges(**axes: Any) -> dict[str, list[float] | None]:
    ranges: dict[str, list[float] | None] = {}
    for name, values in axes.items():
        finite = values[np.isfinite(values)]
        ranges[name] = [float(finite.min()), float(finite.max())] if finite.size else None
    return ranges


def print_report(loaded: Surface | Curve | HeightMesh, path: str | os.PathLike[str]) -> None:
    """Print the facts of a file for people, without its metadata."""
    facts = describe(loaded, path)
    _print_plainly(_lines(facts))


def print_info(loaded: Surface | Curve | HeightMesh, path: str | os.PathLike[str], *, as_json: bool) -> None:
    """Print all facts of a file, for people or for programs."""
    facts = describe(loaded, path)
    if as_json:
        print(json.dumps(_plain(facts), indent=2, allow_nan=False))
        return
    _print_plainly(_lines(facts))
    for name, value in facts["meta"].items():
        _print_plainly([f"  {name}: {value if isinstance(value, str) else json.dumps(_plain(value))}"])


def _print_plainly(lines: Iterable[str]) -> None:
    """Print without control characters: a file must not be able to steer the terminal."""
    for line in lines:
        print(printable(line))


def _lines(facts: Mapping[str, Any]) -> Iterator[str]:
    size = " x ".join(str(count) for count in reversed(facts["shape"]))
    what = (
        f"{size} vertices, {facts['triangles']:,} triangles" if facts["kind"] == "mesh" else f"{size} points"
    )
    yield f"{facts['file']}: {facts['kind']} of {what}"
    for axis in ("x", "y"):
        if facts[axis]:
            yield f"  {axis:9}{facts[axis][0]:g} ... {facts[axis][1]:g}"
    for name in ("min", "max"):
        if facts[name]:
            place = ", ".join(f"{facts[name][a]:g}" for a in ("x", "y") if facts[name][a] is not None)
            yield f"  {name:9}{facts['field']} {facts[name]['value']:.6g} at ({place})"
    if facts["nonfinite"] or facts["pending"]:
        yield f"  points   {facts['finite']} finite, {facts['nonfinite']} not, {facts['pending']} pending"
    if facts.get("metrics"):
        yield f"  metrics  {', '.join(facts['metrics'])}"
    for path in facts.get("path_details", []):
        yield f"  path     {path['name']}, {path['points']} points"
    if any(facts.get("critical_points", {}).values()):
        yield "  critical " + ", ".join(f"{n} {kind}" for kind, n in facts["critical_points"].items())
    for notice in facts["notices"]:
        yield f"  notice   {notice}"


def _plain(value: Any) -> Any:
    """JSON has no NaN and no infinity: they become null, as most readers expect."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, np.generic):
        return _plain(value.item())
    return value
