"""The key table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from glviz.options import options
from glviz.scene.camera import Camera
from glviz.settings import Settings
from glviz.ui.keys import KEYS
from glviz.ui.state import State, value_of

OPTIONS = [item for kind in (Settings, Camera) for item in options(kind) if item.key]


def start() -> State:
    return State.start(Settings(), Camera())


def key(name):
    return next(key for key in KEYS if key.name == name)


def test_no_key_means_two_things():
    names = [key.name for key in KEYS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("item", OPTIONS, ids=lambda item: item.name)
def test_an_options_key_goes_through_its_values_and_back(item):
    state = start()
    values = [value_of(state, item)]
    for _ in range(len(item.allowed()) if item.kind is str else 2):
        state = key(item.key).step(state)
        values.append(value_of(state, item))
    assert values[-1] == values[0]
    assert set(values) == (set(item.allowed()) if item.kind is str else {True, False})


def test_the_sheet_shows_how_things_stand():
    state = start()
    assert key("L").shown(state) == "auto"
    assert key("L").shown(key("L").step(state)) == "linear"
    assert key("C").shown(key("C").step(state)) == "off"
    assert key("Tab").shown(state) == "shown"


def test_views_look_along_the_axes_and_home_returns():
    state = start()
    for name, forward in (("1", (0, 1, 0)), ("3", (-1, 0, 0)), ("7", (0, 0, -1))):
        assert key(name).step(state).camera.forward() == pytest.approx(forward, abs=1e-12)
    moved = replace(state, camera=state.camera.orbit(20, 10).dolly(2))
    assert key("Home").step(moved).camera == state.camera


def test_escape_closes_the_sheet_before_the_window():
    state = key("H").step(start())
    assert state.help
    state = key("Esc").step(state)
    assert (state.help, state.quit) == (False, False)
    assert key("Esc").step(state).quit
    assert key("Q").step(start()).quit


def test_f12_asks_for_one_picture_more():
    assert key("F12").step(key("F12").step(start())).pictures == 2
