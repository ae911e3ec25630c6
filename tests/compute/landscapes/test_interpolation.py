"""Lines and planes: against naive loops and closed forms, and what trained networks must show."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
import torch
from torch import nn

import compute
from compute.surface import FAILED, OK
from compute.training import train
from compute.zoo import data


@pytest.fixture
def problem(build_mlp, samples):
    return build_mlp(4, 8, 3), compute.Loss("cross_entropy", *samples(50, 4, 3))


def test_random_line_is_the_axis_of_a_plane_and_the_naive_loops(problem, naive_plane):
    model, metric = problem
    curve = compute.random_line(model, metric, x=(-1, 1, 9), seed=6)
    direction = compute.random_direction(model, seed=6)
    none = compute.Direction({name: torch.zeros_like(t) for name, t in direction.tensors.items()})
    expected = naive_plane(model, (direction, none), curve.x, [0.0], metric.inputs, metric.targets)[0]
    np.testing.assert_allclose(curve.loss, expected, rtol=1e-13)
    plane = compute.random_plane(model, metric, (-1, 1, 9), (0, 0, 1), seed=3)
    np.testing.assert_array_equal(plane.loss[0], curve.loss)
    np.testing.assert_array_equal(plane.values("accuracy")[0], curve.metrics["accuracy"])
    assert curve.meta["direction_seeds"] == [6] and curve.meta["seed"] == 6
    assert curve.meta["directions"] == "random" and curve.meta["norm"] == "filter"
    assert "cosine" not in curve.meta


def test_line_between_linear_regressions_is_a_parabola(samples):
    """f(x) = (1 - x) f(0) + x f(1) - x (1 - x) d' X'X d / n, with d the difference of the two."""
    inputs, _ = samples(60, 5, 2)
    targets = (inputs @ torch.arange(5.0, dtype=torch.float64) + inputs[:, 0] ** 2)[:, None]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        a, b = nn.Linear(5, 1).double(), nn.Linear(5, 1).double()
    curve = compute.linear_interpolation(a, b, compute.Loss("mse", inputs, targets), x=(-3, 4, 29))
    with torch.no_grad():
        ends = [float((m(inputs) - targets).square().mean()) for m in (a, b)]
        step = float((b(inputs) - a(inputs)).square().mean())
    x = curve.x
    np.testing.assert_allclose(curve.loss, (1 - x) * ends[0] + x * ends[1] - x * (1 - x) * step, rtol=1e-12)
    assert [end["own"]["loss"] for end in curve.meta["ends"]] == pytest.approx(ends, rel=1e-12)


def test_ends_may_be_models_state_dicts_or_files(problem, build_mlp, tmp_path):
    from compute.model.checkpoints import save_checkpoint

    start, metric = problem
    end = build_mlp(4, 8, 3, seed=1)
    wanted = compute.linear_interpolation(start, end, metric, x=(-0.5, 1.5, 5))
    save_checkpoint(end, tmp_path / "end.pt")
    torch.save({f"module.{k}": v for k, v in start.state_dict().items()}, tmp_path / "start.pt")
    spellings = [
        (start, end.state_dict(), None),
        (start, tmp_path / "end.pt", None),
        (start.state_dict(), end, None),
        (str(tmp_path / "start.pt"), end, None),
        (tmp_path / "start.pt", tmp_path / "end.pt", build_mlp(4, 8, 3, seed=2)),
    ]
    for one, other, model in spellings:
        curve = compute.linear_interpolation(one, other, metric, x=(-0.5, 1.5, 5), model=model)
        np.testing.assert_array_equal(curve.loss, wanted.loss)
    assert [entry["name"] for entry in curve.meta["ends"]] == ["start.pt", "end.pt"]
    assert curve.meta["directions"] == "to end.pt"
    assert str(tmp_path) not in json.dumps(dict(curve.meta))
    with pytest.raises(ValueError, match="no network that they belong to"):
        compute.linear_interpolation(start.state_dict(), end.state_dict(), metric)


def test_ends_that_do_not_fit_are_refused(problem, build_mlp, tmp_path):
    model, metric = problem

    def refused(words, end, error=ValueError):
        with pytest.raises(error, match=words):
            compute.linear_interpolation(model, end, metric, x=(0, 1, 2))

    refused("of another shape", build_mlp(4, 9, 3))
    refused("lacks 2 of the model's 4", build_mlp(4, 3))
    refused("are the same", copy.deepcopy(model))
    refused("a int was given", 5)
    refused("no_such.pt", tmp_path / "no_such.pt", compute.errors.InputError)
    broken = copy.deepcopy(model)
    with torch.no_grad():
        broken[0].weight[0, 0] = torch.nan
    refused("not finite", broken)
    normed = build_mlp(4, 8, 3, batchnorm=True)
    wrong = {**normed.state_dict(), "1.running_mean": torch.zeros(3)}
    with pytest.raises(ValueError, match="running_mean have another shape"):
        compute.linear_interpolation(normed, wrong, metric, x=(0, 1, 2))


def test_plane_through_three_networks(problem, build_mlp, naive_plane):
    model, metric = problem
    one, two = build_mlp(4, 8, 3, seed=1), build_mlp(4, 8, 3, seed=2)
    surface = compute.planar_interpolation(model, one, two, metric, x=(-0.5, 1.5, 5), y=(0, 2, 3))
    directions = tuple(compute.direction_between(model, end) for end in (one, two))
    expected = naive_plane(model, directions, surface.x, surface.y, metric.inputs, metric.targets)
    np.testing.assert_allclose(surface.loss, expected, rtol=1e-12)
    own = [compute.point(m, metric)["loss"] for m in (model, one, two)]
    assert [surface.loss[0, 1], surface.loss[0, 3], surface.loss[1, 1]] == pytest.approx(own, rel=1e-12)
    first, second = surface.paths
    assert (first.x.tolist(), first.y.tolist()) == ([0, 1], [0, 0])
    assert (second.x.tolist(), second.y.tolist()) == ([0, 0], [0, 1])
    assert first.loss == pytest.approx(own[:2], rel=1e-12)
    assert second.loss == pytest.approx([own[0], own[2]], rel=1e-12)
    assert max(first.residual.max(), second.residual.max()) < 1e-12
    assert surface.meta["cosine"] == pytest.approx(directions[0].cosine(directions[1]))
    on_line = {n: 3 * t - 2 * model.state_dict()[n] for n, t in one.state_dict().items()}
    with pytest.raises(ValueError, match="parallel"):
        compute.planar_interpolation(model, one, on_line, metric)


def test_defaults_have_the_networks_on_the_grid():
    from compute.landscapes import axis_values

    for low, high, count in ((-0.5, 1.5, 401), (-0.5, 1.5, 41)):
        values = axis_values("x", (low, high, count))
        assert 0.0 in values and 1.0 in values


def test_curves_come_back_from_files(problem, tmp_path):
    model, metric = problem
    home = model[0].weight.detach().clone()

    def fragile(m):
        distance = float((m[0].weight - home).norm())
        if distance > 2:
            raise RuntimeError("too far")
        return {"loss": distance if distance < 1 else np.inf, "twice": 2 * distance}

    curve = compute.random_line(model, {"a": fragile, "b": metric}, x=(-1, 1, 21))
    assert (curve.status == FAILED).any() and (curve.status == OK).any() and np.isinf(curve.loss).any()
    assert set(curve.meta["failures"][0]) == {"x", "error"}
    curve.save(tmp_path / "c.ply")
    again = compute.load(tmp_path / "c.ply")
    assert isinstance(again, compute.Curve)
    for name in ("x", "loss", "status"):
        np.testing.assert_array_equal(getattr(again, name), getattr(curve, name))
    assert again.metrics.keys() == {"twice", "b_loss", "b_loss_stderr", "b_accuracy"} == curve.metrics.keys()
    for name, values in curve.metrics.items():
        np.testing.assert_array_equal(again.metrics[name], values)
    assert dict(again.meta) == dict(curve.meta)


@pytest.fixture(scope="module")
def digits():
    """Two networks with BatchNorm, trained on the digits from different seeds, and their loss."""
    samples = data.load("digits", limit=1000)
    models = []
    for seed in (0, 1):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            blocks = [layer for n in (64, 32) for layer in (nn.LazyLinear(n), nn.BatchNorm1d(n), nn.ReLU())]
            model = nn.Sequential(*blocks, nn.LazyLinear(10))
            model(samples.inputs[:2])
        train(model, samples.inputs, samples.targets, epochs=8, lr=0.05, seed=seed)
        models.append(model)
    return *models, compute.Loss("cross_entropy", samples.inputs, samples.targets)


def value_at(curve, x):
    return float(curve.loss[np.argmin(np.abs(curve.x - x))])


def test_ends_of_a_line_are_the_networks_own_losses(digits):
    a, b, metric = digits
    own = [compute.point(m, metric)["loss"] for m in (a, b)]
    assert max(own) < 0.1
    curve = compute.linear_interpolation(a, b, metric, x=(-0.5, 1.5, 21), bn="interpolate")
    assert [value_at(curve, 0), value_at(curve, 1)] == pytest.approx(own, rel=1e-5)
    assert value_at(curve, 0.5) > 10 * max(own)  # a barrier

    # Measured anew, the ends are the losses of the networks in training mode on the whole set.
    curve = compute.linear_interpolation(a, b, metric, x=(-0.5, 1.5, 21))
    assert curve.meta["bn"] == "recompute"
    remeasured = []
    for model in (a, b):
        with torch.no_grad():
            outputs = copy.deepcopy(model).double().train()(metric.inputs.double())
        remeasured.append(float(nn.functional.cross_entropy(outputs, metric.targets)))
    assert [value_at(curve, 0), value_at(curve, 1)] == pytest.approx(remeasured, rel=1e-4)
    assert max(remeasured) < 0.1
    assert [end["here"]["loss"] for end in curve.meta["ends"]] == pytest.approx(remeasured, rel=1e-4)
    assert [end["own"]["loss"] for end in curve.meta["ends"]] == pytest.approx(own, rel=1e-6)


def test_frozen_statistics_are_wrong_at_the_other_end_and_said_to_be(digits):
    a, b, metric = digits
    own = [compute.point(m, metric)["loss"] for m in (a, b)]
    curve = compute.linear_interpolation(a, b, metric, x=(-0.5, 1.5, 21), bn="frozen")
    assert value_at(curve, 0) == pytest.approx(own[0], rel=1e-6)
    assert value_at(curve, 1) > 1 > 10 * own[1]
    told = " ".join(curve.notices)
    assert f"the end has the loss {value_at(curve, 1):.4g} here and {own[1]:.4g} by itself" in told
    assert "bn='recompute'" in told
    assert curve.meta["notes"] == list(curve.notices)


def test_the_choice_of_statistics_changes_a_random_plane(digits):
    a, _, metric = digits
    grid = {"x": (-1, 1, 9), "y": (-1, 1, 9)}
    frozen = compute.random_plane(a, metric, **grid)
    anew = compute.random_plane(a, metric, bn="recompute", **grid)
    assert (frozen.meta["bn"], anew.meta["bn"]) == ("frozen", "recompute")
    assert frozen.loss.max() > 1.5 * anew.loss.max()
    assert anew.meta["own"] == frozen.meta["centre"] == compute.point(a, metric)
    assert anew.meta["centre"] == compute.point(a, metric, bn="recompute") != anew.meta["own"]


def test_a_model_whose_statistics_are_stale_is_told_of(digits):
    a, _, metric = digits
    stale = copy.deepcopy(a)
    stale[1].running_mean += 1
    assert not compute.random_line(stale, metric, x=(0, 1, 2)).notices
    (notice,) = compute.random_line(stale, metric, x=(0, 1, 2), bn="recompute").notices
    anew, own = (compute.point(stale, metric, bn=bn)["loss"] for bn in ("recompute", "frozen"))
    assert f"the model has the loss {anew:.4g}, with its own {own:.4g}" in notice
