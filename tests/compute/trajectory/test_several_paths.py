"""Paths of several trainings on one plane, and paths added to a surface that is there already."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import compute
from compute.errors import ArgumentError
from compute.training import train


@pytest.fixture(scope="module")
def runs(tmp_path_factory, build_mlp, samples):
    """One start, two optimisers: folders of checkpoints, the end of the first, and the metric."""
    folder = tmp_path_factory.mktemp("runs")
    inputs, targets = samples(60, 5, 3)
    trajectories, ends = {}, {}
    for name, lr in (("sgd", 0.05), ("adam", 0.02)):
        model = build_mlp(5, 8, 3, batchnorm=True)
        trajectories[name] = compute.Trajectory(folder / name)
        train(
            model,
            inputs,
            targets,
            epochs=6 if name == "sgd" else 4,
            lr=lr,
            batch_size=20,
            optimizer=name,
            record_every=2,
            recorder=trajectories[name],
        )
        ends[name] = model
    return trajectories, ends, compute.Loss("cross_entropy", inputs, targets)


def flat(tensors, names) -> np.ndarray:
    return np.concatenate([tensors[name].detach().numpy().ravel() for name in names])


def test_the_axes_are_those_of_all_checkpoints_together(runs):
    trajectories, ends, metric = runs
    model = ends["sgd"]
    surface = compute.pca_plane(model, trajectories, metric, points=7)
    assert [(path.name, len(path)) for path in surface.paths] == [("sgd", 10), ("adam", 7)]
    assert surface.meta["checkpoints"] == 17
    assert surface.meta["trainings"] == {"sgd": 10, "adam": 7}

    names = [name for name, _ in model.named_parameters()]
    rows = np.array([flat(state, names) for run in trajectories.values() for state in run])
    _, singular, axes = np.linalg.svd(rows - rows.mean(0), full_matrices=False)
    shares = singular**2 / (singular**2).sum()
    assert surface.meta["explained_variance"] == pytest.approx(shares[:2].tolist(), rel=1e-9)
    assert surface.meta["random_walk"] == pytest.approx([0.608, 0.152], abs=5e-4)

    offsets = rows - flat(dict(model.named_parameters()), names)
    x, y = (np.concatenate([getattr(path, axis) for path in surface.paths]) for axis in "xy")
    for seen, axis in ((x, axes[0]), (y, axes[1])):
        np.testing.assert_allclose(seen * np.sign(seen[0] * (offsets @ axis)[0]), offsets @ axis, atol=1e-8)
    residual = np.concatenate([path.residual for path in surface.paths])
    np.testing.assert_allclose(x**2 + y**2 + residual**2, (offsets**2).sum(1), rtol=1e-9)


def test_each_path_has_its_own_true_losses(runs):
    trajectories, ends, metric = runs
    surface = compute.pca_plane(ends["sgd"], trajectories, metric, x=(-1, 1, 3), y=(-1, 1, 3))
    for path in surface.paths:
        for loss, state in zip(path.loss, trajectories[path.name], strict=True):
            model = copy.deepcopy(ends["adam"])
            model.load_state_dict(state)
            model.eval()
            with torch.no_grad():
                own = F.cross_entropy(model(metric.inputs), metric.targets)
            assert loss == pytest.approx(float(own), rel=1e-12)
    x, y = ([getattr(path, axis) for path in surface.paths] for axis in "xy")
    assert (x[0][0], y[0][0]) == pytest.approx((x[1][0], y[1][0]), abs=1e-9), "they started together"
    assert (x[0][-1], y[0][-1], surface.paths[0].residual[-1]) == pytest.approx((0, 0, 0), abs=1e-9)


def test_one_training_in_a_mapping_is_that_training_with_a_name(runs):
    trajectories, ends, metric = runs
    grid = {"x": (-1, 1, 3), "y": (-1, 1, 3)}
    alone = compute.pca_plane(ends["sgd"], trajectories["sgd"], metric, **grid)
    named = compute.pca_plane(ends["sgd"], {"mine": trajectories["sgd"]}, metric, **grid)
    np.testing.assert_array_equal(alone.loss, named.loss)
    assert [path.name for path in (*alone.paths, *named.paths)] == ["trajectory", "mine"]
    for field in ("x", "y", "loss", "residual"):
        np.testing.assert_array_equal(getattr(alone.paths[0], field), getattr(named.paths[0], field))


def test_paths_survive_a_file(runs, tmp_path):
    trajectories, ends, metric = runs
    surface = compute.pca_plane(ends["sgd"], trajectories, metric, x=(-1, 1, 3), y=(-1, 1, 3))
    surface.save(tmp_path / "both.ply")
    loaded = compute.load(tmp_path / "both.ply")
    for path, again in zip(surface.paths, loaded.paths, strict=True):
        for field in ("x", "y", "loss", "residual", "step"):
            np.testing.assert_array_equal(getattr(path, field), getattr(again, field))


def test_what_is_wrong_names_the_training(runs, build_mlp):
    trajectories, ends, metric = runs
    with pytest.raises(ArgumentError, match="checkpoint 1 of other lacks"):
        others = [trajectories["sgd"][0], {"weight": torch.zeros(2)}]
        compute.pca_plane(ends["sgd"], {"sgd": trajectories["sgd"], "other": others}, metric)
    with pytest.raises(ArgumentError, match="reading the checkpoints of other: there are none"):
        compute.pca_plane(ends["sgd"], {"sgd": trajectories["sgd"], "other": []}, metric)
    with pytest.raises(ArgumentError, match="a single OrderedDict was given"):
        compute.pca_plane(ends["sgd"], ends["sgd"].state_dict(), metric)


def test_a_path_joins_a_random_plane(runs, tmp_path):
    trajectories, ends, metric = runs
    model = ends["sgd"]
    directions = tuple(compute.random_direction(model, seed=seed) for seed in (2, 3))
    compute.random_plane(model, metric, (-1, 1, 3), (-1, 1, 3), seed=1).save(tmp_path / "plane.ply")
    surface = compute.load(tmp_path / "plane.ply")
    both = compute.add_paths(surface, model, trajectories, metric, directions)
    assert [path.name for path in both.paths] == ["sgd", "adam"]
    np.testing.assert_array_equal(both.loss, surface.loss)
    for path in both.paths:
        expected = compute.project(trajectories[path.name], model, *directions, metric=metric, name="any")
        for field in ("x", "y", "loss", "residual"):
            np.testing.assert_array_equal(getattr(path, field), getattr(expected, field))
        assert np.isfinite(path.loss).all()
    again = compute.add_paths(both, model, trajectories["adam"], metric, directions, name="adam again")
    assert [path.name for path in again.paths] == ["sgd", "adam", "adam again"]
    with pytest.raises(ArgumentError, match="a path called adam already"):
        compute.add_paths(both, model, trajectories["adam"], metric, directions, name="adam")


def test_a_path_joins_a_plane_of_another_training(runs):
    trajectories, ends, metric = runs
    grid = {"x": (-1, 1, 3), "y": (-1, 1, 3)}
    surface = compute.pca_plane(ends["sgd"], trajectories["sgd"], metric, **grid)
    axes = compute.pca_directions(ends["sgd"], trajectories["sgd"])
    assert [axis.meta["explained_variance"] for axis in axes] == surface.meta["explained_variance"]
    both = compute.add_paths(surface, ends["sgd"], {"adam": trajectories["adam"]}, metric, axes)
    assert [path.name for path in both.paths] == ["trajectory", "adam"]
    same = compute.plane(ends["sgd"], metric, axes, bn="recompute", **grid)
    np.testing.assert_allclose(same.loss, surface.loss, rtol=1e-12)


def test_a_path_does_not_join_the_plane_of_another_network(runs):
    trajectories, ends, metric = runs
    surface = compute.random_plane(ends["sgd"], metric, (-1, 1, 3), (-1, 1, 3), seed=1)
    own, other = (
        [compute.random_direction(ends[name], seed=seed) for seed in (2, 3)] for name in ("sgd", "adam")
    )
    with pytest.raises(ArgumentError, match=r"the directions have the norms .*\nGive the directions that"):
        compute.add_paths(surface, ends["sgd"], trajectories["adam"], metric, other)
    with pytest.raises(ArgumentError, match=r"the model's loss is .*\nGive the model that the surface"):
        compute.add_paths(surface, ends["adam"], trajectories["adam"], metric, own)


def test_losses_need_a_model(runs):
    trajectories, ends, metric = runs
    first, second = (compute.random_direction(ends["sgd"], seed=seed) for seed in (0, 1))
    theta = dict(ends["sgd"].named_parameters())
    assert np.isnan(compute.project(trajectories["sgd"], theta, first, second).loss).all()
    with pytest.raises(ArgumentError, match="theta is no model"):
        compute.project(trajectories["sgd"], theta, first, second, metric=metric)
