"""Random directions: their lengths, their independence, and on what they may depend."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

import compute
from compute.directions import random, rules
from compute.model.parameters import parameter_slots


class Mixed(nn.Module):
    """One layer of every kind that matters, with a dead filter."""

    def __init__(self, dtype: torch.dtype = torch.float64) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.bn = nn.BatchNorm2d(8)
        self.up = nn.ConvTranspose2d(8, 6, 2, groups=2)
        self.embed = nn.Embedding(5, 4)
        self.linear = nn.Linear(4, 7)
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.to(dtype)
        generator = torch.Generator().manual_seed(0)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
            self.conv.weight[3] = 0.0


def filters(model: nn.Module, tensors):
    """(name, rows of the tensor, rows of the weights) of every tensor of more than one axis."""
    for slot in parameter_slots(model):
        if slot.filter_axis is not None:
            yield slot.name, slot.to_rows(tensors[slot.name]), slot.to_rows(slot.tensor)


@pytest.mark.parametrize("orthogonal", [False, True])
def test_each_filter_is_as_long_as_the_models(orthogonal):
    model = Mixed()
    other = compute.random_direction(model, seed=1) if orthogonal else None
    direction = compute.random_direction(model, seed=7, orthogonal_to=other)
    squared = 0.0
    for _, steps, weights in filters(model, direction.tensors):
        torch.testing.assert_close(steps.norm(dim=1), weights.norm(dim=1), rtol=1e-8, atol=0)
        squared += float((weights**2).sum())
    assert not direction.tensors["conv.weight"][3].any()
    assert direction.norm() == pytest.approx(math.sqrt(squared), rel=1e-8)
    for name in ("conv.bias", "bn.weight", "bn.bias", "up.bias", "linear.bias", "scale"):
        assert not direction.tensors[name].any()


def test_names_shapes_and_dtypes_are_the_models():
    model = Mixed(torch.float32)
    direction = compute.random_direction(model, seed=0, ignore=None)
    parameters = dict(model.named_parameters())
    assert list(direction.tensors) == list(parameters)
    for name, tensor in direction.tensors.items():
        assert (tensor.shape, tensor.dtype) == (parameters[name].shape, torch.float32)
        assert tensor.any()


def test_tensors_that_are_not_ignored_get_the_norm_of_their_tensor_not_a_copy():
    model = Mixed()
    direction = compute.random_direction(model, seed=0, ignore=None)
    for name in ("bn.weight", "linear.bias"):
        step, weight = direction.tensors[name], model.get_parameter(name).detach()
        assert float(step.norm()) == pytest.approx(float(weight.norm()), rel=1e-8)
        assert abs(float(torch.cosine_similarity(step, weight, dim=0))) < 0.99


@pytest.mark.parametrize("norm", ["layer", "dfilter", "dlayer", "weight", "none"])
def test_other_normalisations(norm):
    model = Mixed()
    direction = compute.random_direction(model, seed=5, norm=norm)
    raw = compute.random_direction(model, seed=5, norm="none").tensors
    for name, steps, weights in filters(model, direction.tensors):
        if norm == "layer":
            assert float(steps.norm()) == pytest.approx(float(weights.norm()), rel=1e-8)
        elif norm == "dlayer":
            assert float(steps.norm()) == pytest.approx(1.0, rel=1e-8)
        elif norm == "dfilter":
            torch.testing.assert_close(steps.norm(dim=1), torch.ones(len(steps), dtype=torch.float64))
        elif norm == "weight":
            expected = raw[name] * model.get_parameter(name).detach()
            torch.testing.assert_close(direction.tensors[name], expected)
        if norm in ("layer", "dlayer"):  # one factor for the whole tensor
            factors = (direction.tensors[name] / raw[name]).flatten()
            torch.testing.assert_close(factors, factors[:1].expand_as(factors))


def test_numbers_are_standard_normal_and_independent():
    model = nn.Sequential(nn.Linear(400, 300), nn.Linear(400, 300))
    a = compute.random_direction(model, seed=0, norm="none")
    b = compute.random_direction(model, seed=1, norm="none")
    w = a.tensors["0.weight"].double()
    n = w.numel()
    assert abs(float(w.mean())) < 4 / math.sqrt(n)
    assert abs(float(w.var()) - 1) < 4 * math.sqrt(2 / n)
    assert abs(float((w**4).mean()) - 3) < 4 * math.sqrt(96 / n)
    # Other seeds and other names: correlation within four standard errors of zero.
    for other in (b.tensors["0.weight"], a.tensors["1.weight"]):
        correlation = torch.corrcoef(torch.stack([w.flatten(), other.double().flatten()]))[0, 1]
        assert abs(float(correlation)) < 4 / math.sqrt(n)
    assert abs(a.cosine(b)) < 4 / math.sqrt(2 * n)


def test_numbers_depend_on_seed_name_and_shape_only():
    torch.manual_seed(1)
    model = Mixed()
    first = compute.random_direction(model, seed=11)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1 if threads > 1 else 2)
        torch.manual_seed(2)
        torch.rand(5)
        again = compute.random_direction(model, seed=11)
    finally:
        torch.set_num_threads(threads)
    assert all(torch.equal(first.tensors[n], again.tensors[n]) for n in first.tensors)
    # Another model with a layer of the same name and shape, and wrappers that prefix names.
    lone = nn.Module()
    lone.linear = nn.Linear(4, 7).double()
    raw = compute.random_direction(model, seed=11, norm="none").tensors["linear.weight"]
    assert torch.equal(compute.random_direction(lone, seed=11, norm="none").tensors["linear.weight"], raw)
    wrapped = nn.Module()
    wrapped.module = model
    inside = compute.random_direction(wrapped, seed=11).tensors
    assert all(torch.equal(inside[f"module.{n}"], t) for n, t in first.tensors.items())
    # fp32 and fp64 models get the same direction, but for rounding.
    rounded = compute.random_direction(Mixed(torch.float32), seed=11)
    for name, tensor in first.tensors.items():
        torch.testing.assert_close(rounded.tensors[name], tensor.float(), rtol=1e-5, atol=1e-6)


def test_pinned_numbers():
    """Surfaces published with a seed can be made again by later versions."""
    model = nn.Linear(3, 1, bias=False)
    steps = compute.random_direction(model, seed=0, norm="none").tensors["weight"]
    expected = torch.tensor([[-0.24935673, -0.26759660, -0.49779612]])
    torch.testing.assert_close(steps, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("norm", ["filter", "layer", "dfilter", "dlayer", "none", "weight"])
def test_orthogonal_inside_each_filter(norm):
    model = Mixed()
    first = compute.random_direction(model, seed=0, norm=norm, ignore=None)
    second = compute.random_direction(model, seed=1, norm=norm, ignore=None, orthogonal_to=first)
    for name, steps, _ in filters(model, second.tensors):
        slot = next(slot for slot in parameter_slots(model) if slot.name == name)
        products = (steps * slot.to_rows(first.tensors[name])).sum(1)
        assert float(products.abs().max()) < 1e-13 * first.norm() * second.norm()
    left = first.tensors["scale"] * second.tensors["scale"]  # one number cannot be orthogonal to another
    assert first.dot(second) == pytest.approx(float(left), abs=1e-12)
    without = compute.random_direction(model, seed=1, norm=norm, orthogonal_to=first)
    assert abs(first.cosine(without)) < 1e-14
    assert abs(first.cosine(compute.random_direction(model, seed=1, norm=norm))) > 1e-4


def test_filters_of_one_weight_keep_their_norm_and_the_cosine_tells():
    model = nn.Linear(1, 6, bias=False).double()
    first = compute.random_direction(model, seed=0)
    second = compute.random_direction(model, seed=1, orthogonal_to=first)
    torch.testing.assert_close(second.tensors["weight"].abs(), model.weight.detach().abs())
    assert abs(first.cosine(second)) > 0.01


def test_products_are_those_of_the_flat_vectors():
    model = Mixed(torch.float32)
    a = compute.random_direction(model, seed=0, ignore=None)
    b = compute.random_direction(model, seed=1, norm="none", ignore=None)
    u, v = (torch.cat([t.flatten().double() for t in d.tensors.values()]) for d in (a, b))
    assert a.dot(b) == pytest.approx(float(u @ v), rel=1e-12)
    assert a.norm() == pytest.approx(float(u.norm()), rel=1e-12)
    assert a.cosine(b) == pytest.approx(float(torch.cosine_similarity(u, v, dim=0)), rel=1e-12)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"norm": "filters"}, "filter, layer, weight"),
        ({"ignore": "bias"}, "biasbn, none"),
        ({"seed": 0.5}, "whole number"),
        ({"seed": True}, "whole number"),
    ],
)
def test_unknown_values_name_the_choices(options, words):
    with pytest.raises(ValueError, match=words):
        compute.random_direction(Mixed(), **{"seed": 0, **options})


def test_weights_that_are_not_finite_are_refused():
    model = Mixed()
    model.linear.weight.data[0, 0] = math.nan
    with pytest.raises(ValueError, match=r"linear\.weight holds weights that are not finite"):
        compute.random_direction(model, seed=0)


def test_directions_of_another_model_are_refused():
    small, large = nn.Linear(3, 4), nn.Linear(3, 5)
    direction = compute.random_direction(small, seed=0)
    metric = compute.Loss("mse", torch.zeros(2, 3), torch.zeros(2, 5))
    with pytest.raises(ValueError, match=r"weight: \(4, 3\) for \(5, 3\)"):
        compute.plane(large, metric, (direction, direction), x=(-1, 1, 3), y=(-1, 1, 3))
    with pytest.raises(ValueError, match="lacks 2 of the model's 2 parameters"):
        compute.random_direction(nn.Sequential(small), seed=0, orthogonal_to=direction)
    with pytest.raises(ValueError, match="1 tensors that the model lacks"):
        compute.random_direction(nn.Linear(3, 4, bias=False), seed=0, orthogonal_to=direction)


@pytest.mark.parametrize("norm", rules.NORMS)
@pytest.mark.parametrize("rows", [1, 3])
def test_how_many_filters_are_made_at_a_time_changes_nothing(norm, rows, monkeypatch):
    model = Mixed(torch.float32)
    whole = compute.random_direction(model, seed=2, norm=norm, ignore=None)
    second = compute.random_direction(model, seed=3, norm=norm, ignore=None, orthogonal_to=whole)
    monkeypatch.setattr(random, "BLOCK", 27 * rows)
    first = compute.random_direction(model, seed=2, norm=norm, ignore=None)
    other = compute.random_direction(model, seed=3, norm=norm, ignore=None, orthogonal_to=first)
    for name in whole.tensors:
        assert torch.equal(first.tensors[name], whole.tensors[name]), name
        assert torch.equal(other.tensors[name], second.tensors[name]), name
