"""Points of a plane: every one from theta*, what goes wrong is kept, the model comes back."""

from __future__ import annotations

import copy
import json
import math

import numpy as np
import pytest
import torch
from torch import nn

import compute
from compute.surface import FAILED, NOT_FINITE, OK

SMALL = {"x": (-1, 1, 5), "y": (-1, 1, 3)}


@pytest.fixture
def problem(build_mlp, samples):
    """A float64 network with BatchNorm in training mode, and its loss."""
    model = build_mlp(4, 8, 3, batchnorm=True)
    return model, compute.Loss("cross_entropy", *samples(50, 4, 3))


def snapshot(model):
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    return state, [p.data_ptr() for p in model.parameters()], [m.training for m in model.modules()]


def same(before, model):
    state, memory, flags = snapshot(model)
    return (
        all(torch.equal(before[0][name], state[name]) for name in state)
        and before[1] == memory
        and before[2] == flags
    )


def test_surface_is_the_naive_loops(problem, naive_plane, samples):
    model, metric = problem
    directions = tuple(compute.random_direction(model, seed=s, ignore=None) for s in (0, 1))
    surface = compute.plane(model, metric, directions, x=(-1, 1, 7), y=(-0.5, 1.5, 4))
    expected = naive_plane(model, directions, surface.x, surface.y, metric.inputs, metric.targets)
    np.testing.assert_allclose(surface.loss, expected, rtol=1e-13)
    assert (surface.status == OK).all()


def test_convolutions_in_fp32_are_the_naive_loops(naive_plane):
    """Also those whose forward pass views its activations, which channels-last does not allow."""

    class Net(nn.Module):
        def __init__(self, viewing):
            super().__init__()
            self.viewing = viewing
            self.conv = nn.Conv2d(3, 8, 3)
            self.bn = nn.BatchNorm2d(8)
            self.down = nn.Conv2d(8, 8, 2, stride=2)
            self.up = nn.ConvTranspose2d(8, 4, 2, groups=2)
            self.out = nn.Linear(4 * 16, 5)

        def forward(self, x):
            y = self.up(torch.relu(self.down(torch.relu(self.bn(self.conv(x))))))
            return self.out(y.view(len(y), -1) if self.viewing else y.flatten(1))

    torch.manual_seed(0)
    inputs, targets = torch.randn(150, 3, 8, 8), torch.randint(0, 5, (150,))
    for viewing in (False, True):
        model = Net(viewing)
        directions = tuple(compute.random_direction(model, seed=s) for s in (0, 1))
        surface = compute.plane(model, compute.Loss("cross_entropy", inputs, targets), directions, **SMALL)
        expected = naive_plane(model, directions, surface.x, surface.y, inputs, targets)
        np.testing.assert_allclose(surface.loss, expected, rtol=3e-6)


@pytest.mark.parametrize("batch_size", [1, 7, 49, 50, 64])
def test_batch_size_does_not_change_values(problem, batch_size):
    model, metric = problem
    split = compute.Loss("cross_entropy", metric.inputs, metric.targets, batch_size=batch_size)
    whole, parts = (compute.random_plane(model, m, **SMALL) for m in (metric, split))
    for name in whole.fields:
        np.testing.assert_allclose(parts.values(name), whole.values(name), rtol=1e-12)


def test_centre_is_the_models_own_loss(problem):
    model, metric = problem
    surface = compute.random_plane(model, metric, **SMALL)
    own = compute.point(model, metric)
    with torch.no_grad():
        outputs = copy.deepcopy(model).eval()(metric.inputs)
    expected = float(nn.functional.cross_entropy(outputs, metric.targets))
    assert surface.loss[1, 2] == own["loss"] == pytest.approx(expected, rel=1e-14)
    assert surface.values("accuracy")[1, 2] == own["accuracy"]
    assert surface.meta["centre"] == own


def test_model_is_untouched_bit_for_bit(problem):
    model, metric = problem
    model[1].eval()  # one module in another mode than the rest
    before = snapshot(model)
    compute.random_plane(model, metric, ignore=None, **SMALL)
    compute.point(model, metric)
    assert same(before, model)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_model_is_untouched_when_a_run_is_stopped(problem, error):
    model, metric = problem
    before = snapshot(model)

    def stop(done, total):
        if done == 4:
            raise error("stopped")

    with pytest.raises(error, match="stopped"):
        compute.random_plane(model, metric, progress=stop, **SMALL)
    assert same(before, model)


def test_model_is_untouched_by_a_metric_that_trains_it(problem):
    model, metric = problem
    before = snapshot(model)

    def careless(m):
        m.train()
        return m(metric.inputs).square().mean()

    compute.random_plane(model, careless, **SMALL)
    assert same(before, model)


def test_every_point_is_in_evaluation_mode(problem):
    """Also when the metric leaves the model in training mode, in which BatchNorm computes otherwise."""
    model, metric = problem

    def leaves_training(m):
        loss = nn.functional.cross_entropy(m(metric.inputs), metric.targets)
        m.train()
        return loss

    surface = compute.random_plane(model, leaves_training, **SMALL)
    np.testing.assert_allclose(surface.loss, compute.random_plane(model, metric, **SMALL).loss, rtol=1e-12)


def test_not_finite_is_a_result(problem):
    model, _ = problem

    def holes(m):
        weight = float(m[0].weight.detach()[0, 0])
        return {"loss": math.nan if weight < low else math.inf if weight > high else weight, "w": weight}

    directions = tuple(compute.random_direction(model, seed=s) for s in (0, 1))
    start, step = float(model[0].weight.detach()[0, 0]), float(directions[0].tensors["0.weight"][0, 0])
    low, high = start - 0.75 * abs(step), start + 0.75 * abs(step)
    surface = compute.plane(model, holes, directions, x=(-1, 1, 5), y=(0, 0, 1))
    row = surface.loss[0] if step > 0 else surface.loss[0, ::-1]
    assert math.isnan(row[0])
    assert np.isfinite(row[1:4]).all()
    assert row[4] == math.inf
    assert sorted(surface.status[0]) == [OK, OK, OK, NOT_FINITE, NOT_FINITE]
    assert np.isfinite(surface.values("w")).all()


def test_a_network_that_overflows():
    model = nn.Linear(2, 2, bias=False)
    metric = compute.Loss("mse", torch.ones(3, 2), torch.zeros(3, 2))
    surface = compute.random_plane(model, metric, x=(0, 1e30, 3), y=(0, 1, 2))
    assert math.isfinite(surface.loss[0, 0])
    assert surface.loss[0, 2] == math.inf
    assert surface.status.tolist() == [[OK, NOT_FINITE, NOT_FINITE]] * 2


def test_a_model_whose_own_loss_is_nan_is_drawn_as_such():
    model = nn.Linear(2, 1)
    surface = compute.random_plane(model, lambda m: math.nan, **SMALL)
    assert (surface.status == NOT_FINITE).all()
    assert surface.meta["centre"] == {"loss": None}


def test_points_that_fail_are_marked_and_told(problem):
    model, metric = problem
    start = model[0].weight.detach().clone()

    def fragile(m):
        if (m[0].weight - start).abs().max() > 1e-9 and m[0].weight[0, 0] > start[0, 0]:
            raise RuntimeError("too\nfar")
        return 1.0

    surface = compute.random_plane(model, fragile, x=(-1, 1, 9), y=(-1, 1, 9))
    failed = surface.status == FAILED
    assert 0 < failed.sum() < 81
    assert surface.meta["failed"] == failed.sum()
    assert len(surface.meta["failures"]) == min(20, failed.sum())
    assert surface.meta["failures"][0]["error"] == "RuntimeError: too far"
    assert np.isnan(surface.loss[failed]).all()
    assert any(f"failed at {failed.sum()} of 81 points" in notice for notice in surface.notices)
    json.dumps(dict(surface.meta), allow_nan=False)


def test_a_metric_that_always_fails_stops_the_run(problem):
    model, _ = problem
    before = snapshot(model)
    misfit = compute.Loss("cross_entropy", torch.zeros(5, 3), torch.zeros(5, dtype=torch.int64))
    for metric in (misfit, lambda m: 1 / 0):
        for run in (compute.point, compute.random_plane):
            with pytest.raises(compute.EvaluationError, match=r"evaluating the model(.|\n)*Check that"):
                run(model, metric)
    assert same(before, model)


def test_a_run_that_is_not_deterministic_is_stopped(samples):
    class Noisy(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Linear(4, 3)

        def forward(self, x):
            return nn.functional.dropout(self.body(x))  # active in evaluation mode: a common mistake

    inputs, targets = samples(50, 4, 3, dtype=torch.float32)
    with pytest.raises(compute.EvaluationError, match="dropout"):
        compute.random_plane(Noisy(), compute.Loss("cross_entropy", inputs, targets), **SMALL)
    quiet = nn.Sequential(nn.Linear(4, 3), nn.Dropout(0.5))  # inactive, as it should be
    compute.random_plane(quiet, compute.Loss("cross_entropy", inputs, targets), **SMALL)


def test_tied_weights_move_together(naive_plane):
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(6, 4)
            self.out = nn.Linear(4, 6, bias=False)
            self.out.weight = self.embed.weight

        def forward(self, tokens):
            return self.out(self.embed(tokens))

    model = Tied().double()
    tokens = torch.arange(30) % 6
    targets = (tokens * 5 + 1) % 6
    directions = tuple(compute.random_direction(model, seed=s) for s in (0, 1))
    surface = compute.plane(model, compute.Loss("cross_entropy", tokens, targets), directions, **SMALL)
    expected = naive_plane(model, directions, surface.x, surface.y, tokens, targets)
    np.testing.assert_allclose(surface.loss, expected, rtol=1e-13)
    assert model.out.weight is model.embed.weight


def test_frozen_parameters_and_integer_parameters(problem):
    model, metric = problem
    model.requires_grad_(False)
    moved = compute.random_plane(model, metric, **SMALL)
    model.register_parameter("count", nn.Parameter(torch.arange(3), requires_grad=False))
    np.testing.assert_array_equal(compute.random_plane(model, metric, **SMALL).loss, moved.loss)


@pytest.mark.parametrize("kind", ["lstm", "transformer"])
def test_recurrent_and_attention_layers_follow(naive_plane, kind):
    """Their kernels may keep weights packed, or take another road in evaluation mode."""

    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(7, 8)
            self.body = (
                nn.LSTM(8, 8, batch_first=True)
                if kind == "lstm"
                else nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
            )
            self.out = nn.Linear(8, 3)

        def forward(self, tokens):
            y = self.body(self.embed(tokens))
            return self.out((y[0] if kind == "lstm" else y)[:, -1])

    torch.manual_seed(0)
    model, tokens, targets = Reader(), torch.randint(0, 7, (70, 5)), torch.randint(0, 3, (70,))
    directions = tuple(compute.random_direction(model, seed=s, ignore=None) for s in (0, 1))
    surface = compute.plane(model, compute.Loss("cross_entropy", tokens, targets), directions, **SMALL)
    expected = naive_plane(model, directions, surface.x, surface.y, tokens, targets)
    np.testing.assert_allclose(surface.loss, expected, rtol=2e-6)


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
def test_scripted_models(problem):
    model, metric = problem
    scripted = torch.jit.script(model)
    plain = compute.random_plane(model, metric, **SMALL)
    np.testing.assert_allclose(compute.random_plane(scripted, metric, **SMALL).loss, plain.loss, rtol=1e-12)
    assert compute.point(scripted, metric)["loss"] == pytest.approx(compute.point(model, metric)["loss"])
