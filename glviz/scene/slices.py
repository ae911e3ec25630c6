"""Cuts through a surface: along a grid axis, upright at any angle, and level at a height."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from compute.scales import Scale
from compute.surface import Surface, label_names
from glviz.scene.contours import IsoLine, iso_lines
from glviz.scene.pick import sample, sample_nearest

Floats = NDArray[np.float64]
Axis = Literal["x", "y", "angle"]


@dataclass(frozen=True, eq=False)
class Slice:
    """An upright cut through a surface: normal . (x, y) = position.

    Attributes:
        axis: "x" or "y", the coordinate that is held fixed, or "angle".
        position: where, data coordinates, within the grid; at an angle the signed distance
            of the cut from the origin.
        along: (n,) coordinates along the cut: the other axis's, or the distance from the
            point of the cut that is nearest to the origin.
        x, y: (n,) where the values are, data coordinates.
        normal: (2,) unit vector across the cut, data coordinates.
        angle_deg: direction of the cut from the first axis.
        values: (n,) the height there, NaN where the surface has none.
        fields: the surface's further fields along the cut by name, (n,) each.
    """

    axis: Axis
    position: float
    along: Floats
    x: Floats
    y: Floats
    normal: tuple[float, float]
    angle_deg: float
    values: Floats
    fields: Mapping[str, Floats]


@dataclass(frozen=True, eq=False)
class LevelCut:
    """A level cut through a surface at a height.

    Attributes:
        position: the height, within the drawn range.
        lines: where the surface has that height.
        share_below: of the area of the plane where the surface is known, the part below;
            NaN where none is known.
    """

    position: float
    lines: tuple[IsoLine, ...]
    share_below: float


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
    labels = label_names(surface)
    held = np.full(along.size, position)
    return Slice(
        axis="x" if axis == "x" else "y",
        position=position,
        along=along,
        x=held if axis == "x" else along,
        y=along if axis == "x" else held,
        normal=(1.0, 0.0) if axis == "x" else (0.0, 1.0),
        angle_deg=90.0 if axis == "x" else 0.0,
        values=_between(*lines(height), weight, scale),
        fields=MappingProxyType(
            {
                # A label is that of the nearer line.
                name: _between(*lines(values), round(weight) if name in labels else weight, None)
                for name, values in surface.metrics.items()
            }
        ),
    )


def reach_at(surface: Surface, angle_deg: float) -> tuple[float, float]:
    """The lowest and the highest position of a cut at an angle that touches the grid."""
    nx, ny = _normal(angle_deg)
    corners = [nx * x + ny * y for x in (surface.x[0], surface.x[-1]) for y in (surface.y[0], surface.y[-1])]
    return float(min(corners)), float(max(corners))


def cut_at(surface: Surface, angle_deg: float, position: float, scale: Scale) -> Slice:
    """Cut a surface upright at an angle.

    The cut is sampled where it crosses a grid line and midway between: in each cell the
    surface is a bilinear patch on the scale, along a line a parabola, which three points
    say all of.

    Args:
        surface: what is cut.
        angle_deg: direction of the cut from the first axis, 0 for along x.
        position: distance of the cut from the origin, positive to the left of its
            direction; beyond the grid the cut is made at its last corner.
        scale: the scale of the height.
    """
    low, high = reach_at(surface, angle_deg)
    position = float(np.clip(position, low, high))
    normal = np.array(_normal(angle_deg))
    forward = np.array([normal[1], -normal[0]])
    foot = position * normal
    crossings = [np.empty(0)]
    limits = [-np.inf, np.inf]
    for axis, lines in enumerate((surface.x, surface.y)):
        if abs(forward[axis]) < 1e-12:
            continue
        t = (lines - foot[axis]) / forward[axis]
        crossings.append(t)
        limits = [max(limits[0], float(t.min())), min(limits[1], float(t.max()))]
    t = np.unique(np.concatenate(crossings))
    span = limits[1] - limits[0]
    t = t[(t >= limits[0]) & (t <= limits[1])] if span >= 0 else np.array([sum(limits) / 2])
    t = np.unique(np.concatenate([t, (t[1:] + t[:-1]) / 2]))
    x = np.clip(foot[0] + t * forward[0], surface.x[0], surface.x[-1])
    y = np.clip(foot[1] + t * forward[1], surface.y[0], surface.y[-1])
    return Slice(
        axis="angle",
        position=position,
        along=t,
        x=x,
        y=y,
        normal=(float(normal[0]), float(normal[1])),
        angle_deg=angle_deg,
        values=_at(surface, surface.loss, surface.finite, x, y, scale),
        fields=MappingProxyType(
            {
                name: sample_nearest(surface.x, surface.y, values, x, y)
                if name in label_names(surface)
                else _at(surface, values, np.isfinite(values), x, y, None)
                for name, values in surface.metrics.items()
            }
        ),
    )


def level_cut(surface: Surface, position: float, scale: Scale) -> LevelCut:
    """Cut a surface level at a height, which is held within the drawn range."""
    position = float(np.clip(position, scale.low, scale.high))
    lines = iso_lines(surface.x, surface.y, surface.loss, surface.finite, scale, [position])
    # Each point stands for the part of the plane that is nearest to it.
    weights = np.outer(_shares(surface.y), _shares(surface.x)) * surface.finite
    total = float(weights.sum())
    below = float(weights[surface.finite & (surface.loss < position)].sum())
    return LevelCut(position, lines, below / total if total > 0 else float("nan"))


def _shares(axis: Floats) -> Floats:
    """(n,) the part of an axis that is nearest to each of its values."""
    if axis.size < 2:
        return np.ones(1)
    edges = np.concatenate([axis[:1], axis[1:] / 2 + axis[:-1] / 2, axis[-1:]])
    return np.diff(edges) / (axis[-1] - axis[0])


def _normal(angle_deg: float) -> tuple[float, float]:
    angle = math.radians(angle_deg)
    return -math.sin(angle), math.cos(angle)


def _at(
    surface: Surface,
    values: Floats,
    known: NDArray[np.bool_],
    x: Floats,
    y: Floats,
    scale: Scale | None,
) -> Floats:
    """(n,) bilinear interpolation, on the scale where there is one."""
    if scale is None or not scale.low < scale.high:
        return sample(surface.x, surface.y, values, known, x, y)
    # Only the cells that are crossed are put on the scale: the surface may be large.
    column = np.clip(np.searchsorted(surface.x, x, side="right") - 1, 0, max(0, surface.x.size - 2))
    row = np.clip(np.searchsorted(surface.y, y, side="right") - 1, 0, max(0, surface.y.size - 2))
    used = np.zeros(values.shape, dtype=bool)
    for j in (0, 1):
        for i in (0, 1):
            at = np.minimum(row + j, surface.y.size - 1), np.minimum(column + i, surface.x.size - 1)
            used[at] = True
    used &= known
    unit = np.zeros(values.shape)
    unit[used] = scale.forward(values[used])
    return scale.inverse(sample(surface.x, surface.y, unit, used, x, y))


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
