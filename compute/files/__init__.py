"""Surfaces, curves and meshes from files and into files.

`load` and `save` choose the format by the file name's extension; a file without a known
one is tried by its first bytes. A format is a module with ``matches``, ``load`` and
``save``, named once in `FORMATS` and imported when it is first needed.
"""

from __future__ import annotations

import importlib
import os
import stat
from dataclasses import dataclass
from typing import Any

from compute.files.errors import FileFormatError, shown
from compute.surface import Curve, HeightMesh, Surface

__all__ = ["FORMATS", "FileFormatError", "Format", "load", "save"]


@dataclass(frozen=True)
class Format:
    """A file format: its name, its extensions (lower case, with dot), and the module that knows it."""

    name: str
    extensions: tuple[str, ...]
    module: str

    def __call__(self) -> Any:
        """The module, with ``matches(head)``, ``load(path, field=)`` and ``save(obj, path, text=)``."""
        return importlib.import_module(self.module)


FORMATS = (Format("PLY", (".ply",), "compute.files.ply"),)


def load(path: str | os.PathLike[str], *, field: str | None = None) -> Surface | Curve | HeightMesh:
    """What a file holds: a `Surface` for a grid in any vertex order, a `Curve`, or else a `HeightMesh`.

    Args:
        path: the file.
        field: the name of the vertex scalar to take as height; by default the file's own
            choice, else the likeliest one (the result's ``notices`` say what was guessed).

    Raises:
        FileFormatError: the file is missing, not readable, of no known format, broken, or
            without such a field.
    """
    head = _head(path)
    format_ = _by_extension(path) or next((known for known in FORMATS if known().matches(head)), None)
    if format_ is None:
        raise FileFormatError(path, *_unknown(path))
    loaded: Surface | Curve | HeightMesh = format_().load(path, field=field)
    return loaded


def save(obj: Surface | Curve, path: str | os.PathLike[str], *, text: bool = False) -> None:
    """Write a surface or a curve to ``path``, which is replaced whole or left as it was.

    Args:
        obj: what to write.
        path: its extension names the format.
        text: write numbers as text, where the format allows it.

    Raises:
        FileFormatError: the extension names no known format.
        ValueError: the object cannot be represented in it, e.g. a metric named "my loss".
        TypeError: it is neither a surface nor a curve.
        OSError: the file cannot be written.
    """
    format_ = _by_extension(path)
    if format_ is None:
        raise FileFormatError(path, *_unknown(path), doing="writing")
    format_().save(obj, path, text=text)


def _head(path: str | os.PathLike[str]) -> bytes:
    """The first bytes of an ordinary file; pipes and devices could block or never end."""
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode):
            kind = "a directory" if stat.S_ISDIR(mode) else "not an ordinary file"
            raise FileFormatError(path, f"it is {kind}", "Name a file on a disk.")
        with open(path, "rb") as stream:
            return stream.read(64)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        found = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise FileFormatError(path, found, "Check its name and its permissions.") from error


def _by_extension(path: str | os.PathLike[str]) -> Format | None:
    extension = os.path.splitext(os.fsdecode(path))[1].lower()
    return next((known for known in FORMATS if extension in known.extensions), None)


def _unknown(path: str | os.PathLike[str]) -> tuple[str, str]:
    """What was found, and what to do, about a file of no known format."""
    extension = os.path.splitext(os.fsdecode(path))[1]
    known = ", ".join(f"{known.name} ({' '.join(known.extensions)})" for known in FORMATS)
    found = f"the extension {shown(extension, 40)} is not known" if extension else "its name has no extension"
    return found, f"Known formats: {known}."
