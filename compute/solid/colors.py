"""Colour maps as a texture, and sRGB against linear light."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.colors import map_names, map_stops
from compute.errors import ArgumentError, nearest

__all__ = ["ramp", "ramp_texture", "ramp_uv", "to_linear"]

Floats = NDArray[np.float64]

RAMP, ROWS = 256, 8
"""Columns and rows of the texture: powers of two, which old hardware asks for."""


def ramp(name: str) -> NDArray[np.uint8]:
    """(256, 3) colours of a map, from its low end to its high end, sRGB.

    Raises:
        ArgumentError: there is no map of that name.
    """
    known = map_names()
    if name.removesuffix("_r") not in known:
        raise ArgumentError(
            "choosing a colour map",
            f"there is no {name!r}",
            f"{nearest(name.removesuffix('_r'), sorted(known))}Take viridis, cividis, magma, batlow, ...",
        )
    return np.rint(map_stops(name, RAMP)[:, :3] * 255.0).astype(np.uint8)


def ramp_texture(name: str) -> NDArray[np.uint8]:
    """(8, 256, 3) a texture that holds a colour map from left to right."""
    return np.repeat(ramp(name)[None], ROWS, axis=0)


def ramp_uv(unit: Floats) -> Floats:
    """(n, 2) texture coordinates of heights 0 to 1: the ends are the middles of the outermost texels."""
    u = (0.5 + np.clip(unit, 0.0, 1.0) * (RAMP - 1)) / RAMP
    return np.stack([u, np.full_like(u, 0.5)], axis=1)


def to_linear(color: ArrayLike) -> Floats:
    """Linear light of sRGB components 0 to 1 (IEC 61966-2-1)."""
    c = np.asarray(color, dtype=np.float64)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
