"""Choosing a format, and what is said when there is none."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys

import numpy as np
import pytest

from compute.errors import InputError
from compute.files import FORMATS, FileFormatError, load, save
from compute.files.errors import shown, shown_path
from compute.files.ply import PlyError
from compute.surface import HeightMesh, Surface

SURFACE = Surface([0, 1, 2], [0, 1], [[1, 2, 3], [4, 5, 6]])


def test_extension_chooses_format_in_any_case(tmp_path):
    for name in ("a.ply", "b.PLY"):
        save(SURFACE, tmp_path / name)
        assert load(tmp_path / name).shape == (2, 3)


def test_surface_saves_itself(tmp_path):
    SURFACE.save(tmp_path / "a.ply")
    np.testing.assert_array_equal(load(tmp_path / "a.ply").loss, SURFACE.loss)


@pytest.mark.parametrize("name", ["surface", "surface.dat"])
def test_file_without_known_extension_is_tried_by_its_first_bytes(tmp_path, name):
    save(SURFACE, tmp_path / "a.ply")
    (tmp_path / "a.ply").rename(tmp_path / name)
    assert load(tmp_path / name).shape == (2, 3)


def test_unknown_format_lists_the_known(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(FileFormatError, match=r"(?s)extension '.png' is not known.*PLY \(\.ply\)"):
        load(tmp_path / "a.png")
    with pytest.raises(FileFormatError, match="(?s)writing .*extension '.png'"):
        save(SURFACE, tmp_path / "b.png")
    assert not (tmp_path / "b.png").exists()


def test_error_has_three_parts_and_the_exit_code_of_unreadable_input(tmp_path):
    path = tmp_path / "a.ply"
    path.write_bytes(b"ply\nformat ascii 1.0\nelement vertex x\nend_header\n")
    with pytest.raises(PlyError) as caught:
        load(path)
    error = caught.value
    assert isinstance(error, FileFormatError) and isinstance(error, InputError) and error.exit_code == 3
    assert (error.file, error.line, error.row) == (str(path), 3, None)
    assert error.doing == f"reading {path}, line 3"
    assert str(error) == f"{error.doing}: {error.found}\n{error.todo}"
    assert "'x'" in error.found and "digits" in error.todo


def test_missing_file_directory_and_pipe_are_refused_without_blocking(tmp_path):
    os.mkfifo(tmp_path / "pipe.ply")
    (tmp_path / "folder.ply").mkdir()
    for name, found in (("none.ply", "No such file"), ("folder.ply", "directory"), ("pipe.ply", "ordinary")):
        with pytest.raises(FileFormatError, match=found):
            load(tmp_path / name)
    with pytest.raises(FileFormatError):
        load("a\0b.ply")


def test_a_mesh_cannot_be_saved(tmp_path):
    mesh = HeightMesh([0, 1, 0], [0, 0, 1], [1, 2, 3], [[0, 1, 2]])
    with pytest.raises(TypeError, match="HeightMesh"):
        save(mesh, tmp_path / "a.ply")
    assert not list(tmp_path.iterdir())


def test_text_from_files_is_escaped_and_cut():
    assert shown("\x1b[2J") == r"'\x1b[2J'"
    assert shown(b"\x89PNG\r\n") == r"'\x89PNG\r\n'"
    assert len(shown("x" * 1000)) < 80
    assert shown_path("dir/a b.ply") == "dir/a b.ply"
    assert "\x1b" not in shown_path("\x1b[31m.ply")


def test_reading_needs_neither_torch_nor_opengl():
    code = (
        "import sys, compute.files, compute.files.ply.read; "
        "print(sorted({'torch', 'moderngl', 'glfw', 'OpenGL'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_every_format_can_do_what_it_says():
    for known in FORMATS:
        module = known()
        for does, names in (
            (known.reads, ("matches", "load")),
            (known.writes, ("save",)),
            (known.writes and not known.lossless, ("left_out",)),
        ):
            assert not does or all(callable(getattr(module, name)) for name in names)
        taken = inspect.signature(module.save).parameters
        assert set(known.options) == {name for name, p in taken.items() if p.kind is p.KEYWORD_ONLY}


def test_what_a_format_cannot_do_is_said(tmp_path):
    (tmp_path / "a.stl").write_bytes(b"solid")
    with pytest.raises(
        FileFormatError, match=r"(?s)STL files are written .*, not read.*HDF5 \(\.h5 \.hdf5\)"
    ):
        load(tmp_path / "a.stl")
    with pytest.raises(TypeError, match="NPZ has no option 'text'; it has: none"):
        save(SURFACE, tmp_path / "a.npz", text=True)


@pytest.mark.parametrize("extension", [".h5", ".vtp", ".npz", ".csv"])
def test_formats_are_known_by_their_first_bytes(tmp_path, extension):
    save(SURFACE, tmp_path / f"a{extension}")
    (tmp_path / f"a{extension}").rename(tmp_path / "surface")
    np.testing.assert_array_equal(load(tmp_path / "surface").loss, SURFACE.loss)


@pytest.mark.parametrize("extension", [".h5", ".vtp", ".npz", ".csv"])
def test_a_mesh_cannot_be_saved_in_any_of_them(tmp_path, extension):
    mesh = HeightMesh([0, 1, 0], [0, 0, 1], [1, 2, 3], [[0, 1, 2]])
    with pytest.raises(TypeError, match="HeightMesh"):
        save(mesh, tmp_path / f"a{extension}")
    assert not list(tmp_path.iterdir())
