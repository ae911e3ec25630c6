"""Keeping a session: as text, in a file, in a picture."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from glviz.documents import Document
from glviz.options import options
from glviz.pictures import replace_file
from glviz.scene.camera import Camera
from glviz.session.model import MOST_FILES, VERSION, Session, SessionError, Source, digest_of
from glviz.settings import Settings

__all__ = ["as_text", "capture", "check_count", "save", "text_for"]


def check_count(documents: Sequence[Document], doing: str) -> None:
    """Make sure that a session of documents can be opened again.

    Args:
        documents: what it shows.
        doing: what is being done, for the error.

    Raises:
        SessionError: they are too many, or one has too many descent paths.
    """
    most, what = max([(len(documents), "files"), *((len(d.path_files), "descent paths") for d in documents)])
    if most > MOST_FILES:
        raise SessionError(f"{doing}: {most} {what} are more than the {MOST_FILES} of a session\nGive fewer.")


def capture(
    documents: Sequence[Document],
    settings: Settings,
    camera: Camera,
    *,
    size_px: tuple[int, int] | None = None,
    pixel_scale: float | None = None,
    active: int = 0,
) -> Session:
    """The session of what is shown now.

    Raises:
        SessionError: something shown was never in a file, or there are too many files.
    """
    check_count(documents, "keeping the session")
    for document in documents:
        if not document.stored:
            raise SessionError(
                f"keeping the session: {document.title} is in memory only, so that it could not be opened "
                "again\nSave it first (compute.save) and show the file."
            )
    return Session(
        tuple(
            replace(
                _source(document.path, tuple(_source(path) for path in document.path_files)),
                undo_log=document.undo_log,
            )
            for document in documents
        ),
        settings, camera, size_px, pixel_scale, active,
    )  # fmt: skip


def _source(path: str | os.PathLike[str], paths: tuple[Source, ...] = ()) -> Source:
    absolute = os.path.abspath(path)
    try:
        return Source(absolute, os.stat(absolute).st_size, digest_of(absolute), paths)
    except OSError:  # gone since it was read
        return Source(absolute, paths=paths)


def as_text(session: Session, folder: str | os.PathLike[str]) -> str:
    """The session as JSON.

    Args:
        session: to be kept.
        folder: of the file that it goes into, from which its paths are given.
    """
    from glviz.scene.colormap import is_file

    base = os.path.abspath(folder)
    settings = _changed(session.settings, Settings())
    if is_file(str(settings.get("colormap", ""))):
        settings["colormap"] = _relative(settings["colormap"], base)
    kept: dict[str, Any] = {
        "glviz session": VERSION,
        "files": [_file_out(source, base) for source in session.files],
        "settings": settings,
        "camera": {**_changed(session.camera, Camera()), **_camera_rest(session.camera)},
    }
    if session.size_px is not None:
        kept["size_px"] = list(session.size_px)
    if session.pixel_scale is not None:
        kept["pixel_scale"] = session.pixel_scale
    if session.active:
        kept["active"] = session.active
    return json.dumps(kept, indent=1)


def save(session: Session, path: str | os.PathLike[str]) -> None:
    """Write a session file (``view.glviz``); until it is complete, what was there before stays.

    Raises:
        UsageError: the system refused (disk full, no permission).
    """
    target = pathlib.Path(path)
    text = as_text(session, target.parent) + "\n"
    replace_file(target, lambda file: file.write(text.encode("ascii")))


def text_for(
    picture: str | os.PathLike[str],
    documents: Sequence[Document],
    settings: Settings,
    camera: Camera,
    *,
    size_px: tuple[int, int],
    pixel_scale: float,
    active: int = 0,
) -> str:
    """The session that goes into a picture; "" where something shown was never in a file."""
    if not all(document.stored for document in documents):
        return ""
    session = capture(
        documents, settings, camera, size_px=size_px, pixel_scale=pixel_scale, active=active
    )
    return as_text(session, pathlib.Path(picture).parent)


def _changed(value: Settings | Camera, default: Settings | Camera) -> dict[str, Any]:
    names = [item.name for item in options(type(value))]
    return {name: getattr(value, name) for name in names if getattr(value, name) != getattr(default, name)}


def _camera_rest(camera: Camera) -> dict[str, Any]:
    rest: dict[str, Any] = {}
    if camera.target != Camera().target:
        rest["target"] = list(camera.target)
    if camera.field_of_view_deg != Camera().field_of_view_deg:
        rest["field_of_view_deg"] = camera.field_of_view_deg
    return rest


def _file_out(source: Source, base: str) -> dict[str, Any]:
    out: dict[str, Any] = {"path": _relative(source.path, base)}
    if source.size >= 0:
        out |= {"bytes": source.size, "sha256": source.digest}
    if source.paths:
        out["paths"] = [_file_out(path, base) for path in source.paths]
    if source.undo_log:
        out["undo_log"] = True
    return out


def _relative(path: str, base: str) -> str:
    """As seen from the session's folder, where they have more in common than the root."""
    absolute = os.path.abspath(path)
    try:
        common = os.path.commonpath([absolute, base])
    except ValueError:  # on another drive
        return pathlib.PurePath(absolute).as_posix()
    if common == pathlib.PurePath(common).anchor:
        return pathlib.PurePath(absolute).as_posix()
    return pathlib.PurePath(os.path.relpath(absolute, base)).as_posix()
