"""Second derivatives against a dense Hessian that autograd builds from a plain mean in float64."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import compute
from compute.curvature.derivatives import DerivativeError, LossDerivatives
from compute.curvature.hessian import ConvergenceWarning
from compute.errors import GuidedError


def randomised(model: nn.Module, seed: int = 0, scale: float = 0.5) -> nn.Module:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(scale * torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
    return model.double().eval()


class Tied(nn.Module):
    """An embedding whose weights are also those of the output layer."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(6, 4)
        self.mix = nn.Linear(4, 4)
        self.out = nn.Linear(4, 6, bias=False)
        self.out.weight = self.embedding.weight

    def forward(self, tokens):
        return self.out(torch.tanh(self.mix(self.embedding(tokens))).mean(1))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(2, 3, batch_first=True)
        self.out = nn.Linear(3, 3)

    def forward(self, x):
        return self.out(self.lstm(x.reshape(len(x), 3, 2))[0][:, -1])


class Attending(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = nn.TransformerEncoderLayer(4, 2, 5, dropout=0.3, batch_first=True)
        self.out = nn.Linear(4, 3)

    def forward(self, x):
        return self.out(self.block(x.reshape(len(x), 3, 4)).mean(1))


def convolutional():
    return nn.Sequential(
        nn.Conv2d(1, 2, 3),
        nn.BatchNorm2d(2),
        nn.Softplus(),
        nn.ConvTranspose2d(2, 4, 2, stride=2, groups=2),
        nn.Tanh(),
        nn.Flatten(),
        nn.Linear(64, 3),
    )


def plain():
    return nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 3))


def numbers(*shape, seed=1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


CASES = {
    "plain": (plain, numbers(50, 5)),
    "convolutions": (convolutional, numbers(20, 1, 4, 4)),
    "tied": (Tied, torch.arange(60).reshape(20, 3) % 6),
    "recurrent": (Recurrent, numbers(15, 6)),
    "attention": (Attending, numbers(12, 12)),
}


@pytest.fixture(params=CASES)
def case(request):
    build, inputs = CASES[request.param]
    return randomised(build()), inputs, torch.arange(len(inputs)) % 3


def dense_hessian(model, objective):
    """(P, P) float64 of ``objective(model)``, over named_parameters() laid end to end."""
    names, values = zip(*((n, p.detach()) for n, p in model.named_parameters()), strict=True)

    class Objective(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self):
            return objective(self.model)

    def function(flat):
        pieces = torch.split(flat, [v.numel() for v in values])
        tensors = {f"model.{n}": p.view(v.shape) for n, p, v in zip(names, pieces, values, strict=True)}
        with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
            return torch.func.functional_call(Objective(), tensors, ())

    flat = torch.cat([v.reshape(-1) for v in values])
    return torch.autograd.functional.hessian(function, flat).numpy()


def flattened(direction, model):
    return np.concatenate([direction.tensors[n].numpy().ravel() for n, _ in model.named_parameters()])


@pytest.mark.parametrize("batch_size", [None, 1, 7])
def test_products_and_gradient_are_those_of_the_mean_over_samples(case, batch_size):
    """Whatever the batches, of which the last is smaller: Li et al.'s code sums over batches."""
    model, inputs, targets = case
    hessian = dense_hessian(model, lambda m: F.cross_entropy(m(inputs), targets))
    loss = compute.Loss("cross_entropy", inputs, targets, batch_size=batch_size)
    derivatives = LossDerivatives(model, loss)
    assert derivatives.size == len(hessian)
    for vector in numbers(3, derivatives.size, seed=5):
        np.testing.assert_allclose(derivatives.product(vector), hessian @ vector.numpy(), atol=1e-13)
    mean = F.cross_entropy(model(inputs), targets)
    gradient = torch.cat([g.reshape(-1) for g in torch.autograd.grad(mean, list(model.parameters()))])
    np.testing.assert_allclose(derivatives.gradient(), gradient, atol=1e-14)


def test_eigenpairs_are_those_of_the_dense_hessian(case):
    model, inputs, targets = case
    hessian = dense_hessian(model, lambda m: F.cross_entropy(m(inputs), targets))
    values, vectors = np.linalg.eigh(hessian)
    loss = compute.Loss("cross_entropy", inputs, targets, batch_size=6)
    found = compute.hessian_eigenvectors(model, loss, k=2, which="both", tol=1e-9)
    assert [d.kind for d in found] == [f"hessian eigenvector {n}" for n in (1, 2, -1, -2)]
    for direction, k in zip(found, (-1, -2, 0, 1), strict=True):
        assert direction.meta["eigenvalue"] == pytest.approx(values[k], rel=1e-9, abs=1e-12)
        vector = flattened(direction, model)
        assert abs(vector @ vectors[:, k]) == pytest.approx(1, abs=1e-6)
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-12)
        true_residual = np.linalg.norm(hessian @ vector - direction.meta["eigenvalue"] * vector)
        assert direction.meta["residual"] == pytest.approx(true_residual, abs=1e-12)
        assert true_residual <= 1e-9 * np.abs(values).max()


WEIGHTS = torch.tensor([0.2, 1.0, 3.0], dtype=torch.float64)


@pytest.mark.parametrize(
    ("loss_fn", "expected"),
    [
        (nn.CrossEntropyLoss(weight=WEIGHTS, label_smoothing=0.1), None),
        (nn.CrossEntropyLoss(reduction="sum"), None),
        (nn.CrossEntropyLoss(ignore_index=2), None),
        (lambda o, t: F.cross_entropy(o, t, reduction="none") ** 2, "mean"),
        (lambda o, t: F.cross_entropy(o, t) ** 2, None),  # one number: of all samples at once
    ],
    ids=["weights", "sum", "ignored class", "own, by sample", "own, whole"],
)
def test_every_kind_of_loss_has_its_own_hessian(loss_fn, expected):
    model = randomised(plain())
    inputs, targets = numbers(23, 5), torch.arange(23) % 3

    def objective(m):
        value = loss_fn(m(inputs), targets)
        return value.mean() if expected == "mean" else value

    hessian = dense_hessian(model, objective)
    derivatives = LossDerivatives(model, compute.Loss(loss_fn, inputs, targets, batch_size=5))
    vector = numbers(derivatives.size, seed=5)
    np.testing.assert_allclose(derivatives.product(vector), hessian @ vector.numpy(), rtol=1e-9, atol=1e-12)


def test_ignored_parameters_are_left_out():
    model = randomised(plain())
    inputs, targets = numbers(30, 5), torch.arange(30) % 3
    hessian = dense_hessian(model, lambda m: F.cross_entropy(m(inputs), targets))
    kept = np.concatenate([np.full(p.numel(), p.ndim > 1) for p in model.parameters()])
    loss = compute.Loss("cross_entropy", inputs, targets)
    (direction,) = compute.hessian_eigenvectors(model, loss, ignore="biasbn", tol=1e-9)
    largest = np.linalg.eigvalsh(hessian[np.ix_(kept, kept)])[-1]
    assert direction.meta["eigenvalue"] == pytest.approx(largest, rel=1e-9)
    assert direction.ignore == "biasbn" and not flattened(direction, model)[~kept].any()


def test_double_precision_of_a_single_precision_model():
    """float64 reaches residuals that float32 cannot, batch norm buffers and class weights included."""
    model = randomised(convolutional()).float()
    inputs, targets = numbers(30, 1, 4, 4), torch.arange(30) % 3
    loss_fn = nn.CrossEntropyLoss(weight=WEIGHTS.float())
    metric = compute.Loss(loss_fn, inputs, targets, batch_size=8)
    exact = copy.deepcopy(model).double()
    hessian = dense_hessian(
        exact, lambda m: F.cross_entropy(m(inputs), targets, weight=WEIGHTS.float().double())
    )
    largest = np.linalg.eigvalsh(hessian)[-1]
    (double,) = compute.hessian_eigenvectors(model, metric, tol=1e-10, dtype=torch.float64)
    assert double.meta["eigenvalue"] == pytest.approx(largest, rel=1e-12)
    assert double.meta["residual"] <= 1e-10 * largest
    (single,) = compute.hessian_eigenvectors(model, metric, tol=1e-5)
    assert single.meta["eigenvalue"] == pytest.approx(largest, rel=1e-5)
    assert single.tensors["0.weight"].dtype == torch.float32


def test_a_function_of_the_model_has_eigenvectors_too():
    model = randomised(plain())
    inputs, targets = numbers(30, 5), torch.arange(30) % 3

    def own(m):
        return {"loss": F.cross_entropy(m(inputs), targets), "other": 1.0}

    loss = compute.Loss("cross_entropy", inputs, targets)
    for metric in (own, lambda m: own(m)["loss"]):
        (a,), (b,) = (compute.hessian_eigenvectors(model, m, tol=1e-9) for m in (metric, loss))
        assert a.meta["eigenvalue"] == pytest.approx(b.meta["eigenvalue"], rel=1e-12)


def test_weight_decay_adds_itself_to_every_eigenvalue():
    """Of the height alone, where several metrics are measured at once."""
    model = randomised(plain())
    inputs, targets = numbers(30, 5), torch.arange(30) % 3
    loss = compute.Loss("cross_entropy", inputs, targets, batch_size=8)
    decayed = compute.Regularised(loss, 0.3)
    (alone,) = compute.hessian_eigenvectors(model, loss, tol=1e-9)
    for metric in (decayed, {"train": decayed, "test": loss}):
        (found,) = compute.hessian_eigenvectors(model, metric, tol=1e-9)
        assert found.meta["eigenvalue"] == pytest.approx(alone.meta["eigenvalue"] + 0.3, rel=1e-9)
    weights = compute.Regularised(loss, 0.3, ignore="biasbn")
    difference = LossDerivatives(model, weights).gradient() - LossDerivatives(model, loss).gradient()
    expected = torch.cat([0.3 * p.detach().reshape(-1) * (p.ndim > 1) for p in model.parameters()])
    np.testing.assert_allclose(difference, expected, atol=1e-14)


def test_second_difference_along_an_eigenvector_is_its_eigenvalue():
    model = randomised(convolutional())
    inputs, targets = numbers(20, 1, 4, 4), torch.arange(20) % 3
    metric = compute.Loss("cross_entropy", inputs, targets)
    h = 1e-4
    surface = compute.eigen_plane(model, metric, which="both", tol=1e-10, x=(-h, h, 3), y=(-h, h, 3))
    f, (top, bottom) = surface.loss, surface.meta["eigenvalues"]
    assert top > 0 > bottom
    assert (f[1, 0] - 2 * f[1, 1] + f[1, 2]) / h**2 == pytest.approx(top, rel=1e-6, abs=1e-7)
    assert (f[0, 1] - 2 * f[1, 1] + f[2, 1]) / h**2 == pytest.approx(bottom, rel=1e-6, abs=1e-7)
    # The eigenvectors of two eigenvalues are orthogonal in the Hessian's inner product too.
    assert f[2, 2] - f[2, 0] - f[0, 2] + f[0, 0] == pytest.approx(0, abs=4e-7 * h**2)
    assert surface.meta["cosine"] == pytest.approx(0, abs=1e-9)
    assert max(surface.meta["eigenvalue_residuals"]) <= 1e-10 * max(top, -bottom)
    assert surface.meta["hessian_products"] > 2 and not surface.notices


def test_mean_curvature_over_random_directions_is_the_trace_over_the_dimension():
    """E[v'Hv] = tr(H) / P for unit v of no preferred direction."""
    model = randomised(plain())
    inputs, targets = numbers(40, 5), torch.arange(40) % 3
    metric = compute.Loss("cross_entropy", inputs, targets)
    hessian = dense_hessian(model, lambda m: F.cross_entropy(m(inputs), targets))
    h, curvatures = 1e-3, []
    for seed in range(400):
        direction = compute.random_direction(model, seed=seed, norm="none", ignore=None)
        step = h / direction.norm()
        # The metric itself, at theta - h v, theta and theta + h v for unit v.
        values = []
        for sign in (-1, 0, 1):
            with torch.no_grad():
                moved = {n: p + sign * step * direction.tensors[n] for n, p in model.named_parameters()}
                outputs = torch.func.functional_call(model, moved, (inputs,))
                values.append(float(F.cross_entropy(outputs, targets)))
        curvatures.append((values[0] - 2 * values[1] + values[2]) / h**2)
    mean, error = np.mean(curvatures), np.std(curvatures, ddof=1) / math.sqrt(len(curvatures))
    expected = np.trace(hessian) / len(hessian)
    assert abs(mean - expected) < 3 * error
    assert error < 0.2 * abs(expected)  # tight enough to tell
    products = LossDerivatives(model, metric)
    unit = numbers(len(hessian), seed=9)
    unit /= unit.norm()
    assert float(unit @ products.product(unit)) == pytest.approx(unit.numpy() @ hessian @ unit.numpy())


def test_softmax_regression_is_convex(shared_data):
    """The spirals data: no eigenvalue below rounding, and 3 zero ones from shifting all logits alike."""
    data = np.load(shared_data / "spirals" / "spirals.npz")
    model = nn.Linear(2, 3).double()
    loss = compute.Loss("cross_entropy", data["train_points"].astype(float), data["train_labels"])
    for step in (0, 999):
        weights = torch.from_numpy(data["path_weights"][step]).double()
        with torch.no_grad():
            model.weight.copy_(weights[:6].reshape(2, 3).T)
            model.bias.copy_(weights[6:])
        found = compute.hessian_eigenvectors(model, loss, k=4, which="bottom", tol=1e-10)
        values = [d.meta["eigenvalue"] for d in found]
        assert values[0] > -1e-14
        assert values[2] < 1e-14 and values[3] > 1e-4


def test_gradient_direction_goes_down_at_the_gradients_length(build_mlp, samples):
    model = build_mlp(5, 6, 3)
    inputs, targets = samples(40, 5, 3)
    direction = compute.gradient_direction(
        model, compute.Loss("cross_entropy", inputs, targets, batch_size=9)
    )
    mean = F.cross_entropy(model(inputs), targets)
    for (name, _), gradient in zip(
        model.named_parameters(), torch.autograd.grad(mean, list(model.parameters())), strict=True
    ):
        np.testing.assert_allclose(direction.tensors[name], -gradient, atol=1e-15)
    assert direction.meta["gradient_norm"] == pytest.approx(direction.norm())
    # d/dt L(theta - t g) = -|g|^2
    h = 1e-6
    other = compute.random_direction(model, seed=0)
    metric = compute.Loss("cross_entropy", inputs, targets)
    f = compute.plane(model, metric, (direction, other), x=(-h, h, 3), y=(0, 0, 1)).loss[0]
    assert (f[2] - f[0]) / (2 * h) == pytest.approx(-(direction.norm() ** 2), rel=1e-6)


def test_extremes_at_every_point_of_a_grid_are_those_of_the_dense_hessian():
    model = randomised(plain())
    inputs, targets = numbers(30, 5), torch.arange(30) % 3
    loss = compute.Loss("cross_entropy", inputs, targets)
    metric = compute.HessianExtremes(loss, tol=1e-8)
    surface = compute.random_plane(model, metric, x=(-1, 1, 3), y=(-1, 0, 2), ignore=None)
    alone = compute.random_plane(model, loss, x=(-1, 1, 3), y=(-1, 0, 2), ignore=None)
    np.testing.assert_array_equal(surface.loss, alone.loss)
    np.testing.assert_array_equal(surface.metrics["accuracy"], alone.metrics["accuracy"])
    directions = [compute.random_direction(model, seed=s, ignore=None) for s in (0, 1)]
    for row, beta in enumerate(surface.y):
        for column, alpha in enumerate(surface.x):
            moved = copy.deepcopy(model)
            with torch.no_grad():
                for name, parameter in moved.named_parameters():
                    parameter += alpha * directions[0].tensors[name] + beta * directions[1].tensors[name]
            values = np.linalg.eigvalsh(dense_hessian(moved, lambda m: F.cross_entropy(m(inputs), targets)))
            for name, expected in (
                ("eigenvalue_max", values[-1]),
                ("eigenvalue_min", values[0]),
                ("eigenvalue_ratio", abs(values[0] / values[-1])),
            ):
                assert surface.metrics[name][row, column] == pytest.approx(expected, rel=1e-7), name
    assert surface.metrics["eigenvalue_residual"].max() < 1e-8 * surface.metrics["eigenvalue_max"].max()
    assert surface.meta["hessian"]["tol"] == 1e-8 and surface.meta["samples"] == 30


@pytest.mark.parametrize("mode", [True, False])
def test_the_model_is_left_as_it_was(mode):
    model = nn.Sequential(nn.Linear(5, 7), nn.BatchNorm1d(7), nn.Dropout(0.5), nn.Tanh(), nn.Linear(7, 3))
    model.train(mode)
    model[0].weight.requires_grad_(False)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    loss = compute.Loss("cross_entropy", numbers(20, 5), torch.arange(20) % 3)
    compute.hessian_eigenvectors(model, loss)
    compute.gradient_direction(model, loss)
    compute.eigen_plane(model, loss, x=(-1, 1, 2), y=(-1, 1, 2))
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert all(module.training == mode for module in model.modules())
    assert [p.requires_grad for p in model.parameters()] == [False] + [True] * 5
    assert all(p.grad is None for p in model.parameters())


class Once(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gradient):
        return 3 * ctx.saved_tensors[0] ** 2 * gradient


class OnceOnly(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(5, 3)

    def forward(self, x):
        return Once.apply(self.layer(x))


class Noisy(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(5, 20), nn.Tanh(), nn.Linear(20, 3))

    def forward(self, x):
        return self.layers(x + torch.randn_like(x))


@pytest.mark.parametrize(
    ("model", "loss", "words"),
    [
        (OnceOnly(), None, "once_differentiable"),
        (Noisy(), None, "one symmetric matrix"),
        (plain(), lambda m: m(numbers(3, 5).float()).sum().item(), "scalar tensor"),
        (plain(), lambda m: m(numbers(3, 5).float()), "scalar tensor"),
        (plain(), lambda m: m(numbers(3, 5).float()).sum().detach(), "with respect to the parameters|twice"),
        (plain(), lambda m: m(numbers(3, 4).float()).sum(), "takes these inputs|shapes"),
    ],
    ids=["once", "noise", "float", "vector", "detached", "shape"],
)
def test_what_cannot_be_differentiated_is_told(model, loss, words):
    torch.manual_seed(0)
    loss = loss or compute.Loss("cross_entropy", numbers(20, 5), torch.arange(20) % 3, batch_size=7)
    with pytest.raises(GuidedError, match=words) as error:
        compute.hessian_eigenvectors(model, loss)
    assert error.value.doing and error.value.found and error.value.todo


def test_a_second_derivative_that_is_not_implemented_has_its_own_error_type():
    with pytest.raises(DerivativeError):
        compute.hessian_eigenvectors(
            OnceOnly(), compute.Loss("cross_entropy", numbers(20, 5), torch.arange(20) % 3)
        )


@pytest.mark.parametrize(
    "options",
    [
        {"which": "largest"},
        {"k": 0},
        {"k": True},
        {"tol": 0.0},
        {"tol": float("nan")},
        {"max_products": 1},
        {"ignore": "bias"},
        {"seed": 0.5},
        {"k": 67},
    ],
    ids=lambda o: "-".join(map(str, *o.items())),
)
def test_bad_arguments_are_refused(options):
    loss = compute.Loss("cross_entropy", numbers(20, 5), torch.arange(20) % 3)
    with pytest.raises(GuidedError) as error:
        compute.hessian_eigenvectors(randomised(plain()), loss, **options)
    assert error.value.todo


def test_too_few_products_are_told_of():
    model, loss = (
        randomised(Attending()),
        compute.Loss("cross_entropy", numbers(12, 12), torch.arange(12) % 3),
    )
    with pytest.warns(ConvergenceWarning, match="max_products"):
        (direction,) = compute.hessian_eigenvectors(model, loss, which="bottom", max_products=5)
    assert direction.meta["residual"] > 1e-4 * abs(direction.meta["eigenvalue"])
    surface = compute.eigen_plane(model, loss, which="both", max_products=5, x=(-1, 1, 2), y=(-1, 1, 2))
    assert any("max_products" in notice for notice in surface.notices)


def test_loss_that_is_linear_has_no_curvature():
    model = nn.Linear(5, 1).double()
    (direction,) = compute.hessian_eigenvectors(model, lambda m: m(numbers(10, 5)).mean())
    assert direction.meta["eigenvalue"] == 0 and direction.meta["residual"] == 0


def test_gradient_that_points_nowhere_is_refused():
    model = nn.Linear(5, 1).double()
    with pytest.raises(GuidedError, match="it is 0"):
        compute.gradient_direction(model, lambda m: m(numbers(10, 5)).sum() * 0)
