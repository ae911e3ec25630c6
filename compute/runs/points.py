"""The points of a run: where they lie, what they gave, and how the journal writes them down; numpy only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from compute.runs.grid import FAILURES_KEPT, MESSAGE_KEPT, Record
from compute.runs.order import coarse_to_fine
from compute.surface import FAILED, NOT_FINITE, OK, PENDING
from compute.workers.outcome import Outcome

__all__ = ["FRAME_OF_A_POINT", "Points"]

Floats = NDArray[np.float64]

FRAME_OF_A_POINT = b"P"
"""How the frame of a point begins in a journal."""


class Points:
    """The values of all points of a grid by flat index, and which of them are a run's.

    Args:
        x: (nx,) of the first direction.
        y: (ny,) of the second; None on a line.
        names: of the values, the height ("loss") first.
        tile: points that are computed together.
        shard: (i, k), the i-th of k parts is the run's; None for all.

    Attributes:
        shape: (ny, nx).
        values: (ny * nx, names) float64, NaN where there are none.
        status: (ny * nx,) uint8 of ``compute.surface``'s codes.
        messages: of the points that failed.
        total: how many are the run's.
    """

    def __init__(
        self, x: Floats, y: Floats | None, names: Sequence[str], *, tile: int, shard: tuple[int, int] | None
    ) -> None:
        self.x, self.y, self.names = x, y, tuple(names)
        self.shape = (1 if y is None else y.size, x.size)
        count = math.prod(self.shape)
        Record(self.shape, ())  # refuses what no memory could hold
        self.values: Floats = np.full((count, len(self.names)), np.nan)
        self.status = np.full(count, PENDING, np.uint8)
        self.messages: dict[int, str] = {}
        self._order, self._shard, self._tile = coarse_to_fine(*self.shape), shard, tile
        self.total = sum(tile.size for tile in self._all_tiles())

    def _all_tiles(self) -> Iterable[NDArray[np.intp]]:
        """Tiles of this run: which points are in one depends on nothing but the grid."""
        cuts = range(0, self._order.size, self._tile)
        first, step = (self._shard[0] - 1, self._shard[1]) if self._shard else (0, 1)
        return (self._order[start : start + self._tile] for start in cuts[first::step])

    def tiles(self) -> list[NDArray[np.intp]]:
        """Those that have a point to compute."""
        return [tile for tile in self._all_tiles() if (self.status[tile] == PENDING).any()]

    def place(self, index: int) -> tuple[float, ...]:
        """The coefficients of a point."""
        row, column = divmod(index, self.shape[1])
        x = float(self.x[column])
        return (x,) if self.y is None else (x, float(self.y[row]))

    def put(self, index: int, outcome: Outcome) -> None:
        """Keep the outcome at a point; a loss that is not finite is a result like any other."""
        if isinstance(outcome, str):
            self.status[index], self.messages[index] = FAILED, outcome[:MESSAGE_KEPT]
            return
        self.values[index] = [outcome.get(name, math.nan) for name in self.names]
        self.status[index] = OK if math.isfinite(outcome["loss"]) else NOT_FINITE

    def frame(self, index: int) -> bytes:
        """A point for the journal."""
        head = FRAME_OF_A_POINT + np.uint64(index).tobytes() + self.status[index].tobytes()
        return head + self.values[index].tobytes() + self.messages.get(index, "").encode()

    def restore(self, frame: bytes) -> int:
        """Put a point of the journal in its place, which is returned.

        Raises:
            ValueError: it is no point of this grid, or there twice.
        """
        end = 10 + 8 * len(self.names)
        index = int.from_bytes(frame[1:9], "little")
        if len(frame) < end or index >= self.status.size or frame[9] not in (OK, NOT_FINITE, FAILED):
            raise ValueError("no point of this grid")
        if self.status[index] != PENDING:
            raise ValueError("a point that is there twice")
        self.status[index] = frame[9]
        self.values[index] = np.frombuffer(frame[10:end], "<f8")
        if frame[end:]:
            self.messages[index] = frame[end:].decode(errors="replace")
        return index

    def record(self, rows: NDArray[np.intp] | None = None, columns: NDArray[np.intp] | None = None) -> Record:
        """The values of the grid, or of some of its rows and columns."""
        rows = np.arange(self.shape[0]) if rows is None else rows
        columns = np.arange(self.shape[1]) if columns is None else columns
        block = np.ix_(rows, columns)
        record = Record((rows.size, columns.size), ())
        for number, name in enumerate(self.names):
            record.fields[name] = self.values[:, number].reshape(self.shape)[block]
        record.status = self.status.reshape(self.shape)[block]
        inside = np.zeros(self.shape, bool)
        inside[block] = True
        for index in sorted(self.messages):
            if inside.flat[index]:
                record.failed += 1
                if len(record.failures) < FAILURES_KEPT:
                    place = dict(zip("xy", self.place(index), strict=False))
                    record.failures.append({**place, "error": self.messages[index]})
        return record
