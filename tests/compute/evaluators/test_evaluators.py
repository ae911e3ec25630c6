"""Faster evaluators against a float64 loop that is too simple to be wrong."""

from __future__ import annotations

import copy
import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import compute
from compute.evaluate import evaluator
from compute.runs.order import GridPoints
from compute.zoo.mlp import mlp

AXES = {"x": (-1, 1, 9), "y": (-0.5, 1, 7)}
EXACT = 2e-6


def randomised(model: nn.Module, seed: int = 0) -> nn.Module:
    """Parameters and statistics away from where a fresh network has them."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.running_mean.normal_(generator=generator)
            module.running_var.uniform_(0.5, 2, generator=generator)
            with torch.no_grad():
                module.weight.uniform_(0.5, 1.5, generator=generator)
                module.bias.normal_(generator=generator)
    return model.eval()


class Residual(nn.Module):
    """Shortcuts, sums in place, a module called twice, and normalisation that cannot all be folded."""

    def __init__(self, *, in_place: bool = False) -> None:
        super().__init__()
        self.stem, self.stem_bn = nn.Conv2d(2, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6)
        self.conv, self.bn = nn.Conv2d(6, 6, 3, padding=1), nn.BatchNorm2d(6)
        self.last_bn, self.relu, self.head = nn.BatchNorm2d(6), nn.ReLU(), nn.Linear(6, 4)
        self.in_place = in_place

    def forward(self, x):
        x = self.relu(self.stem_bn(self.stem(x)))
        out = self.bn(self.conv(x))
        if self.in_place:
            out += x
        else:
            out = out + x
        out = self.relu(self.last_bn(self.relu(out)))
        return self.head(out.mean((2, 3)))


class Functional(nn.Module):
    """A perceptron written with functions."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(8, 12), nn.Linear(12, 10, bias=False)
        self.third = nn.Linear(10, 4)

    def forward(self, x):
        x = torch.tanh(self.first(torch.flatten(x, 1)))
        return self.third(F.gelu(self.second(x)))


class Pooling(nn.Module):
    """Maximum pooling as a layer and as a function, of sizes that leave a rest."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.head = nn.Conv2d(2, 5, 2), nn.Conv2d(5, 6, 1), nn.Linear(6, 4)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        x = self.pool(torch.relu(self.first(x)))
        return self.head(torch.flatten(F.max_pool2d(self.second(x), 2), 1))


class Deciding(nn.Module):
    """What it computes depends on what it computed."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 4)

    def forward(self, x):
        y = self.linear(x)
        return y if y.mean() > 0 else 2 * y


def perceptron(*, batchnorm: bool = False) -> nn.Module:
    return randomised(mlp((8, 12, 10, 4), batchnorm=batchnorm))


def vectors(count: int = 301, features: int = 8, classes: int = 4):
    generator = torch.Generator().manual_seed(5)
    inputs = torch.randn(count, features, generator=generator)
    return inputs, torch.randint(0, classes, (count,), generator=generator)


def images(count: int = 90):
    generator = torch.Generator().manual_seed(6)
    inputs = torch.randn(count, 2, 8, 8, generator=generator)
    return inputs, torch.randint(0, 4, (count,), generator=generator)


def directions(model, ignore="biasbn"):
    return tuple(compute.random_direction(model, seed=seed, ignore=ignore) for seed in (0, 1))


CASES = {
    "perceptron": (perceptron, vectors, "biasbn", "stacked weights, first layer shared"),
    "perceptron, biases too": (perceptron, vectors, "none", "stacked weights, first layer shared"),
    "functions": (Functional, vectors, "none", "stacked weights, first layer shared"),
    "BatchNorm folded": (
        lambda: perceptron(batchnorm=True),
        vectors,
        "biasbn",
        "stacked weights, first layer shared, BatchNorm folded",
    ),
    "BatchNorm moves": (lambda: perceptron(batchnorm=True), vectors, "none", "loop, first layer shared"),
    "residual": (
        lambda: randomised(Residual()),
        images,
        "biasbn",
        "loop, BatchNorm folded, first layer shared",
    ),
    "residual, scales move": (lambda: randomised(Residual()), images, "none", "loop, first layer shared"),
    "residual, in place": (
        lambda: randomised(Residual(in_place=True)),
        images,
        "biasbn",
        "loop, BatchNorm folded, first layer shared",
    ),
    "pooling": (Pooling, images, "none", "loop, first layer shared"),
    "decides": (Deciding, vectors, "biasbn", "plain loop (its operations depend on values (TraceError))"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_same_numbers_as_a_float64_loop(case, naive_plane):
    make, samples, ignore, method = CASES[case]
    torch.manual_seed(3)
    model, (inputs, targets) = make().eval(), samples()
    before = copy.deepcopy(model.state_dict())
    pair = directions(model, ignore)
    loss = compute.Loss("cross_entropy", inputs, targets)
    surface = compute.plane(model, loss, pair, **AXES)
    assert surface.meta["evaluator"] == method
    assert surface.notices == ()
    true = naive_plane(model, pair, surface.x, surface.y, inputs, targets)
    np.testing.assert_allclose(surface.loss, true, rtol=EXACT)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    # standard error and accuracy from the same outputs, as one point at a time gives them
    with evaluator(model, loss, pair) as evaluate:
        for j, i in ((0, 0), (3, 4), (6, 8)):
            values = evaluate.at(float(surface.x[i]), float(surface.y[j]))
            assert surface.metrics["loss_stderr"][j, i] == pytest.approx(values["loss_stderr"], rel=1e-5)
            assert surface.metrics["accuracy"][j, i] == values["accuracy"]


@pytest.mark.parametrize("loss_fn", ["cross_entropy", "mse", "weighted", "smoothed", "ignored"])
def test_any_loss_of_one_number_a_sample(loss_fn):
    model, (inputs, targets) = perceptron(), vectors()
    functions = {
        "weighted": nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0, 0.5, 3.0])),
        "smoothed": nn.CrossEntropyLoss(label_smoothing=0.1),
        "ignored": nn.CrossEntropyLoss(ignore_index=2),
    }
    if loss_fn == "mse":
        targets = torch.randn(len(inputs), 4, generator=torch.Generator().manual_seed(1))
    loss = compute.Loss(functions.get(loss_fn, loss_fn), inputs, targets)
    pair = directions(model)
    surface = compute.plane(model, loss, pair, **AXES)
    assert surface.meta["evaluator"].startswith("stacked")
    with evaluator(model, loss, pair) as evaluate:
        for j, i in ((0, 0), (5, 2), (6, 8)):
            for name, value in evaluate.at(float(surface.x[i]), float(surface.y[j])).items():
                found = surface.loss if name == "loss" else surface.metrics[name]
                assert found[j, i] == pytest.approx(value, rel=5e-6)


@pytest.mark.parametrize("case", ["perceptron", "residual"])
def test_a_value_does_not_depend_on_its_company(case):
    make, samples, ignore, _ = CASES[case]
    torch.manual_seed(3)
    model = make().eval()
    points = [(x / 7, y / 5) for y in range(-5, 6) for x in range(-7, 8)]
    with evaluator(model, compute.Loss("cross_entropy", *samples()), directions(model, ignore)) as evaluate:
        evaluate.prepare(points)
        together = list(evaluate.each(points))
        assert together == [next(evaluate.each([point])) for point in points]
        assert together[::-1] == list(evaluate.each(points[::-1]))
        assert together[50:61] == list(evaluate.each(points[50:61]))


def test_only_the_last_layer_moves(naive_plane):
    torch.manual_seed(3)
    model, (inputs, targets) = randomised(Residual()), images()
    kept = {"head.weight", "head.bias"}

    def last(direction):
        tensors = {n: t if n in kept else torch.zeros_like(t) for n, t in direction.tensors.items()}
        return compute.Direction(tensors)

    pair = tuple(last(d) for d in directions(model, "none"))
    surface = compute.plane(model, compute.Loss("cross_entropy", inputs, targets), pair, **AXES)
    assert surface.meta["evaluator"] == "stacked weights, first layer shared" + ", BatchNorm folded"
    np.testing.assert_allclose(
        surface.loss, naive_plane(model, pair, surface.x, surface.y, inputs, targets), rtol=EXACT
    )


def test_one_that_is_off_is_not_used_and_the_surface_says_so(monkeypatch):
    from compute.evaluators import ladder

    class Wrong(ladder.Stacked):
        def __call__(self, coefficients):
            found = super().__call__(coefficients)
            return [tuple(v | {"loss": v["loss"] * (1 + 1e-5)} for v in values) for values in found]

    model, (inputs, targets) = perceptron(), vectors()
    loss, pair = compute.Loss("cross_entropy", inputs, targets), directions(model)
    right = compute.plane(model, loss, pair, **AXES)
    monkeypatch.setattr(ladder, "Stacked", Wrong)
    surface = compute.plane(model, loss, pair, **AXES)
    assert "stacked" in surface.notices[0] and "1.0e-05" in surface.notices[0]
    assert surface.meta["evaluator"] == "loop, first layer shared"  # the next one
    np.testing.assert_allclose(surface.loss, right.loss, rtol=EXACT)


@pytest.mark.parametrize("case", ["perceptron", "BatchNorm folded", "residual"])
def test_every_loss_of_a_run_is_that_of_a_float64_loop(case, naive_plane):
    """Training and test set, one with a penalty, and functions of the model in between."""
    make, samples, ignore, method = CASES[case]
    torch.manual_seed(3)
    model, (inputs, targets) = make().eval(), samples()
    pair, cut, decay = directions(model, ignore), len(inputs) // 3, 0.02
    train = compute.Loss("cross_entropy", inputs[cut:], targets[cut:])
    test = compute.Loss("cross_entropy", inputs[:cut], targets[:cut])
    asked = []

    def largest(model):
        asked.append(1)
        return max(float(p.detach().abs().max()) for p in model.parameters())

    metrics = {"train": compute.Regularised(train, decay), "largest": largest, "test": test}
    surface = compute.plane(model, metrics, pair, **AXES)
    assert surface.meta["evaluator"] == method + ", the model itself for 1 other"
    assert surface.notices == () and len(asked) <= surface.loss.size + 4
    for found, part in (("data_loss", slice(cut, None)), ("test_loss", slice(cut))):
        true = naive_plane(model, pair, surface.x, surface.y, inputs[part], targets[part])
        np.testing.assert_allclose(surface.metrics[found], true, rtol=EXACT)
    exact = {name: parameter.detach().double() for name, parameter in model.named_parameters()}
    for j, i in ((0, 0), (3, 4), (6, 8)):
        step = (surface.x[i], surface.y[j])
        moved = {
            name: p + sum(c * d.tensors[name].double() for c, d in zip(step, pair, strict=True))
            for name, p in exact.items()
        }
        penalty = decay / 2 * float(sum(p.square().sum() for p in moved.values()))
        assert surface.loss[j, i] - surface.metrics["data_loss"][j, i] == pytest.approx(penalty, rel=1e-10)
        assert surface.metrics["largest"][j, i] == pytest.approx(
            max(float(p.abs().max()) for p in moved.values()), rel=1e-6
        )


def test_one_loss_that_is_off_is_enough_to_leave_an_evaluator(monkeypatch):
    from compute.evaluators import ladder

    class Wrong(ladder.Stacked):
        def __call__(self, coefficients):
            found = super().__call__(coefficients)
            return [(first, second | {"loss": second["loss"] * 1.001}) for first, second in found]

    model, (inputs, targets) = perceptron(), vectors()
    train, test = (
        compute.Loss("cross_entropy", inputs[p], targets[p]) for p in (slice(200), slice(200, 301))
    )
    monkeypatch.setattr(ladder, "Stacked", Wrong)
    surface = compute.plane(model, {"train": train, "test": test}, directions(model), **AXES)
    assert surface.meta["evaluator"] == "loop, first layer shared"
    assert "1.0e-03 off" in surface.notices[0]


def test_a_metric_without_losses_over_samples_is_asked_of_the_model():
    model = perceptron()
    surface = compute.plane(model, {"a": lambda m: 1.0, "b": lambda m: 2.0}, directions(model), **AXES)
    assert surface.meta["evaluator"].startswith("plain loop (nothing in the metric is a loss")


def test_values_that_are_not_finite_are_those_of_the_plain_loop():
    model, (inputs, _) = perceptron(), vectors()
    pair = directions(model)
    xs, ys = np.linspace(-1e30, 1e30, 9), np.linspace(-1, 1, 7)
    with evaluator(model, compute.Loss("mse", inputs, torch.zeros(len(inputs), 4)), pair) as evaluate:
        points = GridPoints(xs, ys)
        evaluate.prepare(points)
        found = {point: values["loss"] for point, values in zip(points, evaluate.each(points), strict=True)}
        assert evaluate.method["evaluator"].startswith("stacked")
        plain = {point: evaluate.at(*point)["loss"] for point in points if abs(point[1]) == 1}
    assert all(np.isfinite(found[point]) == np.isfinite(loss) for point, loss in plain.items())
    assert not np.isfinite([*found.values()]).all() and np.isfinite([*found.values()]).any()


@pytest.mark.parametrize("size", [(8, 8), (7, 5), (2, 3)])
def test_pooling_gives_the_very_same_numbers(size):
    from compute.evaluators.pooling import pooled

    values = torch.randn(3, 5, *size, generator=torch.Generator().manual_seed(0))
    values[0, 0, 0, 0], values[1, 2, 1, 1] = torch.nan, torch.inf
    torch.testing.assert_close(pooled(values), F.max_pool2d(values, 2), rtol=0, atol=0, equal_nan=True)


def test_pooling_is_found():
    from compute.evaluators.pooling import faster_pooling
    from compute.evaluators.traced import trace
    from compute.model.parameters import parameter_slots

    model = Pooling().eval()
    traced = trace(model, parameter_slots(model), [d.tensors for d in directions(model)])
    traced.shapes(images()[0])
    assert faster_pooling(traced) == 2
    torch.testing.assert_close(traced.module(images()[0]), model(images()[0]))


def test_hooks_are_heard():
    model, (inputs, targets) = perceptron(), vectors()
    calls = []
    model.linear2.register_forward_hook(lambda *_: calls.append(1))
    surface = compute.plane(model, compute.Loss("cross_entropy", inputs, targets), directions(model), **AXES)
    assert surface.meta["evaluator"] == "plain loop (it has hooks or parametrisations)"
    assert len(calls) >= surface.loss.size


def test_threads_are_as_before():
    torch.set_num_threads(2)
    model, (inputs, targets) = perceptron(), vectors()
    surface = compute.plane(model, compute.Loss("cross_entropy", inputs, targets), directions(model), **AXES)
    assert torch.get_num_threads() == 2
    assert surface.meta["threads"] in (1, 2)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
@pytest.mark.parametrize("case", ["perceptron", "BatchNorm folded", "residual"])
def test_a_gpu_gives_the_same_numbers(case, naive_plane):
    make, samples, ignore, method = CASES[case]
    torch.manual_seed(3)
    model, (inputs, targets) = make().eval(), samples()
    pair = directions(model, ignore)
    loss = compute.Loss("cross_entropy", inputs, targets)
    true = naive_plane(model, pair, np.linspace(*AXES["x"]), np.linspace(*AXES["y"]), inputs, targets)
    surface = compute.plane(model.cuda(), loss, pair, **AXES)
    assert surface.meta["evaluator"] == method and surface.meta["device"].startswith("cuda")
    np.testing.assert_allclose(surface.loss, true, rtol=1e-5)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
@pytest.mark.parametrize("case", ["perceptron", "BatchNorm folded", "residual"])
def test_a_gpu_is_not_waited_for_at_each_point(case):
    make, samples, ignore, _ = CASES[case]
    model, (inputs, targets) = make().eval().cuda(), samples()
    points = [(0.01 * k, -0.02 * k) for k in range(128)]
    loss = compute.Loss("cross_entropy", inputs, targets)
    with evaluator(model, loss, directions(model, ignore)) as evaluate:
        evaluate.prepare(points)
        rung = evaluate._choice.rung
        assert rung is not None and rung.points >= 8
        rung(points[: rung.points])
        torch.cuda.set_sync_debug_mode("warn")
        try:
            with warnings.catch_warnings(record=True) as waits:
                warnings.simplefilter("always")
                rung(points[: rung.points])
        finally:
            torch.cuda.set_sync_debug_mode("default")
    assert 1 <= sum("synchronizing" in str(wait.message) for wait in waits) <= 4  # there and back
