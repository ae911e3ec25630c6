"""The critical vertices of a surface or mesh with their pairs, as flat arrays: what all else is made from.

Both kinds of data are brought to the same form: vertices numbered from 0, a value each, and
what their links say. Everything downstream (tables of points, merge tree, basins) is the same
for a grid and for a mesh.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from compute.analysis.links import lower_links, lowest_neighbour, reversed_index
from compute.analysis.meshes import Triangulation, mesh_basins
from compute.analysis.persistence import Basins, basins, descents
from compute.surface import HeightMesh, Surface

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]

__all__ = ["Topology", "flow", "topology"]


@dataclass(frozen=True, eq=False)
class Topology:
    """What the links of all vertices say; n vertices, those of a grid row by row.

    Attributes:
        values: (n,) float64, 0 where not valid.
        valid: (n,) whether the vertex takes part.
        boundary: (n,) whether its link is no circle.
        down: the minima, and where their basins end.
        up: the maxima, and where their hills end; of the surface upside down.
        saddles: (s,) vertices from low to high.
        multiplicity: (s,) of each.
    """

    values: Floats
    valid: Flags
    boundary: Flags
    down: Basins
    up: Basins
    saddles: Indices
    multiplicity: Indices


def topology(data: Surface | HeightMesh) -> Topology:
    """Classify all vertices of the height, and pair minima and maxima with saddles."""
    return _of_grid(data) if isinstance(data, Surface) else _of_mesh(data)


def flow(data: Surface | HeightMesh) -> Indices:
    """(n,) the minimum where each vertex's descent by lowest neighbours ends; -1 where it has no part."""
    if isinstance(data, Surface):
        values = np.where(data.finite, data.loss, 0.0)
        links = lower_links(values, data.finite)
        return np.where(data.finite.ravel(), descents(lowest_neighbour(values, links)), -1)
    low = Triangulation.of(data).links()
    return np.where(low.used, descents(low.target), -1)


def _of_grid(surface: Surface) -> Topology:
    valid = surface.finite
    values = surface.loss if valid.all() else np.where(valid, surface.loss, 0.0)
    low = lower_links(values, valid)
    high = low.reversed()
    down, up = basins(values, low), basins(values, high)
    up = _turned(up, values.size)
    flat = values.ravel()
    joints = np.sort(np.concatenate([low.joints, reversed_index(high.joints, flat.size)]))
    joints = joints[np.diff(joints, prepend=-1) > 0]
    parts = np.maximum(low.parts(joints), high.parts(reversed_index(joints, flat.size)))
    saddles, multiplicity = _saddles(flat, joints, parts, down.minima, up.minima)
    boundary, used = low.boundary, valid.ravel()
    return Topology(flat, used, boundary, down, up, saddles, multiplicity)


def _of_mesh(mesh: HeightMesh) -> Topology:
    shape = Triangulation.of(mesh)
    low, high = shape.links(), shape.upside_down().links()
    down, up = mesh_basins(low), _turned(mesh_basins(high), shape.values.size)
    parts = np.maximum(low.parts, high.parts[::-1])
    joints = np.flatnonzero(parts >= 2)
    saddles, multiplicity = _saddles(shape.values, joints, parts[joints], down.minima, up.minima)
    return Topology(shape.values, shape.used, shape.boundary, down, up, saddles, multiplicity)


def _turned(up: Basins, size: int) -> Basins:
    """The basins of the surface upside down, in the vertices' own numbers."""
    minima, ended, joints, joined = (
        reversed_index(each, size) for each in (up.minima, up.ended, up.saddles, up.joined)
    )
    return replace(up, minima=minima, ended=ended, saddles=joints, joined=joined)


def _saddles(
    values: Floats, joints: Indices, parts: Indices, minima: Indices, maxima: Indices
) -> tuple[Indices, Indices]:
    """Flat indices from low to high, and multiplicities.

    An inner vertex has as many lower parts as upper ones. On the boundary the two differ:
    it may join parts of the set below it, of the set above it, or of both.

    Args:
        values: (n,).
        joints: ascending, the vertices whose lower or upper link has two parts or more,
        parts: and how many the one that has more has.
        minima: which are no saddles, whatever their upper link is.
        maxima: which are none either.
    """
    saddle = ~np.isin(joints, np.concatenate([minima, maxima]))
    joints, parts = joints[saddle], parts[saddle]
    order = np.argsort(values[joints], kind="stable")
    return joints[order], parts[order].astype(np.int64) - 1
