"""Critical vertices of any triangulated height mesh: the same links as on a grid, read off its triangles.

A vertex v with the edges that lead from it and the triangles between them: an edge is *lower*
if its far end is lower, and two edges are joined if a triangle has both and both are lower, or
both upper. The parts that this leaves are the parts of the lower and of the upper link.

    a --- b --- c     The link of v holds the edges a-b, b-c, ...; where they close no circle,
     `.   |   .'      v lies on the boundary. Equal heights are told apart by the vertices'
       `. | .'        numbers, as on a grid.
          v

Vertices at the same place and height are one: files often repeat them for every triangle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.analysis.links import reversed_index
from compute.analysis.persistence import Basins, descents, paired
from compute.surface import HeightMesh

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class MeshLinks:
    """The lower links of a mesh's vertices.

    Attributes:
        values: (n,) heights.
        used: (n,) whether the vertex takes part.
        start: (k,) ascending, the vertex of each edge that leads down from it,
        end: (k,) and the lower vertex at which it ends.
        part: (k,) edges of one vertex have the same number if their ends are in one part.
        parts: (n,) number of parts of the lower link.
        target: (n,) the lowest lower neighbour; a minimum's is itself.
    """

    values: Floats
    used: NDArray[np.bool_]
    start: Indices
    end: Indices
    part: Indices
    parts: Indices
    target: Indices


@dataclass(frozen=True, eq=False)
class Triangulation:
    """What of a mesh has a shape: whole triangles with finite corners, each vertex once.

    Attributes:
        values: (n,) heights, 0 where not finite.
        triangles: (m, 3) indices.
        used: (n,) whether the vertex is a corner of one.
        boundary: (n,) whether one of its edges does not have a triangle on both sides.
    """

    values: Floats
    triangles: Indices
    used: NDArray[np.bool_]
    boundary: NDArray[np.bool_]

    @classmethod
    def of(cls, mesh: HeightMesh) -> Triangulation:
        """The part of a mesh whose shape is known."""
        valid = mesh.finite
        values = np.where(valid, mesh.height, 0.0)
        triangles = _welded(mesh)[mesh.triangles]
        a, b, c = triangles.T
        triangles = triangles[valid[triangles].all(axis=1) & (a != b) & (b != c) & (c != a)]
        if triangles.size:
            triangles = np.unique(np.sort(triangles, axis=1), axis=0)
        used = np.zeros(values.size, dtype=bool)
        used[triangles] = True
        edges, count = np.unique(_edges(triangles) @ [values.size, 1], return_counts=True)
        boundary = np.zeros(values.size, dtype=bool)
        open_ones = edges[count != 2]
        boundary[open_ones // max(1, values.size)] = True
        boundary[open_ones % max(1, values.size)] = True
        return cls(values, triangles, used, boundary)

    def upside_down(self) -> Triangulation:
        """The mesh upside down, in value and in index: its lower links are the upper ones."""
        triangles = reversed_index(self.triangles, self.values.size)
        return Triangulation(-self.values[::-1], triangles, self.used[::-1], self.boundary[::-1])

    def links(self) -> MeshLinks:
        """The lower links of all vertices."""
        values, size = self.values, self.values.size
        order = np.argsort(values, kind="stable")
        rank = np.empty(size, dtype=np.int64)
        rank[order] = np.arange(size)
        low, middle, high = (
            np.take_along_axis(self.triangles, corner[:, None], axis=1)[:, 0]
            for corner in np.argsort(rank[self.triangles], axis=1).T
        )
        # Of a triangle's link edges, that of its highest corner alone has both ends lower.
        codes = np.unique(np.concatenate([high * size + low, high * size + middle, middle * size + low]))
        start, end = np.divmod(codes, max(1, size))
        one, other = (np.searchsorted(codes, high * size + lower) for lower in (low, middle))
        part = components(codes.size, one, other)
        parts = np.bincount(start[part == np.arange(part.size)], minlength=size)
        best = rank.copy()
        np.minimum.at(best, start, rank[end])
        return MeshLinks(values, self.used, start, end, part, parts, order[best])


def mesh_basins(links: MeshLinks) -> Basins:
    """Pair every minimum with the saddle at which its basin joins a deeper one."""
    minima = np.flatnonzero(links.used & (links.parts == 0))
    joints = np.flatnonzero(links.parts >= 2)
    joints = joints[np.argsort(links.values[joints], kind="stable")]
    # One edge for each part of each joint's lower link.
    number = np.full(links.values.size, -1, dtype=np.int64)
    number[joints] = np.arange(joints.size)
    chosen = np.flatnonzero((links.part == np.arange(links.part.size)) & (number[links.start] >= 0))
    row = number[links.start[chosen]]
    order = np.argsort(row, kind="stable")
    reached = descents(links.target)[links.end[chosen]]
    return paired(lambda vertices: links.values[vertices], minima, joints, row[order], reached[order])


def _edges(triangles: Indices) -> Indices:
    """(3 m, 2) the edges of triangles with ascending corners."""
    return np.concatenate([triangles[:, [0, 1]], triangles[:, [0, 2]], triangles[:, [1, 2]]])


def _welded(mesh: HeightMesh) -> Indices:
    """(n,) for each vertex the first one at the same place and height."""
    keys = np.stack([mesh.height, mesh.y, mesh.x]) + 0.0  # -0 is 0
    order = np.lexsort(keys)  # stable: equal ones by index
    ordered = keys[:, order]
    fresh = np.ones(order.size, dtype=bool)
    fresh[1:] = (ordered[:, 1:] != ordered[:, :-1]).any(axis=0)
    first = np.empty(order.size, dtype=np.int64)
    first[order] = order[fresh][np.cumsum(fresh) - 1]
    return first


def components(count: int, a: Indices, b: Indices) -> Indices:
    """(count,) the smallest member of each one's connected component, along the edges a-b."""
    label = np.arange(count, dtype=np.int64)
    while True:
        of_a, of_b = label[a], label[b]
        apart = of_a != of_b
        if not apart.any():
            return label
        a, b, of_a, of_b = a[apart], b[apart], of_a[apart], of_b[apart]
        np.minimum.at(label, np.maximum(of_a, of_b), np.minimum(of_a, of_b))
        label = descents(label)
