"""The viewer from Python: pictures of what a program holds, and the window."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import glviz
from compute.surface import Curve, HeightMesh, Surface
from compute.surface import Path as Descent
from glviz.arrange import Arranger
from glviz.documents import open_document
from glviz.errors import CannotDrawError, UsageError
from glviz.offscreen import screenshot as drawn
from glviz.scene.camera import Camera
from glviz.settings import Settings

REPOSITORY = Path(__file__).resolve().parents[2]
SMALL = (400, 300)


def bowl() -> Surface:
    x = np.linspace(-1, 1, 21)
    return Surface(x, x, x[None, :] ** 2 + 2 * x[:, None] ** 2, metrics={"accuracy": np.ones((21, 21))})


def mesh() -> HeightMesh:
    rng = np.random.default_rng(0)
    return HeightMesh(*rng.uniform(-1, 1, (3, 60)), np.arange(60).reshape(20, 3))


def curve() -> Curve:
    x = np.linspace(-1, 1, 41)
    return Curve(x, x**2)


def test_a_picture_of_a_file_is_the_one_that_the_program_draws(tmp_path):
    bowl().save(tmp_path / "bowl.ply")
    settings, camera = Settings(bands=6, levels="0.5,1.0"), Camera(azimuth=15.0, target=(0.1, 0.0, 0.0))
    views = Arranger().arrange([open_document(tmp_path / "bowl.ply")], settings)
    expected = drawn(views, camera, SMALL, scale=1.5)
    found = glviz.screenshot(
        tmp_path / "bowl.ply", size=SMALL, scale=1.5, bands=6, levels=[0.5, 1.0], azimuth=15,
        target=(0.1, 0, 0),
    )  # fmt: skip
    assert found.size == (600, 450) and np.array_equal(np.asarray(found), np.asarray(expected))
    # What is in memory differs by its title alone.
    held = np.asarray(glviz.screenshot(bowl(), size=SMALL, scale=1.5, bands=6, levels="0.5,1.0", azimuth=15,
                                       target=(0.1, 0, 0), names=["bowl.ply"]))  # fmt: skip
    assert np.array_equal(held, np.asarray(expected))


@pytest.mark.parametrize("make", [bowl, mesh, curve])
def test_all_kinds_are_drawn(make):
    picture = glviz.screenshot(make(), size=SMALL, transparent=True)
    assert (picture.mode, picture.size) == ("RGBA", SMALL)
    assert 0.01 < (np.asarray(picture)[..., 3] > 0).mean() < 0.9


def test_several_in_one_picture_with_names_and_paths(tmp_path):
    (tmp_path / "steps.csv").write_text("x,y\n-0.9,0.8\n0,0\n")
    alone = np.asarray(glviz.screenshot([bowl(), bowl()], size=(640, 300), title=False))
    named = np.asarray(glviz.screenshot([bowl(), bowl()], size=(640, 300), names=["a", "b"]))
    walked = np.asarray(
        glviz.screenshot(
            [bowl(), bowl()], size=(640, 300), title=False,
            path=[tmp_path / "steps.csv", Descent([0.5, 0.0], [0.5, 0.0])],
        )  # fmt: skip
    )
    assert alone.shape == named.shape == (300, 640, 3)
    one = glviz.screenshot(bowl(), size=SMALL, path=tmp_path / "steps.csv")
    assert not np.array_equal(np.asarray(one), np.asarray(glviz.screenshot(bowl(), size=SMALL)))
    assert np.array_equal(
        np.asarray(glviz.screenshot(bowl(), size=SMALL, path=tmp_path / "steps.csv", paths=False)),
        np.asarray(glviz.screenshot(bowl(), size=SMALL)),
    )
    for other in (named, walked):
        changed = np.any(alone != other, axis=2)
        assert changed[:, :320].any() and changed[:, 320:].any() and changed.mean() < 0.2


def test_threads_get_their_pictures_one_after_the_other():
    expected = np.asarray(glviz.screenshot(bowl(), size=(200, 150)))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: np.asarray(glviz.screenshot(bowl(), size=(200, 150))), range(6)))
    assert all(np.array_equal(each, expected) for each in found)


def test_one_name_is_a_name_and_not_its_letters():
    named = glviz.screenshot(bowl(), size=SMALL, names="before")
    assert named.tobytes() == glviz.screenshot(bowl(), size=SMALL, names=["before"]).tobytes()


def test_numbers_and_truths_of_numpy_are_options_too():
    plain = glviz.screenshot(bowl(), size=SMALL, contours=False, bands=5, opacity=0.5)
    same = glviz.screenshot(
        bowl(), size=np.array(SMALL), contours=np.bool_(False), bands=np.int64(5), opacity=np.float32(0.5)
    )
    assert plain.tobytes() == same.tobytes()


@pytest.mark.parametrize("shown, mode", [(2, "step"), (1, "difference")])
def test_what_cannot_be_compared_so_in_a_picture_is_refused(shown, mode):
    with pytest.raises(UsageError, match=f"compare {mode}"):
        glviz.screenshot([bowl()] * shown, compare=mode)


def test_pins_as_points_and_a_named_view():
    listed = glviz.screenshot(bowl(), size=SMALL, pins=[(0, 0), (0.5, -0.5)], view="map")
    written = glviz.screenshot(bowl(), size=SMALL, pins="0,0;0.5,-0.5", view="map")
    assert np.array_equal(np.asarray(listed), np.asarray(written))


@pytest.mark.parametrize("options, words", [
    ({"colourmap": "magma"}, ("no option colourmap", "colormap")),
    ({"bandz": 3}, ("no option bandz", "bands")),
    ({"nothing_like_it_at_all": 3}, ("no option", "--help")),
    ({"colormap": "viridiss"}, ("option colormap", "viridis")),
    ({"bands": 900}, ("option bands", "0 ... 40")),
    ({"axes": "yes"}, ("option axes", "true or false")),
    ({"view": "top"}, ("option view", "map")),
    ({"target": (1, 2)}, ("option target",)),
    ({"levels": ["low"]}, ("option levels",)),
    ({"size": (3, 300)}, ("size", "16")),
    ({"size": "large"}, ("size", "large")),
    ({"size": (np.inf, 100)}, ("size", "whole pixels", "inf")),
    ({"size": (100.5, 100)}, ("size", "whole pixels", "100.5")),
    ({"size": (70000, 10)}, ("size", "16 ... 65535")),
    ({"pins": [1, 2]}, ("option pins", "[(0, 0)", "[1, 2]")),
    ({"bands": 3.5}, ("option bands", "a whole number", "3.5")),
    ({"bands": np.inf}, ("option bands", "finite")),
    ({"names": [3]}, ("3 among the names", "text")),
    ({"scale": 0}, ("option scale",)),
    ({"size": (60000, 60000)}, ("60000", "smaller")),
    ({"field": "acuracy"}, ("acuracy", "accuracy")),
    ({"names": ["a", "b"]}, ("2 names",)),
    ({"path": 5}, ("got int for path", "compute.Path")),
])  # fmt: skip
def test_a_wrong_option_is_one_clear_error(options, words):
    with pytest.raises(UsageError) as caught:
        glviz.screenshot(bowl(), **options)
    for word in words:
        assert word in str(caught.value)
    assert "--" not in str(caught.value) or "--help" in str(caught.value) or "field" in options


@pytest.mark.parametrize("wrong", [[], [3], {"x": 1}, np.zeros((3, 3))])
def test_what_is_no_surface_is_refused(wrong):
    with pytest.raises(UsageError, match="surface"):
        glviz.screenshot(wrong)
    with pytest.raises(CannotDrawError):
        glviz.screenshot(HeightMesh([], [], [], np.zeros((0, 3), int)))


def test_everything_is_there_and_nothing_is_loaded():
    code = (
        "import sys, glviz; before = set(sys.modules); assert 'numpy' not in before, 'import is not light'\n"
        "assert {'show', 'screenshot', '__version__'} <= set(dir(glviz))\n"
        "assert callable(glviz.show) and callable(glviz.screenshot) and glviz.__version__\n"
        "print(*sorted({'moderngl', 'imgui_bundle', 'glfw', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")
    with pytest.raises(AttributeError, match="has no attribute 'shoe'"):
        glviz.shoe  # noqa: B018


# --- in a notebook -----------------------------------------------------------------------


@pytest.mark.parametrize("make", [bowl, mesh, curve])
def test_the_last_line_of_a_cell_is_a_picture(make):
    """As IPython asks for it: bytes and the size to show them at."""
    data, metadata = make()._repr_png_()
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (2 * metadata["width"], 2 * metadata["height"])
        assert 0.01 < (np.asarray(picture.convert("L")) < 200).mean() < 0.6
    json.dumps(metadata)


def test_where_nothing_can_be_drawn_there_is_a_warning_and_text():
    with pytest.warns(RuntimeWarning, match="no picture of this HeightMesh"):
        assert HeightMesh([], [], [], np.zeros((0, 3), int))._repr_png_() is None


# --- the window --------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(
    not (sys.platform.startswith("linux") and shutil.which("Xvfb") and shutil.which("xdotool")),
    reason="needs Linux, Xvfb and xdotool: apt-get install xvfb xdotool",
)
def test_show_opens_a_window_and_comes_back_when_it_is_closed(tmp_path):
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "900x700x24", "-nolisten", "tcp"],
        pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    with os.fdopen(read) as answer:
        number = answer.readline().strip()
    # A file of the title's name must not be taken for the surface's own.
    (tmp_path / "surface").write_text("nothing that can be read")
    code = (
        "import numpy as np, glviz\nfrom compute.surface import Surface\nx = np.linspace(-1, 1, 21)\n"
        "glviz.show(Surface(x, x, np.add.outer(x**2, x)), size=(640, 480), colormap='magma')\nprint('back')"
    )
    environment = {**os.environ, "DISPLAY": f":{number}", "PYTHONPATH": str(REPOSITORY)}
    environment["HOME"] = environment["XDG_CONFIG_HOME"] = environment["XDG_STATE_HOME"] = str(tmp_path)
    environment.pop("WAYLAND_DISPLAY", None)

    def tool(*arguments: str) -> str:
        done = subprocess.run(["timeout", "20", "xdotool", *arguments], env=environment, capture_output=True)
        return done.stdout.decode().strip()

    try:
        program = subprocess.Popen(
            [sys.executable, "-c", code], cwd=tmp_path, env=environment, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        end = time.monotonic() + 60
        while not (found := tool("search", "--onlyvisible", "--class", "glviz")):
            assert program.poll() is None and time.monotonic() < end, program.communicate()
            time.sleep(0.1)
        window = found.split()[-1]
        assert "640x480" in tool("getwindowgeometry", window)
        (tmp_path / "surface").write_text("something else")
        tool("windowfocus", "--sync", window)
        time.sleep(1.5)
        assert program.poll() is None
        tool("key", "ctrl+q")
        out, errors = program.communicate(timeout=60)
        assert (program.returncode, out, errors) == (0, "back\n", "")
    finally:
        program.kill()
        server.terminate()
        server.wait(20)
