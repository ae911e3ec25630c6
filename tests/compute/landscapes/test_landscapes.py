"""Axes, provenance and the public verbs."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

import compute
from compute.landscapes import axis_values


@pytest.fixture(scope="module")
def problem(build_mlp, samples):
    return build_mlp(4, 8, 3), compute.Loss("cross_entropy", *samples(50, 4, 3))


@pytest.mark.parametrize("count", [3, 11, 51, 101, 1001])
def test_axis_has_its_ends_and_zero_exactly(count):
    values = axis_values("x", (-1, 1, count))
    assert len(values) == count
    assert (values[0], values[count // 2], values[-1]) == (-1.0, 0.0, 1.0)
    assert values[0] + values[-1] == 0
    uneven = axis_values("x", (-0.3, 0.7, 11))
    assert (uneven[0], uneven[3], uneven[-1]) == (-0.3, 0.0, 0.7)


def test_axis_may_start_at_zero_or_be_one_value():
    assert axis_values("x", (0, 1, 5)).tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert axis_values("x", (0.5, 0.5, 1)).tolist() == [0.5]
    assert axis_values("y", (1e-12, 2e-12, 3)).tolist() == pytest.approx([1e-12, 1.5e-12, 2e-12], abs=0)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ((1, -1, 51), "from 1 to -1"),
        ((0, 0, 2), "from 0 to 0 in 2 points"),
        ((-1, 1, 1), "in 1 point"),
        ((-1, 1, 0), "0 points"),
        ((-1, 1, -3), "-3 points"),
        ((-1, math.inf, 3), "finite ends"),
        ((math.nan, 1, 3), "finite ends"),
        ((-1, 1, 2.5), "first, last, count"),
        ((-1, 1), "first, last, count"),
        ((-1, 1, 3, 4), "first, last, count"),
        ("abc", "first, last, count"),
        (5, "first, last, count"),
        ((1, 1 + 1e-15, 1000), "closer than float64"),
    ],
)
def test_axes_that_are_none_are_refused_before_any_work(problem, spec, words):
    for axis in ("x", "y"):
        with pytest.raises(ValueError, match=f"laying out the {axis} axis(.|\n)*{words}"):
            compute.random_plane(nn.Linear(1, 1), lambda model: pytest.fail("evaluated"), **{axis: spec})


def test_axes_of_a_non_square_grid_are_not_swapped():
    """An anisotropic quadratic, whose value at each (x, y) is known: 3 (x - 1)^2 + 0.5 (y + 2)^2 + x y."""
    model = nn.ParameterList([torch.zeros(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)])

    def value(m):
        a, b = m[0][0], m[1][0]
        return 3 * (a - 1) ** 2 + 0.5 * (b + 2) ** 2 + a * b

    zero, one = torch.zeros(1, dtype=torch.float64), torch.ones(1, dtype=torch.float64)
    directions = (compute.Direction({"0": one, "1": zero}), compute.Direction({"0": zero, "1": one}))
    surface = compute.plane(model, value, directions, x=(-2, 3, 6), y=(-4, 1, 11))
    assert surface.shape == (11, 6)
    x, y = np.meshgrid(surface.x, surface.y)
    np.testing.assert_allclose(surface.loss, 3 * (x - 1) ** 2 + 0.5 * (y + 2) ** 2 + x * y, rtol=1e-15)


def test_a_part_of_a_grid_is_that_part(problem):
    """A range that starts at 0, or one row, gives the values that the whole grid has there."""
    model, metric = problem
    whole = compute.random_plane(model, metric, (-1, 1, 5), (-1, 1, 5))
    corner = compute.random_plane(model, metric, (0, 1, 3), (0, 1, 3))
    np.testing.assert_array_equal(corner.loss, whole.loss[2:, 2:])
    row = compute.random_plane(model, metric, (-1, 1, 5), (0.5, 0.5, 1))
    np.testing.assert_array_equal(row.loss[0], whole.loss[3])


def test_random_plane_is_that_of_its_seeds(problem):
    model, metric = problem
    surface = compute.random_plane(model, metric, x=(-1, 1, 3), y=(-1, 1, 3), seed=4, orthogonal=True)
    first = compute.random_direction(model, seed=8)
    second = compute.random_direction(model, seed=9, orthogonal_to=first)
    np.testing.assert_array_equal(
        surface.loss, compute.plane(model, metric, (first, second), x=(-1, 1, 3), y=(-1, 1, 3)).loss
    )
    assert surface.meta["seed"] == 4
    assert surface.meta["direction_seeds"] == [8, 9]
    assert abs(surface.meta["cosine"]) < 1e-14
    other = compute.random_plane(model, metric, x=(-1, 1, 3), y=(-1, 1, 3), seed=5, orthogonal=True)
    assert not np.isclose(other.loss, surface.loss).all()


def test_meta_says_how_to_make_it_again(problem):
    model, metric = problem
    meta = compute.random_plane(model, metric, (-1, 1, 3), (-1, 1, 3), norm="layer", ignore=None).meta
    first, second = (compute.random_direction(model, seed=s, norm="layer", ignore=None) for s in (0, 1))
    assert meta["cosine"] == pytest.approx(first.cosine(second))
    assert meta["direction_norms"] == pytest.approx([first.norm(), second.norm()])
    expected = {
        "metric": "cross_entropy",
        "samples": 50,
        "directions": "random",
        "norm": "layer",
        "ignore": "none",
        "seed": 0,
        "orthogonal": False,
        "precision": "float64",
        "device": "cpu",
        "model": "Sequential",
        "parameters": 67,
        "torch": torch.__version__,
    }
    assert {key: meta[key] for key in expected} == expected
    assert meta["program"].startswith("glviz ")
    assert meta["when"].endswith("+00:00")
    assert "bn" not in meta
    json.dumps(dict(meta), allow_nan=False)


def test_parallel_directions_are_told_of(problem):
    model, loss = problem
    first, second = (compute.random_direction(model, seed=seed) for seed in (0, 1))
    axes = {"x": (-1, 1, 3), "y": (-1, 1, 3)}
    told = compute.plane(model, loss, (first, first), **axes).notices
    assert [notice for notice in told if "parallel (cosine 1)" in notice]
    assert compute.plane(model, loss, (first, second), **axes).notices == ()


def test_meta_tells_of_batchnorm(build_mlp, samples):
    metric = compute.Loss("cross_entropy", *samples(50, 4, 3))
    frozen = compute.random_plane(build_mlp(4, 8, 3, batchnorm=True), metric, (0, 1, 2), (0, 1, 2))
    assert frozen.meta["bn"] == "frozen"
    model = build_mlp(4, 8, 3)
    model.append(nn.BatchNorm1d(3, track_running_stats=False).double())
    assert compute.random_plane(model, metric, (0, 1, 2), (0, 1, 2)).meta["bn"] == "batch"


def test_progress_counts_every_point(problem):
    seen = []
    compute.random_plane(*problem, (-1, 1, 3), (-1, 1, 4), progress=lambda *counts: seen.append(counts))
    assert seen == [(done, 12) for done in range(1, 13)]


def test_public_names_come_when_asked_for():
    assert all(callable(getattr(compute, name)) for name in compute.__all__)
    assert set(compute.__all__) <= set(dir(compute))
    with pytest.raises(AttributeError, match="no attribute 'random_plain'"):
        compute.random_plain  # noqa: B018
    code = "import sys, compute, compute.surface; compute.Surface; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_torch_the_message_says_what_to_install():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import compute\n"
        "try: compute.random_plane\n"
        "except ImportError as error: print(error)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'glviz[compute]'" in result.stdout
