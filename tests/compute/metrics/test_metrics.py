"""The loss is torch's own over the whole set, whatever the batches; its error is that of a mean."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import compute

N, CLASSES = 103, 5


@pytest.fixture
def classifier(build_mlp, samples):
    inputs, targets = samples(N, 6, CLASSES)
    return build_mlp(6, 12, CLASSES), inputs, targets


def rmse(outputs, targets):
    return F.mse_loss(outputs, F.one_hot(targets, CLASSES).to(outputs)).sqrt()


def per_sample(outputs, targets):
    return (outputs.logsumexp(1) - outputs[torch.arange(len(targets)), targets]).pow(2)


class_weights = torch.linspace(0.2, 3.0, CLASSES, dtype=torch.float64)


@pytest.mark.parametrize("batch_size", [None, 1, 10, 102, 103, 1000])
@pytest.mark.parametrize(
    ("function", "whole"),
    [
        ("cross_entropy", F.cross_entropy),
        (F.cross_entropy, F.cross_entropy),
        (nn.CrossEntropyLoss(), F.cross_entropy),
        (nn.CrossEntropyLoss(weight=class_weights), None),
        (nn.CrossEntropyLoss(ignore_index=2), None),
        (nn.CrossEntropyLoss(weight=class_weights, ignore_index=2, label_smoothing=0.1), None),
        (functools.partial(F.cross_entropy, weight=class_weights, label_smoothing=0.3), None),
        (functools.partial(F.cross_entropy, ignore_index=0), None),
        (nn.CrossEntropyLoss(reduction="sum"), None),
        (nn.MultiMarginLoss(weight=class_weights), None),
        (rmse, rmse),
        (per_sample, lambda o, t: per_sample(o, t).mean()),
    ],
    ids=lambda value: getattr(value, "__name__", str(value))[:40],
)
def test_value_is_the_functions_own_over_the_whole_set(classifier, function, whole, batch_size):
    model, inputs, targets = classifier
    whole = whole or function
    result = compute.point(model, compute.Loss(function, inputs, targets, batch_size=batch_size))
    with torch.no_grad():
        expected = float(whole(model(inputs), targets))
    assert result["loss"] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("function", "shape"),
    [
        ("mse", (N, 3)),
        (nn.MSELoss(reduction="sum"), (N, 3)),
        (nn.L1Loss(), (N, 3)),
        (nn.SmoothL1Loss(beta=0.3), (N, 3)),
        (F.huber_loss, (N, 3)),
        ("bce_with_logits", (N, 3)),
        (nn.KLDivLoss(reduction="batchmean"), (N, 3)),
    ],
    ids=str,
)
def test_regression_losses(build_mlp, samples, function, shape):
    model = build_mlp(6, 9, 3)
    inputs, _ = samples(N, 6, 2)
    targets = torch.rand(shape, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    result = compute.point(model, compute.Loss(function, inputs, targets, batch_size=10))
    whole = {"mse": F.mse_loss, "bce_with_logits": F.binary_cross_entropy_with_logits}.get(function, function)
    with torch.no_grad():
        assert result["loss"] == pytest.approx(float(whole(model(inputs), targets)), rel=1e-12)
    assert set(result) == {"loss", "loss_stderr"}


def test_segmentation_with_ignored_pixels():
    model = nn.Conv2d(2, 4, 3, padding=1).double()
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(9, 2, 5, 5, generator=generator, dtype=torch.float64)
    targets = torch.randint(0, 4, (9, 5, 5), generator=generator)
    targets[0] = 255  # a sample without any label
    targets[1, 2:] = 255
    function = nn.CrossEntropyLoss(ignore_index=255, weight=class_weights[:4])
    result = compute.point(model, compute.Loss(function, inputs, targets, batch_size=2))
    with torch.no_grad():
        assert result["loss"] == pytest.approx(float(function(model(inputs), targets)), rel=1e-12)


def test_targets_may_be_probabilities(classifier):
    model, inputs, _ = classifier
    soft = torch.softmax(torch.randn(N, CLASSES, generator=torch.Generator().manual_seed(1)), 1).double()
    function = nn.CrossEntropyLoss(weight=class_weights)
    result = compute.point(model, compute.Loss(function, inputs, soft, batch_size=20))
    with torch.no_grad():
        assert result["loss"] == pytest.approx(float(function(model(inputs), soft)), rel=1e-12)


def test_standard_error_of_the_mean(classifier):
    model, inputs, targets = classifier
    result = compute.point(model, compute.Loss("cross_entropy", inputs, targets))
    with torch.no_grad():
        losses = F.cross_entropy(model(inputs), targets, reduction="none").numpy()
    assert result["loss_stderr"] == pytest.approx(losses.std(ddof=1) / math.sqrt(N), rel=1e-12)


def test_standard_error_of_a_weighted_mean_is_its_spread_over_resamples(classifier):
    model, inputs, targets = classifier
    inputs, targets = inputs.repeat(4, 1) + 0.3, targets.repeat(4)
    function = nn.CrossEntropyLoss(weight=class_weights)
    result = compute.point(model, compute.Loss(function, inputs, targets))
    rng = np.random.default_rng(0)
    with torch.no_grad():
        losses = F.cross_entropy(model(inputs), targets, weight=class_weights, reduction="none").numpy()
    weights = class_weights.numpy()[targets.numpy()]
    draws = rng.integers(0, len(losses), (4000, len(losses)))
    bootstrap = (losses[draws].sum(1) / weights[draws].sum(1)).std()
    assert result["loss_stderr"] == pytest.approx(bootstrap, rel=0.06)


def test_mean_does_not_lose_digits_over_many_samples():
    """Summing 200,000 fp32 losses of about 1000 in fp32 is wrong in the fifth digit; a mean is not."""
    model = nn.Linear(1, 1, bias=False)
    model.weight.data.fill_(1.0)
    values = torch.linspace(999.0, 1001.0, 200_000)[:, None]
    result = compute.point(model, compute.Loss("l1", values, torch.zeros_like(values), batch_size=100))
    assert result["loss"] == pytest.approx(values.double().mean().item(), rel=1e-12)


def test_accuracy(classifier):
    model, inputs, targets = classifier
    targets = targets.clone()
    with torch.no_grad():
        predicted = model(inputs).argmax(1)
    targets[:40] = predicted[:40]
    result = compute.point(model, compute.Loss("cross_entropy", inputs, targets, batch_size=7))
    assert result["accuracy"] == float((predicted == targets).double().mean())
    ignored = targets.clone()
    ignored[:20] = -100
    result = compute.point(model, compute.Loss("cross_entropy", inputs, ignored))
    assert result["accuracy"] == float((predicted[20:] == targets[20:]).double().mean())


def test_no_accuracy_where_targets_are_no_classes(build_mlp, samples):
    inputs, targets = samples(20, 6, 2)
    assert "accuracy" not in compute.point(
        build_mlp(6, 1), compute.Loss("mse", inputs, targets[:, None].double())
    )
    counts = compute.Loss(lambda o, t: (o[:, 0] - t) ** 2, inputs, targets + 100)
    assert "accuracy" not in compute.point(build_mlp(6, 2), counts)


def test_outputs_that_are_nan_are_not_accurate():
    model = nn.Linear(2, 3, bias=False).double()
    model.weight.data.fill_(math.nan)
    metric = compute.Loss(
        "cross_entropy", torch.ones(4, 2, dtype=torch.float64), torch.zeros(4, dtype=torch.int64)
    )
    result = compute.point(model, metric)
    assert math.isnan(result["loss"])
    assert result["accuracy"] == 0.0


def test_a_single_number_is_told_apart_and_said_so(classifier):
    model, inputs, targets = classifier
    grid = {"x": (-1, 1, 3), "y": (0, 0, 1)}
    one = compute.random_plane(model, compute.Loss(rmse, inputs, targets, batch_size=10), **grid)
    assert set(one.metrics) == {"accuracy"}
    assert any("one number" in note for note in one.notices)
    assert list(one.meta["notes"]) == list(one.notices)
    many = compute.random_plane(model, compute.Loss("cross_entropy", inputs, targets), **grid)
    assert set(many.metrics) == {"accuracy", "loss_stderr"}
    assert many.notices == ()


@pytest.mark.parametrize(("dtype", "scale"), [(torch.float32, 1e37), (torch.float16, 1e4)])
def test_a_mean_that_overflows_in_the_models_precision_is_still_one_over_samples(dtype, scale):
    """1,000 losses sum up to more than the largest number of their type: in float64 they do not."""
    inputs = torch.full((1000, 1), scale, dtype=dtype)
    targets = torch.zeros(1000, 1, dtype=dtype)
    model = nn.Identity()
    model.weight = nn.Parameter(torch.zeros(1, dtype=dtype))

    def total(outputs, targets, reduction="mean"):
        return outputs.sum() / len(outputs) if reduction == "mean" else outputs

    assert not torch.isfinite(total(inputs, targets))
    result = compute.point(model, compute.Loss(total, inputs, targets))
    near = {"loss": pytest.approx(scale, rel=1e-3), "loss_stderr": pytest.approx(0, abs=1e-3 * scale)}
    assert result == near


def test_the_class_of_a_loss_stands_for_one_with_its_defaults(classifier):
    model, inputs, targets = classifier
    of_class, of_name = (
        compute.point(model, compute.Loss(loss, inputs, targets))
        for loss in (nn.CrossEntropyLoss, "cross_entropy")
    )
    assert of_class == of_name


def test_a_reduction_of_its_own_kind_is_not_guessed(classifier):
    """A function whose mean is not the mean of its parts is applied to the whole set."""

    def worst(outputs, targets, reduction="mean"):
        losses = F.cross_entropy(outputs, targets, reduction="none")
        return losses.max() if reduction == "mean" else losses

    model, inputs, targets = classifier
    result = compute.point(model, compute.Loss(worst, inputs, targets, batch_size=10))
    with torch.no_grad():
        assert result["loss"] == pytest.approx(float(worst(model(inputs), targets)), rel=1e-12)


def test_models_with_several_outputs():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Linear(3, 4)

        def forward(self, x):
            y = self.body(x)
            return {"a": y[:, :2], "b": (y[:, 2:], y.sum(1))}

    def function(outputs, targets):
        return (outputs["a"] - targets).pow(2).mean() + outputs["b"][1].abs().mean()

    inputs, targets = torch.randn(11, 3), torch.randn(11, 2)
    model = Two()
    result = compute.point(model, compute.Loss(function, inputs, targets, batch_size=4))
    with torch.no_grad():
        assert result["loss"] == pytest.approx(float(function(model(inputs), targets)), rel=1e-6)


def test_arrays_as_people_have_them():
    """fp64 and read-only arrays, int32 and uint8 labels, odd strides, the other byte order."""
    rng = np.random.default_rng(0)
    inputs, labels = rng.normal(size=(12, 4)), rng.integers(0, 3, 12)
    model = nn.Linear(4, 3)
    expected = compute.point(
        model, compute.Loss("cross_entropy", torch.tensor(inputs).float(), torch.tensor(labels))
    )
    frozen = inputs.copy()
    frozen.setflags(write=False)
    for x in (inputs, frozen, inputs.astype(">f8"), inputs[::-1][::-1], np.asfortranarray(inputs)):
        for t in (labels.astype(np.int32), labels.astype(np.uint8), labels.tolist()):
            assert compute.point(model, compute.Loss("cross_entropy", x, t)) == expected


def test_data_sets_and_loaders_are_read_once_in_a_fixed_order(classifier):
    model, inputs, targets = classifier
    expected = compute.point(model, compute.Loss("cross_entropy", inputs, targets))["loss"]
    pairs = torch.utils.data.TensorDataset(inputs, targets)
    as_list = [(x.numpy(), int(t)) for x, t in zip(inputs, targets, strict=True)]
    loader = torch.utils.data.DataLoader(pairs, batch_size=10, shuffle=True)
    for data in (pairs, as_list, loader, iter(as_list)):
        metric = compute.Loss.from_dataset("cross_entropy", data)
        values = [compute.point(model, metric)["loss"] for _ in range(2)]
        assert values[0] == values[1] == pytest.approx(expected, rel=1e-12)
    for data in (pairs, as_list, torch.utils.data.DataLoader(pairs, batch_size=10)):
        metric = compute.Loss.from_dataset("cross_entropy", data, limit=25)
        assert metric.describe()["samples"] == 25
        first = compute.Loss("cross_entropy", inputs[:25], targets[:25])
        assert compute.point(model, metric)["loss"] == pytest.approx(compute.point(model, first)["loss"])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: compute.Loss("crossentropy", [[0.0]], [0]), "Did you mean 'cross_entropy'"),
        (lambda: compute.Loss(3, [[0.0]], [0]), "cannot be called"),
        (lambda: compute.Loss("mse", np.zeros((3, 1)), np.zeros((4, 1))), "3 inputs and 4 targets"),
        (lambda: compute.Loss("mse", np.zeros((0, 1)), np.zeros((0, 1))), "there are none"),
        (lambda: compute.Loss("mse", [[0.0]], [[0.0]], batch_size=0), "batch_size is 0"),
        (lambda: compute.Loss("mse", [[0.0]], [[0.0]], batch_size="many"), "batch_size is 'many'"),
        (lambda: compute.Loss("mse", 1.0, 1.0), "one number"),
        (
            lambda: compute.point(nn.Linear(1, 1), compute.Loss(lambda o, t: o[:, 0] * 1j, [[0.0]], [[0.0]])),
            "it is complex",
        ),
        (lambda: compute.Loss("mse", [None, "a"], [0.0, 1.0]), "array of objects"),
        (lambda: compute.Loss.from_dataset("mse", [torch.zeros(3)]), "item is a Tensor"),
        (lambda: compute.Loss.from_dataset("mse", []), "it is empty"),
        (lambda: compute.point(nn.Linear(1, 1), 3.0), "cannot measure a model"),
        (
            lambda: compute.point(nn.Linear(2, 1), compute.Loss("mse", np.zeros((5, 2)), np.zeros(5))),
            "broadcast against each other",
        ),
        (
            lambda: compute.point(
                nn.Linear(2, 1), compute.Loss(lambda o, t: o[:3], np.zeros((5, 2)), np.zeros(5))
            ),
            "returned a tensor of shape",
        ),
        (lambda: compute.point(nn.Linear(2, 1), lambda model: {"height": 1.0}), "no 'loss'"),
    ],
)
def test_what_cannot_be_measured_is_said(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_functions_of_the_model():
    model = nn.Linear(3, 1)
    norm = compute.point(model, lambda m: m.weight.norm())
    assert norm == {"loss": pytest.approx(float(model.weight.detach().norm()))}

    def slope(m):
        with torch.enable_grad():
            loss = (m(torch.ones(1, 3)) ** 2).sum()
            (gradient,) = torch.autograd.grad(loss, [m.weight])
        return {"slope": gradient.norm(), "loss": loss}

    values = compute.point(model, slope)
    assert list(values) == ["loss", "slope"]
    assert model.weight.grad is None
