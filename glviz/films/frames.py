"""The frames of films: which camera, and how much of the paths."""

from __future__ import annotations

import math
import pathlib
from collections.abc import Sequence
from dataclasses import dataclass

from glviz.errors import UsageError
from glviz.offscreen import default_size, scaled
from glviz.scene.camera import Camera
from glviz.scene.panes import Drawn
from glviz.scene.view import View

__all__ = ["Frame", "film_size", "frames_of", "replay", "turntable"]

DEFAULT_SIZE = (1280, 720)
"""Of a film of one file, in pixels."""

_HOLD_SHARE = 0.12
"""Of a replay, how long its end is shown."""


@dataclass(frozen=True)
class Frame:
    """What differs from frame to frame.

    Attributes:
        camera: from where.
        progress: how much of the paths is drawn, None for what the settings say.
    """

    camera: Camera
    progress: float | None = None


def turntable(camera: Camera, count: int) -> tuple[Frame, ...]:
    """Once around. The frame after the last would be the first: it repeats without a stop."""
    return tuple(Frame(camera.orbit(360.0 * k / count, 0.0)) for k in range(count))


def replay(camera: Camera, count: int) -> tuple[Frame, ...]:
    """The paths grow from their first point to their last, which is shown for a while."""
    held = min(count - 2, math.ceil(_HOLD_SHARE * count))
    moving = count - held
    return tuple(Frame(camera, min(1.0, k / (moving - 1))) for k in range(count))


def frames_of(kind: str, views: Sequence[Drawn], camera: Camera, count: int) -> tuple[Frame, ...]:
    """The frames of a "turntable" or a "replay".

    Raises:
        UsageError: there is nothing that turns, or no path.
    """
    surfaces = [view for view in views if isinstance(view, View)]
    names = ", ".join(view.title for view in views)
    if not surfaces:
        raise UsageError(f"making a film of {names}: curves neither turn nor have paths; give a surface")
    if kind == "turntable":
        return turntable(camera, count)
    if not any(view.is_grid for view in surfaces):
        raise UsageError(
            f"making a replay of {names}: descent paths are drawn on surfaces on grids only; "
            "of a mesh there are turntables (--turntable)"
        )
    drawn = (each for view in surfaces for each in (view, *view.overlaid))
    if not any(len(path.station) for view in drawn for path in view.paths):
        off = "" if surfaces[0].settings.paths else " that is shown (--no-paths hides them)"
        raise UsageError(
            f"making a replay of {names}: there is no descent path{off}; "
            "give one with --path, or a file of glviz-compute trajectory"
        )
    return replay(camera, count)


def film_size(
    path: pathlib.Path, size_px: tuple[int, int] | None, count: int, scale: float = 1.0
) -> tuple[int, int]:
    """Width and height of a film, both even as MP4 needs them.

    Args:
        path: of the film; a GIF is smaller unless a size is given.
        size_px: as asked for.
        count: number of files side by side.
        scale: pixels a pixel of that size.
    """
    if size_px is None:
        size_px = DEFAULT_SIZE if count == 1 else default_size(count)
        if path.suffix.lower() == ".gif":
            size_px = (size_px[0] // 2, size_px[1] // 2)
    size_px = scaled(size_px, scale)
    if path.suffix.lower() == ".gif":
        return size_px
    return size_px[0] + size_px[0] % 2, size_px[1] + size_px[1] % 2
