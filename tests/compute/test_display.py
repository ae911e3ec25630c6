"""Results as the last line of a cell: a viewer's picture where one is installed, text everywhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from compute.surface import Curve, HeightMesh, Surface
from compute.surface import Path as Descent

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_text_says_what_it_is():
    x = np.array([0.0, 1.0, 2.0])
    loss = np.array([[0.5, 1, 2], [3, 4, np.inf]])
    surface = Surface(x, x[:2], loss, metrics={"accuracy": loss}, paths=(Descent([0], [0]),))
    assert repr(surface) == "<Surface: 3 × 2 points, loss 0.5 ... 4; also accuracy; 1 path>"
    assert repr(Surface(x, x[:2], loss * np.nan)) == "<Surface: 3 × 2 points, loss nowhere finite>"
    assert repr(Curve(x, x + 0.25)) == "<Curve: 3 points, loss 0.25 ... 2.25>"
    assert repr(HeightMesh(x, x, x, [[0, 1, 2]])) == "<HeightMesh: 3 vertices, 1 triangles, z 0 ... 2>"


def alone(tmp_path, code: str, *, viewer: str | None) -> str:
    """Run with a copy of compute only, where the one viewer installed is ``viewer`` (a module's text)."""
    (tmp_path / "compute").symlink_to(REPOSITORY / "compute")
    if viewer is not None:
        (tmp_path / "painter.py").write_text(viewer)
        (tmp_path / "painter-1.dist-info").mkdir()
        (tmp_path / "painter-1.dist-info" / "METADATA").write_text("Name: painter\nVersion: 1\n")
        (tmp_path / "painter-1.dist-info" / "entry_points.txt").write_text(
            "[compute.pictures]\npainter = painter:png\n"
        )
    # Neither the checkout nor installed metadata of glviz may be found: numpy's folder is given by hand.
    code = (
        "import sys, numpy\n"
        "from importlib.metadata import MetadataPathFinder as finder\n"
        "found = finder.find_distributions\n"
        "finder.find_distributions = classmethod(lambda cls, context=None, *, find=found: "
        "(d for d in find(context) if d.metadata['Name'] != 'glviz'))\n"
        "from compute.surface import Curve\ncurve = Curve([0, 1], [1, 2])\n" + code
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_a_viewer_there_is_text_and_no_picture(tmp_path):
    code = "print(curve._repr_png_(), repr(curve)); print('glviz' in sys.modules)"
    assert alone(tmp_path, code, viewer=None) == "None <Curve: 2 points, loss 1 ... 2>\nFalse\n"


def test_any_viewer_that_is_installed_is_asked(tmp_path):
    viewer = "def png(data):\n    return b'a picture of ' + type(data).__name__.encode(), {'width': 3}\n"
    out = alone(tmp_path, "print(curve._repr_png_())", viewer=viewer)
    assert out == "(b'a picture of Curve', {'width': 3})\n"


def test_a_viewer_that_lost_its_libraries_is_passed_over(tmp_path):
    assert alone(tmp_path, "print(curve._repr_png_())", viewer="import gone\n") == "None\n"
