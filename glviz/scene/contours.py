"""Iso-lines by marching squares.

Lines are traced through the values *as drawn*: linear interpolation between grid points
happens on the scale, not before it, so that a line lies on the surface that is seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.scales import Scale

__all__ = ["IsoLine", "iso_lines"]

Floats = NDArray[np.float64]

# Far outside the drawn range only the sign matters; this keeps interpolation in range.
_FAR = 1e6


@dataclass(frozen=True, eq=False)
class IsoLine:
    """One connected piece of the set where the surface has a given value.

    Attributes:
        level: the value.
        points: (n, 2) float64 positions (x, y), data coordinates; n >= 2.
        closed: whether the last point is the first.
    """

    level: float
    points: Floats
    closed: bool


def iso_lines(
    x: ArrayLike, y: ArrayLike, values: ArrayLike, mask: ArrayLike, scale: Scale, levels: ArrayLike
) -> tuple[IsoLine, ...]:
    """The iso-lines of a surface.

    Args:
        x: (nx,) coordinates, ascending, evenly spaced or not.
        y: (ny,) coordinates.
        values: (ny, nx).
        mask: (ny, nx) True where a value is valid; cells touching another are left out.
        scale: the drawn scale.
        levels: (k,) values at which to draw.

    Returns:
        Lines in the order of the levels. The higher side lies to the left of a line as
        seen with x to the right and y upwards.
    """
    from skimage.measure import find_contours  # a tenth of a second to import: only if needed

    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    unit = np.where(np.asarray(mask, dtype=bool), np.clip(scale.forward(values), -_FAR, _FAR), np.nan)
    levels = np.atleast_1d(np.asarray(levels, dtype=np.float64))
    if min(unit.shape) < 2:
        return ()
    lines = []
    # A level is looked for only among the rows and columns that it passes.
    extremes = [(np.fmin.reduce(unit, axis), np.fmax.reduce(unit, axis)) for axis in (1, 0)]
    for level, height in zip(levels, scale.forward(levels), strict=True):
        rows, columns = (_reach(ends, float(height)) for ends in extremes)
        if rows is None or columns is None:
            continue
        for indices in find_contours(unit[rows, columns], float(height)):
            indices += (rows.start, columns.start)
            points = np.stack(
                [
                    np.interp(indices[:, 1], np.arange(x.size), x),
                    np.interp(indices[:, 0], np.arange(y.size), y),
                ],
                axis=1,
            )
            # A line through a grid point exactly at the level visits it twice.
            keep = np.concatenate([[True], np.any(np.diff(points, axis=0) != 0, axis=1)])
            points = points[keep]
            if len(points) >= 2:
                closed = len(points) > 2 and bool(np.array_equal(points[0], points[-1]))
                lines.append(IsoLine(float(level), points, closed))
    return tuple(lines)


def _reach(ends: tuple[Floats, Floats], height: float) -> slice | None:
    """From the first to the last row between which and the next a height may be passed."""
    low, high = (extreme(each[:-1], each[1:]) for extreme, each in zip((np.fmin, np.fmax), ends, strict=True))
    passed = np.flatnonzero((low <= height) & (height <= high))
    return slice(int(passed[0]), int(passed[-1]) + 2) if passed.size else None
