"""A slice follows the pointer that holds its line."""

from __future__ import annotations

import numpy as np
import pytest

from compute.surface import Surface
from glviz.scene.camera import Camera
from glviz.scene.features import cut_lines, wall
from glviz.scene.panes import Pane, clip_plane, plane_of
from glviz.scene.slice_drag import dragged, grab
from glviz.scene.view import build_view
from glviz.settings import Settings

X, Y = np.linspace(-3, 5, 33), np.linspace(-2, 2, 17)
BOWL = Surface(X, Y, 0.1 + (X[None, :] - 0.5) ** 2 + 2 * (Y[:, None] + 0.5) ** 2)
SIZE = (900, 700)
CUTS = [("x", 0.0), ("y", 0.0), ("angle", 30.0), ("angle", -70.0), ("level", 0.0)]


def pane(axis, angle, position=None) -> Pane:
    settings = Settings(slice_axis=axis, slice_angle=angle, slice_position=position)
    return Pane(build_view(BOWL, settings), Camera(), (0, 0, *SIZE))


@pytest.mark.parametrize(("axis", "angle"), CUTS)
def test_the_line_is_grabbed_where_it_is_drawn_and_nowhere_else(axis, angle):
    shown = pane(axis, angle)
    line = cut_lines(shown.view)[0]
    pixels = Camera().project(line, SIZE)
    middle = len(line) // 2
    held = grab(shown, pixels[middle, 0] + 2, pixels[middle, 1] - 2)
    assert held is not None and np.linalg.norm(held - line[middle]) < 0.05
    assert grab(shown, 5, 5) is None
    assert grab(Pane(build_view(BOWL, Settings()), Camera(), (0, 0, *SIZE)), *pixels[middle, :2]) is None


@pytest.mark.parametrize(("axis", "angle"), CUTS)
def test_the_held_point_stays_under_the_pointer_as_far_as_it_can(axis, angle):
    shown = pane(axis, angle)
    line = cut_lines(shown.view)[0]
    held = line[len(line) // 2]
    for dx, dy in ((25, 0), (0, -18), (-30, 12)):
        position, moved = dragged(shown, held, dx, dy)
        there = pane(axis, angle, position)
        normal, offset = plane_of(there.view, there.view.slice)
        assert normal @ moved == pytest.approx(offset, abs=2e-3), "the plane went elsewhere"
        before, after = Camera().project(np.stack([held, moved]), SIZE)[:, :2]
        way = after - before
        # What is left between pointer and point is at right angles to the way it could go.
        assert abs((np.array([dx, dy]) - way) @ way) < 0.06 * np.hypot(dx, dy) * np.hypot(*way) + 0.3


def test_a_plane_seen_along_its_normal_stays():
    above = Pane(pane("level", 0.0).view, Camera(elevation=90.0, orthographic=True), (0, 0, *SIZE))
    position = above.view.slice.position
    assert dragged(above, np.zeros(3), 50, 50)[0] == position


@pytest.mark.parametrize(("axis", "angle"), CUTS)
@pytest.mark.parametrize("azimuth", [-60.0, 20.0, 140.0])
@pytest.mark.parametrize("elevation", [-40.0, 35.0])
def test_the_side_of_the_eye_is_hidden(axis, angle, azimuth, elevation):
    camera = Camera(azimuth=azimuth, elevation=elevation)
    view = pane(axis, angle).view
    *normal, offset = clip_plane(view, camera)
    eye = camera.eye(SIZE)
    assert np.dot(normal, eye) > offset
    line = np.concatenate(cut_lines(view))
    assert np.abs(line @ normal - offset).max() < 1e-6


def test_a_gap_breaks_the_line_and_the_wall_in_two():
    loss = BOWL.loss.copy()
    loss[:, 10:13] = np.nan
    view = build_view(BOWL.replace(loss=loss, status=None), Settings(slice_axis="y", slice_position=0.0))
    left, right = cut_lines(view)
    frame = view.frame
    assert left[-1, 0] == pytest.approx(frame.x_world(X[9]))
    assert right[0, 0] == pytest.approx(frame.x_world(X[13]))
    filled = wall(view)
    across = filled.points[filled.triangles][:, :, 0]
    assert across.min() == pytest.approx(-frame.half[0]) and across.max() == pytest.approx(frame.half[0])
    inside = (across.min(axis=1) < right[0, 0] - 1e-9) & (across.max(axis=1) > left[-1, 0] + 1e-9)
    assert not inside.any(), "the wall fills the gap"
