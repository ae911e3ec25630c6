"""Pinned points: their text, and what a surface has to say there."""

from __future__ import annotations

import numpy as np
import pytest

from compute.surface import Surface
from glviz.scene.pins import MOST_PINS, parse_pins, pins_text
from glviz.scene.view import build_view
from glviz.settings import Settings

X, Y = np.linspace(-1, 1, 9), np.linspace(0, 3, 7)


@pytest.mark.parametrize(
    ("text", "places"),
    [("", ()), (" ; ", ()), ("0,0", ((0, 0),)), (" 0.5 , -1e-3 ;2,3;", ((0.5, -1e-3), (2, 3)))],
)
def test_positions_are_read_and_written(text, places):
    assert parse_pins(text) == places
    assert parse_pins(pins_text(places)) == places


@pytest.mark.parametrize("text", ["1", "1,2,3", "a,b", "nan,0", "1,2;inf,0", "1 2"])
def test_what_is_no_position_is_refused(text):
    with pytest.raises(ValueError, match="expected positions such as"):
        parse_pins(text)


def test_there_are_no_more_than_a_picture_has_room_for():
    assert len(parse_pins("0,0;" * MOST_PINS)) == MOST_PINS
    with pytest.raises(ValueError, match="at most 100 positions, got 101"):
        parse_pins("0,0;" * (MOST_PINS + 1))


def test_values_are_those_of_the_surface_at_its_drawn_height():
    plane = 2 + X[None, :] - 0.5 * Y[:, None]  # bilinear interpolation is exact
    surface = Surface(X, Y, plane, {"accuracy": 3 * X[None, :] + 0 * Y[:, None]})
    view = build_view(surface, Settings(pins="0.3,1.1; -1,3; 5,5"))
    inside, corner, outside = view.pins
    assert dict(inside.values) == pytest.approx({"loss": 2 + 0.3 - 0.55, "accuracy": 0.9})
    assert dict(corner.values)["loss"] == plane[-1, 0]
    expected = view.frame.points(0.3, 1.1, view.height.scale.forward(1.75))
    np.testing.assert_allclose(inside.point_w, expected, atol=1e-6)
    assert outside.point_w is None and np.isnan(dict(outside.values)["loss"])
    view = build_view(surface, Settings(pins="0.3,1.1"), title="a.ply")
    assert view.readings({(0.3, 1.1)}) == ["a.ply\tx=0.3\ty=1.1\tloss=1.75\taccuracy=0.9"]


def test_where_nothing_is_known_there_is_no_point():
    loss = np.ones((7, 9))
    loss[3, 4] = np.nan
    view = build_view(Surface(X, Y, loss), Settings(pins=f"{X[4]},{Y[3]};{X[0]},{Y[0]}"))
    assert [pin.point_w is None for pin in view.pins] == [True, False]
