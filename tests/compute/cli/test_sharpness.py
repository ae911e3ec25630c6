"""``glviz-compute sharpness``: a table of several surfaces, and the same for programs."""

from __future__ import annotations

import json

import numpy as np
import pytest

from compute.cli import main
from compute.surface import Curve, Surface


@pytest.fixture
def bowls(tmp_path):
    axis = np.linspace(-1, 1, 101)
    for name, curvature in (("flat", 1.0), ("sharp", 10.0)):
        Surface(axis, axis, curvature * np.add.outer(axis**2, axis**2)).save(tmp_path / f"{name}.ply")
    return [str(tmp_path / f"{name}.ply") for name in ("flat", "sharp")]


def test_a_column_a_surface(bowls, capsys) -> None:
    assert main(["sharpness", *bowls, "--radius", "0.5", "--rise", "0.4"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["flat", "sharp"]
    (worst,) = [line for line in lines if line.startswith("worst rise at distance 0.5")]
    assert [float(cell) for cell in worst.split()[-2:]] == pytest.approx([0.25, 2.5], rel=1e-2)
    (anisotropy,) = [line for line in lines if line.startswith("anisotropy")]
    assert anisotropy.split()[-2:] == ["1", "1"]


def test_the_same_for_programs(bowls, capsys) -> None:
    assert main(["sharpness", *bowls, "--json", "--rise", "0.4"]) == 0
    flat, sharp = json.loads(capsys.readouterr().out)
    # A circle of area pi t / a.
    assert flat["sublevel_area"] == pytest.approx(np.pi * 0.4, rel=1e-2)
    assert sharp["sublevel_area"] == pytest.approx(np.pi * 0.04, rel=1e-2)
    assert flat["epsilon_sharpness"] == pytest.approx(100 * 2 * 0.25**2, rel=1e-2)
    assert flat["hessian_ratio"] is None


def test_what_is_no_surface_is_refused(tmp_path, capsys) -> None:
    Curve([0.0, 1.0], [1.0, 2.0]).save(tmp_path / "c.ply")
    assert main(["sharpness", str(tmp_path / "c.ply")]) == 2
    assert "it is a curve" in capsys.readouterr().err
    assert main(["sharpness", str(tmp_path / "none.ply")]) == 3


def test_a_radius_of_zero_is_refused(bowls, capsys) -> None:
    assert main(["sharpness", *bowls, "--radius", "0"]) == 2
    assert "radius" in capsys.readouterr().err
