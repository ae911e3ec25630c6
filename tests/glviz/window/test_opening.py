"""Files dropped on the window: which of them are surfaces, and which are paths for one."""

from __future__ import annotations

import time

import h5py
import numpy as np
import pytest

from compute.surface import Curve, Path, Surface
from glviz import session
from glviz.documents import open_document
from glviz.scene.camera import Camera
from glviz.settings import Settings
from glviz.window.opening import Opener

X = np.linspace(-1, 1, 5)
SURFACE = Surface(X, X, X[None, :] ** 2 + X[:, None] ** 2, paths=[Path([1, 0], [1, 0], name="own")])

MESH = """ply
format ascii 1.0
element vertex 4
property float x
property float y
property float z
element face 2
property list uchar int vertex_indices
end_header
0 0 1
1 0 2
0 1 0
1 1.5 4
3 0 1 2
3 1 3 2
"""


@pytest.fixture
def dropped(tmp_path):
    """What becomes of files dropped on a window that shows a surface."""
    SURFACE.save(tmp_path / "shown.ply")
    opener = Opener()

    def drop(*names, onto="shown.ply"):
        shown = (open_document(tmp_path / onto),)
        opener.start([tmp_path / name for name in names], shown)
        patience = time.monotonic() + 30
        while not (found := opener.finished()):
            assert time.monotonic() < patience
            time.sleep(0.005)
        return found[0]

    yield drop
    opener.release()


@pytest.mark.parametrize("name", ["s.npz", "s.h5", "s.vtp", "s.csv"])
def test_surfaces_of_every_format_are_shown(dropped, tmp_path, name):
    SURFACE.save(tmp_path / name)
    opened = dropped(name)
    assert [document.title for document in opened.documents] == [name] and not opened.messages
    np.testing.assert_array_equal(opened.documents[0].data.loss, SURFACE.loss)


def test_more_files_than_a_session_can_hold_are_not_shown(dropped, tmp_path):
    SURFACE.save(tmp_path / "other.ply")
    opened = dropped(*["other.ply"] * 65)
    assert opened.documents == () and "65 files are more than the 64" in opened.messages[0]


def test_paths_go_to_what_is_shown(dropped, tmp_path):
    (tmp_path / "steps.csv").write_text("1,1\n0.5,0.25\n0,0\n")
    with h5py.File(tmp_path / "proj.h5", "w") as file:
        file["proj_xcoord"], file["proj_ycoord"] = [1.0, 0], [0.5, 0]
    (document,) = dropped("steps.csv", "proj.h5").documents
    assert document.title == "shown.ply" and [path.name for path in document.paths] == ["steps", "proj"]


def test_what_is_neither_says_why(dropped, tmp_path):
    (tmp_path / "broken.csv").write_text("1,1\n0.5,high\n")
    opened = dropped("broken.csv")
    assert opened.documents == () and "'high' is not a number" in opened.messages[0]
    with h5py.File(tmp_path / "d.h5", "w") as file:
        file.create_group("xdirection")
    assert "it is a direction file" in dropped("d.h5").messages[0]


@pytest.mark.parametrize("kind", ["a curve", "a mesh"])
def test_a_path_for_what_is_no_grid_is_told_of(dropped, tmp_path, kind):
    Curve(X, X**2).save(tmp_path / "other.ply")
    if kind == "a mesh":
        (tmp_path / "other.ply").write_text(MESH)
    (tmp_path / "steps.csv").write_text("1,1\n0.5,0.25\n0,0\n")
    opened = dropped("steps.csv", onto="other.ply")
    assert opened.documents == ()
    (said,) = opened.messages
    assert said == f"steps.csv: not shown, for descent paths are drawn on grids only, and other.ply is {kind}"
    opened = dropped("steps.csv", "shown.ply", onto="other.ply")
    assert [path.name for path in opened.documents[0].paths] == ["steps"] and not opened.messages


@pytest.fixture
def kept(tmp_path):
    """Two sessions of the surface that is shown."""
    SURFACE.save(tmp_path / "shown.ply")
    documents = [open_document(tmp_path / "shown.ply")]
    found = session.capture(documents, Settings(colormap="cividis"), Camera(), size_px=(400, 300))
    for name in ("one.glviz", "two.glviz"):
        session.save(found, tmp_path / name)


def test_files_dropped_with_a_session_are_shown_in_the_place_of_its_own(dropped, kept, tmp_path):
    SURFACE.replace(loss=SURFACE.loss + 1).save(tmp_path / "later.ply")
    (tmp_path / "steps.csv").write_text("1,1\n0.5,0.25\n0,0\n")
    opened = dropped("later.ply", "one.glviz", "steps.csv")
    (document,) = opened.documents
    assert document.title == "later.ply" and [path.name for path in document.paths] == ["steps"]
    assert opened.kept.settings.colormap == "cividis"
    SURFACE.save(tmp_path / "third.ply")
    opened = dropped("later.ply", "third.ply", "one.glviz")
    assert opened.documents == () and "shows 1 files, 2 are given" in opened.messages[0]


def test_of_two_sessions_none_is_opened(dropped, kept):
    opened = dropped("one.glviz", "two.glviz")
    assert opened.documents == () and opened.kept is None
    assert opened.messages == ("one.glviz and two.glviz are pictures or sessions: open one at a time",)
