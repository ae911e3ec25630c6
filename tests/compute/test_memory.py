"""How much memory a run takes, measured by the system in processes of their own."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from torch import nn

import compute
from benchmarks.memory import beyond
from compute.directions.pca import RANDOM_WALK

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what memory is a file's"),
]


def test_a_plane_takes_three_copies_of_a_large_model():
    """The two directions, and the weights at the point; the model's own are used as they are."""
    peak, model = beyond("large", 40)
    assert model == 160e6
    assert peak < 3.2 * model


def test_points_of_a_large_grid_cost_little_more_than_their_values():
    """Loss, its error and accuracy are 24 bytes."""
    peak, _ = beyond("points", 401)
    assert peak < 110 * 401**2 + 4e6


def test_principal_axes_hold_no_whole_checkpoints(tmp_path):
    side, count = 1000, 80
    trajectory, model = compute.Trajectory(tmp_path), nn.Linear(side, side, bias=False)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for _ in range(count):
            model.weight += torch.randn(side, side, generator=generator)
            trajectory.record(model)
    peak, copy = beyond("axes", side, str(tmp_path))
    assert copy == 4e6
    assert peak < 200e6 < count * copy  # a block of 64 MiB, as much for the product, the axes
    shares = [d.meta["explained_variance"] for d in compute.pca_directions(model, trajectory)]
    np.testing.assert_allclose(shares, RANDOM_WALK, atol=0.03)
