"""Theorems that a correct landscape obeys, and what they would not survive."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

import compute

GRID = {"x": (-1, 1, 9), "y": (-1, 1, 7)}


def largest_relative_difference(a: compute.Surface, b: compute.Surface) -> float:
    return float(np.max(np.abs(a.loss - b.loss) / np.abs(a.loss)))


@pytest.mark.parametrize("seed", [0, 1])
def test_rescaled_relu_network_has_the_same_surface(build_mlp, samples, seed):
    """W1 c, b1 c, W2 / c compute the same function; its landscape must not tell them apart."""
    model = build_mlp(6, 16, 4)
    scaled = copy.deepcopy(model)
    c = 37.0
    with torch.no_grad():
        scaled[0].weight.mul_(c)
        scaled[0].bias.mul_(c)
        scaled[2].weight.div_(c)
    metric = compute.Loss("cross_entropy", *samples(80, 6, 4))
    own = compute.point(model, metric)["loss"]
    assert compute.point(scaled, metric)["loss"] == pytest.approx(own, rel=1e-12)

    def difference(norm):
        return largest_relative_difference(
            *(compute.random_plane(m, metric, seed=seed, norm=norm, **GRID) for m in (model, scaled))
        )

    assert difference("filter") < 1e-12
    assert difference("none") > 1


@pytest.mark.parametrize("orthogonal", [False, True])
def test_filters_rescaled_one_by_one_separate_filter_from_layer_normalisation(orthogonal):
    """A frozen BatchNorm absorbs another factor for each filter: only filter normalisation does too."""
    generator = torch.Generator().manual_seed(0)

    def random(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    model = nn.Sequential(
        nn.Conv2d(2, 6, 3, bias=False),
        nn.BatchNorm2d(6, eps=1e-14),
        nn.ReLU(),
        nn.ConvTranspose2d(6, 4, 2, groups=2, bias=False),
        nn.BatchNorm2d(4, eps=1e-14),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(4 * 25, 3),
    ).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(random(*parameter.shape))
        for bn in (model[1], model[4]):
            bn.running_mean.copy_(random(*bn.running_mean.shape))
            bn.running_var.copy_(random(*bn.running_var.shape) ** 2 + 0.5)
    scaled = copy.deepcopy(model)
    with torch.no_grad():
        c = torch.logspace(-1.5, 1.5, 6, dtype=torch.float64)
        scaled[0].weight.mul_(c.view(6, 1, 1, 1))
        scaled[1].running_mean.mul_(c)
        scaled[1].running_var.mul_(c**2)
        c = torch.logspace(1, -1, 4, dtype=torch.float64)
        scaled[3].weight[:3].mul_(c[:2].view(1, 2, 1, 1))  # the outputs of the first group
        scaled[3].weight[3:].mul_(c[2:].view(1, 2, 1, 1))
        scaled[4].running_mean.mul_(c)
        scaled[4].running_var.mul_(c**2)
    metric = compute.Loss("cross_entropy", random(40, 2, 6, 6), torch.arange(40) % 3)
    own = compute.point(model, metric)["loss"]
    assert compute.point(scaled, metric)["loss"] == pytest.approx(own, rel=1e-11)

    def difference(norm):
        options = {"norm": norm, "orthogonal": orthogonal, **GRID}
        return largest_relative_difference(
            *(compute.random_plane(m, metric, **options) for m in (model, scaled))
        )

    assert difference("filter") < 1e-10
    assert difference("layer") > 0.1


def test_linear_regression_is_the_quadratic_of_its_normal_equations(samples):
    """L(theta + s) = L + g.s + s' (X'X / n) s with the bias as a column of ones, for squared loss."""
    inputs, _ = samples(60, 5, 2)
    targets = (inputs @ torch.arange(5.0, dtype=torch.float64) + inputs[:, 0] ** 2)[:, None]
    model = nn.Linear(5, 1).double()
    directions = tuple(compute.random_direction(model, seed=s, ignore=None) for s in (0, 1))
    metric = compute.Loss("mse", inputs, targets)
    surface = compute.plane(model, metric, directions, x=(-3, 3, 13), y=(-1, 2, 8))

    design = np.hstack([inputs.numpy(), np.ones((60, 1))])
    theta = np.append(model.weight.detach().numpy(), model.bias.detach().numpy())
    steps = np.array([np.append(d.tensors["weight"], d.tensors["bias"]) for d in directions])
    residual = design @ theta - targets.numpy()[:, 0]
    gradient = 2 * design.T @ residual / 60
    hessian = 2 * design.T @ design / 60
    s = surface.x[None, :, None] * steps[0] + surface.y[:, None, None] * steps[1]
    expected = (residual**2).mean() + s @ gradient + 0.5 * np.einsum("jip,pq,jiq->ji", s, hessian, s)
    np.testing.assert_allclose(surface.loss, expected, rtol=1e-12)


def test_deep_linear_network_is_a_polynomial_of_degree_six(samples):
    """Three linear layers are cubic in (x, y), their squared error is of total degree six, not five."""
    generator = torch.Generator().manual_seed(0)
    model = nn.Sequential(*(nn.Linear(a, b, bias=False) for a, b in ((4, 6), (6, 5), (5, 2)))).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
    inputs, _ = samples(50, 4, 2)
    targets = torch.randn(50, 2, generator=generator, dtype=torch.float64)
    surface = compute.random_plane(model, compute.Loss("mse", inputs, targets), x=(-1, 1, 15), y=(-1, 1, 12))
    x, y = np.meshgrid(surface.x, surface.y)

    def misfit(degree):
        basis = np.polynomial.chebyshev.chebvander2d(x.ravel(), y.ravel(), [degree, degree])
        total = np.add.outer(np.arange(degree + 1), np.arange(degree + 1)).ravel()
        basis = basis[:, total <= degree]
        fitted = basis @ np.linalg.lstsq(basis, surface.loss.ravel(), rcond=None)[0]
        return np.abs(fitted - surface.loss.ravel()).max() / surface.loss.max()

    assert misfit(6) < 1e-13
    assert misfit(5) > 1e-5


def test_curvature_of_a_plane_is_that_of_the_hessian(build_mlp, samples):
    """Second differences along d1 and d2 are d' H d, with H from automatic differentiation."""
    model = build_mlp(3, 5, 2)
    model[1] = nn.Tanh()
    inputs, targets = samples(40, 3, 2)
    directions = tuple(compute.random_direction(model, seed=s, norm="none", ignore=None) for s in (0, 1))
    h = 1e-4
    metric = compute.Loss("cross_entropy", inputs, targets)
    f = compute.plane(model, metric, directions, x=(-h, h, 3), y=(-h, h, 3)).loss
    names = [name for name, _ in model.named_parameters()]

    def loss(*values):
        outputs = torch.func.functional_call(model, dict(zip(names, values, strict=True)), (inputs,))
        return nn.functional.cross_entropy(outputs, targets)

    values = tuple(p.detach() for p in model.parameters())
    d1, d2 = (tuple(d.tensors[name] for name in names) for d in directions)
    product = torch.autograd.functional.hvp(loss, values, d1)[1]
    along = sum(float((p * d).sum()) for p, d in zip(product, d1, strict=True))
    across = sum(float((p * d).sum()) for p, d in zip(product, d2, strict=True))
    assert (f[1, 0] - 2 * f[1, 1] + f[1, 2]) / h**2 == pytest.approx(along, rel=1e-5)
    assert (f[2, 2] - f[2, 0] - f[0, 2] + f[0, 0]) / (4 * h**2) == pytest.approx(across, rel=1e-4)
