"""Loading a million-vertex binary surface: our reader against plyfile, down to the same loss array."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from plyfile import PlyData

from benchmarks.case import Case
from compute import files
from compute.surface import Surface

SIDE = 1000


def cases() -> Iterator[Case]:
    """One file, and plyfile with and without being told that every face is a quad."""
    axis = np.linspace(-1, 1, SIDE)
    loss = np.random.default_rng(0).lognormal(size=(SIDE, SIDE))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "surface.ply"
        files.save(Surface(axis, axis, loss), path)
        name = f"load a {SIDE}×{SIDE} surface ({path.stat().st_size / 1e6:.0f} MB binary PLY)"

        def ours() -> np.ndarray:
            return files.load(path).loss

        def plain() -> np.ndarray:
            return np.asarray(PlyData.read(path)["vertex"]["loss"]).reshape(SIDE, SIDE)

        def told() -> np.ndarray:
            known = {"face": {"vertex_indices": 4}}
            return np.asarray(PlyData.read(path, known_list_len=known)["vertex"]["loss"]).reshape(SIDE, SIDE)

        yield Case(name, ours, plain, "plyfile", rtol=0)
        yield Case(name, ours, told, "plyfile, told that faces are quads", rtol=0)
