"""``glviz-compute convert``: from every format that is read into every one that keeps values."""

from __future__ import annotations

import re
import subprocess
import sys

import h5py
import numpy as np
import pytest

from compute import files
from compute.cli import main
from compute.surface import CriticalPoint, Curve, HeightMesh, Path, Surface

KEPT = (".ply", ".h5", ".vtp", ".npz", ".csv")


@pytest.fixture
def surface():
    x, y = np.linspace(-1, 1, 5), np.linspace(0, 1, 4)
    loss = x[None, :] ** 2 + y[:, None]
    return Surface(
        x, y, loss, metrics={"accuracy": 1 - loss / 3}, meta={"model": "mlp"},
        paths=[Path([0.5, 0], [1, 0], name="sgd"), Path([0], [0], name="adam")],
        critical_points=[CriticalPoint("minimum", 0, 0, 0)],
    )  # fmt: skip


@pytest.mark.parametrize("target", KEPT)
def test_from_ply_and_back(tmp_path, surface, target, capfd):
    surface.save(tmp_path / "s.ply")
    assert main(["convert", str(tmp_path / "s.ply"), str(tmp_path / f"t{target}")]) == 0
    out, err = capfd.readouterr()
    assert "surface, 4 × 5 points" in out and f"see it: glviz {tmp_path / f't{target}'}" in out
    told = err.splitlines()
    if target == ".csv":
        expected = ["CSV holds no descent paths: 2 left out", "CSV holds no critical points: 1 left out"]
        assert told == expected
    else:
        assert told == []
    assert main(["convert", str(tmp_path / f"t{target}"), str(tmp_path / "back.ply")]) == 0
    back = files.load(tmp_path / "back.ply")
    np.testing.assert_array_equal(back.loss, surface.loss)
    np.testing.assert_array_equal(back.metrics["accuracy"], surface.metrics["accuracy"])
    assert back.meta == {"model": "mlp"} and len(back.paths) == (0 if target == ".csv" else 2)


def test_text_is_for_ply(tmp_path, surface, capsys):
    surface.save(tmp_path / "s.npz")
    assert main(["convert", str(tmp_path / "s.npz"), str(tmp_path / "t.ply"), "--text"]) == 0
    assert b"format ascii 1.0" in (tmp_path / "t.ply").read_bytes()[:40]
    assert main(["convert", str(tmp_path / "s.npz"), str(tmp_path / "t.h5"), "--text"]) == 2
    assert "--text is not for HDF5 files\nIt is for PLY." in capsys.readouterr().err
    assert not (tmp_path / "t.h5").exists()


def test_paths_of_other_files_are_put_to_the_surface(tmp_path, surface, capsys):
    with h5py.File(tmp_path / "theirs.h5", "w") as file:
        file["xcoordinates"], file["ycoordinates"], file["train_loss"] = surface.x, surface.y, surface.loss
    with h5py.File(tmp_path / "d.h5_proj_cos.h5", "w") as file:
        file["proj_xcoord"], file["proj_ycoord"] = [1.0, 0.5, 0], [0.5, 0.1, 0]
    (tmp_path / "adam.csv").write_text("x,y,loss\n1,1,3\n0,0,1\n")
    inputs = [str(tmp_path / name) for name in ("theirs.h5", "d.h5_proj_cos.h5", "adam.csv")]
    assert main(["convert", *inputs, str(tmp_path / "t.ply")]) == 0
    back = files.load(tmp_path / "t.ply")
    assert [path.name for path in back.paths] == ["d.h5_proj_cos", "adam"]
    np.testing.assert_array_equal(back.paths[1].loss, [3, 1])
    assert main(["convert", inputs[0], inputs[0], str(tmp_path / "u.ply")]) == 3
    assert "it holds no descent path" in capsys.readouterr().err
    files.save(Curve([0, 1], [1, 2]), tmp_path / "c.ply")
    assert main(["convert", str(tmp_path / "c.ply"), inputs[1], str(tmp_path / "u.ply")]) == 2
    assert "it is no surface over a grid" in capsys.readouterr().err


def test_field_and_logarithm(tmp_path, surface):
    logarithm = Surface(
        surface.x, surface.y, np.log(surface.loss + 0.1), metrics={"b": surface.loss}, field="z"
    )
    logarithm.save(tmp_path / "s.npz")
    source, target = str(tmp_path / "s.npz"), str(tmp_path / "t.h5")
    assert main(["convert", source, target, "--undo-log"]) == 0
    undone = files.load(target)
    assert undone.field == "loss" and undone.meta["height"] == "exp(z) - 0.1"
    np.testing.assert_allclose(undone.loss, surface.loss, atol=1e-15)
    assert main(["convert", source, target, "--field", "b"]) == 0
    np.testing.assert_array_equal(files.load(target).loss, surface.loss)


def test_losses_are_not_taken_for_logarithms(tmp_path, surface, capsys):
    surface.save(tmp_path / "s.ply")
    assert main(["convert", str(tmp_path / "s.ply"), str(tmp_path / "t.ply"), "--undo-log"]) == 3
    assert "has a field 'loss', which is no logarithm" in capsys.readouterr().err
    surface.replace(loss=1e5 * surface.loss, field="z").save(tmp_path / "s.npz")
    assert main(["convert", str(tmp_path / "s.npz"), str(tmp_path / "t.ply"), "--undo-log"]) == 3
    assert "heights up to 2e+05 are no logarithms" in capsys.readouterr().err


def test_models_say_what_they_do_not_hold(tmp_path, surface, capsys):
    surface.save(tmp_path / "s.ply")
    assert main(["convert", str(tmp_path / "s.ply"), str(tmp_path / "t.stl"), "--size", "0.1"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("wrote ") and err.startswith("STL holds ") and "provenance" in err


@pytest.mark.parametrize("extension", ["glb", "obj", "stl", "usdz"])
@pytest.mark.parametrize("options", [[], ["--size", "0.1"]], ids=" ".join)
@pytest.mark.parametrize("lacking", [0, 1, 2])
def test_points_without_a_value_are_told_once(tmp_path, extension, options, lacking, capsys):
    x = np.linspace(-1, 1, 21)
    loss = np.add.outer(x**2, x**2)
    loss[5, [4, 12][:lacking]] = np.nan
    Surface(x, x, loss).save(tmp_path / "s.ply")
    assert main(["convert", str(tmp_path / "s.ply"), str(tmp_path / f"t.{extension}"), *options]) == 0
    told = re.findall(r"^.*(?:value:|without a finite value).*$", capsys.readouterr().err, re.MULTILINE)
    assert len(told) == bool(lacking), told
    if lacking and (extension != "obj" or options):
        assert ("1 point without" if lacking == 1 else "2 points without") in told[0]


def test_a_model_in_obj_loses_what_models_lose(tmp_path, surface, capsys):
    """Not what only the data in their own coordinates would: its paths are there."""
    source, out = tmp_path / "s.ply", tmp_path / "t.obj"
    surface.replace(paths=(Path([0.0, 0.1], [0.0, 0.1]),)).save(source)
    assert main(["convert", str(source), str(out)]) == 0
    assert "OBJ holds no paths" in capsys.readouterr().err
    assert main(["convert", str(source), str(out), "--size", "0.1"]) == 0
    err = capsys.readouterr().err
    assert "a model holds heights and colours" in err and "OBJ holds" not in err


@pytest.mark.parametrize("extension", ["glb", "obj", "stl", "usdz"])
def test_triangles_left_out_are_told(tmp_path, extension, capsys):
    x = np.linspace(-1, 1, 41)
    Surface(x, x, np.add.outer(x**2, x**2)).save(tmp_path / "s.ply")
    out = tmp_path / f"t.{extension}"
    assert main(["convert", str(tmp_path / "s.ply"), str(out), "--triangles", "1000"]) == 0
    assert re.search(r"notice: The surface has [\d,]+ triangles of 3,200\.", capsys.readouterr().err)


def test_a_mesh_goes_into_models_only(tmp_path, capsys):
    text = "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
    text += (
        "element face 1\nproperty list uchar int vertex_indices\nend_header\n0 0 0\n1 0 1\n0 1 2\n3 0 1 2\n"
    )
    (tmp_path / "m.ply").write_text(text)
    assert isinstance(files.load(tmp_path / "m.ply"), HeightMesh)
    assert main(["convert", str(tmp_path / "m.ply"), str(tmp_path / "t.npz")]) == 2
    assert "a mesh whose points fill no grid" in capsys.readouterr().err
    assert main(["convert", str(tmp_path / "m.ply"), str(tmp_path / "t.stl")]) == 0


@pytest.mark.parametrize(
    ("arguments", "code", "found"),
    [
        (["none.ply", "t.npz"], 3, "No such file"),
        (["s.ply", "t.jpg"], 2, "extension '.jpg' names no known format"),
        (["s.ply", "t.png"], 2, "Draw it: glviz-compute plot s.ply -o t.png"),
        (["s.ply", "t.MP4"], 2, "Draw it: glviz-compute plot s.ply -o t.MP4"),
        (["s.ply", "nowhere/t.ply"], 2, "no folder nowhere"),
        (["s.ply"], 2, "OUT"),
        (["s.ply", "t.ply", "--field", "acc"], 3, "no field 'acc'"),
        (["s.ply", "t.csv", "--colormap", "magma"], 2, "--colormap is not for CSV files"),
        (["bad.h5", "t.ply"], 3, "libhdf5 cannot read it"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_error(
    tmp_path, surface, arguments, code, found, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    surface.save("s.ply")
    (tmp_path / "bad.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 100)
    assert main(["convert", *arguments]) == code
    assert found in capsys.readouterr().err
    assert not list(tmp_path.glob("t.*"))


def test_a_name_that_a_format_cannot_have(tmp_path, surface, capsys):
    surface.replace(metrics={"my metric": surface.loss}).save(tmp_path / "s.npz")
    assert main(["convert", str(tmp_path / "s.npz"), str(tmp_path / "t.ply")]) == 2
    err = capsys.readouterr().err
    assert "metric 'my metric' cannot have this name in a PLY file" in err and ".h5, .vtp, .npz" in err


def test_needs_no_torch(tmp_path, surface):
    surface.save(tmp_path / "s.ply")
    code = (
        "import sys; from compute.cli import main; main(['convert', *sys.argv[1:]]); "
        "print(sorted({'torch', 'h5py', 'vtkmodules', 'matplotlib'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "s.ply"), str(tmp_path / "t.npz")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.splitlines()[-1] == "[]"


CORNERS = {(0, 0): 9.196e-4, (-1, -1): 17.2841, (1, -1): 9.55291, (-1, 1): 14.9821, (1, 1): 12.6848}


@pytest.mark.parametrize("target", KEPT)
def test_the_published_surface_through_every_format(tmp_path, shared_data, target):
    """A height of ln(loss + 0.1) in an OBJ file by others; the losses at its centre and corners."""
    source = shared_data / "lens" / "resnet56_51x51.obj"
    middle, end = tmp_path / f"s{target}", tmp_path / "t.ply"
    assert main(["convert", str(source), str(middle), "--undo-log"]) == 0
    assert main(["convert", str(middle), str(end)]) == 0
    first, last = files.load(source, undo_log=True), files.load(end)
    assert last.shape == (51, 51)
    np.testing.assert_array_equal(first.loss, last.loss)
    for (x, y), loss in CORNERS.items():
        j, i = np.argmin(abs(last.y - y)), np.argmin(abs(last.x - x))
        assert last.loss[j, i] == pytest.approx(loss, rel=5e-6, abs=5e-8)
