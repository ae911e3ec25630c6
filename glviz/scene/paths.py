"""Descent paths laid on the surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.surface import Path
from glviz.scene.fields import ScaledField
from glviz.scene.frame import Frame
from glviz.scene.relief import Relief

Floats = NDArray[np.float64]

_SAMPLES_ACROSS = 400
"""A path is sampled so finely that this many samples span the plane."""


@dataclass(frozen=True, eq=False)
class DrapedPath:
    """A path as it is drawn.

    Attributes:
        path: the data.
        line_world: (m, 3) the path sampled finely: on the surface, or at its true loss;
            where that is not known (outside the grid, or not finite) at the last known height.
        known: (m - 1,) whether the height of each piece is known; the rest is dashed.
        stations_world: (k, 3) the path's own points.
        station: (k,) where they are in ``line_world``.
        feet_world: (k, 3) the points of the surface above or below them; NaN for none.
        losses: (k,) their true loss.
        residual: (k,) their distance from the plane, NaN where not known.
        inside: (k,) whether each point lies within the grid.
        notice: what the reader should be told, or "".
    """

    path: Path
    line_world: Floats
    known: NDArray[np.bool_]
    stations_world: Floats
    station: NDArray[np.int64]
    feet_world: Floats
    losses: Floats
    residual: Floats
    inside: NDArray[np.bool_]
    notice: str


def drape(path: Path, shape: Relief, height: ScaledField, frame: Frame, *, true: bool = False) -> DrapedPath:
    """Lay a path on the surface, or hang it up at its true loss.

    Points that are not finite are left out and counted.

    Args:
        path: in data coordinates.
        shape: the surface as it is drawn.
        height: whose scale is that of the heights.
        frame: of the view.
        true: whether it runs at its own loss. Off the plane that is not the surface's.
    """
    finite = np.isfinite(path.x) & np.isfinite(path.y)
    x, y, losses = path.x[finite], path.y[finite], path.loss[finite]
    fine_x, fine_y, station = _refine(x, y, frame)
    unit = np.clip(shape.unclamped_at(height, fine_x, fine_y), 0.0, 1.0)
    feet = frame.points(x, y, unit[station])
    if true and np.isfinite(losses).any():
        own = np.clip(height.scale.forward(losses), 0.0, 1.0)
        unit = np.interp(np.arange(len(fine_x)), station, own)
    known = np.isfinite(unit)
    unit = _carry(unit)
    line = frame.points(fine_x, fine_y, unit)
    outside = (x < shape.x[0]) | (x > shape.x[-1]) | (y < shape.y[0]) | (y > shape.y[-1])
    parts = []
    if outside.any():
        parts.append(f"{np.count_nonzero(outside)} of {len(path)} points lie outside the grid (dashed)")
    if not finite.all():
        count = int(np.count_nonzero(~finite))
        parts.append(f"{count} {'point is' if count == 1 else 'points are'} not finite and left out")
    return DrapedPath(
        path=path,
        line_world=line,
        known=known[1:] & known[:-1],
        stations_world=line[station],
        station=station,
        feet_world=feet,
        losses=losses,
        residual=path.residual[finite],
        inside=~outside,
        notice=f"Path {path.name!r}: {'; '.join(parts)}." if parts else "",
    )


def _refine(x: Floats, y: Floats, frame: Frame) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """The polyline with extra points, and where its own points went."""
    if len(x) < 2:
        return x, y, np.arange(len(x))
    step_w = 2.0 / _SAMPLES_ACROSS
    # A point far outside must not cost millions of samples, however far it is.
    with np.errstate(over="ignore"):
        length_w = np.hypot(np.diff(frame.x_world(x)), np.diff(frame.y_world(y)))
        pieces = np.clip(np.ceil(length_w / step_w), 1, 4 * _SAMPLES_ACROSS).astype(np.int64)
    station = np.concatenate([[0], np.cumsum(pieces)])
    where = np.interp(np.arange(station[-1] + 1), station, np.arange(len(x)))
    index = np.arange(len(x), dtype=np.float64)
    return np.interp(where, index, x), np.interp(where, index, y), station


def _carry(unit: Floats) -> Floats:
    """Unknown heights replaced by the last known one (the first known one at the start)."""
    known = np.flatnonzero(np.isfinite(unit))
    if known.size == 0:
        return np.zeros_like(unit)
    last = np.searchsorted(known, np.arange(unit.size), side="right") - 1
    return unit[known[np.maximum(last, 0)]]
