"""What the two kinds of body have in common: an element as columns of numbers and columns of lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from compute.files.ply.header import Element, Property

__all__ = ["ArrayTable", "Lists", "Table", "ragged_positions"]


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
        """(rows,) the scalar property ``name``; perhaps a view of the file's bytes, of uneven stride."""

    def lists(self, name: str) -> Lists:
        """The list property ``name``."""


class ArrayTable:
    """An element whose columns are arrays already, as other formats have them.

    Args:
        name: of the element.
        columns: (rows,) scalar properties by name.
        lists: list properties by name.

    Raises:
        ValueError: the columns are not of one length.
    """

    def __init__(
        self, name: str, columns: Mapping[str, NDArray[Any]], lists: Mapping[str, Lists] | None = None
    ) -> None:
        self._columns, self._lists = columns, lists or {}
        shapes = {np.shape(values) for values in columns.values()}
        shapes |= {found.lengths.shape for found in self._lists.values()}
        if len(shapes) != 1 or len(next(iter(shapes))) != 1:
            raise ValueError(f"the columns of its {name} table are not of one length")
        scalars = [Property(column, "f8") for column in columns]
        listed = [Property(column, "i8", "i8") for column in self._lists]
        self.element = Element(name, next(iter(shapes))[0], (*scalars, *listed))

    def scalar(self, name: str) -> NDArray[np.float64]:
        """(rows,) the column ``name``."""
        return np.asarray(self._columns[name], np.float64)

    def lists(self, name: str) -> Lists:
        """The lists called ``name``."""
        return self._lists[name]


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
