"""Triangles of grids and meshes: all of them, fewer of them, none where a value is missing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.errors import ArgumentError
from compute.solid.quadric import simplified
from compute.solid.terrain import Terrain, open_edges, terrain
from compute.surface import HeightMesh, Surface


def areas(ground: Terrain) -> np.ndarray:
    a, b, c = (np.stack([ground.x, ground.y], axis=1)[corner] for corner in ground.triangles.T)
    return ((b - a)[:, 0] * (c - a)[:, 1] - (c - a)[:, 0] * (b - a)[:, 1]) / 2


def test_a_grid_is_covered_once_and_seen_from_above(bowl):
    ground, thinned = terrain(bowl)
    assert not thinned and len(ground.triangles) == 2 * 40 * 32
    assert (areas(ground) > 0).all()
    assert areas(ground).sum() == pytest.approx(2 * 1.6)


def test_cells_without_a_value_are_left_out(holed):
    ground, _ = terrain(holed)
    # Of a lone point four cells, of the corner 4 x 5, of the two that share a cell 4 each and none twice.
    assert len(ground.triangles) == 2 * (40 * 32 - 4 - 4 * 5 - 8)
    assert np.isfinite(ground.value).all()


def test_the_diagonal_follows_a_valley():
    surface = Surface([0, 1], [0, 1], [[1, 0], [0, 1]])
    ground, _ = terrain(surface)
    shared = set(ground.triangles[0]) & set(ground.triangles[1])
    assert sorted(ground.value[list(shared)]) == [1, 1] or sorted(ground.value[list(shared)]) == [0, 0]
    ridge = Surface([0, 1], [0, 1], [[1, 0], [5, 1]])
    shared = set.intersection(*(set(t) for t in terrain(ridge)[0].triangles))
    assert sorted(terrain(ridge)[0].value[list(shared)]) == [1, 1]


@pytest.mark.parametrize("most", [2, 8, 100, 999, 2559])
def test_thinned_grids_keep_their_ends_their_extremes_and_their_size(bowl, most):
    ground, thinned = terrain(bowl, most)
    assert thinned and len(ground.triangles) <= most
    assert areas(ground).sum() == pytest.approx(2 * 1.6)
    assert {-1.0, 1.0} <= set(ground.x) and {-0.8, 0.8} <= set(ground.y)
    if most >= 100:
        assert bowl.loss.min() in ground.value and bowl.loss.max() in ground.value


def test_a_hole_is_never_thinned_away(bowl):
    loss = np.array(bowl.loss)
    loss[17, 23] = np.nan
    ground, _ = terrain(bowl.replace(loss=loss, status=None), 200)
    inside = (np.abs(ground.x[ground.triangles] - bowl.x[23]) < 1e-9) & (
        np.abs(ground.y[ground.triangles] - bowl.y[17]) < 1e-9
    )
    assert not inside.any()
    assert areas(ground).sum() < 2 * 1.6


def test_triangle_soup_turned_any_way_becomes_one_mesh():
    # Two triangles with corners of their own, one of them clockwise.
    mesh = HeightMesh(
        [0, 1, 0, 1, 0, 1], [0, 0, 1, 0, 1, 1], [0, 1, 2, 1, 2, 3], [[0, 1, 2], [3, 4, 5], [5, 4, 3]]
    )
    ground, _ = terrain(mesh)
    assert ground.value.size == 4 and len(ground.triangles) == 2
    assert (areas(ground) > 0).all()


def test_nothing_finite_is_said():
    with pytest.raises(ArgumentError, match="no cell"):
        terrain(Surface([0, 1, 2], [0, 1], [[1, np.nan, 1], [1, 1, 1]]).replace(status=None))
    with pytest.raises(ArgumentError, match="1 × 2 points, and so no cell"):
        terrain(Surface([0, 1], [0], [[1, 2]]))


# --- quadric -----------------------------------------------------------------------------


def scaled(ground: Terrain) -> np.ndarray:
    return np.stack([ground.x, ground.y, ground.value], axis=1)


def decimated(surface: Surface | HeightMesh, most: int) -> Terrain:
    ground, _ = terrain(surface)
    keep = np.zeros(ground.value.size, bool)
    keep[[ground.value.argmin(), ground.value.argmax()]] = True
    return ground.keeping(simplified(scaled(ground), ground.triangles, most, keep))


def rms_error(surface: Surface, ground: Terrain) -> float:
    """Vertical distance of the surface's own points from the triangles over them."""
    from matplotlib.tri import LinearTriInterpolator, Triangulation

    found = LinearTriInterpolator(Triangulation(ground.x, ground.y, ground.triangles), ground.value)
    error = found(*np.meshgrid(surface.x, surface.y)) - surface.loss
    assert error.count() == surface.loss.size
    return float(np.sqrt((error**2).mean()))


def test_a_plane_needs_two_triangles():
    x = np.linspace(0, 1, 17)
    plane = Surface(x, x, 0.3 * x + 0.5 * x[:, None])
    assert len(decimated(plane, 2).triangles) == 2


@pytest.mark.parametrize("most", [60, 200, 800])
def test_quadric_meets_the_count_keeps_extremes_and_outline_and_beats_regular(bowl, most):
    x = np.linspace(-1, 1, 65)
    steep = Surface(x, x, np.exp(-30 * ((x - 0.3) ** 2 + (x[:, None] + 0.2) ** 2)))
    ground = decimated(steep, most)
    assert len(ground.triangles) <= most
    assert (areas(ground) > 0).all() and areas(ground).sum() == pytest.approx(4)
    assert {steep.loss.min(), steep.loss.max()} <= set(ground.value)
    assert set(ground.value) <= set(steep.loss.ravel())  # points of the data, every one
    assert rms_error(steep, ground) < 0.5 * rms_error(steep, terrain(steep, most)[0])


def test_quadric_keeps_holes_as_they_are(holed):
    before, after = terrain(holed)[0], decimated(holed, 600)
    assert len(after.triangles) <= 600
    assert areas(after).sum() == pytest.approx(areas(before).sum())
    assert (areas(after) > 0).all()


@given(seed=st.integers(0, 10_000), most=st.integers(20, 300))
def test_quadric_of_noise_stays_a_covering_of_its_plane(seed, most):
    rng = np.random.default_rng(seed)
    x, y = np.cumsum(rng.uniform(0.1, 1, 14)), np.cumsum(rng.uniform(0.1, 1, 12))
    loss = rng.normal(size=(12, 14))
    loss[rng.uniform(size=loss.shape) < 0.05] = np.nan
    surface = Surface(x, y, loss)
    before, after = terrain(surface)[0], decimated(surface, most)
    assert (areas(after) > 0).all()
    assert areas(after).sum() == pytest.approx(areas(before).sum())
    # Each edge is shared by two triangles that run it in opposite directions, or lies on the rim.
    directed = np.concatenate([after.triangles[:, [k, (k + 1) % 3]] for k in range(3)])
    assert len(np.unique(directed, axis=0)) == len(directed)


def test_a_mesh_is_thinned_too(mesh):
    after = decimated(mesh, 60)
    assert len(after.triangles) <= 60 and (areas(after) > 0).all()
    assert areas(after).sum() == pytest.approx(areas(terrain(mesh)[0]).sum())


def test_open_edges_of_a_square():
    start, end = open_edges(np.array([[0, 1, 2], [0, 2, 3]]), 4)
    assert sorted(zip(start.tolist(), end.tolist(), strict=True)) == [(0, 1), (1, 2), (2, 3), (3, 0)]
