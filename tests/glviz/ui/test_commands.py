"""The table of commands: keys, steps and what the key sheet says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from glviz.options import options
from glviz.scene.camera import Camera
from glviz.settings import Settings
from glviz.ui.commands import BY_NAME, COMMANDS
from glviz.ui.state import Request, State, recorded, value_of

OPTIONS = [item for item in options(Settings) if item.key]


def start() -> State:
    return State.start(Settings(), Camera())


def key(name):
    return next(command for command in COMMANDS if name in command.keys)


def test_no_key_and_no_name_means_two_things():
    names = [name for command in COMMANDS for name in command.keys]
    assert len(set(names)) == len(names)
    assert len(BY_NAME) == len(COMMANDS)


def test_every_key_exists_on_a_keyboard():
    from imgui_bundle import imgui

    from glviz.ui.chords import codes_of

    for command in COMMANDS:
        for name in command.keys:
            assert all(isinstance(code, imgui.Key) for code in codes_of(name)), name


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
    assert key("Ctrl+B").shown(state) == "shown"


def test_views_look_along_the_axes_and_home_returns():
    state = start()
    for name, forward in (("1", (0, 1, 0)), ("3", (-1, 0, 0)), ("7", (0, 0, -1))):
        assert key(name).step(state).camera.forward() == pytest.approx(forward, abs=1e-12)
    moved = replace(state, camera=state.camera.orbit(20, 10).dolly(2))
    assert key("Home").step(moved).camera == state.camera


def test_escape_closes_and_stops_and_never_quits():
    state = key("H").step(start())
    assert state.help
    state = key("Esc").step(state)
    assert (state.help, state.quit) == (False, False)
    playing = replace(state, playing=True)
    assert not key("Esc").step(playing).playing
    assert key("Esc").step(state) == state
    for name in ("Q", "Ctrl+Q"):
        assert key(name).step(start()).quit


def test_f12_asks_for_a_picture():
    assert key("F12").step(start()).requests == (Request("picture.save"),)


# --- undo ------------------------------------------------------------------------------


def does(state, name, *, held=False, in_panel=False) -> State:
    return recorded(state, BY_NAME[name].step(state), held=held, in_panel=in_panel)


def test_undo_and_redo_go_through_every_setting_that_was_made():
    states = [start()]
    for name in ("set.contours", "set.height_scale", "set.contours", "set.wireframe"):
        states.append(does(states[-1], name))
    state = states[-1]
    for wanted in reversed(states[:-1]):
        state = does(state, "edit.undo")
        assert state.settings == wanted.settings
    assert not BY_NAME["edit.undo"].enabled(state)
    for wanted in states[1:]:
        state = does(state, "edit.redo")
        assert state.settings == wanted.settings
    assert not BY_NAME["edit.redo"].enabled(state)


def test_a_new_setting_ends_what_could_be_redone():
    state = does(does(does(start(), "set.contours"), "edit.undo"), "set.wireframe")
    assert not BY_NAME["edit.redo"].enabled(state)
    assert does(state, "edit.undo").settings == Settings()


def test_settings_and_views_have_ways_back_of_their_own():
    state = does(does(does(start(), "view.map"), "set.contours"), "view.front")
    assert does(state, "edit.undo").camera == state.camera
    state = does(state, "view.previous")
    assert state.camera.elevation == 90.0 and not state.settings.contours
    state = does(state, "view.previous")
    assert state.camera == Camera()
    assert not BY_NAME["view.previous"].enabled(state)
    assert does(does(state, "view.next"), "view.next").camera.elevation == 0.0


def test_a_camera_set_in_the_panel_is_undone_like_any_setting():
    before = start()
    turned = replace(before, camera=replace(before.camera, azimuth=10.0))
    state = does(recorded(before, turned, held=False, in_panel=True), "set.contours")
    state = does(state, "edit.undo")
    assert state.camera.azimuth == 10.0
    state = does(state, "edit.undo")
    assert state.camera == Camera()
    assert does(state, "edit.redo").camera.azimuth == 10.0


def test_a_drag_is_one_step_and_two_drags_are_two():
    state = start()
    for opacities in ((0.9, 0.8, 0.7), (0.6, 0.5)):
        for opacity in opacities:
            settings = replace(state.settings, opacity=opacity)
            state = recorded(state, replace(state, settings=settings), held=True)
        state = recorded(state, state, held=False)  # the button goes up
    state = does(state, "edit.undo")
    assert state.settings.opacity == 0.7
    assert does(state, "edit.undo").settings.opacity == 1.0


def test_a_replay_is_not_a_setting():
    state = does(start(), "set.contours")
    state = does(state, "paths.replay")
    for progress in (0.2, 0.6, 1.0):
        settings = replace(state.settings, path_progress=progress)
        state = recorded(state, replace(state, settings=settings), held=False)
    state = recorded(state, replace(state, playing=False), held=False)
    assert does(state, "edit.undo").settings == Settings()


def test_the_way_back_is_bounded():
    from glviz.ui.trail import LONGEST

    state = start()
    for _ in range(LONGEST + 50):
        state = does(state, "set.contours")
    assert len(state.edits.past) == LONGEST
