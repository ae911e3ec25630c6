"""Critical points of meshes: against the grid's own, against sets of vertices, and known surfaces."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compute.analysis import critical_points
from compute.surface import HeightMesh, Surface


def mesh_of(surface: Surface, *, soup: bool = False) -> HeightMesh:
    """The grid with the diagonal that the grid's own analysis takes."""
    ny, nx = surface.shape
    x, y = np.meshgrid(surface.x, surface.y)
    index = np.arange(nx * ny).reshape(ny, nx)
    a, b, c, d = (index[j, i].ravel() for j in (np.s_[:-1], np.s_[1:]) for i in (np.s_[:-1], np.s_[1:]))
    triangles = np.concatenate([np.stack([a, b, d], 1), np.stack([a, d, c], 1)])
    x, y, height = x.ravel(), y.ravel(), surface.loss.ravel()
    if soup:
        corners = triangles.ravel()
        return HeightMesh(x[corners], y[corners], height[corners], np.arange(corners.size).reshape(-1, 3))
    return HeightMesh(x, y, height, triangles)


def table(points) -> list:
    return sorted((p.kind, p.x, p.y, p.loss, repr(p.persistence), p.boundary, p.multiplicity) for p in points)


any_grid = hnp.arrays(
    np.float64,
    st.tuples(st.integers(2, 8), st.integers(2, 8)),
    elements=st.one_of(st.integers(0, 3).map(float), st.floats(-1, 1)),
)


@given(any_grid)
def test_a_triangulated_grid_has_the_points_of_the_grid(values: np.ndarray) -> None:
    surface = Surface(np.arange(values.shape[1]), np.arange(values.shape[0]), values)
    expected = table(critical_points(surface, refine=False))
    assert table(critical_points(mesh_of(surface), refine=False)) == expected


@given(
    hnp.arrays(np.float64, (12,), elements=st.integers(0, 4).map(float)),
    st.integers(0, 10_000),
)
def test_euler_formula_on_closed_meshes(height: np.ndarray, seed: int) -> None:
    """Minima - saddles + maxima is 2 on an icosahedron, whatever the heights and their ties."""
    from scipy.spatial import ConvexHull

    golden = (1 + 5**0.5) / 2
    corners = np.array([(0, a, b * golden) for a in (-1, 1) for b in (-1, 1)])
    corners = np.concatenate([np.roll(corners, k, axis=1) for k in range(3)])
    triangles = ConvexHull(corners).simplices
    order = np.random.default_rng(seed).permutation(len(triangles))
    mesh = HeightMesh(np.arange(12.0), np.arange(12.0), height, triangles[order])
    points = critical_points(mesh, refine=False)
    assert not any(p.boundary for p in points)
    sign = {"minimum": 1, "saddle": -1, "maximum": 1}
    assert sum(sign[p.kind] * p.multiplicity for p in points) == 2


def scattered(function, count: int = 4000) -> HeightMesh:
    from scipy.spatial import Delaunay

    rng = np.random.default_rng(5)
    rim = np.linspace(-1, 1, 40)
    rims = (np.stack([rim, np.full(40, end)], 1)[:, ::turn] for end in (-1, 1) for turn in (1, -1))
    corners = np.concatenate([rng.uniform(-1, 1, (count, 2)), *rims])
    corners = np.unique(corners, axis=0)
    x, y = corners.T
    return HeightMesh(x, y, function(x, y), Delaunay(corners).simplices)


def test_known_points_of_a_scattered_mesh() -> None:
    """f = x^4 - x^2 + y^2: minima at (+-1/sqrt 2, 0) of -1/4, a saddle at 0 that parts them."""
    mesh = scattered(lambda x, y: x**4 - x**2 + y**2)
    points = [p for p in critical_points(mesh) if not p.boundary and p.persistence > 0.01]
    assert [p.kind for p in points] == ["minimum", "minimum", "saddle"]
    places = sorted((p.x, p.y) for p in points if p.kind == "minimum")
    assert np.allclose(places, [(-(0.5**0.5), 0.0), (0.5**0.5, 0.0)], atol=0.02)
    saddle = points[2]
    assert (saddle.x, saddle.y) == pytest.approx((0, 0), abs=0.02)
    assert saddle.eigenvalues == pytest.approx((-2, 2), abs=0.2)
    assert saddle.persistence == pytest.approx(0.25, abs=0.01)
    low = next(p for p in points if p.kind == "minimum")
    assert low.eigenvalues == pytest.approx((2, 4), abs=0.4)


def test_a_monkey_saddle_of_a_mesh_counts_twice() -> None:
    angle = np.linspace(0, 2 * np.pi, 13)[:-1]
    x, y = np.append(np.cos(angle), 0), np.append(np.sin(angle), 0)
    fan = np.stack([np.arange(12), (np.arange(12) + 1) % 12, np.full(12, 12)], 1)
    mesh = HeightMesh(x, y, x**3 - 3 * x * y**2, fan)
    (saddle,) = [p for p in critical_points(mesh) if not p.boundary]
    assert (saddle.kind, saddle.multiplicity) == ("saddle", 2)


@pytest.mark.parametrize("height", [np.full(4, np.nan), np.array([np.inf, 0, 1, 2.0])])
def test_vertices_that_are_not_finite_take_no_part(height: np.ndarray) -> None:
    mesh = HeightMesh([0, 1, 1, 0], [0, 0, 1, 1], height, [[0, 1, 2], [0, 2, 3]])
    points = critical_points(mesh)
    assert points == ()  # both triangles have the corner that is missing


def test_no_triangles_no_points_and_a_constant_mesh_has_one_of_each() -> None:
    empty = HeightMesh(np.arange(5), np.arange(5), np.arange(5), np.empty((0, 3)))
    assert critical_points(empty) == ()
    axis = np.arange(6.0)
    flat = mesh_of(Surface(axis, axis, np.zeros((6, 6))))
    points = critical_points(flat, noise=0.0)
    assert sorted(p.kind for p in points) == ["maximum", "minimum"]
    assert all(p.boundary and math.isinf(p.persistence) and p.significant for p in points)


def test_triangles_that_repeat_their_corners_are_joined() -> None:
    surface = Surface(np.arange(11), np.arange(9), np.random.default_rng(1).normal(size=(9, 11)))
    assert table(critical_points(mesh_of(surface, soup=True), refine=False)) == table(
        critical_points(surface, refine=False)
    )
