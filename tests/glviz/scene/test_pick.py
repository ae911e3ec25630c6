"""Picking against planes solved by hand and against marching along the ray in tiny steps."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glviz.scene import pick as picking
from glviz.scene.pick import Blocks, PickResult, pick, sample


def uneven(rng: np.random.Generator, count: int) -> np.ndarray:
    steps = np.cumsum(rng.uniform(0.3, 1.0, count))
    return 2 * (steps - steps[0]) / (steps[-1] - steps[0]) - 1


def marched(origin, direction, x, y, z, mask) -> float | None:
    """Oracle: the first change of sign on a fine march along the ray, then bisection."""

    def above(t: np.ndarray) -> np.ndarray:
        p = origin + np.asarray(t)[..., None] * direction
        return p[..., 2] - sample(x, y, z, mask, p[..., 0], p[..., 1])

    t = np.linspace(0, 8, 80_001)
    f = above(t)
    with np.errstate(invalid="ignore"):
        changes = np.flatnonzero(f[:-1] * f[1:] <= 0)
    if changes.size == 0:
        return None
    low, high = t[changes[0]], t[changes[0] + 1]
    for _ in range(50):
        middle = (low + high) / 2
        same = above(np.array([low]))[0] * above(np.array([middle]))[0] > 0
        low, high = (middle, high) if same else (low, middle)
    return float(low)


@pytest.mark.parametrize("seed", range(25))
def test_the_first_hit_is_the_one_that_marching_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = uneven(rng, 9), uneven(rng, 13)
    z = rng.uniform(0, 1, (13, 9))
    mask = rng.uniform(size=z.shape) > (0.1 if seed % 2 else -1)
    target = np.append(rng.uniform(-0.9, 0.9, 2), rng.uniform(0, 1))
    origin = np.append(rng.uniform(-3, 3, 2), rng.uniform(0.2, 3))
    direction = (target - origin) / np.linalg.norm(target - origin)
    expected = marched(origin, direction, x, y, z, mask)
    hit = pick(origin, direction * 3.7, x, y, z, mask)
    if expected is None:
        assert hit is None
        return
    assert hit is not None
    assert hit.distance_w == pytest.approx(expected, abs=1e-6)
    assert [hit.x_w, hit.y_w, hit.z_w] == pytest.approx(origin + expected * direction, abs=1e-5)
    assert x[hit.column] + hit.u * (x[hit.column + 1] - x[hit.column]) == pytest.approx(hit.x_w, abs=1e-9)
    assert y[hit.row] + hit.v * (y[hit.row + 1] - y[hit.row]) == pytest.approx(hit.y_w, abs=1e-9)
    assert sample(x, y, z, mask, [hit.x_w], [hit.y_w])[0] == pytest.approx(hit.z_w, abs=1e-9)


@given(st.floats(-0.99, 0.99), st.floats(-0.99, 0.99), st.floats(0, 2 * np.pi), st.floats(0.05, 1.57))
@settings(max_examples=200)
def test_a_plane_is_hit_where_algebra_says(px: float, py: float, azimuth: float, elevation: float) -> None:
    x, y = np.linspace(-1, 1, 33), np.linspace(-1, 1, 21)
    z = 0.02 * x + 0.01 * y[:, None]
    target = np.array([px, py, 0.02 * px + 0.01 * py])
    back = np.array(
        [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)]
    )
    hit = pick(target + 4 * back, -back, x, y, z, np.ones(z.shape, bool))
    assert hit is not None
    assert [hit.x_w, hit.y_w, hit.z_w] == pytest.approx(target, abs=1e-9)


def test_straight_down_along_an_edge_and_from_below() -> None:
    x = np.linspace(-1, 1, 5)
    z = np.zeros((5, 5))
    z[2, 2] = 1.0
    full = np.ones(z.shape, bool)
    hit = pick([0, 0, 5], [0, 0, -2], x, x, z, full)
    assert hit is not None and hit.z_w == pytest.approx(1.0) and hit.nearest == (2, 2)
    assert hit.distance_w == pytest.approx(4.0)
    hit = pick([0.25, 0.25, -3], [0, 0, 1], x, x, z, full)
    assert hit is not None and hit.z_w == pytest.approx(0.25)
    hit = pick([1, 1, 5], [0, 0, -1], x, x, z, full)  # the very corner belongs to the grid
    assert hit is not None and hit.nearest == (4, 4)
    hit = pick([-5, 0, 0.5], [1, 0, 0], x, x, z, full)  # along a grid line
    assert hit is not None and hit.x_w == pytest.approx(-0.25)
    assert pick([0, 0, 5], [0, 0, 1], x, x, z, full) is None  # behind the eye
    assert pick([3, 3, 5], [0, 0, -1], x, x, z, full) is None  # beside the grid
    assert pick([0, 0, 5], [0, 0, 0], x, x, z, full) is None
    assert pick([0, 0, 5], [1e-300, 0, -1], x, x, z, full) is not None


def test_holes_are_seen_through_and_the_clipped_half_too() -> None:
    x = np.linspace(-1, 1, 5)
    z = np.zeros((5, 5))
    mask = np.ones(z.shape, bool)
    mask[2, 3] = False
    assert pick([0.25, 0.25, 1], [0, 0, -1], x, x, z, mask) is None
    assert pick([-0.75, 0.25, 1], [0, 0, -1], x, x, z, mask) is not None
    full = np.ones(z.shape, bool)
    for axis, sign in (("x", 1.0), ("x", -1.0), ("y", 1.0), ("y", -1.0)):
        shift = np.array([0.3, 0.0, 0.0]) if axis == "x" else np.array([0.0, 0.3, 0.0])
        half = sign * np.array([axis == "x", axis == "y", 0.0])
        hidden = pick(sign * shift + [0, 0, 1], [0, 0, -1], x, x, z, full, clip=(*half, sign * 0.1))
        shown = pick(-sign * shift + [0, 0, 1], [0, 0, -1], x, x, z, full, clip=(*half, sign * 0.1))
        assert hidden is None and isinstance(shown, PickResult)
    # A wall in front is cut away: what lies behind is picked.
    ridge = np.zeros((5, 5))
    ridge[:, 3] = 1.0
    hit = pick([2, 0.1, 0.8], [-1, 0, -0.3], x, x, ridge, full, clip=(1, 0, 0, 0.0))
    assert hit is not None and hit.z_w == pytest.approx(0.0) and hit.x_w < 0


@pytest.mark.parametrize("seed", range(20))
def test_passing_over_blocks_finds_what_looking_at_every_cell_does(seed: int, monkeypatch) -> None:
    monkeypatch.setattr(picking, "_BLOCK", int(np.random.default_rng(seed).integers(1, 6)))
    rng = np.random.default_rng(seed)
    x, y = uneven(rng, 24), uneven(rng, 17)
    z = rng.uniform(0, 1, (17, 24)) ** 4 if seed % 2 else np.add.outer(y**2, x**2) / 2
    mask = rng.uniform(size=z.shape) > (0.05 if seed % 3 == 0 else -1)
    blocks = Blocks.of(x, y, z.astype(np.float32), lambda values: values.astype(float))
    heights = z.astype(np.float32).astype(float)
    met = 0
    for _ in range(100):
        origin = np.append(rng.uniform(-3, 3, 2), rng.uniform(-0.5, 3))
        target = np.append(rng.uniform(-1, 1, 2), rng.uniform(0, 1))
        if rng.random() < 0.3:  # along a line of the grid, level, or straight down
            origin[int(rng.integers(3))] = target[int(rng.integers(2))]
        clip = (0.8, 0.6, 0.0, 0.1) if rng.random() < 0.3 else None
        plain = pick(origin, target - origin, x, y, heights, mask, clip, (0.0, 1.0))
        over = pick(origin, target - origin, x, y, heights, mask, clip, (0.0, 1.0), blocks)
        assert (plain is None) == (over is None)
        if plain is not None and over is not None:
            met += 1
            assert over.distance_w == pytest.approx(plain.distance_w, abs=1e-9)
            assert (over.row, over.column) == (plain.row, plain.column)
    assert met > 20


@pytest.mark.parametrize("normal", [(1.0, 0.0, 0.0), (0.6, -0.8, 0.0), (-1.0, -2.0, 0.0), (0.0, 0.0, 1.0)])
def test_nothing_on_the_hidden_side_of_any_plane_is_picked(normal) -> None:
    x = np.linspace(-1, 1, 21)
    z = 0.3 + 0.2 * np.cos(5 * x) * np.sin(4 * x[:, None])
    full = np.ones(z.shape, bool)
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(200):
        target = rng.uniform([-1, -1, 0], [1, 1, 0.5])
        eye = rng.uniform([-2, -2, 1], [2, 2, 2])
        offset = 0.3 if normal[2] else 0.1
        free = pick(eye, target - eye, x, x, z, full)
        hit = pick(eye, target - eye, x, x, z, full, clip=(*normal, offset), z_range=(0.1, 0.5))
        if hit is not None:
            found += 1
            assert np.dot(normal, [hit.x_w, hit.y_w, hit.z_w]) <= offset + 1e-9
        if free is not None and np.dot(normal, [free.x_w, free.y_w, free.z_w]) < offset - 1e-9:
            # Seen without the cut, and not cut away: nothing nearer may have appeared but the wall.
            assert hit is not None and hit.distance_w <= free.distance_w + 1e-9
    assert found > 50


@pytest.mark.parametrize("height", [0.2, 0.8])
def test_a_ray_straight_down_heeds_the_cut(height) -> None:
    x = np.linspace(-1, 1, 5)
    full = np.ones((5, 5), bool)
    hit = pick([0.1, 0.2, 3], [0, 0, -1], x, x, np.full((5, 5), height), full, (0, 0, 1, 0.5), (0, 1))
    assert (hit is not None) == (height < 0.5)
    if hit is not None:
        assert (hit.x_w, hit.y_w, hit.z_w) == pytest.approx((0.1, 0.2, height))


def test_the_wall_of_a_cut_is_met_before_what_lies_behind_it() -> None:
    x = np.linspace(-1, 1, 9)
    z = np.full((9, 9), 0.5)
    full = np.ones(z.shape, bool)
    eye, down = np.array([2.0, 0.1, 0.6]), np.array([-1.0, 0.0, -0.2])
    hit = pick(eye, down, x, x, z, full, clip=(1, 0, 0, 0.25))
    assert hit is not None and (hit.x_w, hit.y_w) == pytest.approx((0.25, 0.1))
    assert hit.z_w == pytest.approx(0.6 - 0.2 * 1.75) and x[hit.column] <= 0.25 <= x[hit.column + 1]
    # Below its foot there is nothing to be met.
    assert pick(eye, down, x, x, z, full, clip=(1, 0, 0, 0.25), z_range=(0.3, 0.5)) is None
    flat = pick(eye, [-1.0, 0.0, 0.0], x, x, z, full, clip=(1, 0, 0, 0.25))
    assert flat is None  # above the wall, and over the surface behind it


def test_a_large_grid_takes_about_a_millisecond() -> None:
    x = np.linspace(-1, 1, 1024)
    z = 0.1 * np.cos(9 * x) * np.cos(7 * x[:, None])
    mask = np.ones(z.shape, bool)
    pick([3, 2, 1], [-3, -2, -1], x, x, z, mask)
    times = []
    for _ in range(20):
        start = time.perf_counter()
        hit = pick([3, 2.1, 0.9], [-3, -2, -0.9], x, x, z, mask)
        times.append(time.perf_counter() - start)
    assert hit is not None
    assert min(times) < 5e-3  # 0.4 ms when nothing else runs


def test_sample_agrees_with_scipy_and_is_exact_at_grid_points() -> None:
    interpolate = pytest.importorskip("scipy.interpolate")
    rng = np.random.default_rng(1)
    x, y = uneven(rng, 7), uneven(rng, 5)
    values = rng.normal(size=(5, 7))
    px, py = rng.uniform(-1.2, 1.2, (2, 500))
    oracle = interpolate.RegularGridInterpolator((y, x), values, bounds_error=False)(np.stack([py, px], 1))
    found = sample(x, y, values, np.ones(values.shape, bool), px, py)
    assert np.array_equal(np.isnan(found), np.isnan(oracle)) and np.isnan(found).any()
    assert np.allclose(found, oracle, equal_nan=True, rtol=1e-12)
    grid_x, grid_y = np.meshgrid(x, y)
    at_grid = sample(x, y, values, np.ones(values.shape, bool), grid_x.ravel(), grid_y.ravel())
    assert np.allclose(at_grid, values.ravel(), rtol=1e-14)


def test_sample_knows_nothing_beside_a_hole_but_all_elsewhere() -> None:
    axis = np.arange(4.0)
    values = np.arange(16.0).reshape(4, 4)
    mask = np.ones((4, 4), bool)
    mask[1, 1] = False
    values[1, 1] = np.nan
    found = sample(
        axis, axis, values, mask, [0.5, 1.0, 2.0, 2.5, np.nan, 1.0], [0.5, 1.0, 1.0, 2.5, 0.0, 2.0]
    )
    assert np.isnan(found[[0, 1, 4]]).all()
    assert found[[2, 3, 5]].tolist() == [6.0, 12.5, 9.0]


def test_sample_of_a_single_row_or_point() -> None:
    one = np.array([[1.0, 3.0]])
    assert sample([0, 1], [5], one, one > 0, [0.5, 0.5], [5, 6])[0] == 2.0
    assert np.isnan(sample([0, 1], [5], one, one > 0, [0.5], [6])[0])
    assert sample([2], [5], [[7.0]], [[True]], [2], [5]).tolist() == [7.0]
