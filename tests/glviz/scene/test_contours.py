"""Iso-lines held against the definition, edge by edge, and against scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.measure import find_contours, label

from compute.scales import Scale
from glviz.scene.contours import iso_lines
from glviz.scene.pick import sample


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


def smooth_and_rough(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A hill with noise on it; for odd seeds with holes."""
    random = np.random.default_rng(seed)
    t, u = np.linspace(-1, 1, 41), np.linspace(-1, 1, 33)
    noise = 0.02 * random.random((33, 41)) * (seed % 4 > 1)
    values = np.exp(-8 * ((t[None, :] - 0.4) ** 2 + (u[:, None] + 0.3) ** 2)) + noise
    return values, random.random(values.shape) > (0.05 if seed % 2 else -1.0)


@pytest.mark.parametrize("seed", range(8))
def test_crossings_are_those_of_scikit_image(seed: int) -> None:
    values, mask = smooth_and_rough(seed)
    for level in (0.005, 0.2, 0.5, 0.9, 0.99):
        lines = iso_lines(np.arange(41), np.arange(33), values, mask, Scale("linear", 0.0, 1.0), [level])
        others = find_contours(np.where(mask, values, np.nan), level)
        found, expected = (
            np.array(sorted({(round(x, 9), round(y, 9)) for line in each for x, y in line}))
            for each in ([line.points for line in lines], [line[:, ::-1] for line in others])
        )
        np.testing.assert_allclose(found, expected, atol=1e-8)
        if seed < 2:  # without noise no cell leaves a choice
            assert len(lines) == len(others)
            assert sorted(len(line.points) for line in lines) == sorted(map(len, others))


def test_all_levels_at_once_are_as_one_by_one() -> None:
    values, mask = smooth_and_rough(3)
    levels = [0.005, 0.2, 0.2001, 0.5, 0.9]
    scale = Scale("log", 0.001, 1.0)
    at_once = iso_lines(np.arange(41), np.arange(33), values, mask, scale, levels)
    singly = [
        line
        for level in levels
        for line in iso_lines(np.arange(41), np.arange(33), values, mask, scale, [level])
    ]  # fmt: skip
    assert [line.level for line in at_once] == [line.level for line in singly]
    for line, other in zip(at_once, singly, strict=True):
        assert line.closed == other.closed
        np.testing.assert_array_equal(line.points, other.points)


def test_the_higher_side_lies_to_the_left_and_pieces_stay_in_their_cells() -> None:
    values, mask = smooth_and_rough(2)
    lines = iso_lines(np.arange(41), np.arange(33), values, mask, Scale("linear", 0, 1), [0.1, 0.5, 0.9])
    for line in lines:
        way = np.diff(line.points, axis=0)
        middle = line.points[:-1] + way / 2
        cell = np.floor(middle)
        assert (np.abs(line.points[1:] - cell - 0.5) <= 0.5 + 1e-9).all()
        assert (np.abs(line.points[:-1] - cell - 0.5) <= 0.5 + 1e-9).all()
        left = np.stack([-way[:, 1], way[:, 0]], axis=1) / np.linalg.norm(way, axis=1, keepdims=True)
        x, y = (middle + 1e-4 * left).T
        beside = sample(np.arange(41.0), np.arange(33.0), values, mask, x, y)
        straight = sample(np.arange(41.0), np.arange(33.0), values, mask, *middle.T)
        assert (beside > straight - 1e-12).all()


@pytest.mark.parametrize("seed", range(40))
def test_where_a_cell_leaves_a_choice_lines_part_what_the_bilinear_patch_parts(seed: int) -> None:
    random = np.random.default_rng(seed)
    high, low = random.uniform(0.5, 1, 2), random.uniform(0, 0.5, 2)
    values = np.array([[high[0], low[0]], [low[1], high[1]]])
    values = values[:, ::-1] if seed % 2 else values
    lines = iso_lines([0, 1], [0, 1], values, np.ones((2, 2), bool), Scale("linear", 0, 1), [0.5])
    assert len(lines) == 2
    t = np.linspace(0, 1, 401)
    patch = sample([0, 1], [0, 1], values, np.ones((2, 2), bool), *(v.ravel() for v in np.meshgrid(t, t)))
    regions = label(patch.reshape(401, 401) >= 0.5, connectivity=1)
    joined = regions[0, 0] == regions[-1, -1] if not seed % 2 else regions[0, -1] == regions[-1, 0]
    # Either line cuts one corner off: a low one where the high ones are joined.
    corners = [np.round(line.points.mean(axis=0)).astype(int) for line in lines]
    assert all((values[j, i] < 0.5) == joined for i, j in corners)
