"""A mesh of few triangles, held against the finest one by means of its own."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glviz.scene.triangles import deviations, triangles


def hills(ny: int, nx: int) -> np.ndarray:
    x, y = np.linspace(-1, 1, nx + 1), np.linspace(-1, 1, ny + 1)
    return 0.5 + 0.2 * np.sin(4 * x)[None, :] * np.cos(5 * y)[:, None] + 0.1 * y[:, None] * x[None, :]


def mesh(heights: np.ndarray, allowed: float) -> np.ndarray:
    ny, nx = heights.shape
    return triangles(deviations(heights, np.arange(nx), np.arange(ny)), allowed)


def check_whole(found: np.ndarray, shape: tuple[int, int]) -> None:
    """The triangles cover the grid once, and where one ends, another begins or the grid ends."""
    ny, nx = shape
    row, column = np.divmod(found.astype(np.int64), nx)
    (xa, xb, xc), (ya, yb, yc) = column.T, row.T
    area = (xb - xa) * (yc - ya) - (xc - xa) * (yb - ya)
    assert (area > 0).all(), "counter-clockwise"
    assert area.sum() == 2 * (ny - 1) * (nx - 1)
    edges = Counter()
    for a, b in ((0, 1), (1, 2), (2, 0)):
        edges.update(map(tuple, found[:, [a, b]].tolist()))
    assert max(edges.values()) == 1
    for a, b in edges:
        if (b, a) not in edges:
            (ja, ia), (jb, ib) = divmod(a, nx), divmod(b, nx)
            assert ia == ib in (0, nx - 1) or ja == jb in (0, ny - 1), "a gap inside"


def distance(heights: np.ndarray, found: np.ndarray) -> float:
    """How far the finest mesh's vertices are from the triangles, by barycentric coordinates."""
    worst = 0.0
    for corners in found.astype(np.int64):
        (ya, yb, yc), (xa, xb, xc) = np.divmod(corners, heights.shape[1])
        y, x = np.mgrid[min(ya, yb, yc) : max(ya, yb, yc) + 1, min(xa, xb, xc) : max(xa, xb, xc) + 1]
        area = (xb - xa) * (yc - ya) - (xc - xa) * (yb - ya)
        u = ((xb - x) * (yc - y) - (xc - x) * (yb - y)) / area
        v = ((xc - x) * (ya - y) - (xa - x) * (yc - y)) / area
        h = u * heights[ya, xa] + v * heights[yb, xb] + (1 - u - v) * heights[yc, xc]
        inside = (u > -1e-9) & (v > -1e-9) & (u + v < 1 + 1e-9)
        worst = max(worst, float(np.abs(h - heights[y, x])[inside].max()))
    return worst


@pytest.mark.parametrize("cells", [(16, 16), (24, 40), (64, 32), (6, 10), (7, 5), (1, 1), (32, 96)])
@pytest.mark.parametrize("allowed", [1e-4, 0.004, 0.05, 10.0])
def test_no_vertex_is_further_off_than_allowed_and_no_gap_opens(
    cells: tuple[int, int], allowed: float
) -> None:
    heights = hills(*cells)
    found = mesh(heights, allowed)
    check_whole(found, heights.shape)
    assert distance(heights, found) <= allowed + 1e-12


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 999), st.sampled_from([(8, 8), (16, 8), (12, 20)]), st.floats(0.01, 2.0))
def test_the_same_of_noise(seed: int, cells: tuple[int, int], allowed: float) -> None:
    heights = np.random.default_rng(seed).random((cells[0] + 1, cells[1] + 1))
    heights[heights < 0.5] = 0.5
    found = mesh(heights, allowed)
    check_whole(found, heights.shape)
    assert distance(heights, found) <= allowed + 1e-12


def test_a_plane_needs_two_triangles_a_square_and_nothing_allowed_takes_all() -> None:
    y, x = np.indices((65, 97))
    assert len(mesh(x + 2.0 * y, 1e-9)) == 2 * 2 * 3  # squares of 32 cells
    assert len(mesh(np.random.default_rng(0).random((65, 97)), 0.0)) == 2 * 64 * 96


def test_a_single_peak_is_cut_out_and_the_rest_stays_coarse() -> None:
    heights = np.zeros((65, 65))
    heights[20, 37] = 1.0
    found = mesh(heights, 0.01)
    assert 20 * 65 + 37 in found
    assert len(found) < 150
    check_whole(found, heights.shape)


@pytest.mark.parametrize(
    "eye", [(3.3, 70.2, 1), (-20.0, 11.0, 1), (17.2, 9.9, 1), (1.0, 0.4, 0), (-0.2, -1, 0)]
)
def test_lines_of_sight_meet_triangles_from_the_last_to_the_first(eye: tuple[float, float, float]) -> None:
    ny, nx = 32, 48
    heights, random = hills(ny, nx), np.random.default_rng(1)
    even = np.arange(nx + 1), np.arange(ny + 1)
    found = triangles(deviations(heights, *even), 0.01, eye)
    check_whole(found, heights.shape)
    row, column = np.divmod(found.astype(np.int64), nx + 1)
    a, b, c = (np.stack([column[:, k], row[:, k]], axis=1).astype(float) for k in range(3))

    def cross(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]

    for _ in range(60):
        inside = random.uniform((0, 0), (nx, ny))
        toward = np.array(eye[:2]) - eye[2] * inside
        steps = np.linspace(-1, 1 if eye[2] else 60 / np.hypot(*toward), 400)
        met = []
        for place in inside + steps[:, None] * toward:
            within = (cross(b - a, place - a) > 1e-9) & (cross(c - b, place - b) > 1e-9)
            at = np.flatnonzero(within & (cross(a - c, place - c) > 1e-9))
            met += at.tolist()
        assert met == sorted(met), "towards the eye, later triangles lie over earlier ones"


def test_smooth_hills_take_a_fraction_of_the_triangles_that_even_cells_would() -> None:
    heights = hills(256, 256)
    found = mesh(heights, 4e-4)
    even = next(f for f in (16, 8, 4, 2, 1) if distance_of_even(heights, f) <= 4e-4)
    assert len(found) < 0.8 * 2 * (256 // even) ** 2


def distance_of_even(heights: np.ndarray, factor: int) -> float:
    """The same for cells that are all ``factor`` times as large, each cut along its rising diagonal."""
    u = np.arange(factor + 1) / factor
    v = u[:, None]
    worst = 0.0
    for j in range(0, heights.shape[0] - 1, factor):
        for i in range(0, heights.shape[1] - 1, factor):
            h = heights[j : j + factor + 1, i : i + factor + 1]
            a, b, c, d = h[0, 0], h[0, -1], h[-1, -1], h[-1, 0]
            plane = np.where(u >= v, a + u * (b - a) + v * (c - b), a + u * (c - d) + v * (d - a))
            worst = max(worst, float(np.abs(h - plane).max()))
    return worst


def test_vertices_stay_where_an_axis_is_uneven() -> None:
    flat = np.zeros((17, 17))
    even, stepped = np.arange(17.0), np.cumsum([0.0, *[1.0] * 8, *[3.0] * 8])  # two halves, even each
    assert len(triangles(deviations(flat, even, even), 0.0)) == 2
    columns = triangles(deviations(flat, np.geomspace(1, 100, 17), even), 0.0) % 17
    assert (np.ptp(columns.astype(int), axis=1) == 1).all(), "none reaches over a column"
    few = triangles(deviations(flat, stepped, even), 0.0)
    assert len(few) == 6
    assert not ((few % 17 < 8).any(axis=1) & (few % 17 > 8).any(axis=1)).any(), "none reaches over the bend"
