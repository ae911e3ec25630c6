"""What lies under the pointer, and the height at any place: bilinear, as it is drawn.

A line of sight crosses at most nx + ny cells of the grid (Amanatides and Woo, "A fast
voxel traversal algorithm", 1987). All of them are found and tested at once: within one
cell the height along the line is a quadratic in its parameter, for the patch is bilinear
and the position linear, so that the crossing is the smaller root.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_VERTICAL = 1e-12  # of a unit direction: no slope that a picture could show
_SLACK = 1e-9  # of a cell: a ray through an edge must hit one of its two cells
_BLOCK = 64
"""Cells a side of a block: as many blocks along a large grid as cells along a block."""


@dataclass(frozen=True)
class PickResult:
    """Where a line of sight meets the surface first.

    Attributes:
        x_w, y_w, z_w: the point, world space.
        row, column: the cell's lower corner in the grid.
        v, u: 0 ... 1, the position within the cell along rows (y) and columns (x).
        distance_w: from the ray's origin.
    """

    x_w: float
    y_w: float
    z_w: float
    row: int
    column: int
    v: float
    u: float
    distance_w: float

    @property
    def nearest(self) -> tuple[int, int]:
        """(row, column) of the nearest grid point of the cell."""
        return (self.row + (self.v >= 0.5), self.column + (self.u >= 0.5))


Heights = Callable[[Indices, Indices], Floats]


@dataclass(frozen=True, eq=False)
class Blocks:
    """The lowest and the highest points of blocks of cells, for rays to pass over.

    Attributes:
        x, y: (m + 1,), (n + 1,) world coordinates of their borders.
        low, high: (n, m) bounds of the height in each, world.
    """

    x: Floats
    y: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, x_w: Floats, y_w: Floats, values: NDArray[Any], to_height: Callable[[Any], Floats]) -> Blocks:
        """Bounds of a grid.

        Args:
            x_w: (nx,) world coordinates of its columns, nx >= 2.
            y_w: (ny,) of its rows, ny >= 2.
            values: (ny, nx) finite.
            to_height: from values to world heights, ascending.
        """
        rows, columns = (np.append(np.arange(0, n - 1, _BLOCK), n - 1) for n in values.shape)
        ends = []
        for extreme in (np.minimum, np.maximum):
            # A block has both of its borders, that to the next one too.
            tall = extreme(extreme.reduceat(values, rows[:-1], axis=0), values[rows[1:]])
            ends.append(
                to_height(extreme(extreme.reduceat(tall, columns[:-1], axis=1), tall[:, columns[1:]]))
            )
        return cls(x_w[columns], y_w[rows], ends[0], ends[1])

    def met(
        self, origin: Floats, direction: Floats, start: float, end: float
    ) -> Iterator[tuple[float, float]]:
        """The parts of a ray, the nearest first, where it is neither above nor below all of a block."""
        t = _stations(origin, direction, self.x, self.y, start, end)
        t_in, t_out = t[:-1], t[1:]
        middle = (t_in + t_out) / 2
        column = _cell_of(self.x, origin[0] + middle * direction[0])
        row = _cell_of(self.y, origin[1] + middle * direction[1])
        z_in, z_out = origin[2] + t_in * direction[2], origin[2] + t_out * direction[2]
        slack = 1e-6 * float(self.high.max() - self.low.min()) + _SLACK
        meets = np.minimum(z_in, z_out) <= self.high[row, column] + slack
        meets &= np.maximum(z_in, z_out) >= self.low[row, column] - slack
        for k in np.flatnonzero(meets).tolist():
            yield float(t_in[k]), float(t_out[k])


def pick(
    origin_w: ArrayLike,
    direction_w: ArrayLike,
    x_w: ArrayLike,
    y_w: ArrayLike,
    z_w: ArrayLike | Heights,
    mask: ArrayLike,
    clip: Sequence[float] | None = None,
    z_range: tuple[float, float] | None = None,
    blocks: Blocks | None = None,
) -> PickResult | None:
    """The first point at which a ray meets a height field.

    Args:
        origin_w: (3,) where the ray starts, world space.
        direction_w: (3,) its direction, of any length.
        x_w: (nx,) world coordinates of the grid's columns, ascending.
        y_w: (ny,) of its rows, ascending.
        z_w: (ny, nx) world heights, or what gives them for rows and columns.
        mask: (ny, nx) True where there is a surface; a cell needs all four corners.
        clip: (nx, ny, nz, offset): what is hidden is the side where n . p > offset. None:
            nothing. A ray that comes out of the hidden half below the surface meets the
            wall of the cut, if that is upright, and the point is the place on it.
        z_range: bounds of ``z_w`` where they are known; the ray is followed only within.
        blocks: bounds of blocks of the grid; where they are known, the ray passes over them.

    Returns:
        The point, or None where the ray meets nothing.
    """
    origin, direction = (np.asarray(v, dtype=np.float64) for v in (origin_w, direction_w))
    x, y = np.asarray(x_w, dtype=np.float64), np.asarray(y_w, dtype=np.float64)
    length = float(np.linalg.norm(direction))
    if x.size < 2 or y.size < 2 or not np.all(np.isfinite(origin)) or not 0 < length < np.inf:
        return None
    direction = direction / length
    direction[np.abs(direction) < _VERTICAL] = 0.0
    start, end = _within(origin, direction, [[x[0], x[-1]], [y[0], y[-1]]])
    vertical = not np.any(direction[:2])
    if vertical and start <= end:
        start, end = 0.0, np.inf
    entered = -np.inf
    if clip is not None and any(clip[:3]):
        entered, left = _kept(origin, direction, np.asarray(clip, dtype=np.float64))
        start, end = max(start, entered), min(end, left)
    # Through the wall of a cut the surface is met from below, perhaps not at all.
    at_wall = clip is not None and clip[2] == 0 and start == entered
    if at_wall and z_range is not None:
        at_wall = float(origin[2] + start * direction[2]) >= z_range[0] - _SLACK
    if z_range is not None and not at_wall and not vertical and direction[2] != 0:
        slack = 1e-6 * (z_range[1] - z_range[0]) + _SLACK
        bounds = (z_range[0] - slack, z_range[1] + slack)
        ends = sorted((bound - origin[2]) / direction[2] for bound in bounds)
        start, end = max(start, ends[0]), min(end, ends[1])
    if not start <= end:
        return None

    field = _Field(x, y, _heights(z_w), np.asarray(mask, dtype=bool))
    if blocks is None or vertical or at_wall:
        return field.first(origin, direction, start, end, vertical=vertical, at_wall=at_wall)
    for t_in, t_out in blocks.met(origin, direction, start, end):
        found = field.first(origin, direction, t_in, t_out)
        if found is not None:
            return found
    return None


def _heights(z_w: ArrayLike | Heights) -> Heights:
    if callable(z_w):
        return z_w
    z = np.asarray(z_w)
    return lambda row, column: np.asarray(z[row, column], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class _Field:
    """A height field as rays meet it: axes, heights, and where there is a surface."""

    x: Floats
    y: Floats
    height: Heights
    valid: NDArray[np.bool_]

    def first(
        self,
        origin: Floats,
        direction: Floats,
        start: float,
        end: float,
        *,
        vertical: bool = False,
        at_wall: bool = False,
    ) -> PickResult | None:
        """The first point on a part of a ray that lies over the grid.

        Args:
            origin: (3,).
            direction: (3,) of length 1.
            start: the ray's parameter where the part begins,
            end: and where it ends.
            vertical: it lies over one place only.
            at_wall: where it begins, it comes through the wall of a cut.
        """
        x, y, valid = self.x, self.y, self.valid
        t = np.array([start, end]) if vertical else _stations(origin, direction, x, y, start, end)
        t_in, t_out = (t[:-1], t[1:]) if not vertical and (t.size > 2 or end > start) else (t[:1], t[:1])
        middle = (t_in + t_out) / 2
        column = _cell_of(x, origin[0] + middle * direction[0])
        row = _cell_of(y, origin[1] + middle * direction[1])
        whole = (
            valid[row, column] & valid[row, column + 1] & valid[row + 1, column] & valid[row + 1, column + 1]
        )
        if not whole.all():
            t_in, t_out, row, column = t_in[whole], t_out[whole], row[whole], column[whole]
        if t_in.size == 0:
            return None
        corners = [self.height(row + j, column + i) for j in (0, 1) for i in (0, 1)]
        x_low, y_low = x[column], y[row]
        x_step, y_step = x[column + 1] - x_low, y[row + 1] - y_low

        def place(at: Floats) -> tuple[Floats, Floats]:
            u = (origin[0] + at * direction[0] - x_low) / x_step
            v = (origin[1] + at * direction[1] - y_low) / y_step
            return np.minimum(np.maximum(u, 0), 1), np.minimum(np.maximum(v, 0), 1)

        def ground(at: Floats) -> Floats:
            u, v = place(at)
            low, high = (a * (1 - u) + b * u for a, b in (corners[:2], corners[2:]))
            return np.asarray(low * (1 - v) + high * v)

        if vertical:
            # One cell, and a height that does not change along the ray: solved directly.
            hit = (ground(t_in) - origin[2]) / direction[2]
            found = np.where((hit >= start) & (hit <= end), hit, np.nan)
        else:
            three = np.array([t_in, (t_in + t_out) / 2, t_out])
            above = origin[2] + three * direction[2] - ground(three)
            if at_wall and t_in[0] == start and above[0, 0] < 0:
                found = np.full(t_in.shape, np.nan)
                found[0] = start
                return _result(origin, direction, found, row, column, place)
            share = _first_root(*above)
            found = t_in + np.minimum(np.maximum(share, 0), 1) * (t_out - t_in)
        if not np.any(np.isfinite(found)):
            return None
        return _result(origin, direction, found, row, column, place)


def _stations(origin: Floats, direction: Floats, x: Floats, y: Floats, start: float, end: float) -> Floats:
    """Where a ray begins, crosses the lines of a grid, and ends: its parameter, ascending."""
    t = np.concatenate([
        [start, end],
        _crossings(origin[0], direction[0], x, start, end),
        _crossings(origin[1], direction[1], y, start, end),
    ])  # fmt: skip
    t.sort()
    return t


def _cell_of(lines: Floats, places: Floats) -> Indices:
    """The cell between the lines of an axis that each place lies in."""
    found: Indices = np.searchsorted(lines, places, side="right") - 1
    return np.minimum(np.maximum(found, 0), lines.size - 2)


def _result(
    origin: Floats,
    direction: Floats,
    found: Floats,
    row: NDArray[np.int64],
    column: NDArray[np.int64],
    place: Callable[[Floats], tuple[Floats, Floats]],
) -> PickResult:
    """The nearest of the points found."""
    first = int(np.nanargmin(found))
    u, v = place(found)
    point = origin + found[first] * direction
    return PickResult(
        float(point[0]), float(point[1]), float(point[2]), int(row[first]), int(column[first]),
        float(v[first]), float(u[first]), float(found[first]),
    )  # fmt: skip


def _kept(origin: Floats, direction: Floats, clip: Floats) -> tuple[float, float]:
    """The part of a ray that a half-space does not hide, as its parameter's range."""
    height = float(clip[:3] @ origin - clip[3])  # positive: the origin is hidden
    rise = float(clip[:3] @ direction)
    if rise == 0:
        return (-np.inf, np.inf) if height <= 0 else (1.0, 0.0)
    crossing = -height / rise
    return (-np.inf, crossing) if rise > 0 else (crossing, np.inf)


def _within(origin: Floats, direction: Floats, limits: list[list[float]]) -> tuple[float, float]:
    """The part of a ray over a rectangle, as its parameter's range (empty if start > end)."""
    start, end = 0.0, np.inf
    for axis in (0, 1):
        low, high = limits[axis]
        if direction[axis] == 0:
            if not low <= origin[axis] <= high:
                return 1.0, 0.0
            continue
        ends = sorted(((low - origin[axis]) / direction[axis], (high - origin[axis]) / direction[axis]))
        start, end = max(start, ends[0]), min(end, ends[1])
        if low > high:
            return 1.0, 0.0
    return (start, end) if np.isfinite(end) else (start, start)


def _crossings(origin: float, direction: float, lines: Floats, start: float, end: float) -> Floats:
    """Parameters at which a ray crosses grid lines, strictly between start and end."""
    if direction == 0:
        return np.empty(0)
    low, high = sorted((origin + start * direction, origin + end * direction))
    between = lines[np.searchsorted(lines, low) : np.searchsorted(lines, high, side="right")]
    t = (between - origin) / direction
    return t[(t > start) & (t < end)]


def _first_root(f0: Floats, fm: Floats, f1: Floats) -> Floats:
    """The smallest root in 0 ... 1 of quadratics given at 0, 1/2 and 1; NaN where there is none."""
    a = 2 * (f0 + f1 - 2 * fm)
    b = f1 - f0 - a
    c = f0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # Numerically stable: no difference of nearly equal numbers (Press et al., 5.6).
        q = -0.5 * (b + np.copysign(np.sqrt(b * b - 4 * a * c), b))
        roots = np.stack([q / a, c / q])
    roots = np.where((roots >= -_SLACK) & (roots <= 1 + _SLACK), roots, np.inf)
    smallest = roots.min(axis=0)
    smallest = np.where(c == 0, 0.0, smallest)
    return np.where(np.isfinite(smallest), smallest, np.nan)


def sample(
    x: ArrayLike, y: ArrayLike, values: ArrayLike, mask: ArrayLike, px: ArrayLike, py: ArrayLike
) -> Floats:
    """Bilinear interpolation on a grid, evenly spaced or not.

    Args:
        x: (nx,) ascending coordinates of the columns.
        y: (ny,) ascending coordinates of the rows.
        values: (ny, nx); give unit values of a scale to follow the drawn surface.
        mask: (ny, nx) True where a value is valid.
        px: (k,) positions.
        py: (k,) positions.

    Returns:
        (k,) float64; NaN outside the grid, where the position is not finite, and where a
        value that is not valid would have weight.
    """
    x, y, px, py = (np.asarray(v, dtype=np.float64) for v in (x, y, px, py))
    values, mask = np.asarray(values), np.asarray(mask, dtype=bool)  # few of which are looked at
    column, u, inside_x = _cell(x, px)
    row, v, inside_y = _cell(y, py)
    total = np.zeros(px.shape)
    inside = inside_x & inside_y
    for j, weight_y in ((0, 1 - v), (1, v)):
        for i, weight_x in ((0, 1 - u), (1, u)):
            weight = weight_x * weight_y
            at = (np.minimum(row + j, y.size - 1), np.minimum(column + i, x.size - 1))
            used = weight > 0
            inside &= ~used | mask[at]
            # Converted here: of a large grid in single precision all of it would be, for a few points.
            total += weight * np.where(used & mask[at], values[at].astype(np.float64), 0.0)
    return np.where(inside, total, np.nan)


def sample_nearest(x: ArrayLike, y: ArrayLike, values: ArrayLike, px: ArrayLike, py: ArrayLike) -> Floats:
    """(k,) the values of the nearest grid points; NaN outside the grid. Arguments as of :func:`sample`."""
    x, y, px, py = (np.asarray(v, dtype=np.float64) for v in (x, y, px, py))
    column, u, inside_x = _cell(x, px)
    row, v, inside_y = _cell(y, py)
    found = np.asarray(values, dtype=np.float64)[row + (v >= 0.5), column + (u >= 0.5)]
    return np.where(inside_x & inside_y, found, np.nan)


def _cell(axis: Floats, p: Floats) -> tuple[NDArray[np.int64], Floats, NDArray[np.bool_]]:
    """Cell, share of the way through it, and whether the position lies within the grid."""
    inside = (p >= axis[0]) & (p <= axis[-1])  # False for NaN
    p = np.where(inside, p, axis[0])
    index = np.clip(np.searchsorted(axis, p, side="right") - 1, 0, max(0, axis.size - 2))
    if axis.size < 2:
        return index, np.zeros(p.shape), inside
    low, high = axis[index] / 2, axis[index + 1] / 2  # halved: a difference may overflow
    return index, (p / 2 - low) / (high - low), inside
