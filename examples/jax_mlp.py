"""The loss landscape of a network in JAX, on random directions and on its Hessian's eigenvectors.

    python examples/jax_mlp.py digits_jax && glviz digits_jax_random.ply digits_jax_eigen.ply

``ravel_pytree`` turns any tree of parameters (Flax's and Equinox's too) into one vector and back.
"""

from __future__ import annotations

import sys

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from scipy.sparse.linalg import LinearOperator, eigsh
from sklearn.datasets import load_digits

import compute


def scores(parameters, inputs):
    """(n, classes) logits of a network with tanh layers; weights are (inputs, outputs)."""
    *layers, last = parameters
    for layer in layers:
        inputs = jnp.tanh(inputs @ layer["kernel"] + layer["bias"])
    return inputs @ last["kernel"] + last["bias"]


def mean_loss(parameters, inputs, labels):
    """The mean cross-entropy over the samples."""
    return -jnp.take_along_axis(jax.nn.log_softmax(scores(parameters, inputs)), labels[:, None], 1).mean()


def train(inputs, labels, *, widths=(32,), classes=10, steps=300, rate=0.5, seed=0):
    """Full-batch gradient descent from a random start."""
    generator = np.random.default_rng(seed)
    sizes = (inputs.shape[1], *widths, classes)
    parameters = [
        {
            "kernel": jnp.asarray(generator.normal(size=(a, b)) / np.sqrt(a), jnp.float32),
            "bias": jnp.zeros(b, jnp.float32),
        }
        for a, b in zip(sizes[:-1], sizes[1:], strict=True)
    ]
    gradient = jax.jit(jax.grad(mean_loss))
    for _ in range(steps):
        slopes = gradient(parameters, inputs, labels)
        parameters = jax.tree.map(lambda p, g: p - rate * g, parameters, slopes)
    return parameters


def flat_loss(parameters, inputs, labels):
    """The loss as a compiled function of one vector, and the vector of these parameters."""
    theta, unravel = ravel_pytree(parameters)
    compiled = jax.jit(lambda vector: mean_loss(unravel(vector), inputs, labels))
    return (lambda vector: compiled(jnp.asarray(vector, theta.dtype))), np.asarray(theta, np.float64)


def random_landscape(parameters, inputs, labels, *, x=(-1, 1, 41), y=(-1, 1, 41), seed=0):
    """The surface on two filter-normalised random directions; a filter is a column of a kernel."""
    loss, theta = flat_loss(parameters, inputs, labels)
    leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(parameters)]  # in the order of ravel_pytree
    d1, d2 = (
        compute.flatten_arrays(compute.array_direction(leaves, seed=s)) for s in (2 * seed, 2 * seed + 1)
    )
    facts = {"model": "JAX MLP", "norm": "filter", "ignore": "biasbn", "seed": seed}
    return compute.function_plane(loss, theta, d1, d2, x=x, y=y, meta=facts)


def eigen_landscape(parameters, inputs, labels, *, x=(-1, 1, 41), y=(-1, 1, 41)):
    """The surface on the Hessian's two top eigenvectors; JAX differentiates, ARPACK finds them."""
    loss, theta = flat_loss(parameters, inputs, labels)
    start, unravel = ravel_pytree(parameters)

    @jax.jit
    def product(vector):
        gradient = jax.grad(lambda v: mean_loss(unravel(v), inputs, labels))
        return jax.jvp(gradient, (start,), (vector,))[1]

    hessian = LinearOperator(
        (theta.size, theta.size),
        matvec=lambda v: np.asarray(product(jnp.asarray(v.ravel(), start.dtype)), np.float64),
        dtype=np.float64,
    )
    values, vectors = eigsh(hessian, k=2, which="LA", tol=1e-5, v0=np.ones(theta.size))
    facts = {"model": "JAX MLP", "directions": "hessian eigenvectors", "eigenvalues": values[::-1].tolist()}
    return compute.function_plane(loss, theta, vectors[:, 1], vectors[:, 0], x=x, y=y, meta=facts)


def main(name):
    """Train a network on the digits that come with scikit-learn and save both surfaces."""
    inputs, labels = load_digits(return_X_y=True)
    inputs, labels = jnp.asarray(inputs / 16, jnp.float32), jnp.asarray(labels)
    parameters = train(inputs, labels)
    for kind, landscape in (("random", random_landscape), ("eigen", eigen_landscape)):
        surface = landscape(parameters, inputs, labels)
        surface.save(f"{name}_{kind}.ply")
        print(f"{kind}: loss {surface.loss.min():.4g} ... {surface.loss.max():.4g}; {name}_{kind}.ply")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "digits_jax")
