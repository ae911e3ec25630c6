"""The viewer from Python: a window with :func:`show`, a picture with :func:`screenshot`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from compute.surface import Curve, HeightMesh, Path, Surface
from glviz.arguments import LARGEST_SIDE_PX
from glviz.documents import Document, check_fields, drawable, in_memory, open_document
from glviz.errors import UsageError
from glviz.interrupts import deferred
from glviz.options import options as options_of
from glviz.scene.camera import Camera
from glviz.settings import Settings

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["screenshot", "show"]

Data: TypeAlias = Surface | Curve | HeightMesh
Shown: TypeAlias = Data | str | os.PathLike[str]
Walked: TypeAlias = Path | str | os.PathLike[str]


def show(
    surface: Shown | Sequence[Shown],
    *,
    size: tuple[int, int] | None = None,
    names: Sequence[str] = (),
    path: Walked | Sequence[Walked] = (),
    **options: Any,
) -> None:
    """Open the window and wait until it is closed.

    Args:
        surface: a surface, curve or mesh, the name of a file that holds one, or several of these.
        size: of the window's contents, (width, height).
        names: titles, one for each of ``surface``; by default those of the files.
        path: descent paths to draw on the surfaces: ``compute.Path`` objects or files.
        **options: the program's own, by name: ``colormap="cividis"``, ``azimuth=30``, ``view="map"``, ...;
            ``glviz --help`` lists them.

    Raises:
        UsageError: an option does not exist, or cannot have this value.
        SessionError: there are more files than a session can hold.
        NoOpenGL: there is no display.
        compute.files.FileFormatError: a file cannot be read.
    """
    settings, camera = _look(options)
    documents = _documents(surface, names, path, settings)
    from glviz.session import check_count

    check_count(documents, "opening the window")
    with deferred():  # the libraries of the window
        from glviz import app
    app.run(documents, settings, camera, None if size is None else _checked(size))


def screenshot(
    surface: Shown | Sequence[Shown],
    *,
    size: tuple[int, int] = (1280, 720),
    scale: float = 1.0,
    transparent: bool = False,
    names: Sequence[str] = (),
    path: Walked | Sequence[Walked] = (),
    **options: Any,
) -> Image:
    """Draw a picture; needs no display.

    Args:
        surface: a surface, curve or mesh, the name of a file that holds one, or several of these.
        size: of the picture at a scale of 1, (width, height) in pixels.
        scale: pixels for each of these: the same picture, finer, its text and lines as large.
        transparent: without a background.
        names: titles, one for each of ``surface``; by default those of the files.
        path: descent paths to draw on the surfaces: ``compute.Path`` objects or files.
        **options: as for :func:`show`.

    Returns:
        An RGB picture, RGBA if transparent.

    Raises:
        UsageError: an option does not exist, or cannot have this value.
        NoOpenGL: there is no OpenGL 3.3.
        compute.files.FileFormatError: a file cannot be read.
    """
    settings, camera = _look({**options, "scale": scale, "transparent": transparent})
    size = _checked(size)
    documents = _documents(surface, names, path, settings)
    from PIL import Image

    from glviz import offscreen
    from glviz.arrange import Arranger, check_compare

    check_compare(documents, settings)
    views = Arranger().arrange(documents, settings)
    return Image.fromarray(
        offscreen.screenshot(views, camera, size, scale=settings.scale, transparent=settings.transparent)
    )


def _documents(
    surface: Shown | Sequence[Shown],
    names: Sequence[str],
    path: Walked | Sequence[Walked],
    settings: Settings,
) -> tuple[Document, ...]:
    several = isinstance(surface, Iterable) and not isinstance(surface, (str, os.PathLike, Mapping))
    items: list[Any] = list(surface) if several else [surface]  # type: ignore[arg-type]
    names = [names] if isinstance(names, str) else names
    if not items:
        raise UsageError("showing surfaces: got an empty list; give at least one surface")
    wrong = next((name for name in names if not isinstance(name, str)), "")
    if wrong != "":
        raise UsageError(f"showing surfaces: got {wrong!r} among the names; give each as text")
    if names and len(names) != len(items):
        raise UsageError(f"showing surfaces: got {len(items)} of them and {len(names)} names")
    walked: list[Any] = [path] if isinstance(path, (Path, str, os.PathLike)) else _listed(path)
    files = [os.fspath(each) for each in walked if not isinstance(each, Path)]
    known = tuple(each for each in walked if isinstance(each, Path))
    documents = []
    for index, item in enumerate(items):
        if isinstance(item, (str, os.PathLike)):
            document = open_document(item, files, field=settings.field)
        elif isinstance(item, (Surface, Curve, HeightMesh)):
            number = f" {index + 1}" if len(items) > 1 else ""
            document = in_memory(item, f"{_KINDS[type(item)]}{number}", files)
        else:
            raise UsageError(
                f"showing surfaces: got {type(item).__name__}; give a compute.Surface, Curve or HeightMesh, "
                "or the name of a file"
            )
        drawable(document)
        title = names[index] if names else document.title
        documents.append(replace(document, title=title, paths=(*known, *document.paths)))
    check_fields(documents, settings.field, settings.color_by)
    return tuple(documents)


def _listed(path: Any) -> list[Any]:
    """Descent paths, each one of those or a file.

    Raises:
        UsageError: something else is among them.
    """
    items = list(path) if isinstance(path, Iterable) else [path]
    wrong = next((each for each in items if not isinstance(each, (Path, str, os.PathLike))), None)
    if wrong is not None or None in items:
        raise UsageError(
            f"showing surfaces: got {type(wrong).__name__} for path; "
            "give a compute.Path or the name of a file"
        )
    return items


_KINDS = {Surface: "surface", Curve: "curve", HeightMesh: "mesh"}


def _look(given: Mapping[str, Any]) -> tuple[Settings, Camera]:
    """Settings and camera from options by name."""
    from glviz.scene.viewpoints import NAMED, parse_point

    made: dict[type, dict[str, Any]] = {Settings: {}, Camera: {}}
    owners = {item.name: (owner, item) for owner in made for item in options_of(owner)}
    camera = Camera()
    for name, value in given.items():
        try:
            if name == "view":
                if value not in NAMED:
                    raise ValueError(f"no {value!r}; choose from {', '.join(NAMED)}")
                camera = NAMED[value](camera)
            elif name == "target":
                made[Camera][name] = parse_point(value if isinstance(value, str) else _joined(value, ","))
            elif name in owners:
                owner, item = owners[name]
                made[owner][name] = item.check(_as_text(name, value))
            else:
                raise UsageError(_unknown(name, [*owners, "view", "target"]))
        except (TypeError, ValueError) as error:
            said = str(error).removeprefix(f"--{name.replace('_', '-')}: ")
            raise UsageError(f"option {name}: {said}") from None
    settings = Settings(**made[Settings])
    if settings.percentile_low >= settings.percentile_high:
        raise UsageError("option percentile_low: it must be below percentile_high")
    return settings, replace(camera, **made[Camera])


def _unknown(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), 3, 0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "glviz --help lists them (with dashes for _)"
    return f"there is no option {name}; {hint}"


def _as_text(name: str, value: Any) -> Any:
    """Lists where the program has text: levels, metrics, pinned points."""
    if isinstance(value, np.generic):  # a number or truth of numpy's as Python's own
        return value.item()
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        return value
    if name == "pins":
        points = list(value)
        if not all(isinstance(point, Iterable) for point in points):
            raise ValueError(f"expected points such as [(0, 0), (0.5, -0.25)], got {value!r}")
        return ";".join(_joined(point, ",") for point in points)
    return _joined(value, ",") if name in ("levels", "metrics") else value


def _joined(values: Iterable[Any], mark: str) -> str:
    return mark.join(value if isinstance(value, str) else repr(float(value)) for value in values)


def _checked(size: tuple[int, int]) -> tuple[int, int]:
    try:
        width, height = (int(side) for side in size)
        whole = (width, height) == tuple(size)
    except (TypeError, ValueError, OverflowError):
        whole = False
    if not whole:
        raise UsageError(f"size: expected (width, height) in whole pixels, got {size!r}")
    if min(width, height) < 16 or max(width, height) > LARGEST_SIDE_PX:
        raise UsageError(f"size: each side must be 16 ... {LARGEST_SIDE_PX} pixels, got {width}, {height}")
    return width, height
