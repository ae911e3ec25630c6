"""From the coordinates of a plane to metres on a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["HEIGHT", "Placement"]

Floats = NDArray[np.float64]

HEIGHT = 0.425
"""Height of the whole range of values at an exaggeration of 1, of the longer side: that of the viewer."""

_SLIMMEST = 0.45
"""Sides keep their proportion down to this one, then the shorter is stretched, as in the viewer."""


@dataclass(frozen=True)
class Placement:
    """The map from (x, y, height 0 to 1) to metres: centred, lowest value at 0.

    Attributes:
        middle: of the data, (x, y).
        factor: metres per unit of the data, along x and y.
        height: metres of the height 1.
        size: the longer side in metres.
    """

    middle: tuple[float, float]
    factor: tuple[float, float]
    height: float
    size: float

    @classmethod
    def around(cls, x: Floats, y: Floats, *, size: float, exaggeration: float) -> Placement:
        """The placement of data with these coordinates, all finite."""
        ends = [(float(axis.min()), float(axis.max())) for axis in (x, y)]
        # Halved before subtracting: the difference of two float64 can overflow.
        half = [high / 2 - low / 2 for low, high in ends]
        longest = max(half)
        sides = [max(_SLIMMEST, h / longest) if longest > 0 else 1.0 for h in half]
        factor = [size * side / 2 / h if h > 0 else 0.0 for side, h in zip(sides, half, strict=True)]
        middle = tuple(low / 2 + high / 2 for low, high in ends)
        return cls((middle[0], middle[1]), (factor[0], factor[1]), HEIGHT * size * exaggeration, size)

    def z_up(self, x: Floats, y: Floats, unit: Floats) -> Floats:
        """(n, 3) metres: x to the right, y to the back, z up."""
        across = (x / 2 - self.middle[0] / 2) * (2 * self.factor[0])
        back = (y / 2 - self.middle[1] / 2) * (2 * self.factor[1])
        return np.stack([across, back, unit * self.height], axis=1)

    def y_up(self, x: Floats, y: Floats, unit: Floats) -> Floats:
        """(n, 3) metres: x to the right, y up, z to the front, as glTF and AR tools have it."""
        return turned(self.z_up(x, y, unit))


def turned(points: Floats) -> Floats:
    """Points or directions from z up to y up: a quarter turn about x."""
    return np.stack([points[:, 0], points[:, 2], -points[:, 1]], axis=1)
