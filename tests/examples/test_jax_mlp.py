"""The example for JAX, against the same network in numpy and in PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import compute

pytest.importorskip("jax", reason="JAX is not installed (the extra 'examples')")


@pytest.fixture(scope="module")
def script(example):
    return example("jax_mlp")


@pytest.fixture(scope="module")
def trained(script):
    """A small network on a few digits: parameters, and samples as JAX and as numpy arrays."""
    import jax.numpy as jnp
    from sklearn.datasets import load_digits

    inputs, labels = load_digits(return_X_y=True)
    inputs, labels = (inputs[:200] / 16).astype(np.float32), labels[:200]
    samples = jnp.asarray(inputs), jnp.asarray(labels)
    return script.train(*samples, widths=(5, 4), steps=200), samples, (inputs.astype(float), labels)


def naive_loss(parameters, inputs, labels):
    for k, layer in enumerate(parameters):
        inputs = inputs @ np.asarray(layer["kernel"], float) + np.asarray(layer["bias"], float)
        inputs = np.tanh(inputs) if k < len(parameters) - 1 else inputs
    shifted = inputs - inputs.max(1, keepdims=True)
    return (np.log(np.exp(shifted).sum(1)) - shifted[np.arange(len(labels)), labels]).mean()


def test_random_surface_against_numpy_in_double_precision(script, trained):
    import jax

    parameters, samples, arrays = trained
    surface = script.random_landscape(parameters, *samples, x=(-1, 1, 3), y=(-0.5, 0.5, 3), seed=1)
    leaves = jax.tree.leaves(parameters)
    steps = [compute.array_direction([np.asarray(v) for v in leaves], seed=s) for s in (2, 3)]
    for leaf, step in zip(leaves, steps[1], strict=True):
        expected = np.linalg.norm(leaf, axis=0) if leaf.ndim == 2 else 0 * np.abs(leaf)
        np.testing.assert_allclose(np.sqrt((step**2).sum(0)) if leaf.ndim == 2 else step, expected, rtol=1e-6)
    for row, y in enumerate(surface.y):
        for column, x in enumerate(surface.x):
            moved = [np.asarray(v, float) + x * a + y * b for v, a, b in zip(leaves, *steps, strict=True)]
            tree = jax.tree.unflatten(jax.tree.structure(parameters), moved)
            assert surface.loss[row, column] == pytest.approx(naive_loss(tree, *arrays), rel=2e-5)


def test_eigenvalues_are_those_that_compute_finds_in_pytorch(script, trained):
    parameters, samples, (inputs, labels) = trained
    model = nn.Sequential(nn.Linear(64, 5), nn.Tanh(), nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 10)).double()
    with torch.no_grad():
        for layer, values in zip(model[::2], parameters, strict=True):
            layer.weight.copy_(torch.tensor(np.asarray(values["kernel"]).T))
            layer.bias.copy_(torch.tensor(np.asarray(values["bias"])))
    loss = compute.Loss("cross_entropy", inputs, labels)
    directions = compute.hessian_eigenvectors(model, loss, k=2, tol=1e-6)
    surface = script.eigen_landscape(parameters, *samples, x=(-0.5, 0.5, 3), y=(-0.5, 0.5, 3))
    expected = [d.meta["eigenvalue"] for d in directions]
    np.testing.assert_allclose(surface.meta["eigenvalues"], expected, rtol=1e-4)
    assert surface.meta["direction_norms"] == pytest.approx([1, 1], rel=1e-6)
    mirrored = compute.plane(model, loss, directions, x=(-0.5, 0.5, 3), y=(-0.5, 0.5, 3)).loss
    flips = [mirrored[::a, ::b] for a in (1, -1) for b in (1, -1)]  # an eigenvector's sign is free
    assert min(np.abs(surface.loss - f).max() for f in flips) < 1e-3 * surface.loss.max()


@pytest.mark.slow
def test_script_saves_both_surfaces(script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    script.main("digits")
    for kind in ("random", "eigen"):
        surface = compute.load(tmp_path / f"digits_{kind}.ply")
        assert surface.shape == (41, 41) and surface.finite.all()
        assert surface.loss[20, 20] < 0.3 * surface.loss.max()
