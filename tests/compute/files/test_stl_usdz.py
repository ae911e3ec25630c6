"""STL: a body that can be printed. USDZ: a package that usd-core opens and finds nothing wrong with."""

from __future__ import annotations

import json
import sys
import zipfile

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from compute.errors import ArgumentError
from compute.files import MissingExtraError, load, save
from compute.solid.colors import ramp
from compute.surface import Curve, HeightMesh, Path, Surface


def disc(points: int = 21) -> Surface:
    x = np.linspace(-1, 1, points)
    loss = x**2 + x[:, None] ** 2
    return Surface(x, x * 0.5, np.where(loss > 1, np.nan, loss))


def printed(surface, path, **options) -> trimesh.Trimesh:
    save(surface, path, **options)
    body = trimesh.load(path)
    assert body.is_watertight and body.is_winding_consistent and body.is_volume
    assert body.volume > 0 and body.area_faces.min() > 0
    return body


def test_a_grid_becomes_a_closed_body_of_the_right_size_in_millimetres(tmp_path):
    x = np.linspace(0, 3, 31)
    tilted = Surface(x, np.linspace(0, 1.5, 16), np.broadcast_to(x, (16, 31)))
    body = printed(tilted, tmp_path / "a.stl", size=0.1)
    np.testing.assert_allclose(body.extents, [100, 50, 42.5 + 2], rtol=1e-6)
    np.testing.assert_allclose(body.bounds[0], [-50, -25, 0], atol=1e-5)
    # A prism under a plane: half of the box over the base.
    assert body.volume == pytest.approx(100 * 50 * (2 + 42.5 / 2), rel=1e-6)


def test_holes_go_through_the_body(tmp_path):
    body = printed(disc(), tmp_path / "a.stl")
    assert body.volume < 0.8 * np.prod(body.extents)
    loss = np.array(disc().loss)
    loss[10, 10] = np.nan
    assert printed(disc().replace(loss=loss, status=None), tmp_path / "b.stl").euler_number == 0  # a ring


@given(seed=st.integers(0, 10_000), share=st.floats(0, 0.5))
def test_whatever_is_missing_the_body_is_closed(tmp_path_factory, seed, share):
    rng = np.random.default_rng(seed)
    loss = rng.normal(size=(9, 12))
    loss[rng.uniform(size=loss.shape) < share] = np.nan
    surface = Surface(np.cumsum(rng.uniform(0.1, 1, 12)), np.cumsum(rng.uniform(0.1, 1, 9)), loss)
    try:
        printed(surface, tmp_path_factory.mktemp("stl") / "a.stl")
    except ArgumentError as error:
        assert "single cells" in error.found or "no cell" in error.found


@pytest.mark.parametrize("most", [200, 2000])
def test_a_count_is_kept_and_a_mesh_can_be_printed(tmp_path, most):
    x = np.linspace(-1, 1, 65)
    wavy = Surface(x, x, np.sin(5 * x) * np.cos(3 * x[:, None]))
    assert len(printed(wavy, tmp_path / "a.stl", max_triangles=most).faces) <= most
    mesh = HeightMesh([0, 1, 0.5, 0.5], [0, 0, 1, 0.3], [0, 0, 0, 1], [[0, 1, 3], [1, 2, 3], [2, 0, 3]])
    assert printed(mesh, tmp_path / "b.stl").faces.shape[0] == 3 + 6 + 3


def test_what_cannot_be_printed_is_said(tmp_path):
    # Three triangles at one edge, all seen from above.
    fan = HeightMesh([0, 0, 1, 2, 3], [0, 1, 0, 0, 0], [0, 1, 2, 3, 4], [[0, 1, 2], [0, 1, 3], [0, 1, 4]])
    for impossible in (fan, Curve([0, 1], [1, 2]), Surface([0, 1], [0, 1], [[1, 2], [3, np.inf]])):
        with pytest.raises(ArgumentError):
            save(impossible, tmp_path / "a.stl")
    assert not (tmp_path / "a.stl").exists()


# --- USDZ --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    x = np.linspace(-1, 1, 25)
    surface = Surface(
        x, x, x**2 + x[:, None] ** 2, paths=(Path([0.8, 0], [0.6, 0], name="Δ / sgd"),), meta={"seed": 3}
    )
    path = tmp_path_factory.mktemp("usdz") / "ünï bowl.usdz"
    save(surface, path, colormap="magma", size=0.3)
    return path


def test_usdz_is_a_package_as_the_specification_has_it(package):
    content = package.read_bytes()
    with zipfile.ZipFile(package) as archive:
        entries = archive.infolist()
        assert entries[0].filename.endswith(".usdc")
        assert [entry.filename.rsplit(".")[-1] for entry in entries] == ["usdc", "png"]
        for entry in entries:
            assert entry.compress_type == zipfile.ZIP_STORED
            name, extra = (
                int.from_bytes(content[entry.header_offset + at :][:2], "little") for at in (26, 28)
            )
            assert (entry.header_offset + 30 + name + extra) % 64 == 0


def test_usd_core_opens_it_and_its_validators_find_nothing(package):
    from pxr import Usd, UsdGeom, UsdShade, UsdValidation

    stage = Usd.Stage.Open(str(package))
    assert UsdGeom.GetStageUpAxis(stage) == "Y" and UsdGeom.GetStageMetersPerUnit(stage) == 1
    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    assert len(validators) > 10
    context = UsdValidation.ValidationContext(validators)
    assert [error.GetMessage() for error in context.Validate(stage)] == []
    meshes = {
        prim.GetDisplayName(): UsdGeom.Mesh(prim) for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh)
    }
    assert list(meshes)[0] == "surface" and "path 1 Δ / sgd" in meshes
    points = np.array(meshes["surface"].GetPointsAttr().Get())
    assert len(points) == 625
    assert np.ptp(points, axis=0) == pytest.approx([0.3, 0.425 * 0.3, 0.3], rel=0.02)
    st_ = np.array(UsdGeom.PrimvarsAPI(meshes["surface"]).GetPrimvar("st").Get())
    assert st_[points[:, 1].argmin()] == pytest.approx([0.5 / 256, 0.5])
    for mesh in meshes.values():
        material = UsdShade.MaterialBindingAPI(mesh).ComputeBoundMaterial()[0]
        shader = UsdShade.Shader(material.GetSurfaceOutput().GetConnectedSources()[0][0].source)
        assert shader.GetIdAttr().Get() == "UsdPreviewSurface"
    said = json.loads(stage.GetRootLayer().customLayerData["glviz"])
    assert said["meta"] == {"seed": 3} and said["heights"]["high"] == 2


def test_its_texture_is_the_colour_map(package):
    from PIL import Image

    with zipfile.ZipFile(package) as archive, archive.open(archive.namelist()[1]) as stream:
        pixels = np.asarray(Image.open(stream))
    np.testing.assert_array_equal(pixels[0], ramp("magma"))


def test_without_usd_core_the_extra_is_named(tmp_path, monkeypatch):
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.delitem(sys.modules, "pxr", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pxr" else find(name))
    with pytest.raises(MissingExtraError, match=r'pip install "glviz\[usd\]"'):
        save(disc(), tmp_path / "a.usdz")


@pytest.mark.parametrize("name", ["a.glb", "a.usdz", "a.stl"])
def test_models_are_not_read(tmp_path, name):
    save(disc(), tmp_path / name)
    with pytest.raises(Exception, match="not read"):
        load(tmp_path / name)
