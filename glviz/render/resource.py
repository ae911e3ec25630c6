"""GPU copies of immutable arrays, renewed when the array is another object."""

from __future__ import annotations

from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from glviz.render.context import VideoMemoryError, check
from glviz.scene.memo import Memo
from glviz.scene.palette import Palette


class Slots(Memo):
    """GPU objects by name, each kept for as long as the data it was made of.

    The old object is given back before the new one is made: two textures of 4096 x 4096
    need not be held at once.
    """

    def drop(self, result: Any) -> None:
        """Give the GPU object back."""
        result.release()

    def release(self) -> None:
        """Give every object back, the youngest first."""
        for held in reversed(self.results()):
            held.release()
        self._entries.clear()


def float_texture(ctx: moderngl.Context, values: NDArray[Any], doing: str) -> moderngl.Texture:
    """An unfiltered R32F texture of (ny, nx) or (n,) values."""
    array = np.ascontiguousarray(np.atleast_2d(values), dtype=np.float32)
    texture = ctx.texture((array.shape[1], array.shape[0]), 1, array, dtype="f4")
    texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
    texture.repeat_x = texture.repeat_y = False
    return _allowed(ctx, texture, doing)


def mask_texture(ctx: moderngl.Context, valid: NDArray[np.bool_]) -> moderngl.Texture:
    """An unfiltered R8 texture, 1 where ``valid``."""
    array = np.ascontiguousarray(valid, dtype=np.uint8) * np.uint8(255)
    texture = ctx.texture((array.shape[1], array.shape[0]), 1, array, alignment=1)
    texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
    return _allowed(ctx, texture, "uploading the mask of missing points")


def colormap_texture(ctx: moderngl.Context, table: NDArray[np.uint8]) -> moderngl.Texture:
    """A linearly filtered n x 1 texture of (n, 4) colours, clamped at its ends."""
    texture = ctx.texture((len(table), 1), 4, np.ascontiguousarray(table))
    texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
    texture.repeat_x = texture.repeat_y = False
    return _allowed(ctx, texture, "uploading the colour map")


def _allowed(ctx: moderngl.Context, texture: moderngl.Texture, doing: str) -> moderngl.Texture:
    """The texture, if the driver has room for it."""
    try:
        check(ctx, doing)
    except VideoMemoryError:
        texture.release()
        raise
    return texture


def beyond(palette: Palette) -> dict[str, tuple[float, ...]]:
    """Uniforms of ``shaders/include/colors.glsl``: the colours beyond the ends of the scale."""
    return {
        "u_below": (*palette.below, float(palette.marked and palette.clipped[0])),
        "u_above": (*palette.above, float(palette.marked and palette.clipped[1])),
    }
