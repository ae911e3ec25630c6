"""Files that change while they are shown."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest

from compute.surface import Surface
from glviz.documents import open_document
from glviz.watch import Watcher

X = np.linspace(0, 1, 5)


def surface(value) -> Surface:
    return Surface(X, X, np.full((5, 5), float(value)))


class Clock:
    """A watcher, and a clock that goes as fast as one likes."""

    def __init__(self, *paths, path_files=()) -> None:
        self.documents = [open_document(path, path_files) for path in paths]
        self.opened = 0
        self.watcher = Watcher(self.documents, self._reopen)
        self.now = 100.0

    def _reopen(self, document):
        self.opened += 1
        return open_document(document.path, document.path_files)

    def after(self, seconds) -> list:
        """All changes until then; reading takes real time, which is waited for."""
        changes, end = [], self.now + seconds
        while self.now < end:
            self.now += 0.3
            changes += self.watcher.poll(self.now)
            patience = time.monotonic() + 20
            while any(file.loading is not None and not file.loading.done() for file in self.watcher._files):
                assert time.monotonic() < patience
                time.sleep(0.005)
        return changes


@pytest.fixture
def clock(tmp_path):
    surface(1).save(tmp_path / "a.ply")
    surface(1).save(tmp_path / "b.ply")
    made = Clock(tmp_path / "a.ply", tmp_path / "b.ply")
    yield made
    made.watcher.release()


def test_a_file_at_rest_is_not_read_again(clock):
    assert clock.after(5) == []
    assert clock.opened == 0
    assert not clock.watcher.busy


def test_a_rewritten_file_is_read_once(clock, tmp_path):
    surface(2).save(tmp_path / "b.ply")
    (change,) = clock.after(3)
    assert (change.index, change.message) == (1, "")
    assert change.document.data.loss[0, 0] == 2.0
    assert clock.after(5) == []
    assert clock.opened == 1


def test_a_file_that_keeps_changing_is_read_when_it_rests(clock, tmp_path):
    whole = (tmp_path / "a.ply").read_bytes()
    for share in range(1, 10):
        (tmp_path / "a.ply").write_bytes(whole[: len(whole) * share // 10])
        assert clock.after(0.25) == []
    assert clock.opened == 0
    surface(3).save(tmp_path / "a.ply")
    (change,) = clock.after(3)
    assert change.document.data.loss[0, 0] == 3.0


@pytest.mark.parametrize("content", [b"", b"not a surface", None], ids=["empty", "nonsense", "cut short"])
def test_a_broken_file_is_told_of_once_and_taken_up_when_it_is_whole(clock, tmp_path, content):
    path = tmp_path / "a.ply"
    path.write_bytes(path.read_bytes()[:-40] if content is None else content)
    (change,) = clock.after(3)
    assert change.document is None
    assert change.message.startswith("a.ply has changed but cannot be read, the old one stays")
    assert clock.after(5) == []
    surface(4).save(path)
    (change,) = clock.after(3)
    assert change.document.data.loss[0, 0] == 4.0


def test_a_file_that_vanishes_is_told_of_once_and_taken_up_when_it_returns(clock, tmp_path):
    os.unlink(tmp_path / "a.ply")
    (change,) = clock.after(4)
    assert change.document is None and change.message.startswith("a.ply is gone")
    assert clock.after(5) == []
    assert not clock.watcher.busy
    surface(5).save(tmp_path / "a.ply")
    (change,) = clock.after(3)
    assert change.document.data.loss[0, 0] == 5.0


def test_a_file_deleted_and_written_anew_is_not_called_gone(clock, tmp_path):
    os.unlink(tmp_path / "a.ply")
    assert clock.after(0.6) == []
    surface(6).save(tmp_path / "a.ply")
    (change,) = clock.after(3)
    assert change.document.data.loss[0, 0] == 6.0


def test_the_path_beside_a_surface_is_watched_too(tmp_path):
    surface(1).save(tmp_path / "a.ply")
    (tmp_path / "walk.csv").write_text("x,y\n0,0\n1,1\n")
    clock = Clock(tmp_path / "a.ply", path_files=(tmp_path / "walk.csv",))
    (tmp_path / "walk.csv").write_text("x,y\n0,0\n0.5,0.5\n1,1\n")
    (change,) = clock.after(3)
    assert len(change.document.paths[0]) == 3
    clock.watcher.release()


@pytest.mark.parametrize("name", ["a.npz", "a.h5", "a.csv"])
def test_files_of_other_formats_are_watched_too(tmp_path, name):
    surface(1).save(tmp_path / name)
    clock = Clock(tmp_path / name)
    surface(2).save(tmp_path / name)
    (change,) = clock.after(3)
    assert change.document.data.loss[0, 0] == 2 and not change.message
    clock.watcher.release()
