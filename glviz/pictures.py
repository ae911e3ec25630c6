"""Picture files: which names are allowed, numbered names, and writing without half-written files."""

from __future__ import annotations

import contextlib
import os
import pathlib
import tempfile
from typing import TYPE_CHECKING

from glviz.errors import UsageError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["EXTENSIONS", "check_output", "numbered", "save"]

EXTENSIONS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}


def check_output(path: str | os.PathLike[str]) -> pathlib.Path:
    """Find out whether a picture can be written there, before time is spent on drawing it.

    Raises:
        UsageError: an unknown extension, or a folder that is not there or not writable.
    """
    path = pathlib.Path(path)
    if path.suffix.lower() not in EXTENSIONS:
        found = f"the extension {path.suffix!r}" if path.suffix else "no extension"
        raise UsageError(f"writing {path}: {found} says no picture format; end the name in .png or .jpg")
    folder = path.parent
    if not folder.is_dir():
        raise UsageError(f"writing {path}: there is no folder {folder}; make it first")
    if path.is_dir():
        raise UsageError(f"writing {path}: that is a folder; give the name of a picture")
    if not os.access(folder, os.W_OK):
        raise UsageError(f"writing {path}: no permission to write in {folder}; choose another folder")
    return path


def save(image: Image, path: str | os.PathLike[str]) -> None:
    """Write a picture; until it is complete, what was there before stays.

    Args:
        image: RGB or RGBA.
        path: ends in one of :data:`EXTENSIONS`.

    Raises:
        UsageError: the system refused (disk full, no permission).
    """
    path = pathlib.Path(path)
    kind = EXTENSIONS[path.suffix.lower()]
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            if kind == "JPEG":
                image.convert("RGB").save(file, kind, quality=95, subsampling=0)
            else:
                image.save(file, kind)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        raise UsageError(
            f"writing {path}: {error.strerror or error}; choose another place with -o"
        ) from None
    finally:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def numbered(folder: str | os.PathLike[str], stem: str) -> pathlib.Path:
    """The first name ``stem-001.png``, ``stem-002.png``, ... that is not taken."""
    folder = pathlib.Path(folder)
    number = 1
    while (path := folder / f"{stem}-{number:03d}.png").exists():
        number += 1
    return path


def _umask() -> int:
    """The process's mask (mkstemp makes files that only their owner can read)."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
