"""Directions for lists of arrays, against the definition and against those for torch models."""

from __future__ import annotations

import numpy as np
import pytest

import compute
from compute.errors import GuidedError

RANDOM = np.random.default_rng(0)
SHAPES = [(3, 3, 2, 5), (5,), (20, 4), (4,), ()]
ARRAYS = [np.asarray(RANDOM.normal(size=shape)) for shape in SHAPES]
ARRAYS[0][..., 2] = 0  # a dead filter


def test_arrays_flatten_and_come_back():
    arrays = [*ARRAYS[:2], ARRAYS[2].astype(np.float32), ARRAYS[3].astype(np.float16), ARRAYS[4]]
    vector = compute.flatten_arrays(arrays)
    assert vector.dtype == np.float64 and vector.shape == (90 + 5 + 80 + 4 + 1,)
    for array, back in zip(arrays, compute.unflatten_arrays(vector, arrays), strict=True):
        assert back.dtype == array.dtype and back.shape == array.shape
        np.testing.assert_array_equal(back, array)
    with pytest.raises(GuidedError, match="180 numbers"):
        compute.unflatten_arrays(vector[1:], arrays)


@pytest.mark.parametrize("norm", ["filter", "dfilter", "layer", "dlayer"])
def test_normalised_lengths_filter_by_filter(norm):
    for array, step in zip(
        ARRAYS, compute.array_direction(ARRAYS, seed=3, norm=norm, ignore=None), strict=True
    ):
        assert step.shape == array.shape
        if norm.endswith("filter") and array.ndim > 1:
            pairs = [(step[..., k], array[..., k]) for k in range(array.shape[-1])]
        else:
            pairs = [(step, array)]
        for part, weights in pairs:
            expected = 1 if norm.startswith("d") else np.linalg.norm(weights)
            assert np.linalg.norm(part) == pytest.approx(expected, rel=1e-6)


def test_axis_of_filters_is_ones_own():
    transposed = [np.moveaxis(a, -1, 0) if a.ndim > 1 else a for a in ARRAYS]
    for axis in (0, [0, 0, 0, 0, 0], [-4, 0, -2, 0, 0]):
        for array, step in zip(
            transposed, compute.array_direction(transposed, seed=1, filter_axis=axis), strict=True
        ):
            if array.ndim > 1:
                lengths = np.sqrt((step.reshape(len(step), -1) ** 2).sum(1))
                np.testing.assert_allclose(
                    lengths, np.sqrt((array.reshape(len(array), -1) ** 2).sum(1)), rtol=1e-9
                )


def test_weight_and_none_are_gaussian_and_biases_stay():
    big = [np.full((200, 100), 2.0), np.ones(50)]
    plain = compute.array_direction(big, seed=0, norm="none")
    assert abs(plain[0].mean()) < 4 / 20000**0.5 and plain[0].std() == pytest.approx(1, abs=0.03)
    assert not plain[1].any()
    np.testing.assert_allclose(compute.array_direction(big, seed=0, norm="weight")[0], 2 * plain[0])
    again, other = (compute.array_direction(big, seed=s, norm="none")[0] for s in (0, 1))
    assert np.array_equal(again, plain[0])
    assert abs(np.corrcoef(other.ravel(), again.ravel())[0, 1]) < 0.03


def test_filter_normalised_plane_does_not_see_the_scale_of_a_layer():
    """W1 c, W2 / c are the same ReLU network: same landscape."""
    inputs, targets = RANDOM.normal(size=(50, 4)), RANDOM.normal(size=(50, 2))
    weights = [RANDOM.normal(size=(4, 8)), RANDOM.normal(size=(8, 2))]
    scaled = [weights[0] * 37, weights[1] / 37]

    def loss(vector):
        first, second = compute.unflatten_arrays(vector, weights)
        return ((np.maximum(inputs @ first, 0) @ second - targets) ** 2).mean()

    def plane(arrays, norm):
        theta = compute.flatten_arrays(arrays)
        d1, d2 = (compute.flatten_arrays(compute.array_direction(arrays, seed=s, norm=norm)) for s in (0, 1))
        return compute.function_plane(loss, theta, d1, d2, x=(-1, 1, 5), y=(-1, 1, 5)).loss

    np.testing.assert_allclose(plane(scaled, "filter"), plane(weights, "filter"), rtol=1e-12)
    assert not np.allclose(plane(scaled, "none"), plane(weights, "none"), rtol=0.5)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"norm": "filtre"}, "Did you mean 'filter'"),
        ({"ignore": "bn"}, "biasbn"),
        ({"seed": 1.5}, "whole number"),
        ({"filter_axis": 2}, "no axis 2"),
        ({"filter_axis": [0, 1]}, "2 filter axes"),
        ({"arrays": [np.full((2, 2), np.nan)]}, "not finite"),
    ],
)
def test_bad_arguments_are_refused(options, words):
    arguments = {"arrays": ARRAYS, "seed": 0} | options
    with pytest.raises(GuidedError, match=words):
        compute.array_direction(arguments.pop("arrays"), **arguments)
