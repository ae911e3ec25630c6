"""A picture of a file without a window, from the start of the process to the file on the disk.

Whole processes, as one types them: all draw 1280 x 720 pixels of the same PLY file, without the
edges of its faces. Ours has axes, iso-lines, their projection, critical points and text on it, as
it comes; the others have the bare surface. F3D and PyVista get a display (F3D draws on no other
terms), which is started outside the time. Python finds compiled bytecode everywhere, as after
any installation, and a driver that keeps compiled shaders from run to run keeps those of all.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.case import Case, Figure
from benchmarks.display import display
from benchmarks.peers import PYTHON
from compute.surface import Surface

SIZE_PX = (1280, 720)
# Samples a side, and the part of the time of F3D and of PyVista that we should not exceed.
GOALS = ((51, 1.0, 0.35), (1024, 0.7, 0.25), (2048, 0.35, 0.12))
MEMORY_GOAL = 0.6

PYVISTA = """
import sys
import pyvista
plotter = pyvista.Plotter(off_screen=True, window_size=({}, {}))
plotter.add_mesh(pyvista.read(sys.argv[1]), show_edges=False)
plotter.screenshot(sys.argv[2])
""".format(*SIZE_PX)

# By a small process: what a large one had counts as its child's until that has begun.
MEASURE = """
import os, sys
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""

Drawing = Callable[[Path, Path], list[str]]


def ours(surface: Path, picture: Path) -> list[str]:
    """The command of this project."""
    size = ",".join(map(str, SIZE_PX))
    return [sys.executable, "-m", "glviz", str(surface), "-o", str(picture), "--resolution", size]


def f3d(surface: Path, picture: Path) -> list[str]:
    """The command of F3D."""
    return ["f3d", str(surface), "--output", str(picture), "--resolution", ",".join(map(str, SIZE_PX))]


def pyvista(surface: Path, picture: Path) -> list[str]:
    """A script with PyVista, in the environment of the other programs."""
    return [str(PYTHON), "-c", PYVISTA, str(surface), str(picture)]


def landscape(side: int) -> Surface:
    """A bowl with hills, ``side`` samples a side."""
    a = np.linspace(-1, 1, side)
    r2 = a[None, :] ** 2 + a[:, None] ** 2
    hills = 0.25 * np.sin(5 * a)[None, :] * np.cos(4 * a)[:, None]
    return Surface(a, a, 0.1 + 4 * r2 / (0.35 + r2) + hills)


def drawn(command: Sequence[str], picture: Path, environment: dict[str, str]) -> list[int]:
    """Run a command; returns the size of its picture."""
    picture.unlink(missing_ok=True)
    subprocess.run(command, env=environment, check=True, capture_output=True)
    with Image.open(picture) as image:  # its first bytes
        return list(image.size)


def check_seen(command: Sequence[str], picture: Path, environment: dict[str, str]) -> None:
    """Make sure that a command draws something."""
    drawn(command, picture, environment)
    with Image.open(picture) as image:
        small = np.asarray(image.convert("RGB").resize((64, 36))).astype(int)
        seen = np.abs(small - small[-1, -1]).max(axis=2) > 24
        assert seen.mean() > 0.05, f"{command[0]} drew nothing"


def peak_kib(command: Sequence[str], environment: dict[str, str]) -> float:
    """The most memory that a process has at once, in KiB."""
    measured = [sys.executable, "-I", "-S", "-c", MEASURE, *command]
    # F3D says on stdout what it loads; the figure is the last line.
    done = subprocess.run(measured, env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def environment_with(shown: str) -> dict[str, str]:
    """Of all processes alike."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "DISPLAY": shown}


def others() -> list[tuple[str, Drawing, int]]:
    """The programs that are there: name, command, and which of the goals is theirs."""
    found: list[tuple[str, Drawing, int]] = []
    if shutil.which("Xvfb") and shutil.which("f3d"):
        version = subprocess.run(["f3d", "--version"], capture_output=True, text=True).stdout.split()
        found.append((" ".join(["F3D", *version[1:2]]), f3d, 1))
    else:
        print("bench_pictures: no F3D: tools/system_libraries.sh bench", file=sys.stderr)
    asked = "from importlib.metadata import version; print(version('pyvista'))"
    if PYTHON.exists() and shutil.which("Xvfb"):
        version = subprocess.run([PYTHON, "-c", asked], capture_output=True, text=True).stdout.split()
        found.append((f"PyVista {version[0]}", pyvista, 2) if version else ("", pyvista, 0))
    if len(found) < 2 or not found[-1][0]:
        print("bench_pictures: no PyVista: make bench makes its environment", file=sys.stderr)
    return [each for each in found if each[0]]


def cases() -> Iterator[Case | Figure]:
    """Each size against each program; then the memory of the largest."""
    programs = others()
    if not programs:
        return
    with tempfile.TemporaryDirectory() as folder, display() as shown:
        environment = environment_with(shown)
        for goals in GOALS:
            side = goals[0]
            surface, picture = Path(folder) / f"{side}.ply", Path(folder) / "picture.png"
            landscape(side).save(surface)
            run = functools.partial(drawn, picture=picture, environment=environment)
            name = (
                f"a picture of a {side}×{side} binary PLY, {SIZE_PX[0]}×{SIZE_PX[1]}, process start to file"
            )
            for program, command, goal in programs:
                for each in (ours, command):
                    check_seen(each(surface, picture), picture, environment)
                yield Case(
                    name,
                    functools.partial(run, ours(surface, picture)),
                    functools.partial(run, command(surface, picture)),
                    program,
                    rtol=0,
                    least=round(1 / goals[goal], 2),
                    rounds=7 if side < 2048 else 5,
                )
        for program, command, _ in programs[:1]:

            def part(command: Drawing = command) -> float:
                mine, its = (peak_kib(each(surface, picture), environment) for each in (ours, command))
                return mine / its

            side = GOALS[-1][0]
            yield Figure(
                f"peak memory of a picture of {side}×{side}, as a part of {program}'s",
                "×",
                MEMORY_GOAL,
                part,
                rounds=3,
            )
