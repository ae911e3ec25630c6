"""Cuts: the file's values on a grid line, the drawn interpolation between two."""

from __future__ import annotations

import numpy as np
import pytest

from compute.surface import FAILED, OK, Surface
from glviz.scene.scale import Scale
from glviz.scene.slices import cut

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
