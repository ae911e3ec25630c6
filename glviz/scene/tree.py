"""The merge tree as a drawing: where each branch stands, and which are worth one.

Every branch is an upright line from the value of its minimum to that of the saddle where it ends in
its parent. Branches stand side by side so that no joint crosses another line: a parent first, then
its children from the one that ends lowest to the one that ends highest, each with its own children.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.analysis import MergeTree, merge_tree
from compute.scales import Scale
from compute.surface import HeightMesh, Surface
from glviz.scene.view import View

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

__all__ = ["MOST_BRANCHES", "MOST_VERTICES", "TreeDrawing", "draw_tree_of", "tree_of"]

MOST_BRANCHES = 40  # side by side in a panel
MOST_VERTICES = 2048 * 2048  # for which the tree takes about a second


@dataclass(frozen=True, eq=False)
class TreeDrawing:
    """k branches from left to right, of those that a tree has.

    Attributes:
        branch: (k,) their numbers in the tree.
        parent: (k,) the place, 0 to k - 1, of the branch that each ends in; -1 where it never does.
        birth: (k,) place of the minimum on the scale, 0 to 1,
        death: (k,) and of the saddle; 1 where there is none.
        left_out: how many branches are too short.
    """

    branch: Indices
    parent: Indices
    birth: Floats
    death: Floats
    left_out: int


def tree_of(view: View) -> MergeTree:
    """The tree of the minima of what is drawn; of at most `MOST_VERTICES` vertices."""
    data, values = view.data, view.height.values
    if isinstance(data, HeightMesh):
        return merge_tree(HeightMesh(data.x, data.y, values, data.triangles))
    return merge_tree(data if values is data.loss else Surface(data.x, data.y, values))


def draw_tree_of(tree: MergeTree, scale: Scale, shortest: float) -> TreeDrawing:
    """Place the branches that are long enough as drawn.

    Args:
        tree: of minima.
        scale: of the height.
        shortest: share of the scale that a branch must exceed, unless it never ends. Of more than
            `MOST_BRANCHES`, the longest are placed.
    """
    birth = np.clip(np.nan_to_num(scale.forward(tree.birth)), 0.0, 1.0)
    ends = tree.parent >= 0
    death = np.where(ends, np.clip(np.nan_to_num(scale.forward(np.where(ends, tree.death, 1.0))), 0, 1), 1.0)
    length = np.where(ends, death - birth, np.inf)
    order = np.argsort(-length, kind="stable")[:MOST_BRANCHES]
    kept = order[length[order] > shortest]
    stays = np.zeros(len(tree), dtype=bool)
    stays[kept] = True
    nearest = _nearest(tree.parent, stays)
    children: dict[int, list[int]] = {int(branch): [] for branch in kept}
    roots: list[int] = []
    # From the one that ends highest, for what is taken from a stack comes out the other way round.
    for branch in sorted(children, key=lambda b: (-death[b], b)):
        (children[int(nearest[branch])] if nearest[branch] >= 0 else roots).append(branch)
    placed: list[int] = []
    waiting = roots[::-1]
    while waiting:
        branch = waiting.pop()
        placed.append(branch)
        waiting += children[branch]
    place = {branch: index for index, branch in enumerate(placed)}
    chosen = np.array(placed, dtype=np.int64)
    parent = np.array([place.get(int(nearest[b]), -1) for b in placed], dtype=np.int64)
    return TreeDrawing(chosen, parent, birth[chosen], death[chosen], len(tree) - len(placed))


def _nearest(parent: Indices, stays: NDArray[np.bool_]) -> Indices:
    """(m,) the nearest ancestor that stays, -1 for none."""
    nearest = np.full(parent.size, -1, dtype=np.int64)
    for branch, above in enumerate(parent.tolist()):  # parents come first
        if above >= 0:
            nearest[branch] = above if stays[above] else nearest[above]
    return nearest
