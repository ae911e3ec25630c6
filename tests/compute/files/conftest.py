"""Files made byte by byte for the tests of the readers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def ply_file(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], Path]:
    """Write bytes to a .ply file, overwriting the one of the call before, and return its path."""
    path = tmp_path_factory.mktemp("ply") / "file.ply"

    def write(content: bytes) -> Path:
        path.write_bytes(content)
        return path

    return write
