"""One line, with the time that is left."""

from __future__ import annotations

import io

import pytest

from glviz import progress
from glviz.progress import Progress, in_words


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_time_left_is_told_on_a_terminal(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    stream = Terminal()
    told = Progress("film a.mp4", stream)
    now[0] += 2.0
    told(10, 60)
    assert stream.getvalue() == "\rfilm a.mp4: frame 10 of 60, 16 %, 10 s left"
    now[0] += 0.01
    told(11, 60)
    assert stream.getvalue().count("\r") == 1, "not so often that it flickers"
    now[0] += 600.0
    told(12, 60)
    assert stream.getvalue().endswith("frame 12 of 60, 20 %, 40:08 min left")
    told.clear()
    assert "\n" not in stream.getvalue()
    assert stream.getvalue().split("\r")[-2].strip() == ""


def test_nothing_is_written_elsewhere():
    stream = io.StringIO()
    told = Progress("film a.mp4", stream)
    told(60, 60)
    told.clear()
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "0 s"), (59.4, "59 s"), (59.6, "1:00 min"), (125, "2:05 min")]
)
def test_durations_in_words(seconds, words):
    assert in_words(seconds) == words
