"""The colours of a surface seen from above: a picture under the lines, and hatching where there are none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glviz.scene.features import any_corner, lacking_cells
from glviz.scene.theme import theme_for
from glviz.scene.view import View

Floats = NDArray[np.float64]

_SIDE_PX, _MOST_PX = 720, 1440
"""A grid is drawn with whole pixels a cell, about the first number along its longer side."""

_BEYOND = 1e-5  # as in shaders/include/colors.glsl
_HATCH_PERIOD_W = 0.035  # as glviz/render/missing.py
_GROUND = 0.13
"""Opacity of the shade under the hatching."""


def colors(view: View) -> NDArray[np.uint8]:
    """(height, width, 4) RGBA of the colour field, the highest y at the top.

    Values lie between the samples as the surface shows them, beyond the ends in the colours for
    that. Cells without a value are shaded (not finite) or clear (not computed yet).
    """
    shape, palette = view.relief, view.palette
    assert shape is not None
    across, up = _pixel_centres(shape.x), _pixel_centres(shape.y)
    column, fx = _cells(shape.x, across)
    row, fy = _cells(shape.y, up)
    if view.labels is not None:  # the nearest sample's
        fx, fy = np.floor(fx + 0.5), np.floor(fy + 0.5)
    offset, factor = view.color.gain
    unit = (shape.color.astype(np.float64) - offset) * factor
    near, far = unit[row], unit[row + 1]
    rows = near + (far - near) * fy[:, None]
    unit = rows[:, column] * (1.0 - fx) + rows[:, column + 1] * fx
    rgba = np.full((*unit.shape, 4), 255, dtype=np.uint8)
    table = palette.colors
    rgba[...] = table[np.round(np.clip(unit, 0.0, 1.0) * (len(table) - 1)).astype(np.intp)]
    rgba[..., 3] = 255
    if palette.marked:
        rgba[unit < -_BEYOND, :3] = _bytes(palette.below)
        rgba[unit > 1.0 + _BEYOND, :3] = _bytes(palette.above)
    if not shape.valid.all():
        rgba[any_corner(~shape.valid)[np.ix_(row, column)]] = 0
        if view.settings.missing == "hatched":
            shade = (*_bytes(theme_for(view.settings.background).faint), round(255 * _GROUND))
            x, y = view.data.x, view.data.y
            rgba[lacking_cells(view)[np.ix_(_cells(y, up)[0], _cells(x, across)[0])]] = shade
    return rgba[::-1]


def hatching(view: View) -> list[Floats]:
    """(2, 2) world ends (x, y) of the slanted lines over the cells that lack a finite value.

    Every line x + y = c is followed through the grid from cell to cell; where neighbours along
    it are marked too, it goes on.
    """
    marked = lacking_cells(view)
    if not marked.any():
        return []
    frame = view.frame
    x, y = frame.x_world(view.data.x), frame.y_world(view.data.y)
    lines = []
    low, high = x[0] + y[0], x[-1] + y[-1]
    for c in np.arange(np.ceil(low / _HATCH_PERIOD_W), high / _HATCH_PERIOD_W) * _HATCH_PERIOD_W:
        # All crossings with grid lines, by x.
        stops = np.unique(np.concatenate([x, c - y]))
        stops = stops[(stops >= max(x[0], c - y[-1])) & (stops <= min(x[-1], c - y[0]))]
        if len(stops) < 2:
            continue
        middle = stops[:-1] / 2 + stops[1:] / 2
        inside = marked[_cells(y, c - middle)[0], _cells(x, middle)[0]]
        edge = np.flatnonzero(np.diff(inside.astype(np.int8), prepend=0, append=0))
        for first, last in zip(stops[edge[::2]], stops[edge[1::2]], strict=True):
            lines.append(np.array([(first, c - first), (last, c - last)]))
    return lines


def _pixel_centres(axis: Floats) -> Floats:
    """Coordinates of the middles of the pixels along an axis."""
    cells = len(axis) - 1
    count = min(_MOST_PX, cells * max(1, round(_SIDE_PX / cells)))
    weight = (np.arange(count) + 0.5) / count
    return axis[0] * (1.0 - weight) + axis[-1] * weight


def _cells(axis: Floats, places: Floats) -> tuple[NDArray[np.intp], Floats]:
    """The cell that each place lies in, and where in it (0 to 1)."""
    index = np.interp(places, axis, np.arange(axis.size))
    cell = np.clip(np.floor(index).astype(np.intp), 0, max(0, axis.size - 2))
    return cell, index - cell


def _bytes(color: tuple[float, float, float]) -> tuple[int, int, int]:
    red, green, blue = (round(255 * part) for part in color)
    return red, green, blue
