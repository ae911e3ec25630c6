"""Iso-lines held against the definition, edge by edge."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from compute.scales import Scale
from glviz.scene.contours import iso_lines


def crossings(x, y, unit, height) -> np.ndarray:
    """Naive oracle: where the level crosses the grid's edges, by looking at each edge."""
    points = []
    ny, nx = unit.shape
    for j in range(ny):
        for i in range(nx):
            for dj, di in ((0, 1), (1, 0)):
                if j + dj < ny and i + di < nx:
                    a, b = unit[j, i], unit[j + dj, i + di]
                    if (a > height) != (b > height):
                        t = (height - a) / (b - a)
                        points.append(
                            (x[i] + t * di * (x[i + di] - x[i]), y[j] + t * dj * (y[j + dj] - y[j]))
                        )
    return np.array(sorted(points))


@pytest.mark.parametrize(
    "scale", [Scale("linear", 0.01, 9), Scale("log", 0.01, 9), Scale("symlog", 0.01, 9, 0.3)]
)
def test_lines_cross_exactly_the_edges_that_the_level_crosses(scale: Scale) -> None:
    rng = np.random.default_rng(4)
    x, y = np.cumsum(rng.uniform(0.5, 2, 17)), np.cumsum(rng.uniform(0.1, 3, 12))
    values = np.exp(rng.uniform(np.log(0.01), np.log(9), (12, 17)))
    for level in (0.05, 0.7, 4.0):
        lines = iso_lines(x, y, values, np.ones_like(values, bool), scale, [level])
        assert all(line.level == level for line in lines)
        found = np.concatenate([line.points[:-1] if line.closed else line.points for line in lines])
        found = np.array(sorted(map(tuple, found)))
        expected = crossings(x, y, scale.forward(values), float(scale.forward(level)))
        assert np.allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_a_cone_has_circles() -> None:
    x = np.linspace(-2, 2, 201)
    values = np.hypot(*np.meshgrid(x, x))
    (line,) = iso_lines(x, x, values, np.isfinite(values), Scale("linear", 0, 2), [1.0])
    assert line.closed
    assert np.abs(np.hypot(*line.points.T) - 1).max() < 2e-4
    length = np.hypot(*np.diff(line.points, axis=0).T).sum()
    assert length == pytest.approx(2 * np.pi, rel=1e-4)


def test_masked_cells_have_no_line_and_a_ring_opens() -> None:
    x = np.linspace(-2, 2, 41)
    grid_x, grid_y = np.meshgrid(x, x)
    values = np.hypot(grid_x, grid_y)
    hidden = (np.abs(grid_y) < 0.3) & (grid_x > 0)
    values[hidden] = np.nan
    (line,) = iso_lines(x, x, values, ~hidden, Scale("linear", 0, 2), [1.03])
    assert not line.closed
    inside = (line.points[:, 0] > 0.05) & (np.abs(line.points[:, 1]) < 0.29)
    assert not inside.any()


def test_grids_without_cells_levels_without_lines_and_extreme_values() -> None:
    one = np.ones((1, 5))
    assert iso_lines(np.arange(5), [0], one, one > 0, Scale("linear", 0, 2), [1.0]) == ()
    flat = np.ones((4, 4))
    assert iso_lines(np.arange(4), np.arange(4), flat, flat > 0, Scale("linear", 0, 2), [0.5]) == ()
    assert iso_lines(np.arange(4), np.arange(4), flat, flat > 0, Scale("linear", 0, 2), []) == ()
    wild = np.array([[-1.7e308, 1.7e308], [0.0, np.inf]])
    lines = iso_lines([0, 1], [0, 1], wild, np.isfinite(wild), Scale("linear", -1, 1), [0.5])
    assert lines == ()  # the only cell touches a value that is not finite


def test_a_level_at_the_values_of_grid_points_gives_proper_lines() -> None:
    x = np.arange(-5.0, 6.0)
    values = np.abs(x)[None, :] + np.abs(x)[:, None]
    lines = iso_lines(x, x, values, np.isfinite(values), Scale("linear", 0, 10), [3.0])
    for line in lines:
        assert np.allclose(np.abs(line.points).sum(axis=1), 3.0)
        assert np.all(np.any(np.diff(line.points, axis=0) != 0, axis=1))


def test_the_module_is_imported_without_scikit_image() -> None:
    code = "import sys, glviz.scene.contours; assert 'skimage' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("holes", [False, True])
def test_looking_where_a_level_passes_finds_what_looking_everywhere_does(holes: bool) -> None:
    from skimage.measure import find_contours

    random = np.random.default_rng(3)
    t = np.linspace(-1, 1, 41)
    values = np.exp(-8 * ((t[None, :] - 0.4) ** 2 + (t[:, None] + 0.3) ** 2)) + 0.02 * random.random((41, 41))
    mask = random.random(values.shape) > (0.05 if holes else -1.0)
    levels = np.array([0.005, 0.2, 0.5, 0.9, 0.99])
    found = iso_lines(np.arange(41), np.arange(41), values, mask, Scale("linear", 0.0, 1.0), levels)
    everywhere = [line for level in levels for line in find_contours(np.where(mask, values, np.nan), level)]
    assert len(found) == len(everywhere) > 4
    for line, expected in zip(found, everywhere, strict=True):
        np.testing.assert_allclose(line.points, expected[:, ::-1], rtol=0, atol=1e-12)
