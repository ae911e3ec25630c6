"""Merge trees and basins: against sweeps over all vertices, and surfaces whose basins are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compute.analysis import basin_numbers, critical_points, merge_tree
from compute.surface import HeightMesh, Surface

NEIGHBOURS = ((0, 1), (1, 1), (1, 0), (0, -1), (-1, -1), (-1, 0))

any_grid = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 8), st.integers(1, 8)),
    elements=st.one_of(st.integers(0, 4).map(float), st.just(np.nan), st.floats(-1, 1)),
)


def surface_of(values: np.ndarray) -> Surface:
    return Surface(np.arange(values.shape[1]), np.arange(values.shape[0]), values)


def swept(values: np.ndarray) -> dict:
    """For each minimum its saddle and the minimum of the basin it joins, vertex by vertex upwards."""
    places = sorted((values[v], v) for v in np.ndindex(values.shape) if np.isfinite(values[v]))
    lowest: dict = {}  # of the component that a vertex is in
    members: dict = {}
    found = {}
    for value, (j, i) in places:
        touched = {lowest[j + dj, i + di] for dj, di in NEIGHBOURS if (j + dj, i + di) in lowest}
        first, *rest = sorted(touched, key=lambda v: (values[v], v)) or [(j, i)]
        for other in rest:
            found[other] = ((j, i), value, first)
            for vertex in members.pop(other):
                lowest[vertex] = first
                members[first].append(vertex)
        lowest[j, i] = first
        members.setdefault(first, []).append((j, i))
    return found


@given(any_grid)
def test_branches_are_those_of_a_sweep(values: np.ndarray) -> None:
    tree = merge_tree(surface_of(values))
    nx = values.shape[1]
    found, expected = {}, swept(values)
    for vertex, saddle, parent, death in zip(tree.vertex, tree.saddle, tree.parent, tree.death, strict=True):
        if parent >= 0:
            found[divmod(int(vertex), nx)] = (divmod(int(saddle), nx), death, parent)
    assert found.keys() == expected.keys()
    for minimum, (saddle, death, _) in found.items():
        assert (saddle, death) == expected[minimum][:2]
    # Three basins that meet in one point may be joined in either order: compare what is left in the end.
    for minimum, (_, _, parent) in found.items():
        alone = sum(other[0] == expected[minimum][0] for other in expected.values()) == 1
        if alone:
            assert divmod(int(tree.vertex[parent]), nx) == expected[minimum][2]


@given(any_grid)
def test_a_tree_of_maxima_is_the_tree_of_minima_upside_down(values: np.ndarray) -> None:
    above = merge_tree(surface_of(values), maxima=True)
    below = merge_tree(surface_of(-values[::-1, ::-1]))
    np.testing.assert_array_equal(above.diagram, -below.diagram)
    np.testing.assert_array_equal(above.parent, below.parent)


@given(any_grid, st.floats(0, 3))
def test_basins_are_as_many_as_minima_that_stand_out(values: np.ndarray, threshold: float) -> None:
    surface = surface_of(values)
    numbers = basin_numbers(surface, threshold)
    np.testing.assert_array_equal(np.isnan(numbers), ~surface.finite)
    minima = [p for p in critical_points(surface, refine=False) if p.kind == "minimum"]
    assert len(set(numbers[surface.finite])) == sum(p.persistence > threshold for p in minima)


def test_a_ridge_parts_two_basins() -> None:
    """(x^2 - 1)^2 + x / 10 + y^2: the ridge at the root of 4 x^3 - 4 x + 1 / 10 near 0, x = 0.025."""
    x, y = np.linspace(-1.5, 1.5, 121), np.linspace(-1, 1, 41)
    grid_x, grid_y = np.meshgrid(x, y)
    surface = Surface(x, y, (grid_x**2 - 1) ** 2 + grid_x / 10 + grid_y**2)
    numbers = basin_numbers(surface)
    assert set(numbers.ravel()) == {0, 1}
    # A descent by grid steps may cross the ridge within a cell of it.
    beside = np.abs(grid_x - 0.025) > 0.03
    np.testing.assert_array_equal(numbers[beside], (grid_x > 0.025)[beside])
    tree = merge_tree(surface)
    assert tree.parent.tolist() == [-1, 0]
    assert tree.death[1] == pytest.approx(1.00125, abs=1e-3)
    assert set(basin_numbers(surface, 2.0).ravel()) == {0}


def test_a_mesh_has_a_tree_and_basins_too() -> None:
    mesh = HeightMesh([0, 1, 2, 0, 1, 2], [0, 0, 0, 1, 1, 1], [0, 5, 1, 2, 6, 3], [[0, 1, 3], [1, 4, 3], [1, 2, 4], [2, 5, 4]])  # fmt: skip  # noqa: E501
    tree = merge_tree(mesh)
    assert tree.vertex.tolist() == [0, 2]
    assert (tree.death[1], tree.persistence[1]) == (5.0, 4.0)
    assert basin_numbers(mesh).tolist() == [0, 0, 1, 0, 1, 1]


def test_what_is_not_known_has_no_basin() -> None:
    assert len(merge_tree(surface_of(np.full((3, 4), np.nan)))) == 0
    assert np.isnan(basin_numbers(surface_of(np.full((3, 4), np.nan)))).all()
    assert set(basin_numbers(surface_of(np.zeros((3, 4)))).ravel()) == {0.0}
