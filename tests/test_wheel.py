"""What a user gets from ``pip install``: a viewer with its shaders and samples, and no torch.

The wheel is built from the source distribution, so that both are looked at, and installed
with the base dependencies alone into an empty virtual environment outside the checkout.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

REPOSITORY = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.slow


def attempt(*command: object, cwd: Path, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Runs a command away from the checkout and any display."""
    hidden = ("PYTHONPATH", "VIRTUAL_ENV", "DISPLAY", "WAYLAND_DISPLAY")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, timeout=timeout)


def run(*command: object, cwd: Path, timeout: float = 60) -> str:
    """Standard output of a command that must succeed."""
    done = attempt(*command, cwd=cwd, timeout=timeout)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = (sys.executable, "-m", "build", "--no-isolation")
    run(*build, "--outdir", folder, REPOSITORY, cwd=folder, timeout=180)
    (built,) = folder.glob("*.whl")
    return built


@dataclass(frozen=True)
class Installation:
    """A virtual environment that holds the wheel, and a folder to run its programs in."""

    bin: Path
    cwd: Path

    def __call__(self, program: str, *arguments: object) -> str:
        return run(self.bin / program, *arguments, cwd=self.cwd)

    def python(self, code: str) -> str:
        return self("python", "-c", code).strip()


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Installation:
    home = tmp_path_factory.mktemp("installed")
    venv.create(home / "venv", with_pip=True)
    programs = home / "venv" / "bin"
    pip = (programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "-c", REPOSITORY / "constraints.txt", wheel, cwd=home, timeout=600)
    work = home / "elsewhere"
    work.mkdir()
    return Installation(programs, work)


def test_the_wheel_holds_what_the_programs_need_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for source, target in (("shaders", "glviz/shaders"), ("data", "glviz/data")):
        files = [path for path in (REPOSITORY / source).rglob("*") if path.is_file()]
        assert files
        for path in files:
            assert f"{target}/{path.relative_to(REPOSITORY / source).as_posix()}" in names
    assert {name.partition("/")[0] for name in names} == {"compute", "glviz", "glviz-0.1.0.dist-info"}


def test_nothing_of_torch_is_installed(installed):
    listed = json.loads(installed("python", "-m", "pip", "list", "--format=json"))
    names = {package["name"].lower() for package in listed}
    assert "glviz" in names
    assert names.isdisjoint({"torch", "scikit-learn", "tqdm"})


def test_resources_are_those_of_the_installation(installed):
    code = "from glviz import resources as r; print(r.shader_dir(), r.sample_dir(), sep='\\n')"
    for folder in installed.python(code).splitlines():
        assert Path(folder).is_relative_to(installed.bin.parent)


def test_both_programs_explain_themselves(installed):
    assert "usage: glviz " in installed("glviz", "--help")
    assert "usage: glviz-compute " in installed("glviz-compute", "--help")


def test_computing_without_torch_says_what_to_install(installed):
    surface = (installed.bin / "glviz-compute", "surface", "--model", "mlp", "--data", "digits")
    done = attempt(*surface, "-o", "out.ply", cwd=installed.cwd)
    assert done.returncode not in (0, 1)
    assert "glviz[compute]" in done.stderr
    assert "Traceback" not in done.stderr


def test_shards_are_merged_without_torch(installed):
    code = (
        "import compute\n"
        "plane = {'x': (-1, 1, 5), 'y': (-1, 1, 5)}\n"
        "for k in (1, 2):\n"
        "    run = compute.Run(f'{k}.ply', shard=(k, 2))\n"
        "    compute.function_plane(lambda t: t @ t, [0, 0], [1, 0], [0, 1], **plane, run=run)"
    )
    installed.python(code)
    told = installed("glviz-compute", "merge", "out.ply", "1.ply", "2.ply")
    assert "25 finite, 0 not finite, 0 pending" in told


def test_every_sample_is_described_and_drawn(installed):
    code = "from glviz import resources as r; print(*r.samples().values(), sep='\\n')"
    samples = [Path(line) for line in installed.python(code).splitlines()]
    assert samples
    for sample in samples:
        description = json.loads(installed("glviz", sample, "--info", "--json"))
        ny, nx = description["shape"]
        assert description["finite"] + description["nonfinite"] + description["pending"] == ny * nx

        picture = installed.cwd / f"{sample.stem}.png"
        installed("glviz", "--sample", sample.stem, "-o", picture, "--resolution", "640,480")
        with Image.open(picture) as image:
            assert image.size == (640, 480)
            colours = image.convert("RGB").getcolors(maxcolors=640 * 480)
        assert len(colours) > 500, "hardly anything was drawn"
