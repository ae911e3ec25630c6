"""Recording a training, and projecting it onto a plane."""

from __future__ import annotations

import math
import os

import numpy as np
import pytest
import torch
from torch import nn

import compute
from compute import project


def test_recorded_checkpoints_come_back_in_order(tmp_path):
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    trajectory = compute.Trajectory(tmp_path / "run")
    assert len(trajectory) == 0
    written = []
    for epoch in range(12):
        with torch.no_grad():
            model[0].weight.fill_(epoch)
            model[1].running_mean.fill_(-epoch)
        path = trajectory.record(model, epoch=epoch, loss=torch.tensor(0.5 * epoch), note=np.float32(1.5))
        written.append(path)
    again = compute.Trajectory(tmp_path / "run")
    assert len(again) == 12
    assert list(again.paths) == written
    assert [p.name for p in written[:2]] == ["checkpoint_000000.pt", "checkpoint_000001.pt"]
    assert [float(state["0.weight"][0, 0]) for state in again] == list(range(12))
    assert [float(state["1.running_mean"][0]) for state in again] == [-k for k in range(12)]
    assert again.info[3] == {"epoch": 3, "loss": 1.5, "note": 1.5}
    assert set(again[5]) == set(model.state_dict())
    assert float(again[-1]["0.weight"][0, 0]) == 11
    assert torch.load(written[0], weights_only=True)["state_dict"].keys() == model.state_dict().keys()
    again.record(model, epoch=12)
    assert len(trajectory) == 13


def test_a_checkpoint_is_whole_or_absent(tmp_path, monkeypatch):
    trajectory = compute.Trajectory(tmp_path)
    model = nn.Linear(3, 2)
    trajectory.record(model, epoch=0)

    def killed(source, target):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            trajectory.record(model, epoch=1)
    assert len(trajectory) == 1
    assert len(list(trajectory)) == 1
    trajectory.record(model, epoch=2)
    assert [entry["epoch"] for entry in trajectory.info] == [0, 2]


def test_index_cut_short_costs_only_what_it_lost(tmp_path):
    trajectory = compute.Trajectory(tmp_path)
    for epoch in range(3):
        trajectory.record(nn.Linear(3, 2), epoch=epoch)
    index = tmp_path / "index.jsonl"
    index.write_text(index.read_text()[:-9])
    assert trajectory.info == ({"epoch": 0}, {"epoch": 1}, {})
    assert len(list(trajectory)) == 3


def test_views_of_large_tensors_are_stored_as_what_they_are(tmp_path):
    model = nn.Linear(10, 1, bias=False)
    model.weight.data = torch.zeros(1_000_000)[:10].view(1, 10)
    assert compute.Trajectory(tmp_path).record(model).stat().st_size < 10_000


def directions_of(model, orthonormal):
    first, second = (compute.random_direction(model, seed=s, ignore=None) for s in (0, 1))
    if not orthonormal:
        return first, second
    a = first.norm()
    unit = {name: tensor / a for name, tensor in first.tensors.items()}
    along = sum(float((second.tensors[n] * unit[n]).sum()) for n in unit)
    rest = {name: tensor - along * unit[name] for name, tensor in second.tensors.items()}
    b = math.sqrt(sum(float((tensor**2).sum()) for tensor in rest.values()))
    return compute.Direction(unit), compute.Direction({n: t / b for n, t in rest.items()})


def test_coordinates_and_residual_are_pythagorean(build_mlp):
    model = build_mlp(5, 7, 3)
    first, second = directions_of(model, orthonormal=True)
    states = [build_mlp(5, 7, 3, seed=s).state_dict() for s in range(1, 6)]
    path = project(states, model, first, second)
    theta = {name: parameter.detach() for name, parameter in model.named_parameters()}
    squared = [sum(float(((state[n] - theta[n]) ** 2).sum()) for n in theta) for state in states]
    np.testing.assert_allclose(path.x**2 + path.y**2 + path.residual**2, squared, rtol=1e-12)
    assert np.isnan(path.loss).all()


def test_projection_is_least_squares_for_any_two_directions(build_mlp):
    model = build_mlp(5, 7, 3)
    directions = directions_of(model, orthonormal=False)
    names = list(directions[0].tensors)

    def flat(tensors):
        return np.concatenate([tensors[n].detach().numpy().ravel() for n in names])

    theta = {name: parameter.detach() for name, parameter in model.named_parameters()}
    inside = {n: theta[n] + 0.3 * directions[0].tensors[n] - 2 * directions[1].tensors[n] for n in names}
    outside = build_mlp(5, 7, 3, seed=9).state_dict()
    for where in (model, theta):
        path = project([inside, outside], where, *directions)
        assert (path.x[0], path.y[0], path.residual[0]) == pytest.approx((0.3, -2.0, 0.0), abs=1e-12)
        basis = np.stack([flat(d.tensors) for d in directions], axis=1)
        offset = flat(outside) - flat(theta)
        expected, squared, *_ = np.linalg.lstsq(basis, offset, rcond=None)
        assert (path.x[1], path.y[1]) == pytest.approx(tuple(expected), rel=1e-12)
        assert path.residual[1] == pytest.approx(math.sqrt(squared[0]), rel=1e-12)


def test_projection_needs_a_plane_and_the_same_model(build_mlp):
    model = build_mlp(5, 3)
    first, second = directions_of(model, orthonormal=False)
    doubled = compute.Direction({name: 2 * tensor for name, tensor in first.tensors.items()})
    with pytest.raises(ValueError, match="parallel"):
        project([model.state_dict()], model, first, doubled)
    with pytest.raises(ValueError, match="theta lacks 0.bias"):
        project([model.state_dict()], {"0.weight": model[0].weight}, first, second)
    with pytest.raises(ValueError, match="checkpoint 0 lacks"):
        project([{}], model, first, second)


@pytest.mark.parametrize("form", ["trajectory", "paths", "texts", "legacy", "plain", "wrapped", "dicts"])
def test_planes_from_checkpoints_in_any_form(tmp_path, build_mlp, samples, form):
    model = build_mlp(4, 3, dtype=torch.float32)
    metric = compute.Loss("cross_entropy", *samples(20, 4, 3))
    trajectory = compute.Trajectory(tmp_path / "run")
    models = [build_mlp(4, 3, seed=s, dtype=torch.float32) for s in (1, 2, 3, 0)]
    states = [m.state_dict() for m in models]
    for recorded in models:
        trajectory.record(recorded)
    files = [tmp_path / f"{k}.pt" for k in range(4)]
    for file, state in zip(files, states, strict=True):
        if form == "wrapped":
            state = {"model": {f"module.{name}": tensor for name, tensor in state.items()}, "epoch": 3}
        torch.save(state, file, _use_new_zipfile_serialization=form != "legacy")
    source = {
        "trajectory": trajectory,
        "paths": trajectory.paths,
        "texts": [str(path) for path in trajectory.paths],
        "dicts": states,
    }.get(form, files)
    grid = {"x": (-1, 1, 3), "y": (-1, 1, 3)}
    surface = compute.pca_plane(model, source, metric, **grid)
    expected = compute.pca_plane(model, states, metric, **grid)
    np.testing.assert_array_equal(surface.loss, expected.loss)
    for name in ("x", "y", "loss", "residual"):
        np.testing.assert_array_equal(getattr(surface.paths[0], name), getattr(expected.paths[0], name))
    own = [compute.point(m, metric)["loss"] for m in models]
    assert surface.paths[0].loss.tolist() == pytest.approx(own, rel=1e-12)


@pytest.mark.parametrize("wrapped", ["recorded", "model", "both"])
def test_wrappers_around_the_model_do_not_matter(tmp_path, build_mlp, samples, wrapped):
    """A training recorded through DataParallel or torch.compile, looked at with or without it."""
    metric = compute.Loss("cross_entropy", *samples(20, 4, 3))
    models = [build_mlp(4, 3, seed=s, dtype=torch.float32) for s in (1, 2, 3, 0)]
    plain, other = compute.Trajectory(tmp_path / "plain"), compute.Trajectory(tmp_path / "other")
    for model in models:
        plain.record(model)
        other.record(model if wrapped == "model" else nn.DataParallel(model))
    outside = models[-1] if wrapped == "recorded" else torch.compile(models[-1], backend="eager")
    grid = {"x": (-1, 1, 3), "y": (-1, 1, 3)}
    surface = compute.pca_plane(outside, other, metric, **grid)
    np.testing.assert_array_equal(surface.loss, compute.pca_plane(models[-1], plain, metric, **grid).loss)


def test_files_that_are_no_checkpoints_are_named(tmp_path, build_mlp, samples):
    model = build_mlp(4, 3)
    metric = compute.Loss("cross_entropy", *samples(20, 4, 3))
    bad = tmp_path / "bad.pt"
    bad.write_bytes(b"no checkpoint")
    with pytest.raises(compute.errors.InputError, match=r"bad\.pt"):
        compute.pca_plane(model, [bad] * 3, metric)
    with pytest.raises(compute.errors.InputError, match=r"missing\.pt"):
        compute.pca_plane(model, [tmp_path / "missing.pt"] * 3, metric)
