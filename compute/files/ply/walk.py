"""Finding the rows of a binary element whose lists differ in length.

Each row must be looked at to find the next, which in a plain loop takes seconds for a few
million rows. Two things are done instead. A *run* of rows with the same lengths is found by
comparing a strided column. Where lengths keep changing, a *leap* first works out for every
byte of a window where a row that began there would end; following these ends from the
window's first byte gives its rows. The following is sequential too, but ends can be chained:
the end of the end is two rows on, and after four doublings a loop needs to visit every
sixteenth row only; the rows between are filled in by the same tables.

Both are linear in the bytes of the file, whatever it claims about itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.files.ply.errors import Origin, PlyError
from compute.files.ply.header import Element

__all__ = ["Row", "Walk", "strided"]

_SHORT_RUN = 512  # rows; after a shorter run, leap
_WINDOW = 1 << 16  # bytes of a leap: its tables stay in the cache
_DOUBLINGS = 4

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]


def strided(body: Bytes, offset: int, kind: np.dtype[Any], rows: int, stride: int) -> NDArray[Any]:
    """A column of the body, unaligned or overlapping as it may be; numpy checks that it lies inside."""
    return np.ndarray((rows,), kind, body, offset, (stride,))


@dataclass(frozen=True)
class Row:
    """A row of lists.

    Attributes:
        size: bytes.
        lengths: for each list, where in the row its length is, of which type, and the length itself.
    """

    size: int
    lengths: tuple[tuple[int, np.dtype[Any], int], ...]


class Walk:
    """The way through the rows of one element."""

    def __init__(self, element: Element, body: Bytes, order: str, origin: Origin) -> None:
        self.element, self.body, self.origin = element, body, origin
        # For each list: bytes of scalars before its length, the length's type, bytes of an item.
        self.plan: list[tuple[int, np.dtype[Any], int]] = []
        scalars = 0
        for p in element.properties:
            if p.count_type is None:
                scalars += p.least_bytes
            else:
                self.plan.append((scalars, np.dtype(order + p.count_type), int(p.type[1])))
                scalars = 0
        self.tail = scalars

    def all_rows(self, offset: int) -> tuple[Ints, Ints, int]:
        """Where each row is, (lists, rows) the lengths of its lists, and the end of the last.

        Raises:
            PlyError: a length is negative, or a row ends after the body.
        """
        count = self.element.count
        starts, lengths = np.empty(count, np.int64), np.empty((len(self.plan), count), np.int64)
        row = 0
        while row < count:
            alike, stride, rows = self.run(row, offset)
            starts[row : row + rows] = offset + stride * np.arange(rows)
            lengths[:, row : row + rows] = np.array(alike)[:, None]
            row, offset = row + rows, offset + stride * rows
            if rows < _SHORT_RUN and row < count:
                places, their_lengths, offset = self._leap(offset, count - row)
                starts[row : row + places.size] = places
                lengths[:, row : row + places.size] = their_lengths
                row += places.size
        return starts, lengths, offset

    def run(self, row: int, offset: int) -> tuple[list[int], int, int]:
        """List lengths and size of the row at ``offset``, and how many rows from it on are alike.

        Raises:
            PlyError: a length is negative, or the row ends after the body.
        """
        first, size = self.row(offset), self.body.size
        if first is None:
            raise self._truncated(row)
        for _, _, length in first.lengths:
            if length < 0:
                raise self._negative(row, length)
        stride = first.size
        most = min(self.element.count - row, (size - offset) // stride)
        alike, block = 1, 16
        while alike < most:
            rows = min(block, most - alike)
            for place, kind, length in first.lengths:
                differs = strided(self.body, offset + place + alike * stride, kind, rows, stride) != length
                if differs.any():
                    rows = int(differs.argmax())
                    most = alike + rows
            alike += rows
            block = min(block * 8, 1 << 20)
        return [length for _, _, length in first.lengths], stride, alike

    def row(self, offset: int) -> Row | None:
        """The row at ``offset``, up to a length that is negative; None if it ends after the body."""
        at, lengths = offset, []
        for before, kind, item_size in self.plan:
            at += before
            if at + kind.itemsize > self.body.size:
                return None
            length = int(strided(self.body, at, kind, 1, 1)[0])
            lengths.append((at - offset, kind, length))
            if length < 0:
                return Row(at - offset, tuple(lengths))
            at += kind.itemsize + length * item_size
        at += self.tail
        return Row(at - offset, tuple(lengths)) if at <= self.body.size else None

    def _leap(self, offset: int, most: int) -> tuple[Ints, Ints, int]:
        """At most ``most`` rows that begin in the window at ``offset``, up to one that is broken.

        Returns:
            (rows,) where they are, (lists, rows) the lengths of their lists, and the last one's end.
        """
        size = self.body.size
        span = min(_WINDOW, size - offset)
        ends = np.arange(offset, offset + span)
        sound = np.ones(span, bool)
        lengths = np.empty((len(self.plan), span), np.int64)
        for index, (before, kind, item_size) in enumerate(self.plan):
            ends += before
            anywhere = strided(self.body, 0, kind, size - kind.itemsize + 1, 1)
            lengths[index] = anywhere[np.minimum(ends, anywhere.size - 1)]
            sound &= (ends < anywhere.size) & (lengths[index] >= 0)
            ends += kind.itemsize + np.maximum(lengths[index], 0) * item_size
        ends += self.tail
        sound &= ends <= size
        # The next row's place in the window; `span` is where all that leave it or break stay.
        following = np.append(np.where(sound, np.minimum(ends - offset, span), span), span)
        tables = [following]
        for _ in range(_DOUBLINGS):
            tables.append(tables[-1][tables[-1]])
        far, place, visited = memoryview(tables[-1].data), 0, []
        while place < span:
            visited.append(place)
            place = far[place]
        places = np.array(visited, np.int64)
        for table in reversed(tables[:-1]):
            places = np.stack([places, table[places]], axis=1).reshape(-1)
        places = places[places < span]
        places = places[sound[places]][:most]
        end = int(ends[places[-1]]) if places.size else offset
        return offset + places, lengths[:, places], end

    def _truncated(self, row: int) -> PlyError:
        return self.origin.truncated(self.element.name, row, "the row does not fit in it")

    def _negative(self, row: int, length: int) -> PlyError:
        return self.origin.error(
            f"a list has the length {length}",
            "Export the file again; its list lengths or its byte order are wrong.",
            element=self.element.name,
            row=row,
        )
