"""The command ``glviz`` as a program: what it prints, writes and returns."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from compute.surface import Curve, Surface
from compute.surface import Path as SurfacePath
from glviz import __version__

REPOSITORY = Path(__file__).resolve().parents[2]


# Nor X11: without a display glcontext tries :0, where another test's screen may be.
NO_EGL = {"__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent", "GLCONTEXT_LINUX_LIBX11": "/nonexistent"}


def environment(**changes) -> dict[str, str]:
    """Ours, without a display."""
    kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return {**kept, "PYTHONPATH": str(REPOSITORY), **changes}


def glviz(*arguments, cwd, **changes) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "glviz", *map(str, arguments)],
        cwd=cwd, env=environment(**changes), capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def picture(path) -> Image.Image:
    """A picture, read to its end."""
    with Image.open(path) as image:
        image.load()
        return image


def refused(done, code, *words) -> None:
    """The program ended with this code, one message with these words, and no traceback."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("glviz: ")
    for word in words:
        assert word in done.stderr


@pytest.fixture
def bowl(tmp_path) -> Path:
    """A file with a loss over five decades, an accuracy and one NaN."""
    x, y = np.linspace(-1, 1, 21), np.linspace(-1, 1, 15)
    loss = np.exp(12 * (x[None, :] ** 2 + y[:, None] ** 2) / 2) * 0.01
    loss[0, 0] = np.nan
    Surface(x, y, loss, metrics={"accuracy": 1 / (1 + loss)}).save(tmp_path / "bowl.ply")
    return tmp_path / "bowl.ply"


# --- usage -----------------------------------------------------------------------------


def test_help_and_version(tmp_path):
    done = glviz("--help", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--height-scale" in done.stdout
    assert "exit codes" in done.stdout
    assert glviz("--version", cwd=tmp_path).stdout == f"glviz {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--contuors"], ["--contuors", "did you mean --contours?"]),
        (["--colormap", "viridsi"], ["did you mean 'viridis'"]),
        (["--zoom", "-1e3"], ["--zoom", "outside"]),
        (["--zoom"], ["--zoom", "expected one argument"]),
        (["--contour-count", "many"], ["--contour-count", "expected a whole number"]),
        (["--resolution", "wide"], ["--resolution", "W,H"]),
        (["--resolution", "0,10"], ["--resolution", "16"]),
        (["--resolution", "99999,10"], ["--resolution"]),
        (["--json"], ["--json goes with --info"]),
        (["--compare", "sides"], ["did you mean 'side'", "overlay, difference, step"]),
        (["bowl.ply", "bowl.ply", "--compare", "difference", "-o", "x.png"], ["needs two surfaces", "bowl"]),
        (["bowl.ply", "--compare", "step", "-o", "x.png"], ["--compare step is for the window"]),
        (["--info", "-o", "x.png"], ["--info", "-o"]),
        (["--field", "acuracy", "--info"], ["no field 'acuracy'", "did you mean 'accuracy'", "loss"]),
        (["--color-by", "nothing", "-o", "x.png"], ["no field 'nothing'"]),
        (["--compare", "difference", "-o", "x.png"], ["needs two surfaces", "bowl.ply alone"]),
        (["-o", "x.svg", "--azimuth", "30"], ["x.svg is a map", "--azimuth", ".png"]),
        (["-o", "x.pdf", "--exaggeration", "3"], ["x.pdf is a map", "--exaggeration"]),
        (["-o", "x.svg", "--view", "left"], ["x.svg is a map", "--view"]),
        (["-o", "x.svg", "--target", "0,0,0"], ["x.svg is a map", "--target"]),
        (["-o", "x.glviz", "--map-width", "100"], ["--map-width goes with"]),
        (["--bands", "3.5"], ["--bands: expected a whole number, got '3.5'"]),
        (["--percentile-low", "60", "--percentile-high", "50"], ["--percentile-low"]),
        (["--sample", "no such"], ["--sample", "'no such'"]),
        (["-o", "x.gif"], ["x.gif", ".png or .jpg"]),
        (["-o", "x"], ["x", ".png or .jpg"]),
        (["-o", "nowhere/x.png"], ["no folder nowhere"]),
    ],
)
def test_wrong_usage_is_told_in_one_message(tmp_path, bowl, arguments, words):
    refused(glviz(bowl, *arguments, cwd=tmp_path), 2, *words)
    assert [path.name for path in tmp_path.iterdir()] == ["bowl.ply"]


@pytest.mark.parametrize("content", [None, b"", b"not a ply", b"ply\nformat ascii 1.0\nend_header\n"])
def test_a_file_that_cannot_be_read(tmp_path, content):
    path = tmp_path / "broken.ply"
    if content is not None:
        path.write_bytes(content)
    refused(glviz(path, "--info", cwd=tmp_path), 3, "broken.ply")


def test_a_path_that_cannot_be_read(tmp_path, bowl):
    refused(glviz(bowl, "--path", "none.csv", "--info", cwd=tmp_path), 3, "none.csv")
    (tmp_path / "words.csv").write_text("a,b\nc,d\n")
    refused(glviz(bowl, "--path", "words.csv", "--info", cwd=tmp_path), 3, "words.csv")


def test_curves_are_plotted_and_their_metrics_on_demand(tmp_path):
    x = np.linspace(0, 1, 9)
    Curve(x, np.exp(9 * x), {"accuracy": 1 - x}).save(tmp_path / "a.ply")
    Curve(x, 2 * np.exp(9 * x)).save(tmp_path / "b.ply")
    assert glviz("a.ply", "--info", cwd=tmp_path).returncode == 0
    pictures = []
    for more in ("a.ply", "a.ply b.ply", "a.ply --metrics accuracy"):
        done = glviz(*more.split(), "-o", "x.png", "--resolution", "400,300", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "log scale" in done.stderr
        pictures.append((tmp_path / "x.png").read_bytes())
    assert len(set(pictures)) == 3
    refused(glviz("a.ply", "--field", "acuracy", "-o", "x.png", cwd=tmp_path), 2, "did you mean 'accuracy'")


# --- info ------------------------------------------------------------------------------


def test_info_as_json(tmp_path, bowl):
    (tmp_path / "walk.csv").write_text("x,y\n0.5,0.5\n0,0\n5,5\n")
    done = glviz(bowl, "--info", "--json", "--path", "walk.csv", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    wanted = "file kind shape x y field min max finite nonfinite pending critical_points paths meta notices"
    assert set(wanted.split()) <= set(found)
    assert found["shape"] == [15, 21]
    assert found["min"] == {"value": pytest.approx(0.01), "x": pytest.approx(0), "y": pytest.approx(0)}
    assert (found["finite"], found["nonfinite"], found["paths"]) == (314, 1, 1)
    assert found["critical_points"]["minima"] == 1


def test_info_for_people_and_for_several_files(tmp_path, bowl):
    text = glviz(bowl, "--info", cwd=tmp_path).stdout
    assert "15 × 21 points" in text
    assert "314 finite, 1 not finite" in text
    assert len(json.loads(glviz(bowl, bowl, "--info", "--json", cwd=tmp_path).stdout)) == 2


def test_output_may_be_cut_short(tmp_path, bowl):
    command = f"{sys.executable} -m glviz {bowl} --info | head -c 1"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], env=environment(), capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert done.stderr == ""


def test_streams_that_cannot_take_what_is_written(tmp_path, bowl):
    """A terminal without letters beyond ASCII, a full disk, no stdout at all: never a traceback."""
    ascii_only = glviz(bowl, "--info", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert ascii_only.returncode == 0, ascii_only.stderr
    assert "21 \\xd7 15" in ascii_only.stdout or "15 \\xd7 21" in ascii_only.stdout
    command = f"{sys.executable} -W error -m glviz bowl.ply --info"
    for redirection, code in ((">/dev/full", 2), (">&-", 0)):
        done = subprocess.run(
            ["sh", "-c", f"{command} {redirection}"],
            cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (code, ""), done.stderr
        assert "Traceback" not in done.stderr and "Exception" not in done.stderr
        assert ("No space left" in done.stderr) == (code == 2)


def test_names_that_are_no_text_are_drawn_all_the_same(tmp_path):
    x = np.linspace(-1, 1, 5)
    path = SurfacePath(x, x, name="pa\udc80th")
    name = os.fsdecode(b"b\xff\xfe.ply")
    facts = {"model": "m\udcff", "data": {"name": "\udc80"}, "\udc81": ["\udc80"]}
    Surface(x, x, np.add.outer(x**2, x**2), meta=facts, paths=(path,)).save(tmp_path / name)
    (tmp_path / "c.csv").write_text("0,0\n1,1\n")
    steps = os.fsdecode(b"c\xff.csv")
    os.rename(tmp_path / "c.csv", tmp_path / steps)
    done = glviz(name, "--path", steps, "-o", "p.png", "--resolution", "400,300", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert picture(tmp_path / "p.png").size == (400, 300)


def test_help_and_info_load_no_graphics(tmp_path, bowl):
    code = (
        "import sys\nfrom glviz.cli import main\ntry: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "print(*{'moderngl', 'glcontext', 'glfw', 'imgui_bundle', 'torch', 'cmap', 'PIL'} & set(sys.modules),"
        " file=sys.stderr)"
    )
    for arguments in (["--help"], [str(bowl), "--info"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], env=environment(), capture_output=True, text=True,
            timeout=60,
        )  # fmt: skip
        assert done.stderr.strip() == ""


# --- pictures --------------------------------------------------------------------------


def test_a_picture_without_a_display(tmp_path, bowl):
    done = glviz(bowl, "-o", "shot.png", "--resolution", "320,200", "--background", "dark", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "log scale" in done.stderr  # five decades start in log, and it is said
    image = picture(tmp_path / "shot.png")
    assert image.size == (320, 200)
    pixels = np.asarray(image.convert("RGB")).astype(int)
    assert pixels[-1, -1].sum() < 200  # the background is dark
    assert (np.abs(pixels - pixels[-1, -1]).sum(axis=2) > 60).mean() > 0.1  # and something stands before it
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bowl.ply", "shot.png"]


def test_settings_reach_the_picture(tmp_path, bowl):
    pictures = []
    for more in ("", "--azimuth -1.5e1", "--colormap magma", "--no-contours", "--slice-axis x"):
        done = glviz(bowl, "-o", "a.png", "--resolution", "240x160", *more.split(), cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        pictures.append((tmp_path / "a.png").read_bytes())
    assert len(set(pictures)) == len(pictures)


def test_a_jpeg_and_several_files(tmp_path, bowl):
    done = glviz(bowl, bowl, "-o", "pair.JPG", "--resolution", "400,200", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    image = picture(tmp_path / "pair.JPG")
    assert (image.format, image.size) == ("JPEG", (400, 200))
    left, right = np.split(np.asarray(image.convert("L")).astype(float), 2, axis=1)
    assert np.abs(left - right).mean() < 4  # twice the same


def test_what_does_nothing_in_a_picture_is_told(tmp_path, bowl):
    done = glviz(
        bowl, "-o", "x.png", "--pins", "5,5;0,0", "--slice-axis", "x", "--slice-position", "99",
        "--clamp-low", "1e6", "--clamp-high", "2e6", "--compare", "overlay", "--resolution", "160,120",
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for words in (
        "1 of 2 pinned points outside the plane", "at 99 misses the surface: it is at the edge, 1",
        "No value lies within 1e+06 … 2e+06", "nothing beside bowl.ply",
    ):  # fmt: skip
        assert words in done.stderr
    quiet = glviz(bowl, "-o", "x.svg", "--pins", "1,-1", "--view", "map", cwd=tmp_path)
    assert quiet.returncode == 0 and "pinned" not in quiet.stderr and "map" not in quiet.stderr


def test_two_files_are_compared_in_three_ways(tmp_path, bowl):
    x = np.linspace(-1, 1, 5)
    Surface(x, x, 1 + x[None, :] ** 2 + x[:, None] ** 2).save(tmp_path / "other.ply")
    pictures = []
    for mode in ("side", "overlay", "difference"):
        done = glviz(
            bowl, "other.ply", "--compare", mode, "-o", "a.png", "--resolution", "320,200", cwd=tmp_path
        )
        assert done.returncode == 0, done.stderr
        pictures.append((tmp_path / "a.png").read_bytes())
    assert "interpolated on the common area" in done.stderr
    assert len(set(pictures)) == 3


def test_what_was_there_stays_if_the_picture_fails(tmp_path, bowl):
    (tmp_path / "old.png").write_bytes(b"precious")
    done = glviz(bowl, "-o", "old.png", cwd=tmp_path, **NO_EGL)
    refused(done, 4, "OpenGL 3.3")
    assert (tmp_path / "old.png").read_bytes() == b"precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bowl.ply", "old.png"]


# --- no display, no OpenGL ---------------------------------------------------------------


def test_no_display_is_told_with_a_way_out(tmp_path, bowl):
    refused(glviz(bowl, cwd=tmp_path), 4, "open a window", "-o shot.png")
    refused(glviz(bowl, cwd=tmp_path, DISPLAY=":987"), 4, ":987", "-o shot.png")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Mesa's switches")
def test_no_opengl_is_told_with_what_to_install(tmp_path, bowl):
    for changes in (NO_EGL, {"MESA_GL_VERSION_OVERRIDE": "2.1"}):
        done = glviz(bowl, "-o", "x.png", cwd=tmp_path, **changes)
        refused(done, 4, "egl", "libegl1", "libgl1-mesa-dri")


def test_ctrl_c_ends_with_130(tmp_path):
    fifo = tmp_path / "slow.py"
    fifo.write_text(
        "import sys, time\nfrom glviz import cli\n"
        "def slow(argv):\n    print('ready', flush=True)\n    time.sleep(60)\n"
        "cli._run = slow\nsys.exit(cli.main([]))\n"
    )
    process = subprocess.Popen(
        [sys.executable, str(fifo)], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout.readline() == b"ready\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in errors


@pytest.mark.parametrize("broken", ["ImportError('half a module')", "SyntaxError('no names')"])
def test_an_interrupt_that_a_module_made_another_error_of_is_one(tmp_path, broken):
    script = tmp_path / "importing.py"
    script.write_text(
        "import signal, sys\nfrom glviz import cli\n"
        "def importing(argv):\n"
        "    try:\n        signal.raise_signal(signal.SIGINT)\n"
        f"    except BaseException:\n        raise {broken}\n"
        "cli._run = importing\nsys.exit(cli.main([]))\n"
    )
    done = subprocess.run([sys.executable, str(script)], env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "")


def test_an_error_without_an_interrupt_stays_what_it_is(tmp_path):
    script = tmp_path / "failing.py"
    script.write_text(
        "from glviz import cli\ndef failing(argv):\n    raise ImportError('half a module')\n"
        "cli._run = failing\ncli.main([])\n"
    )
    done = subprocess.run([sys.executable, str(script)], env=environment(), capture_output=True, text=True)
    assert done.returncode == 1 and "half a module" in done.stderr


def test_an_interrupt_within_a_compiled_module_waits_for_its_end():
    from glviz.interrupts import deferred

    before, reached = signal.getsignal(signal.SIGINT), False
    with pytest.raises(KeyboardInterrupt), deferred():
        signal.raise_signal(signal.SIGINT)
        reached = True
    assert reached and signal.getsignal(signal.SIGINT) is before


# --- samples ---------------------------------------------------------------------------


def test_samples_are_listed_and_opened_by_name(tmp_path):
    from glviz.resources import samples

    done = glviz("--samples", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    listed = dict(line.split("\t") for line in done.stdout.splitlines())
    assert listed == {name: str(path) for name, path in samples().items()}
    for name in listed:
        found = json.loads(glviz("--sample", name, "--info", "--json", cwd=tmp_path).stdout)
        assert found["file"] == listed[name]
        assert found["finite"] > 0


def test_without_a_file_a_sample_is_shown(tmp_path):
    from glviz.resources import samples

    done = glviz("--info", "--json", cwd=tmp_path)
    if any(name.startswith("resnet56") for name in samples()):
        assert "resnet56" in json.loads(done.stdout)["file"]
    else:
        refused(done, 2, "no file given")


# --- files by others -------------------------------------------------------------------


def test_files_by_others(tmp_path, shared_data):
    folder = shared_data / "sv_term_project"
    found = json.loads(glviz(folder / "ResNet_Random.ply", "--info", "--json", cwd=tmp_path).stdout)
    assert (found["field"], found["shape"]) == ("s", [26, 26])
    assert found["min"]["value"] == pytest.approx(0.31801394)
    assert (found["min"]["x"], found["min"]["y"]) == (pytest.approx(-0.02), pytest.approx(0.02))
    assert found["max"]["value"] == pytest.approx(2.38645e10, rel=1e-5)

    walk = next(folder.glob("VGG_PCA_pm20*_path.csv"))
    done = glviz(
        folder / "VGG_PCA_pm20.ply", "--path", walk, "-o", "walk.png", "--resolution", "320,240", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert picture(tmp_path / "walk.png").size == (320, 240)
