"""Files dropped on the window: which of them are surfaces, and which are paths for one."""

from __future__ import annotations

import time

import h5py
import numpy as np
import pytest

from compute.surface import Path, Surface
from glviz.documents import open_document
from glviz.window.opening import Opener

X = np.linspace(-1, 1, 5)
SURFACE = Surface(X, X, X[None, :] ** 2 + X[:, None] ** 2, paths=[Path([1, 0], [1, 0], name="own")])


@pytest.fixture
def dropped(tmp_path):
    """What becomes of files dropped on a window that shows a surface."""
    SURFACE.save(tmp_path / "shown.ply")
    shown = (open_document(tmp_path / "shown.ply"),)
    opener = Opener()

    def drop(*names):
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
