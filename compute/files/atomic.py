"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import glob
import os
import secrets
import stat
from collections.abc import Iterator
from typing import BinaryIO

__all__ = ["remove_leftovers", "replacing"]

TOKEN_BYTES = 6


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A stream whose content takes the place of ``path`` when the block ends well.

    It goes to a hidden file in the same directory (a rename is atomic only within one
    file system), reaches the disk, and is then renamed. Whatever goes wrong before that,
    an interrupt included, removes it and leaves the old file as it was.

    Raises:
        OSError: the directory or the file cannot be written, or ``path`` is no ordinary file.
    """
    target = os.path.realpath(path)  # through a symbolic link to the file it names
    mode = None
    if os.path.exists(target):
        status = os.stat(target)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(f"{os.fsdecode(path)} is not an ordinary file: it cannot be replaced")
        mode = stat.S_IMODE(status.st_mode)
    directory, name = os.path.split(target)
    temporary = os.path.join(directory, _hidden(name[:80], secrets.token_hex(TOKEN_BYTES)))
    # Not tempfile.mkstemp: its 0600 would outlive the rename; this honours the umask.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(temporary, flags, 0o666), "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if mode is not None:
            os.chmod(temporary, mode)
        os.replace(temporary, target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError) and error.errno and error.filename in (None, temporary):
            error.filename = os.fsdecode(path)  # a disk that is full does not say of what
        raise
    _sync_directory(directory)


def remove_leftovers(path: str | os.PathLike[str]) -> None:
    """Delete what :func:`replacing` had to leave behind because its process was killed.

    Args:
        path: of the file, which nothing else may be writing now.
    """
    directory, name = os.path.split(os.path.realpath(path))
    pattern = _hidden(glob.escape(name[:80]), "[0-9a-f]" * (2 * TOKEN_BYTES))
    for leftover in glob.glob(os.path.join(glob.escape(directory), pattern)):
        with contextlib.suppress(OSError):
            os.unlink(leftover)


def _hidden(name: str, token: str) -> str:
    return f".{name}.{token}.tmp"


def _sync_directory(directory: str) -> None:
    """Make the rename itself survive a power cut, where the system can."""
    with contextlib.suppress(OSError, AttributeError):
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
