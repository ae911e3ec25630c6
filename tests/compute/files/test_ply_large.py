"""Large files, whose positions are compared with a grid's while they are read, against small ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute import bands
from compute.files import load
from compute.files.ply import binary, vertices
from compute.files.ply.errors import PlyError
from compute.surface import HeightMesh, Surface

FACES = "element face {}\nproperty list uchar int vertex_indices\n"


@pytest.fixture
def as_large(monkeypatch):
    """Any binary file is treated as a large one, a band of one row at a time."""
    monkeypatch.setattr(vertices, "_MANY", 1)
    monkeypatch.setattr(bands, "_BAND_BYTES", 1)
    monkeypatch.setattr(bands, "_ALONE_BYTES", 0)


def written(path, columns, faces=b"", count=0, comments=(), order="<"):
    """A binary file with one vertex element of columns, and faces as they are given."""
    rows = np.zeros(
        len(columns["x"]), [(n, np.asarray(v).dtype.newbyteorder(order)) for n, v in columns.items()]
    )
    for name, values in columns.items():
        rows[name] = values
    kinds = {"f8": "double", "f4": "float", "u1": "uchar", "i4": "int"}
    header = f"ply\nformat binary_{'little' if order == '<' else 'big'}_endian 1.0\n"
    header += "".join(f"comment {text}\n" for text in comments) + f"element vertex {len(rows)}\n"
    for name, values in columns.items():
        header += f"property {kinds[np.asarray(values).dtype.str[1:]]} {name}\n"
    header += (FACES.format(count) if count else "") + "end_header\n"
    path.write_bytes(header.encode() + rows.tobytes() + faces)
    return path


def same(a, b):
    assert type(a) is type(b)
    assert a.notices == b.notices
    mesh = isinstance(a, HeightMesh)
    for name in ("x", "y", "height", "triangles") if mesh else ("x", "loss", "status"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)
    if isinstance(a, Surface):
        np.testing.assert_array_equal(a.y, b.y)
    others, wanted = (a.fields, b.fields) if mesh else (a.metrics, b.metrics)
    assert list(others) == list(wanted)
    for name, values in others.items():
        np.testing.assert_array_equal(values, wanted[name], err_msg=name)


@st.composite
def grids(draw):
    """Columns of vertices that are those of a grid in some order, or nearly."""
    ny, nx = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    x, y = (np.cumsum(random.random(n) + 0.1) * draw(st.sampled_from([1, -1])) for n in (nx, ny))
    px, py = (grid.ravel() for grid in np.meshgrid(x, y))
    if draw(st.booleans()):
        px, py = (v.reshape(ny, nx).T.ravel() for v in (px, py))
    harm = draw(
        st.sampled_from(["", "", "", "rounding", "moved", "nan", "inf", "swapped", "shuffled", "short"])
    )
    k = draw(st.integers(0, px.size - 1))
    if harm == "rounding":
        px = px + 1e-9 * random.random(px.size)
    elif harm in ("moved", "nan", "inf"):
        px[k] = {"moved": px[k] + 0.05, "nan": np.nan, "inf": np.inf}[harm]
    elif harm == "swapped":
        py[[0, k]] = py[[k, 0]]
    elif harm == "shuffled":
        order = random.permutation(px.size)
        px, py = px[order], py[order]
    elif harm == "short" and px.size > 1:
        px, py = px[:-1], py[:-1]
    loss = random.normal(size=px.size)
    loss[random.random(px.size) < 0.1] = np.nan
    columns = {"x": px, "y": py, "z": np.nan_to_num(loss), "loss": loss, "accuracy": random.random(px.size)}
    if draw(st.booleans()):
        columns["status"] = random.integers(0, draw(st.sampled_from([4, 6])), px.size).astype(np.uint8)
    if draw(st.booleans()):
        columns = {name: v.astype(np.float32) if v.dtype == np.float64 else v for name, v in columns.items()}
    mark, shapes = "loss-surface 1", [f'meta {{"shape": [{a}, {b}]}}' for a, b in ((ny, nx), (nx, ny))]
    comments = draw(st.sampled_from([(), (mark,), *((mark, shape) for shape in shapes)]))
    return columns, comments


@settings(max_examples=300, deadline=None)
@given(grids(), st.sampled_from("<>"))
def test_large_files_are_read_as_small_ones_are(tmp_path_factory, file, order):
    columns, comments = file
    path = written(tmp_path_factory.mktemp("large") / "a.ply", columns, comments=comments, order=order)
    small = load(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vertices, "_MANY", 1)
        patch.setattr(bands, "_BAND_BYTES", 1)
        patch.setattr(bands, "_ALONE_BYTES", 0)
        same(load(path), small)


def grid_columns(ny=8, nx=9):
    x, y = (v.ravel() for v in np.meshgrid(np.linspace(-1, 1, nx), np.linspace(0, 2, ny)))
    return {"x": x, "y": y, "z": x * y, "loss": x * x + y}


def test_positions_of_a_large_grid_are_not_kept(tmp_path, as_large, monkeypatch):
    read, columns = [], binary.BinaryTable.columns

    def noted(self, kinds, *others, **options):
        read.append(set(kinds))
        return columns(self, kinds, *others, **options)

    monkeypatch.setattr(binary.BinaryTable, "columns", noted)
    surface = load(written(tmp_path / "a.ply", grid_columns(), comments=("loss-surface 1",)))
    assert surface.shape == (8, 9)
    assert read == [{"loss"}]


@pytest.mark.parametrize("row", [0, 1, 30, 56])
def test_one_list_of_another_length_among_many_is_found(tmp_path, as_large, row):
    """Faces of one size are not walked one by one, but their lengths are looked at."""
    quad, triangle = b"\4" + np.arange(4, dtype="<i4").tobytes(), b"\3" + np.arange(3, dtype="<i4").tobytes()
    faces = b"".join(triangle if k == row else quad for k in range(57))
    columns = grid_columns()
    columns["x"][5] += 0.01  # no grid any more, so that faces count
    mesh = load(written(tmp_path / "a.ply", columns, faces, 57))
    assert isinstance(mesh, HeightMesh)
    assert len(mesh.triangles) == 2 * 56 + 1
    with pytest.raises(PlyError, match="ends too early"):
        load(written(tmp_path / "b.ply", columns, faces[:-1], 57))


def test_faces_of_a_grid_are_not_looked_at_where_the_size_of_the_file_tells_their_end(tmp_path):
    quad = b"\4" + np.arange(4, dtype="<i4").tobytes()
    broken = b"\xc8" + quad[1:]  # as many bytes, but its list is said to be longer than the file
    columns = grid_columns()
    grid = load(written(tmp_path / "a.ply", columns, 30 * quad + broken + 25 * quad, 56))
    assert grid.shape == (8, 9) and grid.notices == ()
    columns["x"][5] += 0.01  # no grid any more
    with pytest.raises(PlyError, match="element 'face'"):
        load(written(tmp_path / "b.ply", columns, 30 * quad + broken + 25 * quad, 56))


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("past", range(-14, 4))
def test_a_header_may_end_anywhere_about_the_first_bytes_that_are_read(tmp_path, ending, past):
    lines = ["ply", "format binary_little_endian 1.0", "comment end_header is not here", "element vertex 4"]
    lines += [f"property double {name}" for name in "xyz"] + ["end_header", ""]
    left = (1 << 16) + past - len(ending.join(lines))
    filler = [f"comment {'-' * 1000}" + ending] * (left // (1008 + len(ending)))
    rest = left - len("".join(filler))
    filler.append(f"comment {'-' * max(0, rest - 8 - len(ending))}" + ending)
    header = ending.join(lines[:3]) + ending + "".join(filler) + ending.join(lines[3:])
    path = tmp_path / "a.ply"
    points = np.array([[0, 0, 1], [1, 0, 2], [0, 1, 3], [1, 1, 4]], "<f8")
    path.write_bytes(header.encode() + points.tobytes())
    np.testing.assert_array_equal(load(path).loss, [[1, 2], [3, 4]])


def test_a_file_cut_short_while_it_is_read_is_told(tmp_path, as_large, monkeypatch):
    path = written(tmp_path / "a.ply", grid_columns())
    locate = binary.locate

    def cut(*arguments):
        found = locate(*arguments)
        with open(path, "r+b") as file:
            file.truncate(path.stat().st_size - 100)
        return found

    monkeypatch.setattr("compute.files.ply.read.locate", cut)
    with pytest.raises(PlyError, match="became shorter while it was read"):
        load(path)


def test_without_positioned_reads(tmp_path, as_large, monkeypatch):
    """Systems without preadv have one place in a file for all threads."""
    path = written(tmp_path / "a.ply", grid_columns(40, 50))
    expected = load(path)
    monkeypatch.delattr("os.preadv")
    same(load(path), expected)
