"""What the program remembers for its user: files opened lately, and how the window was arranged.

Small JSON files in the user's own directory for such things, or where the environment
variable GLVIZ_CONFIG_DIR points. None of it is needed: what cannot be read is told of once
and taken for new, what cannot be written is lost.
"""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["KEPT", "folder", "forget", "opened", "read", "recent", "write"]

KEPT = 12
"""Files that are remembered."""

_MOST_BYTES = 2**18


def folder() -> pathlib.Path:
    """The directory, which may not be there yet."""
    named = os.environ.get("GLVIZ_CONFIG_DIR")
    if named:
        return pathlib.Path(named)
    import platformdirs

    return pathlib.Path(platformdirs.user_config_dir("glviz", appauthor=False))


def read(name: str) -> tuple[dict[str, Any], str]:
    """What is kept under a name, and what is to be said of it.

    Args:
        name: of the file, without its folder.

    Returns:
        The values, none where there is no file or no sense in it; and a note for the user,
        empty where all is well.
    """
    path = folder() / name
    try:
        with open(path, "rb") as file:
            found = json.loads(file.read(_MOST_BYTES + 1)[: _MOST_BYTES].decode("utf-8"))
    except FileNotFoundError:
        return {}, ""
    except (OSError, ValueError, RecursionError):
        return {}, f"{path} cannot be read; the defaults are taken"
    if not isinstance(found, dict):
        return {}, f"{path} holds something else; the defaults are taken"
    return found, ""


def write(name: str, values: dict[str, Any]) -> str:
    """Keep values under a name; returns why that was not possible, empty where it was."""
    from compute.files.atomic import replacing

    path = folder() / name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as stream:
            stream.write(json.dumps(values, indent=1).encode("utf-8"))
    except OSError as error:
        return f"{path} cannot be written: {error.strerror or error}"
    return ""


# --- recent files ----------------------------------------------------------------------

_RECENT = "recent.json"


def recent() -> tuple[pathlib.Path, ...]:
    """Files opened lately that are still there, the last one first."""
    found = read(_RECENT)[0].get("files", [])
    names = [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
    return tuple(path for path in map(pathlib.Path, names[:KEPT]) if _is_file(path))


def opened(paths: Sequence[str | os.PathLike[str]]) -> None:
    """Remember files as the last that were opened."""
    _keep([*(os.path.abspath(path) for path in paths), *map(str, recent())])


def forget() -> None:
    """Remember no file."""
    _keep([])


def _keep(names: Iterable[str]) -> None:
    write(_RECENT, {"files": list(dict.fromkeys(names))[:KEPT]})


def _is_file(path: pathlib.Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name with a null byte
        return False
