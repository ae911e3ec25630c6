"""Binary bodies: where each row is, and its columns.

Rows of scalars have a fixed size, and so have rows whose lists all have the same length, as
in most files (all quads, all triangles): their columns are read a band of rows at a time, all
that are wanted at once, and what is not wanted never takes memory. Only where lengths differ
is each row's place kept, which `walk` finds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from compute.bands import in_bands
from compute.files.errors import counted
from compute.files.ply.body import Body, MemoryBody
from compute.files.ply.errors import Origin
from compute.files.ply.header import Element, Property
from compute.files.ply.table import Lists, ragged_positions
from compute.files.ply.walk import Row, Walk, strided

__all__ = ["BinaryTable", "LateTable", "check_counts", "locate", "size_if_even"]

_FIRST_ROW = 1 << 12  # bytes; a longer one is not alike, say

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class BinaryTable:
    """An element in a binary body.

    Attributes:
        element: what the header says.
        body: the bytes that it lies in.
        order: "<" or ">".
        starts: where row 0 is; or (rows,) where each row is.
        lengths: of each list property, in order: the length in every row; or (rows,) in each.
        stride: bytes from row to row where ``starts`` is one number.
    """

    element: Element
    body: Body
    order: str
    starts: int | Ints
    lengths: Sequence[int | Ints]
    stride: int = 0

    @property
    def is_even(self) -> bool:
        """Whether all rows are of one size."""
        return not isinstance(self.starts, np.ndarray)

    def scalar(self, name: str) -> NDArray[np.float64]:
        """(rows,) a scalar property as float64: a view where that is what the file holds."""
        wanted, offset, _ = self._find(name, is_list=False)
        column = self._gather(offset, np.dtype(self.order + wanted.type))
        return column.astype(np.float64, copy=False)

    def columns(
        self,
        kinds: Mapping[str, DTypeLike],
        see: Callable[[int, Mapping[str, NDArray[Any]]], object] | None = None,
        *,
        seen: Sequence[str] = (),
        together: int = 1,
    ) -> dict[str, NDArray[Any]]:
        """Scalar properties of rows of one size, in one pass over the file.

        Args:
            kinds: the dtype that each is wanted in.
            see: called with the number of a band's first row, and columns of the band, of the
                file's own type; several threads call it at the same time.
            seen: the properties that it sees.
            together: rows that are never parted, a divisor of their number.

        Returns:
            (rows,) each, cannot be written to.

        Raises:
            PlyError: the file has become shorter.
        """
        assert isinstance(self.starts, int)
        begin, stride, count = self.starts, self.stride, self.element.count
        found = {name: np.empty(count, kind) for name, kind in kinds.items()}
        places: dict[str, tuple[np.dtype[Any], int]] = {}
        for name in (*kinds, *seen):
            wanted, offset, _ = self._find(name, is_list=False)
            assert isinstance(offset, int)
            places[name] = np.dtype(self.order + wanted.type), offset

        def take(some: slice) -> None:
            first, last = some.start * together, some.stop * together
            rows = np.empty((last - first) * stride, np.uint8)
            self.body.read_into(begin + first * stride, rows)
            here = {
                name: strided(rows, offset, kind, last - first, stride)
                for name, (kind, offset) in places.items()
            }
            for name, column in found.items():
                column[first:last] = here[name]
            if see is not None:
                see(first, {name: here[name] for name in seen})

        in_bands(take, count // together, stride * together)
        for column in found.values():
            column.setflags(write=False)
        return found

    def head(self, names: Sequence[str], rows: int) -> dict[str, NDArray[np.float64]]:
        """(rows,) scalar properties of the first rows, which are of one size."""
        first = replace(self, element=replace(self.element, count=min(rows, self.element.count)))
        return {name: first.scalar(name) for name in names}

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
        block = np.ndarray(shape, kind, self._bytes, offset, strides)
        return Lists(np.full(count, length, np.int64), block.astype(native).reshape(-1))

    @cached_property
    def _bytes(self) -> Bytes:
        """Those of the rows where they are of one size, else all that ``starts`` are places in."""
        if isinstance(self.starts, np.ndarray):
            return self.body.read(0, self.body.size)
        return self.body.read(self.starts, self.starts + self.stride * self.element.count)

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
        return strided(self._bytes, offset, kind, self.element.count, self.stride)

    def _anywhere(self, kind: np.dtype[Any]) -> NDArray[Any]:
        """A view whose item i is the number that starts at byte i."""
        return strided(self._bytes, 0, kind, self._bytes.size - kind.itemsize + 1, 1)


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


def locate(element: Element, body: Body, offset: int, order: str, origin: Origin) -> tuple[BinaryTable, int]:
    """Find the rows of an element that starts at ``offset``, and where they end.

    Raises:
        PlyError: the body is too short, or a list's length is negative.
    """
    check_counts([element], body.size - offset, origin)
    if not element.has_lists or element.count == 0:
        stride = sum(p.least_bytes for p in element.properties)
        none = [0 for p in element.properties if p.is_list]
        return BinaryTable(element, body, order, offset, none, stride), offset + stride * element.count
    table = _even(element, body, offset, order, origin)
    if table is not None:
        return table, offset + table.stride * element.count
    rest = body.read(offset, body.size)
    starts, columns, end = Walk(element, rest, order, origin).all_rows(0)
    return BinaryTable(element, MemoryBody(rest), order, starts, list(columns)), offset + end


class LateTable:
    """An element of lists whose end is known, and whose rows are not looked at before somebody asks.

    The faces of a grid are many, and say nothing that its points do not.
    """

    def __init__(self, element: Element, body: Body, offset: int, order: str, origin: Origin) -> None:
        self.element = element
        self._place = (body, offset, order, origin)

    @cached_property
    def _table(self) -> BinaryTable:
        return locate(self.element, *self._place)[0]

    def scalar(self, name: str) -> NDArray[np.float64]:
        """(rows,) a scalar property.

        Raises:
            PlyError: the rows are broken.
        """
        return self._table.scalar(name)

    def lists(self, name: str) -> Lists:
        """A list property.

        Raises:
            PlyError: the rows are broken.
        """
        return self._table.lists(name)


def size_if_even(element: Element, body: Body, offset: int, order: str, origin: Origin) -> int | None:
    """Bytes of an element whose rows are all as the first; None where that is broken or too long."""
    if not element.has_lists or element.count == 0:
        return element.count * sum(p.least_bytes for p in element.properties)
    row = _first_row(element, body, offset, order, origin)
    return None if row is None else row.size * element.count


def _first_row(element: Element, body: Body, offset: int, order: str, origin: Origin) -> Row | None:
    """The first row of an element of lists, if it is short and sound."""
    first = body.read(offset, min(body.size, offset + _FIRST_ROW))
    row = Walk(element, first, order, origin).row(0)
    return None if row is None or any(length < 0 for *_, length in row.lengths) else row


def _even(element: Element, body: Body, offset: int, order: str, origin: Origin) -> BinaryTable | None:
    """The table if all rows have lists as long as those of the first; None also where that is not plain."""
    row = _first_row(element, body, offset, order, origin)
    if row is None or offset + row.size * element.count > body.size:
        return None
    differs: list[bool] = []

    def compare(some: slice) -> None:
        if differs:
            return
        rows = np.empty((some.stop - some.start) * row.size, np.uint8)
        body.read_into(offset + some.start * row.size, rows)
        for place, kind, length in row.lengths:
            if (strided(rows, place, kind, some.stop - some.start, row.size) != length).any():
                differs.append(True)

    in_bands(compare, element.count, row.size)
    if differs:
        return None
    return BinaryTable(element, body, order, offset, [length for *_, length in row.lengths], row.size)
