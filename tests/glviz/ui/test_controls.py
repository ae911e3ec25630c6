"""The mouse table and the motions it names."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glviz.scene.camera import Camera
from glviz.ui.controls import DRAGS, Drag, binding_for, orbit, pan, wheel_zoom, zoom

SIZE = (900, 600)


def test_every_button_does_something_whatever_is_held():
    for button, modifier in product(("left", "right", "middle"), ("", "shift", "ctrl")):
        assert binding_for(button, modifier) is not None
    assert binding_for("left", "shift").name == "move"
    assert binding_for("left", "").name == "turn"
    assert binding_for("right", "shift").name == "move"


def test_no_row_of_the_table_hides_another():
    rows = [(row.button, row.modifier) for row in DRAGS]
    assert len(set(rows)) == len(rows)


def test_orbit_turns_the_near_side_with_the_pointer():
    camera = Camera(azimuth=-90.0, elevation=30.0)
    near = np.array([[0.0, -1.0, 0.3]])  # in front of the target
    before = camera.project(near, SIZE)[0]
    after = orbit(camera, Drag(20.0, 10.0, SIZE)).project(near, SIZE)[0]
    assert after[0] > before[0]
    assert after[1] > before[1]
    assert after[0] - before[0] == pytest.approx(20.0, rel=0.5)


def test_orbit_stops_at_the_poles_and_keeps_the_rest():
    turned = orbit(Camera(elevation=80.0), Drag(0.0, 400.0, SIZE))
    assert turned.elevation == 90.0
    assert (turned.zoom, turned.target) == (Camera().zoom, Camera().target)


@given(st.floats(-200, 200), st.floats(-200, 200))
def test_pan_carries_the_target_with_the_pointer(dx, dy):
    camera = Camera()
    moved = pan(camera, Drag(dx, dy, SIZE))
    before = camera.project([camera.target], SIZE)[0, :2]
    after = moved.project([camera.target], SIZE)[0, :2]
    assert after - before == pytest.approx([dx, dy], abs=1e-6)


@given(st.floats(-3, 3), st.floats(0, 900), st.floats(0, 600), st.booleans())
def test_wheel_keeps_what_is_under_the_pointer(notches, x, y, orthographic):
    camera = Camera(orthographic=orthographic)
    origin, direction = camera.ray(x, y, SIZE)
    depth = ((np.array(camera.target) - origin) @ camera.forward()) / (direction @ camera.forward())
    point = origin + depth * direction  # under the pointer, at the target's depth
    after = wheel_zoom(camera, notches, (x, y), SIZE)
    assert after.project([point], SIZE)[0, :2] == pytest.approx([x, y], abs=1e-5)
    assert after.zoom == pytest.approx(camera.zoom * 1.15**notches)


def test_wheel_at_the_limit_of_zoom_does_not_drift():
    nearest = Camera(zoom=200.0)
    assert wheel_zoom(nearest, 5.0, (10.0, 10.0), SIZE).target == pytest.approx(nearest.target)


def test_zoom_drag_upwards_comes_nearer():
    assert zoom(Camera(), Drag(0.0, -50.0, SIZE)).zoom > 1.0 > zoom(Camera(), Drag(0.0, 50.0, SIZE)).zoom
