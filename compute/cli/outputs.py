"""Where results go, checked before hours of work go into them, and what is said of them."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from compute.errors import UsageError
from compute.files import FORMATS, format_of

if TYPE_CHECKING:
    from compute.surface import Curve, Surface

__all__ = ["SURFACES", "check_folder", "check_output", "print_facts"]

# What a landscape can be computed into: nothing of it may be lost.
SURFACES = tuple(extension for known in FORMATS if known.lossless for extension in known.extensions)


def check_output(path: Path, extensions: Sequence[str]) -> Path:
    """Make sure that a file can be written to ``path`` in one of these formats.

    Args:
        path: of the file, which may exist.
        extensions: that are known, with their dots.

    Raises:
        UsageError: unknown extension, a folder, or a folder that is missing or not writable.
        MissingExtraError: the format needs a library that is not installed.
    """
    doing = f"preparing the output {path}"
    if path.suffix.lower() not in extensions:
        other, suffix = format_of(path), path.suffix
        found = f"its extension {suffix!r} names no known format" if suffix else "it has no extension"
        if other is not None:
            found = f"{other.name} files do not hold all that belongs in it"
        raise UsageError(doing, found, f"End it with {' or '.join(extensions)}.")
    known = format_of(path)
    if known is not None:
        known.check_installed(path, "writing")
    if path.is_dir():
        raise UsageError(doing, "there is a folder of this name", "Choose another name.")
    if not path.parent.is_dir():
        raise UsageError(doing, f"there is no folder {path.parent}", f"Make it first: mkdir -p {path.parent}")
    _try_writing(path.parent, doing)
    return path


def check_folder(path: Path) -> Path:
    """Make the folder ``path`` if need be, and make sure that files can be written in it.

    Args:
        path: of the folder; the folder above it must exist.

    Raises:
        UsageError: it cannot be made or written to.
    """
    doing = f"preparing the folder {path}"
    try:
        path.mkdir(exist_ok=True)
    except FileNotFoundError as error:
        todo = f"Make it first: mkdir -p {path.parent}"
        raise UsageError(doing, f"there is no folder {path.parent}", todo) from error
    except OSError as error:
        raise UsageError(doing, error.strerror or str(error), "Choose another name.") from error
    _try_writing(path, doing)
    return path


def print_facts(landscape: Surface | Curve, output: Path) -> None:
    """Print what was saved, without its notices and its metadata."""
    from compute import facts

    found = facts.describe(dataclasses.replace(landscape, notices=()), output)
    print(facts.as_text({key: value for key, value in found.items() if key != "meta"}))


def _try_writing(folder: Path, doing: str) -> None:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(
            doing, f"{folder}: {error.strerror or error}", "Choose a folder that you may write to."
        ) from error
