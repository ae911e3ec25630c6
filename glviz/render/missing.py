"""Hatched patches where there is no finite value; ``shaders/missing.glsl`` says how."""

from __future__ import annotations

import moderngl
import numpy as np
from numpy.typing import NDArray

from glviz.render import program
from glviz.render.resource import Slots, check
from glviz.scene.theme import Theme

_PERIOD_W = 0.035


class _Patches:
    def __init__(self, ctx: moderngl.Context, prog: moderngl.Program, corners: NDArray[np.float64]) -> None:
        self._buffer = ctx.buffer(corners.astype(np.float32).tobytes())
        self._array = ctx.vertex_array(prog, [(self._buffer, "3f", "in_position")])
        check(ctx, f"uploading {len(corners) // 6} patches of missing cells")

    def render(self) -> None:
        self._array.render(moderngl.TRIANGLES)

    def release(self) -> None:
        self._array.release()
        self._buffer.release()


class MissingPass:
    """Draws the patches, blended over what is there."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self._program = program.load(ctx, "missing")

    def draw(self, slots: Slots, corners: NDArray[np.float64], theme: Theme) -> None:
        """Draw triangles.

        Args:
            slots: of the pane.
            corners: (6 n, 3) world positions, two triangles a patch; the buffer is renewed
                when it is another array.
            theme: whose ink is used.
        """
        if not len(corners):
            return
        patches = slots.get("missing", (corners,), lambda: _Patches(self._ctx, self._program, corners))
        program.set_uniforms(self._program, u_stripe=(*theme.faint, 0.45), u_period=_PERIOD_W)
        patches.render()

    def release(self) -> None:
        """Give the program back."""
        self._program.release()
