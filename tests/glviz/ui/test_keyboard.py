"""Without a mouse: the picture is turned and cut, and every widget of the panel reached, by keys."""

from __future__ import annotations

from dataclasses import replace

import pytest

from glviz.scene.camera import Camera
from glviz.ui.layout import SCALES, Layout
from glviz.ui.state import Request

from .conftest import PANEL, WINDOW


def test_arrows_turn_and_with_shift_they_move(driver):
    start = driver.state.camera
    right = driver.key("Right").camera
    assert right.azimuth > start.azimuth and right.target == start.target
    assert driver.key("Left").camera.azimuth == pytest.approx(start.azimuth)
    assert driver.key("Up").camera.elevation > start.elevation
    driver.key("Down")
    for name, opposite in (("Left", "Right"), ("Up", "Down")):
        moved = driver.key(f"Shift+{name}").camera
        assert moved.target != pytest.approx(start.target)
        assert driver.key(f"Shift+{opposite}").camera.target == pytest.approx(start.target)


@pytest.mark.parametrize("axis", ["x", "y", "angle", "level"])
def test_a_slice_moves_by_keys_and_stops_at_the_ends(driver, axis):
    driver.set(slice_axis=axis)
    first = driver.key(".").settings.slice_position
    second = driver.key(".").settings.slice_position
    assert second > first
    assert driver.key(",").settings.slice_position == pytest.approx(first, rel=1e-4)
    driver.set(slice_position={"x": 4.9, "y": 1.95, "angle": 4.0, "level": 32.0}[axis])
    for _ in range(6):
        driver.key(".")
    last = driver.state.settings.slice_position
    assert driver.key(".").settings.slice_position == last
    assert driver.log == []


def test_a_key_held_down_goes_on_and_is_one_step_back(driver):
    from glviz.ui.chords import codes_of

    driver.set(slice_axis="x")
    steps = len(driver.state.edits.past)
    code = codes_of(".")[0]
    driver.io.add_key_event(code, True)
    driver.frames(60)
    driver.io.add_key_event(code, False)
    driver.frames(2)
    assert driver.state.settings.slice_position > 2.0
    assert len(driver.state.edits.past) == steps + 1


def test_tab_goes_into_the_panel_and_escape_back(driver):
    driver.key("Tab")
    assert driver.io.nav_visible
    camera = driver.state.camera
    for _ in range(4):
        driver.key("Down")
    assert driver.state.camera == camera, "the arrows belong to the panel"
    state = driver.key("Esc")
    assert not state.quit
    driver.frames(2)
    assert not driver.io.nav_visible
    assert driver.key("Right").camera != camera


def test_widgets_are_reached_by_tab_and_worked_with_space(driver):
    from imgui_bundle import imgui

    driver.key("Tab")
    reached, turned = set(), set()
    for _ in range(40):
        driver.io.add_key_event(imgui.Key.tab, True)
        driver.frames()
        driver.io.add_key_event(imgui.Key.tab, False)
        driver.frames()
        reached.add(imgui.internal.get_focus_id())
        before = driver.state.settings
        if driver.io.want_text_input:
            continue
        driver.key("Space")
        after = driver.state.settings
        turned |= {name for name, value in vars(after).items() if value != getattr(before, name)}
        if imgui.is_popup_open("", int(imgui.PopupFlags_.any_popup)):
            driver.key("Esc")
    assert len(reached) > 30
    assert {"clamp_high", "wireframe", "floor"} <= turned
    assert driver.log == []


def test_a_box_clicked_with_the_mouse_leaves_the_keys_to_the_picture(driver):
    driver.click(*driver.widget("contours", 0.1))
    camera = driver.state.camera
    assert driver.key("Right").camera != camera


# --- sizes -------------------------------------------------------------------------------


def test_the_interface_grows_and_shrinks(driver):
    assert driver.key("Ctrl++").layout.scale == 1.15
    driver.key("Ctrl+-")
    assert driver.key("Ctrl+-").layout.scale == 0.85
    assert driver.key("Ctrl+0").layout.scale == 1.0
    for _ in range(20):
        driver.key("Ctrl++")
    assert driver.state.layout.scale == SCALES[-1]
    driver.key("Ctrl+0")


def test_another_display_scale_while_running_scales_the_panel_and_its_text(driver):
    from imgui_bundle import imgui

    driver.scale, driver.window = 2.0, (2 * WINDOW[0], WINDOW[1])
    driver.frames(3)
    assert driver.parts.panel[2] == 2 * PANEL
    assert imgui.get_style().font_scale_dpi == 2.0
    wide = driver.rects["contours"]
    driver.scale, driver.window = 1.0, WINDOW
    driver.frames(3)
    assert imgui.get_style().font_scale_dpi == 1.0
    narrow = driver.rects["contours"]
    assert wide[3] - wide[1] == pytest.approx(2 * (narrow[3] - narrow[1]), abs=2)
    assert driver.log == []


# --- places ------------------------------------------------------------------------------


def test_the_panels_edge_is_dragged_and_a_double_click_gives_the_width_back(driver):
    edge = (PANEL + 1.0, 900.0)
    state = driver.drag(edge, (PANEL + 101.0, 900.0))
    assert state.layout.panel_width == pytest.approx(PANEL + 101.0, abs=3)
    assert driver.parts.picture[0] == pytest.approx(PANEL + 101, abs=3)
    assert state.camera == Camera(), "the picture was not turned"
    edge = (float(driver.parts.picture[0]) + 1.0, 900.0)
    driver.click(*edge)
    assert driver.click(*edge).layout.panel_width is None


def test_the_panel_at_the_right_is_the_same_panel(driver):
    driver.state = replace(driver.state, layout=Layout(side="right"))
    driver.frames(2)
    assert driver.parts.panel == (WINDOW[0] - PANEL, 0, PANEL, WINDOW[1])
    assert driver.widget("contours")[0] > WINDOW[0] - PANEL
    driver.click(*driver.widget("contours", 0.1))
    assert not driver.state.settings.contours
    edge = (WINDOW[0] - PANEL - 1.0, 900.0)
    state = driver.drag(edge, (WINDOW[0] - PANEL - 61.0, 900.0))
    assert state.layout.panel_width == pytest.approx(PANEL + 61.0, abs=3)


def test_the_edge_of_the_plots_is_dragged(driver):
    driver.set(slice_axis="x")
    left, top, width, _ = driver.parts.dock
    middle = left + width / 2
    state = driver.drag((middle, top - 1.0), (middle, top - 201.0))
    assert state.layout.dock_height == pytest.approx(WINDOW[1] - top + 201, abs=4)
    assert driver.parts.dock[1] == pytest.approx(top - 201, abs=4)


# --- what is kept ------------------------------------------------------------------------


def test_a_layout_comes_back_from_json():
    import json

    layout = Layout(False, "right", 300.5, 220.0, 1.5, frozenset({"Data"}), frozenset({"View", "Paths"}))
    assert Layout.from_json(json.loads(json.dumps(layout.as_json()))) == layout


@pytest.mark.parametrize(
    "found",
    [None, [], "text", {"panel": 3, "side": "top", "panel_width": "wide", "scale": 99, "folded": 7},
     {"panel_width": -5, "dock_height": 1e9, "scale": True, "unfolded": [1, None]}],
)  # fmt: skip
def test_what_makes_no_sense_is_the_default(found):
    kept = Layout.from_json(found)
    assert replace(kept, unfolded=frozenset()) == Layout()


def struck(driver, name) -> None:
    """A key with what is held, down and up again in one slow frame, as the window's callback tells of it."""
    from imgui_bundle import imgui

    from glviz.ui.chords import codes_of, end_frame, modifiers_of

    held = [getattr(imgui.Key, field.replace("key", "mod")) for field in modifiers_of(name)[0]]
    (code, *_) = codes_of(name)
    for modifier in held:
        driver.io.add_key_event(modifier, True)
    driver.io.add_key_event(code, True)
    end_frame()
    for modifier in held:
        driver.io.add_key_event(modifier, False)
    driver.io.add_key_event(code, False)
    while driver.host.waiting:
        driver.frames(1)
    driver.frames(2)


def test_what_is_held_counts_as_it_was_when_the_key_went_down(driver):
    """Ctrl+P typed within one slow frame: Ctrl is up again when the frame begins."""
    paths = driver.state.settings.paths
    struck(driver, "Ctrl+P")
    state = driver.state
    assert state.dialog and state.settings.paths == paths
    assert driver.key("Esc").dialog != state.dialog
    # Nothing is left over for the next key.
    assert driver.key("P").settings.paths != paths


def test_what_is_held_counts_in_fields_too(driver, tmp_path):
    (tmp_path / "alpha.ply").write_bytes(b"x")
    driver.key("Ctrl+O")
    driver.frames(2)
    struck(driver, "Ctrl+A")
    for letter in f"{tmp_path}/alpha.ply":
        driver.io.add_input_character(ord(letter))
    driver.frames(3)
    assert driver.interface._open_dialog._chooser.text == f"{tmp_path}/alpha.ply"
    struck(driver, "Shift+Enter")
    assert driver.state.requests == (Request("file.add", str(tmp_path / "alpha.ply")),)


def test_events_that_wait_for_a_frame_are_told_of(driver):
    from imgui_bundle import imgui

    assert not driver.host.waiting
    for _ in range(3):
        driver.io.add_key_event(imgui.Key.f9, True)
        driver.io.add_key_event(imgui.Key.f9, False)
    driver.frames(1)
    assert driver.host.waiting
    driver.frames(5)
    assert not driver.host.waiting


def test_arrows_go_from_each_widget_to_the_next_below_it(driver):
    """Beginning with the first one, which has the name of a heading far below."""
    from imgui_bundle import imgui

    def place():
        rect = imgui.get_current_context().nav_scoring_rect
        return rect.min.y, rect.max.y

    driver.key("Tab")
    places = [place()]
    for _ in range(60):
        driver.key("Down")
        if place() == places[-1]:
            break
        places.append(place())
    assert len(places) > 35
    gaps = [after[0] - before[1] for before, after in zip(places[:-1], places[1:], strict=True)]
    assert min(gaps) > 0, "downwards only"
    assert max(gaps[:20]) < 50, "none is jumped over"


@pytest.mark.parametrize(("size", "scale"), [((640, 480), 1.0), ((900, 480), 1.0), ((480, 360), 1.75)])
def test_the_whole_key_sheet_can_be_read_by_keys(driver, size, scale):
    from imgui_bundle import imgui

    driver.window, driver.scale = size, scale
    driver.key("H")
    driver.frames(3)
    sheet = imgui.internal.find_window_by_name("##keys")
    room = sheet.inner_rect.max.x - sheet.inner_rect.min.x
    assert sheet.content_size.x <= room, "nothing is cut at the right"
    assert sheet.scroll_max.y > 0
    camera, seen = driver.state.camera, [sheet.scroll.y]
    for name in ("Down", "PgDn", "Up"):
        driver.key(name)
        seen.append(sheet.scroll.y)
    assert seen[0] == 0 < seen[3] < seen[2] and seen[1] > 0
    driver.key("End")
    assert sheet.scroll.y == sheet.scroll_max.y
    driver.key("Home")
    assert sheet.scroll.y == 0
    assert driver.state.camera == camera, "the keys are the sheet's"
    driver.key("H")
    assert driver.key("Down").camera != camera
    driver.window, driver.scale = WINDOW, 1.0
    assert driver.log == []


def test_the_key_sheet_takes_the_keyboard_and_tab_gives_it_to_the_panel(driver):
    from imgui_bundle import imgui

    assert driver.key("H").help
    assert not driver.key("Tab").help
    assert driver.io.nav_visible
    driver.key("Tab")
    place = imgui.internal.get_focus_id()
    for back in ("Esc", "Tab"):
        assert driver.key("H").help
        driver.key("Down")
        assert not driver.io.nav_visible
        assert imgui.internal.get_focus_id() == place, "the arrows are the sheet's"
        assert not driver.key(back).help
        driver.frames(2)
        assert driver.io.nav_visible
        if back == "Esc":
            assert imgui.internal.get_focus_id() == place, "where it was"
    assert driver.log == []
