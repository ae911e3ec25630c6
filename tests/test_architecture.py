"""The arrows between packages: who may import whom, and what an import must not load."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

# Who may import a library: these files, or anything in these folders (a trailing slash).
ONLY = {
    "torch": ("compute/",),
    "sklearn": ("compute/",),
    "lightning": ("compute/integrations/",),
    "pytorch_lightning": ("compute/integrations/",),
    "transformers": ("compute/integrations/",),
    "matplotlib": ("compute/plots/",),
    "moderngl": ("glviz/render/",),
    "glcontext": ("glviz/render/",),
    "imgui_bundle": ("glviz/ui/", "glviz/window/"),
    "glfw": ("glviz/window/",),
    "pyrr": ("glviz/scene/camera.py",),
    "h5py": ("compute/files/hdf5/",),
    "vtkmodules": ("compute/files/vtp/",),
    "pxr": ("compute/files/usdz.py",),
    "plyfile": ("compute/files/ply/write.py",),
    "imageio_ffmpeg": ("compute/films.py",),
    "safetensors": ("compute/directions/files.py",),
    "tqdm": ("compute/cli/progress.py",),
    "distributed": ("compute/workers/dask_client.py",),
    "fpdf": ("glviz/vector/pdf.py",),
    "fontTools": ("glviz/vector/text.py",),
    "skimage": (),  # of tests alone
    "platformdirs": ("glviz/user_files.py",),
    "glviz": ("glviz/",),
}

# Who must not import whom: none of the first may import any of the second (prefixes of dotted names).
NEVER = (
    (
        (
            "compute/analysis/",
            "compute/bands.py",
            "compute/colors.py",
            "compute/console.py",
            "compute/display.py",
            "compute/facts.py",
            "compute/files/",
            "compute/films.py",
            "compute/interrupts.py",
            "compute/plots/",
            "compute/scales/",
            "compute/solid/",
            "compute/surface.py",
        ),
        ("torch", "sklearn"),
    ),
    (
        (
            "compute/arrays.py",
            "compute/directions/rules.py",
            "compute/errors.py",
            "compute/functions.py",
            "compute/runs/",
        ),
        ("torch", "sklearn", "compute.evaluate", "compute.model"),
    ),
    (
        ("compute/model/",),
        ("compute.directions", "compute.evaluate", "compute.evaluators", "compute.metrics", "compute.runs"),
    ),
    (
        ("compute/directions/", "compute/metrics/", "compute/reduction/", "compute/evaluators/"),
        ("compute.evaluate", "compute.landscapes", "compute.trajectory"),
    ),
    (("compute/workers/",), ("compute.runs", "compute.landscapes")),
    (
        (
            "compute/curvature/",
            "compute/evaluate.py",
            "compute/integrations/",
            "compute/runs/",
            "compute/trajectory/",
            "compute/zoo/",
        ),
        ("compute.landscapes",),
    ),
    (
        ("glviz/session/", "glviz/vector/", "glviz/arrange.py", "glviz/documents.py", "glviz/settings.py"),
        ("glviz.render", "glviz.ui", "glviz.window", "glviz.app", "glviz.offscreen"),
    ),
    (("glviz/films/",), ("glviz.ui", "glviz.window", "glviz.app")),
    (("glviz/scene/",), ("glviz.render", "glviz.ui", "glviz.window", "glviz.app", "glviz.offscreen")),
    (("glviz/render/",), ("glviz.ui", "glviz.window", "glviz.app", "glviz.offscreen")),
    (("glviz/ui/",), ("glviz.window", "glviz.app", "glviz.offscreen")),
)

# The part of compute that the viewer may use: numpy only.
NUMPY_ONLY = (
    "compute.surface",
    "compute.files",
    "compute.analysis",
    "compute.scales",
    "compute.solid",
    "compute.bands",
    "compute.colors",
    "compute.console",
    "compute.facts",
    "compute.films",
    "compute.interrupts",
)

HEAVY = (
    *("torch", "sklearn", "matplotlib", "h5py", "vtkmodules", "pxr", "fpdf", "imageio_ffmpeg", "skimage"),
    *("moderngl", "glcontext", "glfw", "imgui_bundle", "OpenGL"),
)

# Imported before it is known what of them will be needed.
LIGHT = (
    "glviz",
    "compute",
    *NUMPY_ONLY,
    "compute.arrays",
    "compute.cli",
    "compute.display",
    "compute.functions",
    "compute.plots",
    "compute.runs",
    "compute.runs.merging",
    "glviz.api",
    "glviz.arrange",
    "glviz.cli",
    "glviz.documents",
    "glviz.films.making",
    "glviz.notebook",
    "glviz.offscreen",
    "glviz.session",
    "glviz.vector.maps",
)


def imported(path: Path, root: Path) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of everything ``path`` imports, inside functions too."""
    parts = path.relative_to(root).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(parts[: len(parts) - node.level]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            for alias in node.names:
                yield node.lineno, f"{module}.{alias.name}"


def is_in(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def lies_in(file: str, places: tuple[str, ...]) -> bool:
    return any(file == place or (place.endswith("/") and file.startswith(place)) for place in places)


def violations(root: Path) -> list[str]:
    """Every import under ``root`` that goes against the arrows, as ``file:line imports name``."""
    found = []
    for path in sorted([*root.glob("compute/**/*.py"), *root.glob("glviz/**/*.py")]):
        file = path.relative_to(root).as_posix()
        for line, name in imported(path, root):
            library = name.partition(".")[0]
            wrong = (
                (library in ONLY and not lies_in(file, ONLY[library]))
                or any(lies_in(file, who) and is_in(name, what) for who, what in NEVER)
                or (library == "compute" and file.startswith("glviz/") and not is_in(name, NUMPY_ONLY))
                or (
                    is_in(name, ("compute.cli",))
                    and not lies_in(file, ("compute/cli/", "compute/__main__.py"))
                )
            )
            if wrong:
                found.append(f"{file}:{line} imports {name}")
    return found


def test_imports_follow_the_arrows():
    assert list(REPOSITORY.glob("glviz/**/*.py")), "nothing was looked at"
    assert violations(REPOSITORY) == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("compute/landscapes.py", "import glviz"),
        ("compute/metrics/loss.py", "from transformers import GPT2Config"),
        ("compute/landscapes.py", "def show():\n    from glviz.app import run"),
        ("compute/files/ply.py", "import torch.nn"),
        ("compute/analysis/critical.py", "from torch import Tensor"),
        ("glviz/scene/fields.py", "import moderngl"),
        ("glviz/scene/fields.py", "from ..render import mesh"),
        ("glviz/scene/fields.py", "import pyrr"),
        ("glviz/render/mesh.py", "from glviz import ui"),
        ("glviz/render/mesh.py", "import glfw"),
        ("glviz/settings.py", "from imgui_bundle import imgui"),
        ("glviz/cli.py", "from compute.landscapes import random_plane"),
        ("glviz/cli.py", "from compute import zoo"),
        ("glviz/ui/panel.py", "import torch"),
        ("compute/solid/model.py", "import torch"),
        ("compute/facts.py", "def a():\n    import matplotlib.pyplot"),
        ("compute/model/batchnorm.py", "from compute.directions.direction import Direction"),
        ("compute/workers/executors.py", "from compute.runs import Run"),
        ("compute/runs/merging.py", "from compute import cli"),
        ("glviz/session/read.py", "from glviz import offscreen"),
        ("glviz/vector/maps.py", "from glviz.render import Renderer"),
        ("glviz/vector/svg.py", "from fpdf import FPDF"),
    ],
)
def test_a_forbidden_import_is_found(tmp_path, file, source):
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(source)
    assert len(violations(tmp_path)) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("compute/landscapes.py", "import torch, numpy\nfrom compute.surface import Surface"),
        ("glviz/cli.py", "from compute import files\nfrom compute.surface import Surface"),
        ("glviz/render/mesh.py", "import moderngl\nfrom glviz.scene.camera import Camera"),
        ("glviz/window/loop.py", "from imgui_bundle import imgui\nimport glfw\nfrom .. import render, ui"),
    ],
)
def test_an_allowed_import_is_not(tmp_path, file, source):
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(source)
    assert violations(tmp_path) == []


def test_light_imports_load_no_heavy_library():
    code = (
        f"import importlib, sys\n"
        f"for name in {LIGHT!r}:\n"
        f"    importlib.import_module(name)\n"
        f"    found = sorted({set(HEAVY)!r} & set(sys.modules))\n"
        f"    if found: sys.exit(f'{{name}} loads {{found}}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
