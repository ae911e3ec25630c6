"""The files of a session, opened again: in their places, or where they are now."""

from __future__ import annotations

import os
from collections.abc import Sequence

from compute.console import printable
from glviz.documents import Document, open_document
from glviz.errors import UsageError
from glviz.session.model import Session, SessionError, Source, digest_of

__all__ = ["reopen"]


def reopen(
    session: Session,
    given: Sequence[str | os.PathLike[str]] = (),
    path_files: Sequence[str] = (),
    *,
    field: str = "",
    undo_log: bool = False,
) -> tuple[tuple[Document, ...], tuple[str, ...]]:
    """Open what a session shows.

    Args:
        session: as it was read.
        given: files to take instead of the session's: each in the place of the one of its
            name, else of one that is gone, else of the first.
        path_files: descent paths to take instead of the session's.
        field: which field is going to be the height; empty for the files' own.
        undo_log: the heights of all files are ln(loss + 0.1), whatever the session says.

    Returns:
        The documents in the session's order, and what is to be said: which have changed.

    Raises:
        SessionError: a file is gone; all that are missing are named.
        UsageError: more files are given than the session shows.
        compute.files.FileFormatError: a file cannot be read.
    """
    places: list[str | None] = [_found(source, session.folder) for source in session.files]
    instead: dict[int, str] = {}
    if len(given) > len(places):
        raise UsageError(f"the session shows {len(places)} files, {len(given)} are given instead")
    for name in (os.fspath(item) for item in given):
        free = [index for index in range(len(places)) if index not in instead]
        same = [i for i in free if os.path.basename(session.files[i].path) == os.path.basename(name)]
        gone = [i for i in free if places[i] is None]
        instead[(same or gone or free)[0]] = name
    missing = [
        source.path
        for index, source in enumerate(session.files)
        if places[index] is None and index not in instead
    ]
    shown_paths: list[list[str]] = []
    for source in session.files:
        found = [(path, _found(path, session.folder)) for path in source.paths]
        if not path_files:
            missing += [path.path for path, place in found if place is None]
        shown_paths.append(list(path_files) or [place for _, place in found if place is not None])
    if missing:
        names = ", ".join(printable(path) for path in dict.fromkeys(missing))
        raise SessionError(
            f"opening the files of the session: not there: {names}\n"
            "Put them back, or give their places behind the session: glviz SESSION FILE [--path FILE.csv]"
        )
    notices = list(session.notices)
    documents = []
    for index, source in enumerate(session.files):
        place = instead.get(index) or places[index]
        assert place is not None
        if index not in instead and _differs(source, place):
            notices.append(f"{printable(os.path.basename(place))} has changed since the session was kept")
        for path, at in zip(source.paths, shown_paths[index], strict=False):
            if not path_files and _differs(path, at):
                notices.append(f"{printable(os.path.basename(at))} has changed since the session was kept")
        logged = undo_log or source.undo_log
        documents.append(open_document(place, shown_paths[index], field=field, undo_log=logged))
    return tuple(documents), tuple(dict.fromkeys(notices))


def _found(source: Source, folder: str) -> str | None:
    """Where a file is now: in its place, beside the session, or among the samples."""
    name = os.path.basename(source.path)
    for path in (source.path, os.path.join(folder, name)):
        if os.path.isfile(path):
            return path
    from glviz.resources import samples

    try:
        sample = next((path for path in samples().values() if path.name == name), None)
    except FileNotFoundError:
        return None
    return str(sample) if sample is not None and not _differs(source, str(sample)) else None


def _differs(source: Source, path: str) -> bool:
    if source.size < 0:
        return False
    try:
        return os.stat(path).st_size != source.size or (
            bool(source.digest) and digest_of(path) != source.digest
        )
    except OSError:
        return False
