"""Readers in a child process: whatever becomes of it, the file's reader gets one ordinary error."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from compute.files import FileFormatError, isolated
from compute.files.isolated import read_isolated

READER = """
import os, time
import numpy as np
from compute.files.isolated import NotThisFileError

def read(path):
    how = open(path).read()
    if how == "abort":
        os.abort()
    if how == "exit":
        os._exit(0)
    if how == "memory":
        return {}, {"a": np.ones(2 ** 40, np.uint8)}
    if how == "bug":
        raise ZeroDivisionError
    if how == "refuse":
        raise NotThisFileError("it is of no use", "Take another.")
    if how == "sleep":
        time.sleep(60)
    print("a library that talks", flush=True)
    os.write(1, b"from C too")
    arrays = {"a": np.arange(6.0).reshape(2, 3).T, "none": np.empty((0, 4))}
    arrays["flags"] = np.array([1, 2], np.uint8)
    return {"path": path, "\\u00e9": 1}, arrays
"""


@pytest.fixture
def ask(tmp_path, monkeypatch):
    (tmp_path / "reader_of_tests.py").write_text(READER)
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])

    def ask(how: str, name: str = "file.x"):
        (tmp_path / name).write_text(how)
        return read_isolated("reader_of_tests", tmp_path / name, "libthing")

    return ask


def test_facts_and_arrays_arrive(ask, tmp_path):
    for name in ("file.x", "-o name with blanks.x", "gr\u00fc\u00df.x"):
        facts, arrays = ask("", name)
        assert facts == {"path": str(tmp_path / name), "\u00e9": 1}
        assert arrays["a"].tolist() == [[0, 3], [1, 4], [2, 5]] and arrays["none"].shape == (0, 4)
        assert arrays["flags"].dtype == "u1"


@pytest.mark.parametrize(
    ("how", "found"),
    [
        ("abort", "libthing broke down while reading it"),
        ("exit", "libthing broke down while reading it"),
        ("bug", "libthing broke down while reading it"),
        ("memory", "more memory than a surface can need"),
        ("refuse", "it is of no use\nTake another."),
    ],
)
def test_whatever_it_dies_of_is_one_error(ask, how, found):
    with pytest.raises(FileFormatError, match=found) as caught:
        ask(how)
    assert caught.value.exit_code == 3


def test_it_does_not_take_for_ever(ask, monkeypatch):
    monkeypatch.setattr(isolated, "SECONDS", 1)
    with pytest.raises(FileFormatError, match="still reading it after 2 seconds"):
        ask("sleep")


def test_it_runs_from_any_folder(ask, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file.x").write_text("")
    facts, _ = read_isolated("reader_of_tests", Path("file.x"), "libthing")
    assert facts["path"] == os.path.join(os.getcwd(), "file.x")
