"""Maps and films from the window, end to end."""

from __future__ import annotations

import shutil
import sys
import time
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from compute.surface import Path, Surface

from ..playing import play
from ..test_window import Window, display, wait_for  # noqa: F401 - display is a fixture

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs X11"),
    pytest.mark.skipif(
        not (shutil.which("Xvfb") and shutil.which("xdotool")),
        reason="needs Xvfb and xdotool: apt-get install xvfb xdotool",
    ),
]


@pytest.fixture
def window(display, tmp_path):  # noqa: F811
    axis = np.linspace(-1.0, 1.0, 21)
    t = np.linspace(0.9, 0.0, 7)
    bowl = Surface(axis, axis, axis[None, :] ** 2 + 2 * axis[:, None] ** 2, paths=(Path(t, -t, 3 * t**2),))
    bowl.save(tmp_path / "bowl.ply")
    made = Window(
        display, tmp_path, str(tmp_path / "bowl.ply"), "--resolution", "480,360",
        "--seconds", "0.5", "--fps", "8", "--map-width", "70",
    )  # fmt: skip
    yield made
    made.close()


def test_a_map_a_film_and_one_that_is_stopped(window):
    window.key("shift+F12")
    path = wait_for(lambda: next(window.work.glob("*.svg"), None), "a map")
    wait_for(lambda: "-001.svg" in window.said(), "the message")
    assert ET.parse(path).getroot().get("width") == "70mm"

    window.key("ctrl+F12")
    film = window.work / "bowl-001.mp4"
    wait_for(lambda: "bowl-001.mp4" in window.said(), "a film")
    frames, told = play(film)
    assert frames.shape == (4, 360, 480, 3)
    assert told["duration"] == pytest.approx(0.5)

    window.key("ctrl+shift+F12")
    wait_for(lambda: any(window.work.glob(".film-*")), "a film in the making")
    window.key("Escape")
    wait_for(lambda: "stopped" in window.said() or (window.work / "bowl-002.mp4").exists(), "the end of it")
    assert not list(window.work.glob(".film-*"))
    assert window.process.poll() is None, "Esc stops the film, not the window"

    time.sleep(0.3)
    window.key("q")
    assert window.ended() == 0
    assert "Traceback" not in window.said()
