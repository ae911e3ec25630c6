"""A mesh of fewer triangles, held against the surface that the finest mesh draws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import LinearNDInterpolator

from glviz.scene.camera import Camera
from glviz.scene.frame import Frame
from glviz.scene.mesh_cells import (
    FACTORS,
    at_vertices,
    finest_cells,
    joining_errors,
    tolerance_px,
    vertex_heights,
    vertical_px,
)


def hills(cells: int) -> np.ndarray:
    t = np.linspace(-1, 1, cells + 1)
    return 0.5 + 0.2 * np.sin(4 * t)[None, :] * np.cos(5 * t)[:, None] + 0.1 * t[:, None] * t[None, :]


@pytest.mark.parametrize(
    ("samples", "wanted", "cells"),
    [(51, 256, 200), (2, 256, 256), (257, 256, 256), (2048, 256, 256), (1, 8, 8)],
)
def test_each_sample_of_a_small_grid_is_a_vertex(samples: int, wanted: int, cells: int) -> None:
    assert finest_cells(samples, wanted) == cells
    if 1 < samples <= wanted:
        assert cells % (samples - 1) == 0


def test_only_where_the_finest_mesh_misses_samples_may_a_coarser_one_be_further_off() -> None:
    fine = tolerance_px((51, 51), (200, 200))
    assert fine < 0.1, "each sample is a vertex"
    assert tolerance_px((257, 2048), (256, 256)) == fine, "along one axis it is"
    assert fine < tolerance_px((1024, 2048), (256, 256)) <= 0.25


def test_vertices_lie_on_the_bilinear_patches_of_the_data() -> None:
    x, y = np.meshgrid(np.arange(4.0), np.arange(3.0))
    heights = (2 + 3 * x - y + 0.5 * x * y).astype(np.float32)  # bilinear in every cell
    fx, fy = np.meshgrid(np.linspace(0, 3, 13), np.linspace(0, 2, 7))
    np.testing.assert_allclose(vertex_heights(heights, (12, 6)), 2 + 3 * fx - fy + 0.5 * fx * fy, rtol=1e-6)
    np.testing.assert_allclose(at_vertices(np.array([0.0, 1.0, 4.0]), 4), [0, 0.5, 1, 2.5, 4])


@pytest.mark.parametrize("cells", [16, 40, 48])
def test_errors_are_the_distances_to_the_joined_triangles(cells: int) -> None:
    heights, place = hills(cells), np.arange(cells + 1.0)
    errors = joining_errors(heights, place, place)
    assert list(errors) == [factor for factor in FACTORS if cells % factor == 0]
    x, y = np.meshgrid(place, place)
    for factor, found in errors.items():
        at = np.arange(0, cells + 1, factor)
        # The triangles as they are drawn: each joined cell cut from its lower left to its upper right.
        worst = 0.0
        for j in at[:-1]:
            for i in at[:-1]:
                for corner in ((factor, 0), (0, factor)):
                    px, py = (
                        np.array([i, i + factor, i + corner[0]]),
                        np.array([j, j + factor, j + corner[1]]),
                    )
                    inside = LinearNDInterpolator(np.stack([px, py], 1), heights[py, px])(x, y)
                    worst = max(worst, float(np.nanmax(np.abs(inside - heights))))
        assert found == pytest.approx(worst, abs=1e-6)


def test_a_plane_needs_two_triangles_a_joined_cell_and_a_single_peak_all_of_them() -> None:
    t = np.arange(33.0)
    flat = t[None, :] + 2 * t[:, None]
    assert max(joining_errors(flat, t, t).values()) < 1e-5
    flat[7, 9] += 1.0
    assert min(joining_errors(flat, t, t).values()) == pytest.approx(1.0, abs=1e-5)


def test_uneven_axes_are_joined_only_where_they_are_even() -> None:
    heights, even = np.zeros((17, 17)), np.arange(17.0)
    assert list(joining_errors(heights, even, np.geomspace(1, 100, 17))) == []
    stepped = np.cumsum([0.0, *[1.0] * 8, *[3.0] * 8])  # two halves, even each
    assert list(joining_errors(heights, stepped, even)) == [8, 4, 2]


def test_the_height_of_the_box_is_measured_where_it_looks_tallest() -> None:
    frame = Frame.around([0, 1], [0, 1], exaggeration=1.0, floor=True)
    side, above = Camera(elevation=0.0), Camera(elevation=90.0)
    plain = vertical_px(frame, side, (1280, 720))
    assert (
        plain
        > vertical_px(frame, Camera(elevation=60.0), (1280, 720))
        > vertical_px(frame, above, (1280, 720))
    )
    assert vertical_px(frame, side, (2560, 1440)) == pytest.approx(2 * plain)
    assert vertical_px(frame, side.dolly(2.0), (1280, 720)) > 2 * plain
    assert vertical_px(frame, side.dolly(150.0), (1280, 720)) == np.inf, "the eye is inside the box"
