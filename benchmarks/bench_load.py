"""Loading a million-vertex binary surface: our reader against plyfile, down to the same loss array.

Ours also recognises the grid, checks that every vertex lies on it, and reads every field.
"""

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
            return loss_of(PlyData.read(path))

        def told() -> np.ndarray:
            return loss_of(PlyData.read(path, known_list_len={"face": {"vertex_indices": 4}}))

        yield Case(name, ours, plain, "plyfile", rtol=0)
        yield Case(name, ours, told, "plyfile told that all faces are quads, which checks nothing", rtol=0)


def loss_of(ply: PlyData) -> np.ndarray:
    """In memory of its own: plyfile maps the file, and reads what is asked for."""
    return np.array(ply["vertex"]["loss"]).reshape(SIDE, SIDE)
