"""Marked points; ``shaders/markers.glsl`` says how they are drawn."""

from __future__ import annotations

import moderngl

from glviz.render import program
from glviz.render.resource import Slots, check
from glviz.scene.strokes import Markers

MARKER_FORMAT = "3f 4f 2f/i"


class _Quads:
    def __init__(self, ctx: moderngl.Context, prog: moderngl.Program, markers: Markers) -> None:
        self._count = len(markers)
        self._buffer = ctx.buffer(markers.rows.tobytes())
        self._array = ctx.vertex_array(
            prog, [(self._buffer, MARKER_FORMAT, "in_position", "in_color", "in_style")]
        )
        check(ctx, f"uploading {self._count} markers")

    def render(self) -> None:
        self._array.render(moderngl.TRIANGLE_STRIP, vertices=4, instances=self._count)

    def release(self) -> None:
        self._array.release()
        self._buffer.release()


class MarkerPass:
    """Draws markers, blended over what is there."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self._program = program.load(ctx, "markers")

    def draw(
        self, slots: Slots, name: str, markers: Markers, *, bias: float = 0.0, opacity: float = 1.0
    ) -> None:
        """Draw markers whose buffer is kept in the pane's slots under ``name``."""
        if not len(markers):
            return
        held = slots.get(name, (markers,), lambda: _Quads(self._ctx, self._program, markers))
        program.set_uniforms(self._program, u_depth_bias=bias, u_opacity=opacity)
        held.render()

    def release(self) -> None:
        """Give the program back."""
        self._program.release()
