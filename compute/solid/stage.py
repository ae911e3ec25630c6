"""Where a surface stands and how high its values are; and its triangles, as many as may be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.errors import ArgumentError
from compute.scales import Scale, choose_scale
from compute.solid.look import ModelLook
from compute.solid.placement import Placement
from compute.solid.quadric import simplified
from compute.solid.terrain import Terrain, terrain
from compute.surface import Curve, HeightMesh, Surface

__all__ = ["Stage", "shaped", "stage_for"]

Floats = NDArray[np.float64]

MOST_TRIANGLES = 4_000_000  # where nobody asked for a number
_BEFORE = 8  # times as many triangles as asked for, at most, go into the quadric decimation


@dataclass(frozen=True)
class Stage:
    """What the same values of a surface always become.

    Attributes:
        scale: of the heights.
        placement: of the plane.
        notices: what was found, one sentence each.
    """

    scale: Scale
    placement: Placement
    notices: tuple[str, ...]

    def unit(self, values: ArrayLike) -> Floats:
        """Heights from 0 to 1; NaN where a value is not finite."""
        return np.clip(self.scale.forward(values), 0.0, 1.0)


def stage_for(data: Surface | HeightMesh | Curve, look: ModelLook) -> Stage:
    """The stage of a surface.

    Args:
        data: what is to be shown.
        look: how.

    Raises:
        ArgumentError: it has no area, or no finite value.
    """
    doing = "making a model"
    if isinstance(data, Curve):
        raise ArgumentError(
            doing, "this is a curve, which has no area", "Give a surface; a curve can be plotted."
        )
    finite = data.finite
    if not finite.any():
        raise ArgumentError(doing, "no value is finite", "Is it still being computed?")
    values = data.height if isinstance(data, HeightMesh) else data.loss
    scale, notices = choose_scale(values[finite], look.scale)
    x, y = (data.x[finite], data.y[finite]) if isinstance(data, HeightMesh) else (data.x, data.y)
    lacking = int(finite.size - finite.sum())
    if lacking:
        points, them = ("point", "it") if lacking == 1 else ("points", "them")
        said = f"{lacking:,} {points} without a value: the cells around {them} are left out."
        notices = (*notices, said)
    placement = Placement.around(x, y, size=look.size, exaggeration=look.exaggeration)
    return Stage(scale, placement, notices)


def shaped(
    data: Surface | HeightMesh, look: ModelLook, stage: Stage, most: int | None
) -> tuple[Terrain, list[str]]:
    """The triangles of the surface, at most so many, and what was left out.

    Args:
        data: what to triangulate.
        look: whose decimation is taken.
        stage: of the data.
        most: how many; None for as many as there are, within reason.

    Raises:
        ArgumentError: there are none, or so few cannot be.
    """
    limit = MOST_TRIANGLES if most is None else most
    regular = most is None or look.decimation == "regular"
    if regular and most is not None and isinstance(data, HeightMesh) and len(data.triangles) > limit:
        found = "regular decimation takes lines of a grid, and this is a mesh"
        raise ArgumentError("thinning a mesh", found, "Ask for quadric decimation.")
    ground, thinned_out = terrain(data, limit if regular else _BEFORE * limit)
    whole = len(ground.triangles)
    if not regular and whole > limit:
        points = stage.placement.z_up(ground.x, ground.y, stage.unit(ground.value)) / look.size
        keep = np.zeros(ground.value.size, dtype=bool)
        keep[[ground.value.argmin(), ground.value.argmax()]] = True
        ground = ground.keeping(simplified(points, ground.triangles, limit, keep))
        if len(ground.triangles) > limit and not isinstance(data, HeightMesh):
            ground = terrain(data, limit)[0]
        if len(ground.triangles) > limit:
            raise ArgumentError(
                f"thinning a surface to {limit:,} triangles",
                f"{len(ground.triangles):,} is the least that keeps its outline",
                "Allow more triangles.",
            )
        thinned_out = True
    if not thinned_out:
        return ground, []
    count = 2 * (data.shape[0] - 1) * (data.shape[1] - 1) if isinstance(data, Surface) else whole
    return ground, [f"The surface has {len(ground.triangles):,} triangles of {count:,}."]
