"""The principal axes of a trajectory, without ever holding all of it.

The rows theta_e - theta* of K checkpoints make a K x P matrix R. Its centred Gram matrix
H R R^T H, with H = I - 1/K, is only K x K, has the same non-zero spectrum as the P x P covariance,
and is a sum over blocks of parameters. From an eigenpair (lambda, u) the axis follows as
R^T H u / sqrt(lambda), again block by block. Memory is O(K^2 + block) beside the two axes, and the
result is that of a full singular value decomposition.

The work is K^2 P operations in float64 (R R^T is symmetric, so half of it is computed); reading and
converting the numbers twice costs a third of that at K = 300. Blocks are small enough to stay in
the cache between being converted and multiplied.

A real trajectory must be held against the null model: of a random walk of many steps in many
dimensions the first two axes explain 6 / pi^2 = 60.8 % and 15.2 % of the variance (Antognini and
Sohl-Dickstein, "PCA of high dimensional random walks with comparison to neural network training",
NeurIPS 2018).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from compute.directions.direction import Direction
from compute.errors import ArgumentError
from compute.model.parameters import ParameterSlot

__all__ = ["RANDOM_WALK", "principal_axes"]

# The shares of a random walk: 6 / (pi k)^2 for axis k, of the source above.
RANDOM_WALK = (6 / math.pi**2, 6 / (4 * math.pi**2))

# Numbers of all checkpoints together that are in memory at a time, 64 MiB in float64; and where
# checkpoints are in files that cannot be mapped, which each block has to read as a whole: 512 MiB.
BLOCK_NUMBERS, LARGE_BLOCK = 2**23, 2**26
# The second variance, relative to the first, below which it is the rounding of the first.
RANK_TOLERANCE = 1e-12


@torch.no_grad()
def principal_axes(
    states: Sequence[Mapping[str, Tensor]],
    slots: Sequence[ParameterSlot],
    *,
    ignore: str = "none",
    block_numbers: int | None = None,
    statistics: Mapping[str, Tensor] | None = None,
) -> tuple[Direction, Direction, tuple[float, float]]:
    """The first two principal axes of checkpoints around a model.

    Args:
        states: K >= 3 state dicts, of which every block of parameters reads its part, once for the
            Gram matrix and once for the axes: best mapped into memory, as ``Checkpoints`` are.
        slots: the model's parameters, at theta*.
        ignore: "biasbn" leaves tensors of at most one axis out, "none" takes all parameters.
            Buffers never count.
        block_numbers: how many numbers of all checkpoints together to hold at a time; None chooses.
        statistics: the model's normalisation statistics by name. Where all checkpoints have them
            too, each axis gets, as ``buffers``, the same weighted sum of theirs.

    Returns:
        Two directions of unit length, each with the sign that puts the checkpoint farthest from
        theta* along it on the positive side; and the share of the variance each explains.

    Raises:
        ArgumentError: the checkpoints lie on a line, so that they span no plane.
    """
    chosen = [s for s in slots if s.parameters[0].is_floating_point()]
    if ignore == "biasbn":
        chosen = [s for s in chosen if s.filter_axis is not None]
    count = len(states)
    if block_numbers is None:
        kept = all(states[k] is states[k] for k in range(count))  # a file is otherwise read each time
        block_numbers = BLOCK_NUMBERS if kept else LARGE_BLOCK
    gram = np.zeros((count, count))
    for _, block in _blocks(states, chosen, block_numbers):
        rows = block.numpy()
        gram += rows @ rows.T  # numpy sees that it is symmetric, and computes half of it; torch does not
    if not np.all(np.isfinite(gram)):
        raise ArgumentError(
            "finding the principal axes of a trajectory",
            "checkpoints hold numbers that are not finite",
            "Leave out those at which the training had diverged.",
        )
    centring = np.eye(count) - 1.0 / count
    variances, vectors = np.linalg.eigh(centring @ gram @ centring)
    total = float(np.sum(np.clip(variances, 0.0, None)))
    rounding = 16 * count * np.finfo(np.float64).eps * gram.diagonal().max()
    if count < 3 or not variances[-2] > max(RANK_TOLERANCE * variances[-1], rounding):
        raise ArgumentError(
            "finding the principal axes of a trajectory",
            f"its {count} checkpoint{'s' * (count != 1)} span no plane",
            "Record at least three that do not lie on a line.",
        )
    # The vectors are centred already, but for rounding, which a distant theta* would magnify.
    weights = centring @ vectors[:, [-1, -2]] / np.sqrt(variances[[-1, -2]])  # (K, 2)
    along = gram @ weights  # coordinates of each checkpoint, seen from theta*
    farthest = np.argmax(np.abs(along), axis=0)
    weights *= np.where(along[farthest, [0, 1]] < 0, -1.0, 1.0)
    axes = _axes(states, slots, chosen, torch.from_numpy(weights), block_numbers)
    share = (float(variances[-1] / total), float(variances[-2] / total))
    buffers = _statistics(states, statistics or {}, weights)
    first, second = (
        Direction(axis, kind=f"pca {k}", ignore=ignore, buffers=moved)
        for k, axis, moved in zip((1, 2), axes, buffers, strict=True)
    )
    return first, second, share


def _statistics(
    states: Sequence[Mapping[str, Tensor]], home: Mapping[str, Tensor], weights: NDArray[np.float64]
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """How normalisation statistics change along the axes; empty where they are not known."""
    sums = [
        {name: torch.zeros_like(t, dtype=torch.float64, device="cpu") for name, t in home.items()}
        for _ in "xy"
    ]
    for state, of_state in zip(states, weights, strict=True):
        if not all(name in state for name in home):
            return {}, {}
        for name, there in home.items():
            offset = state[name].detach().to("cpu", torch.float64) - there.detach().to("cpu", torch.float64)
            for k in range(2):
                sums[k][name] += float(of_state[k]) * offset
    return sums[0], sums[1]


def _axes(
    states: Sequence[Mapping[str, Tensor]],
    slots: Sequence[ParameterSlot],
    chosen: Sequence[ParameterSlot],
    weights: Tensor,
    block_numbers: int,
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The weighted sums of rows, (K, 2) weights, as tensors by name."""
    axes = tuple(
        {s.name: torch.zeros(s.shape, dtype=s.tensor.dtype, device=s.tensor.device) for s in slots}
        for _ in range(2)
    )
    for pieces, rows in _blocks(states, chosen, block_numbers):
        sums = weights.T @ rows
        column = 0
        for slot, start, stop in pieces:
            for axis, values in zip(axes, sums, strict=True):
                axis[slot.name].view(-1)[start:stop] = values[column : column + stop - start]
            column += stop - start
    return axes[0], axes[1]


def _blocks(
    states: Sequence[Mapping[str, Tensor]], slots: Sequence[ParameterSlot], numbers: int
) -> Iterator[tuple[list[tuple[ParameterSlot, int, int]], Tensor]]:
    """The rows theta_e - theta* as (K, width) float64, for one range of parameters after another.

    They are overwritten by the next ones.
    """
    width = max(1, numbers // len(states))
    width = min(width, sum(slot.shape.numel() for slot in slots))
    buffer = torch.empty(len(states) * width, dtype=torch.float64)
    pieces: list[tuple[ParameterSlot, int, int]] = []
    room = width
    for slot in slots:
        start, size = 0, slot.shape.numel()
        while start < size:
            stop = min(size, start + room)
            pieces.append((slot, start, stop))
            room -= stop - start
            start = stop
            if room == 0:
                yield pieces, _rows(states, pieces, buffer)
                pieces, room = [], width
    if pieces:
        yield pieces, _rows(states, pieces, buffer)


def _rows(
    states: Sequence[Mapping[str, Tensor]], pieces: Sequence[tuple[ParameterSlot, int, int]], buffer: Tensor
) -> Tensor:
    """(K, width), over whatever was in the buffer."""

    def cut(tensors: Mapping[str, Tensor], into: Tensor) -> None:
        column = 0
        for slot, start, stop in pieces:
            into[column : column + stop - start] = tensors[slot.name].detach().reshape(-1)[start:stop]
            column += stop - start

    width = sum(stop - start for _, start, stop in pieces)
    home = torch.empty(width, dtype=torch.float64)
    cut({slot.name: slot.tensor for slot, _, _ in pieces}, home)
    rows = buffer[: len(states) * width].view(len(states), width)
    for number, row in enumerate(rows):
        cut(states[number], row)
    return rows.sub_(home)
