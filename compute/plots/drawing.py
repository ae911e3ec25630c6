"""What was loaded into the figure or film that a file name asks for."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from compute.errors import UsageError
from compute.films import EXTENSIONS as FILMS
from compute.plots.look import Look
from compute.plots.saving import PICTURES, save_figure
from compute.plots.style import required, styled
from compute.plots.words import typeset
from compute.surface import Curve, HeightMesh, Surface

__all__ = ["FIGURES", "FILMS", "FILM_LOOK", "check_figure", "plot"]

FIGURES = (*PICTURES, *FILMS)
FILM_LOOK = Look(width=6.4, font_size=9.0, critical="none", filled=True)
"""Of a film, where nothing else is asked for."""

_DPI = {".png": 300.0, ".mp4": 150.0, ".gif": 110.0}


def check_figure(path: str | os.PathLike[str]) -> None:
    """Make sure, before anything is computed, that there can be a figure of this name.

    Raises:
        UsageError: unknown extension, or matplotlib is not installed.
    """
    kind = Path(path).suffix.lower()
    if kind not in FIGURES:
        found = f"its extension {kind!r} names no figure" if kind else "it has no extension"
        raise UsageError(f"preparing the figure {path}", found, f"End it with one of {', '.join(FIGURES)}.")
    required()


def plot(
    data: Sequence[Surface | Curve | HeightMesh],
    path: str | os.PathLike[str],
    look: Look | None = None,
    *,
    names: Sequence[str] = (),
    seconds: float = 8.0,
    fps: float = 25.0,
    dpi: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[str, ...]:
    """Draw curves into one figure, surfaces into one panel each, or the paths of a surface into a film.

    Args:
        data: curves, or surfaces.
        path: its extension says what becomes of them, one of :data:`FIGURES`.
        look: how it shall look; None for a figure one column wide, or a film.
        names: of the curves, or above the panels; where there are none, and none in ``look``, only
            several surfaces are numbered.
        seconds: of a film.
        fps: frames a second of a film.
        dpi: pixels an inch of a PNG or a film; None for 300, or what a screen shows well.
        progress: called with (frames done, frames in all).

    Returns:
        What a reader should be told, one sentence each.

    Raises:
        UsageError: things that do not go together in a figure.
        OSError: the file cannot be written.
    """
    check_figure(path)
    kind = Path(path).suffix.lower()
    doing = f"drawing {Path(path).name}"
    if not data:
        raise UsageError(doing, "nothing was given", "Give a curve or a surface.")
    moving = kind in FILMS
    look = look or (FILM_LOOK if moving else Look())
    titles = list(look.titles or names or [str(k + 1) if len(data) > 1 else "" for k in range(len(data))])
    if len(titles) != len(data):
        raise UsageError(doing, f"{len(titles)} titles for {len(data)} files", "Give one for each.")
    for each in data:
        flat = isinstance(each, Surface) and min(each.shape) < 2
        if flat or (isinstance(each, Curve) and each.x.size < 2):
            raise UsageError(
                doing, f"nothing lies between its points: {each!r}", "Give one with more points."
            )
    titles = [typeset(title) for title in titles]
    pixels = dpi or _DPI.get(kind, 300.0)
    surfaces = [each for each in data if isinstance(each, Surface)]
    curves = [each for each in data if isinstance(each, Curve)]
    if moving:
        if len(data) != 1 or not surfaces:
            raise UsageError(
                doing, f"a film shows the paths of one surface, not of {_counted(data)}", "Give one surface."
            )
        from compute.plots.animation import animate

        with styled(look.font_size):
            animate(
                surfaces[0], path, look, title=titles[0], seconds=seconds, fps=fps, dpi=pixels,
                progress=progress,
            )  # fmt: skip
    elif len(curves) == len(data):
        from compute.plots.curves import curve_figure

        with styled(look.font_size):
            save_figure(curve_figure(curves, titles, look), path, dpi=pixels, title=", ".join(titles))
    elif len(surfaces) == len(data):
        from compute.plots.contours import map_figure

        with styled(look.font_size):
            figure = map_figure(surfaces, titles, look).figure
            save_figure(figure, path, dpi=pixels, title=", ".join(titles))
    else:
        raise UsageError(
            doing,
            f"{_counted(data)} do not go into one figure",
            "Give curves, or surfaces. A mesh can be drawn by glviz.",
        )
    return ()


def _counted(data: Sequence[Surface | Curve | HeightMesh]) -> str:
    kinds = {Surface: "surface", Curve: "curve", HeightMesh: "mesh"}
    counts = {word: sum(isinstance(each, kind) for each in data) for kind, word in kinds.items()}
    plural = {"surface": "surfaces", "curve": "curves", "mesh": "meshes"}
    return " and ".join(f"{n} {word if n == 1 else plural[word]}" for word, n in counts.items() if n)
