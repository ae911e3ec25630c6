r"""A file that is only ever appended to, and that a kill at any moment leaves readable.

    "glviz run 1\n"  then frames of  length u32, CRC-32 u32, payload   (little-endian)

A frame that was cut off, or that does not match its checksum, ends the journal: it and whatever
follows are dropped when the file is opened again, and what was in them is computed again.

Frames are kept in memory for a moment and written together. When a disk is full they stay in
memory, and every flush tries again.
"""

from __future__ import annotations

import contextlib
import os
import struct
import time
import zlib
from pathlib import Path

from compute.errors import UsageError

try:
    import fcntl
except ImportError:  # not on Windows, where two processes are not told from one
    fcntl = None  # type: ignore[assignment]

__all__ = ["Journal", "read_frames"]

MAGIC = b"glviz run 1\n"
FRAME = struct.Struct("<II")
# What is lost by a kill, at most. Work that takes less never makes a file.
FLUSH_S = 0.1


class Journal:
    """The frames of one journal, and more to come.

    Args:
        path: of the file, which is made with the first frame that is written.
        fresh: forget what is in it.

    Attributes:
        frames: those that were in the file.
        trouble: why the last write failed, if it did.

    Raises:
        UsageError: another process is writing to it, or it is some other file.
        OSError: it cannot be read.
    """

    def __init__(self, path: Path, *, fresh: bool = False) -> None:
        self.path = path
        self.frames: list[bytes] = []
        self.trouble: OSError | None = None
        self._waiting: list[bytes] = []
        self._flushed = time.monotonic()
        self._descriptor: int | None = None
        self._size = 0
        if not path.exists():
            return
        self._open()
        try:
            self.frames, self._size = _parsed(_content(self._fd), path)
            if fresh:
                self.frames, self._size = [], 0
            os.ftruncate(self._fd, self._size)
        except BaseException:
            self.close()
            raise

    @property
    def _fd(self) -> int:
        assert self._descriptor is not None
        return self._descriptor

    def _open(self) -> None:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        self._descriptor = os.open(self.path, flags, 0o666)
        if fcntl is None:
            return
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.close()
            raise UsageError(
                f"opening the run {self.path}",
                "another process is computing it",
                "Wait for it, stop it, or choose another output.",
            ) from error
        except OSError:  # a file system without locks
            pass

    def append(self, payload: bytes) -> None:
        """Add a frame; it is written within ``FLUSH_S`` of computing, or when flushed."""
        self._waiting.append(FRAME.pack(len(payload), zlib.crc32(payload)) + payload)
        if time.monotonic() - self._flushed >= FLUSH_S:
            self.flush()

    def waiting(self, kind: bytes) -> int:
        """How many frames that begin so are only in memory."""
        return sum(frame.startswith(kind, FRAME.size) for frame in self._waiting)

    def flush(self, *, to_disk: bool = False) -> bool:
        """Write what waits, and tell whether all of it is in the file now.

        Args:
            to_disk: wait until it would survive a power cut.
        """
        self._flushed = time.monotonic()
        if not self._waiting:
            return True
        try:
            if self._descriptor is None:
                self._open()
            block = (b"" if self._size else MAGIC) + b"".join(self._waiting)
            written = 0
            while written < len(block):  # a disk that is nearly full takes a part
                written += _write_at(self._fd, block[written:], self._size + written)
            if to_disk:
                os.fsync(self._fd)
        except OSError as error:
            self.trouble = error
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self._size)
            return False
        self.trouble = None
        self._size += len(block)
        self._waiting.clear()
        return True

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def remove(self) -> None:
        """Delete the file, if there is one: its run is complete."""
        self._waiting.clear()
        if self._descriptor is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path)
            self.close()


def read_frames(path: Path) -> list[bytes]:
    """The frames of a journal that another process may be writing.

    Raises:
        UsageError: it is some other file.
        OSError: it cannot be read.
    """
    return _parsed(path.read_bytes(), path)[0]


def _parsed(content: bytes, path: Path) -> tuple[list[bytes], int]:
    """All whole frames, and how many bytes they and the first line are."""
    if not content.startswith(MAGIC[: len(content)]):
        raise UsageError(
            f"opening the run {path}",
            "this file is no journal of a run",
            "Move it away, or choose another output.",
        )
    if len(content) < len(MAGIC):
        return [], 0
    frames, place = [], len(MAGIC)
    while place + FRAME.size <= len(content):
        length, checksum = FRAME.unpack_from(content, place)
        payload = content[place + FRAME.size : place + FRAME.size + length]
        if len(payload) < length or zlib.crc32(payload) != checksum:
            break
        frames.append(payload)
        place += FRAME.size + length
    return frames, place


def _content(descriptor: int) -> bytes:
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(os.dup(descriptor), "rb") as stream:
        return stream.read()


def _write_at(descriptor: int, block: bytes, place: int) -> int:
    os.lseek(descriptor, place, os.SEEK_SET)
    return os.write(descriptor, block)
