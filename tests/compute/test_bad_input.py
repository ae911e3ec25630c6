"""What a user may get wrong: each a clear error or a recorded status, and the model as it was found."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import compute
from compute.errors import InputError
from compute.surface import FAILED, OK

SMALL = {"x": (-1, 1, 5), "y": (-1, 1, 3)}


class Watched:
    """A model, and what it was like."""

    def __init__(self, model):
        self.model = model
        self.before = self.state()

    def state(self):
        tensors = [*self.model.parameters(), *self.model.buffers()]
        return (
            [t.detach().clone() for t in tensors],
            [(t.data_ptr(), t.requires_grad, t.grad) for t in tensors],
            [(type(m), m.training, len(m._forward_pre_hooks)) for m in self.model.modules()],
        )

    def is_as_before(self):
        now = self.state()
        equal = all(torch.equal(a, b) for a, b in zip(self.before[0], now[0], strict=True))
        return equal and self.before[1:] == now[1:]


@pytest.fixture
def watched(build_mlp):
    """A network with BatchNorm and dropout, in training mode but for one layer, with gradients."""
    model = build_mlp(4, 8, 3, batchnorm=True).train()
    model.insert(3, nn.Dropout(0.5))
    model[1].eval()
    model[0].weight.grad = torch.ones_like(model[0].weight)
    model[4].bias.requires_grad_(False)
    found = Watched(model)
    yield found
    assert found.is_as_before()


@pytest.fixture
def metric(samples):
    return compute.Loss("cross_entropy", *samples(50, 4, 3))


@pytest.fixture(params=["line", "plane"])
def run(request):
    """A random line or a random plane."""

    def landscape(model, metric, **options):
        if request.param == "line":
            return compute.random_line(model, metric, x=SMALL["x"], **options)
        return compute.random_plane(model, metric, **SMALL, **options)

    return landscape


@pytest.mark.parametrize("bn", ["frozen", "recompute"])
def test_training_mode_and_dropout_layers_do_not_matter(run, watched, metric, bn):
    found = run(watched.model, metric, bn=bn)
    modes = [module.training for module in watched.model.modules()]
    watched.model.eval()
    np.testing.assert_array_equal(found.loss, run(watched.model, metric, bn=bn).loss)
    for module, mode in zip(watched.model.modules(), modes, strict=True):
        module.training = mode


def test_dropout_by_function_is_found_out(run, samples):
    class Noisy(nn.Module):
        def __init__(self):
            super().__init__()
            self.out = nn.Linear(4, 3)

        def forward(self, x):
            return self.out(nn.functional.dropout(x))

    found = Watched(Noisy().double())
    with pytest.raises(compute.EvaluationError, match=r"the same point gave(.|\n)*dropout"):
        run(found.model, compute.Loss("cross_entropy", *samples(50, 4, 3)))
    assert found.is_as_before()


def test_a_loader_that_shuffles(run, watched, metric):
    """Read once into tensors it cannot harm; read anew at each point it is found out."""
    data = TensorDataset(metric.inputs, metric.targets)
    shuffling = DataLoader(data, batch_size=8, shuffle=True, generator=torch.Generator().manual_seed(0))
    once = compute.Loss.from_dataset("cross_entropy", shuffling)
    np.testing.assert_allclose(run(watched.model, once).loss, run(watched.model, metric).loss, rtol=1e-12)

    def first_batch(model):
        inputs, targets = next(iter(shuffling))
        return nn.functional.cross_entropy(model(inputs), targets)

    with pytest.raises(compute.EvaluationError, match="shuffling"):
        run(watched.model, first_batch)
    with pytest.raises(compute.EvaluationError, match=r"as first_batch(.|\n)*shuffling"):
        run(watched.model, [metric, first_batch])
    with pytest.raises(ValueError, match="preparing the samples"):
        compute.Loss("cross_entropy", shuffling, metric.targets)


def test_checkpoints_of_another_shape(watched, metric, build_mlp, tmp_path):
    other = build_mlp(4, 9, 3, batchnorm=True)
    torch.save(other.state_dict(), tmp_path / "other.pt")
    for end in (other, other.state_dict(), tmp_path / "other.pt"):
        with pytest.raises(ValueError, match="of another shape|lacks"):
            compute.linear_interpolation(watched.model, end, metric)
        with pytest.raises(ValueError, match="of another shape|lacks"):
            compute.planar_interpolation(watched.model, end, end, metric)
        with pytest.raises(ValueError, match="of another shape|lacks"):
            compute.pca_plane(watched.model, [end if end is not other else other.state_dict()] * 3, metric)
    (tmp_path / "torn.pt").write_bytes((tmp_path / "other.pt").read_bytes()[:500])
    with pytest.raises(InputError, match=r"torn\.pt"):
        compute.linear_interpolation(watched.model, tmp_path / "torn.pt", metric)


def test_directions_of_another_model(watched, metric, build_mlp):
    own = compute.random_direction(watched.model, seed=0)
    for other in (build_mlp(4, 9, 3, batchnorm=True), build_mlp(4, 8, 8, 3), nn.Linear(4, 3)):
        direction = compute.random_direction(other, seed=0)
        with pytest.raises(ValueError, match="moving the model along a direction"):
            compute.line(watched.model, metric, direction)
        with pytest.raises(ValueError, match="moving the model along a direction"):
            compute.plane(watched.model, metric, (own, direction), **SMALL)
    with pytest.raises(ValueError, match="the direction is a dict"):
        compute.line(watched.model, metric, dict(own.tensors))
    with pytest.raises(ValueError, match="1 directions were given"):
        compute.plane(watched.model, metric, (own,), **SMALL)


def test_grids_of_one_point_and_axes_that_run_backwards(watched, metric):
    curve = compute.random_line(watched.model, metric, x=(0, 0, 1))
    own = compute.point(watched.model, metric)["loss"]
    assert curve.loss.tolist() == [own]
    assert compute.random_plane(watched.model, metric, (0, 0, 1), (0, 0, 1)).loss.tolist() == [[own]]
    ends = (watched.model, watched.model, watched.model)
    for axis in ((1, -1, 51), (0, 1, 1), (0, 1, 0), (0, 1, 10**10), (-1e308, 1e308, 5)):
        for call in (
            lambda x: compute.random_line(watched.model, metric, x=x),
            lambda x: compute.random_plane(watched.model, metric, x=x),
            lambda x: compute.linear_interpolation(*ends[:2], metric, x=x),
            lambda x: compute.planar_interpolation(*ends, metric, y=x),
        ):
            with pytest.raises(ValueError, match=r"laying out the [xy] axis"):
                call(axis)


def test_grids_of_more_points_than_any_run_ends(watched, metric):
    with pytest.raises(ValueError, match="1,000,000 x 1,000 points"):
        compute.random_plane(watched.model, metric, (0, 1, 10**6), (0, 1, 1000))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (lambda m: m[0].bias.detach(), r"a vector of shape \(8,\)\nReturn one number, such as the mean"),
        (lambda m: np.zeros((2, 3)), r"a vector of shape \(2, 3\)"),
        (lambda m: [1.0, 2.0], "a list"),
        (lambda m: None, "nothing"),
        (lambda m: 1j, "a complex"),
        (lambda m: {"height": 1.0}, "no 'loss'"),
    ],
)
def test_a_metric_that_returns_no_number_is_an_error(run, watched, value, words):
    with pytest.raises(ValueError, match=words):
        run(watched.model, value)


def test_a_metric_that_fails_at_some_points_leaves_the_others(run, watched, metric):
    """It raises, or returns a vector, away from the model: status 3 there, and the message kept."""
    home = watched.model[0].weight.detach().clone()

    def moved(model):
        return float((model[0].weight - home).norm() / home.norm())

    def raises(model):
        if moved(model) > 0.7:
            raise RuntimeError("lost its way")
        return 1.0

    def widens(model):
        return torch.ones(3) if moved(model) > 0.7 else 1.0

    for function, words in ((raises, "RuntimeError: lost its way"), (widens, "a vector of shape (3,)")):
        found = run(watched.model, {"train": metric, "own": function})
        failed = found.status == FAILED
        assert failed.any() and (found.status[~failed] == OK).all() and np.isfinite(found.loss[~failed]).all()
        assert np.isnan(found.loss[failed]).all()
        assert found.meta["failed"] == failed.sum()
        assert words in found.meta["failures"][0]["error"]
        assert any(words in notice for notice in found.notices)


def test_an_exception_while_statistics_are_measured(watched, metric):
    """At one point it is that point's; on the model itself it ends the run; the hooks are gone in both."""
    home = watched.model[4].weight.detach().clone()

    class Fragile(nn.Module):
        def __init__(self, always):
            super().__init__()
            self.body, self.always = watched.model, always

        def forward(self, x):
            if self.always or (self.body[4].weight - home).abs().max() > 0.1:
                raise RuntimeError("no")
            return self.body(x)

    curve = compute.random_line(Fragile(False), metric, x=(-1, 1, 5), bn="recompute")
    assert curve.status.tolist() == [FAILED, FAILED, OK, FAILED, FAILED]
    with pytest.raises(compute.EvaluationError, match="RuntimeError: no"):
        compute.random_line(Fragile(True), metric, x=(-1, 1, 5), bn="recompute")
