"""Maps and films by the command: what is written, what is refused, and what Ctrl-C and a full disk leave."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pypdf
import pytest
from PIL import Image

from compute.surface import Path as Descent
from compute.surface import Surface

from .playing import play

REPOSITORY = Path(__file__).resolve().parents[2]
PATH_FILE = REPOSITORY / "data" / "digits_mlp_path.ply"
SURFACE = REPOSITORY / "data" / "resnet56.ply"


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return {**kept, "PYTHONPATH": str(REPOSITORY)}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "glviz", *map(str, arguments)]


def glviz(*arguments: object, cwd: Path, **more) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=cwd, env=environment(), capture_output=True, text=True, timeout=120, **more
    )


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.startswith("glviz: ") and "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_maps_are_written_without_opengl(tmp_path):
    (tmp_path / "moderngl.py").write_text("raise RuntimeError('a map needs no OpenGL')")
    for name in ("map.svg", "map.pdf"):
        done = subprocess.run(
            command(SURFACE, "-o", name, "--levels", "0.1,1,10"), cwd=tmp_path,
            env={**environment(), "PYTHONPATH": f"{tmp_path}{os.pathsep}{REPOSITORY}"},
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert f"wrote {name}" in done.stderr
    levels = {each.get("data-level") for each in ET.parse(tmp_path / "map.svg").iter()} - {None}
    assert levels == {"0.1", "1.0", "10.0"}
    assert len(pypdf.PdfReader(tmp_path / "map.pdf").pages) == 1


def test_several_files_make_one_wide_map(tmp_path):
    done = glviz(SURFACE, SURFACE, "-o", "map.svg", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    root = ET.parse(tmp_path / "map.svg").getroot()
    assert root.get("width") == "183mm"
    assert {"map", "map-2"} <= {each.get("id") for each in root.iter()}


@pytest.mark.slow
def test_a_picture_and_both_films_in_one_go(tmp_path):
    done = glviz(
        PATH_FILE, "-o", "still.png", "--turntable", "t.gif", "--replay", "r.mp4", "--seconds", "0.4",
        "--resolution", "161,120", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "still.png") as still:
        assert still.size == (161, 120)
    assert play(tmp_path / "t.gif")[0].shape == (6, 120, 161, 3)
    assert play(tmp_path / "r.mp4")[0].shape == (12, 120, 162, 3)
    assert "the sides of an MP4 are even: 162 × 120" in done.stderr
    assert "wrote r.mp4 (162 × 120, 12 frames, " in done.stderr
    assert sorted(each.name for each in tmp_path.iterdir()) == ["r.mp4", "still.png", "t.gif"]


def test_films_have_the_size_of_a_session_or_of_a_scale_and_tell_what_a_picture_tells(tmp_path):
    x = np.linspace(-1.0, 1.0, 9)
    loss = np.add.outer(x**2, x**2)
    loss[2, 2] = np.nan
    Surface(x, x, loss).save(tmp_path / "a.ply")
    assert glviz("a.ply", "-o", "shot.png", "--resolution", "170,130", cwd=tmp_path).returncode == 0
    short = ("--seconds", "0.2", "--fps", "10")
    sizes = {}
    for name, arguments in {
        "session.gif": ("shot.png",), "scaled.gif": ("shot.png", "--scale", "1.5"),
        "other.gif": ("shot.png", "--resolution", "120,90"), "plain.gif": ("a.ply", "--scale", "0.25"),
    }.items():  # fmt: skip
        done = glviz(*arguments, "--turntable", name, *short, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stderr.count("1 of 81 points are not drawn") == 1
        with Image.open(tmp_path / name) as film:
            sizes[name] = film.size
    assert sizes == {
        "session.gif": (170, 130), "scaled.gif": (255, 195), "other.gif": (120, 90), "plain.gif": (160, 90),
    }  # fmt: skip
    done = glviz("shot.png", "-o", "b.png", "--turntable", "b.gif", *short, cwd=tmp_path)
    assert done.stderr.count("1 of 81 points are not drawn") == 1, done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--replay", "a.mp4"], ["resnet56.ply", "no descent path", "--path"]),
        (["--turntable", "a.avi"], ["--turntable", ".mp4 or .gif"]),
        (["--turntable", "no/a.mp4"], ["no folder no"]),
        (["--seconds", "3", "-o", "a.png"], ["--seconds goes with --turntable"]),
        (["--turntable", "a.mp4", "--fps", "many"], ["--fps", "expected a number"]),
        (["--turntable", "a.gif", "--fps", "60"], ["--fps", "at most 50"]),
        (["--turntable", "a.mp4", "--info"], ["--info prints and --turntable draws"]),
        (["--map-width", "90", "-o", "a.png"], ["--map-width goes with"]),
        (["-o", "a.svg", "--resolution", "800,600"], ["--map-width"]),
        (["-o", "no/a.pdf"], ["no folder no"]),
        (["-o", "a.eps"], [".svg or .pdf"]),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path, arguments, words):
    refused(glviz(SURFACE, *arguments, cwd=tmp_path), *words)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="a limit on the size of files is POSIX's")
@pytest.mark.parametrize(
    "arguments",
    [
        ["-o", "a.svg"], ["-o", "a.pdf"],
        ["--turntable", "a.mp4", "--seconds", "0.4", "--resolution", "320,240"],
    ],
)  # fmt: skip
def test_a_full_disk_is_one_error(tmp_path, arguments):
    limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 16; exec \"$@\"", "sh"]  # blocks of 512 bytes
    done = subprocess.run(
        [*limited, *command(SURFACE, *arguments)],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    refused(done, f"writing {arguments[1]}")
    assert done.stderr.count("glviz: ") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs setsid")
def test_progress_on_a_terminal_and_ctrl_c(tmp_path):
    """Ctrl-C typed at the terminal, which reaches the encoder's process group too."""
    (tmp_path / "a.mp4").write_bytes(b"the old film")
    arguments = command(SURFACE, "--turntable", "a.mp4", "--seconds", "60", "--resolution", "160,120")
    terminal, inner = pty.openpty()
    streams = {"stdin": inner, "stdout": inner, "stderr": inner}
    # The pseudo-terminal becomes the one that controls it, as pty.fork would have it, without a fork of
    # this process, in which other tests have started threads.
    process = subprocess.Popen(["setsid", "--ctty", *arguments], cwd=tmp_path, env=environment(), **streams)
    os.close(inner)
    said = b""
    until = time.monotonic() + 60
    while said.count(b"\r") < 3 and time.monotonic() < until:
        said += os.read(terminal, 4096)
    assert b"turntable a.mp4: frame " in said and b" of 1800, " in said and b" left" in said, said
    os.write(terminal, b"\x03")
    while True:
        try:
            if not os.read(terminal, 4096):
                break
        except OSError:  # the other side is closed
            break
    os.close(terminal)
    assert process.wait(60) == 130
    assert [each.name for each in tmp_path.iterdir()] == ["a.mp4"]
    assert (tmp_path / "a.mp4").read_bytes() == b"the old film"


def test_what_the_font_of_a_picture_lacks_is_told_as_of_a_pdf(tmp_path, capsys):
    from compute.surface import Curve
    from glviz.arrange import Arranger
    from glviz.documents import in_memory
    from glviz.outputs import print_lacking
    from glviz.settings import Settings

    x = np.linspace(-1.0, 1.0, 5)
    surface = Surface(x, x, np.add.outer(x**2, x), paths=(Descent(x, x, name="步"),))
    for data, settings, said in (
        (surface, Settings(), "'损失步'; an SVG shows them"), (Curve(x, x), Settings(), "'损失'"),
        (surface, Settings(legend=False), "'损失'; an SVG shows them"),
        (surface, Settings(legend=False, title=False), None),
    ):  # fmt: skip
        print_lacking(Arranger().arrange([in_memory(data, "损失.ply")], settings))
        told = capsys.readouterr().err
        assert told == (f"glviz: the font of pictures lacks {said}\n" if said else "")
    print_lacking(Arranger().arrange([in_memory(surface.replace(paths=()), "é α − 10^-3.ply")], Settings()))
    assert capsys.readouterr().err == ""


def test_what_all_files_have_in_common_is_said_once(capsys):
    from types import SimpleNamespace

    from glviz.outputs import print_notices

    a, b, c = (SimpleNamespace(title=title, notices=("drawn on a log scale.",)) for title in "abc")
    c.notices = ("two points are missing.", *c.notices)
    print_notices([a, b, c])
    assert capsys.readouterr().err.splitlines() == [
        "glviz: a, b, c: drawn on a log scale.",
        "glviz: c: two points are missing.",
    ]
