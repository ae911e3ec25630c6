"""The window itself, end to end: a virtual screen, a mouse and a keyboard."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from compute.surface import Curve, Surface

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0
SIZE = (720, 540)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs X11"),
    pytest.mark.skipif(
        not (shutil.which("Xvfb") and shutil.which("xdotool")),
        reason="needs Xvfb and xdotool: apt-get install xvfb xdotool",
    ),
]


def wait_for(condition, what, patience=PATIENCE_S):
    """The first true answer of a condition."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if answer := condition():
            return answer
        time.sleep(0.05)
    pytest.fail(f"waited {patience:g} s for {what}")


class Window:
    """A running glviz, and hands to work it."""

    def __init__(self, display: str, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.environment = {**os.environ, "DISPLAY": display, "PYTHONPATH": str(REPOSITORY)}
        self.environment.pop("WAYLAND_DISPLAY", None)
        self.environment.setdefault("GLVIZ_CONFIG_DIR", str(folder / "config"))
        self.work = folder / "work"
        self.work.mkdir()
        self.errors = open(folder / "stderr.txt", "w+")  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "glviz", *arguments],
            cwd=self.work, env=self.environment, stdout=self.errors, stderr=self.errors,
        )  # fmt: skip
        found = wait_for(lambda: self.tool("search", "--onlyvisible", "--class", "glviz"), "the window")
        self.id = found.split()[-1]
        self.tool("windowfocus", "--sync", self.id)

    def tool(self, *arguments: str) -> str:
        """xdotool, which must not hang."""
        done = subprocess.run(
            ["timeout", "20", "xdotool", *arguments], env=self.environment, capture_output=True, text=True
        )
        return done.stdout.strip()

    def key(self, name: str) -> None:
        self.tool("key", "--delay", "60", name)
        time.sleep(0.15)

    def drag(self, start, end, button="1") -> None:
        self.tool("mousemove", "--sync", *map(str, start), "mousedown", button)
        time.sleep(0.2)
        for share in (0.25, 0.5, 0.75, 1.0):
            place = (str(round(a + (b - a) * share)) for a, b in zip(start, end, strict=True))
            self.tool("mousemove", "--sync", *place)
            time.sleep(0.05)
        self.tool("mouseup", button)
        time.sleep(0.2)

    def click(self, place) -> None:
        self.tool("mousemove", "--sync", *map(str, place))
        time.sleep(0.3)
        self.tool("mousedown", "1")
        time.sleep(0.2)
        self.tool("mouseup", "1")
        time.sleep(0.2)

    def picture(self) -> np.ndarray:
        """What F12 saves, (height, width, 3)."""
        before = set(self.work.glob("hills-*.png"))
        self.key("F12")
        (path,) = wait_for(lambda: set(self.work.glob("hills-*.png")) - before, "a picture")
        with Image.open(path) as image:
            return np.asarray(image.convert("RGB")).astype(int)

    def said(self) -> str:
        self.errors.flush()
        return (self.folder / "stderr.txt").read_text()

    def ended(self) -> int:
        return self.process.wait(PATIENCE_S)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(20)
        self.errors.close()


@pytest.fixture
def window(display, tmp_path) -> Iterator[Window]:
    hills().save(tmp_path / "hills.ply")
    made = Window(display, tmp_path, str(tmp_path / "hills.ply"), "--resolution", f"{SIZE[0]},{SIZE[1]}")
    yield made
    made.close()


def differ(a, b) -> float:
    """Share of pixels that are not the same."""
    return float((np.abs(a - b).max(axis=2) > 8).mean())


def test_a_session(window):
    first = window.picture()
    assert first.shape == (SIZE[1], SIZE[0], 3)
    assert (np.abs(first - 255).max(axis=2) > 30).mean() > 0.15, "the picture is empty"

    window.drag((500, 260), (600, 300))
    turned = window.picture()
    assert differ(first, turned) > 0.05
    window.drag((80, 500), (200, 520))  # on the panel
    assert differ(turned, window.picture()) == 0.0

    window.key("x")
    cut = window.picture()
    assert differ(turned, cut) > 0.02
    window.key("h")  # the key sheet is not part of a picture
    assert differ(cut, window.picture()) == 0.0
    window.key("Escape")

    window.key("ctrl+z")
    assert differ(turned, window.picture()) == 0.0, "undone"
    window.key("ctrl+y")
    assert differ(cut, window.picture()) == 0.0, "and done again"
    window.key("ctrl+p")
    time.sleep(1.0)
    window.tool("type", "--delay", "100", "slice across none")
    time.sleep(0.5)
    window.key("Return")
    assert differ(turned, window.picture()) == 0.0, "by the palette"
    window.key("Home")
    assert differ(first, window.picture()) == 0.0

    window.key("q")
    assert window.ended() == 0
    names = sorted(path.name for path in window.work.iterdir())
    assert names == [f"hills-{number:03d}.png" for number in range(1, 10)], "only pictures, none overwritten"
    assert window.said().count("glviz: wrote ") == 9
    assert "Traceback" not in window.said()


def test_keys_struck_at_once_all_count(window):
    """Faster than frames, as a program types: none waits for the mouse to move."""
    window.tool("mousemove", "--sync", "500", "500")
    time.sleep(0.5)
    window.tool("key", "--delay", "1", *["F9"] * 6, "ctrl+z", *["ctrl+y"] * 4, *["ctrl+s"] * 3)
    wait_for(lambda: len(set(window.work.glob("*.glviz"))) == 3, "three sessions", 10.0)
    second = window.folder / "second.ply"
    hills(offset=0.5).save(second)
    window.tool("key", "--delay", "1", "ctrl+o")
    time.sleep(1.0)
    window.tool("key", "--delay", "1", "ctrl+a")
    window.tool("type", "--delay", "5", str(second))
    time.sleep(1.0)
    window.tool("key", "--delay", "1", "shift+Return")
    time.sleep(2.0)
    window.tool("key", "--delay", "1", "ctrl+s")
    (path,) = wait_for(lambda: list(window.work.glob("*-004.glviz")), "a fourth session", 10.0)
    kept = path.read_text()
    assert "second.ply" in kept and "hills.ply" in kept, "shown beside the other, not in its stead"
    window.key("q")
    assert window.ended() == 0
    assert "Traceback" not in window.said()


def test_an_idle_window_rests(window):
    window.picture()
    time.sleep(2.0)

    def cpu_seconds() -> float:
        fields = Path(f"/proc/{window.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # The message about the picture goes after five seconds; then nothing is left to do.
    time.sleep(4.5)
    before = cpu_seconds()
    time.sleep(4.0)
    assert cpu_seconds() - before < 0.2
    window.key("q")
    assert window.ended() == 0


def test_resizing_and_every_key(window):
    for size in ((480, 360), (1280, 900), (500, 800), SIZE):
        window.tool("windowsize", "--sync", window.id, *map(str, size))
        time.sleep(0.3)
        picture = window.picture()
        assert picture.shape[:2] == size[::-1]
    for name in (*"lbcgmpxxxastohh1375", "plus", "minus", "Left", "Up", "ctrl+b", "ctrl+b", "Home"):
        window.key(name)
    assert window.picture().shape[:2] == SIZE[::-1]
    window.key("Escape")
    window.key("Escape")
    assert window.process.poll() is None, "there was nothing to close"
    window.key("ctrl+q")
    assert window.ended() == 0
    assert "Traceback" not in window.said()


def hills(offset=0.0) -> Surface:
    x, y = np.linspace(-1, 1, 41), np.linspace(-1, 1, 31)
    loss = (x[None, :] - 0.3) ** 2 + 2 * y[:, None] ** 2 + 0.2 * np.sin(7 * x)[None, :]
    return Surface(x, y, loss + offset * x[None, :])


def test_a_rewritten_file_appears_in_the_same_view_and_a_broken_one_does_not(window):
    window.drag((500, 260), (600, 300))
    before = window.picture()
    path = window.folder / "hills.ply"
    whole = path.read_bytes()

    path.write_bytes(whole[: len(whole) // 2])
    wait_for(lambda: "cannot be read" in window.said(), "a word about the broken file")
    assert differ(before, window.picture()) == 0.0
    path.unlink()
    wait_for(lambda: "is gone" in window.said(), "a word about the file that is gone")
    assert differ(before, window.picture()) == 0.0

    hills(offset=0.7).save(path)
    wait_for(lambda: differ(before, window.picture()) > 0.02, "the new surface")
    path.write_bytes(whole)
    wait_for(lambda: differ(before, window.picture()) == 0.0, "the old surface, seen from where it was")
    window.key("q")
    assert window.ended() == 0
    assert "Traceback" not in window.said()


def test_ctrl_c_in_the_terminal_closes_the_window(window):
    window.picture()
    window.process.send_signal(signal.SIGINT)
    assert window.ended() == 130
    assert "Traceback" not in window.said()


def test_from_opening_to_quitting(display, tmp_path):
    """Open two files, orbit, slice, move the slice, read a value, compare in four ways, quit."""
    hills().save(tmp_path / "hills.ply")
    hills(offset=0.7).save(tmp_path / "tilted.ply")
    files = [str(tmp_path / name) for name in ("hills.ply", "tilted.ply")]
    window = Window(display, tmp_path, *files, "--resolution", "1200,800")
    try:
        first = window.picture()
        assert first.shape == (800, 1200, 3)
        left, right = np.split(first, 2, axis=1)
        assert differ(left, right) > 0.02

        window.drag((900, 300), (1000, 340))
        turned = window.picture()
        assert differ(first, turned) > 0.05

        window.key("x")  # across the first axis
        cut = window.picture()
        assert differ(turned, cut) > 0.02
        window.key("x")
        window.key("x")
        slanted = window.picture()
        assert differ(cut, slanted) > 0.02
        window.key("x")
        window.key("x")
        assert differ(turned, window.picture()) == 0.0

        window.click((760, 205))
        said = wait_for(lambda: [line for line in window.said().splitlines() if "\tx=" in line], "a value")
        readings = {}
        for line in said:
            title, *values = line.split("\t")
            readings[title] = {k: float(v) for k, v in (value.split("=") for value in values)}
        assert set(readings) == {"hills.ply", "tilted.ply"}
        one, other = readings["hills.ply"], readings["tilted.ply"]
        assert (one["x"], one["y"]) == (other["x"], other["y"])
        x, y = one["x"], one["y"]
        # Within what bilinear interpolation on this grid can miss.
        assert one["loss"] == pytest.approx((x - 0.3) ** 2 + 2 * y**2 + 0.2 * np.sin(7 * x), abs=0.01)
        assert other["loss"] - one["loss"] == pytest.approx(0.7 * x, abs=1e-6)
        labelled = window.picture()
        assert 0.005 < differ(turned, labelled) < 0.2
        window.key("Escape")
        assert differ(turned, window.picture()) == 0.0

        seen = [turned]
        for _ in ("overlay", "difference", "step"):
            window.key("k")
            seen.append(window.picture())
        window.key("Next")
        seen.append(window.picture())
        for a in range(len(seen)):
            for b in range(a):
                assert differ(seen[a], seen[b]) > 0.02, f"{a} and {b} look the same"
        window.key("Prior")
        assert differ(seen[3], window.picture()) == 0.0

        window.key("q")
        assert window.ended() == 0
        assert "Traceback" not in window.said()
    finally:
        window.close()


def test_curves_in_the_window(display, tmp_path):
    x = np.linspace(-1, 1, 51)
    Curve(x, 0.1 + x**2, {"accuracy": 1 - x**2}).save(tmp_path / "hills.ply")
    Curve(x, 0.2 + 3 * x**2).save(tmp_path / "steep.ply")
    files = [str(tmp_path / name) for name in ("hills.ply", "steep.ply")]
    window = Window(display, tmp_path, *files, "--resolution", f"{SIZE[0]},{SIZE[1]}", "--metrics", "all")
    try:
        linear = window.picture()
        window.drag((500, 200), (560, 240))  # a plot does not turn
        assert differ(linear, window.picture()) == 0.0
        window.key("l")
        window.key("l")
        assert differ(linear, window.picture()) > 0.005
        window.key("q")
        assert window.ended() == 0
        assert "Traceback" not in window.said()
    finally:
        window.close()
