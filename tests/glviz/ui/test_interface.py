"""Events in, states out: the interface as a user meets it, without a window."""

from __future__ import annotations

import numpy as np
import pytest

from compute.surface import CriticalPoint, HeightMesh, Path, Surface
from glviz.scene.camera import Camera
from glviz.settings import Settings
from glviz.ui.controls import Drag, orbit, pan
from glviz.ui.panel import number
from glviz.ui.readout import Prober
from glviz.ui.state import Request

from .conftest import PANEL, WINDOW, bowl

MIDDLE = ((PANEL + WINDOW[0]) / 2, WINDOW[1] / 2)
SIZE = (WINDOW[0] - PANEL, WINDOW[1])


def away(dx, dy):
    return MIDDLE[0] + dx, MIDDLE[1] + dy


def close(camera: Camera, expected: Camera) -> bool:
    numbers = [[c.azimuth, c.elevation, c.zoom, *c.target] for c in (camera, expected)]
    return numbers[0] == pytest.approx(numbers[1], abs=1e-3)


# --- mouse -----------------------------------------------------------------------------


def test_left_drag_turns(driver):
    camera = driver.drag(MIDDLE, away(80, 40)).camera
    assert close(camera, orbit(Camera(), Drag(80, 40, SIZE)))


def test_a_drag_faster_than_a_frame_is_not_lost(driver):
    driver.move(*MIDDLE)
    driver.io.add_mouse_button_event(0, True)
    driver.io.add_mouse_pos_event(*away(40, 20))
    driver.io.add_mouse_pos_event(*away(80, 40))
    driver.io.add_mouse_button_event(0, False)
    driver.io.add_mouse_pos_event(*away(300, 300))
    camera = driver.frames(5).camera
    assert close(camera, orbit(Camera(), Drag(80, 40, SIZE)))


@pytest.mark.parametrize(("button", "modifier"), [(0, "shift"), (1, ""), (2, "")])
def test_right_middle_and_shift_left_drag_move(driver, button, modifier):
    if modifier:
        driver.hold(modifier, True)
    camera = driver.drag(MIDDLE, away(60, -30), button).camera
    assert close(camera, pan(Camera(), Drag(60, -30, SIZE)))


def test_wheel_over_the_picture_zooms_and_over_the_panel_does_not(driver):
    driver.move(*MIDDLE)
    driver.io.add_mouse_wheel_event(0.0, 2.0)
    assert driver.frames(2).camera.zoom == pytest.approx(1.15**2)
    before = driver.state.camera
    driver.move(PANEL / 2, WINDOW[1] / 2)
    driver.io.add_mouse_wheel_event(0.0, 2.0)
    assert driver.frames(3).camera == before


def test_drag_that_begins_on_the_panel_does_not_turn(driver):
    edge = (4.0, WINDOW[1] / 2)
    assert driver.drag(edge, MIDDLE).camera == Camera()
    assert driver.state.settings == Settings()


def test_drag_that_ends_over_the_panel_still_turns(driver):
    camera = driver.drag(away(-200, 0), (40.0, MIDDLE[1]), steps=8).camera
    assert close(camera, orbit(Camera(), Drag(40.0 - MIDDLE[0] + 200, 0, SIZE)))


def test_hidden_panel_leaves_its_place_to_the_mouse(driver):
    driver.key("Ctrl+B")
    assert not driver.state.panel
    assert driver.drag((100.0, 800.0), (180.0, 800.0)).camera != Camera()


def test_picture_counts_as_moving_only_while_dragged(driver):
    driver.frames(3)
    assert not driver.interface.moving
    driver.move(*MIDDLE)
    driver.press()
    driver.move(*away(30, 0))
    assert driver.interface.moving
    driver.release()
    driver.frames(2)
    assert not driver.interface.moving


# --- keys ------------------------------------------------------------------------------


def test_keys_reach_the_state(driver):
    assert not driver.key("C").settings.contours
    assert driver.key("X").settings.slice_axis == "x"
    assert driver.key("7").camera.elevation == 90.0
    assert driver.key("H").help
    assert not driver.key("Esc").help
    assert driver.key("F12").requests == (Request("picture.save"),)
    assert not driver.state.quit
    assert driver.key("Q").quit


def test_typing_in_a_field_is_not_a_key(driver):
    driver.click(*driver.widget("colormap", 0.3))
    for letter in "cividis":
        driver.io.add_input_character(ord(letter))
        driver.key(letter.upper())
    assert driver.state.settings == Settings()
    assert not driver.state.quit
    assert driver.interface._panel._editor._search == "cividis"
    driver.click(*MIDDLE)
    assert not driver.key("C").settings.contours


def test_escape_closes_an_open_list_and_nothing_else(driver):
    driver.set(pins="0.5,0.5")
    driver.click(*driver.widget("background"))
    assert driver.key("Esc").settings.pins
    assert not driver.key("Esc").settings.pins
    assert not driver.key("Esc").quit


# --- panel -----------------------------------------------------------------------------


def changed(driver) -> dict[str, object]:
    return {
        name: value
        for name, value in vars(driver.state.settings).items()
        if value != getattr(Settings(), name)
    }


@pytest.mark.parametrize(
    "name", ["contours", "floor", "critical_points", "paths", "axes", "title", "slice_cut"]
)
def test_a_box_changes_its_option_and_nothing_else(driver, name):
    driver.click(*driver.widget(name, 0.1))
    assert changed(driver) == {name: False}


def test_sliders_reach_both_ends_and_no_farther(driver):
    for name, low, high in (("exaggeration", 0.05, 5.0), ("contour_count", 1, 60), ("shading", 0.0, 1.0)):
        left, right = driver.widget(name, 0.02), driver.widget(name, 0.98)
        driver.drag(right, (left[0] - 60, left[1]))
        assert getattr(driver.state.settings, name) == pytest.approx(low)
        driver.drag(left, (right[0] + 60, right[1]))
        assert getattr(driver.state.settings, name) == pytest.approx(high)


def test_a_list_offers_the_choices(driver):
    x, y = driver.widget("background")
    driver.click(x, y)
    driver.click(x, y + 52)  # the second entry: the list opens below
    assert changed(driver) == {"background": "dark"}


def test_fields_of_the_file_are_offered(driver):
    x, y = driver.widget("color_by")
    driver.click(x, y)
    driver.click(x, y + 52)
    assert changed(driver) == {"color_by": "accuracy"}
    driver.click(x, y)
    driver.click(x, y + 28)
    assert changed(driver) == {}


def test_a_file_with_one_field_needs_no_choice(driver):
    driver.rects.clear()
    driver.show(bowl(metrics={}))
    assert "color_by" not in driver.rects


def test_a_mesh_is_offered_only_what_applies_to_it(driver):
    driver.rects.clear()
    driver.show(HeightMesh([0, 1, 0], [0, 0, 1], [1, 2, 3], [[0, 1, 2]]))
    assert {"exaggeration", "colormap", "axes"} <= set(driver.rects)
    assert not {"contours", "critical_points", "slice_axis"} & set(driver.rects)


def test_an_automatic_value_is_taken_over_then_moved_then_given_back(driver):
    box, left = driver.widget("clamp_high", 0.05), driver.widget("clamp_high", 0.45)
    highest = float(bowl().loss.max())
    driver.click(*box)
    assert driver.state.settings.clamp_high == pytest.approx(highest, rel=1e-5)
    driver.drag(driver.widget("clamp_high", 0.97), left)
    assert 0.1 <= driver.state.settings.clamp_high < highest
    driver.click(*box)
    assert driver.state.settings.clamp_high is None


def test_a_value_can_be_typed(driver):
    driver.click(*driver.widget("clamp_low", 0.05))
    driver.hold("ctrl", True)
    driver.click(*driver.widget("clamp_low", 0.8))
    driver.hold("ctrl", False)
    for letter in "1.25":
        driver.io.add_input_character(ord(letter))
    driver.frames(3)
    from imgui_bundle import imgui

    driver.io.add_key_event(imgui.Key.enter, True)
    driver.frames()
    driver.io.add_key_event(imgui.Key.enter, False)
    driver.frames(2)
    assert driver.state.settings.clamp_low == 1.25


def test_slice_position_runs_along_the_axis_of_the_data(driver):
    for axis, ends in (("x", (-3.0, 5.0)), ("y", (-2.0, 2.0))):
        driver.set(slice_axis=axis, slice_position=None)
        driver.click(*driver.widget("slice_position", 0.05))
        lowest = {"x": 0.5, "y": -0.5}[axis]
        assert driver.state.settings.slice_position == pytest.approx(lowest)
        left, right = driver.widget("slice_position", 0.45), driver.widget("slice_position", 0.97)
        driver.drag(right, (left[0] - 60, left[1]))
        assert driver.state.settings.slice_position == pytest.approx(ends[0])
        driver.drag(left, (right[0] + 60, right[1]))
        assert driver.state.settings.slice_position == pytest.approx(ends[1])


def test_a_colour_map_is_found_by_name_and_flipped(driver):
    x, y = driver.widget("colormap", 0.3)
    driver.click(x, y)
    for letter in "turbo":
        driver.io.add_input_character(ord(letter))
    driver.frames(3)
    driver.click(x, y + 56)  # the first find, below the search field
    assert driver.state.settings.colormap == "turbo"
    driver.click(*driver.widget("colormap", 0.78))
    assert driver.state.settings.colormap == "turbo_r"


def test_the_first_view_comes_back_with_a_button(driver):
    driver.drag(MIDDLE, away(80, 40))
    for y in range(60, 180, 6):
        driver.click(PANEL / 2, y)
        if driver.state.camera == Camera():
            return
    pytest.fail("no button brought the first view back")


# --- readout ---------------------------------------------------------------------------


def test_readout_is_the_surface_under_the_pointer(driver):
    # On a plane whose loss is a linear function, interpolation is exact.
    x, y = np.linspace(-1, 1, 9), np.linspace(-1, 1, 9)
    driver.show(Surface(x, y, 2.0 + x[None, :] + 0.5 * y[:, None]))
    for dx, dy in ((0, 0), (-60, 20), (90, -30)):
        probe = driver.interface._prober.probe(driver.panes, *away(dx, dy))
        assert probe is not None
        (name, value), = probe.values
        assert name == "loss"
        assert value == pytest.approx(2.0 + probe.x + 0.5 * probe.y, abs=1e-6)
        # And that point is drawn under the pointer.
        view, pane = driver.views[0], driver.panes[0]
        world = view.frame.points(probe.x, probe.y, view.unit_height(value))
        place = driver.state.camera.project(np.reshape(world, (1, 3)), pane.size_px)[0]
        assert place[:2] + [PANEL, 0] == pytest.approx(away(dx, dy), abs=0.5)


def test_labels_are_read_as_whole_numbers_of_the_nearest_point(driver):
    x = np.linspace(-1, 1, 8)
    basin = np.where(x[None, :] + 0 * x[:, None] > 0, 1234567.0, -1.0)
    basin[:, -1] = np.nan
    plane = 2.0 + x[None, :] + 0 * x[:, None]
    driver.show(Surface(x, x, plane, metrics={"basin": basin}, meta={"labels": ["basin"]}))
    for color_by in ("", "basin"):
        driver.set(color_by=color_by)
        seen = set()
        for dx in range(-200, 201, 25):
            probe = driver.interface._prober.probe(driver.panes, *away(dx, 0))
            if probe is None:
                continue
            value = dict(probe.values)["basin"]
            nearest = basin[0, np.abs(x - probe.x).argmin()]
            assert number(value) == ("–" if np.isnan(nearest) else str(int(nearest)))
            seen.add(number(value))
        assert {"1234567", "-1"} <= seen


def test_no_option_of_values_is_offered_for_labels(driver):
    basin = np.zeros((17, 33))
    basin[:, 20:] = 1.0
    driver.show(bowl(metrics={"basin": basin}, meta={"labels": ["basin"]}))
    assert {"color_scale", "bands", "histogram", "color_kind"} <= set(driver.rects)
    driver.rects.clear()
    driver.set(color_by="basin")
    assert "color_kind" in driver.rects and "colormap" in driver.rects
    assert not {"color_scale", "bands", "histogram", "color_center"} & set(driver.rects)


def test_no_readout_beside_the_surface_or_over_what_is_cut_away(driver):
    probe = driver.interface._prober.probe
    assert probe(driver.panes, PANEL + 5, 5) is None
    assert probe(driver.panes, PANEL - 5, 500) is None
    for axis in ("x", "y"):
        driver.set(slice_axis=axis)
        position = driver.views[0].slice.position
        eye = driver.state.camera.eye(SIZE)
        frame = driver.views[0].frame
        side = eye[0] - frame.x_world(position) if axis == "x" else eye[1] - frame.y_world(position)
        steps = [away(dx, dy) for dx in range(-400, 400, 80) for dy in range(-300, 300, 60)]
        found = [probe(driver.panes, *step) for step in steps]
        places = [getattr(p, axis) for p in found if p is not None]
        assert len(places) > 5
        assert all((place - position) * side <= 1e-9 for place in places)


def test_readout_knows_slope_status_and_the_nearest_critical_point(driver):
    x, y = np.linspace(-1, 1, 9), np.linspace(-1, 3, 9)
    plane = 2.0 + x[None, :] - 0.5 * y[:, None]
    kinds = (("minimum", 0.5), ("saddle", -0.5))
    points = [CriticalPoint(kind, place, 1.0, 2.0, np.inf) for kind, place in kinds]
    driver.show(Surface(x, y, plane, critical_points=points))
    probe = driver.interface._prober.probe(driver.panes, *MIDDLE)
    assert probe.gradient == pytest.approx((1.0, -0.5))
    assert probe.slope == pytest.approx(1.25**0.5)
    assert probe.status == "computed"
    point, far = probe.nearest
    assert far == pytest.approx(np.hypot(point.x - probe.x, point.y - probe.y))
    assert far == min(np.hypot(p.x - probe.x, p.y - probe.y) for p in points)


def test_readout_says_why_there_is_no_surface(driver):
    x = np.linspace(-1, 1, 3)
    cases = ((0, 1.0, "not computed yet"), (2, np.inf, "not finite"), (3, np.nan, "failed"))
    for status, loss, said in cases:
        everywhere = np.full((3, 3), status)
        driver.show(Surface(x, x, np.full((3, 3), loss), status=everywhere))
        driver.key("7")
        probe = driver.interface._prober.probe(driver.panes, *away(30, 0))
        assert not probe.on_surface
        assert probe.status == said
        assert 0 < probe.x < 0.3
    assert driver.interface._prober.probe(driver.panes, PANEL + 5, 5) is None


def test_reading_a_point_of_a_large_surface_takes_little_longer_than_of_a_small_one(driver):
    """How long it takes is for make bench to say: machines differ, and so does what else they do."""
    from time import process_time

    places = [away(dx, dy) for dx in range(-300, 301, 40) for dy in range(-200, 201, 40)]
    probe = driver.interface._prober.probe

    def once() -> float:
        begin = process_time()
        found = [probe(driver.panes, *place) for place in places]
        assert sum(p is not None for p in found) > 50
        return process_time() - begin

    taken = []
    for side in (33, 2049):
        x = np.linspace(-1, 1, side)
        loss = 0.1 + x[None, :] ** 2 + np.cos(3 * x)[:, None] ** 2
        driver.show(Surface(x, x, loss, {"accuracy": 1 / (1 + loss), "loss_stderr": loss / 10}))
        assert probe(driver.panes, *MIDDLE) is not None
        taken.append(min(once() for _ in range(5)))
    assert taken[1] < 4 * taken[0]


def test_a_click_pins_a_label_and_a_click_on_it_takes_it_away(driver):
    driver.click(*MIDDLE)
    driver.click(*away(90, 40))
    (pins,) = [view.pins for view in driver.views]
    assert len(pins) == 2
    probe = driver.interface._prober.probe(driver.panes, *MIDDLE)
    assert (pins[0].x, pins[0].y) == pytest.approx((probe.x, probe.y), rel=1e-5)
    assert dict(pins[0].values) == pytest.approx(dict(probe.values), rel=1e-4)
    (first, second) = driver.interface.labels
    assert first.point == pytest.approx(MIDDLE, abs=0.6)
    left, top, right, bottom = second.box
    driver.click((left + right) / 2, (top + bottom) / 2)
    assert [pin.x for pin in driver.views[0].pins] == [pins[0].x]
    driver.click(*MIDDLE)
    assert driver.state.settings.pins == ""


def test_escape_removes_all_pins(driver):
    driver.click(*MIDDLE)
    driver.click(*away(90, 40))
    state = driver.key("Esc")
    assert (state.settings.pins, state.quit) == ("", False)
    assert not driver.key("Esc").quit


def test_a_drag_or_a_click_beside_the_surface_pins_nothing(driver):
    driver.drag(MIDDLE, away(80, 40))
    driver.click(PANEL + 8, 8)
    driver.click(PANEL / 2, WINDOW[1] - 100)
    assert driver.state.settings.pins == ""


# --- slices ----------------------------------------------------------------------------


def slice_at(driver) -> tuple[float, float]:
    """The middle of the slice's line, in the window."""
    from glviz.scene.features import cut_lines

    pane = driver.panes[0]
    line = cut_lines(pane.view)[0]
    x, y, _ = pane.camera.project(line[len(line) // 2][None], pane.size_px)[0]
    return x + pane.rect_px[0], y + pane.rect_px[1]


@pytest.mark.parametrize(
    ("axis", "move"), [("x", (60, 0)), ("y", (50, -30)), ("angle", (40, 40)), ("level", (0, -30))]
)
def test_a_slice_is_dragged_by_its_line(driver, axis, move):
    driver.set(slice_axis=axis)
    before = driver.views[0].slice.position
    start = slice_at(driver)
    driver.drag(start, (start[0] + move[0], start[1] + move[1]))
    assert driver.state.camera == Camera()
    assert driver.state.settings.slice_position != before
    assert driver.state.settings.pins == ""
    # A click without a drag pins the point, on the line as beside it.
    driver.click(*slice_at(driver))
    (pin,) = driver.views[0].pins
    assert dict(pin.values)["loss"] >= 0.1
    driver.key("Esc")
    # Off the line, the same button turns.
    driver.drag(away(330, -600), away(380, -600))
    assert driver.state.camera != Camera()
    assert driver.log == []


def test_a_slice_across_another_axis_begins_where_it_is_lowest(driver):
    driver.set(slice_axis="x", slice_position=4.0)
    assert driver.key("X").settings.slice_axis == "y"
    assert driver.state.settings.slice_position is None


def test_the_docked_profile_reads_every_field(driver, monkeypatch):
    from glviz.ui import dock

    plotted = []
    plot_line = dock.implot.plot_line

    def noted(name, x, y, spec):
        plotted.append(y)
        plot_line(name, x, y, spec)

    monkeypatch.setattr(dock.implot, "plot_line", noted)
    driver.set(slice_axis="y", slice_position=0.5)
    plotted.clear()
    driver.frames(1)
    section = driver.views[0].slice
    np.testing.assert_array_equal(plotted[0], section.values)
    np.testing.assert_array_equal(plotted[1], section.fields["accuracy"])
    driver.move(WINDOW[0] - 500, WINDOW[1] - 100)  # over a plot: its value is shown beside it
    driver.frames(2)
    driver.set(profile=False)
    plotted.clear()
    driver.frames(1)
    assert plotted == []
    assert driver.log == []


# --- robustness ------------------------------------------------------------------------

HOSTILE = "%s%n##x###y\x00\x1b[2J\n" + "α" * 300


def hostile() -> Surface:
    ones = np.ones((17, 33))
    surface = bowl(metrics={HOSTILE: ones, "##": ones * np.nan, "": ones})
    return surface.replace(
        paths=(Path(x=[99.0, np.nan], y=[0.0, 1.0], name=HOSTILE),),
        meta={HOSTILE: {HOSTILE: HOSTILE}, "": [], "n": {"m": {"k": None}}, "big": list(range(500))},
        notices=(HOSTILE,),
    )


@pytest.mark.parametrize(
    "data",
    [
        hostile(),
        bowl(loss=np.full((17, 33), np.nan)),
        bowl(loss=np.full((17, 33), 3.0)),
        bowl(loss=np.where(np.arange(33) % 2, 1e300, -1e300) * np.ones((17, 1))),
        Surface([0.0], [0.0], [[1.0]]),
        Surface([0.0, 1.0], [0.0], [[1.0, 2.0]]),
        HeightMesh([0, 1, 0], [0, 0, 1], [1, 2, np.nan], [[0, 1, 2]], {"##f%d": [1, 2, 3]}),
        bowl(critical_points=[CriticalPoint("minimum", i * 0.01, 0.0, i, np.inf) for i in range(400)]),
    ],
    ids=["names", "nothing finite", "flat", "huge", "one point", "one row", "mesh", "many points"],
)
@pytest.mark.parametrize("axis", ["none", "x", "y", "angle", "level"])
def test_no_file_breaks_the_panel(driver, data, axis):
    driver.show(data, titles=[HOSTILE])
    driver.set(slice_axis=axis, background="dark")
    driver.key("H")
    driver.move(*MIDDLE)
    driver.frames(3)
    assert driver.log == []


def test_a_fault_is_told_once_and_the_window_lives(driver, monkeypatch):
    def broken(*_):
        from imgui_bundle import imgui

        imgui.begin_child("##left open")
        raise RuntimeError("out of order")

    with monkeypatch.context() as patch:
        patch.setattr(driver.interface._panel._lists, "draw", broken)
        driver.frames(5)
        assert len(driver.log) == 1
        assert "out of order" in driver.log[0]
        assert "Traceback" in driver.log[0]
        assert driver.drag(MIDDLE, away(80, 40)).camera != Camera()
    driver.frames(2)
    driver.click(*driver.widget("contours", 0.1))
    assert changed(driver) == {"contours": False}
    assert len(driver.log) == 1


def test_lists_speak_of_the_chosen_file(driver):
    driver.show(bowl(), bowl(paths=()), titles=["first", "second"])
    assert driver.state.active == 0
    for y in range(10, 80, 6):
        driver.click(PANEL / 3, y)
        if driver.state.active == 1:
            return
    pytest.fail("the second file could not be chosen")


def test_page_keys_step_through_many_files(driver):
    driver.show(bowl(), bowl(paths=()), bowl(), titles=["first", "second", "third"])
    driver.set(compare="step")
    seen = []
    for name in ("PgDn", "PgDn", "PgDn", "PgUp"):
        driver.key(name)
        (view,) = driver.views
        seen.append(view.title)
    assert seen == ["second", "third", "first", "third"]
    assert driver.log == []


def test_overlaid_surfaces_are_read_where_they_are_seen(driver):
    x = np.linspace(-1, 1, 9)
    level, slope = Surface(x, x, np.zeros((9, 9))), Surface(x, x, x[None, :] + 0 * x[:, None])
    driver.show(level, slope, titles=["level", "slope"])
    driver.set(compare="overlay")
    driver.key("7")
    found = [driver.interface._prober.probe(driver.panes, *away(dx, 0)) for dx in (-120, 120)]
    assert [(probe.title, np.sign(probe.x)) for probe in found] == [("level", -1), ("slope", 1)]


def test_a_linked_camera_turns_all_panes(driver):
    driver.show(bowl(), bowl())
    driver.drag(away(250, 0), away(320, 0))
    assert driver.panes[0].camera is driver.panes[1].camera is not None
    assert driver.state.camera != Camera()


@pytest.mark.parametrize(
    ("value", "ends", "shown"),
    [
        (2.35e-06, (-1.0, 1.0), "0.000"),
        (-1e-9, (-1.0, 1.0), "0.000"),
        (-0.19, (-1.0, 1.0), "-0.190"),
        (12.3456, (-20.0, 20.0), "12.35"),
        (1234.5678, (0.0, 9000.0), "1235"),
        (2.5e-7, (0.0, 1e-6), "2.5e-07"),
        (float("nan"), (0.0, 1.0), "\N{EN DASH}"),
    ],
)
def test_coordinates_are_as_exact_as_their_axis_is_long(value, ends, shown):
    from glviz.ui.readout import coordinate

    assert coordinate(value, ends) == shown


# --- views -----------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["F", "double click"])
def test_a_point_is_brought_to_the_middle(driver, how):
    place = away(60, -40)
    driver.move(*place)
    driver.frames()
    before = Prober().probe(driver.panes, *place)
    assert before is not None
    if how == "F":
        driver.key("F")
    else:
        driver.press()
        driver.release()
        driver.press()
        driver.release()
    assert driver.state.flights == 1
    after = Prober().probe(driver.panes, *MIDDLE)
    assert after is not None
    assert (after.x, after.y) == pytest.approx((before.x, before.y), abs=0.02)


def test_centring_on_nothing_does_nothing(driver):
    driver.move(WINDOW[0] - 5, WINDOW[1] - 5)
    assert driver.key("F").camera == Camera()


def test_a_view_is_copied_and_pasted(driver):
    driver.drag(MIDDLE, away(80, 40))
    copied = driver.state.camera
    driver.hold("ctrl", True)
    driver.key("C")
    driver.hold("ctrl", False)
    assert driver.state.settings.contours, "Ctrl+C is not C"
    assert driver.key("Home").camera == Camera()
    driver.hold("ctrl", True)
    assert close(driver.key("V").camera, copied)


def test_pasting_something_else_says_so(driver):
    from imgui_bundle import imgui

    imgui.set_clipboard_text("a shopping list")
    driver.hold("ctrl", True)
    assert driver.key("V").camera == Camera()
    assert any("no view" in text for _, text in driver.interface.toasts._shown)


@pytest.mark.parametrize("name", ["1", "3", "7", "9"])
def test_ctrl_turns_a_view_round(driver, name):
    plain = driver.key(name).camera.forward()
    driver.hold("ctrl", True)
    other = driver.key(name).camera.forward()
    assert np.linalg.norm(plain[:2] + other[:2]) < 1e-9
    assert plain != pytest.approx(other)


def test_a_colour_is_taken_when_it_is_one(driver):
    from imgui_bundle import imgui

    driver.click(*driver.widget("color_above"))
    for letter in "#ff00":
        driver.io.add_input_character(ord(letter))
        driver.frames(2)
    assert driver.state.settings.color_above == ""
    for letter in "ff":
        driver.io.add_input_character(ord(letter))
        driver.frames(2)
    driver.io.add_key_event(imgui.Key.enter, True)
    driver.frames()
    driver.io.add_key_event(imgui.Key.enter, False)
    driver.frames(2)
    assert driver.state.settings.color_above == "#ff00ff"


def test_space_replays_the_paths_to_their_end_and_stops_on_the_way(driver):
    assert driver.key("Space").playing
    assert 0.0 < driver.state.settings.path_progress < 1.0
    assert driver.interface.moving
    assert not driver.key("Space").playing
    reached = driver.state.settings.path_progress
    assert driver.frames(5).settings.path_progress == reached
    driver.key("Space")
    assert driver.frames(3).settings.path_progress > reached
    driver.set(path_progress=0.9999)
    state = driver.frames(30)
    assert (state.settings.path_progress, state.playing) == (1.0, False)


def test_values_on_lines_keep_clear_of_marks_and_of_each_other(driver, monkeypatch):
    from glviz.ui import contour_labels

    written = []
    monkeypatch.setattr(contour_labels, "_write", lambda canvas, at, text, ground: written.append((at, text)))
    driver.key("7")
    written.clear()
    driver.frames(1)
    pane, view = driver.panes[0], driver.views[0]
    assert len(written) >= 5
    boxes = [
        contour_labels._around(at, 0.5 * contour_labels._SIZE * len(text), contour_labels._SIZE, 0.0)
        for at, text in written
    ]
    for index, a in enumerate(boxes):
        assert not any(
            a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3] for b in boxes[index + 1 :]
        )
    (path,) = view.paths
    left, top = pane.rect_px[:2]
    for x, y, _ in pane.camera.project(path.stations_world, pane.size_px):
        assert not any(a[0] < x + left < a[2] and a[1] < y + top < a[3] for a in boxes)


@pytest.mark.parametrize("scale", [0.02, 0.2, 6.0])
def test_no_scale_ends_the_program(driver, scale):
    """As while a window is being resized, when its two sizes are of different moments."""
    driver.scale = scale
    driver.frames(2)
    assert driver.log == []


def test_glyphs_never_outgrow_their_texture(driver, monkeypatch):
    """While a window shrinks to nothing its framebuffer may still be that of a moment ago."""
    from imgui_bundle import imgui

    def shrinking():
        imgui.get_io().display_size = imgui.ImVec2(1.0, 1.0)
        imgui.get_io().display_framebuffer_scale = imgui.ImVec2(1280.0, 860.0)

    monkeypatch.setattr(imgui.backends, "glfw_new_frame", shrinking)
    monkeypatch.setattr(driver.host, "_has_window", True)
    driver.frames(2)
    assert driver.log == []
    imgui.get_io().display_framebuffer_scale = imgui.ImVec2(1.0, 1.0)


@pytest.mark.parametrize("background", ["light", "dark"])
def test_a_value_can_be_read_where_the_handle_of_its_slider_is(driver, background):
    from imgui_bundle import imgui

    driver.set(background=background)

    def luminance(color) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    style = imgui.get_style()
    ink, handle, field = (
        (color.x, color.y, color.z) for color in
        (style.color_(k) for k in (imgui.Col_.text, imgui.Col_.slider_grab, imgui.Col_.frame_bg))
    )  # fmt: skip
    alpha = style.color_(imgui.Col_.slider_grab).w
    under = [alpha * a + (1 - alpha) * b for a, b in zip(handle, field, strict=True)]
    low, high = sorted((luminance(ink), luminance(under)))
    assert (high + 0.05) / (low + 0.05) > 4.0
    assert style.grab_min_size <= imgui.calc_text_size("0").x, "one digit at most is under it"


def test_what_to_do_is_said_in_full_in_a_narrow_panel(driver):
    """In a small window with large text the hint goes on in the next line, not beyond the edge."""
    from imgui_bundle import imgui

    driver.window, driver.scale = (480, 900), 2.0
    driver.frames(3)
    panel = imgui.internal.find_window_by_name("##panel")
    assert panel.content_size.x <= panel.work_rect.max.x - panel.work_rect.min.x + 1
    driver.window, driver.scale = WINDOW, 1.0
    driver.frames(2)
    assert driver.log == []
