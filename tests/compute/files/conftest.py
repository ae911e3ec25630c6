"""Files made byte by byte for the tests of the readers."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest

from compute.files.errors import FileFormatError
from compute.files.isolated import NotThisFileError


@pytest.fixture(scope="session")
def ply_file(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], Path]:
    """Write bytes to a .ply file, overwriting the one of the call before, and return its path."""
    path = tmp_path_factory.mktemp("ply") / "file.ply"

    def write(content: bytes) -> Path:
        path.write_bytes(content)
        return path

    return write


@pytest.fixture(scope="module")
def without_child() -> object:
    """Readers that work in a child process work in this one: for tests that read many good files."""
    patch = pytest.MonkeyPatch()

    def read(module: str, path: object, library: str) -> object:
        try:
            return importlib.import_module(module).read(str(path))
        except NotThisFileError as error:
            raise FileFormatError(str(path), error.found, error.todo) from None

    for reader in ("hdf5", "vtp"):
        patch.setattr(importlib.import_module(f"compute.files.{reader}.read"), "read_isolated", read)
    yield
    patch.undo()
