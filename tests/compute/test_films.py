"""Films are whole, of the right size and length, and the same every time; failures leave what was there."""

from __future__ import annotations

import errno
import re
import signal
import subprocess
import sys
import time

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image, ImageSequence

from compute.films import _failure, film


def bar(place: int, height: int = 50, width: int = 70) -> np.ndarray:
    """A red and green ramp with a white bar at a column."""
    frame = np.zeros((height, width, 3), np.uint8)
    frame[..., 0] = np.linspace(0, 255, width)
    frame[..., 1] = np.linspace(255, 0, height)[:, None]
    frame[:, place : place + 6] = 255
    return frame


def write(path, count=12, fps=20.0, **size):
    with film(path, fps) as add:
        for k in range(count):
            add(bar(4 * k, **size))


def frames_of(path):
    """What ffmpeg says of the streams, and all frames."""
    program = imageio_ffmpeg.get_ffmpeg_exe()
    words = subprocess.run([program, "-i", path], capture_output=True, text=True, timeout=60).stderr
    size = re.search(r"Video: .*?(\d{2,})x(\d{2,})", words)
    assert size
    width, height = map(int, size.groups())
    decode = [program, "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    data = subprocess.run(decode, capture_output=True, check=True, timeout=60).stdout
    return words, np.frombuffer(data, np.uint8).reshape(-1, height, width, 3)


def color_tables(data: bytes) -> tuple[bool, int]:
    """Whether a GIF has a global colour table, and how many local ones."""
    place = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    local = 0
    while data[place] != 0x3B:
        if data[place] == 0x21:  # an extension
            place += 2
        else:
            assert data[place] == 0x2C, "an image"
            flags = data[place + 9]
            local += bool(flags & 0x80)
            place += 11 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
        while data[place]:  # blocks, each after its length
            place += data[place] + 1
        place += 1
    return bool(data[10] & 0x80), local


@pytest.mark.parametrize("name", ["film.mp4", "film.GIF"])
def test_every_frame_comes_back_in_its_place(tmp_path, name):
    write(tmp_path / name)
    words, frames = frames_of(tmp_path / name)
    assert frames.shape == (12, 50, 70, 3) and " 20 fps" in words
    for k, frame in enumerate(frames):
        # The bar is where it was put, and the ramps are near what they were.
        white = np.flatnonzero(frame.min(axis=(0, 2)) > 215)
        assert abs(white.mean() - (4 * k + 2.5)) < 0.6
        assert np.abs(frame.astype(int) - bar(4 * k)).mean() < 9
    assert [path.name for path in tmp_path.iterdir()] == [name], "nothing else is left behind"


def test_mp4_is_what_browsers_play(tmp_path):
    write(tmp_path / "a.mp4", height=51, width=71)  # odd: made even by repeating the edge
    words, frames = frames_of(tmp_path / "a.mp4")
    assert "h264" in words and "yuv420p(tv, bt709" in words
    assert frames.shape == (12, 52, 72, 3)
    whole = (tmp_path / "a.mp4").read_bytes()
    assert whole.index(b"moov") < whole.index(b"mdat"), "the index comes first"
    assert np.abs(frames[0][-1].astype(int) - frames[0][-2]).mean() < 4


def test_gif_has_one_palette_and_loops(tmp_path):
    write(tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as picture:
        assert (picture.n_frames, picture.info["loop"], picture.info["duration"]) == (12, 0, 50)
    assert color_tables((tmp_path / "a.gif").read_bytes()) == (True, 0)


def test_a_gif_without_a_ground_shows_each_frame_and_nothing_of_those_before(tmp_path):
    path = tmp_path / "clear.gif"
    frames = []
    with film(path, 20.0, dither=False) as add:
        for k in range(8):
            frame = np.zeros((40, 60, 4), np.uint8)
            frame[..., :3] = (255, 0, 255)  # where nothing is, it must not matter
            frame[10:30, 5 * k : 5 * k + 20] = (30, 140, 60, 255)
            frame[10:30, 5 * k : 5 * k + 1, 3] = 100  # the edge, of the same colour
            frame[10:30, 5 * k + 19 : 5 * k + 20, 3] = 20
            frames.append(frame)
            add(frame)
    with Image.open(path) as picture:
        shown = [np.asarray(each.convert("RGBA")) for each in ImageSequence.Iterator(picture)]
        assert picture.info["loop"] == 0
    assert len(shown) == 8
    for frame, seen in zip(frames, shown, strict=True):
        np.testing.assert_array_equal(seen[..., 3], np.where(frame[..., 3] >= 72, 255, 0))
        drawn = seen[..., 3] > 0
        assert np.abs(seen[drawn][:, :3].astype(int) - (30, 140, 60)).max() <= 2, "no rim of another colour"


@pytest.mark.parametrize("name", ["a.mp4", "a.gif"])
def test_the_same_frames_give_the_same_bytes(tmp_path, name):
    write(tmp_path / name)
    first = (tmp_path / name).read_bytes()
    write(tmp_path / name)
    assert (tmp_path / name).read_bytes() == first


def test_an_error_leaves_the_old_film(tmp_path):
    write(tmp_path / "a.mp4")
    old = (tmp_path / "a.mp4").read_bytes()
    with pytest.raises(RuntimeError, match="boom"), film(tmp_path / "a.mp4") as add:
        add(bar(0))
        raise RuntimeError("boom")
    assert (tmp_path / "a.mp4").read_bytes() == old
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


@pytest.mark.parametrize(
    ("name", "fps", "frames", "words"),
    [
        ("a.avi", 20, [], "extension"),
        ("a.gif", 60, [], "frames a second"),
        ("a.mp4", 0, [], "frames a second"),
        ("a.mp4", 20, [], "no frame"),
        ("a.mp4", 20, [np.zeros((4, 4))], "uint8"),
        ("a.mp4", 20, [np.zeros((4, 4, 4), np.uint8)], "width, 3"),
        ("a.gif", 20, [bar(0), np.zeros((50, 70, 4), np.uint8)], "the first was"),
        ("a.mp4", 20, [bar(0), bar(0, height=60)], "the first was"),
    ],
)
def test_what_cannot_be_a_film_is_refused(tmp_path, name, fps, frames, words):
    with pytest.raises(ValueError, match=words), film(tmp_path / name, fps) as add:
        for frame in frames:
            add(frame)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(OSError) as caught:
        write(tmp_path / "no" / "a.mp4")
    assert caught.value.errno == errno.ENOENT


@pytest.mark.skipif(sys.platform == "win32", reason="a limit on the size of files is POSIX's")
@pytest.mark.parametrize("name", ["a.mp4", "a.gif"])
def test_a_file_that_may_not_grow_is_one_error(tmp_path, name):
    program = f"""
import resource, signal
import numpy as np
from compute.films import film
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
noise = np.random.default_rng(0).integers(0, 256, (40, 200, 200, 3), dtype=np.uint8)
try:
    with film({str(tmp_path / name)!r}) as add:
        for frame in noise:
            add(frame)
except OSError as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1 and name in done.stdout
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_called_that(tmp_path):
    log = b"[out#0/mp4 @ 0x1] Error writing trailer: No space left on device\n"
    error = OSError(*_failure(tmp_path / "a.mp4", log))
    assert error.errno == errno.ENOSPC and error.filename == str(tmp_path / "a.mp4")


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT to a process group")
def test_ctrl_c_leaves_nothing_behind(tmp_path):
    program = f"""
import numpy as np, time
from compute.films import film
with film({str(tmp_path / "a.mp4")!r}) as add:
    for k in range(100_000):
        add(np.full((64, 64, 3), k % 256, np.uint8))
        if k == 20:
            print("going", flush=True)
        time.sleep(0.002)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None and process.stdout.readline() == b"going\n"
    process.send_signal(signal.SIGINT)
    started = time.monotonic()
    _, errors = process.communicate(timeout=30)
    assert b"KeyboardInterrupt" in errors and time.monotonic() - started < 10
    assert not list(tmp_path.iterdir())
