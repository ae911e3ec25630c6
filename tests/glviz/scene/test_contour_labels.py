from __future__ import annotations

import numpy as np
import pytest

from compute.scales import MOST_LEVELS, Scale, parse_levels, stepped_levels
from compute.surface import Surface
from glviz.scene.camera import Camera
from glviz.scene.captions import reading, subtitle
from glviz.scene.contour_labels import in_sight, level_texts, line_labels
from glviz.scene.pick import sample
from glviz.scene.view import build_view
from glviz.settings import Settings

X, Y = np.linspace(-3, 3, 61), np.linspace(-2, 2, 41)
BOWL = Surface(X, Y, 0.5 * X[None, :] ** 2 + Y[:, None] ** 2 + 0.1)


@pytest.mark.parametrize(("middle", "half"), [(2.3025, 1e-4), (12345.67, 0.2), (2.3025, 1e-7), (0.0, 1e-9)])
def test_labels_caption_and_readings_of_a_narrow_range_differ_as_the_values_do(middle, half):
    unit = BOWL.loss / BOWL.loss.max() * 2 - 1
    view = build_view(Surface(X, Y, middle + half * unit), Settings(pins="0,0;1,0.5;1,0.6"))
    texts = level_texts(view)
    assert len(set(texts.values())) == len(view.levels) > 8
    (told,) = subtitle(view)
    low, high = (part.split(" at ")[0].split(" ")[1] for part in told.split(" · "))
    assert low != high
    assert len({reading(view, *pin.values[0]) for pin in view.pins}) == 3


def test_labels_stay_short_where_they_can():
    levels = "0.2,0.5,1,2.5"
    assert list(level_texts(build_view(BOWL, Settings(levels=levels))).values()) == levels.split(",")


def test_given_levels_are_the_levels():
    view = build_view(BOWL, Settings(levels="1; 0.5,3  1"))
    assert view.levels.tolist() == [0.5, 1.0, 3.0]
    assert {line.level for line in view.iso_lines} == {0.5, 1.0, 3.0}
    assert not view.notices
    assert "1 of 2" in build_view(BOWL, Settings(levels="1, 99")).notices[0]


@pytest.mark.parametrize("text", [" ", "1,x", "nan", "1e999", ",".join(map(str, range(MOST_LEVELS + 1)))])
def test_levels_that_are_none_are_refused(text):
    with pytest.raises(ValueError, match=r"level"):
        parse_levels(text)


def test_a_step_gives_its_multiples_within_the_range():
    assert stepped_levels(Scale("linear", 0.05, 0.45), 0.1)[0].tolist() == [0.1, 0.2, 0.3, 0.4]
    assert stepped_levels(Scale("linear", -2.5, 3), 1.0)[0].tolist() == [-2, -1, 0, 1, 2]
    assert stepped_levels(Scale("linear", 1, 1), 0.5)[0].size == 0
    levels, stride = stepped_levels(Scale("linear", -1e300, 1e300), 1e-300)
    assert 0 < len(levels) <= MOST_LEVELS and stride > 1
    assert stepped_levels(Scale("linear", 0, 1), 5.0)[0].size == 0


def test_a_step_too_small_is_thinned_and_said_so():
    levels, stride = stepped_levels(Scale("linear", 0, 1000), 1.0)
    assert stride == 16 and levels[:2].tolist() == [16.0, 32.0] and levels.size <= MOST_LEVELS
    assert "16th" in build_view(BOWL.replace(loss=BOWL.loss * 1000 / BOWL.loss.max()),
                                Settings(contour_step=1.0)).notices[-1]  # fmt: skip


@pytest.mark.parametrize("on_floor", [False, True])
def test_labels_stand_on_their_lines(on_floor):
    view = build_view(BOWL, Settings())
    labels = line_labels(view, on_floor=on_floor)
    assert len(labels) >= len(view.levels) - 2
    for label in labels:
        x, y = view.frame.x_data(label.places[:, 0]), view.frame.y_data(label.places[:, 1])
        value = sample(X, Y, BOWL.loss, view.valid, x, y)
        assert value == pytest.approx(np.full(len(value), label.level), abs=0.02)
        z = view.frame.floor if on_floor else view.frame.z_world(view.unit_height(label.level))
        assert label.places[:, 2] == pytest.approx(np.full(len(value), float(z)))


def test_the_straightest_place_comes_first():
    # A line with two long straight sides and round ends, away from the edges.
    x, y = np.linspace(-3, 3, 121), np.linspace(-3, 3, 121)
    distance = np.hypot(np.maximum(np.abs(x[None, :]) - 1.2, 0.0), y[:, None])
    view = build_view(Surface(x, y, distance), Settings(levels="1"))
    (label,) = line_labels(view, on_floor=False)
    first = label.places[0]
    assert abs(view.frame.x_data(first[0])) < 1.2


def test_what_is_behind_the_surface_is_out_of_sight():
    ridge = Surface(X, Y, np.exp(-4 * X[None, :] ** 2) + 0 * Y[:, None])
    view = build_view(ridge, Settings())
    frame = view.frame
    points = np.array(
        [
            frame.points(-1.5, 0.0, view.unit_height(float(np.exp(-9.0)))),  # behind the ridge
            frame.points(1.5, 0.0, view.unit_height(float(np.exp(-9.0)))),  # before it
            [*frame.points(1.5, 0.0, 0.0)[:2], frame.floor],  # on the floor, under the surface
        ]
    )
    low = Camera(azimuth=0.0, elevation=12.0)
    assert in_sight(view, low.eye((640, 480)), None, points).tolist() == [False, True, True]
    from_top = in_sight(view, np.zeros(3), np.array([0.0, 0.0, 1.0]), points)
    assert from_top.tolist() == [True, True, False]
    from_below = in_sight(view, np.zeros(3), np.array([0.0, 0.0, -1.0]), points)
    assert from_below.tolist() == [True, True, True]
