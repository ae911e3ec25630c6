"""Parameters as a list of arrays, of whatever framework: one flat vector of them, and directions.

Numpy only. A *filter* is all the weights that make one output. Frameworks number outputs along
different axes: scikit-learn, JAX and Keras along the last one (``(inputs, outputs)``,
``(height, width, inputs, outputs)``), PyTorch along the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.directions.rules import DOING, EPSILON, check_choices, generator
from compute.errors import ArgumentError

__all__ = ["array_direction", "flatten_arrays", "unflatten_arrays"]

Floats = NDArray[np.float64]


def flatten_arrays(arrays: Sequence[ArrayLike]) -> Floats:
    """All numbers of a list of arrays as one (P,) float64 vector, array after array in C order."""
    parts = [np.asarray(array, np.float64).ravel() for array in arrays]
    return np.concatenate(parts) if parts else np.zeros(0)


def unflatten_arrays(vector: ArrayLike, like: Sequence[ArrayLike]) -> list[NDArray[Any]]:
    """The inverse of :func:`flatten_arrays`.

    Args:
        vector: (P,) numbers.
        like: the arrays whose shapes and dtypes the parts get.

    Raises:
        ArgumentError: another number of numbers than they hold.
    """
    vector = np.asarray(vector)
    shapes = [np.shape(array) for array in like]
    sizes = [int(np.prod(shape)) for shape in shapes]
    if vector.shape != (sum(sizes),):
        raise ArgumentError(
            "cutting a vector into arrays",
            f"it has the shape {vector.shape}, and the arrays hold {sum(sizes)} numbers",
            "Give the arrays that it was made from.",
        )
    pieces = np.split(vector, np.cumsum(sizes)[:-1]) if sizes else []
    return [
        piece.reshape(shape).astype(np.asarray(array).dtype)
        for piece, shape, array in zip(pieces, shapes, like, strict=True)
    ]


def array_direction(
    arrays: Sequence[ArrayLike],
    *,
    seed: int,
    norm: str = "filter",
    ignore: str | None = "biasbn",
    filter_axis: int | Sequence[int] = -1,
) -> list[Floats]:
    """A Gaussian random direction for a list of weight arrays, normalised against them.

    Like :func:`compute.random_direction`, for any framework. The numbers of an array depend on the
    seed, its place in the list and its shape.

    Args:
        arrays: the weights; those of at most one axis are biases or scales and count as one filter.
        seed: any integer.
        norm: "filter" (each filter as long as the weights'), "layer" (each array as long), "weight"
            (each number times its weight), "dfilter" (unit filters), "dlayer" (unit arrays), "none".
        ignore: "biasbn" gives 0 for arrays of at most one axis; None or "none" moves everything.
        filter_axis: the axis along which outputs are numbered, one for all arrays or one for each.

    Returns:
        float64 arrays of the same shapes; ``flatten_arrays`` makes one vector of them.

    Raises:
        ArgumentError: an argument that is not among the choices, weights that are not finite, or
            an axis that an array does not have.
    """
    ignore = check_choices(seed, norm, ignore)
    weights = [np.asarray(array, np.float64) for array in arrays]
    axes = [filter_axis] * len(weights) if isinstance(filter_axis, int) else list(filter_axis)
    if len(axes) != len(weights):
        raise ArgumentError(
            DOING, f"there are {len(weights)} arrays and {len(axes)} filter axes", "Give one axis for each."
        )
    return [
        _step(number, array, axis, int(seed), norm, ignore)
        for number, (array, axis) in enumerate(zip(weights, axes, strict=True))
    ]


def _step(number: int, weights: Floats, axis: int, seed: int, norm: str, ignore: str) -> Floats:
    if not np.all(np.isfinite(weights)):
        raise ArgumentError(
            DOING, f"array {number} holds weights that are not finite", "Give a trained network's."
        )
    if weights.ndim <= 1 and ignore == "biasbn":
        return np.zeros_like(weights)
    step: Floats = np.asarray(generator(seed, number).standard_normal(weights.shape))
    if norm in ("weight", "none"):
        return step * weights if norm == "weight" else step
    over: tuple[int, ...] | None = None
    if norm in ("filter", "dfilter") and weights.ndim > 1:
        if not -weights.ndim <= axis < weights.ndim:
            raise ArgumentError(
                DOING,
                f"array {number} of shape {weights.shape} has no axis {axis}",
                "Give another filter_axis.",
            )
        over = tuple(k for k in range(weights.ndim) if k != axis % weights.ndim)
    lengths = np.sqrt((step**2).sum(axis=over, keepdims=True)) + EPSILON
    target = 1.0 if norm.startswith("d") else np.sqrt((weights**2).sum(axis=over, keepdims=True))
    return step * (target / lengths)
