"""Cuts through a surface along a grid axis, for the slice plane and its profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from compute.surface import Surface
from glviz.scene.scale import Scale

Floats = NDArray[np.float64]
Axis = Literal["x", "y"]


@dataclass(frozen=True, eq=False)
class Slice:
    """A cut through a surface where one coordinate is held fixed.

    Attributes:
        axis: "x" or "y", the coordinate that is held fixed.
        position: where, data coordinates, within the grid.
        along: (n,) the grid's coordinates along the other axis.
        values: (n,) the height there, NaN where the surface has none.
        fields: the surface's further fields along the cut by name, (n,) each.
    """

    axis: Axis
    position: float
    along: Floats
    values: Floats
    fields: Mapping[str, Floats]


def cut(surface: Surface, axis: str, position: float, scale: Scale) -> Slice:
    """Cut a surface across ``axis``.

    Between two grid lines the height is interpolated linearly *on the scale*, as it is
    drawn; on a grid line it is the file's value, bit for bit. Other fields have no scale
    of their own and are interpolated as they are.

    Args:
        surface: what is cut.
        axis: "x" or "y", the coordinate that is held fixed.
        position: where; beyond the grid the cut is made at its edge.
        scale: the scale of the height.

    Raises:
        ValueError: ``axis`` is neither.
    """
    if axis not in ("x", "y"):
        raise ValueError(f"slice: the axis is 'x' or 'y', not {axis!r}")
    coordinates, along = (surface.x, surface.y) if axis == "x" else (surface.y, surface.x)
    position = float(np.clip(position, coordinates[0], coordinates[-1]))
    below = max(0, int(np.searchsorted(coordinates, position, side="right")) - 1)
    above = min(below + 1, coordinates.size - 1)
    weight = 0.0
    if above > below:
        # Halved: the difference of two coordinates may overflow.
        width = coordinates[above] / 2 - coordinates[below] / 2
        weight = float((position / 2 - coordinates[below] / 2) / width)

    def lines(values: Floats) -> tuple[Floats, Floats]:
        return (values[:, below], values[:, above]) if axis == "x" else (values[below], values[above])

    height = np.where(surface.finite, surface.loss, np.nan)
    return Slice(
        axis="x" if axis == "x" else "y",
        position=position,
        along=along,
        values=_between(*lines(height), weight, scale),
        fields=MappingProxyType(
            {name: _between(*lines(values), weight, None) for name, values in surface.metrics.items()}
        ),
    )


def _between(first: Floats, second: Floats, weight: float, scale: Scale | None) -> Floats:
    """The values at a share ``weight`` of the way from one grid line to the next."""
    if weight == 0.0:
        return first.copy()
    if weight == 1.0:
        return second.copy()
    if scale is None or not scale.low < scale.high:
        with np.errstate(invalid="ignore"):  # inf - inf is NaN, and NaN is what is meant
            return first * (1 - weight) + second * weight
    unit = scale.forward(first) * (1 - weight) + scale.forward(second) * weight
    # Rounding must not carry the result beyond the two values that it lies between.
    return np.clip(scale.inverse(unit), np.minimum(first, second), np.maximum(first, second))
