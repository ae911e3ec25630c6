from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compute import files
from compute.surface import CriticalPoint, Curve, HeightMesh, Path, Surface, field_names
from glviz.scene.captions import axis_name, cut_name, subtitle
from glviz.scene.curves import build_plot
from glviz.scene.features import critical_markers, thinned
from glviz.scene.theme import LIGHT
from glviz.scene.view import build_view
from glviz.settings import Settings


def camel() -> Surface:
    """The six-hump camel function: 6 minima, 7 saddles, 2 maxima."""
    x, y = np.linspace(-3, 3, 121), np.linspace(-2, 2, 81)
    xx, yy = np.meshgrid(x, y)
    return Surface(x, y, (4 - 2.1 * xx**2 + xx**4 / 3) * xx**2 + xx * yy + (-4 + 4 * yy**2) * yy**2)


def test_a_view_reuses_what_a_change_does_not_touch():
    surface = camel()
    view = build_view(surface, Settings())
    for changed, same in [
        ({"exaggeration": 2.0}, ("height", "color", "iso_lines", "critical_points", "levels")),
        ({"colormap": "magma"}, ("height", "color", "iso_lines", "critical_points", "levels", "frame")),
        ({"contour_count": 7}, ("height", "critical_points", "frame")),
        ({"background": "dark"}, ("height", "iso_lines", "critical_points", "frame")),
    ]:
        other = build_view(surface, replace(Settings(), **changed), previous=view)
        for part in same:
            assert getattr(other, part) is getattr(view, part), (changed, part)


def test_clamping_moves_the_ends_but_not_the_texture():
    view = build_view(camel(), Settings())
    clamped = build_view(view.data, Settings(clamp_high=5.0), previous=view)
    assert clamped.height.base is view.height.base
    drawn = clamped.height.drawn()
    np.testing.assert_allclose(
        drawn, np.clip((camel().loss - camel().loss.min()) / (5.0 - camel().loss.min()), 0, 1), atol=1e-6
    )


@pytest.mark.parametrize("kind", ["linear", "log", "symlog", "asinh", "rank"])
def test_drawn_heights_are_the_scale_of_the_values(kind):
    surface = camel()
    surface = surface.replace(loss=surface.loss + 1.5)
    view = build_view(surface, Settings(height_scale=kind))
    np.testing.assert_allclose(view.height.drawn(), view.height.scale.forward(surface.loss), atol=2e-7)


def test_a_range_that_starts_at_zero_is_drawn_on_a_log_scale_where_it_is_wide():
    x = np.linspace(0, 1, 30)
    loss = np.outer(x, x) ** 6
    view = build_view(Surface(x, x, loss), Settings())
    assert view.height.scale.kind == "log"
    assert np.all(np.isfinite(view.height.drawn()))
    assert view.height.drawn().min() == 0 and view.height.drawn().max() == pytest.approx(1)
    assert any("log" in notice for notice in view.notices)


def test_stored_critical_points_are_shown_rather_than_sought():
    point = CriticalPoint("minimum", 0.5, 0.25, 1.0, persistence=np.inf)
    surface = camel().replace(critical_points=(point,))
    assert build_view(surface, Settings()).critical_points == (point,)


def test_critical_points_are_hidden_by_persistence_and_counted():
    view = build_view(camel(), Settings(min_persistence=0.0, clamp_high=5.0))
    kinds = [p.kind for p in view.critical_points]
    assert (kinds.count("minimum"), kinds.count("saddle"), kinds.count("maximum")) == (6, 7, 2)
    few = build_view(view.data, Settings(min_persistence=0.4, clamp_high=5.0), previous=view)
    assert 0 < len(few.critical_points) < len(kinds)
    assert few.all_critical_points is view.all_critical_points


def test_colour_by_another_field_has_its_own_scale():
    surface = camel().replace(
        metrics={"accuracy": np.linspace(0, 1, camel().loss.size).reshape(camel().shape)}
    )
    view = build_view(surface, Settings(color_by="accuracy", clamp_high=5.0))
    assert view.color.name == "accuracy" and (view.color.scale.low, view.color.scale.high) == (0, 1)
    assert view.height.scale.high == 5.0
    assert field_names(surface) == ("loss", "accuracy")


def test_an_unknown_field_is_named_with_those_there_are():
    with pytest.raises(KeyError, match="no field 'los'; there are: loss"):
        build_view(camel(), Settings(field="los"))


def test_that_nothing_can_be_drawn_is_said_once(tmp_path):
    x = np.linspace(-1, 1, 5)
    Surface(x, x, np.full((5, 5), np.nan)).save(tmp_path / "nan.ply")
    said = "25 of 25 points are not drawn: 25 not finite."
    assert build_view(files.load(tmp_path / "nan.ply"), Settings()).notices == (said,)
    plot = build_plot([Curve(x, np.full(5, np.nan))], ["a"], Settings())
    assert plot.notices == ("5 of 5 points are not drawn: not finite or not computed.",)


def test_the_slice_goes_through_the_lowest_value_unless_told_otherwise():
    surface = camel()
    row, column = np.unravel_index(np.argmin(surface.loss), surface.shape)
    view = build_view(surface, Settings(slice_axis="y"))
    assert view.slice is not None and view.slice.position == surface.y[row]
    np.testing.assert_array_equal(view.slice.values, surface.loss[row])
    told = build_view(surface, Settings(slice_axis="x", slice_position=float(surface.x[10])))
    np.testing.assert_array_equal(told.slice.values, surface.loss[:, 10])


def test_a_slice_at_an_angle_goes_through_the_origin_and_a_level_one_through_the_middle():
    surface = camel()
    for angle in (0.0, 30.0, 120.0):
        view = build_view(surface, Settings(slice_axis="angle", slice_angle=angle))
        assert view.slice.position == pytest.approx(0.0, abs=1e-12)
        assert np.hypot(view.slice.x, view.slice.y).min() == pytest.approx(0.0, abs=1e-9)
    away = surface.replace(x=surface.x + 10)  # its middle is (10, 0)
    view = build_view(away, Settings(slice_axis="angle", slice_angle=90.0))
    assert view.slice.x == pytest.approx(10.0)
    view = build_view(surface, Settings(slice_axis="level"))
    assert view.unit_height(view.slice.position) == pytest.approx(0.5)


def test_paths_are_draped_and_what_lies_outside_is_counted():
    surface = camel()
    path = Path([-2.0, 0.0, 2.0, 9.0, np.nan], [0.5, 0.5, 0.5, 0.5, 0.0])
    view = build_view(surface, Settings(), extra_paths=[path])
    (draped,) = view.paths
    assert list(draped.inside) == [True, True, True, False]
    assert "1 of 5 points lie outside" in draped.notice and "1 point is not finite" in draped.notice
    # On the surface: the height under each station is the drawn one (y = 0.5 is a grid line).
    row = np.argmin(np.abs(surface.y - 0.5))
    unit = np.interp([-2.0, 0.0, 2.0], surface.x, view.height.drawn()[row])
    np.testing.assert_allclose(draped.stations_world[:3, 2], view.frame.z_world(unit), atol=1e-6)
    assert not draped.known[-1] and draped.known[0]


def test_a_path_may_run_as_far_as_numbers_do():
    path = Path([0.0, 1e308, -1e308], [0.0, 1e308, 0.5])
    (draped,) = build_view(camel(), Settings(), extra_paths=[path]).paths
    assert "2 of 3 points lie outside" in draped.notice
    assert len(draped.line_world) < 10_000


@pytest.mark.parametrize("x, y", [([0.5], [0.5]), ([], []), ([np.nan], [0.0]), ([1e300, -1e300], [0, 0])])
def test_odd_paths_do_no_harm(x, y):
    view = build_view(camel(), Settings(), extra_paths=[Path(np.array(x, float), np.array(y, float))])
    assert np.all(np.isfinite(view.paths[0].line_world))


def test_a_mesh_has_a_view_too():
    mesh = HeightMesh([0, 1, 0, 5], [0, 0, 1, np.nan], [0.0, 1, 2, 3], [[0, 1, 2]])
    view = build_view(mesh, Settings(slice_axis="x"))
    assert not view.is_grid and view.slice is None and view.valid.tolist() == [True, True, True, False]
    assert "max 2" in subtitle(view)[-1]


def test_missing_points_are_counted_by_reason():
    loss = np.ones((4, 5))
    loss[0, 0] = np.nan
    status = np.ones((4, 5), np.uint8)
    status[0, 0], status[1] = 2, 0
    view = build_view(Surface(np.arange(5.0), np.arange(4.0), loss, status=status), Settings())
    assert "6 of 20 points are not drawn: 5 not computed yet, 1 not finite." in view.notices


def test_axes_say_what_the_directions_are():
    data = {"name": "cifar10", "split": "train", "count": 512}
    meta = {"model": "resnet56", "data": data, "norm": "filter", "seed": 3, "directions": "random"}
    surface = camel().replace(meta=meta)
    view = build_view(surface, Settings())
    assert "random" in axis_name(view, "x")
    first = subtitle(view)[0]
    for word in ("resnet56", "cifar10", "train", "512", "filter", "seed 3"):
        assert word in first


def test_a_cut_is_named_by_what_it_holds_fixed():
    def named(**changes):
        view = build_view(camel(), Settings(**changes))
        return cut_name(view, view.slice)

    assert named(slice_axis="y", slice_position=0.5) == "β = 0.5"
    assert named(slice_axis="angle", slice_angle=30.0) == "30°, through the origin"
    assert named(slice_axis="angle", slice_angle=30.0, slice_position=-0.25) == "30°, −0.25 from the origin"
    assert named(slice_axis="level", slice_position=2.0) == "loss = 2"


def test_a_thinned_line_keeps_its_ends_and_stays_where_it_was():
    angle = np.linspace(0, 2 * np.pi, 20_000)
    circle = np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], axis=1)
    few = thinned(circle, 0.006)
    assert 900 < len(few) < 1200
    np.testing.assert_array_equal(few[[0, -1]], circle[[0, -1]])
    middles = (few[1:] + few[:-1]) / 2
    assert np.abs(np.linalg.norm(middles, axis=1) - 1).max() < 1e-5
    coarse = circle[::2000]
    np.testing.assert_array_equal(thinned(coarse, 0.006), coarse)


def test_critical_points_of_a_mesh_are_marked_at_their_height():
    turn = np.linspace(0, 2 * np.pi, 13)[:-1]
    fan = [[0, 1 + i, 1 + (i + 1) % 12] for i in range(12)]
    mesh = HeightMesh([0, *np.cos(turn)], [0, *np.sin(turn)], [-1.0, *np.cos(3 * turn)], fan)
    view = build_view(mesh, Settings())
    (point,) = view.critical_points
    assert (point.kind, point.loss) == ("minimum", -1.0)
    (marker,) = critical_markers(view, LIGHT).rows[:, :3]
    assert marker[2] == pytest.approx(view.frame.points(np.zeros(1), np.zeros(1), np.zeros(1))[0, 2])
    assert build_view(mesh, Settings(critical_points=False)).critical_points == ()


def test_a_mesh_too_large_for_critical_points_is_told_of(monkeypatch):
    monkeypatch.setattr("compute.analysis.critical.MOST_TRIANGLES", 3)
    turn = np.linspace(0, 2 * np.pi, 5)[:-1]
    fan = [[0, 1 + i, 1 + (i + 1) % 4] for i in range(4)]
    view = build_view(HeightMesh([0, *np.cos(turn)], [0, *np.sin(turn)], [-1.0, 0, 1, 0, 1], fan), Settings())
    assert view.all_critical_points == ()
    (said,) = (notice for notice in view.notices if "more than 3 triangles" in notice)
    assert said.startswith("Critical points are not looked for")
