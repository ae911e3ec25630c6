from __future__ import annotations

from glviz.scene.camera import Camera
from glviz.ui.flight import SECONDS, Flight

HERE, THERE = Camera(), Camera(azimuth=30.0, elevation=80.0)


def test_a_drag_is_followed_at_once():
    flight = Flight()
    flight.seen(HERE, 0, 0.0)
    assert flight.seen(THERE, 0, 0.01) == THERE
    assert not flight.going


def test_a_flight_takes_its_time_and_arrives():
    flight = Flight()
    flight.seen(HERE, 0, 0.0)
    angles = [flight.seen(THERE, 1, 5.0 + SECONDS * k / 10).elevation for k in range(11)]
    assert angles == sorted(angles) and angles[0] == HERE.elevation
    assert 50.0 < angles[5] < 66.0
    assert flight.seen(THERE, 1, 5.001 + SECONDS) == THERE
    assert not flight.going


def test_a_goal_that_moves_is_still_reached():
    flight = Flight()
    flight.seen(HERE, 0, 0.0)
    flight.seen(THERE, 1, 1.0)
    moved = THERE.orbit(10.0, 0.0)
    assert flight.seen(moved, 1, 1.0 + SECONDS / 2) != moved
    assert flight.seen(moved, 1, 1.001 + SECONDS) == moved


def test_the_first_picture_does_not_fly():
    assert Flight().seen(THERE, 3, 0.0) == THERE
