"""Maps and films from the window, end to end."""

from __future__ import annotations

import shutil
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from compute.surface import Path, Surface

from ..playing import play
from ..test_window import Window, wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs X11"),
    pytest.mark.skipif(
        not (shutil.which("Xvfb") and shutil.which("xdotool")),
        reason="needs Xvfb and xdotool: apt-get install xvfb xdotool",
    ),
]


def opened(display, folder, seconds) -> Window:
    axis = np.linspace(-1.0, 1.0, 21)
    t = np.linspace(0.9, 0.0, 7)
    bowl = Surface(axis, axis, axis[None, :] ** 2 + 2 * axis[:, None] ** 2, paths=(Path(t, -t, 3 * t**2),))
    bowl.save(folder / "bowl.ply")
    return Window(
        display, folder, str(folder / "bowl.ply"), "--resolution", "480,360",
        "--seconds", seconds, "--fps", "8", "--map-width", "70",
    )  # fmt: skip


def test_a_map_and_a_film(display, tmp_path):
    window = opened(display, tmp_path, "0.5")
    try:
        window.key("shift+F12")
        wait_for(lambda: "bowl-001.svg" in window.said(), "a map")
        assert ET.parse(window.work / "bowl-001.svg").getroot().get("width") == "70mm"
        window.key("ctrl+F12")
        wait_for(lambda: "bowl-001.mp4" in window.said(), "a film")
        frames, told = play(window.work / "bowl-001.mp4")
        assert frames.shape == (4, 360, 480, 3)
        assert told["duration"] == pytest.approx(0.5)
        window.key("q")
        assert window.ended() == 0
        assert "Traceback" not in window.said()
    finally:
        window.close()


def test_escape_stops_a_film_and_not_the_window(display, tmp_path):
    window = opened(display, tmp_path, "600")
    try:
        window.key("ctrl+shift+F12")
        wait_for(lambda: any(window.work.glob(".film-*")), "a film in the making")
        window.key("Escape")
        wait_for(lambda: "bowl-001.mp4: stopped" in window.said(), "the end of it")
        assert not list(window.work.iterdir())
        assert window.process.poll() is None
        window.key("ctrl+F12")
        wait_for(lambda: any(window.work.glob(".film-*")), "another film in the making")
        window.key("q")  # closing the window ends a film, too
        assert window.ended() == 0
        assert not list(window.work.iterdir())
        assert "Traceback" not in window.said()
    finally:
        window.close()
