from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from compute.surface import Path, Surface
from glviz.scene.relief import divided, monotone
from glviz.scene.view import build_view
from glviz.settings import Settings

SMOOTH = Settings(interpolation="smooth")


@pytest.mark.parametrize("n", [2, 3, 4, 17])
def test_it_is_the_published_monotone_cubic(n):
    rng = np.random.default_rng(n)
    x = np.cumsum(rng.uniform(0.1, 2.0, n))
    values = rng.normal(size=(n, 5))
    values[:, 1] = np.sort(values[:, 1])
    values[:, 2] = 3.0
    fine = divided(x, 7)
    expected = PchipInterpolator(x, values, axis=0)(fine) if n > 2 else None
    found = monotone(x, values, 7)
    if expected is not None:
        np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_array_equal(found[::7], values)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_along_a_line_no_value_lies_outside_its_two_neighbours(values):
    array = np.array(values)
    fine = monotone(np.arange(array.size, dtype=float), array, 5)
    for k in range(array.size - 1):
        low, high = sorted(array[k : k + 2])
        part = fine[5 * k : 5 * k + 6]
        slack = 1e-9 * max(1.0, abs(low), abs(high))
        assert part.min() >= low - slack and part.max() <= high + slack


def valley(n=13):
    x = np.linspace(-2, 2, n)
    loss = 1.0 + x[None, :] ** 2 + 0.3 * x[:, None] ** 2
    path = Path(x=[-1.7, 0.3, 1.1], y=[0.2, -0.9, 0.7], loss=[1.0, 1.0, 1.0], residual=[0.0, 0.0, 0.0])
    return Surface(x, x, loss, paths=(path,))


def test_the_samples_stay_and_what_lies_between_comes_closer_to_the_truth():
    surface = valley()
    view = build_view(surface, SMOOTH)
    shape = view.relief
    ky, kx = shape.parts
    assert kx == ky == 8
    np.testing.assert_array_equal(shape.height[::ky, ::kx], view.height.base)
    np.testing.assert_array_equal(shape.x[::kx], surface.x)
    true = 1.0 + shape.x[None, :] ** 2 + 0.3 * shape.y[:, None] ** 2
    drawn = view.height.scale.inverse(shape.unclamped(view.height))
    plain = np.array([np.interp(shape.x, surface.x, row) for row in surface.loss])
    linear = np.stack([np.interp(shape.y, surface.y, column) for column in plain.T], axis=1)
    assert np.abs(drawn - true).mean() < 0.35 * np.abs(linear - true).mean()


def test_large_grids_and_bilinear_ones_are_drawn_as_they_are():
    view = build_view(valley(), Settings())
    assert view.relief.parts == (1, 1) and view.relief.height is view.height.base
    assert build_view(valley(401), SMOOTH).relief.parts == (1, 1)


def test_a_hole_stays_as_large_as_it_is():
    surface = valley()
    loss = surface.loss.copy()
    loss[6, 6] = np.nan
    view = build_view(surface.replace(loss=loss), SMOOTH)
    shape = view.relief
    cells = shape.valid[:-1, :-1] & shape.valid[1:, :-1] & shape.valid[:-1, 1:] & shape.valid[1:, 1:]
    expected = np.ones((12, 12), dtype=bool)
    expected[5:7, 5:7] = False
    np.testing.assert_array_equal(cells, np.repeat(np.repeat(expected, 8, axis=0), 8, axis=1))
    assert np.all(np.isfinite(shape.height))


def test_paths_and_lines_lie_on_the_smooth_surface_and_the_reader_is_told():
    from glviz.scene.captions import subtitle

    surface = valley()
    view = build_view(surface, SMOOTH)
    (path,) = view.paths
    x, y = view.frame.x_data(path.line_world[:, 0]), view.frame.y_data(path.line_world[:, 1])
    true = view.height.scale.forward(1.0 + x**2 + 0.3 * y**2) * view.frame.top
    assert np.abs(path.line_world[:, 2] - true).max() < 0.004
    for line in view.iso_lines:
        value = 1.0 + line.points[:, 0] ** 2 + 0.3 * line.points[:, 1] ** 2
        assert value == pytest.approx(np.full(len(value), line.level), abs=0.02)
    assert {line.level for line in view.iso_lines} <= set(view.levels)
    assert "smoothed" in " ".join(subtitle(view))
    assert "smoothed" not in " ".join(subtitle(build_view(surface, Settings())))
