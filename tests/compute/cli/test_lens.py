"""``glviz-compute lens``: what lies in the folder, and that all of it is of the same thing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from compute.cli import main
from compute.files import load, save
from compute.surface import Curve, Surface

RESNET = Path(__file__).resolve().parents[3] / "data" / "resnet56.ply"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("lens") / "lens"
    assert main(["lens", str(RESNET), "-o", str(path), "--triangles", "3000", "--size", "0.4"]) == 0
    return path


def test_the_folder_holds_what_is_promised(folder):
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "resnet56.glb", "resnet56.obj", "resnet56.mtl", "resnet56_colours.png", "resnet56.usdz",
        "thumbnail.png", "README.txt",
    }  # fmt: skip


@pytest.mark.parametrize("ending", ["glb", "obj"])
def test_models_are_y_up_on_the_floor_of_the_size_and_no_larger_than_asked(folder, ending):
    scene = trimesh.load(folder / f"resnet56.{ending}")
    assert sum(len(part.faces) for part in scene.geometry.values()) <= 3000
    low, high = scene.bounds
    assert low[1] == pytest.approx(0, abs=1e-7)
    np.testing.assert_allclose((high - low)[[0, 2]], 0.4, rtol=0.01)
    np.testing.assert_allclose((high + low)[[0, 2]], 0, atol=0.004)
    surface = scene.geometry["surface"]
    lowest = surface.vertices[surface.vertices[:, 1].argmin()]
    np.testing.assert_allclose(lowest[[0, 2]], 0, atol=1e-6)  # the trained network, in the middle
    colors = surface.visual.to_color().vertex_colors[:, :3]
    assert len(np.unique(colors, axis=0)) > 50


def test_the_usdz_is_of_the_same_thing(folder):
    from pxr import Usd, UsdGeom

    stage = Usd.Stage.Open(str(folder / "resnet56.usdz"))
    scene = trimesh.load(folder / "resnet56.glb")
    meshes = [UsdGeom.Mesh(prim) for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh)]
    sizes = sorted(len(mesh.GetFaceVertexCountsAttr().Get()) for mesh in meshes)
    assert sizes == sorted(len(part.faces) for part in scene.geometry.values())


def test_the_readme_says_what_is_there_and_the_thumbnail_shows_it(folder):
    text = (folder / "README.txt").read_text(encoding="utf-8")
    scene = trimesh.load(folder / "resnet56.glb")
    count = sum(len(part.faces) for part in scene.geometry.values())
    for said in (f"{count:,} triangles", "0.4 m wide", "log scale, 0.0005589 to", "resnet56.usdz", "Blender"):
        assert said in text
    assert "\\" not in text and all(len(line) <= 120 for line in text.splitlines())
    pixels = np.asarray(Image.open(folder / "thumbnail.png"))
    assert pixels.shape == (480, 640, 3)
    assert 0.2 < (pixels != 255).any(axis=2).mean() < 0.9


def test_options_and_an_obj_by_others(tmp_path, capsys, shared_data):
    source = shared_data / "lens" / "resnet56_51x51.obj"
    words = ["--undo-log", "--decimation", "regular", "--triangles", "900", "--contours", "0", "--no-points"]
    assert main(["lens", str(source), "-o", str(tmp_path), *words, "--height-scale", "linear"]) == 0
    scene = trimesh.load(tmp_path / "resnet56_51x51.glb")
    assert list(scene.geometry) == ["surface"]
    assert 400 < len(scene.geometry["surface"].faces) <= 900
    heights = scene.geometry["surface"].vertices[:, 1]
    assert np.median(heights) < 0.35 * heights.max()  # linear: a plain with high corners
    assert "exp(z)" in capsys.readouterr().err


def test_bad_requests_are_one_error_and_leave_nothing(tmp_path, capsys):
    save(Curve([0, 1], [1, 2]), tmp_path / "curve.ply")
    save(Surface([0, 1], [0, 1], [[np.nan, 1], [1, 2]]), tmp_path / "empty.ply")
    folder = str(tmp_path / "out")
    for words, code, found in (
        ([str(tmp_path / "none.ply")], 3, "No such file"),
        ([str(tmp_path / "curve.ply")], 2, "curve"),
        ([str(tmp_path / "empty.ply")], 2, "no cell"),
        ([str(RESNET), "--triangles", "3"], 2, "100"),
        ([str(RESNET), "--decimation", "magic"], 2, "quadric"),
        ([str(RESNET), "--colormap", "viridiss"], 2, "viridis"),
        ([str(RESNET), "--field", "los"], 3, "loss"),
    ):
        assert main(["lens", *words, "-o", folder]) == code
        error = capsys.readouterr().err
        assert found in error and "Traceback" not in error
    assert not Path(folder).exists()


def test_the_surface_itself_is_not_written_over(tmp_path, capsys):
    save(load(RESNET), tmp_path / "a.obj")
    before = (tmp_path / "a.obj").read_bytes()
    assert main(["lens", str(tmp_path / "a.obj"), "-o", str(tmp_path)]) == 2
    assert "surface itself" in capsys.readouterr().err
    assert (tmp_path / "a.obj").read_bytes() == before


def test_without_usd_core_the_rest_is_made_and_the_extra_named(tmp_path, capsys, monkeypatch):
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pxr" else find(name))
    assert main(["lens", str(RESNET), "-o", str(tmp_path / "out")]) == 0
    assert 'pip install "glviz[usd]"' in capsys.readouterr().err
    assert not (tmp_path / "out" / "resnet56.usdz").exists()
    assert "usdz" not in (tmp_path / "out" / "README.txt").read_text()


@pytest.mark.parametrize("ending", ["glb", "obj", "stl", "usdz"])
def test_convert_makes_one_file_of_the_size_and_the_count(tmp_path, ending, capsys):
    target = tmp_path / f"a.{ending}"
    assert main(["convert", str(RESNET), str(target), "--size", "0.2", "--triangles", "1500"]) == 0
    said = capsys.readouterr()
    assert "left out" in said.err and "accuracy" in said.err or ending == "stl"
    if ending == "usdz":
        assert target.stat().st_size > 10_000
        return
    scene = trimesh.load(target)
    parts = list(scene.geometry.values()) if isinstance(scene, trimesh.Scene) else [scene]
    assert 700 < sum(len(part.faces) for part in parts) <= 1500
    assert scene.extents.max() == pytest.approx(200 if ending == "stl" else 0.2, rel=0.01)


def test_a_readme_of_someone_else_is_kept(tmp_path, capsys):
    (tmp_path / "README.txt").write_text("Mine.\n")
    assert main(["lens", str(RESNET), "-o", str(tmp_path), "--triangles", "1000"]) == 2
    assert "README.txt: there is one that does not come from here" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["README.txt"]
    (tmp_path / "README.txt").unlink()
    for _ in range(2):  # its own is replaced
        assert main(["lens", str(RESNET), "-o", str(tmp_path), "--triangles", "1000"]) == 0
