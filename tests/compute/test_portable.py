"""Results can be sent to workers and copied, and are as read-only there as here."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from torch import nn

import compute
from compute.surface import HeightMesh

AXIS = np.array([0.0, 1.0, 2.0])
RESULTS = {
    "surface": lambda: compute.Surface(
        AXIS, AXIS[:2], np.ones((2, 3)), {"accuracy": np.zeros((2, 3))}, meta={"a": 1}
    ),
    "curve": lambda: compute.Curve(AXIS, AXIS, {"accuracy": AXIS}, meta={"a": 1}),
    "mesh": lambda: HeightMesh(AXIS, AXIS, AXIS, np.array([[0, 1, 2]]), {"s": AXIS}, meta={"a": 1}),
}


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
@pytest.mark.parametrize("kind", RESULTS)
def test_results_survive_pickle_and_deepcopy(kind, copied):
    before = RESULTS[kind]()
    after = copied(before)
    assert type(after) is type(before) and dict(after.meta) == {"a": 1}
    for name in ("x", "loss", "height", "status", "triangles"):
        if hasattr(before, name):
            np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
    for name, values in (before.fields if kind == "mesh" else before.metrics).items():
        np.testing.assert_array_equal((after.fields if kind == "mesh" else after.metrics)[name], values)
    with pytest.raises(ValueError, match="read-only"):
        after.x[0] = 5
    with pytest.raises(TypeError):
        after.meta["a"] = 2


def test_directions_survive_pickle_and_deepcopy():
    model = nn.Linear(3, 2)
    before = compute.random_direction(model, seed=1)
    for after in (copy.deepcopy(before), pickle.loads(pickle.dumps(before))):
        assert after.cosine(before) == pytest.approx(1, abs=1e-12)
        assert (after.seed, after.kind, after.normalisation) == (1, "random", "filter")
