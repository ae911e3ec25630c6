"""What a session is, and how a file is known again."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field

from glviz.errors import ViewerError
from glviz.scene.camera import Camera
from glviz.settings import Settings

__all__ = ["MOST_BYTES", "MOST_FILES", "VERSION", "Session", "SessionError", "Source", "digest_of"]

VERSION = 1
MOST_BYTES = 2**20
"""Of the text of a session."""

MOST_FILES = 64
"""That a session shows, and descent paths with each of them."""

_BLOCKS, _BLOCK_BYTES = 64, 2**16


class SessionError(ViewerError):
    """A session cannot be read, or what it shows is not there."""


@dataclass(frozen=True)
class Source:
    """A file that a session shows, and how to know that it is still the same.

    Attributes:
        path: where it lies.
        size: in bytes; -1 where nobody knows.
        digest: see :func:`digest_of`; empty where nobody knows.
        paths: files of descent paths that are shown with it.
        undo_log: whether its heights are read as ln(loss + 0.1).
    """

    path: str
    size: int = -1
    digest: str = ""
    paths: tuple[Source, ...] = ()
    undo_log: bool = False


@dataclass(frozen=True)
class Session:
    """Everything that makes a picture.

    Attributes:
        files: in the order in which they are shown.
        settings: how they look.
        camera: from where.
        size_px: of the picture at a scale of 1 (``settings.scale`` multiplies it), if known.
        pixel_scale: size of text and lines at a scale of 1, if known.
        active: number of the file that is shown where one is at a time.
        notices: what was left out when the session was read.
        folder: where the session was read from.
    """

    files: tuple[Source, ...]
    settings: Settings = field(default_factory=Settings)
    camera: Camera = field(default_factory=Camera)
    size_px: tuple[int, int] | None = None
    pixel_scale: float | None = None
    active: int = 0
    notices: tuple[str, ...] = ()
    folder: str = "."


def digest_of(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a file, of a large one of blocks all over it: a change is told, no forgery.

    Args:
        path: of a file; of one beyond 4 MiB, 64 blocks of 64 KiB are read, the first and the last too.

    Raises:
        OSError: it cannot be read.
    """
    found = hashlib.sha256()
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size <= _BLOCKS * _BLOCK_BYTES:
            found.update(file.read(_BLOCKS * _BLOCK_BYTES))
            return found.hexdigest()
        for index in range(_BLOCKS):
            file.seek((size - _BLOCK_BYTES) * index // (_BLOCKS - 1))
            found.update(file.read(_BLOCK_BYTES))
    return f"{_BLOCKS}x{_BLOCK_BYTES}:{found.hexdigest()}"
