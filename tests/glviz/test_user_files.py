"""What is remembered for the user: in the user's own directory, and never in the way."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from glviz import user_files


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("GLVIZ_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(home, count):
    made = [home / f"{number}.ply" for number in range(count)]
    for path in made:
        path.touch()
    return made


def test_the_last_file_opened_comes_first_and_none_twice(home):
    a, b, c = files(home, 3)
    for path in (a, b, c, a):
        user_files.opened([path])
    assert user_files.recent() == (a, c, b)
    b.unlink()
    assert user_files.recent() == (a, c), "what is gone is not offered"
    user_files.forget()
    assert user_files.recent() == ()


def test_the_list_is_bounded_and_holds_whole_paths(home):
    for path in files(home, user_files.KEPT + 5):
        user_files.opened([path.name])  # as given on the command line
    assert len(user_files.recent()) == user_files.KEPT
    assert all(path.is_absolute() for path in user_files.recent())


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe\x00", b"[1, 2]", b"[" * 100_000, b'{"files": 7}', b"null"]
)
def test_a_damaged_file_is_taken_for_none(home, content):
    (home / "config").mkdir()
    (home / "config" / "recent.json").write_bytes(content)
    assert user_files.recent() == ()
    _, note = user_files.read("recent.json")
    assert (note == "") == (content == b'{"files": 7}')
    (path,) = files(home, 1)
    user_files.opened([path])
    assert user_files.recent() == (path,)


def test_a_directory_that_cannot_be_written_is_told_of(home):
    (home / "config").write_text("a file where a directory should be")
    assert "cannot be written" in user_files.write("window.json", {"a": 1})


def test_nothing_is_left_in_the_current_folder(home, monkeypatch):
    here = home / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    user_files.opened([home / "x.ply"])
    user_files.write("window.json", {})
    assert os.listdir(here) == []
    assert stat.S_ISDIR((home / "config").stat().st_mode)


def test_without_a_wish_it_is_the_systems_place(monkeypatch):
    monkeypatch.delenv("GLVIZ_CONFIG_DIR", raising=False)
    assert user_files.folder().name == "glviz"
    assert user_files.folder().is_absolute()
    assert user_files.folder() != Path.cwd()
