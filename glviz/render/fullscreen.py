"""A texture over all of a framebuffer, by a shader of its own."""

from __future__ import annotations

from typing import Any

import moderngl

from glviz.render import program


class FullScreen:
    """Fills the bound framebuffer by the shader ``name``, which reads ``t_picture``."""

    def __init__(self, ctx: moderngl.Context, name: str) -> None:
        self._ctx = ctx
        self._program = program.load(ctx, name)
        self._array = ctx.vertex_array(self._program, [])

    def draw(self, picture: Any, **uniforms: object) -> None:
        """Draw a texture, nothing hidden and nothing blended."""
        program.set_uniforms(self._program, **uniforms)
        self._ctx.disable(moderngl.DEPTH_TEST | moderngl.BLEND | moderngl.CULL_FACE)
        picture.use(0)
        self._array.render(moderngl.TRIANGLES, vertices=3)

    def release(self) -> None:
        """Give the program back."""
        self._array.release()
        self._program.release()
