"""The lattice that is drawn: the file's own, or a finer one with smooth values between its points.

Smoothing is monotone cubic in each direction (Fritsch and Carlson, "Monotone piecewise
cubic interpolation", 1980; the slopes are those of Fritsch and Butland, 1984): along a
grid line it makes no hill or hollow that the samples do not have. It is for the eye only.
Values, contours on the floor, slices and critical points remain those of the samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glviz.scene.fields import ScaledField
from glviz.scene.labels import nearest
from glviz.scene.pick import sample

Floats = NDArray[np.float64]

FINE_POINTS, MOST_PARTS = 384, 8
"""Grids are divided until they have about so many points a side, a cell into 8 at most."""


@dataclass(frozen=True, eq=False)
class Relief:
    """What the surface is drawn from.

    Attributes:
        x, y: (nx,), (ny,) coordinates of the lattice, data units.
        height, color: (ny, nx) float32, like ``ScaledField.base``; one object if the same.
        valid: (ny, nx) whether a point is drawn; a cell needs all four.
        parts: into how many a cell of the file is divided (along y, along x).
    """

    x: Floats
    y: Floats
    height: NDArray[np.float32]
    color: NDArray[np.float32]
    valid: NDArray[np.bool_]
    parts: tuple[int, int] = (1, 1)

    def unclamped(self, field: ScaledField) -> Floats:
        """The height in units of the drawn scale of ``field``, beyond 0 ... 1 beyond its ends."""
        offset, factor = field.gain
        return (self.height.astype(np.float64) - offset) * factor

    def unclamped_at(self, field: ScaledField, x: Floats, y: Floats) -> Floats:
        """(k,) the same at places in the plane, bilinear; NaN where there is no surface."""
        offset, factor = field.gain
        return (sample(self.x, self.y, self.height, self.valid, x, y) - offset) * factor


def relief(
    x: Floats,
    y: Floats,
    height: ScaledField,
    color: ScaledField,
    valid: NDArray[np.bool_],
    smooth: bool,
    labels: bool = False,
) -> Relief:
    """The lattice to draw: that of the file, or a finer one; colours that are labels have none between."""
    filled = fill_missing(height.base, valid)
    own = color.base is not height.base
    parts = (_parts(y.size), _parts(x.size)) if smooth else (1, 1)
    if parts == (1, 1):
        return Relief(x, y, filled, color.base if own else filled, valid)

    def fine(values: NDArray[np.float32]) -> NDArray[np.float32]:
        across = monotone(x, values.astype(np.float64).T, parts[1]).T
        return monotone(y, across, parts[0]).astype(np.float32)

    shown = fine(filled)
    colors = shown
    if own:
        colors = nearest(color.base, parts) if labels else fine(fill_missing(color.base, valid))
    return Relief(
        x=divided(x, parts[1]),
        y=divided(y, parts[0]),
        height=shown,
        color=colors,
        valid=_fine_mask(valid, parts),
        parts=parts,
    )


def _parts(points: int) -> int:
    return min(MOST_PARTS, max(1, math.ceil(FINE_POINTS / (points - 1)))) if points > 2 else 1


def divided(axis: Floats, parts: int) -> Floats:
    """An axis with every interval in equal parts; its own points stay exactly."""
    place = np.arange((axis.size - 1) * parts + 1) / parts
    found = np.interp(place, np.arange(axis.size), axis)
    found[::parts] = axis
    return found


def monotone(x: Floats, values: Floats, parts: int) -> Floats:
    """Monotone cubic interpolation along the first axis, at ``parts`` equal steps an interval.

    Args:
        x: (n,) strictly ascending, n >= 2.
        values: (n, ...) finite.
        parts: at least 1.

    Returns:
        ((n - 1) * parts + 1, ...); every ``parts``-th row is that of ``values``.
    """
    shape = (-1,) + (1,) * (values.ndim - 1)
    h = np.diff(x).reshape(shape)
    delta = np.diff(values, axis=0) / h
    slope = np.empty_like(values)
    if len(x) == 2:
        slope[:] = delta[0]
    else:
        a, b = delta[:-1], delta[1:]
        w1, w2 = 2 * h[1:] + h[:-1], h[1:] + 2 * h[:-1]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            mean = (w1 + w2) / (w1 / a + w2 / b)
        slope[1:-1] = np.where(a * b > 0, mean, 0.0)
        slope[0] = _end_slope(h[0], h[1], delta[0], delta[1])
        slope[-1] = _end_slope(h[-1], h[-2], delta[-1], delta[-2])
    out = np.empty(((len(x) - 1) * parts + 1, *values.shape[1:]))
    out[::parts] = values
    for k in range(1, parts):
        t = k / parts
        # Hermite's basis.
        out[k::parts] = (
            (1 + 2 * t) * (1 - t) ** 2 * values[:-1]
            + t * t * (3 - 2 * t) * values[1:]
            + h * (t * (1 - t) ** 2 * slope[:-1] - t * t * (1 - t) * slope[1:])
        )
    return out


def _end_slope(h0: Floats, h1: Floats, d0: Floats, d1: Floats) -> Floats:
    """One-sided three-point slope, held so that the end stays monotone."""
    slope = ((2 * h0 + h1) * d0 - h0 * d1) / (h0 + h1)
    slope = np.where(np.sign(slope) != np.sign(d0), 0.0, slope)
    return np.where((np.sign(d0) != np.sign(d1)) & (np.abs(slope) > 3 * np.abs(d0)), 3 * d0, slope)


def _fine_mask(valid: NDArray[np.bool_], parts: tuple[int, int]) -> NDArray[np.bool_]:
    """Which points of the finer lattice belong to a cell that is drawn."""
    if valid.all():
        return np.ones([(n - 1) * k + 1 for n, k in zip(valid.shape, parts, strict=True)], dtype=bool)
    cell = valid[:-1, :-1] & valid[1:, :-1] & valid[:-1, 1:] & valid[1:, 1:]
    inner = np.repeat(np.repeat(cell, parts[0], axis=0), parts[1], axis=1)
    fine = np.zeros((inner.shape[0] + 1, inner.shape[1] + 1), dtype=bool)
    for rows in (slice(None, -1), slice(1, None)):
        for columns in (slice(None, -1), slice(1, None)):
            fine[rows, columns] |= inner
    return fine


def fill_missing(base: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Missing samples given the mean of their neighbours, so that slopes beside them are right."""
    if valid.all():
        return base
    total = np.zeros(base.shape, dtype=np.float32)
    count = np.zeros(base.shape, dtype=np.float32)
    padded = np.pad(np.where(valid, base, 0), 1)
    known = np.pad(valid.astype(np.float32), 1)
    ny, nx = base.shape
    for dy, dx in ((0, 1), (2, 1), (1, 0), (1, 2), (0, 0), (0, 2), (2, 0), (2, 2)):
        total += padded[dy : dy + ny, dx : dx + nx]
        count += known[dy : dy + ny, dx : dx + nx]
    return np.where(valid, base, total / np.maximum(count, 1)).astype(np.float32)
