"""Models that take several tensors, in order or by name, measured like those that take one."""

from __future__ import annotations

import math
from collections import UserDict
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import compute
from compute.curvature.derivatives import LossDerivatives
from compute.reduction import next_token

COUNT, LENGTH, VOCABULARY = 23, 7, 5


class Joint(nn.Module):
    """Takes two tensors, and joins them for a network that takes one."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x, t, scale=None):
        outputs = self.net(torch.cat([x, t[:, None].to(x.dtype) / 10], 1))
        return outputs if scale is None else outputs * scale[:, None]


@pytest.fixture
def problem(build_mlp):
    """A model of (x, t), the same network of one tensor, and samples for both."""
    generator = torch.Generator().manual_seed(4)
    x = torch.randn(COUNT, 3, generator=generator, dtype=torch.float64)
    t = torch.randint(0, 10, (COUNT,), generator=generator)
    wanted = torch.randn(COUNT, 2, generator=generator, dtype=torch.float64)
    net = build_mlp(4, 6, 2, batchnorm=True)
    return SimpleNamespace(
        model=Joint(net), net=net, x=x, t=t, both=torch.cat([x, t[:, None].double() / 10], 1), wanted=wanted
    )


@pytest.mark.parametrize("form", ["tuple", "arrays", "dict", "userdict"])
@pytest.mark.parametrize("batch_size", [None, 5, COUNT])
def test_several_inputs_are_handed_on(problem, form, batch_size):
    p = problem
    inputs = {
        "tuple": (p.x, p.t),
        "arrays": (p.x.numpy(), p.t.numpy()),
        "dict": {"t": p.t, "x": p.x},
        "userdict": UserDict(x=p.x, t=p.t),
    }[form]
    several = compute.point(p.model, compute.Loss("mse", inputs, p.wanted, batch_size=batch_size))
    single = compute.point(p.net, compute.Loss("mse", p.both, p.wanted))
    assert several == pytest.approx(single, rel=1e-13)
    assert compute.Loss("mse", inputs, p.wanted).describe() == {"metric": "mse", "samples": COUNT}


def test_a_tuple_of_numbers_is_an_array():
    assert compute.Loss("mse", (1.0, 2.0, 3.0), (1.0, 2.0, 4.0)).inputs.shape == (3,)


@pytest.mark.parametrize("bn", ["frozen", "recompute"])
def test_planes_of_several_inputs(problem, bn):
    p = problem
    grid = {"x": (-1, 1, 3), "y": (-1, 1, 3)}
    of_net = [compute.random_direction(p.net, seed=seed) for seed in (0, 1)]
    of_model = [compute.Direction({f"net.{k}": v for k, v in d.tensors.items()}) for d in of_net]
    metric = compute.Loss("mse", (p.x, p.t), p.wanted, batch_size=6)
    surface = compute.plane(p.model, metric, of_model, bn=bn, **grid)
    expected = compute.plane(p.net, compute.Loss("mse", p.both, p.wanted), of_net, bn=bn, **grid)
    np.testing.assert_allclose(surface.loss, expected.loss, rtol=1e-12)


def test_derivatives_of_several_inputs(problem):
    p = problem
    p.model.eval()
    several = LossDerivatives(p.model, compute.Loss("mse", {"x": p.x, "t": p.t}, p.wanted, batch_size=6))
    single = LossDerivatives(p.net, compute.Loss("mse", p.both, p.wanted))
    torch.testing.assert_close(several.gradient(), single.gradient(), rtol=1e-10, atol=1e-13)
    vector = torch.randn(single.size, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(several.product(vector), single.product(vector), rtol=1e-9, atol=1e-12)


class Returning(nn.Module):
    def __init__(self, net, wrap):
        super().__init__()
        self.net, self.wrap = net, wrap

    def forward(self, inputs):
        return self.wrap(self.net(inputs))


@pytest.mark.parametrize(
    ("wrap", "output"),
    [
        (lambda y: {"loss": None, "logits": y}, "logits"),
        (lambda y: SimpleNamespace(logits=y), "logits"),
        (lambda y: (None, y), 1),
        (lambda y: (None, (y,)), lambda outputs: outputs[1][0]),
    ],
    ids=["mapping", "attribute", "position", "function"],
)
def test_the_output_that_is_meant(problem, wrap, output):
    p = problem
    model = Returning(p.net, wrap)
    values = compute.point(model, compute.Loss("mse", p.both, p.wanted, output=output, batch_size=6))
    assert values == pytest.approx(compute.point(p.net, compute.Loss("mse", p.both, p.wanted)), rel=1e-13)


def test_an_output_that_is_not_there_is_named(problem):
    p = problem
    model = Returning(p.net, lambda y: {"loss": None, "logits": y})
    with pytest.raises(compute.errors.ArgumentError, match="a dict of loss, logits, which has no 'logit'"):
        compute.point(model, compute.Loss("mse", p.both, p.wanted, output="logit"))
    with pytest.raises(compute.errors.ArgumentError, match="a Tensor, which has no 'logits'"):
        compute.point(p.net, compute.Loss("mse", p.both, p.wanted, output="logits"))


@pytest.mark.parametrize(
    ("inputs", "found"),
    [
        ((torch.zeros(3, 2), torch.zeros(4)), "differ in number: 3 of 0, 4 of 1"),
        ({"x": torch.zeros(3, 2), "t": torch.zeros(4)}, "differ in number: 3 of 'x', 4 of 't'"),
        ({}, "the mapping of inputs is empty"),
        ({"x": torch.zeros(3), "use_cache": False}, r"the inputs\['use_cache'\] are one number"),
        ({"x": ["a", "b", "c"]}, r"the inputs\['x'\] are an array of texts"),
        ([[1, 2], [3]], "the inputs are no array"),
        ((torch.zeros(4), torch.zeros(4)), "there are 4 inputs and 3 targets"),
    ],
)
def test_inputs_that_do_not_go_together(inputs, found):
    with pytest.raises(compute.errors.ArgumentError, match=found):
        compute.Loss("mse", inputs, torch.zeros(3))


class Listed(torch.utils.data.Dataset):
    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]


@pytest.mark.parametrize("loader", [False, True])
@pytest.mark.parametrize("form", ["tuple", "mapping", "nested"])
def test_data_sets_of_several_inputs(problem, loader, form):
    p = problem
    items = {
        "tuple": [((x, t), y) for x, t, y in zip(p.x, p.t, p.wanted, strict=True)],
        "mapping": [{"x": x, "t": t, "labels": y} for x, t, y in zip(p.x, p.t, p.wanted, strict=True)],
        "nested": [({"x": x, "t": t}, y) for x, t, y in zip(p.x, p.t, p.wanted, strict=True)],
    }[form]
    data = Listed(items)
    source = torch.utils.data.DataLoader(data, batch_size=4) if loader else data
    metric = compute.Loss.from_dataset("mse", source, limit=10)
    expected = compute.Loss("mse", (p.x[:10], p.t[:10]), p.wanted[:10])
    assert metric.count == 10
    assert compute.point(p.model, metric) == pytest.approx(compute.point(p.model, expected), rel=1e-13)


def test_data_sets_that_cannot_be_read_say_why():
    items = [{"input_ids": [1, 2], "label": 1}, {"input_ids": [1, 2, 3], "label": 0}]
    with pytest.raises(compute.errors.ArgumentError, match="has input_ids, label, and the target is to be"):
        compute.Loss.from_dataset("cross_entropy", Listed(items))
    with pytest.raises(compute.errors.ArgumentError, match=r"differ in shape.*\nGive a DataLoader that pads"):
        compute.Loss.from_dataset("cross_entropy", Listed(items), target="label")


def naive_next_token(scores: np.ndarray, tokens: np.ndarray) -> tuple[float, float]:
    """Mean over predicted tokens and its standard error over sequences, in the slowest way."""
    sums, counts = [], []
    for row, wanted in zip(scores, tokens, strict=True):
        losses = [
            math.log(sum(math.exp(s) for s in row[k])) - row[k][wanted[k + 1]]
            for k in range(len(wanted) - 1)
            if wanted[k + 1] != -100
        ]
        sums.append(sum(losses))
        counts.append(len(losses))
    mean = sum(sums) / sum(counts)
    n = len(sums)
    residuals = [(a - mean * v) / (sum(counts) / n) for a, v in zip(sums, counts, strict=True)]
    return mean, math.sqrt(sum(r * r for r in residuals) / (n - 1) / n)


class Bigram(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(VOCABULARY, VOCABULARY, dtype=torch.float64)

    def forward(self, input_ids):
        return {"logits": self.table(input_ids)}


@pytest.fixture
def sequences():
    generator = torch.Generator().manual_seed(2)
    tokens = torch.randint(0, VOCABULARY, (COUNT, LENGTH), generator=generator)
    labels = tokens.clone()
    for row in range(0, COUNT, 2):
        labels[row, 2 + row % 5 :] = -100
    return tokens, labels


@pytest.mark.parametrize("batch_size", [4, None])
def test_next_token_is_the_mean_over_tokens_with_the_error_over_sequences(sequences, batch_size):
    tokens, labels = sequences
    model = Bigram()
    metric = compute.Loss("next_token", {"input_ids": tokens}, labels, output="logits", batch_size=batch_size)
    values = compute.point(model, metric)
    scores = model.table.weight.detach().numpy()[tokens.numpy()]
    mean, error = naive_next_token(scores, labels.numpy())
    assert values == pytest.approx({"loss": mean, "loss_stderr": error}, rel=1e-12)


def test_next_token_is_cross_entropy_of_what_comes_next(sequences):
    tokens, labels = sequences
    scores = Bigram()(tokens)["logits"].detach()
    expected = F.cross_entropy(scores[:, :-1].transpose(1, 2), labels[:, 1:], reduction="none")
    torch.testing.assert_close(next_token(scores, labels, reduction="none"), expected)
    total = F.cross_entropy(scores[:, :-1].transpose(1, 2), labels[:, 1:], reduction="sum")
    assert float(next_token(scores, labels, reduction="sum")) == pytest.approx(float(total), rel=1e-12)
