"""What the two kinds of body have in common: an element as columns of numbers and columns of lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from compute.files.ply.header import Element

__all__ = ["Lists", "Table", "ragged_positions"]


@dataclass(frozen=True)
class Lists:
    """The lists of one property, end to end.

    Attributes:
        lengths: (rows,) int64.
        values: (sum of lengths,) int64 or float64.
    """

    lengths: NDArray[np.int64]
    values: NDArray[Any]


class Table(Protocol):
    """The rows of one element, read when asked for."""

    @property
    def element(self) -> Element:
        """What the header says of it."""

    def scalar(self, name: str) -> NDArray[np.float64]:
        """(rows,) the scalar property ``name``."""

    def lists(self, name: str) -> Lists:
        """The list property ``name``."""


def ragged_positions(
    starts: NDArray[np.int64], lengths: NDArray[np.int64], stride: int = 1
) -> NDArray[np.int64]:
    """Positions of all items of lists that start at ``starts``, their items ``stride`` apart.

    (sum of lengths,): starts[0], starts[0] + stride, ..., starts[1], ... without a loop.
    """
    before = np.cumsum(lengths) - lengths
    positions: NDArray[np.int64] = np.arange(int(lengths.sum()), dtype=np.int64)
    if stride != 1:
        positions *= stride
    positions += np.repeat(starts - stride * before, lengths)
    return positions
