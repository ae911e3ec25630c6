"""A field of a file as it is drawn: its values on a scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from compute.bands import in_bands
from compute.scales import Scale, choose_scale
from compute.surface import HeightMesh, Surface, field_names
from glviz.scene.memo import Memo
from glviz.settings import Settings

Floats = NDArray[np.float64]


class Extremes(NamedTuple):
    """The lowest and the highest value of a field, and the flat index of the first of each."""

    low: float
    high: float
    at_low: int
    at_high: int


@dataclass(frozen=True, eq=False)
class ScaledField:
    """A scalar field as it is drawn.

    Attributes:
        name: of the field in its file.
        scale: low and high are the ends that are drawn; values beyond are clamped.
        values: the field itself, (ny, nx) or (n,) float64.
        base: the field on the same kind of scale, but over its own whole finite range:
            float32 in [0, 1], not finite values filled with 0. It does not change when
            the drawn ends do.
        ends: where ``scale.low`` and ``scale.high`` lie on ``base``.
        whole: the scale of ``base``, over the field's whole finite range.
        extremes: the lowest and highest of its valid values, None if there are none or nobody asks.
    """

    name: str
    scale: Scale
    values: Floats
    base: NDArray[np.float32]
    ends: tuple[float, float]
    whole: Scale
    extremes: Extremes | None = None

    @property
    def gain(self) -> tuple[float, float]:
        """(offset, factor) with drawn unit = (base - offset) * factor."""
        low, high = self.ends
        return low, (1.0 / (high - low) if high > low else 0.0)

    def drawn(self) -> Floats:
        """The field in drawn units, clamped to [0, 1]; the numpy twin of the shader."""
        return np.clip(self.unclamped(), 0.0, 1.0)

    def unclamped(self) -> Floats:
        """The field in drawn units: beyond [0, 1] where it lies beyond the drawn ends."""
        offset, factor = self.gain
        return (self.base.astype(np.float64) - offset) * factor


def field_values(data: Surface | HeightMesh, name: str) -> tuple[str, Floats]:
    """The field called ``name`` (empty: the height), with its own name."""
    if isinstance(data, Surface):
        return (name, data.values(name)) if name else (data.field, data.loss)
    if not name or name == data.field:
        return data.field, data.height
    if name not in data.fields:
        raise KeyError(f"no field {name!r}; there are: {', '.join((data.field, *data.fields))}")
    return name, data.fields[name]


def valid_points(data: Surface | HeightMesh, values: Floats) -> NDArray[np.bool_]:
    """Which values of a field are drawn: finite, and computed."""
    if isinstance(data, Surface) and values is data.loss:
        return data.finite
    finite = np.isfinite(values)
    if isinstance(data, Surface):
        return finite
    return finite & np.isfinite(data.x) & np.isfinite(data.y)


def said_once(notices: Sequence[str], valid: NDArray[np.bool_]) -> tuple[str, ...]:
    """The notices without those that say in other words that not a single value can be drawn.

    Args:
        notices: from the file, the scale and the view, which counts the points that are not drawn.
        valid: which values are.
    """
    if valid.any():
        return tuple(dict.fromkeys(notices))
    same = ("There are no finite vertices", "No value is finite")
    return tuple(dict.fromkeys(said for said in notices if not said.startswith(same)))


def pooled(
    data: Surface | HeightMesh, name: str, values: Floats, pool: Sequence[Surface | HeightMesh]
) -> Floats:
    """(n,) the valid values of a field in all of ``pool``, in any order; those of ``data`` at least.

    Args:
        data: which has the field.
        name: of the field; other data take part only if they have one of that name.
        values: the field.
        pool: all data that shall be drawn on the same scale.
    """
    parts = [_chosen(values, valid_points(data, values))]
    for other in sharing(name, pool):
        if other is not data:
            _, others = field_values(other, name)
            parts.append(_chosen(others, valid_points(other, others)))
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _chosen(values: Floats, valid: NDArray[np.bool_]) -> Floats:
    """(n,) the valid values, without a copy where all are."""
    return values.ravel() if valid.all() else values[valid]


def sharing(name: str, pool: Sequence[Surface | HeightMesh]) -> tuple[Surface | HeightMesh, ...]:
    """Those of the pool that have a field of that name."""
    return tuple(other for other in pool if name in field_names(other))


def extremes_of(values: Floats, valid: NDArray[np.bool_]) -> Extremes | None:
    """The extremes of the valid values, None if there are none.

    Args:
        values: (ny, nx) or (n,), finite where valid.
        valid: of the same shape.
    """
    lows: list[tuple[float, int]] = []
    highs: list[tuple[float, int]] = []
    width = values[:1].size

    def look(rows: slice) -> None:
        part, known = values[rows], valid[rows]
        if not known.any():
            return
        whole, first = bool(known.all()), rows.start * width
        at = int(np.argmin(part if whole else np.where(known, part, np.inf)))
        lows.append((float(part.flat[at]), first + at))
        at = int(np.argmax(part if whole else np.where(known, part, -np.inf)))
        highs.append((-float(part.flat[at]), first + at))

    in_bands(look, len(values), 8 * width)
    if not lows:
        return None
    (low, at_low), (high, at_high) = min(lows), min(highs)
    return Extremes(low, -high, at_low, at_high)


def scaled_field(
    data: Surface | HeightMesh,
    name: str,
    settings: Settings,
    kind: str,
    slot: str,
    memo: Memo,
    pool: Sequence[Surface | HeightMesh] = (),
) -> tuple[ScaledField, tuple[str, ...]]:
    """One field on its scale, and what should be said of it.

    The costly part does not depend on the clamps, and is made once.

    Args:
        data: a surface or mesh.
        name: of the field, empty for the height.
        settings: whose clamps apply.
        kind: "auto" or one of ``compute.scales.KINDS``.
        slot: name under which the results are kept in ``memo``.
        memo: results of earlier views.
        pool: all data that shall be drawn on the same scale.
    """
    name, values = field_values(data, name)
    clamps = (settings.clamp_low, settings.clamp_high, settings.percentile_low, settings.percentile_high)
    valid = memo.get(f"{slot} valid", (data, values), lambda: valid_points(data, values))
    extremes = memo.get(f"{slot} extremes", (data, values), lambda: extremes_of(values, valid))
    alone = extremes is not None and len(sharing(name, pool)) <= 1
    scale, notices = memo.get(
        f"{slot} scale",
        (data, values, kind, *clamps, tuple(pool)),
        lambda: choose_scale(
            pooled(data, name, values, pool),
            kind,
            clamp_low=clamps[0],
            clamp_high=clamps[1],
            percentile_low=clamps[2],
            percentile_high=clamps[3],
            extent=extremes[:2] if alone else None,
        ),
    )

    if len(sharing(name, pool)) > 1:
        notices = tuple(
            n.replace("The values span", "The values of all files together span") for n in notices
        )

    finite = _chosen(values, valid)
    flat = extremes is None or extremes.low == extremes.high  # has no range of its own to be drawn on

    def make_base() -> tuple[Scale, NDArray[np.float32]]:
        whole = scale
        if not flat:
            low, high = extremes[:2]
            if scale.kind == "log" and low <= 0:
                positive = finite[finite > 0]
                low = float(positive.min()) if positive.size else scale.low
            whole = replace(scale, low=low, high=max(high, low))
        unit = np.zeros(values.shape, dtype=np.float32)

        def forward(rows: slice) -> None:
            drawn = np.clip(whole.forward(values[rows]), 0.0, 1.0)
            np.copyto(unit[rows], drawn, where=valid[rows], casting="same_kind")

        in_bands(forward, len(values), values.nbytes // max(1, len(values)))
        unit.setflags(write=False)
        return whole, unit

    shape = (scale.kind, scale.linthresh, scale.knots, scale if flat else None)
    whole, base = memo.get(f"{slot} base", (data, values, *shape), make_base)
    ends = (float(whole.forward(scale.low)), float(whole.forward(scale.high)))
    made = memo.get(
        slot, (values, base, scale), lambda: ScaledField(name, scale, values, base, ends, whole, extremes)
    )
    return made, notices
