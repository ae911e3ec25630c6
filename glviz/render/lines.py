"""Lines of any width; ``shaders/lines.glsl`` says how they are drawn."""

from __future__ import annotations

import moderngl

from glviz.render import program
from glviz.render.resource import Slots, check
from glviz.scene.strokes import Strokes

SEGMENT_FORMAT = "3f 3f 4f 4f/i"


class _Segments:
    def __init__(self, ctx: moderngl.Context, prog: moderngl.Program, strokes: Strokes) -> None:
        self._count = len(strokes)
        self._buffer = ctx.buffer(strokes.rows.tobytes())
        self._array = ctx.vertex_array(
            prog, [(self._buffer, SEGMENT_FORMAT, "in_a", "in_b", "in_color", "in_style")]
        )
        check(ctx, f"uploading {self._count} line segments")

    def render(self) -> None:
        self._array.render(moderngl.TRIANGLE_STRIP, vertices=4, instances=self._count)

    def release(self) -> None:
        self._array.release()
        self._buffer.release()


class LinePass:
    """Draws strokes, blended over what is there."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self._program = program.load(ctx, "lines")

    def draw(
        self, slots: Slots, name: str, strokes: Strokes, *, bias: float = 0.0, opacity: float = 1.0
    ) -> None:
        """Draw strokes whose buffer is kept in the pane's slots under ``name``.

        Args:
            slots: of the pane.
            name: of these strokes within the pane.
            strokes: what to draw; the buffer is renewed when it is another object.
            bias: how far towards the eye, in normalised depth.
            opacity: of the whole.
        """
        if not len(strokes):
            return
        held = slots.get(name, (strokes,), lambda: _Segments(self._ctx, self._program, strokes))
        program.set_uniforms(self._program, u_depth_bias=bias, u_opacity=opacity)
        held.render()

    def release(self) -> None:
        """Give the program back."""
        self._program.release()
