"""Iso-lines by marching squares.

Lines are traced through the values *as drawn*: linear interpolation between grid points
happens on the scale, not before it, so that a line lies on the surface that is seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.bands import in_bands
from compute.scales import Scale
from glviz.scene.marching import marching_squares

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
        Lines from the lowest level to the highest. The higher side lies to the left of a line as
        seen with x to the right and y upwards.
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    values, valid = np.asarray(values), np.asarray(mask, dtype=bool)
    wanted = np.unique(np.asarray(levels, dtype=np.float64), return_inverse=True)
    if min(values.shape) < 2 or not wanted[0].size:
        return ()
    unit = np.empty(values.shape)

    def forward(rows: slice) -> None:
        np.clip(scale.forward(values[rows]), -_FAR, _FAR, out=unit[rows])

    with np.errstate(invalid="ignore"):
        in_bands(forward, len(values), 8 * values.shape[1])
    cells = None if valid.all() else valid[:-1, :-1] & valid[1:, :-1] & valid[:-1, 1:] & valid[1:, 1:]
    lines = []
    for number, points, closed in marching_squares(x, y, unit, cells, scale.forward(wanted[0])):
        # A line through a grid point exactly at the level visits it twice.
        keep = np.ones(len(points), dtype=bool)
        keep[1:] = (points[1:] != points[:-1]).any(axis=1)
        if not keep.all():
            points = points[keep]
        if len(points) >= 2:
            lines.append(IsoLine(float(wanted[0][number]), points, closed and len(points) > 2))
    return tuple(lines)
