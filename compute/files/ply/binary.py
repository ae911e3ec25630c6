"""Binary bodies: where each row is, and its columns as views of the file's bytes.

Rows of scalars have a fixed size. Rows with lists have not, and each must be looked at to
find the next. Files are mostly made of long runs of rows with the same list lengths (all
quads, all triangles), and a run is found by comparing one strided column; where the
lengths keep changing, a plain loop steps over a few thousand rows before a run is tried
again. Both read each length once, so time and memory are linear in the size of the file
whatever it claims.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.files.errors import counted
from compute.files.ply.errors import Origin, PlyError
from compute.files.ply.header import Element, Property
from compute.files.ply.table import Lists, ragged_positions

__all__ = ["BinaryTable", "check_counts", "locate"]

_SHORT_RUN = 32  # rows; below this a comparison of columns costs more than a loop
_STEPS = 4096  # rows to step over before trying a run again

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
        """(rows,) a scalar property as float64."""
        wanted, offset, _ = self._find(name, is_list=False)
        column = self._gather(offset, np.dtype(self.order + wanted.type))
        return column.astype(np.float64)

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
        return _strided(self.body, self.starts + offset, kind, self.element.count, self.stride)

    def _anywhere(self, kind: np.dtype[Any]) -> NDArray[Any]:
        """A view whose item i is the number that starts at byte i."""
        return _strided(self.body, 0, kind, self.body.size - kind.itemsize + 1, 1)


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
    walk = _Walk(element, body, order, origin)
    lengths, stride, rows = walk.run(0, offset)
    if rows == element.count:
        return BinaryTable(element, body, order, offset, lengths, stride), offset + stride * rows
    starts = np.empty(element.count, np.int64)
    columns = np.empty((len(lengths), element.count), np.int64)
    row = 0
    while row < element.count:
        lengths, stride, rows = walk.run(row, offset)
        starts[row : row + rows] = offset + stride * np.arange(rows)
        columns[:, row : row + rows] = np.array(lengths)[:, None]
        row, offset = row + rows, offset + stride * rows
        if rows < _SHORT_RUN and row < element.count:
            row, offset = walk.step(row, offset, starts, columns)
    return BinaryTable(element, body, order, starts, list(columns)), offset


def _strided(body: Bytes, offset: int, kind: np.dtype[Any], rows: int, stride: int) -> NDArray[Any]:
    """A column of the body; numpy checks that it lies inside."""
    return np.ndarray((rows,), kind, body, offset, (stride,))


class _Walk:
    """Steps over rows with lists."""

    def __init__(self, element: Element, body: Bytes, order: str, origin: Origin) -> None:
        self.element, self.body, self.order, self.origin = element, body, order, origin
        self.bytes = memoryview(body.data)
        # For each list: bytes of scalars before its length, how to read the length, item size.
        self.plan: list[tuple[int, struct.Struct, np.dtype[Any], int]] = []
        scalars = 0
        for p in element.properties:
            if p.count_type is None:
                scalars += p.least_bytes
                continue
            kind = np.dtype(order + p.count_type)
            self.plan.append((scalars, struct.Struct(order + kind.char), kind, int(p.type[1])))
            scalars = 0
        self.tail = scalars

    def run(self, row: int, offset: int) -> tuple[list[int], int, int]:
        """List lengths and size of the row at ``offset``, and how many rows from it on are alike."""
        starts, columns = np.empty(1, np.int64), np.empty((len(self.plan), 1), np.int64)
        _, end = self.step(0, offset, starts, columns, first_row=row)
        lengths = [int(length) for length in columns[:, 0]]
        stride = end - offset
        most = min(self.element.count - row, (self.body.size - offset) // stride)
        fields, at = [], 0
        for (before, _, kind, item_size), length in zip(self.plan, lengths, strict=True):
            at += before
            fields.append((at, kind, length))
            at += kind.itemsize + length * item_size
        alike, block = 1, _SHORT_RUN
        while alike < most:
            rows = min(block, most - alike)
            for field, kind, length in fields:
                column = _strided(self.body, offset + alike * stride + field, kind, rows, stride)
                differs = column != length
                if differs.any():
                    rows = int(differs.argmax())
                    most = alike + rows
            alike += rows
            block = min(block * 8, 1 << 20)
        return lengths, stride, alike

    def step(
        self, row: int, offset: int, starts: Ints, columns: NDArray[np.int64], first_row: int = 0
    ) -> tuple[int, int]:
        """Step over rows one by one, as many as ``_STEPS`` and ``starts`` have room for.

        Returns:
            The row and the offset after them.

        Raises:
            PlyError: a length is negative, or a row ends after the body.
        """
        data, size, last = self.bytes, self.body.size, min(len(starts), row + _STEPS)
        found_starts: list[int] = []
        found: list[list[int]] = [[] for _ in self.plan]
        plan = [
            (before, reader.unpack_from, kind.itemsize, item_size, found[index].append)
            for index, (before, reader, kind, item_size) in enumerate(self.plan)
        ]
        try:
            for at in range(row, last):
                found_starts.append(offset)
                for before, unpack, count_size, item_size, keep in plan:
                    offset += before
                    (length,) = unpack(data, offset)
                    if length < 0:
                        raise self._negative(first_row + at, length)
                    keep(length)
                    offset += count_size + length * item_size
                offset += self.tail
                if offset > size:
                    raise self._truncated(first_row + at)
        except struct.error:
            raise self._truncated(first_row + row + len(found_starts) - 1) from None
        starts[row:last] = found_starts
        columns[:, row:last] = found
        return last, offset

    def _truncated(self, row: int) -> PlyError:
        return self.origin.truncated(self.element.name, row, "the row does not fit in it")

    def _negative(self, row: int, length: int) -> PlyError:
        return self.origin.error(
            f"a list has the length {length}",
            "Export the file again; its list lengths or its byte order are wrong.",
            element=self.element.name,
            row=row,
        )
