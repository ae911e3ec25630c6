"""Binary bodies: where each row is, and its columns as views of the file's bytes.

Rows of scalars have a fixed size, and so have rows whose lists all have the same length, as
in most files (all quads, all triangles): their columns are strided views. Only where lengths
differ is each row's place kept, which `walk` finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.files.errors import counted
from compute.files.ply.errors import Origin
from compute.files.ply.header import Element, Property
from compute.files.ply.table import Lists, ragged_positions
from compute.files.ply.walk import Walk, strided

__all__ = ["BinaryTable", "check_counts", "locate"]

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class BinaryTable:
    """An element in a binary body.

    Attributes:
        element: what the header says.
        body: the bytes of the whole body.
        order: "<" or ">".
        starts: where row 0 is; or (rows,) where each row is.
        lengths: of each list property, in order: the length in every row; or (rows,) in each.
        stride: bytes from row to row where ``starts`` is one number.
    """

    element: Element
    body: Bytes
    order: str
    starts: int | Ints
    lengths: Sequence[int | Ints]
    stride: int = 0

    def scalar(self, name: str) -> NDArray[np.float64]:
        """(rows,) a scalar property as float64: a view where that is what the file holds."""
        wanted, offset, _ = self._find(name, is_list=False)
        column = self._gather(offset, np.dtype(self.order + wanted.type))
        return column.astype(np.float64, copy=False)

    def lists(self, name: str) -> Lists:
        """A list property; its values as int64 or float64."""
        wanted, offset, index = self._find(name, is_list=True)
        assert wanted.count_type is not None
        offset = offset + int(wanted.count_type[1])
        kind = np.dtype(self.order + wanted.type)
        native = np.float64 if kind.kind == "f" else np.int64
        length = self.lengths[index]
        count = self.element.count
        if isinstance(self.starts, np.ndarray):
            lengths = np.asarray(length)
            if not lengths.any():
                return Lists(lengths, np.empty(0, native))
            firsts = ragged_positions(self.starts + offset, lengths, kind.itemsize)
            return Lists(lengths, self._anywhere(kind)[firsts].astype(native))
        assert isinstance(length, int) and isinstance(offset, int)
        if count == 0 or length == 0:
            return Lists(np.zeros(count, np.int64), np.empty(0, native))
        shape, strides = (count, length), (self.stride, kind.itemsize)
        block = np.ndarray(shape, kind, self.body, self.starts + offset, strides)
        return Lists(np.full(count, length, np.int64), block.astype(native).reshape(-1))

    def _find(self, name: str, *, is_list: bool) -> tuple[Property, int | Ints, int]:
        """The property, its offset in the row (or in each row), and how many lists precede it."""
        offset: int | Ints = 0
        index = 0
        for candidate in self.element.properties:
            if candidate.name == name and candidate.is_list == is_list:
                return candidate, offset, index
            offset = offset + candidate.least_bytes
            if candidate.is_list:
                offset = offset + int(candidate.type[1]) * self.lengths[index]
                index += 1
        raise KeyError(name)

    def _gather(self, offset: int | Ints, kind: np.dtype[Any]) -> NDArray[Any]:
        if self.element.count == 0:
            return np.empty(0, kind)
        if isinstance(self.starts, np.ndarray):
            return np.asarray(self._anywhere(kind)[self.starts + offset])
        assert isinstance(offset, int)
        return strided(self.body, self.starts + offset, kind, self.element.count, self.stride)

    def _anywhere(self, kind: np.dtype[Any]) -> NDArray[Any]:
        """A view whose item i is the number that starts at byte i."""
        return strided(self.body, 0, kind, self.body.size - kind.itemsize + 1, 1)


def check_counts(elements: Sequence[Element], available: int, origin: Origin) -> None:
    """Refuse counts that cannot be true before anything is read or allocated for them.

    Raises:
        PlyError: the rows declared take more bytes than there are.
    """
    for element in elements:
        least = sum(p.least_bytes for p in element.properties)
        if element.count * least > available:
            raise origin.truncated(
                element.name,
                None,
                f"{counted(element.count, 'row')} of at least {counted(least, 'byte')} declared, "
                f"{counted(available, 'byte')} left",
            )
        available -= element.count * least


def locate(element: Element, body: Bytes, offset: int, order: str, origin: Origin) -> tuple[BinaryTable, int]:
    """Find the rows of an element that starts at ``offset``, and where they end.

    Raises:
        PlyError: the body is too short, or a list's length is negative.
    """
    check_counts([element], body.size - offset, origin)
    if not element.has_lists or element.count == 0:
        stride = sum(p.least_bytes for p in element.properties)
        none = [0 for p in element.properties if p.is_list]
        return BinaryTable(element, body, order, offset, none, stride), offset + stride * element.count
    walk = Walk(element, body, order, origin)
    lengths, stride, rows = walk.run(0, offset)
    if rows == element.count:
        return BinaryTable(element, body, order, offset, lengths, stride), offset + stride * rows
    starts, columns, end = walk.all_rows(offset)
    return BinaryTable(element, body, order, starts, list(columns)), end
