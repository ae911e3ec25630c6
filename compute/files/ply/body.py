"""The bytes behind a header, read when and where they are wanted."""

from __future__ import annotations

import os
import threading
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from compute.files.ply.errors import Origin

__all__ = ["Body", "FileBody", "MemoryBody"]

Bytes = NDArray[np.uint8]


class Body(Protocol):
    """Bytes numbered from 0; several threads may read at the same time."""

    size: int

    def read(self, start: int, stop: int) -> Bytes:
        """(stop - start,) those bytes, perhaps as a view."""

    def read_into(self, start: int, buffer: Bytes) -> None:
        """Fill a buffer with the bytes from ``start`` on."""


class MemoryBody:
    """A body that is an array."""

    def __init__(self, content: Bytes) -> None:
        self._content = content
        self.size = content.size

    def read(self, start: int, stop: int) -> Bytes:
        """(stop - start,) a view."""
        return self._content[start:stop]

    def read_into(self, start: int, buffer: Bytes) -> None:
        """Fill a buffer."""
        buffer[:] = self._content[start : start + buffer.size]


class FileBody:
    """What an open file holds from a place on: never mapped, for a mapped file that is cut short kills.

    Args:
        stream: unbuffered, or not read otherwise meanwhile.
        offset: where the body begins.
        origin: the file, for the error.
    """

    def __init__(self, stream: BinaryIO, offset: int, origin: Origin) -> None:
        self._stream, self._offset, self._origin = stream, offset, origin
        self._file = stream.fileno()
        self._turn = threading.Lock()
        self.size = max(0, os.fstat(self._file).st_size - offset)

    def read(self, start: int, stop: int) -> Bytes:
        """(stop - start,) a copy, in memory that the system hands out in large pages.

        Raises:
            PlyError: the file has become shorter.
        """
        buffer = np.empty(stop - start, np.uint8)
        self.read_into(start, buffer)
        return buffer

    def read_into(self, start: int, buffer: Bytes) -> None:
        """Fill a buffer.

        Raises:
            PlyError: the file has become shorter.
        """
        done = 0
        while done < buffer.size:
            count = self._read_at(self._offset + start + done, buffer[done:])
            if not count:
                raise self._origin.error(
                    "the file became shorter while it was read",
                    "Wait until whatever writes it has finished, and open it again.",
                )
            done += count

    def _read_at(self, place: int, buffer: Bytes) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self._file, [buffer.data], place)
        with self._turn:
            self._stream.seek(place)
            return self._stream.readinto(buffer.data)  # type: ignore[attr-defined]
