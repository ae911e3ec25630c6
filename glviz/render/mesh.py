"""Triangles with a value at each vertex: meshes that are no lattice, and the wall of a slice."""

from __future__ import annotations

import moderngl
import numpy as np
from numpy.typing import NDArray

from glviz.render import program
from glviz.render.resource import Slots, beyond, check, colormap_texture
from glviz.scene.palette import Palette


class _Triangles:
    def __init__(
        self,
        ctx: moderngl.Context,
        prog: moderngl.Program,
        points: NDArray[np.float64],
        unit: NDArray[np.float64],
        triangles: NDArray[np.int64],
    ) -> None:
        rows = np.concatenate([points, unit[:, None]], axis=1).astype(np.float32)
        self._vertices = ctx.buffer(rows.tobytes())
        self._indices = ctx.buffer(triangles.astype(np.uint32).tobytes())
        self._array = ctx.vertex_array(
            prog, [(self._vertices, "3f 1f", "in_position", "in_unit")], index_buffer=self._indices
        )
        check(ctx, f"uploading a mesh of {len(triangles)} triangles")

    def render(self) -> None:
        self._array.render(moderngl.TRIANGLES)

    def release(self) -> None:
        self._array.release()
        self._indices.release()
        self._vertices.release()


class MeshPass:
    """Draws triangle meshes."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self._program = program.load(ctx, "mesh")
        program.set_uniforms(self._program, t_colormap=0)

    def draw(
        self,
        slots: Slots,
        name: str,
        key: tuple[object, ...],
        points: NDArray[np.float64],
        unit: NDArray[np.float64],
        triangles: NDArray[np.int64],
        *,
        palette: Palette,
        blend: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0),
    ) -> None:
        """Draw a mesh; the buffers are renewed when ``key`` changes.

        Args:
            slots: of the pane.
            name: of the mesh within the pane.
            key: identities of what the mesh was made of.
            points: (n, 3) world positions.
            unit: (n,) place on the colour scale, 0 to 1 between its ends.
            triangles: (m, 3) vertex numbers; none draws nothing.
            palette: the colours.
            blend: colour (rgb) blended in, and how far (a).
        """
        if not len(triangles):
            return
        texture = slots.get(
            "colormap", (palette.colors,), lambda: colormap_texture(self._ctx, palette.colors)
        )
        mesh = slots.get(name, key, lambda: _Triangles(self._ctx, self._program, points, unit, triangles))
        program.set_uniforms(self._program, u_blend=blend, **beyond(palette))
        texture.use(0)
        mesh.render()

    def release(self) -> None:
        """Give the program back."""
        self._program.release()
