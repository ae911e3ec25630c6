"""A million vertices: loaded in well under a second, saved in about one."""

from __future__ import annotations

import time

import numpy as np
import pytest

from compute.files import load, save
from compute.surface import HeightMesh, Surface

SIZE = 1000


@pytest.fixture(scope="module")
def surface():
    rng = np.random.default_rng(0)
    loss = rng.standard_normal((SIZE, SIZE))
    loss[rng.random(loss.shape) < 0.001] = np.nan
    axis = np.linspace(-1, 1, SIZE)
    return Surface(axis, 2 * axis, loss, metrics={"accuracy": rng.random(loss.shape)})


def seconds(action):
    """Processor time: another process on the machine does not count."""
    start = time.process_time()
    result = action()
    return time.process_time() - start, result


def test_grid_with_faces(surface, tmp_path):
    path = tmp_path / "a.ply"
    taken, _ = seconds(lambda: save(surface, path))
    assert taken < 3
    taken, back = seconds(lambda: load(path))
    assert taken < 0.8
    np.testing.assert_array_equal(back.loss, surface.loss)
    assert back.notices == ()


def vertex_file(path, x, y, z, faces=b"", count=0):
    rows = np.stack([x, y, z], axis=-1).astype("<f4")
    header = f"ply\nformat binary_little_endian 1.0\nelement vertex {len(rows)}\n"
    header += "property float x\nproperty float y\nproperty float z\n"
    header += f"element face {count}\nproperty list uchar int vertex_indices\nend_header\n"
    path.write_bytes(header.encode() + rows.tobytes() + faces)


def test_grid_in_no_order(surface, tmp_path):
    places = np.random.default_rng(1).permutation(SIZE * SIZE)
    x, y = (grid.ravel()[places] for grid in np.meshgrid(surface.x, surface.y))
    vertex_file(tmp_path / "a.ply", x, y, surface.loss.ravel()[places])
    taken, back = seconds(lambda: load(tmp_path / "a.ply"))
    assert taken < 3
    np.testing.assert_array_equal(back.loss, surface.loss.astype("f4"))


def test_a_million_faces_of_mixed_lengths(tmp_path):
    """No two neighbours need be alike: the worst case for finding rows."""
    rng = np.random.default_rng(2)
    lengths = rng.integers(3, 6, 1_000_000)
    row_bytes = 1 + 4 * lengths
    starts = np.cumsum(row_bytes) - row_bytes
    data = np.zeros(row_bytes.sum(), np.uint8)  # every index is vertex 0, but for the last of each
    data[starts] = lengths
    data[starts + row_bytes - 4] = 1
    points = rng.random((3, 100))
    vertex_file(tmp_path / "a.ply", *points, data.tobytes(), len(lengths))
    taken, mesh = seconds(lambda: load(tmp_path / "a.ply"))
    assert taken < 4
    assert isinstance(mesh, HeightMesh)
    assert len(mesh.triangles) == (lengths - 2).sum()
    assert np.count_nonzero(mesh.triangles == 1) == len(lengths)
    assert mesh.triangles[:, 2].sum() == len(lengths)
