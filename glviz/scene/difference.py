"""One surface minus another, on a grid that both have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compute.surface import NOT_FINITE, OK, PENDING, Surface
from glviz.scene.fields import field_values, valid_points
from glviz.scene.pick import sample

Floats = NDArray[np.float64]

_SAME_GRID = 1e-6
"""Of a step: axes that agree to this are the same."""


class NoCommonAreaError(ValueError):
    """The two surfaces have no part of the plane in common."""


def difference(first: Surface, second: Surface, field: str = "") -> Surface:
    """``second - first``, for the height and every further field that both have.

    On the same grid, values are subtracted point by point. On different ones both are
    interpolated bilinearly on the common area, along each axis at the coordinates of the
    file that has more of them there; nothing is extrapolated.

    Args:
        first: what is subtracted.
        second: what it is subtracted from.
        field: which field is the height; empty for each file's own.

    Returns:
        The difference; its notices say how it was made. Its metadata are those in which
        both agree.

    Raises:
        NoCommonAreaError: the grids do not overlap.
    """
    name_a, height_a = field_values(first, field)
    name_b, height_b = field_values(second, field)
    both = [n for n in first.metrics if n in second.metrics and n not in (name_a, name_b)]
    fields_a = [height_a, *(first.metrics[n] for n in both)]
    fields_b = [height_b, *(second.metrics[n] for n in both)]
    if _same(first.x, second.x) and _same(first.y, second.y):
        x, y = first.x, first.y
        notice = "Both files have the same grid: subtracted point by point."
        pairs = [(_known(first, a), _known(second, b)) for a, b in zip(fields_a, fields_b, strict=True)]
        pending = (first.status == PENDING) | (second.status == PENDING)
    else:
        x, y = _common("x", first.x, second.x), _common("y", first.y, second.y)
        notice = (
            f"The grids differ: both interpolated on the common area, {x.size} × {y.size} points, "
            f"x {x[0]:.4g} … {x[-1]:.4g}, y {y[0]:.4g} … {y[-1]:.4g}."
        )
        pairs = [
            (_resampled(first, a, x, y), _resampled(second, b, x, y))
            for a, b in zip(fields_a, fields_b, strict=True)
        ]
        pending = np.zeros((y.size, x.size), dtype=bool)
    with np.errstate(over="ignore", invalid="ignore"):
        values = [b - a for a, b in pairs]
    status = np.where(np.isfinite(values[0]), OK, np.where(pending, PENDING, NOT_FINITE)).astype(np.uint8)
    name = name_a if name_a == name_b else f"{name_b} − {name_a}"
    return Surface(
        x, y, values[0], dict(zip(both, values[1:], strict=True)), status,
        meta={k: v for k, v in first.meta.items() if second.meta.get(k) == v},
        field=f"Δ {name}", notices=(notice,),
    )  # fmt: skip


def largest(surface: Surface) -> float:
    """The largest size of a finite value, 0 where there is none."""
    finite = surface.loss[surface.finite]
    return float(np.abs(finite).max()) if finite.size else 0.0


def _same(a: Floats, b: Floats) -> bool:
    if a.size != b.size:
        return False
    step = (a[-1] / 2 - a[0] / 2) * 2 / max(1, a.size - 1)
    return bool(np.all(np.abs(a - b) <= _SAME_GRID * step)) or bool(np.array_equal(a, b))


def _common(name: str, a: Floats, b: Floats) -> Floats:
    """The coordinates of the finer axis within both, with the ends of the common part."""
    low, high = max(a[0], b[0]), min(a[-1], b[-1])
    if not low < high:
        raise NoCommonAreaError(
            f"subtracting two surfaces: along {name} one lies on {a[0]:.4g} … {a[-1]:.4g}, "
            f"the other on {b[0]:.4g} … {b[-1]:.4g}, with nothing in common"
        )
    inner = [axis[(axis > low) & (axis < high)] for axis in (a, b)]
    finer = max(inner, key=len)
    return np.concatenate([[low], finer, [high]])


def _known(surface: Surface, values: Floats) -> Floats:
    return np.where(valid_points(surface, values), values, np.nan)


def _resampled(surface: Surface, values: Floats, x: Floats, y: Floats) -> Floats:
    xx, yy = np.meshgrid(x, y)
    known = valid_points(surface, values)
    return sample(surface.x, surface.y, values, known, xx.ravel(), yy.ravel()).reshape(xx.shape)
