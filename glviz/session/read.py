"""Reading a session, which may come from anywhere: bounded, each value held against its option."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from compute.console import printable
from glviz.options import options
from glviz.pictures import KEYWORD
from glviz.scene.camera import Camera
from glviz.session.model import MOST_BYTES, MOST_FILES, VERSION, Session, SessionError, Source
from glviz.session.png_text import PngTextError, read_text
from glviz.settings import Settings

__all__ = ["is_session", "load"]

_LARGEST_SIDE_PX = 65535

_T = TypeVar("_T", Settings, Camera)


def is_session(path: str | os.PathLike[str]) -> bool:
    """Whether a name is that of a session file or of a picture, which may hold one."""
    return pathlib.PurePath(path).suffix.lower() in (".glviz", ".png", ".jpg", ".jpeg")


def load(path: str | os.PathLike[str]) -> Session:
    """Read a session from its file or from a picture.

    Raises:
        SessionError: there is none in it, or it is none that this program can read.
    """
    path = pathlib.Path(path)
    doing = f"opening the session {printable(str(path))}"
    kind = path.suffix.lower()
    if kind in (".jpg", ".jpeg"):
        raise SessionError(f"{doing}: a JPEG file holds none\nGive the PNG file, or the data itself.")
    try:
        if not path.is_file():
            raise SessionError(f"{doing}: there is no such file\nCheck the name.")
        text = _text_of(path) if kind != ".png" else read_text(path, KEYWORD, MOST_BYTES)
    except OSError as error:
        raise SessionError(f"{doing}: {error.strerror or error}\nCheck its permissions.") from None
    except PngTextError as error:
        raise SessionError(f"{doing}: {error}\nOnly pictures that glviz wrote can be opened again.") from None
    if text is None:
        raise SessionError(f"{doing}: the picture holds none\nOnly PNG files that glviz wrote hold one.")
    return _parsed(text, os.path.abspath(path.parent), doing)


def _text_of(path: pathlib.Path) -> str:
    with open(path, "rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise SessionError(
            f"opening the session {printable(str(path))}: it is larger than 1 MiB\n"
            "No session is: check that it is the right file."
        )
    return data.decode("utf-8-sig", "replace")


def _parsed(text: str, folder: str, doing: str) -> Session:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise SessionError(f"{doing}: it is not JSON\nCheck that it is the right file.") from None
    version = found.get("glviz session") if isinstance(found, dict) else None
    if not isinstance(version, int) or isinstance(version, bool):
        raise SessionError(f"{doing}: it does not say 'glviz session'\nCheck that it is the right file.")
    if version != VERSION:
        raise SessionError(
            f"{doing}: it is of version {str(version)[:20]}, this program reads version {VERSION}\n"
            "Update glviz."
        )
    notices: list[str] = []
    known = ("glviz session", "files", "settings", "camera", "size_px", "pixel_scale", "active")
    for name in found:
        if name not in known:
            notices.append(f"the session's {_shown(name)} is unknown here and left out")
    files = found.get("files")
    if not isinstance(files, list) or not 0 < len(files) <= MOST_FILES:
        raise SessionError(f"{doing}: it names no files, or more than {MOST_FILES}\nSave it again.")
    sources = tuple(_file_in(item, folder, doing) for item in files)
    settings = _restored(Settings(), found.get("settings", {}), notices, folder)
    if settings.percentile_low >= settings.percentile_high:
        notices.append("the session's percentiles exclude each other and are left out")
        settings = replace(settings, percentile_low=0.0, percentile_high=100.0)
    camera = _restored(Camera(), found.get("camera", {}), notices, folder)
    active = found.get("active", 0)
    return Session(
        sources, settings, camera,
        _size_in(found.get("size_px"), notices), _pixel_scale_in(found.get("pixel_scale"), notices),
        active if isinstance(active, int) and 0 <= active < len(sources) else 0,
        tuple(notices[:8]), folder,
    )  # fmt: skip


def _shown(value: Any) -> str:
    """A value of a file, fit to be printed."""
    text = printable(repr(value))
    return text if len(text) <= 60 else text[:57] + "..."


def _file_in(item: Any, folder: str, doing: str, depth: int = 0) -> Source:
    path = item.get("path") if isinstance(item, dict) else None
    if not isinstance(path, str) or not path or "\0" in path or len(path) > 4096:
        raise SessionError(f"{doing}: {_shown(item)} names no file\nSave it again.")
    size, digest = item.get("bytes"), item.get("sha256")
    paths = item.get("paths", [])
    if not isinstance(paths, list) or len(paths) > MOST_FILES or (paths and depth):
        raise SessionError(f"{doing}: {_shown(paths)} are no descent paths\nSave it again.")
    return Source(
        os.path.normpath(os.path.join(folder, path)),
        size if isinstance(size, int) and not isinstance(size, bool) else -1,
        digest if isinstance(digest, str) else "",
        tuple(_file_in(each, folder, doing, depth + 1) for each in paths),
        item.get("undo_log") is True,
    )


def _restored(default: _T, given: Any, notices: list[str], folder: str) -> _T:
    """Options from what a session says of them; what they cannot be is told and left out."""
    what = type(default).__name__.lower()
    if not isinstance(given, Mapping):
        notices.append(f"the session's {what} is {_shown(given)} and left out")
        return default
    items = {item.name: item for item in options(type(default))}
    values: dict[str, Any] = {}
    for name, value in given.items():
        try:
            if name in items:
                item = items[name]
                if not _is_of(value, item.kind, item.optional):
                    raise ValueError(f"expected {item.kind.__name__}, got {_shown(value)}")
                if name == "colormap" and os.path.isfile(os.path.join(folder, value)):
                    value = os.path.join(folder, value)
                values[name] = item.check(value)
            elif isinstance(default, Camera) and name in ("target", "field_of_view_deg"):
                values[name] = _camera_in(name, value)
            else:
                notices.append(f"the session's setting {_shown(name)} is unknown here and left out")
        except (ValueError, OverflowError, OSError) as error:
            notices.append(f"the session's {_shown(name)} is left out: {printable(str(error))[:120]}")
    return replace(default, **values)


def _is_of(value: Any, kind: type, optional: bool) -> bool:
    if value is None:
        return optional
    if kind in (bool, str):
        return isinstance(value, kind)
    return isinstance(value, int if kind is int else (int, float)) and not isinstance(value, bool)


def _camera_in(name: str, value: Any) -> Any:
    from glviz.scene.viewpoints import parse_point

    if name == "target":
        if not isinstance(value, list) or not all(_is_of(part, float, False) for part in value):
            raise ValueError(f"expected three numbers, got {_shown(value)}")
        return parse_point(",".join(repr(float(part)) for part in value))
    if not _is_of(value, float, False) or not 0.5 <= value <= 120.0:
        raise ValueError(f"expected 0.5 ... 120 degrees, got {_shown(value)}")
    return float(value)


def _size_in(value: Any, notices: list[str]) -> tuple[int, int] | None:
    if value is None:
        return None
    if isinstance(value, list) and len(value) == 2 and all(_is_of(side, int, False) for side in value):
        width, height = value
        if 16 <= width <= _LARGEST_SIDE_PX and 16 <= height <= _LARGEST_SIDE_PX:
            return width, height
    notices.append(f"the session's size_px is left out: {_shown(value)}")
    return None


def _pixel_scale_in(value: Any, notices: list[str]) -> float | None:
    if value is None:
        return None
    if _is_of(value, float, False) and 0.05 <= value <= 64.0:
        return float(value)
    notices.append(f"the session's pixel_scale is left out: {_shown(value)}")
    return None
