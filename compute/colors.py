"""Colours that mean the same in the window, in figures and in models; and colour maps by name. Numpy only.

cmap carries the catalogue of maps (viridis, Crameri's, CET, cmocean, ColorBrewer, ...) with their
licences. It is imported when first needed, for it takes tens of milliseconds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAXIMUM", "MINIMUM", "PATHS", "RGB", "SADDLE", "map_names", "map_stops"]

RGB = tuple[float, float, float]
"""sRGB components 0 to 1."""

# On a light ground; of critical points, whose shapes differ too.
MINIMUM: RGB = (0.10, 0.36, 0.86)
SADDLE: RGB = (0.93, 0.48, 0.05)
MAXIMUM: RGB = (0.78, 0.08, 0.28)

PATHS: tuple[RGB, ...] = (
    (0.86, 0.10, 0.16),
    (0.13, 0.13, 0.13),
    (0.95, 0.55, 0.10),
    (0.55, 0.20, 0.70),
    (0.00, 0.55, 0.55),
)
"""Of descent paths, in order: they are told apart by lightness too."""


def map_names() -> frozenset[str]:
    """The short names of all maps; ``_r`` behind one reverses it."""
    import cmap

    return frozenset(cmap.Catalog().short_keys())


def map_stops(name: str, count: int) -> NDArray[np.float64]:
    """(count, 4) RGBA, sRGB 0 to 1, from the low end of a map to its high end.

    Args:
        name: one of :func:`map_names`, or such a name with ``_r``.
        count: how many; those of a map of fewer distinct colours are repeated.
    """
    import cmap

    base, reverse = (name[:-2], "_r") if name.endswith("_r") else (name, "")
    # The full name: a short one that several authors used is ambiguous, and cmap warns.
    stops = np.asarray(cmap.Colormap(cmap.Catalog().resolve(base) + reverse).lut(count), dtype=np.float64)
    if len(stops) != count:
        stops = stops[(2 * np.arange(count) + 1) * len(stops) // (2 * count)]
    return stops
