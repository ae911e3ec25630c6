"""The box in which a surface is drawn, and the map between data and world coordinates.

World space is what the camera sees: x and y centred on 0 with the longer one within
[-1, 1], z = 0 at the low end of the height scale and ``frame.top`` at its high end.
Positions are mapped in float64 and only then become float32 for the GPU.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

HEIGHT_W = 0.85
"""Height of the box at an exaggeration of 1, in world units (the width is 2)."""

FLOOR_GAP_W = 0.36
"""How far below the surface its projection on the floor lies."""

_SLIMMEST = 0.45
"""Sides keep their true proportion down to this one, then the shorter is stretched."""


@dataclass(frozen=True)
class Frame:
    """Affine map from data (x, y) to world, and the height of the box.

    Attributes:
        x_range, y_range: (low, high) of the data.
        half: (hx, hy) half the sides of the box in world units.
        top: world z of the high end of the height scale.
        floor: world z of the floor, 0 or below.
    """

    x_range: tuple[float, float]
    y_range: tuple[float, float]
    half: tuple[float, float]
    top: float
    floor: float

    @classmethod
    def around(cls, x: ArrayLike, y: ArrayLike, *, exaggeration: float, floor: bool) -> Frame:
        """The frame of data with these coordinates (not finite ones are ignored)."""
        ranges = []
        for values in (x, y):
            array = np.asarray(values, dtype=np.float64)
            array = array[np.isfinite(array)]
            low, high = (float(array.min()), float(array.max())) if array.size else (0.0, 1.0)
            ranges.append((low, high))
        # Halved before subtracting: the difference of two float64 can overflow.
        spans = [high / 2 - low / 2 for low, high in ranges]
        longest = max(spans)
        half = tuple(1.0 if longest == 0 else max(_SLIMMEST, span / longest) for span in spans)
        gap = FLOOR_GAP_W if floor else 0.0
        return cls(ranges[0], ranges[1], (half[0], half[1]), HEIGHT_W * exaggeration, -gap)

    def _to_world(self, values: ArrayLike, data: tuple[float, float], half: float) -> Floats:
        low, high = data
        span = high / 2 - low / 2
        if span == 0:
            return np.zeros(np.shape(values))
        return ((np.asarray(values, dtype=np.float64) / 2 - low / 2) / span - 0.5) * 2 * half

    def _to_data(self, values: ArrayLike, data: tuple[float, float], half: float) -> Floats:
        low, high = data
        weight = np.asarray(values, dtype=np.float64) / (2 * half) + 0.5
        return low * (1 - weight) + high * weight

    def world_per_data(self) -> tuple[float, float]:
        """World units per data unit along x and y; 1 where the data have no extent."""
        spans = [high / 2 - low / 2 for low, high in (self.x_range, self.y_range)]
        factors = [half / span if span > 0 else 1.0 for half, span in zip(self.half, spans, strict=True)]
        return factors[0], factors[1]

    def x_world(self, x: ArrayLike) -> Floats:
        """World x of data x, any shape."""
        return self._to_world(x, self.x_range, self.half[0])

    def y_world(self, y: ArrayLike) -> Floats:
        """World y of data y, any shape."""
        return self._to_world(y, self.y_range, self.half[1])

    def x_data(self, x_world: ArrayLike) -> Floats:
        """Data x of world x, any shape."""
        return self._to_data(x_world, self.x_range, self.half[0])

    def y_data(self, y_world: ArrayLike) -> Floats:
        """Data y of world y, any shape."""
        return self._to_data(y_world, self.y_range, self.half[1])

    def z_world(self, unit: ArrayLike) -> Floats:
        """World z of a height in units of its scale (0 at the low end, 1 at the high end)."""
        return np.asarray(unit, dtype=np.float64) * self.top

    def points(self, x: ArrayLike, y: ArrayLike, unit: ArrayLike) -> Floats:
        """(n, 3) world points."""
        return np.stack(np.broadcast_arrays(self.x_world(x), self.y_world(y), self.z_world(unit)), axis=-1)
