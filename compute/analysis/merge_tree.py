"""How basins join as the level rises: the merge tree, its persistence diagram, and the basins.

The tree is kept as its branches (Pascucci et al. 2004): one for each minimum, born at its value,
that ends (dies) at the saddle where its basin meets an older one, its parent. The points
(birth, death) are the persistence diagram of dimension 0 (Edelsbrunner, Letscher and Zomorodian
2002). The same of the surface upside down is the tree of its maxima; on a surface without holes
those pairs are the diagram of dimension 1.

Branches no longer than a threshold can be cancelled, each into its parent: what is left are the
minima that stand out, and the basins that they drain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.analysis.topology import flow, topology
from compute.surface import HeightMesh, Surface

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

__all__ = ["MergeTree", "basin_numbers", "merge_tree"]


@dataclass(frozen=True, eq=False)
class MergeTree:
    """Branches from the oldest (the lowest minimum, the highest maximum) to the youngest.

    Attributes:
        vertex: (m,) the extremum that each begins at, counted row by row on a grid.
        saddle: (m,) the vertex where it ends, -1 where it never does.
        parent: (m,) number of the branch that it ends in, -1 where it never does; always smaller
            than its own.
        birth: (m,) value of the extremum,
        death: (m,) and of the saddle; inf where there is none (-inf in a tree of maxima).
        x, y: (m,) place of the extremum,
        saddle_x, saddle_y: (m,) and of the saddle, NaN where there is none.
    """

    vertex: Indices
    saddle: Indices
    parent: Indices
    birth: Floats
    death: Floats
    x: Floats
    y: Floats
    saddle_x: Floats
    saddle_y: Floats

    def __len__(self) -> int:
        return len(self.vertex)

    @property
    def diagram(self) -> Floats:
        """(m, 2) birth and death."""
        return np.stack([self.birth, self.death], axis=1)

    @property
    def persistence(self) -> Floats:
        """(m,) |death - birth|."""
        with np.errstate(over="ignore"):
            return np.abs(self.death - self.birth)

    def survivors(self, threshold: float | Floats) -> Indices:
        """(m,) the branch that each is part of once those that are too short are cancelled.

        Args:
            threshold: a branch stays if its persistence exceeds it; one, or (m,).
        """
        stays = (self.persistence > threshold) | (self.parent < 0)
        root = np.arange(len(self))
        for branch in np.flatnonzero(~stays).tolist():  # parents come first
            root[branch] = root[self.parent[branch]]
        return root


def merge_tree(data: Surface | HeightMesh, *, maxima: bool = False) -> MergeTree:
    """The tree of the minima, or of the maxima, of a surface or mesh."""
    found = topology(data)
    side = found.up if maxima else found.down
    count = side.minima.size
    number = np.full(found.values.size, -1, dtype=np.int64)
    number[side.minima] = np.arange(count)
    saddle, parent = np.full(count, -1), np.full(count, -1)
    saddle[number[side.ended]] = side.saddles
    parent[number[side.ended]] = number[side.joined]
    ends = saddle >= 0
    death = np.full(count, -np.inf if maxima else np.inf)
    death[ends] = found.values[saddle[ends]]
    (x, y), (saddle_x, saddle_y) = (_places(data, each) for each in (side.minima, saddle))
    return MergeTree(side.minima, saddle, parent, found.values[side.minima], death, x, y, saddle_x, saddle_y)


def basin_numbers(data: Surface | HeightMesh, threshold: float | Floats = 0.0) -> Floats:
    """Which minimum each point drains to, downhill over lowest neighbours.

    Args:
        data: n points, or (ny, nx).
        threshold: basins whose persistence does not exceed it belong to the one that they spill
            into; 0 keeps all but those of plateaus.

    Returns:
        An array of the height's shape: 0 for the basin of the lowest minimum, 1 for that of the
        next, ..., NaN where the height is not known.
    """
    tree = merge_tree(data)
    into = flow(data)
    branch = np.full(into.size, -1, dtype=np.int64)
    branch[tree.vertex] = np.arange(len(tree))
    roots = tree.survivors(threshold)
    rank = np.cumsum(roots == np.arange(len(tree))) - 1
    numbers = np.full(into.size, np.nan)
    known = into >= 0
    numbers[known] = rank[roots[branch[into[known]]]]
    return numbers.reshape(data.shape) if isinstance(data, Surface) else numbers


def _places(data: Surface | HeightMesh, vertices: Indices) -> tuple[Floats, Floats]:
    if isinstance(data, HeightMesh):
        x, y = data.x[vertices], data.y[vertices]
    else:
        row, column = np.divmod(vertices, data.shape[1])
        x, y = data.x[column], data.y[row]
    return np.where(vertices < 0, np.nan, x), np.where(vertices < 0, np.nan, y)
