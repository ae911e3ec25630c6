"""``glviz-compute critical``: what a user reads and what a program reads."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

import compute
from compute.cli import main
from compute.surface import Curve, Surface, label_names


def himmelblau(side: int = 201) -> Surface:
    axis = np.linspace(-6, 6, side)
    x, y = np.meshgrid(axis, axis)
    return Surface(axis, axis, (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2)


@pytest.fixture
def file(tmp_path):
    himmelblau().save(tmp_path / "h.ply")
    return tmp_path / "h.ply"


def parsed(capsys) -> dict:
    return json.loads(capsys.readouterr().out)


def test_json_has_the_points_and_the_counts(file, capsys) -> None:
    assert main(["critical", str(file), "--json", "--noise", "10"]) == 0
    found = parsed(capsys)
    inner = [p for p in found["critical_points"] if not p["boundary"]]
    assert {
        "kind",
        "index",
        "x",
        "y",
        "loss",
        "persistence",
        "boundary",
        "significant",
        "eigenvalues",
    } <= set(inner[0])
    assert found["counts"]["inner"] == {"minima": 4, "saddles": 4, "maxima": 1}
    # 3 sqrt(2) 10 = 42: one minimum is 13.3 deep, and the maximum 181.6 - 178.3 over its saddle.
    assert found["counts"]["significant"] == {"minima": 3, "saddles": 2, "maxima": 0}
    assert found["counts_all"]["inner"]["minima"] == 4
    highest = next(p for p in inner if p["kind"] == "maximum")
    assert (highest["x"], highest["y"]) == pytest.approx((-0.270845, -0.923039), abs=1e-3)
    assert all(value < 0 for value in highest["eigenvalues"]) and highest["index"] == 2
    endless = [p for p in inner if p["persistence"] is None]
    assert [p["kind"] for p in endless] == ["minimum"]


def test_people_read_the_count_before_and_after_the_noise(file, capsys) -> None:
    assert main(["critical", str(file), "--noise", "10"]) == 0
    out = capsys.readouterr().out
    assert "4 minima, 4 saddles, 1 maxima" in out and "3 minima, 2 saddles, 0 maxima" in out
    assert main(["critical", str(file)]) == 0
    assert "give --noise SIGMA" in capsys.readouterr().out


def test_the_diagram_and_the_marked_surface_are_saved(file, tmp_path, capsys) -> None:
    out, diagram = tmp_path / "marked.ply", tmp_path / "d.csv"
    assert main(["critical", str(file), "--noise", "10", "-o", str(out), "--diagram", str(diagram)]) == 0
    marked = compute.load(out)
    assert set(marked.metrics["basin"].ravel()) == {0, 1, 2}
    assert label_names(marked) == ("basin",), "or a viewer would draw values between them"
    assert sum(p.significant for p in marked.critical_points if not p.boundary) == 5
    rows = list(csv.DictReader(diagram.read_text().splitlines()))
    finite = [row for row in rows if row["kind"] == "minimum" and row["death"] != "inf"]
    assert sorted(float(row["death"]) for row in finite) == pytest.approx([13.31, 67.72, 104.0], rel=0.01)
    assert all(int(row["parent"]) < int(row["number"]) for row in rows)


def test_a_mesh_is_analysed_and_a_curve_is_refused(tmp_path, capsys) -> None:
    lines = ["ply", "format ascii 1.0", "element vertex 7", "property float x", "property float y",
             "property float z", "element face 6", "property list uchar int vertex_indices",
             "end_header"]  # fmt: skip
    angle = np.arange(6) * np.pi / 3
    lines += ["0 0 -1", *(f"{np.cos(a):.6f} {np.sin(a):.6f} {k % 2}" for k, a in enumerate(angle))]
    lines += [f"3 0 {k + 1} {(k + 1) % 6 + 1}" for k in range(6)]
    (tmp_path / "m.ply").write_text("\n".join(lines) + "\n")
    assert main(["critical", str(tmp_path / "m.ply"), "--json"]) == 0
    assert parsed(capsys)["counts"]["inner"] == {"minima": 1, "saddles": 0, "maxima": 0}
    Curve([0.0, 1.0], [1.0, 2.0]).save(tmp_path / "c.ply")
    assert main(["critical", str(tmp_path / "c.ply")]) == 2
    assert "curve" in capsys.readouterr().err


@pytest.mark.parametrize("value", [np.nan, 1.0])
def test_nothing_finite_and_constant_are_stated(tmp_path, capsys, value) -> None:
    Surface(np.arange(4), np.arange(3), np.full((3, 4), value)).save(tmp_path / "s.ply")
    assert main(["critical", str(tmp_path / "s.ply"), "--noise", "0.1"]) == 0
    assert "inside       0 minima, 0 saddles, 0 maxima" in capsys.readouterr().out


def test_all_is_the_complete_list(tmp_path, capsys) -> None:
    """Rosenbrock's valley across a grid has false minima; in all, minima - saddles + maxima is Euler's."""
    x, y = np.linspace(-2, 2, 201), np.linspace(-1, 3, 201)
    grid_x, grid_y = np.meshgrid(x, y)
    Surface(x, y, (1 - grid_x) ** 2 + 100 * (grid_y - grid_x**2) ** 2).save(tmp_path / "r.ply")
    assert main(["critical", str(tmp_path / "r.ply"), "--json"]) == 0
    few = parsed(capsys)
    assert main(["critical", str(tmp_path / "r.ply"), "--json", "--all"]) == 0
    full = parsed(capsys)
    assert few["counts"]["inner"] == {"minima": 1, "saddles": 0, "maxima": 0}
    assert full["counts"]["inner"]["minima"] > 5
    assert few["counts_all"]["inner"] == full["counts_all"]["inner"] == full["counts"]["inner"]


def test_basins_are_those_of_the_minima_that_are_listed(tmp_path, capsys) -> None:
    """The false minima of Rosenbrock's valley have no basins of their own."""
    x, y = np.linspace(-2, 2, 201), np.linspace(-1, 3, 201)
    grid_x, grid_y = np.meshgrid(x, y)
    Surface(x, y, (1 - grid_x) ** 2 + 100 * (grid_y - grid_x**2) ** 2).save(tmp_path / "r.ply")
    for options, expected in (([], 1), (["--all"], 5)):
        assert main(["critical", str(tmp_path / "r.ply"), "-o", str(tmp_path / "m.ply"), *options]) == 0
        marked = compute.load(tmp_path / "m.ply")
        minima = sum(p.kind == "minimum" for p in marked.critical_points)
        assert np.unique(marked.metrics["basin"]).size == minima >= expected


def test_a_bad_noise_is_a_usage_error(file, capsys) -> None:
    assert main(["critical", str(file), "--noise", "-1"]) == 2
