"""The principal axes of a recorded training, against a full singular value decomposition."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator

import numpy as np
import torch
from sklearn.decomposition import PCA
from torch import nn

import compute
from benchmarks.case import Case, Figure
from benchmarks.memory import beyond

# Of the full decomposition each call takes a minute or two and 7 GB.
CHECKPOINTS, SIDE, ROUNDS = 300, 1000, 1


def cases() -> Iterator[Case | Figure]:
    """A random walk, read from its files by both sides; then the memory of ours."""
    with tempfile.TemporaryDirectory() as folder:
        generator = torch.Generator().manual_seed(0)
        model = nn.Linear(SIDE, SIDE, bias=False)
        trajectory = compute.Trajectory(folder)
        with torch.no_grad():
            for _ in range(CHECKPOINTS):
                model.weight.add_(torch.randn(SIDE, SIDE, generator=generator), alpha=0.01)
                trajectory.record(model)

        def ours() -> np.ndarray:
            axes = compute.pca_directions(model, trajectory)
            return np.array([axis.meta["explained_variance"] for axis in axes])

        def full() -> np.ndarray:
            rows = np.empty((CHECKPOINTS, SIDE * SIDE), np.float32)
            for row, path in zip(rows, trajectory.paths, strict=True):
                state = torch.load(path, weights_only=True)["state_dict"]
                row[:] = (state["weight"] - model.weight).detach().flatten().numpy()
            return PCA(2, svd_solver="full").fit(rows).explained_variance_ratio_

        name = f"principal axes, {CHECKPOINTS} checkpoints × {SIDE * SIDE:,} parameters"
        yield Case(name, ours, full, "scikit-learn, full SVD", rtol=1e-4, least=10, rounds=ROUNDS)
        if sys.platform == "linux":
            name = f"peak memory of these axes, beyond the files ({CHECKPOINTS * SIDE**2 * 4e-6:,.0f} MB)"
            yield Figure(name, "MB", 1000, lambda: beyond("axes", SIDE, folder)[0] / 1e6, rounds=1)
