"""The principal axes of a recorded training, against a full singular value decomposition."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

import numpy as np
import torch
from sklearn.decomposition import PCA
from torch import nn

import compute
from benchmarks.case import Case
from compute.parameters import parameter_slots
from compute.pca import principal_axes

# Both sides are linear in the number of parameters, and the other one's memory is too (24 bytes for
# each of 300 million numbers): a quarter of a million here stands for a million.
CHECKPOINTS, SIDE = 300, 500


def cases() -> Iterator[Case]:
    """A random walk, read from its files by both sides."""
    with tempfile.TemporaryDirectory() as folder:
        generator = torch.Generator().manual_seed(0)
        model = nn.Linear(SIDE, SIDE, bias=False)
        trajectory = compute.Trajectory(folder)
        with torch.no_grad():
            for _ in range(CHECKPOINTS):
                model.weight.add_(torch.randn(SIDE, SIDE, generator=generator), alpha=0.01)
                trajectory.record(model)
        slots = parameter_slots(model)

        def ours() -> np.ndarray:
            return np.array(principal_axes(trajectory, slots)[2])

        def full() -> np.ndarray:
            rows = torch.stack([(s["weight"] - model.weight).detach().flatten() for s in trajectory]).numpy()
            return PCA(2, svd_solver="full").fit(rows).explained_variance_ratio_

        name = f"principal axes, {CHECKPOINTS} checkpoints × {SIDE * SIDE:,} parameters"
        yield Case(name, ours, full, "scikit-learn, full SVD", rtol=1e-4, least=10, rounds=3)
