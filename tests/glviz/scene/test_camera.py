from __future__ import annotations

import numpy as np
import pytest

from glviz.scene.camera import Camera
from glviz.scene.frame import HEIGHT_W, Frame

SIZE = (1280, 720)
CAMERAS = [
    Camera(),
    Camera(azimuth=130.0, elevation=-20.0, zoom=3.0),
    Camera(orthographic=True),
    Camera(elevation=90.0),
]


@pytest.mark.parametrize("camera", CAMERAS)
def test_the_target_is_in_the_middle(camera):
    np.testing.assert_allclose(camera.project([camera.target], SIZE)[0, :2], [640, 360], atol=1e-9)


@pytest.mark.parametrize("camera", CAMERAS)
def test_a_ray_goes_through_the_point_that_was_projected(camera):
    points = np.random.default_rng(0).uniform(-1, 1, (20, 3))
    for point, (x, y, depth) in zip(points, camera.project(points, SIZE), strict=True):
        assert -1 < depth < 1
        origin, direction = camera.ray(x, y, SIZE)
        off = point - origin
        np.testing.assert_allclose(off - direction * (off @ direction), 0, atol=1e-6)


def test_z_points_up_and_x_to_the_right_from_in_front():
    camera = Camera(azimuth=-90.0, elevation=0.0)
    centre, right, up = camera.project([[0, 0, 0], [1, 0, 0], [0, 0, 1]], SIZE)
    assert right[0] > centre[0] and right[1] == pytest.approx(centre[1])
    assert up[1] < centre[1] and up[0] == pytest.approx(centre[0])


def test_orbit_keeps_the_horizon_level_and_stops_at_the_poles():
    camera = Camera().orbit(77.0, 500.0)
    assert camera.elevation == 90.0
    assert np.all(np.isfinite(camera.matrix(SIZE)))
    turned = Camera().orbit(360.0, 0.0)
    np.testing.assert_allclose(turned.matrix(SIZE), Camera().matrix(SIZE), atol=1e-12)


@pytest.mark.parametrize("camera", CAMERAS)
def test_pan_follows_the_pointer(camera):
    before = camera.project([camera.target], SIZE)[0]
    after = camera.pan(30.0, -12.0, SIZE).project([camera.target], SIZE)[0]
    np.testing.assert_allclose(after[:2] - before[:2], [30, -12], atol=1e-6)


def test_zoom_magnifies_about_the_target():
    camera = Camera(orthographic=True)
    points = [[0, 0, 0.14], [0.3, 0, 0.14]]
    near, far = (np.diff(c.project(points, SIZE)[:, 0])[0] for c in (camera.dolly(2.0), camera))
    assert near == pytest.approx(2 * far)


@pytest.mark.parametrize("size", [(1280, 720), (800, 600), (600, 1000), (2560, 1440), (400, 300)])
def test_the_whole_box_is_in_the_picture_from_everywhere(size):
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-0.36, HEIGHT_W)])
    for azimuth in range(-180, 180, 15):
        for elevation in (10, 36, 60, 90):
            place = Camera(azimuth=azimuth, elevation=elevation).project(corners, size)
            assert place[:, 0].min() > 0 and place[:, 0].max() < size[0], (azimuth, elevation)
            assert place[:, 1].min() > 0 and place[:, 1].max() < size[1], (azimuth, elevation)


def test_framing_does_not_depend_on_the_resolution():
    small, large = (Camera().project([[0.5, -0.2, 0.3]], (k * 640, k * 360))[0, :2] / k for k in (1, 3))
    np.testing.assert_allclose(small, large)


@pytest.mark.parametrize(
    "low, high", [(-1.0, 1.0), (0.0, 1e-12), (-1.7e308, 1.7e308), (3.0, 3.0), (1e9, 1e9 + 1)]
)
def test_frame_maps_data_to_world_and_back(low, high):
    frame = Frame.around([low, high], [0.0, 1.0], exaggeration=1.0, floor=True)
    values = np.array([low, high])
    world = frame.x_world(values)
    assert np.all(np.isfinite(world)) and np.all(np.abs(world) <= 1 + 1e-12)
    np.testing.assert_allclose(frame.x_data(world), values, rtol=1e-9)


def test_the_longer_side_fills_the_box_and_the_shorter_keeps_its_proportion():
    assert Frame.around([0, 10], [0, 8], exaggeration=1, floor=False).half == (1.0, 0.8)
    assert Frame.around([0, 1], [0, 100], exaggeration=1, floor=False).half == (0.45, 1.0)
