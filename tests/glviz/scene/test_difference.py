"""One surface minus another."""

from __future__ import annotations

import numpy as np
import pytest

from compute.surface import NOT_FINITE, OK, PENDING, Surface
from glviz.scene.difference import NoCommonAreaError, difference, largest

X, Y = np.linspace(-1, 1, 9), np.linspace(0, 3, 7)


def plane(x, y, a, b, c, **more) -> Surface:
    """a + b x + c y, which bilinear interpolation gives exactly."""
    return Surface(x, y, a + b * x[None, :] + c * y[:, None], **more)


def test_the_same_grid_is_subtracted_point_by_point():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(4, 7, 9))
    meta = {"model": "a", "seed": 1}
    first = Surface(X, Y, values[0], {"accuracy": values[1], "own": values[1]}, meta=meta)
    second = Surface(X * (1 + 1e-12), Y, values[2], {"accuracy": values[3]}, meta={**meta, "seed": 2})
    found = difference(first, second)
    np.testing.assert_array_equal(found.loss, values[2] - values[0])
    np.testing.assert_array_equal(found.metrics["accuracy"], values[3] - values[1])
    assert (set(found.metrics), found.field) == ({"accuracy"}, "Δ loss")
    assert dict(found.meta) == {"model": "a"}
    assert "same grid" in found.notices[0]
    assert largest(found) == np.abs(values[2] - values[0]).max()


def test_other_grids_are_interpolated_on_the_area_that_both_have():
    first, second = plane(X, Y, 1, 2, 3), plane(np.linspace(-0.5, 2, 41), np.linspace(1, 5, 5), 2, -1, 0.5)
    found = difference(first, second)
    assert (found.x[0], found.x[-1], found.y[0], found.y[-1]) == (-0.5, 1, 1, 3)
    np.testing.assert_allclose(found.loss, 1 - 3 * found.x[None, :] - 2.5 * found.y[:, None], atol=1e-12)
    assert set(second.x[(second.x > -0.5) & (second.x < 1)]) <= set(found.x)
    assert set(first.y[(first.y > 1) & (first.y < 3)]) <= set(found.y)
    assert "interpolated on the common area" in found.notices[0]


def test_what_either_lacks_the_difference_lacks():
    status = np.full((7, 9), OK)
    status[0, 0] = PENDING
    loss = np.ones((7, 9))
    loss[3, 3] = np.inf
    found = difference(Surface(X, Y, np.ones((7, 9)), status=status), Surface(X, Y, loss))
    assert np.isnan(found.loss[0, 0]) and np.isnan(found.loss[3, 3])
    assert (found.status[0, 0], found.status[3, 3], found.status[1, 1]) == (PENDING, NOT_FINITE, OK)
    assert np.count_nonzero(found.finite) == 61


def test_surfaces_apart_are_refused():
    with pytest.raises(NoCommonAreaError, match="along y"):
        difference(plane(X, Y, 0, 1, 1), plane(X, Y + 3, 0, 1, 1))
