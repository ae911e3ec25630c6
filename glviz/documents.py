"""Files as the viewer holds them: the data, the descent paths shown with them, and a title."""

from __future__ import annotations

import contextlib
import os
import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from compute.console import printable
from compute.surface import Curve, HeightMesh, Path, Surface, field_names
from glviz.errors import CannotDrawError, UsageError

__all__ = ["Document", "check_fields", "drawable", "in_memory", "open_document"]


@dataclass(frozen=True, eq=False)
class Document:
    """One opened file.

    Attributes:
        path: where it was read from, as given.
        data: what it holds.
        paths: descent paths from other files, beside the file's own.
        title: how the file is called in pictures and lists.
        path_files: where :attr:`paths` were read from.
        stored: whether there is a file; what a program holds in memory has none.
        undo_log: whether its heights were ln(loss + 0.1), and :attr:`data` has the loss.
    """

    path: pathlib.Path
    data: Surface | HeightMesh | Curve
    paths: tuple[Path, ...] = ()
    title: str = ""
    path_files: tuple[str | os.PathLike[str], ...] = ()
    stored: bool = True
    undo_log: bool = False


def open_document(
    path: str | os.PathLike[str],
    path_files: Sequence[str | os.PathLike[str]] = (),
    *,
    field: str = "",
    undo_log: bool = False,
) -> Document:
    """Read a surface, and the descent paths to be shown with it.

    Args:
        path: any file that :func:`compute.files.load` reads.
        path_files: files of descent paths, as :func:`compute.files.load_paths` reads them.
        field: which field is going to be the height; empty for the file's own.
        undo_log: the file's heights are ln(loss + 0.1): take the loss.

    Raises:
        compute.files.FileFormatError: a file cannot be read.
        UsageError: the file has no such field.
    """
    from compute import files

    path = pathlib.Path(path)
    data = files.load(path, undo_log=undo_log)
    if field and not _has(data, field):
        # A scalar that is no field by itself (a height that the file's loss displaced, say).
        with contextlib.suppress(files.FileFormatError):
            data = files.load(path, field=field, undo_log=undo_log)
    data = _as_text(data)
    paths = _read_paths(path_files)
    document = Document(path, data, paths, printable(path.name), tuple(path_files), undo_log=undo_log)
    check_fields([document], field)
    return document


def in_memory(
    data: Surface | Curve | HeightMesh, title: str, path_files: Sequence[str | os.PathLike[str]] = ()
) -> Document:
    """What a program holds, as if it had been read from a file.

    Args:
        data: what to show.
        title: how it is called in pictures and lists.
        path_files: CSV files of descent paths.

    Raises:
        compute.files.FileFormatError: a file holds no descent path.
    """
    paths = _read_paths(path_files)
    return Document(
        pathlib.Path(title), _as_text(data), paths, printable(title), tuple(path_files), stored=False
    )


def _as_text(data: Surface | Curve | HeightMesh) -> Surface | Curve | HeightMesh:
    """The same data, its names and texts without what no font can draw.

    Such are control characters, and the lone surrogates by which Python has bytes that are no text.
    """
    data = replace(data, meta=_printable(data.meta))
    if isinstance(data, Surface):
        data = data.replace(paths=tuple(replace(path, name=printable(path.name)) for path in data.paths))
    return data


def _read_paths(names: Sequence[str | os.PathLike[str]]) -> tuple[Path, ...]:
    from compute import files

    found = [path for name in names for path in files.load_paths(name)]
    return tuple(replace(path, name=printable(path.name)) for path in found)


def _printable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {printable(str(key)): _printable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(inner) for inner in value]
    return printable(value) if isinstance(value, str) else value


def _has(data: Surface | HeightMesh | Curve, field: str) -> bool:
    return field in field_names(data) or (field == "loss" and isinstance(data, Surface))


def check_fields(documents: Sequence[Document], *wanted: str) -> None:
    """Make sure that every file has the fields that were asked for.

    Args:
        documents: the opened files.
        wanted: field names; empty ones stand for the file's own height.

    Raises:
        UsageError: names the file, what it has and the nearest name.
    """
    for document in documents:
        has = field_names(document.data)
        for name in wanted:
            if not name or _has(document.data, name):
                continue
            from difflib import get_close_matches  # 6 ms: only if needed

            near = get_close_matches(name, has, 1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise UsageError(f"{document.path}: no field {name!r}; {hint}it has {', '.join(has)}")


def drawable(document: Document) -> Surface | HeightMesh | Curve:
    """What a document holds, if it can be drawn.

    Raises:
        CannotDrawError: it holds not a single point.
    """
    data = document.data
    if data.x.size == 0:
        raise CannotDrawError(f"drawing {document.path}: it has no vertices\nCheck how the file was written.")
    return data
