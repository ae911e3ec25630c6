"""The example for scikit-learn, against scikit-learn's own figures."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier

import compute


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_surface_is_log_loss_and_score_of_the_moved_network(example, activation):
    script = example("sklearn_mlp")
    inputs, labels = load_digits(return_X_y=True)
    inputs, names = inputs[:300] / 16, np.array(list("abcdefghij"))[labels[:300]]
    network = MLPClassifier((8, 6), activation=activation, max_iter=300, tol=1e-1, random_state=0)
    network.fit(inputs, names)
    before = copy.deepcopy(network)
    surface = script.landscape(network, inputs, names, x=(-0.5, 0.5, 3), y=(-1, 1, 3), seed=2)
    for a, b in zip(script.weights_of(network), script.weights_of(before), strict=True):
        np.testing.assert_array_equal(a, b)
    assert surface.loss[1, 1] == pytest.approx(log_loss(names, network.predict_proba(inputs)), rel=1e-12)

    steps = [compute.array_direction(script.weights_of(network), seed=s) for s in (4, 5)]
    for weights, step in zip(script.weights_of(network), steps[0], strict=True):
        expected = np.linalg.norm(weights, axis=0) if weights.ndim == 2 else np.zeros(len(weights))
        lengths = np.linalg.norm(step, axis=0) if weights.ndim == 2 else np.abs(step)
        np.testing.assert_allclose(lengths, expected, rtol=1e-9)
    for row, y in enumerate(surface.y):
        for column, x in enumerate(surface.x):
            moved = copy.deepcopy(network)
            for k in range(len(moved.coefs_)):
                moved.coefs_[k] = network.coefs_[k] + x * steps[0][2 * k] + y * steps[1][2 * k]
            probabilities = moved.predict_proba(inputs)
            assert surface.loss[row, column] == pytest.approx(log_loss(names, probabilities), rel=1e-10)
            assert surface.metrics["accuracy"][row, column] == moved.score(inputs, names)


@pytest.mark.slow
def test_script_saves_a_surface_around_a_minimum(example, tmp_path, capsys):
    example("sklearn_mlp").main(tmp_path / "s.ply")
    surface = compute.load(tmp_path / "s.ply")
    assert surface.shape == (41, 41) and surface.finite.all()
    assert surface.loss[20, 20] < 0.1 and surface.loss[20, 20] < 0.1 * surface.loss.max()
    assert surface.meta["model"] == "sklearn MLPClassifier" and "glviz" in capsys.readouterr().out
