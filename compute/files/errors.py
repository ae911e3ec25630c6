"""What is wrong with a file, where in it, and what to do."""

from __future__ import annotations

import os

from compute.errors import InputError

__all__ = ["FileFormatError", "MissingExtraError", "counted", "shown", "shown_path"]


def shown(text: str | bytes, limit: int = 60) -> str:
    """Text from a file as a message may show it: quoted, escaped, at most ``limit`` characters of it.

    A file by others can hold terminal escapes or a megabyte without a space; neither
    may reach the terminal.
    """
    if isinstance(text, bytes):
        piece = text[: limit + 1]
        try:
            text = piece.decode("utf-8")
        except UnicodeDecodeError:
            text = piece.decode("latin-1")  # repr escapes what is not printable in it
    return repr(text) if len(text) <= limit else f"{text[:limit]!r} ..."


def shown_path(path: str | os.PathLike[str]) -> str:
    """A path as a message may show it: as it is where it is printable, else quoted and escaped."""
    name = os.fsdecode(path)
    return name if name.isprintable() else repr(name)


def counted(count: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 face", "2,000 faces"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


class FileFormatError(InputError):
    """A file that cannot be read as what it is meant to be.

    Attributes:
        file: its path.
        where: the place in the file, e.g. "line 12", or "".
        doing, found, todo: the three parts of the message.
    """

    def __init__(
        self, file: str | os.PathLike[str], found: str, todo: str, *, where: str = "", doing: str = "reading"
    ) -> None:
        place = f", {where}" if where else ""
        super().__init__(f"{doing} {shown_path(file)}{place}", found, todo)
        self.file = os.fsdecode(file)
        self.where = where


class MissingExtraError(FileFormatError):
    """A file whose format needs an optional part of this package that is not installed."""

    exit_code = 2

    def __init__(
        self, file: str | os.PathLike[str], what: str, library: str, extra: str, *, doing: str
    ) -> None:
        found = f"{what} need {library}, which is not installed here"
        super().__init__(file, found, f'Install it: pip install "glviz[{extra}]"', doing=doing)
