"""Surfaces written by another program, against the facts published about them."""

from __future__ import annotations

import numpy as np
import pytest

from compute.files import FileFormatError, load
from compute.surface import Surface


@pytest.fixture(scope="module")
def folder(shared_data):
    path = shared_data / "sv_term_project"
    if not path.is_dir():
        pytest.skip(f"{path} is not there")
    return path


@pytest.mark.parametrize(
    "name, shape, x, low, high",
    [
        ("ResNet_Random.ply", (26, 26), (-0.5, 0.5), 0.31801394, 2.38645e10),
        ("VGG_PCA.ply", (26, 26), (-9, 9.75), 0.0653966, 48.5338),
        ("VGG_PCA_pm20.ply", (11, 11), (-20, 20), None, None),
        ("polynomial_r13.ply", (21, 21), (-10, 10), -9497, 24358),
    ],
)
def test_shape_range_and_height(folder, name, shape, x, low, high):
    surface = load(folder / name)
    assert isinstance(surface, Surface)
    assert surface.shape == shape and surface.field == "s"
    for axis in (surface.x, surface.y):
        np.testing.assert_allclose((axis[0], axis[-1]), x, atol=1e-12)
        np.testing.assert_allclose(np.diff(axis), (x[1] - x[0]) / (shape[0] - 1), rtol=1e-9)
    if low is not None:
        np.testing.assert_allclose((surface.loss.min(), surface.loss.max()), (low, high), rtol=5e-5)
    assert surface.finite.all()
    assert surface.notices == ("z is 0 everywhere: height taken from the vertex scalar 's'.",)


def test_minimum_of_the_random_plane_is_where_it_was_published(folder):
    surface = load(folder / "ResNet_Random.ply")
    row, column = np.unravel_index(surface.loss.argmin(), surface.shape)
    np.testing.assert_allclose((surface.x[column], surface.y[row]), (-0.02, 0.02), atol=1e-12)
    assert surface.loss[row, column] == pytest.approx(0.31801394, abs=1e-8)
    assert surface.loss[0, 0] == 184737799.680000007  # the first row of the file


def test_descending_axes_are_turned_with_their_values(folder):
    surface = load(folder / "polynomial_r13.ply")
    rows = np.loadtxt((folder / "polynomial_r13.ply").read_text().split("end_header\n")[1].splitlines()[:441])
    assert rows[0, :2].tolist() == [10, 10] and rows[-1, :2].tolist() == [-10, -10]
    for x, y, _, vx, _, _, s in rows:
        row, column = np.searchsorted(surface.y, y), np.searchsorted(surface.x, x)
        assert surface.loss[row, column] == s
        assert surface.metrics["vx"][row, column] == vx


def test_field_by_name(folder):
    surface = load(folder / "polynomial_r13.ply", field="vx")
    assert surface.field == "vx" and "s" in surface.metrics and surface.notices == ()
    assert load(folder / "polynomial_r13.ply", field="z").loss.any() == np.False_
    with pytest.raises(FileFormatError, match=r"no field 'loss'\nChoose one of: 'z', 'vx', 'vy', 'vz', 's'"):
        load(folder / "polynomial_r13.ply", field="loss")


def test_saved_and_loaded_again_nothing_changes(folder, tmp_path):
    for path in folder.glob("*.ply"):
        surface = load(path)
        surface.save(tmp_path / "copy.ply")
        copy = load(tmp_path / "copy.ply")
        assert copy.field == "s" and copy.fields == surface.fields and copy.notices == ()
        for name in surface.fields:
            np.testing.assert_array_equal(copy.values(name), surface.values(name))
        np.testing.assert_array_equal(copy.x, surface.x)
        np.testing.assert_array_equal(copy.y, surface.y)
