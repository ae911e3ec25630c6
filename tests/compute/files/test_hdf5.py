"""HDF5 files of tomgoldstein/loss-landscape: as its programs write them, and as they read ours."""

from __future__ import annotations

import subprocess
import sys

import h5py
import numpy as np
import pytest

from compute.files import FileFormatError, load, load_paths, save
from compute.files.hdf5 import load_path
from compute.surface import FAILED, NOT_FINITE, OK, PENDING, CriticalPoint, Curve, Path, Surface

pytestmark = pytest.mark.usefixtures("without_child")


def crunched(path, x, y, function, done, names=("train_loss", "train_acc")):
    """A file as that project's ``crunch`` leaves it after ``done`` points.

    Its arrays have the shape (len(x), len(y)); the point with the number k is the k-th of the
    mesh grid of x and y, end to end, and its value the k-th of the array in memory.
    """
    places_x, places_y = (grid.ravel() for grid in np.meshgrid(x, y))
    with h5py.File(path, "w") as file:
        file["dir_file"] = "model_300.t7_weights_xignore=biasbn_xnorm=filter.h5"
        file["xcoordinates"], file["ycoordinates"] = x, y
        for scale, name in enumerate(names, 1):
            values = -np.ones((len(x), len(y)))
            for k in range(done):
                values.ravel()[k] = scale * function(places_x[k], places_y[k])
            file[name] = values
    return path


def bowl(x, y):
    return x**2 + 3 * y**2 + x + 4


@pytest.mark.parametrize(("nx", "ny"), [(7, 4), (4, 7), (5, 5), (1, 3)])
def test_each_value_is_at_its_place_on_any_grid(tmp_path, nx, ny):
    x, y = np.linspace(-1, 1, nx), np.linspace(-0.5, 2, ny)
    surface = load(crunched(tmp_path / "s.h5", x, y, bowl, nx * ny))
    assert surface.shape == (ny, nx)
    np.testing.assert_array_equal(surface.loss, bowl(x[None, :], y[:, None]))
    np.testing.assert_array_equal(surface.metrics["train_acc"], 2 * surface.loss)
    assert surface.field == "train_loss" and "model_300" in surface.meta["dir_file"]
    told = " ".join(surface.notices)
    assert "train_acc is in percent" in told and ("not square" in told) == (nx != ny)


def test_minus_one_is_pending_and_nothing_else_is(tmp_path):
    x, y = np.arange(4.0), np.arange(3.0)
    path = crunched(tmp_path / "s.h5", x, y, bowl, 10)
    with h5py.File(path, "r+") as file:
        file["train_loss"][:2, 0] = np.nan, np.inf
        file["train_loss"][2, 0] = -0.5
    surface = load(path)
    # (4, 3) in memory: [0, 0], [1, 0] and [2, 0] are the values 0, 3 and 6 of the mesh grid.
    status = surface.status.ravel()
    assert status.tolist() == [NOT_FINITE, OK, OK, NOT_FINITE, *[OK] * 6, PENDING, PENDING]
    assert surface.loss.ravel()[6] == -0.5
    assert np.isnan(surface.loss.ravel()[[0, 10, 11]]).all()
    assert np.isnan(surface.metrics["train_acc"].ravel()[10:]).all()


def test_a_repaired_shape_is_read_as_it_stands(tmp_path):
    x, y = np.arange(4.0), np.arange(3.0)
    grid = bowl(x[None, :], y[:, None])
    with h5py.File(tmp_path / "s.h5", "w") as file:
        file["xcoordinates"], file["ycoordinates"], file["train_loss"] = x, y, grid
    surface = load(tmp_path / "s.h5")
    np.testing.assert_array_equal(surface.loss, grid)
    assert surface.notices == ()


def test_axes_that_descend(tmp_path):
    x, y = np.linspace(1, -1, 3), np.linspace(2, 0, 3)
    surface = load(crunched(tmp_path / "s.h5", x, y, bowl, 9))
    np.testing.assert_array_equal(surface.x, [-1, 0, 1])
    np.testing.assert_array_equal(surface.loss, bowl(surface.x[None, :], surface.y[:, None]))


def test_test_values_and_choosing_a_field(tmp_path):
    names = ("train_loss", "train_acc", "test_loss", "test_acc")
    path = crunched(tmp_path / "s.h5", np.arange(3.0), np.arange(2.0), bowl, 6, names)
    surface = load(path)
    assert surface.fields == ("train_loss", "test_acc", "test_loss", "train_acc")
    chosen = load(path, field="test_loss")
    assert chosen.field == "test_loss" and "train_loss" in chosen.metrics
    np.testing.assert_array_equal(chosen.loss, 3 * surface.loss)
    with pytest.raises(FileFormatError, match="no field 'accuracy'\nChoose one of: .*'train_acc'"):
        load(path, field="accuracy")


def test_a_curve(tmp_path):
    x = np.linspace(-1, 1, 5)
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["xcoordinates"], file["train_loss"], file["train_acc"] = x, [4.0, 1, 0, -1, -1], x * 100
    curve = load(tmp_path / "c.h5")
    assert isinstance(curve, Curve)
    np.testing.assert_array_equal(curve.loss, [4, 1, 0, np.nan, np.nan])
    assert curve.status.tolist() == [OK, OK, OK, PENDING, PENDING]


def test_eigenvalues_of_the_hessian(tmp_path):
    """plot_hessian_eigen.py marks what is pending by max_eig = -1 and min_eig = 1."""
    with h5py.File(tmp_path / "e.h5", "w") as file:
        file["xcoordinates"], file["ycoordinates"] = [0.0, 1], [0.0, 1]
        file["max_eig"], file["min_eig"] = [[3.0, 2], [5, -1]], [[-1.0, 1], [-2, 1]]
    surface = load(tmp_path / "e.h5")
    assert surface.field == "max_eig" and surface.status.ravel().tolist() == [OK, OK, OK, PENDING]
    np.testing.assert_array_equal(surface.metrics["min_eig"], [[-1, 1], [-2, 1]])


def test_projection_file_is_a_path(tmp_path):
    with h5py.File(tmp_path / "d.h5_proj_cos.h5", "w") as file:
        file["proj_xcoord"], file["proj_ycoord"] = [3.0, 1, 0], [2.0, 1, 0]
    for read in (load_path, load_paths):
        (path,) = read(tmp_path / "d.h5_proj_cos.h5")
        assert path.name == "d.h5_proj_cos"
        np.testing.assert_array_equal(path.x, [3, 1, 0])
        assert np.isnan(path.loss).all()
    with pytest.raises(FileFormatError, match="projection file: a descent path, no surface\n.*--path"):
        load(tmp_path / "d.h5_proj_cos.h5")


def test_a_direction_file_is_named_as_such(tmp_path):
    with h5py.File(tmp_path / "d.h5", "w") as file:
        for name in ("xdirection", "ydirection"):
            file.create_group(name)["0"] = np.zeros((3, 2))
    with pytest.raises(FileFormatError, match="it is a direction file"):
        load(tmp_path / "d.h5")
    with pytest.raises(FileFormatError, match="no descent path, but 'xdirection', 'ydirection'"):
        load_paths(tmp_path / "d.h5")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({}, "no 'xcoordinates'; it holds nothing"),
        ({"weights": [1.0, 2]}, "no 'xcoordinates'; it holds 'weights'"),
        ({"xcoordinates": [0.0, 1]}, "no data set has the 2 values"),
        ({"xcoordinates": [0.0, 1], "ycoordinates": [0.0, 1, 2], "train_loss": [[1.0]]}, "the 3 x 2 values"),
        ({"xcoordinates": [0.0, 0], "train_loss": [1.0, 2]}, "a value twice"),
        ({"xcoordinates": [0.0, np.nan], "train_loss": [1.0, 2]}, "not finite"),
        ({"xcoordinates": [[0.0, 1]], "train_loss": [1.0, 2]}, r"the shape \(1, 2\)"),
        ({"xcoordinates": [], "train_loss": []}, r"the shape \(0,\)"),
        ({"xcoordinates": ["a", "b"], "train_loss": [1.0, 2]}, "'xcoordinates' cannot be used"),
        (
            {"xcoordinates": [0.0, 1], "train_loss": [1j, 2]},
            "'train_loss' cannot be used: its type is complex",
        ),
        (
            {"xcoordinates": [0.0, 1], "train_loss": h5py.ExternalLink("a.h5", "/b")},
            "'train_loss' cannot be used: a link to elsewhere",
        ),
        ({"epoch": 3}, "no 'xcoordinates'; it holds 'epoch'"),
    ],
)
def test_what_holds_no_surface_says_what_it_holds(tmp_path, content, found):
    with h5py.File(tmp_path / "s.h5", "w") as file:
        for name, values in content.items():
            file[name] = values
    with pytest.raises(FileFormatError, match=found):
        load(tmp_path / "s.h5")


@pytest.fixture
def surface():
    loss = bowl(np.linspace(-1, 1, 5)[None, :], np.linspace(0, 1, 3)[:, None])
    loss[0, 0], loss[1, 1], loss[2, 2] = np.nan, np.inf, np.nan
    status = np.ones((3, 5), np.uint8)
    status[0, 0], status[1, 1], status[2, 2] = PENDING, NOT_FINITE, FAILED
    return Surface(
        np.linspace(-1, 1, 5), np.linspace(0, 1, 3), loss,
        metrics={"accuracy": np.linspace(0, 1, 15).reshape(3, 5)}, status=status,
        meta={"explained_variance": [0.9, 0.05], "model": "mlp"},
        paths=[Path([0.5, 0], [1, 0], loss=[2, 1], name="sgd")],
        critical_points=[CriticalPoint("saddle", 0, 0.5, 3)],
    )  # fmt: skip


def test_ours_read_by_h5py_alone(tmp_path, surface):
    save(surface, tmp_path / "s.h5")
    with h5py.File(tmp_path / "s.h5") as file:
        x, y, loss = file["xcoordinates"][:], file["ycoordinates"][:], file["train_loss"][:]
        # plot_2D.py: contour(X, Y, Z) of meshgrid(x, y) needs rows that are y.
        assert np.meshgrid(x, y)[0].shape == loss.shape == (3, 5)
        ok = np.array(surface.status) == OK
        np.testing.assert_array_equal(loss[ok], surface.loss[ok])
        assert loss[0, 0] == -1 and loss[1, 1] == np.inf and np.isnan(loss[2, 2])
        assert file["train_acc"].attrs["unit"] == "percent"
        np.testing.assert_array_equal(file["train_acc"][1, 2:], 100 * surface.metrics["accuracy"][1, 2:])
        # plot_2D.py: as --proj_file and as --dir_file.
        np.testing.assert_array_equal(file["proj_xcoord"][:], [0.5, 0])
        np.testing.assert_array_equal(file["explained_variance_ratio_"][:], [0.9, 0.05])
        assert isinstance(file["dir_file"][()], bytes)
        assert "external" not in str(dict(file.attrs))


def test_points_that_their_program_computed_in_our_file_are_taken_over(tmp_path, surface):
    save(surface, tmp_path / "s.h5")
    with h5py.File(tmp_path / "s.h5", "r+") as file:
        file["train_loss"][0, 0] = 7.5
    back = load(tmp_path / "s.h5")
    assert back.loss[0, 0] == 7.5 and back.status[0, 0] == OK
    assert back.status[2, 2] == FAILED


def test_a_loss_of_exactly_minus_one_is_a_loss(tmp_path):
    save(Surface([0, 1], [0], [[-1, 2]]), tmp_path / "s.h5")
    back = load(tmp_path / "s.h5")
    assert back.loss.tolist() == [[-1, 2]] and back.status.tolist() == [[OK, OK]]


def test_a_test_loss_is_called_test_loss(tmp_path):
    meta = {"data": {"name": "digits", "split": "test"}}
    save(Curve([0, 1], [1, 2], metrics={"accuracy": [0.5, 1]}, meta=meta), tmp_path / "c.h5")
    with h5py.File(tmp_path / "c.h5") as file:
        assert "train_loss" not in file and file["test_acc"][:].tolist() == [50, 100]
    assert load(tmp_path / "c.h5").field == "loss"


def test_theirs_through_ours_and_back_keeps_their_names(tmp_path):
    names = ("train_loss", "train_acc", "test_loss", "test_acc")
    theirs = crunched(tmp_path / "s.h5", np.arange(4.0), np.arange(3.0), bowl, 12, names)
    save(load(theirs), tmp_path / "s.ply")
    save(load(tmp_path / "s.ply"), tmp_path / "back.h5")
    with h5py.File(theirs) as one, h5py.File(tmp_path / "back.h5") as other:
        assert one["dir_file"][()] == other["dir_file"][()]
        for name in names:
            np.testing.assert_array_equal(one[name][:].ravel(), other[name][:].ravel())


def test_nothing_outside_the_file_is_opened(tmp_path):
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["values"] = np.ones((2, 2))
    (tmp_path / "raw.bin").write_bytes(np.ones(4).tobytes())
    layout = h5py.VirtualLayout((2, 2), "f8")
    layout[:] = h5py.VirtualSource(str(secret), "values", (2, 2))
    with h5py.File(tmp_path / "s.h5", "w") as file:
        file["xcoordinates"], file["ycoordinates"] = [0.0, 1], [0.0, 1]
        file["train_loss"] = h5py.ExternalLink(str(secret), "values")
        file["soft"] = h5py.SoftLink("/xcoordinates")
        file.create_virtual_dataset("virtual", layout)
        file.create_dataset("outside", (2, 2), "f8", external=[(str(tmp_path / "raw.bin"), 0, 32)])
        file["test_loss"] = [[1.0, 2], [3, 4]]
        file["loss-surface/loop"] = file["/"]
    surface = load(tmp_path / "s.h5")
    assert surface.fields == ("test_loss",)
    told = " ".join(surface.notices)
    assert "'train_loss' was left out: a link to elsewhere" in told
    assert "'virtual' was left out: its values lie in another file" in told and "'outside'" in told


def test_sizes_are_believed_only_as_far_as_the_file_goes(tmp_path):
    with h5py.File(tmp_path / "s.h5", "w") as file:
        file["xcoordinates"], file["ycoordinates"] = np.arange(4000.0), np.arange(4000.0)
        file.create_dataset("train_loss", (4000, 4000), "f8")  # never written: no bytes in the file
    with pytest.raises(FileFormatError, match="claims 128,000,000 bytes, of which 0 are in the file"):
        load(tmp_path / "s.h5")
    with h5py.File(tmp_path / "s.h5", "w") as file:
        file["xcoordinates"] = np.arange(3.0)
        file.create_dataset("bomb", (60000, 60000), "f8", chunks=(1000, 1000), compression="gzip")
    with pytest.raises(FileFormatError, match="take 28,800,000,024 bytes up to 'xcoordinates'|more than"):
        load(tmp_path / "s.h5")


def test_types_that_are_no_numbers_are_left_out(tmp_path):
    with h5py.File(tmp_path / "s.h5", "w") as file:
        file["xcoordinates"], file["train_loss"] = [0.0, 1], np.array([1, 2], ">i2")
        file["pairs"] = np.zeros(2, [("a", "f8"), ("b", "i4")])
        file.create_dataset("ragged", (2,), h5py.vlen_dtype(np.float64))
        file["complex"] = np.zeros(2, complex)
        file["flags"] = [True, False]
        file["deep"] = np.zeros((2, 2, 2))
    curve = load(tmp_path / "s.h5")
    assert curve.loss.tolist() == [1, 2] and set(curve.metrics) == {"flags"}
    assert len([notice for notice in curve.notices if "was left out" in notice]) == 4


def test_reading_loads_no_h5py_here(tmp_path, surface):
    save(surface, tmp_path / "s.h5")
    code = (
        "import sys, compute; found = compute.load(sys.argv[1]); "
        "print(found.shape, sorted({'h5py', 'torch', 'vtkmodules'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "s.h5")], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "(3, 5) []"
