"""Cuts: the file's values on a grid line, the drawn interpolation between two."""

from __future__ import annotations

import numpy as np
import pytest

from compute.scales import Scale
from compute.surface import FAILED, OK, Surface
from glviz.scene.slices import cut, cut_at, level_cut, reach_at

X = np.array([-1.0, 0.0, 0.5, 2.0])
Y = np.array([0.0, 1.0, 3.0])
LOSS = np.exp(np.random.default_rng(0).normal(0, 3, (3, 4)))
SURFACE = Surface(X, Y, LOSS, {"accuracy": 1 / (1 + LOSS)})
LOG = Scale("log", float(LOSS.min()), float(LOSS.max()))


@pytest.mark.parametrize("scale", [LOG, Scale("linear", 0, 1), Scale("symlog", -1, 5, 0.1)])
def test_on_a_grid_line_the_values_are_the_files_own(scale: Scale) -> None:
    for i, x in enumerate(X):
        section = cut(SURFACE, "x", x, scale)
        assert section.position == x and np.array_equal(section.along, Y)
        assert np.array_equal(section.values, LOSS[:, i])
        assert np.array_equal(section.fields["accuracy"], SURFACE.metrics["accuracy"][:, i])
    for j, y in enumerate(Y):
        section = cut(SURFACE, "y", y, scale)
        assert np.array_equal(section.along, X) and np.array_equal(section.values, LOSS[j])


def test_between_lines_a_log_scale_takes_the_geometric_mean_and_a_linear_one_the_arithmetic() -> None:
    section = cut(SURFACE, "y", 1.5, LOG)  # a quarter of the way from 1 to 3
    assert section.values == pytest.approx(LOSS[1] ** 0.75 * LOSS[2] ** 0.25, rel=1e-12)
    accuracy = SURFACE.metrics["accuracy"]
    assert section.fields["accuracy"] == pytest.approx(0.75 * accuracy[1] + 0.25 * accuracy[2], rel=1e-14)
    section = cut(SURFACE, "x", 1.25, Scale("linear", 0, 1))
    assert section.values == pytest.approx((LOSS[:, 2] + LOSS[:, 3]) / 2, rel=1e-12)


def test_beyond_the_grid_the_cut_is_at_its_edge() -> None:
    assert cut(SURFACE, "x", 99.0, LOG).position == 2.0
    assert np.array_equal(cut(SURFACE, "x", -np.inf, LOG).values, LOSS[:, 0])


def test_what_is_not_known_is_nan_only_where_it_has_weight() -> None:
    loss = LOSS.copy()
    loss[0, 1] = np.inf
    status = np.full(loss.shape, OK)
    status[2, 2] = FAILED
    surface = Surface(X, Y, loss, status=status)
    assert np.isnan(cut(surface, "x", 0.25, LOG).values).tolist() == [True, False, True]
    assert np.isnan(cut(surface, "x", 0.0, LOG).values).tolist() == [True, False, False]


def test_a_flat_scale_a_single_line_and_a_wrong_axis() -> None:
    section = cut(SURFACE, "y", 0.5, Scale("linear", 1, 1))
    assert section.values == pytest.approx((LOSS[0] + LOSS[1]) / 2)
    single = Surface([3.0], Y, LOSS[:, :1])
    assert np.array_equal(cut(single, "x", 0.0, LOG).values, LOSS[:, 0])
    with pytest.raises(ValueError, match="'z'"):
        cut(SURFACE, "z", 0.0, LOG)


def test_a_cut_at_a_right_angle_is_the_cut_across_an_axis() -> None:
    for angle, axis, position in ((0.0, "y", 1.0), (90.0, "x", 0.5), (180.0, "y", 1.0)):
        straight = cut(SURFACE, axis, position, LOG)
        # The normal of a cut along -x points down, of one along y to the left.
        turned = cut_at(SURFACE, angle, position if angle == 0 else -position, LOG)
        held = turned.y if axis == "y" else turned.x
        assert held == pytest.approx(position)
        run = turned.x if axis == "y" else turned.y
        expected = dict(zip(straight.along, straight.values, strict=True))
        for place, value in zip(run, turned.values, strict=True):
            if np.isclose(place, straight.along).any():
                nearest = min(expected, key=lambda known: abs(known - place))
                assert value == pytest.approx(expected[nearest], rel=1e-9)
        assert {float(v) for v in straight.along} <= {round(float(v), 9) for v in run}


@pytest.mark.parametrize("angle", [-150.0, -45.0, 10.0, 37.5, 90.0, 120.0])
@pytest.mark.parametrize("position", [-0.4, 0.0, 0.7])
def test_a_cut_at_an_angle_lies_on_its_line_and_on_the_surface(angle: float, position: float) -> None:
    plane = 2 + 0.5 * X[None, :] - 0.25 * Y[:, None]  # a bilinear patch says all of it
    surface = Surface(X, Y, plane, {"twice": 2 * plane})
    section = cut_at(surface, angle, position, Scale("linear", 0, 4))
    nx, ny = section.normal
    low, high = reach_at(surface, angle)
    assert section.position == np.clip(position, low, high)
    inside = (section.x > X[0]) & (section.x < X[-1]) & (section.y > Y[0]) & (section.y < Y[-1])
    assert nx * section.x[inside] + ny * section.y[inside] == pytest.approx(section.position)
    assert section.values == pytest.approx(2 + 0.5 * section.x - 0.25 * section.y)
    assert section.fields["twice"] == pytest.approx(2 * section.values)
    assert np.all(np.diff(section.along) > 0)
    step = np.hypot(np.diff(section.x), np.diff(section.y))
    assert np.diff(section.along) == pytest.approx(step, abs=1e-9)


def test_a_cut_at_an_angle_is_interpolated_on_the_scale() -> None:
    surface = Surface(X, Y, np.exp(X[None, :] + 2 * Y[:, None]))
    section = cut_at(surface, 33.0, 0.2, Scale("log", float(surface.loss.min()), float(surface.loss.max())))
    assert section.values == pytest.approx(np.exp(section.x + 2 * section.y), rel=1e-9)


def test_a_cut_beyond_the_grid_is_at_its_last_corner() -> None:
    section = cut_at(SURFACE, 30.0, 99.0, LOG)
    assert section.position == reach_at(SURFACE, 30.0)[1]
    assert section.values[len(section.values) // 2] == pytest.approx(LOSS[-1, 0])


def test_a_level_cut_knows_its_lines_and_what_lies_below() -> None:
    x = np.linspace(-1, 1, 201)
    bowl = Surface(x, x, x[None, :] ** 2 + x[:, None] ** 2)
    found = level_cut(bowl, 0.25, Scale("linear", 0, 2))
    (ring,) = found.lines
    assert ring.closed and np.hypot(*ring.points.T) == pytest.approx(0.5, abs=1e-3)
    assert found.share_below == pytest.approx(np.pi * 0.25 / 4, abs=2e-3)
    assert level_cut(bowl, 99.0, Scale("linear", 0, 2)).position == 2.0
    uneven = Surface([0.0, 1.0, 10.0], [0.0, 1.0], [[0.0, 0.0, 1.0]] * 2)
    assert level_cut(uneven, 0.5, Scale("linear", 0, 1)).share_below == pytest.approx(0.55)
