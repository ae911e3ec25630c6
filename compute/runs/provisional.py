"""The file of a run that is going on: what is there so far, replaced whole every few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.files import save
from compute.runs.grid import Record
from compute.runs.order import finished_lattice
from compute.runs.points import Points
from compute.runs.recorded import with_facts
from compute.surface import PENDING, Curve, Surface

__all__ = ["Build", "Provisional"]

Floats = NDArray[np.float64]
Build = Callable[[Floats, Floats | None, Record], Surface | Curve]

# Between two files, and the part of the time that writing them may take.
EXPORT_S, EXPORT_SHARE = 3.0, 0.05


class Provisional:
    """The finest lattice that is complete, written when it is time.

    Args:
        path: of the file.
        build: a surface or curve of (x, y, record).
        whole: write all points, those that are pending too, as in the file of a shard.
    """

    def __init__(self, path: Path, build: Build, *, whole: bool) -> None:
        self._path, self._build, self._whole = path, build, whole
        self._written, self._pause = time.monotonic(), EXPORT_S

    def due(self) -> bool:
        """Whether enough time has gone since the last file."""
        return time.monotonic() - self._written >= self._pause

    def write(self, points: Points, facts: Mapping[str, Any]) -> None:
        """Replace the file, once there is a lattice to be seen.

        Args:
            points: of the run.
            facts: for the metadata, with "done" and "total".

        Raises:
            OSError: it cannot be written; the last one is still there.
        """
        began = time.monotonic()
        try:
            self._write(points, facts)
        finally:
            self._written = time.monotonic()
            self._pause = max(EXPORT_S, (self._written - began) / EXPORT_SHARE)

    def _write(self, points: Points, facts: Mapping[str, Any]) -> None:
        rows, columns = (np.arange(size) for size in points.shape)
        if not self._whole:
            rows, columns = finished_lattice(points.status.reshape(points.shape) != PENDING)
        if rows.size < min(2, points.shape[0]) or columns.size < min(2, points.shape[1]):
            return
        y = None if points.y is None else points.y[rows]
        landscape = self._build(points.x[columns], y, points.record(rows, columns))
        note = f"Unfinished: {facts['done']:,} of {facts['total']:,} points so far."
        save(with_facts(landscape, {"run": facts}, (note,)), self._path)
