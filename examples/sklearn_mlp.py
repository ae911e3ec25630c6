"""The loss landscape of scikit-learn's MLPClassifier, with filter-normalised directions.

    python examples/sklearn_mlp.py digits_sklearn.ply && glviz digits_sklearn.ply

A fitted network's weights are ``coefs_`` (inputs, outputs) and ``intercepts_``. Flattened they
make theta; ``function_plane`` asks for the loss of vectors around it.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy.special import logsumexp
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

import compute

ACTIVATIONS = {
    "identity": lambda z: z,
    "logistic": lambda z: 1 / (1 + np.exp(-z)),
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
}


def weights_of(network):
    """The network's arrays, layer after layer: weights, then intercepts."""
    return [array for pair in zip(network.coefs_, network.intercepts_, strict=True) for array in pair]


def loss_function(network, inputs, labels):
    """The cross-entropy and accuracy of the network as a function of its flattened weights.

    Args:
        network: a fitted classifier of more than two classes; it is only read.
        inputs: (n, features).
        labels: (n,) as given to ``fit``.

    Returns:
        A function from (P,) numbers to ``{"loss": ..., "accuracy": ...}``. The loss is
        scikit-learn's own (``loss_``) without the penalty ``alpha``.
    """
    arrays, activation = weights_of(network), ACTIVATIONS[network.activation]
    classes = np.searchsorted(network.classes_, labels)

    def mean_loss(theta):
        values = compute.unflatten_arrays(theta, arrays)
        hidden = inputs
        for weights, intercepts in zip(values[:-2:2], values[1:-2:2], strict=True):
            hidden = activation(hidden @ weights + intercepts)
        scores = hidden @ values[-2] + values[-1]
        losses = logsumexp(scores, axis=1) - scores[np.arange(len(scores)), classes]
        return {"loss": losses.mean(), "accuracy": (scores.argmax(1) == classes).mean()}

    return mean_loss


def landscape(network, inputs, labels, *, x=(-1, 1, 41), y=(-1, 1, 41), seed=0):
    """The surface around a fitted network, on two filter-normalised random directions."""
    arrays = weights_of(network)
    d1, d2 = (
        compute.flatten_arrays(compute.array_direction(arrays, seed=s)) for s in (2 * seed, 2 * seed + 1)
    )
    return compute.function_plane(
        loss_function(network, inputs, labels),
        compute.flatten_arrays(arrays),
        d1,
        d2,
        x=x,
        y=y,
        meta={"model": "sklearn MLPClassifier", "norm": "filter", "ignore": "biasbn", "seed": seed},
    )


def main(path):
    """Train a network on the digits that come with scikit-learn and save its surface."""
    inputs, labels = load_digits(return_X_y=True)
    inputs = inputs / 16
    network = MLPClassifier((32,), learning_rate_init=0.01, max_iter=500, tol=1e-3, random_state=0)
    network.fit(inputs, labels)
    surface = landscape(network, inputs, labels)
    surface.save(path)
    print(f"loss {surface.loss.min():.4g} ... {surface.loss.max():.4g}; see it: glviz {path}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "digits_sklearn.ply")
