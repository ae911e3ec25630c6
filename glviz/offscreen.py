"""A picture without a window or a display, of any size.

What the driver cannot hold in one piece is drawn in tiles, each the part of the whole
picture's frustum that is seen through it; text is laid out once, on the whole picture, and
drawn across the tiles' borders. A tile takes some 300 MB of multisampled memory at most.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glviz.errors import NoOpenGL, UsageError
from glviz.scene.camera import Camera
from glviz.scene.curves import CurvePlot
from glviz.scene.panes import Drawn, Pane, Rect, layout

if TYPE_CHECKING:
    from glviz.render import Renderer

__all__ = ["DEFAULT_SIZE", "default_size", "pixel_scale_for", "screenshot", "shot"]

DEFAULT_SIZE = (1280, 720)

_LARGEST_SIDE_PX, _MOST_PX = 65535, 2**28
"""Of a picture. The side is what a JPEG can have; so many pixels take 1 GiB as RGBA."""

_TILE_PX = 2**23
"""Pixels of a tile at most: 32 bytes each, with four samples of colour and of depth."""

_LEAST_TILE_PX = 128

_DRAWING = threading.Lock()
"""Held while a picture is drawn: ImGui knows one current context a process, not one a thread."""


def pixel_scale_for(size_px: tuple[int, int]) -> float:
    """How large text and lines are in a picture of that size: the same share of it always."""
    return max(0.85, min(size_px[0] / DEFAULT_SIZE[0], size_px[1] / DEFAULT_SIZE[1]))


def default_size(count: int) -> tuple[int, int]:
    """Size of a picture of ``count`` files, in pixels."""
    return (1280, 960) if count == 1 else (min(960 * count, 2880), 840 if count < 4 else 1440)


def screenshot(
    views: Sequence[Drawn],
    camera: Camera,
    size_px: tuple[int, int] = DEFAULT_SIZE,
    *,
    scale: float = 1.0,
    pixel_scale: float | None = None,
    transparent: bool = False,
    largest_px: int | None = None,
    tell: Callable[[str], object] | None = None,
) -> NDArray[np.uint8]:
    """Draw views side by side. Threads may ask for pictures at the same time; they get one after the other.

    Args:
        views: what to draw, at least one.
        camera: shared by all.
        size_px: (width, height) at a scale of 1.
        scale: pixels a pixel of ``size_px``: the same picture, finer; lines and text grow with it.
        pixel_scale: size of text and lines at a scale of 1; by default it grows with ``size_px``.
        transparent: no background.
        largest_px: side of a tile at most; by default what the driver allows.
        tell: called with what is to be said of the picture, such as that graphics memory was short.

    Returns:
        (height, width, 3) RGB; if transparent, (height, width, 4) RGBA, not premultiplied. It is no
        Pillow image: importing Pillow and copying takes 20 ms, and a PNG is written without.

    Raises:
        NoOpenGL: there is no OpenGL 3.3 to draw with, or no graphics memory for the smallest tiles.
        UsageError: the picture would be too large for any memory.
    """
    # Here and not above: who only asks for help or numbers needs no OpenGL library.
    from glviz.render import Renderer, offscreen_context

    with _DRAWING:
        ctx = offscreen_context()
        try:
            renderer = Renderer(ctx)
            try:
                return shot(
                    renderer, views, camera, size_px, scale=scale,
                    pixel_scale=pixel_scale_for(size_px) if pixel_scale is None else pixel_scale,
                    transparent=transparent, largest_px=largest_px, tell=tell,
                )  # fmt: skip
            finally:
                renderer.release()
        finally:
            ctx.release()


def shot(
    renderer: Renderer,
    views: Sequence[Drawn],
    camera: Camera,
    size_px: tuple[int, int],
    *,
    pixel_scale: float,
    scale: float = 1.0,
    transparent: bool = False,
    largest_px: int | None = None,
    tell: Callable[[str], object] | None = None,
) -> NDArray[np.uint8]:
    """A picture by a renderer that is there, such as a window's; see :func:`screenshot`.

    The renderer's own picture is another one afterwards.

    Raises:
        NoOpenGL: there is no graphics memory for the smallest tiles.
        UsageError: the picture would be too large for any memory.
    """
    from glviz.render import VideoMemoryError

    size_px = scaled(size_px, scale)
    if max(size_px) > _LARGEST_SIDE_PX or size_px[0] * size_px[1] > _MOST_PX:
        raise UsageError(
            f"drawing a picture of {size_px[0]} × {size_px[1]} pixels: a side may have {_LARGEST_SIDE_PX} "
            f"and all of it {_MOST_PX}\nAsk for a smaller resolution or scale."
        )
    pixel_scale *= scale
    panes = [
        Pane(view, camera, rect)
        for view, rect in zip(views, layout(len(views), (0, 0, *size_px)), strict=True)
    ]
    most_px = min(renderer.largest_px, largest_px or renderer.largest_px)
    while True:
        try:
            picture = _in_tiles(renderer, panes, size_px, pixel_scale, transparent, tiles(size_px, most_px))
            break
        except VideoMemoryError as error:
            # Half the side is a quarter of the memory; where that does not help, nothing will.
            most_px = min(most_px, max(size_px)) // 2
            if most_px < _LEAST_TILE_PX:
                raise NoOpenGL("draw the picture", str(error), "Ask for a smaller resolution.") from None
    if tell is not None:
        for notice in renderer.notices():
            tell(notice)
    return picture


def _in_tiles(
    renderer: Renderer,
    panes: Sequence[Pane],
    size_px: tuple[int, int],
    pixel_scale: float,
    transparent: bool,
    cut: Sequence[Rect],
) -> NDArray[np.uint8]:
    """Draw the picture tile by tile."""
    channels = 4 if transparent else 3
    whole = np.empty((size_px[1], size_px[0], channels), np.uint8) if len(cut) > 1 else None
    with _writing(renderer, panes, size_px, pixel_scale) as write:
        for tile in cut:
            renderer.draw(
                panes, size_px, pixel_scale=pixel_scale, tile_px=tile, transparent=transparent
            )
            if write is not None:
                write(tile)
            pixels = renderer.read(channels)
            piece = straight(pixels) if transparent else pixels
            if whole is None:
                return piece
            x, y, wide, high = tile
            whole[y : y + high, x : x + wide] = piece
    assert whole is not None
    return whole


def scaled(size_px: tuple[int, int], scale: float) -> tuple[int, int]:
    """The size of a picture with ``scale`` times as many pixels a side."""
    return max(1, round(size_px[0] * scale)), max(1, round(size_px[1] * scale))


def tiles(size_px: tuple[int, int], largest_px: int) -> list[Rect]:
    """Rectangles that a picture is drawn in, row by row; one where that is possible.

    Counted from the lower left corner, their sides are even: derivatives in shaders are taken
    over blocks of 2 x 2 pixels, which must lie in a tile as they do in the whole.

    Args:
        size_px: of the picture.
        largest_px: side of a tile at most, at least 2.
    """
    width, height = size_px
    wide = _side(width, min(largest_px, max(math.isqrt(_TILE_PX), _TILE_PX // height)))
    high = _side(height, min(largest_px, _TILE_PX // wide))
    starts_y = range(0, height, high)
    return [
        (x, max(0, height - y - high), min(wide, width - x), min(high, height - y))
        for y in starts_y
        for x in range(0, width, wide)
    ]


def _side(length: int, most: int) -> int:
    """All of a side of the picture, or as much of it as a tile may have."""
    return length if length <= most else max(2, most // 2 * 2)


def straight(premultiplied: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Colours as picture files have them, not multiplied by opacity.

    Args:
        premultiplied: (height, width, 4).
    """
    result = np.array(premultiplied)
    opacity = result[..., 3]
    partly = (opacity > 0) & (opacity < 255)
    some = result[partly].astype(np.uint32)
    colors = (some[:, :3] * 255 + some[:, 3:] // 2) // some[:, 3:]
    result[partly, :3] = np.minimum(colors, 255)
    return result


@contextmanager
def _writing(
    renderer: Renderer, panes: Sequence[Pane], size_px: tuple[int, int], pixel_scale: float
) -> Iterator[Callable[[Rect], None] | None]:
    """What writes on a tile, with the text of the whole picture; None if there is none."""
    if not any(_has_writing(pane.view) for pane in panes):
        yield None
        return
    with ExitStack() as stack:
        fonts: Any = None

        def write(tile: Rect) -> None:
            # Not before the first tile is drawn: the driver works on it meanwhile.
            from glviz.ui import headless, overlay

            nonlocal fonts
            if fonts is None:
                fonts = stack.enter_context(headless.imgui_context())
                headless.lay_out(
                    size_px, lambda draw_list: overlay.draw(draw_list, fonts, panes, pixel_scale)
                )
            renderer.bind_picture()
            headless.paint(tile)

        yield write


def _has_writing(view: Drawn) -> bool:
    """Whether anything is written; a pinned point, a legend or a value on a line is, too."""
    if isinstance(view, CurvePlot):
        return True
    settings = view.settings
    shown = (
        settings.axes and settings.axis_labels, settings.scalar_bar, settings.title, settings.legend,
        view.pins, view.slice is not None and settings.profile,
        view.iso_lines and settings.contour_labels != "off",
    )  # fmt: skip
    return any(bool(item) for item in shown)
