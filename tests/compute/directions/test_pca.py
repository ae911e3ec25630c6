"""Principal axes of a trajectory against a full singular value decomposition and known results."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
import torch
from torch import nn

import compute
from compute.directions.pca import principal_axes
from compute.model.parameters import parameter_slots


def states_around(model: nn.Module, count: int, seed: int = 0) -> list[dict[str, torch.Tensor]]:
    """State dicts of a noisy curved descent that ends near the model."""
    generator = torch.Generator().manual_seed(seed)
    far, side = (
        {n: torch.randn(p.shape, generator=generator, dtype=p.dtype) for n, p in model.named_parameters()}
        for _ in range(2)
    )
    states = []
    for k in range(count):
        t = 1 - k / (count - 1)
        state = copy.deepcopy(model.state_dict())
        for name in far:
            noise = 0.02 * torch.randn(far[name].shape, generator=generator, dtype=far[name].dtype)
            state[name] += t * far[name] + t * (1 - t) * side[name] + noise
        states.append(state)
    return states


def flat(tensors, names) -> np.ndarray:
    return np.concatenate([tensors[name].detach().double().numpy().ravel() for name in names])


@pytest.mark.parametrize("block", [7, 100, 10_000])
@pytest.mark.parametrize("ignore", ["none", "biasbn"])
def test_axes_are_those_of_the_singular_value_decomposition(build_mlp, block, ignore):
    model = build_mlp(5, 8, 3, batchnorm=True)
    states = states_around(model, 12)
    slots = parameter_slots(model)
    names = [slot.name for slot in slots]
    first, second, shares = principal_axes(states, slots, ignore=ignore, block_numbers=block)

    kept = np.concatenate([np.full(s.shape.numel(), ignore == "none" or len(s.shape) > 1) for s in slots])
    rows = np.array([flat(state, names) for state in states]) * kept
    centred = rows - rows.mean(0)
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    assert shares == pytest.approx((singular[:2] ** 2 / (singular**2).sum()).tolist(), rel=1e-10)
    for axis, direction in zip(axes, (first, second), strict=False):
        found = flat(direction.tensors, names)
        # The farthest checkpoint from theta* lies on the positive side.
        seen = (rows - flat(dict(model.named_parameters()), names) * kept) @ found
        assert seen[np.argmax(np.abs(seen))] > 0
        np.testing.assert_allclose(found, axis * np.sign(axis @ found), atol=1e-9)
    assert first.norm() == pytest.approx(1, rel=1e-10)
    assert abs(first.dot(second)) < 1e-10
    assert (first.kind, second.kind) == ("pca 1", "pca 2")


def test_random_walk_is_the_published_null_model():
    """60.8 % and 15.2 % of the variance, 6 / pi^2 and a quarter of it, whatever the walk."""
    steps = np.random.default_rng(0).normal(size=(500, 20_000)).astype(np.float32)
    walk = torch.from_numpy(np.cumsum(steps, axis=0))
    model = nn.Linear(20_000, 1, bias=False)
    states = [{"weight": row[None]} for row in walk]
    *_, shares = principal_axes(states, parameter_slots(model))
    assert shares == pytest.approx((6 / np.pi**2, 6 / np.pi**2 / 4), abs=0.005)


def test_softmax_regression_on_the_spirals(shared_data):
    """A real training run, recorded by others, with its losses and the variances of its path."""
    data = np.load(shared_data / "spirals" / "spirals.npz")
    weights = torch.from_numpy(data["path_weights"]).float()
    states = [{"weight": row[:6].view(3, 2), "bias": row[6:]} for row in weights]
    model = nn.Linear(2, 3)
    model.load_state_dict(states[-1])
    metric = compute.Loss("cross_entropy", data["train_points"], data["train_labels"])
    surface = compute.pca_plane(model, states, metric, points=21)
    assert surface.meta["explained_variance"] == pytest.approx([0.98527, 0.01463], abs=1e-5)
    (path,) = surface.paths
    np.testing.assert_allclose(path.loss, data["path_loss"], atol=2e-6)
    assert surface.meta["centre"]["accuracy"] == pytest.approx(data["path_accuracy"][-1], abs=1e-6)
    # The loss is convex with the known global minimum.
    assert surface.loss.min() > 0.73241861
    for axis in (0, 1):
        assert np.diff(surface.loss, 2, axis=axis).min() > 0
    assert (abs(path.x[-1]), abs(path.y[-1]), path.residual[-1]) == pytest.approx((0, 0, 0), abs=1e-6)
    json.dumps(dict(surface.meta), allow_nan=False)


@pytest.mark.parametrize("points", [3, 10, 51])
def test_grid_holds_the_path_and_the_model(build_mlp, samples, points):
    model = build_mlp(4, 6, 3)
    metric = compute.Loss("cross_entropy", *samples(20, 4, 3))
    surface = compute.pca_plane(model, states_around(model, 8), metric, points=points)
    (path,) = surface.paths
    assert surface.shape == (points, points)
    for axis, along in ((surface.x, path.x), (surface.y, path.y)):
        span = np.ptp(np.append(along, 0.0))
        assert 0.0 in axis
        if points > 10:
            assert axis[0] <= along.min() - 0.19 * span
            assert axis[-1] >= along.max() + 0.19 * span
        assert axis[0] < along.min()
        assert axis[-1] > along.max()
        np.testing.assert_allclose(np.diff(axis), axis[1] - axis[0], rtol=1e-9)
    centre = surface.loss[list(surface.y).index(0.0), list(surface.x).index(0.0)]
    assert centre == surface.meta["centre"]["loss"] == compute.point(model, metric)["loss"]


def test_a_nearly_straight_path_has_room_beside_it(build_mlp):
    model = build_mlp(3, 2)
    states = []
    for k in range(5):
        state = copy.deepcopy(model.state_dict())
        state["0.weight"] += k
        state["0.bias"][0] += 1e-3 * (-1) ** k
        states.append(state)
    surface = compute.pca_plane(model, states, lambda m: m[0].bias.sum(), points=11)
    assert np.ptp(surface.y) > 0.15 * np.ptp(surface.x)


def test_path_has_the_checkpoints_own_losses_and_statistics(build_mlp, samples):
    model = build_mlp(4, 6, 3, batchnorm=True)
    inputs, targets = samples(30, 4, 3)
    states = states_around(model, 5)
    for k, state in enumerate(states):
        state["1.running_mean"] += k
        state["1.running_var"] *= 1 + k
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    metric = compute.Loss("cross_entropy", inputs, targets)
    surface = compute.pca_plane(model, states, metric, points=5)
    for state, loss in zip(states, surface.paths[0].loss, strict=True):
        own = copy.deepcopy(model)
        own.load_state_dict(state)
        with torch.no_grad():
            expected = float(nn.functional.cross_entropy(own.eval()(inputs), targets))
        assert loss == pytest.approx(expected, rel=1e-12)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    # The surface's statistics are measured, or else the model's, whatever was evaluated before.
    centre = surface.loss[list(surface.y).index(0.0), list(surface.x).index(0.0)]
    assert centre == surface.meta["centre"]["loss"] != compute.point(model, metric)["loss"]
    assert surface.meta["bn"] == "recompute"
    for bn in ("frozen", "interpolate"):
        kept = compute.pca_plane(model, states, metric, points=5, bn=bn)
        centre = kept.loss[list(kept.y).index(0.0), list(kept.x).index(0.0)]
        assert centre == compute.point(model, metric)["loss"]
        assert kept.meta["bn"] == bn
    bare = [{n: t for n, t in state.items() if "running" not in n} for state in states]
    noted = compute.pca_plane(model, bare, metric, points=5)
    assert any("lack BatchNorm statistics" in notice for notice in noted.notices)


def test_axes_and_progress_as_asked(build_mlp, samples):
    model = build_mlp(4, 3)
    metric = compute.Loss("cross_entropy", *samples(20, 4, 3))
    seen = []
    surface = compute.pca_plane(
        model,
        states_around(model, 4),
        metric,
        x=(-1, 2, 4),
        y=(0, 1, 3),
        ignore="biasbn",
        progress=lambda *counts: seen.append(counts),
    )
    assert (surface.x.tolist(), surface.y.tolist()) == ([-1, 0, 1, 2], [0, 0.5, 1])
    assert seen == [(done, 16) for done in range(1, 17)]
    assert surface.meta["ignore"] == "biasbn"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda states: states[:2], "2 checkpoints span no plane"),
        (lambda states: [states[0]] * 5, "span no plane"),
        (lambda states: [], "there are none"),
        (lambda states: states[0], "a single OrderedDict was given"),
        (lambda states: [3], "one is a int"),
        (lambda states: [*states, {"0.weight": torch.zeros(3, 4)}], "checkpoint 4 lacks 1 of the model's 2"),
        (
            lambda states: [*states, {"0.weight": torch.zeros(3, 5), "0.bias": torch.zeros(3)}],
            r"\(3, 5\) for",
        ),
        (
            lambda states: [*states, {"0.weight": torch.full((3, 4), torch.nan), "0.bias": torch.zeros(3)}],
            "not finite",
        ),
    ],
)
def test_trajectories_that_span_no_plane_are_refused(build_mlp, samples, change, words):
    model = build_mlp(4, 3)
    metric = compute.Loss("cross_entropy", *samples(20, 4, 3))
    with pytest.raises(ValueError, match=words):
        compute.pca_plane(model, change(states_around(model, 4)), metric)
    with pytest.raises(ValueError, match="biasbn, none"):
        compute.pca_plane(model, states_around(model, 4), metric, ignore="bias")
