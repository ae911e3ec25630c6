"""Surfaces to make things of."""

from __future__ import annotations

import numpy as np
import pytest

from compute.surface import CriticalPoint, HeightMesh, Path, Surface


@pytest.fixture(scope="session")
def bowl() -> Surface:
    """41 by 33 points, lowest at (0.1, -0.2), with a path and a point."""
    x, y = np.linspace(-1, 1, 41), np.linspace(-0.8, 0.8, 33)
    loss = (x - 0.1) ** 2 + 2 * (y[:, None] + 0.2) ** 2 + 0.05
    path = Path([0.9, 0.5, 0.1], [0.7, 0.1, -0.2], name="sgd")
    point = CriticalPoint("minimum", 0.1, -0.2, 0.05, persistence=np.inf)
    return Surface(x, y, loss, metrics={"accuracy": loss * 0}, paths=(path,), critical_points=(point,))


@pytest.fixture(scope="session")
def holed(bowl: Surface) -> Surface:
    """The same with values missing: one point, a corner, and two cells that touch at a point only."""
    loss = np.array(bowl.loss)
    loss[10, 10] = np.nan
    loss[:4, :5] = np.inf
    loss[20, 20], loss[22, 22] = np.nan, np.nan
    return bowl.replace(loss=loss, status=None)


@pytest.fixture(scope="session")
def mesh() -> HeightMesh:
    """An irregular triangulated disc."""
    rng = np.random.default_rng(0)
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    rings = [np.zeros((1, 2))]
    rings += [r * np.stack([np.cos(angle), np.sin(angle)], axis=1) for r in (0.3, 0.6, 1.0)]
    points = np.concatenate(rings)
    points[1:49] += rng.normal(0, 0.01, (48, 2))
    k = np.arange(24)
    fan = np.stack([np.zeros(24, int), 1 + k, 1 + (k + 1) % 24], axis=1)
    bands = []
    for ring in (1, 25):
        a, b = ring + k, ring + (k + 1) % 24
        bands += [np.stack([a, a + 24, b + 24], axis=1), np.stack([a, b + 24, b], axis=1)]
    height = (points**2).sum(axis=1)
    return HeightMesh(*points.T, height, np.concatenate([fan, *bands]))
