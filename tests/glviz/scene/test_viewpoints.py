from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glviz.scene.camera import Camera
from glviz.scene.viewpoints import NAMED, as_text, between, flatness, from_text

SIZE = (1280, 720)
CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-0.36, 0.85)], dtype=float)

cameras = st.builds(
    Camera,
    azimuth=st.floats(-180, 180),
    elevation=st.floats(-90, 90),
    zoom=st.floats(0.1, 50),
    orthographic=st.booleans(),
    target=st.tuples(*[st.floats(-1, 1)] * 3),
)


@pytest.mark.parametrize("name", NAMED)
def test_a_named_view_shows_the_whole_box(name):
    place = NAMED[name](Camera(zoom=7.0, target=(1.0, 1.0, 0.0))).project(CORNERS, SIZE)
    assert place[:, 0].min() > 0 and place[:, 0].max() < SIZE[0]
    assert place[:, 1].min() > 0 and place[:, 1].max() < SIZE[1]


@pytest.mark.parametrize("pair", [("front", "back"), ("left", "right"), ("corner", "opposite")])
def test_opposites_look_from_opposite_sides(pair):
    one, other = (NAMED[name](Camera()).forward() for name in pair)
    np.testing.assert_allclose(one[:2], -other[:2], atol=1e-12)


def test_the_map_has_x_to_the_right_y_upwards_and_no_perspective():
    camera = NAMED["map"](Camera())
    low, right, up, high = camera.project([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0.8]], SIZE)[:, :2]
    assert right[0] > low[0] and right[1] == pytest.approx(low[1])
    assert up[1] < low[1] and up[0] == pytest.approx(low[0])
    np.testing.assert_allclose(high, low, atol=1e-9)
    assert np.hypot(*(right - low)) == pytest.approx(np.hypot(*(up - low)))


def test_all_three_axes_are_equally_long_from_the_corner():
    camera = NAMED["corner"](Camera(orthographic=True))
    origin, *ends = camera.project([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], SIZE)[:, :2]
    lengths = [np.hypot(*(end - origin)) for end in ends]
    assert lengths == pytest.approx([lengths[0]] * 3)


@given(camera=cameras)
def test_a_view_survives_as_text(camera):
    found = from_text(f"look here: {as_text(camera)} please", Camera())
    before, after = (c.project(CORNERS, SIZE)[:, :2] for c in (camera, found))
    np.testing.assert_allclose(after, before, rtol=1e-3, atol=0.05)


def test_a_part_of_a_view_leaves_the_rest():
    assert from_text("--zoom 3", Camera(azimuth=12.0)) == Camera(azimuth=12.0, zoom=3.0)


@pytest.mark.parametrize(
    "text", ["", "hello", "--zoom=1e9", "--elevation=x", "--target=1,2", "--target=1,2,1e30", "--zoom"]
)
def test_a_text_without_a_view_is_refused(text):
    with pytest.raises(ValueError, match=r"view|zoom|elevation|target"):
        from_text(text, Camera())


@given(start=cameras, end=cameras)
def test_a_flight_begins_and_ends_where_it_should(start, end):
    assert between(start, end, 0.0) == start
    assert between(start, end, 1.0) == end
    for camera, share in ((start, 1e-6), (end, 1 - 1e-6)):
        near = between(start, end, share)
        at, was = (c.project([[0.2, 0.1, 0.3]], SIZE)[0, :2] for c in (near, camera))
        if np.all(np.isfinite(was)) and np.abs(was).max() < 5000 and camera.zoom < 5:
            # Half a degree of perspective stands for none.
            np.testing.assert_allclose(at, was, atol=8.0)


def test_a_flight_turns_the_shorter_way():
    middle = between(Camera(azimuth=170.0), Camera(azimuth=-170.0), 0.5)
    assert abs(middle.azimuth) == pytest.approx(180.0)


def test_only_the_view_straight_down_is_flat():
    assert flatness(Camera(elevation=90.0, orthographic=True)) == 1.0
    assert flatness(Camera(elevation=90.0)) == 0.0
    assert flatness(Camera(orthographic=True)) == 0.0
