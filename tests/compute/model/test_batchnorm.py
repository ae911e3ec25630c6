"""Normalisation statistics between networks: each way of choosing them, against a naive loop."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

import compute
from compute.model import batchnorm
from compute.model.recomputed import Recomputed

GRID = {"x": (-1, 1, 3), "y": (-0.5, 1, 4)}


class Residual(nn.Module):
    """Convolutions with a shortcut, dropout, and one normalisation layer that is used twice."""

    def __init__(self):
        super().__init__()
        self.stem, self.bn1 = nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.body, self.bn2 = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4, momentum=None)
        self.side, self.bn3 = nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4, affine=False)
        self.drop, self.out = nn.Dropout(0.5), nn.Linear(4, 3)

    def forward(self, x):
        x = torch.relu(self.bn1(self.stem(x)))
        x = torch.relu(self.bn2(self.body(x)) + self.bn3(self.side(x)))
        x = torch.relu(self.bn2(self.body(x)))
        return self.out(self.drop(x.mean((2, 3))))


def residual(seed):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = Residual().double()
        for name, buffer in model.named_buffers():
            if "running" in name:
                buffer.uniform_(0.5, 2)
    return model.eval()


@pytest.fixture
def images():
    generator = torch.Generator().manual_seed(3)
    return torch.randn(37, 2, 5, 5, generator=generator, dtype=torch.float64) + 1, torch.arange(37) % 3


def remeasured(model, inputs):
    """The model with the statistics that torch itself measures in training mode on one whole batch."""
    model = copy.deepcopy(model).eval()
    norms = [m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    counts = {}
    for norm in norms:
        norm.reset_running_stats()
        norm.train()
        norm.momentum = None  # the average over calls
        norm.register_forward_pre_hook(lambda m, x: counts.update({m: x[0].numel() // x[0].shape[1]}))
    with torch.no_grad():
        model(inputs)
    for norm in norms:
        norm.running_var *= (counts[norm] - 1) / counts[norm]  # torch stores the sample variance
    return model.eval()


def naive(model, directions, xs, ys, inputs, targets, statistics):
    losses = np.empty((len(ys), len(xs)))
    for row, beta in enumerate(ys):
        for column, alpha in enumerate(xs):
            moved = copy.deepcopy(model)
            with torch.no_grad():
                for name, parameter in moved.named_parameters():
                    for c, d in zip((alpha, beta), directions, strict=True):
                        parameter += float(c) * d.tensors[name]
                moved = statistics(moved, float(alpha), float(beta))
                losses[row, column] = nn.functional.cross_entropy(moved.eval()(inputs), targets)
    return losses


@pytest.mark.parametrize("whole_bytes", [2**31, 0], ids=["in one pass", "layer by layer"])
@pytest.mark.parametrize("batch_size", [5, 36, None])
def test_recomputed_statistics_are_those_of_one_whole_batch(images, monkeypatch, batch_size, whole_bytes):
    monkeypatch.setattr(Recomputed.__init__, "__kwdefaults__", {"whole_bytes": whole_bytes})
    model, metric = residual(0), compute.Loss("cross_entropy", *images, batch_size=batch_size)
    directions = tuple(compute.random_direction(model, seed=s, ignore=None) for s in (0, 1))
    surface = compute.plane(model, metric, directions, bn="recompute", **GRID)
    expected = naive(
        model, directions, surface.x, surface.y, *images, lambda moved, *_: remeasured(moved, images[0])
    )
    np.testing.assert_allclose(surface.loss, expected, rtol=1e-11)
    assert surface.meta["bn"] == "recompute"
    assert any("a pass for each layer" in notice for notice in surface.notices) == (whole_bytes == 0)


def test_fp32_statistics_are_as_good(images):
    model = residual(0)
    inputs, targets = images[0] * 0.1 + 30, images[1]  # a mean of 300 standard deviations
    expected = compute.point(model, compute.Loss("cross_entropy", inputs, targets), bn="recompute")["loss"]
    single = compute.point(model.float(), compute.Loss("cross_entropy", inputs, targets), bn="recompute")
    assert single["loss"] == pytest.approx(expected, rel=1e-3)


def test_interpolated_statistics_move_with_the_checkpoints(images):
    models = [residual(s) for s in range(3)]
    metric = compute.Loss("cross_entropy", *images)
    surface = compute.planar_interpolation(
        *models, metric, x=(-4, 1.5, 12), y=(-0.5, 1.5, 5), bn="interpolate"
    )
    directions = [compute.direction_between(models[0], end) for end in models[1:]]

    def moved_statistics(moved, alpha, beta):
        states = [m.state_dict() for m in models]
        for name, buffer in moved.named_buffers():
            if "running" in name:
                a, b, c = (state[name] for state in states)
                value = a + alpha * (b - a) + beta * (c - a)
                buffer.copy_(value.clamp(min=0) if name.endswith("var") else value)
        return moved

    expected = naive(models[0], directions, surface.x, surface.y, *images, moved_statistics)
    np.testing.assert_allclose(surface.loss, expected, rtol=1e-9)
    own = [compute.point(m, metric)["loss"] for m in models]
    at = {(x, y): surface.loss[j, i] for j, y in enumerate(surface.y) for i, x in enumerate(surface.x)}
    assert [at[0, 0], at[1, 0], at[0, 1]] == pytest.approx(own, rel=1e-12)
    assert any("extrapolated BatchNorm variances were negative" in notice for notice in surface.notices)


def test_test_losses_use_statistics_of_the_training_set(images):
    """A test loss whose statistics came from the test set would be another number."""
    model, (inputs, targets) = residual(0), images
    train = compute.Loss("cross_entropy", inputs[:25], targets[:25])
    test = compute.Loss("cross_entropy", inputs[25:], targets[25:])
    found = compute.point(model, {"train": train, "test": test}, bn="recompute")
    measured = remeasured(model, inputs[:25])
    assert found["loss"] == pytest.approx(compute.point(measured, train)["loss"], rel=1e-12)
    assert found["test_loss"] == pytest.approx(compute.point(measured, test)["loss"], rel=1e-12)
    assert found["test_loss"] != pytest.approx(compute.point(model, test, bn="recompute")["loss"], rel=1e-3)


@pytest.mark.parametrize("bn", batchnorm.MODES)
@pytest.mark.parametrize("stop", [False, True])
def test_the_model_is_as_before(images, bn, stop):
    model, end = residual(0).train(), residual(1)
    model.bn2.eval()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    flags = [m.training for m in model.modules()]

    def progress(done, total):
        if stop and done == 2:
            raise KeyboardInterrupt

    metric = compute.Loss("cross_entropy", *images)
    try:
        compute.linear_interpolation(model, end, metric, x=(0, 1, 3), bn=bn, progress=progress)
    except KeyboardInterrupt:
        assert stop
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert flags == [m.training for m in model.modules()]
    assert not any(m._forward_pre_hooks for m in model.modules())


def test_the_default_depends_on_how_many_models_span_the_plane(images):
    model, end = residual(0), residual(1)
    metric = compute.Loss("cross_entropy", *images)

    def function(m):
        return m(images[0]).square().mean()

    def mode(landscape):
        return landscape.meta["bn"], len(landscape.notices)

    short = {"x": (0, 1, 2)}
    assert mode(compute.random_line(model, metric, **short)) == ("frozen", 0)
    assert mode(compute.random_plane(model, metric, **short, y=(0, 1, 2))) == ("frozen", 0)
    assert mode(compute.linear_interpolation(model, end, metric, **short))[0] == "recompute"
    towards = compute.direction_between(model, end)
    assert mode(compute.line(model, metric, towards, **short)) == ("recompute", 0)
    assert mode(compute.line(model, function, towards, **short)) == ("interpolate", 1)
    bare = {name: t for name, t in end.state_dict().items() if "running" not in name}
    lost = compute.line(model, function, compute.direction_between(model, bare), **short)
    assert mode(lost) == ("frozen", 1)
    assert "away from it they are wrong" in lost.notices[0]
    both = {"a": metric, "b": function}
    assert mode(compute.line(model, both, towards, **short)) == ("recompute", 0)


@pytest.mark.parametrize("bn", ["frozen", "recompute"])
def test_an_end_without_statistics_is_measured_with_those_of_the_model(images, bn):
    model, end = residual(0), residual(1)
    metric = compute.Loss("cross_entropy", *images)
    bare = {name: t for name, t in end.state_dict().items() if "running" not in name}
    curve = compute.linear_interpolation(model, bare, metric, x=(0, 1, 2), bn=bn)
    mixed = copy.deepcopy(model)
    mixed.load_state_dict(bare, strict=False)
    own = compute.point(mixed, metric)["loss"]
    assert curve.meta["ends"][1]["own"]["loss"] == pytest.approx(own, rel=1e-12)
    assert any("the end came without BatchNorm statistics" in notice for notice in curve.notices)
    with pytest.raises(ValueError, match="lack BatchNorm statistics"):
        compute.linear_interpolation(model, bare, metric, x=(0, 1, 2), bn="interpolate")


def test_what_cannot_be_is_refused(images):
    model, metric = residual(0), compute.Loss("cross_entropy", *images)

    def refused(words, metric=metric, model=model, **options):
        with pytest.raises(ValueError, match=words):
            compute.random_line(model, metric, x=(0, 1, 2), **options)

    refused(r"bn is 'recomputed'\nDid you mean 'recompute'", bn="recomputed")
    refused("one model only", bn="interpolate")
    refused("no samples", metric=lambda m: 0.0, bn="recompute")
    instance = nn.Sequential(nn.Conv2d(2, 3, 3), nn.InstanceNorm2d(3, track_running_stats=True), nn.Flatten())
    refused("InstanceNorm2d layers keep", model=instance.append(nn.Linear(27, 3)).double(), bn="recompute")
    plain = nn.Sequential(nn.Flatten(), nn.Linear(50, 3)).double()
    assert "bn" not in compute.random_line(plain, metric, x=(0, 1, 2), bn="recompute").meta
