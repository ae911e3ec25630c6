"""Where the window was, as it is kept between two sessions."""

from __future__ import annotations

import json

import pytest

from glviz.window.screen import Placement, window_title


@pytest.mark.parametrize(
    "placement", [Placement((1280, 800), (30, -20), False), Placement((480, 360), None, True)]
)
def test_a_placement_comes_back_from_json(placement):
    assert Placement.from_json(json.loads(json.dumps(placement.as_json()))) == placement


@pytest.mark.parametrize(
    "found", [None, 3, {}, {"size": [10, 10]}, {"size": [1e9, 800]}, {"size": "large"}, {"size": [800, True]},
              {"size": [90000, 800]}],
)  # fmt: skip
def test_what_makes_no_sense_is_none(found):
    assert Placement.from_json(found) is None


def test_a_title_bar_shows_no_control_characters():
    assert window_title(["a\nb.ply", "c.ply"]) == "a\N{REPLACEMENT CHARACTER}b.ply, c.ply - glviz"
