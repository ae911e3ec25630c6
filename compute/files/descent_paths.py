"""Descent paths from text files: x, y and perhaps loss on each line.

Commas, semicolons (then with decimal commas, as spreadsheets in much of Europe write) or
white space part the columns; ``#`` starts a comment; a header may name the columns.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator, Sequence

import numpy as np

from compute.console import printable
from compute.files.errors import FileFormatError
from compute.files.lattice import find_lattice
from compute.surface import Path

__all__ = ["PathFileError", "read_path_csv"]

MAX_BYTES = 64 * 2**20

_FORM = "Each line holds x, y and, if known, the loss, parted by commas, semicolons or spaces."
# Names of columns that headers use, lower case.
_NAMES = {
    "x": ("x", "alpha", "a", "pc1", "u"),
    "y": ("y", "beta", "b", "pc2", "v"),
    "loss": ("loss", "value", "z", "f", "s"),
    "residual": ("residual", "distance"),
    "step": ("step", "epoch", "iteration"),
}


class PathFileError(FileFormatError):
    """A file holds no descent path.

    Attributes:
        line: number of the line, from 1; 0 for the file as a whole.
    """

    def __init__(self, path: str | os.PathLike[str], line: int, found: str, todo: str = _FORM) -> None:
        where = f"line {line}" if line else ""
        super().__init__(path, found, todo, where=where, doing="reading the descent path")
        self.line = line


def read_path_csv(path: str | os.PathLike[str]) -> Path:
    """Read a descent path.

    Args:
        path: a text file (UTF-8, or UTF-16 with its mark) of at most 64 MiB.

    Returns:
        The path in the order of the lines, named after the file; ``loss`` is NaN where
        the file has none. A position may be NaN, but not text.

    Raises:
        PathFileError: the file cannot be read, is no text, has a line that is no point, or is
            a surface.
    """
    rows = _rows(_text(path))
    first = next(rows, None)
    if first is None:
        raise PathFileError(path, 0, "it holds no points")
    columns = {"x": 0, "y": 1, "loss": 2}
    values: dict[str, list[float]] = {name: [] for name in _NAMES}
    pending = [first]
    if not all(_is_number(cell) for cell in first[1][:2]):
        columns = _header(path, *first)
        pending = []

    def take(number: int, cells: Sequence[str]) -> None:
        for name, column in columns.items():
            cell = cells[column] if column < len(cells) else ""
            if not cell and name in ("x", "y"):
                found = f"{len(cells)} column{'s' * (len(cells) != 1)} where {column + 1} are needed"
                if column < len(cells):
                    found = f"nothing stands in column {name}"
                raise PathFileError(path, number, found)
            try:
                values[name].append(float(cell) if cell else float("nan"))
            except ValueError:
                shown = cell if len(cell) <= 40 else cell[:40] + "..."
                raise PathFileError(path, number, f"{shown!r} is not a number (column {name})") from None

    for number, cells in pending:
        take(number, cells)
    for number, cells in rows:
        take(number, cells)
    if not values["x"]:
        raise PathFileError(path, 0, "it has a header, but holds no points")
    _check_no_grid(path, values["x"], values["y"])
    steps = values["step"] if all(v == v and abs(v) < 2**53 for v in values["step"]) else []
    return Path(
        values["x"],  # type: ignore[arg-type]  # Path makes arrays of them
        values["y"],  # type: ignore[arg-type]
        loss=values["loss"] or None,  # type: ignore[arg-type]
        residual=values["residual"] or None,  # type: ignore[arg-type]
        step=steps or None,  # type: ignore[arg-type]
        name=printable(pathlib.Path(path).stem),
    )


def _check_no_grid(path: str | os.PathLike[str], x: Sequence[float], y: Sequence[float]) -> None:
    """Refuse a surface: no optimiser visits each place of a grid once.

    Raises:
        PathFileError: the points fill a grid.
    """
    lattice = find_lattice(np.array(x), np.array(y)) if len(x) >= 9 else None
    if lattice is not None and min(lattice.shape) > 2:
        ny, nx = lattice.shape
        found = f"its points fill a grid of {nx} x {ny}: it is a surface"
        raise PathFileError(path, 0, found, "Open it by itself, without --path.")


def _text(path: str | os.PathLike[str]) -> str:
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise PathFileError(
            path, 0, reason[:1].lower() + reason[1:], "Give the name of a text file."
        ) from None
    if len(data) > MAX_BYTES:
        raise PathFileError(
            path, 0, "it is larger than 64 MiB", "Keep every tenth step, say: a screen shows no more."
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        raise PathFileError(path, 0, "it is a binary file")
    return data.decode("utf-8-sig", errors="replace")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of every line that is neither empty nor a comment."""
    for number, line in enumerate(text.splitlines(), 1):
        line = line.partition("#")[0].strip()
        if not line:
            continue
        if ";" in line:
            cells = line.replace(",", ".").split(";")
        elif "," in line:
            cells = line.split(",")
        else:
            cells = line.split()
        yield number, [cell.strip().strip("\"'").strip() for cell in cells]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _header(path: str | os.PathLike[str], number: int, cells: Sequence[str]) -> dict[str, int]:
    """Which column is what: by name where the names are known, else in order."""
    if any(_is_number(cell) for cell in cells):
        # A damaged first point must not pass for a header and vanish.
        bad = next(cell for cell in cells if not _is_number(cell))
        raise PathFileError(path, number, f"{bad[:40]!r} is not a number")
    if len(cells) < 2:
        raise PathFileError(
            path, number, f"it starts with {cells[0][:40]!r}, which is neither a point nor a header"
        )
    lower = [cell.casefold() for cell in cells]
    found = {
        name: next((lower.index(word) for word in words if word in lower), -1)
        for name, words in _NAMES.items()
    }
    if found["x"] < 0 or found["y"] < 0:
        return {"x": 0, "y": 1, "loss": 2}
    return {name: column for name, column in found.items() if column >= 0}
