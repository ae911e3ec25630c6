"""What the command line writes besides pictures: maps in vector form, and films."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from glviz.errors import UsageError

if TYPE_CHECKING:
    from glviz.documents import Document
    from glviz.films.options import FilmOptions
    from glviz.scene.camera import Camera
    from glviz.scene.panes import Drawn
    from glviz.settings import Settings
    from glviz.vector.options import MapOptions

__all__ = ["print_lacking", "print_notices", "write_film", "write_map"]


def write_map(
    documents: Sequence[Document],
    settings: Settings,
    output: pathlib.Path,
    options: MapOptions,
    step: int = 0,
) -> None:
    """The contour map of documents as SVG or PDF.

    Args:
        documents: what is drawn.
        settings: how.
        output: ends in .svg or .pdf.
        options: size of the page.
        step: number of the file that is drawn where one is at a time.

    Raises:
        UsageError: something among them has no map, or the file cannot be written.
    """
    from glviz.arrange import Arranger
    from glviz.vector import maps

    views = Arranger().arrange(documents, maps.settings_for(settings), step)
    try:
        notices = maps.save(views, output, options)
    except OSError as error:
        raise UsageError(_not_written(output, error)) from None
    print_notices(views)
    for notice in notices:
        print(f"glviz: {notice}", file=sys.stderr)  # noqa: T201
    print(f"glviz: wrote {output}", file=sys.stderr)  # noqa: T201


def write_film(
    kind: str,
    documents: Sequence[Document],
    settings: Settings,
    camera: Camera,
    output: pathlib.Path,
    options: FilmOptions,
    size_px: tuple[int, int] | None,
    step: int = 0,
    *,
    pixel_scale: float | None = None,
    told: bool = False,
) -> None:
    """A film, with its progress on a terminal.

    Args:
        kind: "turntable" or "replay".
        documents: what is drawn.
        settings: how.
        camera: where the film begins.
        output: ends in .mp4 or .gif.
        options: length and rate.
        size_px: width and height at a scale of 1, None for the usual one.
        step: number of the file that is drawn where one is at a time.
        pixel_scale: size of text and lines at a scale of 1, None for what goes with the size.
        told: whether the notices of what is drawn have been printed already.

    Raises:
        UsageError: there is nothing to be filmed, or the file cannot be written.
        glviz.errors.NoOpenGL: there is no OpenGL 3.3 to draw with.
    """
    from glviz.films.making import write
    from glviz.offscreen import scaled
    from glviz.progress import Progress

    progress = Progress(f"{kind} {output.name}")
    shown: list[Drawn] = []
    try:
        made = write(
            kind, documents, settings, camera, output, options, size_px, step, progress,
            pixel_scale=pixel_scale, drawn=shown.extend,
        )  # fmt: skip
    except OSError as error:
        raise UsageError(_not_written(output, error)) from None
    finally:
        progress.clear()
    if not told:
        print_notices(shown)
        print_lacking(shown)
    if size_px is not None and made != scaled(size_px, settings.scale):
        print(f"glviz: the sides of an MP4 are even: {made[0]} × {made[1]}", file=sys.stderr)  # noqa: T201
    size_mb = output.stat().st_size / 1e6
    size = f"{made[0]} × {made[1]}, {options.count(output)} frames, {size_mb:.1f} MB"
    print(f"glviz: wrote {output} ({size})", file=sys.stderr)  # noqa: T201


def print_notices(views: Sequence[Drawn]) -> None:
    """What readers of the pictures should be told."""
    said: dict[str, list[str]] = {}
    for view in views:
        for notice in view.notices:
            said.setdefault(notice, []).append(view.title)
    for notice, titles in said.items():
        names = ", ".join(dict.fromkeys(titles))
        print(f"glviz: {names}: {notice}", file=sys.stderr)  # noqa: T201


def print_lacking(views: Sequence[Drawn]) -> None:
    """Which characters a picture cannot show, as a PDF tells it of itself."""
    from glviz.scene.captions import written
    from glviz.scene.view import View
    from glviz.vector.text import undrawable

    lacking = undrawable("".join(text for view in views for text in written(view)))
    if lacking:
        more = "; an SVG shows them" if all(isinstance(view, View) for view in views) else ""
        print(f"glviz: the font of pictures lacks {lacking!r}{more}", file=sys.stderr)  # noqa: T201


def _not_written(path: pathlib.Path, error: OSError) -> str:
    return f"writing {path}: {error.strerror or error}; make room, or choose another place"
