"""The one error of the PLY reader."""

from __future__ import annotations

import os
from dataclasses import dataclass

from compute.files.errors import FileFormatError, shown

__all__ = ["Origin", "PlyError"]


class PlyError(FileFormatError):
    """A PLY file that cannot be read.

    Attributes:
        line: line of the file, from 1, in its header or in a text body; else None.
        element, row: element and its row, from 0, in a body; else None.
    """

    def __init__(
        self,
        file: str | os.PathLike[str],
        found: str,
        todo: str,
        *,
        line: int | None = None,
        element: str | None = None,
        row: int | None = None,
    ) -> None:
        places = []
        if line is not None:
            places.append(f"line {line}")
        if element is not None:
            places.append(f"element {shown(element)}" + ("" if row is None else f" row {row}"))
        super().__init__(file, found, todo, where=", ".join(places))
        self.line, self.element, self.row = line, element, row


@dataclass(frozen=True)
class Origin:
    """The file being read, so that every part of the reader can say which one it was."""

    file: str

    def error(
        self,
        found: str,
        todo: str,
        *,
        line: int | None = None,
        element: str | None = None,
        row: int | None = None,
    ) -> PlyError:
        """A `PlyError` about this file."""
        return PlyError(self.file, found, todo, line=line, element=element, row=row)

    def truncated(self, element: str, row: int | None, detail: str, line: int | None = None) -> PlyError:
        """The error of a file that ends too early."""
        return self.error(
            f"the file ends too early: {detail}",
            "Copy or export it again; it was probably cut off.",
            element=element,
            row=row,
            line=line,
        )
