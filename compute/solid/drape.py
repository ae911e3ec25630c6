"""Descent paths laid on a surface."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compute.surface import Path, Surface

__all__ = ["draped", "thinned"]

Floats = NDArray[np.float64]

_ACROSS = 256
"""A path is sampled so finely that this many samples span the plane."""


def draped(path: Path, surface: Surface, unit: Floats) -> list[tuple[Floats, Floats, Floats]]:
    """The pieces of a path that run over the surface, each as x, y and height.

    Args:
        path: in the coordinates of the surface.
        surface: what it is laid on.
        unit: (ny, nx) heights, NaN for none.
    """
    inside = (path.x >= surface.x[0]) & (path.x <= surface.x[-1])
    inside &= (path.y >= surface.y[0]) & (path.y <= surface.y[-1])
    pieces = []
    for first, last in _runs(inside):
        x, y = _refined(path.x[first:last], path.y[first:last], surface)
        height = _bilinear(surface, unit, x, y)
        pieces += [
            (x[start:end], y[start:end], height[start:end])
            for start, end in _runs(np.isfinite(height))
            if end - start > 1
        ]
    return pieces


def thinned(points: Floats, step: float) -> Floats:
    """A line without repeated points: both ends, and one for each ``step`` of its length in between.

    Args:
        points: (n, 3), n >= 2.
        step: their unit.
    """
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    kept = np.diff(np.floor(along / step), prepend=-1.0) > 0
    kept[[0, -1]] = True
    line = points[kept]
    return np.asarray(line[np.concatenate([[True], (np.diff(line, axis=0) != 0).any(axis=1)])])


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Begin and end of each run of True."""
    edges = np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8))
    return list(zip(np.flatnonzero(edges > 0).tolist(), np.flatnonzero(edges < 0).tolist(), strict=True))


def _refined(x: Floats, y: Floats, surface: Surface) -> tuple[Floats, Floats]:
    """The polyline with points in between."""
    across, along = surface.x[-1] - surface.x[0], surface.y[-1] - surface.y[0]
    with np.errstate(all="ignore"):
        length = np.hypot(np.diff(x) / across, np.diff(y) / along)
    pieces = np.clip(np.ceil(np.nan_to_num(length) * _ACROSS), 1, 2 * _ACROSS).astype(np.int64)
    station = np.concatenate([[0], np.cumsum(pieces)])
    where = np.interp(np.arange(station[-1] + 1), station, np.arange(len(x)))
    index = np.arange(len(x), dtype=np.float64)
    return np.interp(where, index, x), np.interp(where, index, y)


def _bilinear(surface: Surface, unit: Floats, x: Floats, y: Floats) -> Floats:
    """Heights at points within the grid; NaN in a cell that lacks one."""
    i = np.clip(np.searchsorted(surface.x, x, side="right") - 1, 0, max(surface.x.size - 2, 0))
    j = np.clip(np.searchsorted(surface.y, y, side="right") - 1, 0, max(surface.y.size - 2, 0))
    right, up = np.minimum(i + 1, surface.x.size - 1), np.minimum(j + 1, surface.y.size - 1)
    with np.errstate(all="ignore"):
        s = np.nan_to_num((x - surface.x[i]) / (surface.x[right] - surface.x[i]))
        t = np.nan_to_num((y - surface.y[j]) / (surface.y[up] - surface.y[j]))
    low = unit[j, i] * (1 - s) + unit[j, right] * s
    high = unit[up, i] * (1 - s) + unit[up, right] * s
    return np.asarray(low * (1 - t) + high * t)
