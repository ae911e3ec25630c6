"""Small landscapes to draw."""

from __future__ import annotations

import numpy as np
import pytest

from compute.surface import Curve, Path, Surface


@pytest.fixture(scope="session")
def bowl() -> Surface:
    """Four decades about a minimum at (0.25, 0), on a lattice that is no square, with a path down to it."""
    x, y = np.linspace(-1, 1, 33), np.linspace(-0.75, 0.75, 25)
    loss = 10 ** (4 * np.hypot(x[None, :] - 0.25, y[:, None]) - 3)
    t = np.linspace(1, 0, 12)
    path = Path(0.25 - t, 0.6 * t**2, loss=0.001 + t, residual=0 * t, name="sgd")
    meta = {"directions": "pca 1, pca 2", "direction_norms": [1.0, 1.0], "explained_variance": [0.912, 0.05]}
    return Surface(x, y, loss, metrics={"accuracy": 1 / (1 + loss)}, meta=meta, paths=(path,))


@pytest.fixture(scope="session")
def curve() -> Curve:
    """A parabola with a test set and accuracies, as `glviz-compute line --split train,test` writes them."""
    x = np.linspace(-1, 1, 41)
    loss = 0.01 + x**2
    metrics = {
        "loss_stderr": 0.1 * loss,
        "accuracy": 1 - 0.4 * x**2,
        "test_loss": loss + 0.05,
        "test_accuracy": 0.95 - 0.4 * x**2,
    }
    return Curve(x, loss, metrics=metrics, meta={"directions": "random", "norm": "filter"})
