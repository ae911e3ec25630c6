"""The height field; ``shaders/surface.glsl`` says how it is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from compute.scales import MOST_LEVELS
from glviz.render import program
from glviz.render.context import VideoMemoryError, is_software
from glviz.render.resource import Slots, beyond, check, colormap_texture, float_texture, mask_texture
from glviz.scene.colormap import parse_color
from glviz.scene.memo import Memo
from glviz.scene.mesh_cells import (
    DEPTH_TOLERANCE,
    at_vertices,
    finest_cells,
    tolerance_px,
    vertex_heights,
)  # fmt: skip
from glviz.scene.triangles import deviations, triangles
from glviz.scene.view import View

GPU_CELLS, FINE_CELLS, COARSE_CELLS = 768, 256, 160
"""Cells of the drawn mesh a side: on a GPU; drawn by the processor at rest, and in motion."""

_LEAST_SAMPLES = 128

_MOVING = 3.0
"""How many times further off a mesh may be in motion."""

COARSE_SAMPLES = 1024
"""Samples a side that are drawn in motion, where that is the processor's work."""


class _Triangles:
    """The mesh that is drawn; its vertices are numbered row by row and have no buffer."""

    def __init__(self, ctx: moderngl.Context, corners: NDArray[np.uint32], prog: moderngl.Program) -> None:
        self._buffer = ctx.buffer(corners)
        self._array = ctx.vertex_array(prog, [], index_buffer=self._buffer, index_element_size=4)
        check(ctx, f"uploading {len(corners)} triangles")

    def render(self) -> None:
        self._array.render(moderngl.TRIANGLES)

    def release(self) -> None:
        self._array.release()
        self._buffer.release()


class SurfacePass:
    """Draws height fields. One for a renderer; what belongs to a pane is in its slots.

    Args:
        ctx: the context.
        tell: called with what the user is to be told: that not all samples are drawn, and why.
    """

    def __init__(self, ctx: moderngl.Context, tell: Callable[[str], object]) -> None:
        self._ctx = ctx
        self._tell = tell
        self._software = is_software(ctx)
        self._cells = FINE_CELLS if self._software else GPU_CELLS
        self._program = program.load(ctx, "surface")
        for unit, name in enumerate(("t_height", "t_x", "t_y", "t_color", "t_valid", "t_colormap")):
            program.set_uniforms(self._program, **{name: unit})

    def draw(
        self,
        view: View,
        slots: Slots,
        derived: Memo,
        eye_w: tuple[float, float, float],
        *,
        coarse: bool,
        tall_px: float,
    ) -> None:
        """Draw the surface of ``view``; with fewer samples where the driver has no room for all.

        Raises:
            VideoMemoryError: there is no room even for few of them.
        """
        assert view.relief is not None, "a mesh is drawn by the mesh pass"
        grid = view.relief.valid
        # One number in a list, which stays what it became for as long as the data are the same.
        limit = derived.get("samples", (grid,), lambda: [int(self._ctx.info["GL_MAX_TEXTURE_SIZE"])])
        while True:
            try:
                self._draw(view, slots, derived, eye_w, limit[0], coarse=coarse, tall_px=tall_px)
                return
            except VideoMemoryError:
                most = min(limit[0], max(grid.shape))
                if most <= _LEAST_SAMPLES:
                    raise
                limit[0] = max(_LEAST_SAMPLES, most // 2)
                self._tell(
                    f"the graphics memory is too small for all of {view.title}: "
                    f"{limit[0]} samples a side are drawn"
                )

    def _draw(
        self,
        view: View,
        slots: Slots,
        derived: Memo,
        eye_w: tuple[float, float, float],
        limit: int,
        *,
        coarse: bool,
        tall_px: float,
    ) -> None:
        """Draw the surface of ``view`` into the bound framebuffer.

        Args:
            view: of a grid.
            slots: of the pane.
            derived: of the pane.
            eye_w: (x, y, 1) of the eye, or (x, y, 0) of the way to it, which gives the order of what
                shines through.
            limit: samples a side that are drawn, at most.
            coarse: with fewer triangles.
            tall_px: the most pixels that the height of the box takes.
        """
        ctx, frame = self._ctx, view.frame
        shape = view.relief
        assert shape is not None
        # In motion, samples much finer than pixels only cost: the caches do not hold them.
        thinned = coarse and min(max(shape.valid.shape), limit) > COARSE_SAMPLES
        which = " coarse" if thinned else ""
        limit = COARSE_SAMPLES if thinned else limit
        rows, columns = (kept(n, limit) for n in shape.valid.shape)

        def part(values: NDArray[Any]) -> NDArray[Any]:
            return values[rows][:, columns]

        def field(values: NDArray[np.float32]) -> moderngl.Texture:
            return float_texture(ctx, part(values), "uploading the surface")

        def mask() -> tuple[NDArray[np.bool_], bool]:
            drawn = part(shape.valid)
            return drawn, bool(drawn.all())

        valid, all_valid = derived.get("mask" + which, (shape.valid, limit), mask)
        wanted = COARSE_CELLS if coarse else self._cells
        cells = (finest_cells(valid.shape[1], wanted), finest_cells(valid.shape[0], wanted))

        textures = [
            slots.get("height" + which, (shape.height, limit), lambda: field(shape.height)),
            slots.get(
                "x" + which,
                (shape.x, frame, limit),
                lambda: float_texture(ctx, frame.x_world(shape.x[columns]), "x"),
            ),
            slots.get(
                "y" + which,
                (shape.y, frame, limit),
                lambda: float_texture(ctx, frame.y_world(shape.y[rows]), "y"),
            ),
        ]
        own_color = shape.color is not shape.height
        textures.append(
            slots.get("color" + which, (shape.color, limit), lambda: field(shape.color))
            if own_color
            else textures[0]
        )
        textures.append(
            textures[0]
            if all_valid
            else slots.get("valid" + which, (shape.valid, limit), lambda: mask_texture(ctx, valid))
        )
        colors = view.palette.colors
        textures.append(slots.get("colormap", (colors,), lambda: colormap_texture(ctx, colors)))
        opacity = view.settings.opacity
        mesh = self._mesh(
            view, slots, derived, (rows, columns), limit, cells,
            tall_px=tall_px, eye_w=eye_w if opacity < 1.0 else None, which=" coarse" if coarse else "",
        )  # fmt: skip

        levels = np.zeros((MOST_LEVELS, 4), dtype=np.float32)
        count = min(len(view.levels), MOST_LEVELS) if view.settings.contours else 0
        levels[:count, 0] = view.height.scale.forward(view.levels[:count])
        levels[:count, 1] = view.level_emphasised[:count]
        if view.settings.contour_geometry:
            count = 0  # drawn as lines of their own
        program.set_uniforms(
            self._program,
            u_mesh_cells=cells,
            u_opacity=opacity,
            u_wire=(1.0 / shape.parts[1], 1.0 / shape.parts[0]) if view.settings.wireframe else (0.0, 0.0),
            u_height_map=(*view.height.gain, frame.top),
            u_color_map=view.color.gain,
            u_color_is_height=int(not own_color and view.color.gain == view.height.gain),
            u_labels=int(view.labels is not None),
            u_all_valid=int(all_valid),
            **beyond(view.palette),
            u_level_count=count,
            u_line=line_style(view.settings.contour_color),
            u_levels=[tuple(level) for level in levels.tolist()],
        )
        for unit, texture in enumerate(textures):
            texture.use(unit)
        mesh.render()

    def _mesh(
        self,
        view: View,
        slots: Slots,
        derived: Memo,
        samples: tuple[Any, Any],
        limit: int,
        cells: tuple[int, int],
        *,
        tall_px: float,
        eye_w: tuple[float, float, float] | None,
        which: str,
    ) -> _Triangles:
        """As few triangles as look like ``cells``.

        Layers that shine through are blended from the farthest to the nearest.
        """
        shape, gain = view.relief, view.height.gain
        assert shape is not None
        rows, columns = samples
        x, y = at_vertices(shape.x[columns], cells[0]), at_vertices(shape.y[rows], cells[1])

        def bounds() -> NDArray[np.float64]:
            offset, factor = gain
            free = (vertex_heights(shape.height[rows][:, columns], cells) - offset) * factor
            return deviations(np.clip(free, 0.0, 1.0), x, y)

        bound = derived.get(f"deviations {cells}", (shape, gain, limit), bounds)
        allowed = tolerance_px(shape.valid.shape, cells) / max(tall_px, 1e-9)
        # In steps of a half, so that a camera that moves a little finds its mesh again.
        allowed = 2.0 ** (math.floor(2.0 * math.log2(allowed)) / 2.0) if allowed > 0 else 0.0
        # In motion nobody sees a third of a pixel.
        allowed = min(allowed, DEPTH_TOLERANCE) * (_MOVING if which else 1.0)
        eye = None
        if eye_w is not None:
            (hx, hy), (ex, ey, w) = view.frame.half, eye_w
            eye = ((ex + w * hx) * cells[0] / (2 * hx), (ey + w * hy) * cells[1] / (2 * hy), w)
        found: _Triangles = slots.get(
            "triangles" + which, (bound, allowed, eye),
            lambda: _Triangles(self._ctx, triangles(bound, allowed, eye), self._program),
        )  # fmt: skip
        return found

    def release(self) -> None:
        """Give the program back."""
        self._program.release()


def line_style(color: str) -> tuple[float, float, float, float]:
    """``u_line`` of the shader for ``settings.contour_color``."""
    if color == "ink":
        return 0.0, 0.0, 0.0, 0.0
    if color == "value":
        return 0.0, 0.0, 0.0, 2.0
    return (*parse_color(color), 1.0)


def kept(samples: int, limit: int) -> slice | NDArray[np.int64]:
    """Which samples along one axis go into a texture: all, or ``limit`` of them with both ends."""
    if samples <= limit:
        return slice(None)
    return np.round(np.linspace(0, samples - 1, limit)).astype(np.int64)
