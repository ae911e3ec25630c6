"""The uniform block that every program shares; mirrors ``shaders/include/pane.glsl``."""

from __future__ import annotations

import math

import moderngl
import numpy as np

from glviz.scene.camera import Camera
from glviz.scene.theme import Theme
from glviz.scene.viewpoints import flatness

_FIELDS = 4 + 6  # a mat4 and six vec4


class PaneBlock:
    """A std140 buffer at binding 0."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._buffer = ctx.buffer(reserve=_FIELDS * 16)

    def write(
        self,
        camera: Camera,
        size_px: tuple[int, int],
        theme: Theme,
        *,
        shading: float,
        clip_plane: tuple[float, float, float, float],
        pixel_scale: float,
        part_px: tuple[int, int] | None = None,
        to_part: tuple[float, float, float, float] = (1.0, 1.0, 0.0, 0.0),
    ) -> None:
        """Fill the block for one pane and bind it.

        Args:
            camera: of the pane.
            size_px: of the whole pane.
            theme: its colours.
            shading: strength of the light.
            clip_plane: (normal, offset) of the half-space that is hidden.
            pixel_scale: how much wider than on a plain screen lines are.
            part_px: size of what is drawn of it now, where that is less than all.
            to_part: scale and shift of normalised device coordinates from the whole to the part.
        """
        width, height = part_px or size_px
        scale_x, scale_y, shift_x, shift_y = to_part
        matrix = camera.matrix(size_px)  # row vectors: the last column is w
        matrix[:, 0] = matrix[:, 0] * scale_x + matrix[:, 3] * shift_x
        matrix[:, 1] = matrix[:, 1] * scale_y + matrix[:, 3] * shift_y
        # Lights stand beside the camera, so that no view is of the dark side.
        key = _direction(camera.azimuth + 50.0, 52.0)
        fill = _direction(camera.azimuth - 75.0, 20.0)
        block = np.zeros((_FIELDS, 4), dtype=np.float32)
        block[0:4] = matrix
        block[4] = (width, height, 1.0 / width, 1.0 / height)
        block[5] = (*camera.eye(size_px), float(camera.orthographic))
        block[6, :3] = key
        # On a map a colour is to be found on the bar: relief fades away.
        block[7] = (*fill, shading * (1.0 - flatness(camera)))
        block[8] = clip_plane
        block[9] = (*theme.ink, pixel_scale)
        self._buffer.write(block.tobytes())
        self._buffer.bind_to_uniform_block(0)

    def release(self) -> None:
        """Give the buffer back."""
        self._buffer.release()


def _direction(azimuth_deg: float, elevation_deg: float) -> tuple[float, float, float]:
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    level = math.cos(elevation)
    return level * math.cos(azimuth), level * math.sin(azimuth), math.sin(elevation)
