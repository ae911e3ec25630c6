"""OBJ: grids by anyone come in, values go out and back, colours reach other programs, bad files are told."""

from __future__ import annotations

import errno
import time

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compute.errors import ArgumentError
from compute.files import FileFormatError, load, save
from compute.files.obj import left_out, matches
from compute.solid.colors import ramp
from compute.surface import FAILED, NOT_FINITE, OK, PENDING, Curve, HeightMesh, Path, Surface

# --- in ----------------------------------------------------------------------------------


@pytest.fixture
def obj_file(tmp_path):
    def write(text: str | bytes):
        path = tmp_path / "file.obj"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_the_published_resnet56_mesh(shared_data):
    surface = load(shared_data / "lens" / "resnet56_51x51.obj", undo_log=True)
    assert surface.shape == (51, 51) and surface.field == "loss"
    np.testing.assert_allclose([surface.x[[0, -1]], surface.y[[0, -1]]], [[-1, 1]] * 2)
    found = [surface.loss[j, i] for j, i in ((25, 25), (0, 0), (0, -1), (-1, 0), (-1, -1))]
    np.testing.assert_allclose(found, [9.196e-4, 17.2841, 9.55291, 14.9821, 12.6848], rtol=5e-5, atol=1e-7)
    plain = load(shared_data / "lens" / "resnet56_51x51.obj")
    assert plain.field == "z" and plain.loss[0, 0] == pytest.approx(np.log(17.2841 + 0.1), rel=1e-6)


@pytest.mark.parametrize("ending", ["glb", "npz", "ply", "vtp", "h5"])
def test_the_published_mesh_into_every_format_and_back(shared_data, tmp_path, ending):
    surface = load(shared_data / "lens" / "resnet56_51x51.obj", undo_log=True)
    save(surface, tmp_path / f"a.{ending}")
    if ending == "glb":
        part = trimesh.load(tmp_path / "a.glb").geometry["surface"]
        order = np.lexsort((part.vertices[:, 0], -part.vertices[:, 2]))
        unit = part.vertices[order, 1] - part.vertices[:, 1].min()
        low, high = np.log(surface.loss.min()), np.log(surface.loss.max())
        back = np.exp(low + unit / unit.max() * (high - low)).reshape(51, 51)
        np.testing.assert_allclose(back, surface.loss, rtol=1e-4)
    else:
        back = load(tmp_path / f"a.{ending}").loss
        np.testing.assert_array_equal(back.astype(np.float32), surface.loss.astype(np.float32))


GRID = "v 0 0 1\nv 1 0 2\nv 2 0 3\nv 0 1 4\nv 1 1 5\nv 2 1 6\n"


def test_a_grid_in_any_dress(obj_file):
    expected = [[1, 2, 3], [4, 5, 6]]
    turned = "v 0 1 0\nv 1 2 0\nv 2 3 0\nv 0 4 -1\nv 1 5 -1\nv 2 6 -1\n"
    coloured = "".join(line + " 0.5 0.5 1\n" for line in GRID.splitlines())
    for text in (
        GRID,
        "# any \u2603\nmtllib a.mtl\no x\n" + GRID + "vt 0 0\nvn 0 0 1\ns off\nf 1/1/1 2/1/1 5/1/1 4/1/1",
        GRID.replace("\n", "\r\n"),
        "\n".join(reversed(GRID.splitlines())),
        GRID.replace(" 0 1\n", " 0 \\\n 1\n"),
        coloured,
        GRID.replace("v ", "  v\t"),
        GRID + "f -6 -5 -2 -3\nf 2//1 3//1 6//1 5//1\n",
        turned,
    ):
        surface = load(obj_file(text))
        assert isinstance(surface, Surface)
        np.testing.assert_array_equal(surface.loss, expected)
    assert surface.field == "y" and "y is up" in surface.notices[0]


def test_what_is_no_grid_is_a_mesh(obj_file):
    text = "v 0 0 1\nv 1 0 2\nv 0.5 1 3\nv 0.5 0.4 nan\nf 1 2 3\nf -4 -3 -2 -1\n"
    mesh = load(obj_file(text))
    assert isinstance(mesh, HeightMesh)
    assert mesh.triangles.tolist() == [[0, 1, 2], [0, 1, 2], [0, 2, 3]]
    assert mesh.height[2] == 3 and np.isnan(mesh.height[3])


def test_an_obj_file_is_known_by_its_first_bytes(tmp_path, obj_file):
    for head in (b"v 1 2 3", b"# Blender v2.8 OBJ", b"mtllib a.mtl\n", b"#  wavefront obj", b"\no a\n"):
        assert matches(head)
    for head in (b"ply\n", b"x,y,loss\n", b"# x y loss\n", b"\x89HDF", b"PK\3\4", b"value,1", b""):
        assert not matches(head)
    (tmp_path / "grid").write_text(GRID)
    assert load(tmp_path / "grid").shape == (2, 3)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"", "no vertex"),
        (b"<html>", "no vertex"),
        (b"v 0 0\n" * 3, "line 1.*2 numbers"),
        (b"v 0 0 1\nv 0 x 1\n", "line 2.*'x' is no number"),
        (b"v 0 0 1\nv 0 1_0 1\n", "line 2.*'1_0'"),
        (b"v 0 0 1\nv 0 0x10 1\n", "line 2.*'0x10'"),
        (b"v 0 0 1\nv 1 0 1.5.2\n", "line 2.*'1.5.2'"),
        (b"v 0 0 1\nf 1 1 2\n", "vertex 2, and there is 1"),
        (b"v 0 0 1\nf 1 1 0\n", "line 2.*vertex 0"),
        (b"v 0 0 1\nf 1 1\n", "line 2.*no face"),
        (b"v 0 0 1\nf 1 1 a\n", "line 2.*no face"),
        (b"v 0 0 1\nf 1 1 1.5\n", "line 2.*no face"),
        (b"v 0 0 1\nf -2 -1 -1\n", "face has vertex 0"),
        (b"v 0 0 1\nf 1 1 99999999999999999999999999\n", "a face has vertex|no face"),
        (b"v 0 0 1\nf 1 1 " + b"9" * 100_000 + b"\n", "a face has vertex|no face"),
        (b"v 0 0 1\nv \0\0\0", "binary"),
        (b"v 0 0 " + b"1" * 9_000_000, "million characters"),
        (b"\x1b[2Jv 0\nv \x1b[2J 0 0", r"'\\x1b\[2J'"),
    ],
)
def test_hostile_files_end_in_one_error(obj_file, text, found):
    started = time.monotonic()
    with pytest.raises(FileFormatError, match=f"(?s){found}") as caught:
        load(obj_file(text))
    assert time.monotonic() - started < 5
    assert caught.value.exit_code == 3 and caught.value.todo and "\x1b" not in str(caught.value)


@given(data=st.data())
def test_any_damage_ends_in_an_error_or_in_something_sound(tmp_path_factory, data):
    text = bytearray((GRID + "vt 0 0\nf 1/1/1 2/2/2 5 4\nf -1 -2 -3\n").encode())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(text) - 1))
        text[place : place + data.draw(st.integers(0, 2))] = data.draw(
            st.one_of(st.binary(max_size=3), st.sampled_from([b"\n", b"\\\n", b"-", b"/", b"nan", b"1e999"]))
        )
    path = tmp_path_factory.getbasetemp() / "damaged.obj"
    path.write_bytes(text)
    try:
        found = load(path)
    except FileFormatError:
        return
    assert isinstance(found, Surface | HeightMesh)


def test_pieces_join_where_they_were_cut(obj_file, monkeypatch):
    expected = load(obj_file(GRID + "f 1 2 5 4\nf -1 -2 -5\n" + "# \\\nv 9 9 9\n"))
    for size in (40, 41, 47, 64):
        monkeypatch.setattr("compute.files.obj.parse.PIECE", size)
        np.testing.assert_array_equal(load(obj_file(GRID + "f 1 2 5 4\nf -1 -2 -5\n")).loss, expected.loss)


def test_only_the_field_that_is_there(obj_file):
    assert load(obj_file(GRID), field="z").shape == (2, 3)
    with pytest.raises(FileFormatError, match="no field 'loss'"):
        load(obj_file(GRID), field="loss")


# --- out and back ------------------------------------------------------------------------


@settings(max_examples=30)
@given(
    loss=hnp.arrays(np.float64, (4, 3), elements=st.floats(width=64)),
    codes=hnp.arrays(np.uint8, (4, 3), elements=st.integers(0, 3)),
)
def test_every_value_comes_back_bit_for_bit(tmp_path_factory, loss, codes):
    surface = Surface([0.1, 0.2, 1 / 3], [-1e-300, 0, 1, 1e300], loss, status=codes, meta={"a": [1, "ü"]})
    path = tmp_path_factory.getbasetemp() / "round.obj"
    if not surface.finite.any():
        with pytest.raises(ArgumentError, match="no value is finite"):
            save(surface, path)
        return
    save(surface, path)
    back = load(path)
    np.testing.assert_array_equal(back.x, surface.x)
    np.testing.assert_array_equal(back.y, surface.y)
    np.testing.assert_array_equal(back.finite, surface.finite)
    np.testing.assert_array_equal(back.loss[back.finite], surface.loss[surface.finite])
    lost = (codes == OK) & ~np.isfinite(loss)
    np.testing.assert_array_equal(back.status, np.where(lost, NOT_FINITE, codes))
    assert back.meta == {"a": [1, "ü"]} and back.field == "loss"


def test_a_pending_point_is_pending_again(tmp_path):
    loss = np.arange(12.0).reshape(3, 4)
    status = np.full((3, 4), OK)
    status[0, 0], status[2, 3] = PENDING, FAILED
    surface = Surface(np.arange(4), np.arange(3), loss, status=status, field="error")
    save(surface, tmp_path / "a.obj")
    back = load(tmp_path / "a.obj")
    np.testing.assert_array_equal(back.status, status)
    assert back.field == "error" and np.isnan(back.loss[0, 0])
    assert "f 1/" not in (tmp_path / "a.obj").read_text()


def bowl() -> Surface:
    x = np.linspace(-1, 1, 21)
    loss = np.array(x**2 + x[:, None] ** 2)
    loss[3, 3] = np.nan
    return Surface(x, x, loss, metrics={"accuracy": loss}, paths=(Path([0.5, 0], [0.5, 0]),))


def test_trimesh_reopens_it_with_its_colours(tmp_path):
    save(bowl(), tmp_path / "with blank ü.obj", colormap="magma")
    assert {p.name for p in tmp_path.iterdir()} == {
        "with blank ü.obj", "with_blank__.mtl", "with_blank___colours.png"
    }  # fmt: skip
    mesh = trimesh.load(tmp_path / "with blank ü.obj", process=False)
    assert len(mesh.faces) == 2 * (400 - 4)
    colors = mesh.visual.to_color().vertex_colors[:, :3]
    z = mesh.vertices[:, 2]
    np.testing.assert_array_equal(colors[z.argmin()], ramp("magma")[0])
    np.testing.assert_array_equal(colors[z.argmax()], ramp("magma")[-1])
    middle = np.abs(z - 1).argmin()
    assert np.abs(colors[middle].astype(int) - ramp("magma")[128].astype(int)).max() <= 3
    np.testing.assert_allclose(np.linalg.norm(mesh.vertex_normals, axis=1), 1, atol=1e-4)
    assert (mesh.face_normals[:, 2] > 0).all()


def test_as_a_model_it_has_all_parts_in_metres(tmp_path):
    save(bowl(), tmp_path / "a.obj", size=0.3, max_triangles=2000)
    scene = trimesh.load(tmp_path / "a.obj")
    assert {"surface", "contours", "minima"} <= set(scene.geometry)
    assert scene.extents[[0, 2]] == pytest.approx([0.3, 0.3], rel=0.01) and scene.bounds[0][1] == 0
    assert sum(len(part.faces) for part in scene.geometry.values()) <= 2000
    surface = scene.geometry["surface"]
    assert surface.visual.material.image.size == (256, 8)
    red = next(g for name, g in scene.geometry.items() if name.startswith("path")).visual.material
    assert red.diffuse[:3].tolist() == pytest.approx([219, 26, 41], abs=1)


def test_a_model_read_again_is_its_surface(tmp_path):
    surface = bowl().replace(meta={"seed": 4})
    save(surface, tmp_path / "a.obj", size=0.3)
    mesh = load(tmp_path / "a.obj")
    assert isinstance(mesh, HeightMesh) and len(mesh.triangles) == 2 * (400 - 4)  # a point is missing
    assert mesh.meta == {"seed": 4} and mesh.field == "height" and "metres" in mesh.notices[0]
    whole = surface.replace(loss=np.nan_to_num(surface.loss), status=None)
    save(whole, tmp_path / "b.obj", size=0.3)
    back = load(tmp_path / "b.obj")
    assert isinstance(back, Surface) and back.shape == (21, 21)
    heights = (back.loss - back.loss.min()) / np.ptp(back.loss)
    np.testing.assert_allclose(heights, whole.loss / 2, atol=1e-6)


def test_what_it_cannot_hold_is_said(tmp_path):
    said = " ".join(left_out(bowl()))
    assert "accuracy" in said and "paths" in said and "infinity" in said
    with pytest.raises(ArgumentError, match="curve"):
        save(Curve([0, 1], [1, 2]), tmp_path / "a.obj")
    assert not list(tmp_path.iterdir())


def test_a_mesh_goes_out_and_comes_back(tmp_path):
    mesh = HeightMesh([0, 1, 0.4, 0.6], [0, 0, 1, 0.2], [1, 2, 3, 1 / 3], [[0, 1, 3], [1, 2, 3], [2, 0, 3]])
    save(mesh, tmp_path / "a.obj")
    back = load(tmp_path / "a.obj")
    assert isinstance(back, HeightMesh) and len(back.triangles) == 3
    assert sorted(back.height) == sorted(mesh.height)


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        b"\n" * 20_000_000,
        b"v 1 2 3\n" * 1_000_000,
        b"v 1 2 3\n" + b"f" + b" 1" * 2_000_000 + b"\n",
        b"v 1 2 3\n" + b"".join(b"f" + b" 1" * n + b"\n" for n in range(3, 2_000)),
        b"# meta {" * 5_000_000,
        b"v 1 2 3 \\\n" * 3_000_000,
    ],
    ids=["nothing", "one point", "one face", "faces of all sizes", "comment", "one line"],
)
def test_large_hostile_files_take_bounded_time_and_memory(obj_file, content):
    import resource

    path = obj_file(content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    try:
        load(path)
    except FileFormatError:
        pass
    assert time.monotonic() - started < 30
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1_500_000  # kilobytes


@pytest.mark.slow
def test_many_points_go_in_and_out_in_seconds(tmp_path):
    x = np.linspace(-1, 1, 300)
    surface = Surface(x, x, np.hypot(x, x[:, None]))
    for ending in ("obj", "glb", "stl"):
        started = time.monotonic()
        save(surface, tmp_path / f"a.{ending}")
        assert time.monotonic() - started < 30
    started = time.monotonic()
    np.testing.assert_array_equal(load(tmp_path / "a.obj").loss, surface.loss)
    assert time.monotonic() - started < 30


def test_a_picture_of_the_same_name_is_left_alone(tmp_path):
    (tmp_path / "a.png").write_bytes(b"a picture of it")
    save(bowl(), tmp_path / "a.obj")
    save(bowl(), tmp_path / "a.obj", size=0.3)
    assert (tmp_path / "a.png").read_bytes() == b"a picture of it"


@pytest.mark.parametrize("size", [None, 0.3])
def test_where_it_cannot_be_written_nothing_is(tmp_path, monkeypatch, size):
    def full(form, values):
        yield "v 0 0 0\n"
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("compute.files.obj.write._rows", full)
    with pytest.raises(OSError, match="No space left on device.*a.obj"):
        save(bowl(), tmp_path / "a.obj", size=size)
    assert not list(tmp_path.iterdir())
