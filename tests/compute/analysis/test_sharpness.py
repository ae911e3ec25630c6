"""Figures of sharpness against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from compute.analysis import merge_tree
from compute.analysis.sharpness import (
    barrier,
    convexity,
    epsilon_sharpness,
    interpolated,
    rises,
    sharpness,
    smad,
    sublevel_area,
)  # fmt: skip
from compute.errors import ArgumentError
from compute.surface import Surface


def sampled(function, x=(-1.0, 1.0), y=(-1.0, 1.0), side: int = 201) -> Surface:
    x, y = np.linspace(*x, side), np.linspace(*y, side)
    return Surface(x, y, np.asarray(function(*np.meshgrid(x, y)), dtype=float))


def bowl(a: float, b: float, floor: float = 0.0) -> Surface:
    return sampled(lambda x, y: floor + a * x**2 + b * y**2)


def wells() -> Surface:
    """(x^2 - 1)^2 + x / 10 + y^2: minima near -1 and 1, a pass near 0."""
    return sampled(lambda x, y: (x**2 - 1) ** 2 + x / 10 + y**2, (-1.5, 1.5), (-1, 1), 601)


def extremes() -> tuple[float, float, float]:
    """Values of the two minima and of the pass: roots of 4 x^3 - 4 x + 1 / 10."""
    roots = np.sort(np.roots([4, 0, -4, 0.1]).real)
    left, ridge, right = (roots**2 - 1) ** 2 + roots / 10
    return left, ridge, right


def test_a_quadratic_in_closed_form() -> None:
    found = sharpness(bowl(3, 1, floor=0.5), radius=0.5, rise=0.25)
    # max of the box is at its corners: 3/4 + 1/4, over 1 + 1/2.
    assert found.epsilon_sharpness == pytest.approx(100 * 1.0 / 1.5, rel=1e-12)
    assert found.average_rise == pytest.approx(0.25 * (3 + 1) / 2, rel=1e-3)
    assert found.worst_rise == pytest.approx(0.25 * 3, rel=1e-3)
    # The ellipse 3 x^2 + y^2 <= 1/4 has the area pi r^2 / sqrt 3.
    assert found.sublevel_area == pytest.approx(math.pi * 0.25 / math.sqrt(3), rel=1e-3)
    assert not found.sublevel_open
    assert found.anisotropy == pytest.approx(3, rel=1e-9)
    assert (found.negative_share, found.minima, found.barrier, found.smad) == (0, 1, 0, 0)
    assert (found.centre_x, found.centre_y, found.centre_loss) == (0, 0, 0.5)


def test_rosenbrock_is_2508_times_steeper_across_its_valley() -> None:
    surface = sampled(lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2, (-2, 2), (-1, 3))
    assert sharpness(surface).anisotropy == pytest.approx(2508, rel=1e-3)


def test_a_circle_that_leaves_the_grid_has_no_figure() -> None:
    found = sharpness(bowl(1, 1), radius=1.5, rise=10)
    assert math.isnan(found.average_rise) and math.isnan(found.epsilon_sharpness)
    assert found.sublevel_open and found.sublevel_area == pytest.approx(4)


def test_only_the_part_around_the_lowest_point_counts() -> None:
    """Of two wells within a rise, the one that is not connected does not count."""
    low, _, high = extremes()
    left, whole = sublevel_area(wells(), 0.5)[0], sublevel_area(wells(), 5.0)[0]
    x, y = np.meshgrid(np.linspace(-1.5, 0, 3001), np.linspace(-1, 1, 2001))
    share = ((x**2 - 1) ** 2 + x / 10 + y**2 <= low + 0.5).mean()
    assert left == pytest.approx(3.0 * share, rel=2e-3)
    assert high - low < 0.5 and whole > 1.9 * left


def test_the_barrier_is_the_pass_over_the_higher_minimum() -> None:
    low, ridge, high = extremes()
    rise, at = barrier(wells(), (-1.2, 0.5), (0.8, -0.4))
    assert (rise, at) == pytest.approx((ridge - high, ridge), abs=1e-4)
    assert barrier(wells(), (-1, 0), (-0.8, 0.2))[0] == 0
    assert sharpness(wells()).barrier == pytest.approx(ridge - high, abs=1e-4)
    # SMAD: both minima first merge at the pass.
    assert smad(wells()) == pytest.approx(((ridge - high) + (ridge - low)) / 2, abs=1e-4)


def test_barriers_are_those_of_a_search_over_levels() -> None:
    """The lowest level at which a flood from one minimum reaches the other, on a rough grid."""
    values = np.random.default_rng(4).normal(size=(14, 17))
    surface = Surface(np.arange(17), np.arange(14), values)
    tree = merge_tree(surface)
    steps = ((0, 1), (1, 1), (1, 0), (0, -1), (-1, -1), (-1, 0))
    for other in range(1, 8):
        ends = [(int(tree.y[k]), int(tree.x[k])) for k in (0, other)]
        for level in np.sort(values.ravel()):
            reached, front = {ends[0]}, [ends[0]]
            while front:
                j, i = front.pop()
                for dj, di in steps:
                    v = (j + dj, i + di)
                    inside = 0 <= v[0] < 14 and 0 <= v[1] < 17
                    if inside and v not in reached and values[v] <= level:
                        reached.add(v)
                        front.append(v)
            if values[ends[0]] <= level and ends[1] in reached:
                break
        assert barrier(surface, (ends[0][1], ends[0][0]), (ends[1][1], ends[1][0]))[1] == level


def test_half_of_a_cubic_is_not_convex() -> None:
    """x^3 + y^2 curves down where x < 0."""
    surface = sampled(lambda x, y: x**3 + y**2, side=41)
    curvature = convexity(surface)
    assert np.allclose(curvature[1:-1, 1:-1], np.minimum(6 * surface.x[1:-1], 2), atol=1e-9)
    assert np.isnan(curvature[0]).all()
    assert sharpness(surface).negative_share == pytest.approx(19 / 39)
    saddle = convexity(sampled(lambda x, y: x * y, side=9))
    assert np.allclose(saddle[1:-1, 1:-1], -1)


def test_the_full_hessian_is_used_where_it_was_computed() -> None:
    surface = bowl(1, 1)
    low = np.where(surface.x < 0, -1.0, 1.0) * np.ones(surface.shape)
    found = sharpness(
        surface.replace(metrics={"eigenvalue_min": low, "eigenvalue_max": np.full(low.shape, 4.0)})
    )
    assert found.hessian_negative_share == pytest.approx(100 / 201)
    assert found.hessian_ratio == 0.25
    assert math.isnan(sharpness(surface).hessian_ratio)


def test_interpolation_is_bilinear_and_knows_its_limits() -> None:
    surface = sampled(lambda x, y: 1 + 2 * x - y + 3 * x * y, side=5)
    x, y = np.array([-1.0, 0.3, 1.0, 1.01]), np.array([1.0, -0.7, 1.0, 0.0])
    found = interpolated(surface, x, y)
    assert found[:3] == pytest.approx((1 + 2 * x - y + 3 * x * y)[:3])
    assert np.isnan(found[3])


def test_uneven_axes_and_a_centre_elsewhere() -> None:
    x, y = np.sort(np.random.default_rng(0).uniform(1, 3, 150)), np.linspace(2, 5, 180)
    grid_x, grid_y = np.meshgrid(x, y)
    surface = Surface(x, y, 2 * (grid_x - 2) ** 2 + (grid_y - 3.5) ** 2)
    assert np.nanmin(convexity(surface)) == pytest.approx(2, rel=1e-6)
    assert rises(surface, 0.5, (2.0, 3.5))[1] == pytest.approx(0.5, rel=5e-3)
    found = sharpness(surface)  # the origin is not on it
    assert (found.centre_x, found.centre_y) == pytest.approx((2.0, 3.5), abs=0.05)
    assert epsilon_sharpness(surface, 0.25, (2.0, 3.5)) == pytest.approx(100 * 3 / 16, rel=5e-3)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (2, 2), (4, 5)])
@pytest.mark.parametrize("value", [math.nan, math.inf, 2.0])
def test_grids_that_say_nothing_have_figures_that_say_so(shape, value) -> None:
    surface = Surface(np.arange(shape[1]), np.arange(shape[0]), np.full(shape, value))
    found = sharpness(surface)
    assert found.minima == 0 and math.isnan(found.anisotropy) and found.barrier == 0
    if value == 2.0:
        assert found.minimum == 2 and found.smad == 0
        assert found.sublevel_area == (shape[0] - 1) * (shape[1] - 1)
    else:
        assert math.isnan(found.minimum) and math.isnan(found.sublevel_area)


@pytest.mark.parametrize("option", ["radius", "rise"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan])
def test_neighbourhoods_that_are_none_are_refused(option, value) -> None:
    with pytest.raises(ArgumentError, match=option):
        sharpness(bowl(1, 1), **{option: value})
