"""Several values of each point from one run, and losses with a penalty."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

import compute

GRID = {"x": (-1, 1, 5), "y": (-1, 1, 3)}


@pytest.fixture
def problem(build_mlp, samples):
    """A network, and its losses on two sets."""
    losses = [compute.Loss("cross_entropy", *samples(n, 4, 3, seed=n)) for n in (50, 20)]
    return build_mlp(4, 8, 3), *losses


def test_train_and_test_are_those_of_two_runs(problem, tmp_path):
    model, train, test = problem
    both = compute.random_plane(model, {"train": train, "test": test}, **GRID)
    alone = [compute.random_plane(model, metric, **GRID) for metric in (train, test)]
    assert both.fields == (
        "loss",
        "loss_stderr",
        "accuracy",
        "test_loss",
        "test_loss_stderr",
        "test_accuracy",
    )
    for name in ("loss", "loss_stderr", "accuracy"):
        np.testing.assert_array_equal(both.values(name), alone[0].values(name))
        np.testing.assert_array_equal(both.values(f"test_{name}"), alone[1].values(name))
    assert (both.meta["metric"], both.meta["samples"]) == ("cross_entropy", 50)
    assert {name: entry["samples"] for name, entry in both.meta["metrics"].items()} == {
        "train": 50,
        "test": 20,
    }
    both.save(tmp_path / "s.ply")
    np.testing.assert_array_equal(
        compute.load(tmp_path / "s.ply").values("test_loss"), both.values("test_loss")
    )


def test_functions_beside_a_loss(problem):
    model, train, _ = problem

    def norm(m):
        return m[0].weight.norm()

    def moments(m):
        return {"loss": m[0].weight.mean(), "spread": m[0].weight.std()}

    named = compute.point(model, {"train": train, "size": norm, "first": moments})
    assert list(named) == ["loss", "loss_stderr", "accuracy", "size", "first_loss", "first_spread"]
    assert named["size"] == pytest.approx(float(model[0].weight.detach().norm()))
    unnamed = compute.point(model, [train, norm])
    assert unnamed["norm"] == named["size"] and unnamed["loss"] == named["loss"]
    height = compute.point(model, (norm, moments))
    assert height["loss"] == named["size"] and height["moments_spread"] == named["first_spread"]


def test_a_function_that_leaves_training_mode_does_not_change_the_next_metric(build_mlp, samples):
    model = build_mlp(4, 8, 3, batchnorm=True)
    metric = compute.Loss("cross_entropy", *samples(50, 4, 3))

    def careless(m):
        m.train()
        return 0.0

    found = compute.point(model, {"careless": careless, "train": metric})
    assert found["train_loss"] == compute.point(model, metric)["loss"]


@pytest.mark.parametrize("bad", [{}, [], {"a": 3}, ["cross_entropy"]])
def test_what_are_no_metrics(problem, bad):
    with pytest.raises(ValueError, match="choosing the metric"):
        compute.point(problem[0], bad)


def test_names_that_clash_or_fit_no_file_are_refused_before_the_run(problem):
    model, train, test = problem
    with pytest.raises(ValueError, match=r'no name of its own\nGive them by name(.|\n)*"train"'):
        compute.random_plane(model, [train, test], **GRID)
    with pytest.raises(ValueError, match="two metrics give a value called accuracy"):
        compute.random_plane(model, {"train": train, "accuracy": lambda m: 1.0}, **GRID)
    for name in ("test set", "x", "Genauigkeit für Tests"):
        with pytest.raises(ValueError, match=r"called '.*'\nChoose a name"):
            compute.random_plane(model, {"train": train, name: lambda m: 1.0}, **GRID)


def test_every_value_must_be_the_same_twice(problem):
    model, train, _ = problem
    draws = torch.Generator().manual_seed(0)

    def noise(m):
        return torch.rand((), generator=draws)

    with pytest.raises(compute.EvaluationError, match=r"as noise\nMake it deterministic"):
        compute.random_plane(model, [train, noise], **GRID)


@pytest.mark.parametrize("ignore", [None, "biasbn"])
def test_weight_decay_is_the_penalty_whose_gradient_sgd_adds(problem, ignore):
    model, train, _ = problem
    decay = 0.3
    surface = compute.random_plane(model, compute.Regularised(train, decay, ignore=ignore), **GRID)
    plain = compute.random_plane(model, train, **GRID)
    np.testing.assert_array_equal(surface.values("data_loss"), plain.loss)
    np.testing.assert_array_equal(surface.values("loss_stderr"), plain.values("loss_stderr"))
    directions = [compute.random_direction(model, seed=s) for s in (0, 1)]
    for row, beta in enumerate(surface.y):
        for column, alpha in enumerate(surface.x):
            squares = 0.0
            for name, parameter in model.named_parameters():
                if ignore is None or parameter.ndim > 1:
                    steps = [c * d.tensors[name] for c, d in zip((alpha, beta), directions, strict=True)]
                    squares += float((parameter.detach() + sum(steps)).square().sum())
            expected = plain.loss[row, column] + decay / 2 * squares
            assert surface.loss[row, column] == pytest.approx(expected, rel=1e-13)
    assert surface.meta["weight_decay"] == decay

    # A step of SGD with weight decay is a step down the regularised loss.
    stepped, sum_ = copy.deepcopy(model), copy.deepcopy(model)
    if ignore is None:
        optimiser = torch.optim.SGD(stepped.parameters(), lr=0.1, weight_decay=decay)
        nn.functional.cross_entropy(stepped(train.inputs), train.targets).backward()
        optimiser.step()
        loss = nn.functional.cross_entropy(sum_(train.inputs), train.targets)
        (loss + decay / 2 * sum(p.square().sum() for p in sum_.parameters())).backward()
        for a, b in zip(stepped.parameters(), sum_.parameters(), strict=True):
            assert torch.allclose(a, b - 0.1 * b.grad, rtol=1e-12, atol=1e-14)


def test_shared_tensors_count_once_in_the_penalty():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False)
            self.b.weight = self.a.weight

        def forward(self, x):
            return self.b(self.a(x))

    model = Tied().double()
    found = compute.point(model, compute.Regularised(lambda m: 0.0, 2.0))
    assert found["loss"] == pytest.approx(float(model.a.weight.detach().square().sum()), rel=1e-14)


@pytest.mark.parametrize(("decay", "options"), [(-1, {}), (np.nan, {}), (0.1, {"ignore": "bias"})])
def test_penalties_that_are_none(decay, options):
    with pytest.raises(ValueError, match="adding weight decay"):
        compute.Regularised(lambda m: 0.0, decay, **options)
