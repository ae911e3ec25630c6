"""NPZ files: ours by numpy alone, Landscaper's, those of others; never a pickle."""

from __future__ import annotations

import io
import json
import os
import zipfile

import numpy as np
import pytest

from compute.files import FileFormatError, load, npz, save
from compute.surface import CriticalPoint, Curve, HeightMesh, Path, Surface


def test_ours_by_numpy_alone(tmp_path):
    surface = Surface(
        [0, 1, 2], [0, 1], [[1, 2, 3], [4, 5, np.nan]],
        metrics={"accuracy": np.full((2, 3), 0.5), "a/b: c": np.zeros((2, 3))},
        meta={"model": "mlp"}, paths=[Path([0, 1], [1, 0], name="sgd")],
        critical_points=[CriticalPoint("minimum", 0, 0, 1)],
    )  # fmt: skip
    save(surface, tmp_path / "s.npz")
    with np.load(tmp_path / "s.npz", allow_pickle=False) as file:
        np.testing.assert_array_equal(file["loss"], surface.loss)
        assert file["x"].tolist() == [0, 1, 2] and file["y"].tolist() == [0, 1]
        assert file["accuracy"].shape == (2, 3) and file["field_2"].shape == (2, 3)
        assert file["status"].tolist() == [[1, 1, 1], [1, 1, 2]]
        assert json.loads(file["header"][()])["meta"] == {"model": "mlp"}
        assert file["path_point.x"].tolist() == [0, 1] and file["critical_point.index"].tolist() == [0]
        assert "coordinates" not in file  # Landscaper's files have squares only
    first = (tmp_path / "s.npz").read_bytes()
    save(surface, tmp_path / "s.npz")
    assert (tmp_path / "s.npz").read_bytes() == first


def landscaper_reads(path):
    """What Landscaper's LossLandscape makes of a file: coordinates of each value of ``loss.flatten()``."""
    with np.load(path) as file:
        loss, ranges = file["loss"], file["coordinates"]
    grid = np.meshgrid(*ranges)
    return np.array([list(z) for z in zip(*(axis.flat for axis in grid), strict=False)]), loss.flatten()


def test_landscaper_reads_ours(tmp_path):
    x, y = np.linspace(-1, 1, 4), np.linspace(0, 3, 4)
    save(Surface(x, y, x[None, :] + 10 * y[:, None]), tmp_path / "s.npz")
    places, values = landscaper_reads(tmp_path / "s.npz")
    np.testing.assert_array_equal(values, places[:, 0] + 10 * places[:, 1])


def test_landscapers_are_read_as_it_computes_them(tmp_path):
    """compute.py of Landscaper: loss[gp] at steps gp[0] of the first direction, gp[1] of the second."""
    x, y = np.linspace(-1, 1, 3), np.linspace(-2, 2, 3)
    loss = x[:, None] + 10 * y[None, :]
    np.savez(tmp_path / "s.npz", loss=loss, coordinates=[x, y])
    surface = load(tmp_path / "s.npz")
    np.testing.assert_array_equal(surface.loss, surface.x[None, :] + 10 * surface.y[:, None])
    assert "Landscaper" in surface.notices[0] and surface.meta["format"] == "NPZ of Landscaper"
    np.savez(tmp_path / "c.npz", loss=x**2, coordinates=[x])
    assert isinstance(load(tmp_path / "c.npz"), Curve)
    np.savez(tmp_path / "d.npz", loss=np.zeros((3, 3, 3)), coordinates=[x, x, x])
    with pytest.raises(FileFormatError, match="a landscape along 3 directions\nSave a slice"):
        load(tmp_path / "d.npz")
    np.savez(tmp_path / "e.npz", loss=np.zeros((3, 4)), coordinates=[x, x])
    with pytest.raises(FileFormatError, match=r"its loss has the shape \(3, 4\)"):
        load(tmp_path / "e.npz")


X, Y = np.linspace(-1, 1, 4), np.linspace(0, 1, 3)
VALUES = X[None, :] + 10 * Y[:, None]


@pytest.mark.parametrize(
    ("arrays", "field"),
    [
        ({"x": X, "y": Y, "loss": VALUES}, "loss"),
        ({"x": X[::-1], "y": Y[::-1], "Z": VALUES[::-1, ::-1].astype("f4")}, "Z"),
        ({"xcoordinates": X, "ycoordinates": Y, "train_loss": VALUES, "other": np.zeros(9)}, "train_loss"),
        ({"x": X, "y": Y, "loss": VALUES.T}, "loss"),
        ({"X": np.tile(X, (3, 1)), "Y": np.tile(Y[:, None], 4), "Z": VALUES}, "Z"),
        ({"x": np.tile(X, 3), "y": np.repeat(Y, 4), "loss": VALUES.ravel(), "b": VALUES.ravel() > 3}, "loss"),
        ({"x": X, "y": Y, "loss": np.asfortranarray(VALUES)}, "loss"),
    ],
)
def test_files_by_others(tmp_path, arrays, field):
    np.savez(tmp_path / "s.npz", **arrays)
    surface = load(tmp_path / "s.npz")
    assert isinstance(surface, Surface) and surface.field == field
    np.testing.assert_allclose(surface.loss, VALUES, rtol=1e-6)
    np.savez_compressed(tmp_path / "s.npz", **arrays)
    assert load(tmp_path / "s.npz").shape == (3, 4)


def test_curves_and_scattered_points_by_others(tmp_path):
    np.savez(tmp_path / "c.npz", x=X, loss=X**2, acc=X)
    curve = load(tmp_path / "c.npz")
    assert isinstance(curve, Curve) and set(curve.metrics) == {"acc"}
    np.savez(tmp_path / "p.npz", x=[0, 1, 3], y=[0, 1, 2], loss=[1, 2, 3])
    assert isinstance(load(tmp_path / "p.npz"), HeightMesh)


class Evil:
    """Unpickled, it makes a folder."""

    def __reduce__(self):
        return os.mkdir, ("unpickled",)


def test_no_pickle_is_ever_loaded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez(tmp_path / "s.npz", x=X, y=Y, loss=np.array([Evil()] * 2, dtype=object))
    with pytest.raises(FileFormatError, match="'loss.npy' holds pickled objects"):
        load(tmp_path / "s.npz")
    assert not (tmp_path / "unpickled").exists()


def archive(path, members, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in members:
            file.writestr(name, content)
    return path


def npy(shape, descr="<f8", body=b""):
    head = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape!r}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + body


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ([("x.npy", npy((10**12,)))], "needs 8,000,000,000,000 bytes of which there are 0 bytes"),
        ([("x.npy", npy((-1,), body=b"1" * 8))], "has the shape"),
        ([("x.npy", npy((2,), body=b"1" * 8))], "needs 16 bytes of which there are 8"),
        ([("x.npy", npy((1,), body=b"1" * 16))], "needs 8 bytes of which there are 16"),
        ([("x.npy", npy((1,), "|O", b"1" * 8))], "pickled"),
        ([("x.npy", npy((1,), "<c16", b"1" * 16))], "an array of complex128"),
        ([("x.npy", npy((1,), [("a", "<f8")], b"1" * 8))], "an array of"),
        ([("x.npy", npy((1,), "nonsense"))], "no archive of arrays, or a damaged one"),
        ([("x.npy", npy(("__import__",)).replace(b"'__import__',", b"__import__('os').getcwd(), "))],
         r"\('x.npy' does not say what it holds\)"),
        ([("x.npy", npy((2,), body=b"\0" * 16)), ("loss.npy", npy((2,), "<U1", b"1\0\0\0" * 2))],
         "no array fits its axes: 'x' .*, 'loss' of text"),
        ([("x.npy", npy((2,), body=b"\0" * 16)), ("y.npy", npy((1,), body=b"\0" * 8)),
          ("loss.npy", npy((1, 2), body=b"\0" * 16))], "its axis 'x' has a value twice"),
        ([("x.npy", b"\x93NUMPY\x09\x00")], "unknown version|damaged"),
        ([("x.npy", b"hello")], "damaged"),
        ([("a.txt", b"hello")], "without arrays"),
        ([(f"{k}.npy", npy((1,), body=b"1" * 8)) for k in range(600)], "600 members"),
        ([("a.npy", npy((1,), body=b"1" * 8))], "no axis 'x'; it holds 'a'"),
        ([("x.npy", npy((2,), body=b"\0" * 16)), ("loss.npy", npy((3,), body=b"\0" * 24))], "no array fits"),
    ],
)  # fmt: skip
def test_what_lies_or_is_no_surface_says_so(tmp_path, members, found):
    with pytest.raises(FileFormatError, match=found):
        load(archive(tmp_path / "s.npz", members))


def test_a_bomb_is_refused_by_its_size_before_anything_is_unpacked(tmp_path, monkeypatch):
    zeros = io.BytesIO()
    np.lib.format.write_array(zeros, np.zeros(2**17))
    members = [(f"{k}.npy", zeros.getvalue()) for k in range(5)]
    path = archive(tmp_path / "s.npz", members, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 10_000
    monkeypatch.setattr(npz, "MOST_BYTES", 2**22)
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    with pytest.raises(FileFormatError, match="its arrays take 4,194,816 bytes up to '3.npy', more than"):
        load(path)


def test_methods_that_can_take_any_memory_are_refused(tmp_path):
    path = archive(tmp_path / "s.npz", [("x.npy", npy((1,), body=b"1" * 8))], zipfile.ZIP_LZMA)
    with pytest.raises(FileFormatError, match="compressed by the method 14"):
        load(path)


def test_own_header_without_its_arrays(tmp_path):
    save(Surface([0, 1], [0, 1], [[1, 2], [3, 4]]), tmp_path / "s.npz")
    with np.load(tmp_path / "s.npz") as file:
        arrays = dict(file)
    for change, found in (
        ({"loss": None}, "'loss' is missing"),
        ({"loss": np.zeros((3, 2))}, r"loss has shape \(3, 2\)"),
        ({"x": np.array([1.0, 0])}, "ascending"),
        ({"header": np.array(b"{}")}, "no JSON object"),
        ({"header": np.array(b"[" * 100_000)}, "no JSON object"),
        ({"path_point.x": np.zeros(3), "path_point.y": np.zeros(2)}, "not of one length"),
    ):
        changed = {name: array for name, array in {**arrays, **change}.items() if array is not None}
        np.savez(tmp_path / "t.npz", **changed)
        with pytest.raises(FileFormatError, match=found):
            load(tmp_path / "t.npz")
