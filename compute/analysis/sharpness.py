"""How sharp, rough and convex a surface is: a number for each notion, with its definition and source.

All are figures of the *plane*, in its own coordinates: under filter normalisation a step of 1
changes every filter by its own norm, which is what makes two networks comparable. Between grid
points the surface is the bilinear interpolant, so that a figure on a circle is off by about h^2 / 4
times the second derivative, h the step of the grid.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from compute.analysis.critical import critical_points
from compute.analysis.merge_tree import MergeTree, merge_tree
from compute.analysis.meshes import components
from compute.analysis.stationary import eigenvalues_of
from compute.analysis.topology import flow
from compute.errors import ArgumentError
from compute.surface import CriticalPoint, Surface

Floats = NDArray[np.float64]

__all__ = [
    "Sharpness",
    "anisotropy",
    "barrier",
    "convexity",
    "epsilon_sharpness",
    "interpolated",
    "rises",
    "sharpness",
    "smad",
    "sublevel_area",
]

DIRECTIONS = 720


@dataclass(frozen=True)
class Sharpness:
    """The figures of one surface; NaN where one does not exist.

    Attributes:
        centre_x, centre_y, centre_loss: the point that sharpness is measured around.
        minimum: the lowest value.
        epsilon_sharpness: of the box of half-width ``radius``, per cent (Keskar et al.).
        average_rise, worst_rise: at ``radius`` from the centre.
        sublevel_area: of the part within ``rise`` of the lowest value that is connected to it,
        sublevel_open: and whether it reaches an end of what is known: then it is larger.
        barrier: between the two minima that stand out most: the lowest pass over the higher one.
        minima: inner minima that the grid can vouch for,
        significant: and those above the noise (NaN where it is not known).
        negative_share: of the inner points, with a negative curvature in the plane.
        hessian_negative_share: with a negative eigenvalue of the full Hessian, where it was computed,
        hessian_ratio: and the median of |smallest / largest| eigenvalue.
        smad: mean gap between minima and the saddles where they first merge,
        smad_relative: over the range of values.
        anisotropy: ratio of the eigenvalues at the lowest inner minimum.
    """

    centre_x: float
    centre_y: float
    centre_loss: float
    minimum: float
    epsilon_sharpness: float
    average_rise: float
    worst_rise: float
    sublevel_area: float
    sublevel_open: bool
    barrier: float
    minima: int
    significant: float
    negative_share: float
    hessian_negative_share: float
    hessian_ratio: float
    smad: float
    smad_relative: float
    anisotropy: float

    def as_dict(self) -> dict[str, float]:
        """By name, in order."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def sharpness(
    surface: Surface, *, radius: float = 0.25, rise: float = 1.0, noise: float | None = None
) -> Sharpness:
    """All figures of a surface.

    The centre is the origin, where the trained network is; the lowest point where the origin lies
    outside the grid or is not finite.

    Args:
        surface: of any size; missing values are left out.
        radius: of the neighbourhood, in the coordinates of the plane; figures of one that reaches
            beyond what is known are NaN.
        rise: over the lowest value, that bounds the sublevel set.
        noise: standard error of each value; that of the file where None.

    Raises:
        ArgumentError: a radius or a rise that is not positive.
    """
    for name, value in (("radius", radius), ("rise", rise)):
        if not (np.isfinite(value) and value > 0):
            raise ArgumentError(
                "measuring the sharpness", f"the {name} is {value!r}", "Give a positive number."
            )
    known = surface.loss[surface.finite]
    points = critical_points(surface, resolved=True, noise=noise)
    inner = [p for p in points if p.kind == "minimum" and not p.boundary]
    judged = all(p.significant is not None for p in inner)
    x, y = _centre(surface)
    mean, worst = rises(surface, radius, (x, y))
    area, is_open = sublevel_area(surface, rise)
    full = _full_hessian(surface)
    gap = smad(surface)
    spread = float(known.max() - known.min()) if known.size else np.nan
    return Sharpness(
        centre_x=x,
        centre_y=y,
        centre_loss=float(interpolated(surface, np.array([x]), np.array([y]))[0]),
        minimum=float(known.min()) if known.size else np.nan,
        epsilon_sharpness=epsilon_sharpness(surface, radius, (x, y)),
        average_rise=mean,
        worst_rise=worst,
        sublevel_area=area,
        sublevel_open=is_open,
        barrier=_highest_barrier(points),
        minima=len(inner),
        significant=float(sum(bool(p.significant) for p in inner)) if judged and inner else np.nan,
        negative_share=_share(convexity(surface)),
        hessian_negative_share=full[0],
        hessian_ratio=full[1],
        smad=gap,
        smad_relative=gap / spread if spread > 0 else 0.0 if spread == 0 else np.nan,
        anisotropy=anisotropy(points),
    )


def interpolated(surface: Surface, x: Floats, y: Floats) -> Floats:
    """(n,) bilinear values at (n,) places; NaN outside and in cells with an unknown corner that counts."""
    values = np.where(surface.finite, surface.loss, np.nan)
    (i, u), (j, v) = _cell(surface.x, x), _cell(surface.y, y)
    total = np.where((u >= 0) & (u <= 1) & (v >= 0) & (v <= 1), 0.0, np.nan)
    for rows, weight_y in ((j, 1 - v), (np.minimum(j + 1, surface.y.size - 1), v)):
        for columns, weight_x in ((i, 1 - u), (np.minimum(i + 1, surface.x.size - 1), u)):
            weight = weight_x * weight_y
            # A corner of no weight may be missing.
            total = total + np.where(weight == 0, 0.0, weight * values[rows, columns])
    return np.asarray(total)


def _cell(axis: Floats, at: Floats) -> tuple[NDArray[np.int64], Floats]:
    """The cell of each coordinate, and how far through it; below 0 or above 1 outside."""
    if axis.size == 1:
        return np.zeros(at.size, dtype=np.int64), np.where(at == axis[0], 0.0, np.nan)
    cell = np.clip(np.searchsorted(axis, at, "right") - 1, 0, axis.size - 2)
    return cell, (at - axis[cell]) / (axis[cell + 1] - axis[cell])


def _centre(surface: Surface) -> tuple[float, float]:
    """The origin, or the lowest point."""
    if np.isfinite(interpolated(surface, np.zeros(1), np.zeros(1)))[0]:
        return 0.0, 0.0
    if not surface.finite.any():
        return np.nan, np.nan
    lowest = np.argmin(np.where(surface.finite, surface.loss, np.inf))
    row, column = np.unravel_index(lowest, surface.shape)
    return float(surface.x[column]), float(surface.y[row])


def epsilon_sharpness(surface: Surface, epsilon: float, centre: tuple[float, float] = (0.0, 0.0)) -> float:
    """Sharpness after Keskar et al., ICLR 2017 (arXiv 1609.04836), Metric 2.1, in per cent.

    It is

        phi = 100 (max over the box of f - f(centre)) / (1 + f(centre)),

    with the box |alpha|, |beta| <= epsilon around the centre for their set C_epsilon, and the two
    directions of the plane for their matrix A. The maximum of the bilinear surface over the box is
    exact: it lies where grid lines and sides of the box meet. NaN if any of the box is not known.

    Args:
        surface: with the box inside.
        epsilon: half its width.
        centre: its middle.
    """
    sides = []
    for axis, middle in zip((surface.x, surface.y), centre, strict=True):
        inside = axis[(axis > middle - epsilon) & (axis < middle + epsilon)]
        sides.append(np.concatenate([[middle - epsilon], inside, [middle + epsilon]]))
    x, y = np.meshgrid(*sides)
    values = interpolated(surface, x.ravel(), y.ravel())
    here = interpolated(surface, *(np.array([c]) for c in centre))[0]
    return float(100 * (values.max() - here) / (1 + here))


def rises(surface: Surface, radius: float, centre: tuple[float, float] = (0.0, 0.0)) -> tuple[float, float]:
    """Average and worst rise of the loss at a distance, over 720 directions of the plane.

    The average is the expected sharpness E[L(theta + r u)] - L(theta) of Neyshabur et al., NeurIPS
    2017 (arXiv 1706.08947), with u uniform on the circle; the worst is the sharpness max L(theta + e)
    - L(theta) over |e| = r of Foret et al., ICLR 2021 (arXiv 2010.01412). For
    a x^2 + b y^2 they are r^2 (a + b) / 2 and r^2 max(a, b).

    Args:
        surface: with the circle inside.
        radius: in the coordinates of the plane.
        centre: of the circle.
    """
    angle = np.arange(DIRECTIONS) * (2 * np.pi / DIRECTIONS)
    around = interpolated(
        surface, centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)
    ) - interpolated(surface, *(np.array([c]) for c in centre))
    return float(around.mean()), float(around.max())


def sublevel_area(surface: Surface, rise: float) -> tuple[float, bool]:
    """Area of the connected region around the lowest point where the loss is within ``rise`` of it.

    The flat minimum of Hochreiter and Schmidhuber, Neural Computation 1997: a large connected region
    in which the error stays about the same. The surface is linear on the triangles of the grid.

    Returns:
        The area in units of the plane's coordinates; and whether the region reaches the rim of the
        grid or a missing value, so that it is larger than that. NaN where nothing is finite.
    """
    valid = surface.finite
    if not valid.any():
        return np.nan, False
    values = np.where(valid, surface.loss, np.inf)
    lowest = int(np.argmin(values))
    level = values.ravel()[lowest] + rise
    index = np.arange(values.size).reshape(values.shape)
    below = (values <= level).ravel()
    pairs = [
        (index[:, :-1], index[:, 1:]),
        (index[:-1], index[1:]),
        (index[:-1, :-1], index[1:, 1:]),
    ]
    a = np.concatenate([one.ravel() for one, _ in pairs])
    b = np.concatenate([other.ravel() for _, other in pairs])
    joined = below[a] & below[b]
    label = components(values.size, a[joined], b[joined])
    region = (below & (label == label[lowest])).reshape(values.shape)

    triangle_area = (np.diff(surface.y)[:, None] * np.diff(surface.x) / 2)[..., None]
    corners = np.stack(
        [
            np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:]], axis=-1),
            np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:]], axis=-1),
        ],
        axis=-2,
    )  # (ny - 1, nx - 1, 2, 3)
    counted = region.ravel()[corners].any(axis=-1) & valid.ravel()[corners].all(axis=-1)
    part = _below(np.where(valid, surface.loss, 0.0).ravel()[corners], level)
    padded = np.pad(valid, 1)
    inside = np.all([padded[1 + j : padded.shape[0] - 1 + j, 1 + i : padded.shape[1] - 1 + i]
                     for j in (-1, 0, 1) for i in (-1, 0, 1)], axis=0)  # fmt: skip
    return float((triangle_area * counted * part).sum()), bool((region & ~inside).any())


def _below(corners: Floats, level: float) -> Floats:
    """The share of each triangle, (..., 3) values at its corners, where the linear surface is <= level."""
    low, middle, high = np.moveaxis(np.sort(corners, axis=-1), -1, 0)
    with np.errstate(all="ignore"):
        tip = (level - low) ** 2 / ((middle - low) * (high - low))
        rest = 1 - (high - level) ** 2 / ((high - low) * (high - middle))
    return np.where(level >= high, 1.0, np.where(level < low, 0.0, np.where(level < middle, tip, rest)))


def barrier(surface: Surface, one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """What must be climbed between the basins of two points: the lowest pass between their minima.

    The height of the mountain pass of Garipov et al., NeurIPS 2018, and Draxler et al., ICML 2018,
    within the plane: the least, over all paths on the triangulated surface, of the highest value.

    Args:
        surface: what both lie on.
        one: (x, y); its minimum is where the descent from the nearest grid point ends.
        other: the same.

    Returns:
        The rise from the higher of the two minima to the pass, and the value at the pass. (0, the
        minimum's value) if both are in one basin; infinite if missing values part them.
    """
    tree, into = merge_tree(surface), flow(surface)
    number = {int(vertex): branch for branch, vertex in enumerate(tree.vertex)}
    branches = []
    for x, y in (one, other):
        row, column = np.argmin(np.abs(surface.y - y)), np.argmin(np.abs(surface.x - x))
        vertex = int(into[row * surface.x.size + column])
        if vertex < 0:
            return np.nan, np.nan
        branches.append(number[vertex])
    pass_height = _pass(tree, *branches)
    return pass_height - float(tree.birth[branches].max()), pass_height


def _pass(tree: MergeTree, a: int, b: int) -> float:
    """The level at which two branches become one: the younger is followed into its parent until they are."""
    level = max(tree.birth[a], tree.birth[b])
    while a != b:
        a, b = max(a, b), min(a, b)  # parents are older: of a smaller number
        if tree.parent[a] < 0:
            return np.inf
        level, a = max(level, tree.death[a]), int(tree.parent[a])
    return float(level)


def _highest_barrier(points: tuple[CriticalPoint, ...]) -> float:
    """The persistence of the inner minimum that stands out most after the lowest, 0 if there is no other."""
    finite = [
        p.persistence for p in points
        if p.kind == "minimum" and not p.boundary and np.isfinite(p.persistence)
    ]  # fmt: skip
    return max(finite, default=0.0)


def convexity(surface: Surface) -> Floats:
    """(ny, nx) the smaller eigenvalue of the Hessian in the plane, by central differences.

    Where it is negative the surface is not convex. Li et al. (2018), section 6, map the full
    Hessian's; a plane's curvature is a weighted average of that (so a plane may look convex where
    the loss is not, and never the other way round). Uneven axes are allowed. NaN on the rim and beside
    missing values.
    """
    found = np.full(surface.shape, np.nan)
    if min(surface.shape) < 3:
        return found
    f = np.where(surface.finite, surface.loss, np.nan)
    x, y = surface.x, surface.y
    before_x, after_x = np.diff(x)[:-1], np.diff(x)[1:]
    before_y, after_y = np.diff(y)[:-1, None], np.diff(y)[1:, None]
    with np.errstate(over="ignore", invalid="ignore"):
        middle = f[1:-1, 1:-1]
        west, east, south, north = f[1:-1, :-2], f[1:-1, 2:], f[:-2, 1:-1], f[2:, 1:-1]
        xx = 2 * ((east - middle) / after_x - (middle - west) / before_x) / (before_x + after_x)
        yy = 2 * ((north - middle) / after_y - (middle - south) / before_y) / (before_y + after_y)
        mixed = (f[2:, 2:] - f[2:, :-2]) - (f[:-2, 2:] - f[:-2, :-2])
        xy = mixed / ((before_x + after_x) * (before_y + after_y))
        found[1:-1, 1:-1] = eigenvalues_of(xx, xy, yy)[..., 0]
    return found


def _share(curvature: Floats) -> float:
    """Of the known curvatures, those clearly below 0: rounding is not counted."""
    known = curvature[np.isfinite(curvature)]
    if not known.size:
        return np.nan
    return float((known < -1e-9 * np.abs(known).max()).mean())


def _full_hessian(surface: Surface) -> tuple[float, float]:
    """Share of points with a negative eigenvalue, and median |smallest / largest|, of the full Hessian."""
    low, high = (surface.metrics.get(f"eigenvalue_{end}") for end in ("min", "max"))
    if low is None or high is None:
        return np.nan, np.nan
    known = np.isfinite(low) & np.isfinite(high)
    if not known.any():
        return np.nan, np.nan
    low, high = low[known], high[known]
    ratio = np.abs(low[high != 0] / high[high != 0])
    return float((low < 0).mean()), float(np.median(ratio)) if ratio.size else np.nan


def smad(surface: Surface) -> float:
    """Saddle-minimum average distance, the roughness of Landscaper (arXiv 2602.07135).

    The mean, over all minima, of the height of the saddle at which a minimum first merges with
    another, over that minimum: the mean length of the leaves of the merge tree. 0 for a single
    minimum. (Theirs is a graph of nearest neighbours; this one the triangulated grid.)
    """
    tree = merge_tree(surface)
    if not len(tree):
        return np.nan
    first = tree.death.copy()
    ends = tree.parent >= 0
    np.minimum.at(first, tree.parent[ends], tree.death[ends])
    leaves = (first - tree.birth)[np.isfinite(first)]
    return float(leaves.mean()) if leaves.size else 0.0


def anisotropy(points: tuple[CriticalPoint, ...]) -> float:
    """Larger over smaller eigenvalue of the Hessian in the plane, at the lowest inner minimum."""
    curved = [
        p for p in points if p.kind == "minimum" and not p.boundary and p.eigenvalues is not None
    ]  # fmt: skip
    if not curved:
        return np.nan
    low, high = min(curved, key=lambda point: point.loss).eigenvalues  # type: ignore[misc]
    return high / low if low > 0 else np.inf
