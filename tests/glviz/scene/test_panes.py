from __future__ import annotations

import numpy as np
import pytest

from compute.surface import Surface
from glviz.scene import box
from glviz.scene.camera import Camera
from glviz.scene.panes import clip_plane, layout
from glviz.scene.view import build_view
from glviz.settings import Settings

SURFACE = Surface(
    np.linspace(-1, 1, 11), np.linspace(-1, 1, 11), np.add.outer(np.arange(11.0), np.arange(11.0))
)


@pytest.mark.parametrize("count", range(1, 10))
@pytest.mark.parametrize("size", [(1280, 720), (500, 1000), (3, 2)])
def test_panes_tile_the_picture_without_overlap(count, size):
    rects = layout(count, (10, 20, *size))
    cover = np.zeros((size[1], size[0]), int)
    for x, y, w, h in rects:
        cover[y - 20 : y - 20 + h, x - 10 : x - 10 + w] += 1
    assert len(rects) == count and cover.max() <= 1
    if count in (1, 2, 4):
        assert np.all(cover == 1)


def test_two_surfaces_stand_side_by_side_in_a_wide_picture():
    assert layout(2, (0, 0, 1280, 720)) == ((0, 0, 640, 720), (640, 0, 640, 720))


@pytest.mark.parametrize("azimuth, hidden_x", [(0.0, 1.0), (180.0, -1.0)])
def test_the_half_towards_the_eye_is_hidden(azimuth, hidden_x):
    view = build_view(SURFACE, Settings(slice_axis="x", slice_position=0.2))
    *normal, offset = clip_plane(view, Camera(azimuth=azimuth, elevation=20.0))
    assert np.dot(normal, [hidden_x, 0, 0]) > offset
    assert np.dot(normal, [-hidden_x, 0, 0]) < offset
    assert np.dot(normal, [float(view.frame.x_world(0.2)), 0.3, 0.1]) == pytest.approx(offset)


@pytest.mark.parametrize("lowest", [0, 3, 20, 37, 40])
@pytest.mark.parametrize("axis", ["x", "y", "angle"])
def test_a_slice_that_places_itself_leaves_a_share_of_the_surface_whoever_looks(axis, lowest):
    x = np.linspace(0.0, 1.0, 41)
    far = np.abs(np.arange(41) - lowest)
    view = build_view(Surface(x, x, far[None, :] + far[:, None]), Settings(slice_axis=axis))
    left = []
    for azimuth in (0.0, 90.0, 180.0, 270.0):
        *normal, offset = clip_plane(view, Camera(azimuth=azimuth, elevation=20.0))
        places = view.frame.points(x[None, :], x[:, None], 0.5).reshape(-1, 3)
        left.append((places @ normal <= offset + 1e-9).mean())
    assert min(left) > 0.1
    if lowest == 20 and axis != "angle":
        assert view.slice.position == 0.5


@pytest.mark.parametrize("changes", [
    {"slice_axis": "x", "slice_position": -99.0}, {"slice_axis": "y", "slice_position": -99.0},
    {"slice_axis": "x", "slice_position": 99.0}, {"slice_axis": "level", "slice_position": -99.0},
])  # fmt: skip
def test_a_slice_at_the_rim_never_hides_everything(changes):
    view = build_view(SURFACE, Settings(**changes))
    for azimuth in (20.0, 110.0, 200.0, 290.0):
        *normal, offset = clip_plane(view, Camera(azimuth=azimuth, elevation=20.0))
        places = view.frame.points(SURFACE.x[None, :], SURFACE.y[:, None], 0.5).reshape(-1, 3)
        assert (places @ normal <= offset + 1e-9).mean() > 0.9


@pytest.mark.parametrize("azimuth", range(-170, 190, 20))
def test_labels_stand_in_front_of_the_box_and_at_its_left(azimuth):
    camera, size = Camera(azimuth=azimuth), (1280, 720)
    view = build_view(SURFACE, Settings())
    hx, hy = view.frame.half
    x, y, z = box.axis_edges(view, camera, size)
    assert (x.name, y.name, z.name) == ("x", "y", "z")
    eye = camera.eye(size)
    for edge, opposite in ((x, [1, -1, 1]), (y, [-1, 1, 1])):
        middle = edge.ends.mean(axis=0)
        assert np.linalg.norm(middle - eye) <= np.linalg.norm(middle * opposite - eye) + 1e-6
    # The upright edge is an outer one: all of the box is to its right.
    floor = [[sx * hx, sy * hy, 0.0] for sx in (-1, 1) for sy in (-1, 1)]
    assert camera.project(z.ends[:1], size)[0, 0] <= camera.project(floor, size)[:, 0].min() + 1e-6
