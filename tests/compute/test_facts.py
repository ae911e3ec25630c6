"""The figures of a file, against surfaces whose figures are known."""

from __future__ import annotations

import json

import numpy as np
import pytest

from compute.console import as_json
from compute.facts import as_text, describe
from compute.surface import NOT_FINITE, OK, PENDING, Curve, HeightMesh, Path, Surface


def strict(text):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def egg_box() -> Surface:
    """cos(pi x) cos(pi y) on 0.6 ... 3.4: extremes and saddles at whole and half numbers."""
    axis = np.linspace(0.6, 3.4, 141)
    return Surface(axis, axis, np.cos(np.pi * axis)[:, None] * np.cos(np.pi * axis)[None, :])


def test_figures_of_a_surface():
    x, y = np.linspace(-1, 2, 4), np.linspace(10, 30, 3)
    loss = np.array([[5.0, 4.0, np.nan, 9.0], [np.inf, 1.5, 7.0, 8.0], [0.0, 2.0, 3.0, 6.0]])
    status = np.where(np.isfinite(loss), OK, NOT_FINITE)
    status[2, 0] = PENDING  # a value that was not computed does not count, whatever it is
    found = describe(Surface(x, y, loss, status=status, meta={"seed": 3}), "some.ply")
    assert found["kind"] == "surface"
    assert found["shape"] == [3, 4]
    assert (found["x"], found["y"]) == ([-1.0, 2.0], [10.0, 30.0])
    assert found["field"] == "loss"
    assert found["min"] == {"value": 1.5, "x": 0.0, "y": 20.0}
    assert found["max"] == {"value": 9.0, "x": 2.0, "y": 10.0}
    assert (found["finite"], found["nonfinite"], found["pending"]) == (9, 2, 1)
    assert found["paths"] == 0
    assert found["meta"] == {"seed": 3}


def test_critical_points_inside_the_grid_are_counted():
    # Extremes at (1..3)^2: maxima where x + y is even, minima where it is odd; saddles at (1.5, 2.5)^2.
    counts = describe(egg_box(), "some.ply")["critical_points"]
    assert counts == {"minima": 4, "saddles": 4, "maxima": 5}


def test_another_field_is_described_by_name():
    surface = egg_box().replace(metrics={"accuracy": np.full((141, 141), 0.25)})
    found = describe(surface, "some.ply", field="accuracy")
    assert found["field"] == "accuracy"
    assert found["min"]["value"] == found["max"]["value"] == 0.25


def test_paths_of_the_file_and_of_others_are_counted():
    own = Path(x=[0.7, 1.0], y=[1.0, 2.0], loss=[2.0, np.nan])
    other = Path(x=[99.0, np.nan], y=[1.0, 1.0], name="other")
    found = describe(egg_box().replace(paths=(own,)), "some.ply", paths=(other,))
    assert found["paths"] == 2
    assert [p["outside"] for p in found["path_details"]] == [0, 1]
    assert strict(as_json(found))["path_details"][0]["end"] == {"x": 1.0, "y": 2.0, "value": None}


def test_curve_and_mesh():
    curve = describe(Curve([0.0, 1.0, 2.0], [3.0, 1.0, np.nan]), "some.ply")
    assert (curve["kind"], curve["shape"], curve["y"]) == ("curve", [3], None)
    assert curve["min"] == {"value": 1.0, "x": 1.0, "y": None}
    assert curve["critical_points"] is None
    mesh = describe(HeightMesh([0.0, 4.0, 2.0], [0.0, 1.0, 5.0], [1.0, 2.0, 7.0], [[0, 1, 2]]), "some.ply")
    assert (mesh["kind"], mesh["shape"], mesh["triangles"]) == ("mesh", [3], 1)
    assert mesh["max"] == {"value": 7.0, "x": 2.0, "y": 5.0}
    assert (mesh["x"], mesh["y"]) == ([0.0, 4.0], [0.0, 5.0])


def test_nothing_finite_and_nothing_at_all():
    nothing = describe(Surface([0.0, 1.0], [0.0, 1.0], np.full((2, 2), np.nan)), "some.ply")
    assert nothing["min"] is nothing["max"] is None
    assert (nothing["finite"], nothing["nonfinite"]) == (0, 4)
    empty = describe(HeightMesh([], [], [], np.zeros((0, 3), int)), "some.ply")
    assert (empty["shape"], empty["x"], empty["min"]) == ([0], None, None)
    for found in (nothing, empty):
        strict(as_json(found))
        assert "no finite value" in as_text(found)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, np.float32("nan")])
def test_json_is_strict(value):
    meta = {"a": value, "b": [1, {"c": value}], "d": np.int64(4)}
    found = describe(egg_box().replace(meta=meta), "some.ply")
    assert strict(as_json(found))["meta"] == {"a": None, "b": [1, {"c": None}], "d": 4}


def test_those_that_stand_out_of_the_noise_are_counted_apart():
    surface = egg_box()
    assert describe(surface, "some.ply")["significant"] is None
    noisy = surface.replace(metrics={"loss_stderr": np.full((141, 141), 0.5)})
    found = describe(noisy, "some.ply")
    # What is not the lowest or the highest stands out by 1, and 3 sqrt(2) 0.5 is more.
    assert found["significant"] == {"minima": 1, "saddles": 0, "maxima": 1}
    assert "1 minima, 0 saddles, 1 maxima above the noise" in as_text(found)


def test_where_critical_points_of_a_mesh_are_not_looked_for_it_is_said(monkeypatch):
    turn = np.linspace(0, 2 * np.pi, 7)[:-1]
    fan = [[0, 1 + i, 1 + (i + 1) % 6] for i in range(6)]
    x, y, height = [0, *np.cos(turn)], [0, *np.sin(turn)], [-1.0, 0, 1, 0, 1, 0, 1]
    mesh = HeightMesh(x, y, height, fan, notices=("Old.",))
    for limit, there in ((5, False), (6, True)):
        monkeypatch.setattr("compute.analysis.critical.MOST_TRIANGLES", limit)
        found = describe(mesh, "some.ply")
        assert (found["critical_points"] is not None) == there
        said = f"Critical points are not looked for: more than {limit} triangles."
        assert any(notice.startswith(said) for notice in found["notices"]) == (not there)
        assert (said in as_text(found)) == (not there) and "Old." in as_text(found)


def test_critical_points_of_a_mesh_are_counted_too():
    turn = np.linspace(0, 2 * np.pi, 7)[:-1]
    fan = [[0, 1 + i, 1 + (i + 1) % 6] for i in range(6)]
    mesh = HeightMesh([0, *np.cos(turn)], [0, *np.sin(turn)], [-1.0, 0, 1, 0, 1, 0, 1], fan)
    assert describe(mesh, "some.ply")["critical_points"] == {"minima": 1, "saddles": 0, "maxima": 0}


def test_text_cannot_steer_the_terminal():
    evil = "\x1b[31mred\x07\r\n\x9b2J"
    surface = egg_box().replace(meta={evil: evil}, notices=(evil,), metrics={evil: np.zeros((141, 141))})
    text = as_text(describe(surface, "some.ply", paths=(Path(x=[1.0], y=[1.0], name=evil),)))
    assert all(c.isprintable() or c == "\n" for c in text)
    assert "red" in text
