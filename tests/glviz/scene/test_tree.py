"""The merge tree as a drawing: branches stand where no joint crosses another line."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.analysis import merge_tree
from compute.scales import Scale
from compute.surface import HeightMesh, Surface
from glviz.scene.tree import MOST_BRANCHES, draw_tree_of, tree_of
from glviz.scene.view import build_view
from glviz.settings import Settings


def rough(seed: int, side: int = 14) -> Surface:
    axis = np.linspace(0, 1, side)
    return Surface(axis, axis, np.random.default_rng(seed).random((side, side)))


@given(st.integers(0, 10_000), st.floats(0, 0.6))
@settings(max_examples=60)
def test_no_joint_crosses_a_branch(seed: int, shortest: float) -> None:
    tree = draw_tree_of(merge_tree(rough(seed)), Scale("linear", 0.0, 1.0), shortest)
    for index, parent in enumerate(tree.parent):
        if parent < 0:
            continue
        assert parent < index and tree.birth[parent] <= tree.birth[index] <= tree.death[index]
        assert tree.death[parent] >= tree.death[index]
        between = slice(parent + 1, index)
        assert (tree.death[between] <= tree.death[index]).all()


def test_short_branches_are_left_out_and_their_children_join_what_stays() -> None:
    # Wells of 0, 0.4 and 0.3 behind rims of 0.45 and 0.9: the middle one is shallow.
    loss = np.array([[0.0, 0.45, 0.4, 0.9, 0.3, 1.0]]).repeat(3, axis=0)
    loss[0] = loss[2] = 1.0
    surface = Surface(np.arange(6), np.arange(3), loss)
    tree = merge_tree(surface)
    scale = Scale("linear", 0.0, 1.0)
    every, long = draw_tree_of(tree, scale, 0.0), draw_tree_of(tree, scale, 0.1)
    assert (every.branch.size, every.left_out) == (3, 0)
    assert (long.branch.size, long.left_out) == (2, 1)
    np.testing.assert_allclose(long.birth, (0.0, 0.3))
    np.testing.assert_allclose(long.death, (1.0, 0.9))
    assert long.parent.tolist() == [-1, 0]


def test_no_more_branches_than_there_is_room_for() -> None:
    tree = merge_tree(rough(1, 60))
    drawn = draw_tree_of(tree, Scale("linear", 0.0, 1.0), 0.0)
    assert drawn.branch.size == MOST_BRANCHES and drawn.left_out == len(tree) - MOST_BRANCHES
    shown = np.sort(tree.persistence[drawn.branch])
    assert shown[0] >= np.sort(tree.persistence)[-MOST_BRANCHES]


def test_the_tree_is_that_of_the_field_that_is_drawn() -> None:
    surface = rough(2)
    turned = surface.replace(metrics={"other": -surface.loss})
    tree = tree_of(build_view(turned, Settings(field="other")))
    assert tree.birth[0] == -surface.loss.max()
    mesh = HeightMesh([0.0, 1, 0, -1, 0], [0.0, 0, 1, 0, -1], [1.0, 0, 0.5, 0.2, 0.7],
                      [[0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 4, 1]])  # fmt: skip
    assert tree_of(build_view(mesh, Settings())).birth.tolist() == [0.0, 0.2]
