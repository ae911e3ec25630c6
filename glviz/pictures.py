"""Picture files: which names are allowed, numbered names, and writing without half-written files."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable
from typing import IO, TYPE_CHECKING

from glviz.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["EXTENSIONS", "KEYWORD", "check_output", "check_place", "numbered", "replace_file", "save"]

KEYWORD = "glviz"
"""Of the text chunk that holds a session in a PNG file."""

EXTENSIONS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}


def check_output(path: str | os.PathLike[str], *, transparent: bool = False) -> pathlib.Path:
    """Find out whether a picture can be written there, before time is spent on drawing it.

    Args:
        path: of the picture.
        transparent: whether it is to be one without a background.

    Raises:
        UsageError: an unknown extension, or a folder that is not there or not writable.
    """
    path = pathlib.Path(path)
    if path.suffix.lower() not in EXTENSIONS:
        found = f"the extension {path.suffix!r}" if path.suffix else "no extension"
        raise UsageError(
            f"writing {path}: {found} says no picture format; end the name in .png or .jpg, "
            "or in .svg or .pdf for a map"
        )
    if transparent and EXTENSIONS[path.suffix.lower()] == "JPEG":
        raise UsageError(
            f"writing {path}: a JPEG has no transparency; end the name in .png, or add --no-transparent"
        )
    return check_place(path)


def check_place(path: pathlib.Path) -> pathlib.Path:
    """Find out whether a file can be written there.

    Raises:
        UsageError: the folder is not there or not writable, or the name is that of a folder.
    """
    folder = path.parent
    if not folder.is_dir():
        raise UsageError(f"writing {path}: there is no folder {folder}; make it first")
    if path.is_dir():
        raise UsageError(f"writing {path}: that is a folder; give the name of a file")
    if not os.access(folder, os.W_OK):
        raise UsageError(f"writing {path}: no permission to write in {folder}; choose another folder")
    return path


def save(pixels: NDArray[np.uint8], path: str | os.PathLike[str], session: str = "") -> None:
    """Write a picture; until it is complete, what was there before stays.

    Args:
        pixels: (height, width, 3) RGB, or (height, width, 4) RGBA, not premultiplied.
        path: ends in one of :data:`EXTENSIONS`.
        session: what a PNG is to be opened with again, see ``glviz/session``.

    Raises:
        UsageError: the system refused (disk full, no permission).
    """
    path = pathlib.Path(path)
    if EXTENSIONS[path.suffix.lower()] == "JPEG":
        from PIL import Image

        rgb = Image.fromarray(pixels).convert("RGB")
        replace_file(path, lambda file: rgb.save(file, "JPEG", quality=95, subsampling=0))
        return
    from glviz import png

    texts = {KEYWORD: session} if session else {}
    replace_file(path, lambda file: png.write(file, pixels, texts))


def replace_file(path: pathlib.Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file whole or not at all.

    Args:
        path: of the file.
        write: called with the file to write to.

    Raises:
        UsageError: the system refused (disk full, no permission).
    """
    from compute.files.atomic import replacing

    try:
        with replacing(path) as file:
            write(file)
    except OSError as error:
        raise UsageError(f"writing {path}: {error.strerror or error}; choose another place with -o") from None


def numbered(folder: str | os.PathLike[str], stem: str, suffix: str = ".png") -> pathlib.Path:
    """The first name ``stem-001.png``, ``stem-002.png``, ... that is not taken."""
    folder = pathlib.Path(folder)
    number = 1
    while (path := folder / f"{stem}-{number:03d}{suffix}").exists():
        number += 1
    return path
