"""Whatever happens to the window, its files or its driver, it lives on, or ends with one message."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from compute.surface import Surface

REPOSITORY = Path(__file__).resolve().parents[3]
FAULTS = Path(__file__).with_name("faults.py")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs X11"),
    pytest.mark.skipif(not shutil.which("Xvfb"), reason="needs Xvfb: apt-get install xvfb"),
]


def environment(folder, **more) -> dict[str, str]:
    found = {**os.environ, "PYTHONPATH": str(REPOSITORY), "GLVIZ_CONFIG_DIR": str(folder / "config"), **more}
    found.pop("WAYLAND_DISPLAY", None)
    return found


@pytest.mark.parametrize(
    "name",
    [
        "resized_to_nothing_and_back",
        "minimised",
        "dropped",
        "another_kind_dropped_in",
        "a_path_dropped_in",
        "a_session_kept_and_dropped_in",
        "rewritten_by_another_kind",
        "graphics_memory_refused",
        "a_part_fails",
        "two_hundred_reloads",
    ],
)
def test_the_window_lives(name, display, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", str(FAULTS), name],
        cwd=tmp_path, env=environment(tmp_path, DISPLAY=display), capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def glviz(folder, *arguments, **more) -> subprocess.Popen:
    path = folder / "hills.ply"
    x = np.linspace(-1, 1, 11)
    Surface(x, x, x[None, :] ** 2 + x[:, None] ** 2).save(path)
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "glviz", str(path), *arguments],
        cwd=folder, env=environment(folder, **more), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("version", ["2.1", "3.0"])
def test_a_driver_that_is_too_old_is_one_message(version, display, tmp_path):
    process = glviz(tmp_path, DISPLAY=display, MESA_GL_VERSION_OVERRIDE=version)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 4
    assert said.startswith("glviz: Could not") and "OpenGL 3.3" in said
    assert "Traceback" not in said and said.count("\n") <= 4


def test_no_display_is_one_message(tmp_path):
    process = glviz(tmp_path, DISPLAY=":99999")
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 4
    assert "A picture needs no display" in said and "Traceback" not in said


@pytest.mark.parametrize("seconds", [0.05, 0.1, 0.2, 0.35, 0.7])
def test_ctrl_c_while_it_starts_ends_it_without_a_word(seconds, display, tmp_path):
    x = np.linspace(-1, 1, 11)
    Surface(x, x, x[None, :] ** 2 + x[:, None] ** 2).save(tmp_path / "hills.ply")
    # Before this line it is Python that starts, which has words of its own.
    code = "print(1, flush=True); from glviz.__main__ import main; raise SystemExit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "hills.ply")],
        cwd=tmp_path, env=environment(tmp_path, DISPLAY=display), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "1\n"
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert (process.returncode, said) == (130, "")
