"""The colours of a view: a table along the colour scale, and colours for what lies off it.

The table is what every part draws with (surface, floor, bar, wall), so a picture and its
bar cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.scales import Scale
from glviz.scene.colormap import parse_color, table
from glviz.scene.theme import RGB
from glviz.settings import Settings

Floats = NDArray[np.float64]

_COUNT, _FINE = 256, 1024
SEQUENTIAL, DIVERGING = "viridis", "vik"
"""The default map has no middle: around a value the second one takes its place."""


@dataclass(frozen=True, eq=False)
class Palette:
    """Colours by place on the colour scale.

    Attributes:
        name: of the colour map.
        colors: (n, 4) uint8 RGBA from the low end to the high end.
        below, above: of values beyond the ends, sRGB 0 to 1.
        marked: whether values beyond the ends are drawn in those (else like the ends).
        clipped: whether there are values (below, above) the ends.
        bands: how many distinct colours there are, 0 for a continuous table.
    """

    name: str
    colors: NDArray[np.uint8]
    below: RGB
    above: RGB
    marked: bool
    clipped: tuple[bool, bool]
    bands: int

    def at(self, unit: ArrayLike) -> Floats:
        """(..., 3) colours at places on the scale; beyond 0 ... 1 those of the ends."""
        place = np.clip(np.nan_to_num(np.asarray(unit, dtype=np.float64)), 0.0, 1.0)
        index = np.round(place * (len(self.colors) - 1)).astype(int)
        return self.colors[index, :3].astype(np.float64) / 255.0


def palette(settings: Settings, scale: Scale, extent: tuple[float, float]) -> Palette:
    """The colours that settings ask for.

    Around a value (``color_center``) both sides are equally strong at equal distances on
    the scale, as far as the farther end needs; the nearer side stops short of its end.

    Args:
        settings: names the map, its centre, bands and colours beyond the ends.
        scale: of the colour.
        extent: the lowest and highest value of the field that is drawn.
    """
    name, center = settings.colormap, settings.color_center
    if center is not None and name.removesuffix("_r") == SEQUENTIAL:
        name = name.replace(SEQUENTIAL, DIVERGING)
    unit = np.linspace(0.0, 1.0, _FINE if settings.bands or center is not None else _COUNT)
    if settings.bands:
        band = np.minimum(np.floor(unit * settings.bands), settings.bands - 1)
        # Middles of the bands; over the whole map where the first and last can be its ends.
        unit = (band + 0.5) / settings.bands if center is not None else band / max(1, settings.bands - 1)
    if center is not None:
        middle = float(np.clip(np.nan_to_num(scale.forward(center)), 0.0, 1.0))
        unit = 0.5 + 0.5 * (unit - middle) / max(middle, 1.0 - middle)
    whole = table(name, _COUNT)
    if len(unit) == _COUNT:
        colors = whole
    else:
        place = unit * (_COUNT - 1)
        channels = [np.interp(place, np.arange(_COUNT), whole[:, k]) for k in range(4)]
        colors = np.rint(np.stack(channels, axis=1)).astype(np.uint8)
        colors.setflags(write=False)
    low, high = (colors[k, :3].astype(np.float64) / 255.0 for k in (0, -1))
    below = parse_color(settings.color_below) if settings.color_below else _rgb(low * 0.45)
    above = parse_color(settings.color_above) if settings.color_above else _rgb(high + (1.0 - high) * 0.6)
    clipped = (extent[0] < scale.low, extent[1] > scale.high)
    return Palette(name, colors, below, above, settings.mark_clamped, clipped, settings.bands)


def _rgb(color: Floats) -> RGB:
    return float(color[0]), float(color[1]), float(color[2])
