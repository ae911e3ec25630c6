"""Triangle meshes with a material: what every file of a model is written from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Material", "Model", "Part", "joined", "vertex_normals"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Material:
    """What a part is made of.

    Attributes:
        name: unique within a model.
        color: sRGB, 0 to 1; white under a texture.
        texture: (h, w, 3) uint8 sRGB, top row first, or None.
        roughness: 0 is a mirror, 1 chalk.
    """

    name: str
    color: tuple[float, float, float] = (1.0, 1.0, 1.0)
    texture: NDArray[np.uint8] | None = None
    roughness: float = 0.7


@dataclass(frozen=True, eq=False)
class Part:
    """A mesh of one material.

    Attributes:
        name: unique within a model.
        points: (n, 3) metres, y up.
        normals: (n, 3) of length 1.
        triangles: (m, 3) indices, counter-clockwise seen from outside.
        material: the material.
        uv: (n, 2) texture coordinates, v upwards, or None.
    """

    name: str
    points: Floats
    normals: Floats
    triangles: Ints
    material: Material
    uv: Floats | None = None


@dataclass(frozen=True, eq=False)
class Model:
    """All parts of a surface.

    Attributes:
        name: of the whole.
        parts: the surface first.
        meta: provenance of the surface.
        notices: what was left out or thinned, one sentence each.
        heights: what its measures mean: field, scale, low and high (values at the bottom and at the
            top), and the ranges of x and y.
    """

    name: str
    parts: tuple[Part, ...]
    meta: Mapping[str, Any] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    heights: Mapping[str, Any] = field(default_factory=dict)

    @property
    def triangles(self) -> int:
        """Number of triangles in all parts."""
        return sum(len(part.triangles) for part in self.parts)


def vertex_normals(points: Floats, triangles: Ints, up: int) -> Floats:
    """Normals of vertices, each the mean of its triangles' by their areas.

    Args:
        points: (n, 3).
        triangles: (m, 3) indices.
        up: the axis that a vertex without triangles of any area points along.

    Returns:
        (n, 3) of length 1.
    """
    a, b, c = (points[corner] for corner in triangles.T)
    with np.errstate(over="ignore", invalid="ignore"):
        faces = np.cross(b - a, c - a)
        largest = np.abs(faces).max(initial=0.0)
        faces = faces / largest if np.isfinite(largest) and largest > 0 else np.zeros_like(faces)
    total = np.stack(
        [
            np.bincount(triangles.ravel(), np.repeat(faces[:, axis], 3), minlength=len(points))
            for axis in range(3)
        ],
        axis=1,
    )
    length = np.linalg.norm(total, axis=1, keepdims=True)
    default = np.zeros(3)
    default[up] = 1.0
    return np.where(length > 0, total / np.where(length > 0, length, 1.0), default)


def joined(
    pieces: Sequence[tuple[Floats, Floats, Ints]],
) -> tuple[Floats, Floats, Ints]:
    """Meshes (points, normals, triangles) as one."""
    if not pieces:
        return np.empty((0, 3)), np.empty((0, 3)), np.empty((0, 3), np.int64)
    starts = np.cumsum([0, *(len(points) for points, _, _ in pieces)])
    points, normals, triangles = zip(*pieces, strict=True)
    shifted = [mesh + start for mesh, start in zip(triangles, starts, strict=False)]
    return np.concatenate(points), np.concatenate(normals), np.concatenate(shifted)
