"""Work in bands: every row once, whoever does it, and errors and settings as if there were no threads."""

from __future__ import annotations

import threading
import warnings

import numpy as np
import pytest

from compute import bands
from compute.bands import in_bands


@pytest.fixture
def many_threads(monkeypatch):
    monkeypatch.setattr(bands, "_ALONE_BYTES", 0)
    monkeypatch.setattr(bands, "_BAND_BYTES", 64)
    monkeypatch.setattr(bands, "_processors", lambda: 4)


@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 1000])
@pytest.mark.parametrize("row_bytes", [0, 1, 8, 1000])
def test_each_row_is_visited_once(many_threads, rows, row_bytes):
    seen = np.zeros(rows, int)

    def visit(some: slice) -> None:
        assert 0 <= some.start < some.stop <= rows
        seen[some] += 1

    in_bands(visit, rows, row_bytes)
    assert (seen == 1).all()


def test_several_threads_take_part(many_threads):
    meeting = threading.Barrier(4, timeout=20)
    names = set()

    def visit(some: slice) -> None:
        if some.start < 4 * 8:  # four bands, each in a thread that waits for the others
            meeting.wait()
        names.add(threading.get_ident())

    in_bands(visit, 1000, 8)
    assert len(names) == 4
    assert threading.active_count() == 1 or all("bands" not in t.name for t in threading.enumerate())


def test_little_work_is_done_by_the_caller_at_once(monkeypatch):
    monkeypatch.setattr(bands, "_processors", lambda: 4)
    calls = []
    in_bands(lambda some: calls.append((some, threading.current_thread())), 100, 1000)
    assert calls == [(slice(0, 100), threading.current_thread())]


@pytest.mark.parametrize("error", [ValueError("wrong"), KeyboardInterrupt()])
def test_an_error_reaches_the_caller_and_ends_the_work(many_threads, error):
    visited = []

    def visit(some: slice) -> None:
        visited.append(some)
        if some.start >= 80:
            raise error

    with pytest.raises(type(error)):
        in_bands(visit, 100_000, 8)
    assert len(visited) < 1000
    assert all(not thread.name.startswith("bands") for thread in threading.enumerate())


def test_what_is_done_about_overflow_holds_in_all_threads(many_threads):
    values = np.full((1000, 1), 1e308)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(over="ignore"):
            in_bands(lambda some: values[some] * 10, 1000, 8)
        with np.errstate(over="raise"), pytest.raises(FloatingPointError):
            in_bands(lambda some: values[some] * 10, 1000, 8)
