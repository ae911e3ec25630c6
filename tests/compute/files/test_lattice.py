"""Lattices in any order are found, and what is none is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.files.lattice import find_lattice


def points(x, y):
    """(n,) positions of the lattice, x fastest."""
    grid_x, grid_y = np.meshgrid(x, y)
    return grid_x.ravel(), grid_y.ravel()


def check(lattice, x, y, px, py, tolerance=0.0):
    """The axes are the sorted ones and the order puts each point on its place."""
    assert lattice is not None and lattice.shape == (len(y), len(x))
    np.testing.assert_allclose(lattice.x, np.sort(x), rtol=0, atol=tolerance)
    np.testing.assert_allclose(lattice.y, np.sort(y), rtol=0, atol=tolerance)
    np.testing.assert_allclose(px[lattice.order], np.tile(np.sort(x), (len(y), 1)), rtol=0, atol=tolerance)
    np.testing.assert_allclose(py[lattice.order].T, np.tile(np.sort(y), (len(x), 1)), rtol=0, atol=tolerance)
    assert sorted(lattice.order.ravel()) == list(range(px.size))


axes = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=9, unique=True)


@settings(max_examples=150, deadline=None)
@given(axes, axes, st.randoms(use_true_random=False), st.sampled_from(["rows", "columns", "any"]))
def test_any_axes_in_any_order(x, y, random, order):
    x, y = np.array(x), np.array(y)
    if order != "any":  # ascending or descending each
        x = np.sort(x)[:: random.choice([1, -1])]
        y = np.sort(y)[:: random.choice([1, -1])]
    px, py = points(x, y)
    places = np.arange(px.size)
    if order == "columns":
        places = places.reshape(len(y), len(x)).T.ravel()
    elif order == "any":
        places = np.array(random.sample(range(px.size), px.size))
    check(find_lattice(px[places], py[places]), x, y, px[places], py[places])


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("jitter, found", [(4e-7, True), (1e-5, False)])
def test_tolerance_is_a_millionth_of_the_step(jitter, found, shuffled):
    rng = np.random.default_rng(0)
    x, y = np.linspace(-1, 1, 21), np.linspace(0, 30, 13)
    px, py = points(x, y)
    px = px + rng.uniform(-jitter, jitter, px.size) * 0.1
    py = py + rng.uniform(-jitter, jitter, py.size) * 2.5
    places = rng.permutation(px.size) if shuffled else np.arange(px.size)
    px, py = px[places], py[places]
    lattice = find_lattice(px, py)
    if found:
        check(lattice, x, y, px, py, tolerance=3e-6)
    else:
        assert lattice is None


def test_axis_value_is_the_commonest_of_those_that_rounding_made():
    px, py = points([-1.0, 0.0, 1.0], [0.0, 1.0, 2.0])
    px[4] = 1e-17
    places = np.random.default_rng(1).permutation(9)
    lattice = find_lattice(px[places], py[places])
    assert lattice.x.tolist() == [-1.0, 0.0, 1.0]


@pytest.mark.parametrize("shuffled", [False, True])
def test_logarithmic_axis_over_twelve_decades(shuffled):
    x, y = np.concatenate([[0], np.logspace(-9, 3, 13)]), np.array([0.0, 1e-12, 5.0])
    px, py = points(x, y)
    places = np.random.default_rng(0).permutation(px.size) if shuffled else slice(None)
    check(find_lattice(px[places], py[places]), x, y, px[places], py[places])


def test_one_missing_one_twice_or_one_moved_is_no_lattice():
    px, py = points(np.arange(5.0), np.arange(4.0))
    assert find_lattice(px[:-1], py[:-1]) is None
    assert find_lattice(np.append(px[1:], px[3]), np.append(py[1:], py[3])) is None
    moved = px.copy()
    moved[7] += 1e-3
    assert find_lattice(moved, py) is None


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_position_that_is_not_finite_is_no_lattice(bad):
    px, py = points(np.arange(3.0), np.arange(3.0))
    for place in (0, 4, 8):
        broken = px.copy()
        broken[place] = bad
        assert find_lattice(broken, py) is None and find_lattice(py, broken) is None
        assert find_lattice(broken, py, (3, 3)) is None


def test_scattered_points_triangles_and_nothing_are_no_lattice():
    rng = np.random.default_rng(0)
    assert find_lattice(rng.random(1000), rng.random(1000)) is None
    assert find_lattice(np.array([0.0, 1, 0]), np.array([0.0, 0, 1])) is None
    assert find_lattice(np.empty(0), np.empty(0)) is None


def test_cube_with_each_corner_twice_in_the_plane_is_no_lattice():
    corners = np.array([[i & 1, i >> 1 & 1] for i in range(8)], float)
    assert find_lattice(corners[:, 0], corners[:, 1]) is None


@pytest.mark.parametrize("shuffled", [False, True])
def test_positions_near_the_largest_number(shuffled):
    x, y = np.array([-1.7e308, 0, 1.7e308]), np.array([0, 5e-324])
    px, py = points(x, y)
    places = np.random.default_rng(0).permutation(px.size) if shuffled else np.arange(px.size)
    check(find_lattice(px[places], py[places]), x, y, px[places], py[places])
    px[4] = 1e305
    assert find_lattice(px[places], py[places]) is None


def test_opposite_ends_of_the_numbers_are_not_a_step():
    assert find_lattice(np.array([-1.7e308, 1.7e308, 5, 6]), np.array([0.0, 0, 1, 1])) is None


def test_stated_shape_is_tried_first_but_not_believed():
    x, y = np.arange(6.0), np.arange(4.0)
    px, py = points(x, y)
    for stated in ((4, 6), (6, 4), (2, 12), (5, 5), (24, 1)):
        check(find_lattice(px, py, stated), x, y, px, py)


def test_one_row_and_one_column():
    line = np.array([3.0, 1.0, 2.0])
    assert find_lattice(line, np.zeros(3)).shape == (1, 3)
    assert find_lattice(np.zeros(3), line).shape == (3, 1)
    assert find_lattice(np.ones(1), np.ones(1)).shape == (1, 1)
