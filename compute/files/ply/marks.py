"""Descent paths and critical points that a file holds beside its surface."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from compute.files.errors import counted
from compute.files.ply.table import Table
from compute.surface import CriticalKind, CriticalPoint, Path

__all__ = ["KINDS", "UNKNOWN", "critical_points_of", "paths_of"]

KINDS: tuple[CriticalKind, ...] = ("minimum", "saddle", "maximum")  # by the Morse index that the file stores
UNKNOWN = 2  # in the column significant, beside 0 and 1
_MAX_PATHS = 4096
_MAX_POINTS = 1_000_000

Floats = NDArray[np.float64]


def paths_of(table: Table | None, names: Sequence[str] | None) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """The descent paths of a ``path_point`` element, in order of their number, and notices.

    Args:
        table: with x and y and, as far as there are, path, step, loss and residual.
        names: by the paths' number.
    """
    columns = _columns(table)
    if not columns:
        return (), ("The path points have no x and y and were ignored.",) if table is not None else ()
    count = columns["x"].size
    number, step = columns.get("path", np.zeros(count)), columns.get("step")
    if not _are_whole(number) or not (step is None or _are_whole(step)):
        return (), ("The path points' path or step are no whole numbers; they were ignored.",)
    known, group = np.unique(number, return_inverse=True)
    if known.size > _MAX_PATHS:
        return (), (f"{known.size:,} descent paths, more than {_MAX_PATHS:,}: ignored.",)
    labels = {int(n): f"path {int(n)}" if known.size > 1 else "path" for n in known}
    if names is not None and len(names) <= _MAX_PATHS and all(0 <= n < len(names) for n in labels):
        labels = dict(enumerate(names))  # those without a point too
    by_path = np.argsort(group, kind="stable")  # the points of each in the file's order
    bounds = dict(zip(known.astype(int).tolist(), _slices(group, known.size), strict=True))
    paths = []
    for n, label in labels.items():
        rows = by_path[bounds.get(n, slice(0, 0))]
        paths.append(
            Path(
                columns["x"][rows],
                columns["y"][rows],
                loss=columns["loss"][rows] if "loss" in columns else None,  # type: ignore[arg-type]
                residual=columns["residual"][rows] if "residual" in columns else None,  # type: ignore[arg-type]
                step=None if step is None else step[rows].astype(np.int64),  # type: ignore[arg-type]
                name=label,
            )
        )
    return tuple(paths), ()


def critical_points_of(table: Table | None) -> tuple[tuple[CriticalPoint, ...], tuple[str, ...]]:
    """The points of a ``critical_point`` element, and notices.

    Args:
        table: with x, y, loss and index (0, 1, 2) and, as far as there are, persistence,
            boundary, multiplicity, significant, eigenvalue_min and eigenvalue_max.
    """
    columns = _columns(table)
    if not {"loss", "index"} <= columns.keys():
        told = table is not None
        return (), ("The critical points have no x, y, loss and index and were ignored.",) if told else ()
    index = columns["index"]
    if index.size > _MAX_POINTS:
        return (), (f"{index.size:,} critical points, more than {_MAX_POINTS:,}: ignored.",)
    boundary = columns.get("boundary", np.zeros(index.size)) != 0
    multiplicity = columns.get("multiplicity", np.ones(index.size))
    good = np.isin(index, range(len(KINDS))) & np.isfinite(columns["x"]) & np.isfinite(columns["y"])
    good &= (multiplicity >= 1) & (multiplicity < 2**31)
    nothing = np.full(index.size, np.nan)
    significant = columns.get("significant", nothing)[good].tolist()
    smaller, larger = (columns.get(f"eigenvalue_{end}", nothing)[good].tolist() for end in ("min", "max"))
    rows = zip(
        index[good].astype(int).tolist(),
        columns["x"][good].tolist(),
        columns["y"][good].tolist(),
        columns["loss"][good].tolist(),
        columns.get("persistence", nothing)[good].tolist(),
        boundary[good].tolist(),
        multiplicity[good].astype(int).tolist(),
        [bool(known) if known in (0, 1) else None for known in significant],
        [pair if pair[0] <= pair[1] else None for pair in zip(smaller, larger, strict=True)],
        strict=True,
    )
    points = tuple(CriticalPoint(KINDS[kind], *rest) for kind, *rest in rows)
    bad = index.size - len(points)
    return points, (
        (f"{counted(bad, 'critical point')} of no known kind or place: left out.",) if bad else ()
    )


def _columns(table: Table | None) -> dict[str, Floats]:
    """The scalars of an element, or nothing if it has no x and y."""
    if table is None or not {"x", "y"} <= set(table.element.scalars):
        return {}
    return {name: table.scalar(name) for name in table.element.scalars}


def _are_whole(values: Floats) -> bool:
    return bool(((np.abs(values) < 2**53) & (values == np.floor(values))).all())  # false for NaN


def _slices(group: NDArray[np.intp], count: int) -> list[slice]:
    ends = np.cumsum(np.bincount(group, minlength=count)).tolist()
    return [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
