"""A picture loads what it draws with and no more: each library counts in a third of a second."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from compute.surface import Surface

# Of windows, of training, of other formats; and what large packages would bring along.
UNUSED = {
    "asyncio", "dask", "email", "glfw", "h5py", "imageio", "imgui_bundle", "importlib.metadata", "matplotlib",
    "mpi4py", "OpenGL", "PIL", "plyfile", "scipy", "sklearn", "ssl", "torch", "vtk",
}  # fmt: skip
IMGUI = "imgui_bundle._imgui_bundle"
BARE = [
    "--no-axes",
    "--no-scalar-bar",
    "--no-title",
    "--no-critical-points",
    "--no-legend",
    "--contour-labels",
    "off",
]


@pytest.fixture
def surface(tmp_path: Path) -> Path:
    x = np.linspace(-1, 1, 21)
    path = tmp_path / "surface.ply"
    Surface(x, x, np.cos(3 * x)[None, :] + x[:, None] ** 2).save(path)
    return path


def loaded(surface: Path, *options: str) -> set[str]:
    """The modules that are loaded once a picture was written."""
    code = (
        "import json, sys; from glviz.cli import main; code = main(sys.argv[1:]); "
        "print(json.dumps(sorted(sys.modules))); sys.exit(code)"
    )
    command = [sys.executable, "-c", code, str(surface), "-o", str(surface.with_suffix(".png")), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_a_picture_loads_no_window_and_no_catalogue(surface: Path) -> None:
    modules = loaded(surface, "--resolution", "320,200")
    assert not UNUSED & modules
    assert "cmap" not in modules
    assert IMGUI in modules, "the text on it is ImGui's"


def test_a_picture_without_text_loads_no_imgui(surface: Path) -> None:
    modules = loaded(surface, "--resolution", "320,200", *BARE)
    assert not (UNUSED | {IMGUI}) & modules


def test_imgui_alone_and_in_its_package_are_one(tmp_path: Path) -> None:
    code = (
        "from glviz.ui.native import imgui, FONTS\n"
        "import imgui_bundle\n"
        "assert imgui_bundle.imgui is imgui and FONTS.is_dir()\n"
        "from imgui_bundle import implot\n"
        "context = imgui.create_context()\n"
        "implot.create_context(); implot.destroy_context(); imgui.destroy_context(context)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


def test_the_package_first_and_then_imgui_alone(tmp_path: Path) -> None:
    code = "import imgui_bundle\nfrom glviz.ui.native import imgui\nassert imgui is imgui_bundle.imgui"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)
