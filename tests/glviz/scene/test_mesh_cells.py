"""How fine a mesh must be, and where its vertices lie."""

from __future__ import annotations

import numpy as np
import pytest

from glviz.scene.camera import Camera
from glviz.scene.frame import Frame
from glviz.scene.mesh_cells import at_vertices, finest_cells, tolerance_px, vertex_heights, vertical_px


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
