"""Draws panes into a picture: the order of the passes, and who owns what on the GPU."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from glviz.render.context import is_software
from glviz.render.fullscreen import FullScreen
from glviz.render.lines import LinePass
from glviz.render.markers import MarkerPass
from glviz.render.mesh import MeshPass
from glviz.render.missing import MissingPass
from glviz.render.pane_block import PaneBlock
from glviz.render.resource import Slots
from glviz.render.surface import SurfacePass
from glviz.render.target import SAMPLES, Target
from glviz.scene import box, features
from glviz.scene.labels import patches
from glviz.scene.memo import Memo
from glviz.scene.mesh_cells import vertical_px
from glviz.scene.panes import Pane, Rect, clip_plane, within
from glviz.scene.slices import Slice
from glviz.scene.strokes import DISC, Markers
from glviz.scene.theme import Theme, theme_for
from glviz.scene.view import View

_BLENDING = (moderngl.SRC_ALPHA, moderngl.ONE_MINUS_SRC_ALPHA, moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA)

# Lines on a surface are drawn this much nearer to the eye than they are (normalised depth).
_ON_SURFACE, _ABOVE_LINES = 4e-4, 7e-4


@dataclass(frozen=True, eq=False)
class _Held:
    """What one view has on the GPU, and what was derived from it."""

    slots: Slots
    derived: Memo


def _views(pane: Pane) -> tuple[View, ...]:
    """What is drawn in the box of a pane; nothing of a plot, which is all lines and text."""
    return (pane.view, *pane.view.overlaid) if isinstance(pane.view, View) else ()


def _eye(pane: Pane) -> tuple[float, float, float]:
    """(x, y, 1) of the eye over the scene, world; (x, y, 0) of the way to it if it is infinitely far."""
    camera = pane.camera
    x, y, _ = -camera.forward() if camera.orthographic else camera.eye(pane.size_px)
    return float(x), float(y), 0.0 if camera.orthographic else 1.0


class Renderer:
    """Owns all GPU objects of one context; give them back with :meth:`release`.

    Nothing is uploaded again while the arrays of a view stay the same objects.
    """

    def __init__(self, ctx: moderngl.Context) -> None:
        self.ctx = ctx
        self.software = is_software(ctx)
        self._smooth = min(ctx.max_samples, int(ctx.info["GL_MAX_COLOR_TEXTURE_SAMPLES"])) >= SAMPLES
        self._block = PaneBlock(ctx)
        self._said: list[str] = []
        self._held: list[_Held] = []
        self._target: Target | None = None

    # A program is compiled when it is first drawn with: each takes 2 ms, and few pictures need all.

    @cached_property
    def _surface(self) -> SurfacePass:
        return SurfacePass(self.ctx, self._said.append)

    @cached_property
    def _mesh(self) -> MeshPass:
        return MeshPass(self.ctx)

    @cached_property
    def _missing(self) -> MissingPass:
        return MissingPass(self.ctx)

    @cached_property
    def _lines(self) -> LinePass:
        return LinePass(self.ctx)

    @cached_property
    def _markers(self) -> MarkerPass:
        return MarkerPass(self.ctx)

    @cached_property
    def _average(self) -> FullScreen:
        return FullScreen(self.ctx, "resolve")

    @cached_property
    def _compose(self) -> FullScreen:
        return FullScreen(self.ctx, "compose")

    # --- one picture -------------------------------------------------------------------

    def draw(
        self,
        panes: Sequence[Pane],
        size_px: tuple[int, int],
        *,
        moving: bool = False,
        pixel_scale: float = 1.0,
        tile_px: Rect | None = None,
        transparent: bool = False,
    ) -> None:
        """Draw panes into the renderer's own picture.

        Args:
            panes: what to draw where.
            size_px: of the whole picture, in pixels.
            moving: the camera is in motion: on software OpenGL, quick before smooth.
            pixel_scale: how much wider than on a plain screen lines and markers are.
            tile_px: the part of the picture to draw, if not all: it becomes the renderer's own.
            transparent: nothing behind; colours are then premultiplied by their opacity.
        """
        tile_px = tile_px or (0, 0, *size_px)
        drawn_px = tile_px[2:]
        quick = moving and self.software
        target = self._sized(drawn_px, smooth=self._smooth and not quick)
        ctx = self.ctx
        background = theme_for(panes[0].view.settings.background).background if panes else (1.0, 1.0, 1.0)
        target.framebuffer.use()
        ctx.scissor = None
        ctx.viewport = (0, 0, *drawn_px)
        target.framebuffer.clear(*((0.0, 0.0, 0.0, 0.0) if transparent else (*background, 1.0)))
        count = sum(len(_views(pane)) for pane in panes)
        while len(self._held) > count:
            self._held.pop().slots.release()
        while len(self._held) < count:
            self._held.append(_Held(Slots(), Memo()))
        held = iter(self._held)
        for pane in panes:
            views = [(view, next(held)) for view in _views(pane)]
            part = within(pane, tile_px)
            if part is not None and min(pane.rect_px[2:]) > 0 and views:
                x, y, width, height = part[0]
                ctx.viewport = (x, drawn_px[1] - y - height, width, height)
                ctx.scissor = (x, drawn_px[1] - y - height, width, height)
                self._draw_pane(pane, views, part, coarse=quick, pixel_scale=pixel_scale)
        ctx.scissor = None
        ctx.viewport = (0, 0, *drawn_px)
        target.submit()

    def notices(self) -> tuple[str, ...]:
        """What the user is to be told of the pictures drawn since this was asked last."""
        said = tuple(self._said)
        self._said.clear()
        return said

    def blit(self, framebuffer: Any) -> None:
        """Copy the picture into another framebuffer, usually the window's."""
        target = self._resolved()
        framebuffer.use()
        self._compose.draw(target.texture)

    def bind_picture(self) -> None:
        """Make the resolved picture the framebuffer that is drawn into (for text on top)."""
        self._resolved().resolved.use()

    def read(self, components: int = 3) -> NDArray[np.uint8]:
        """(height, width, components) of the picture; with 4, the last is opacity."""
        return self._resolved().read(components)

    @property
    def largest_px(self) -> int:
        """The largest side that the driver lets a picture have; beyond it, it is drawn in tiles."""
        info = self.ctx.info
        sides = (info["GL_MAX_TEXTURE_SIZE"], info["GL_MAX_RENDERBUFFER_SIZE"], *info["GL_MAX_VIEWPORT_DIMS"])
        return int(min(sides))

    def release(self) -> None:
        """Give every GPU object back, in reverse order."""
        for held in self._held:
            held.slots.release()
        self._held.clear()
        if self._target is not None:
            self._target.release()
            self._target = None
        for name in ("_compose", "_average", "_markers", "_lines", "_missing", "_mesh", "_surface"):
            if (part := self.__dict__.pop(name, None)) is not None:
                part.release()
        self._block.release()

    # --- parts -------------------------------------------------------------------------

    def _resolved(self) -> Target:
        """The target, its picture without samples."""
        assert self._target is not None, "nothing was drawn yet"
        if self._target.smooth:
            self._target.resolve(self._average)
        return self._target

    def _sized(self, size_px: tuple[int, int], *, smooth: bool) -> Target:
        old = self._target
        if old is None or old.size_px != size_px or old.smooth != smooth:
            self._target = Target(self.ctx, size_px, smooth=smooth)
            if old is not None:
                old.release()
        assert self._target is not None
        return self._target

    def _draw_pane(
        self,
        pane: Pane,
        views: Sequence[tuple[View, _Held]],
        part: tuple[Rect, tuple[float, float, float, float]],
        *,
        coarse: bool,
        pixel_scale: float,
    ) -> None:
        """Draw the views of a pane: all that is solid first, then the lines of each."""
        settings = views[0][0].settings
        theme = theme_for(settings.background)
        everything = (0.0, 0.0, 0.0, 0.0)
        ctx = self.ctx

        def block(clip: tuple[float, float, float, float]) -> None:
            self._block.write(
                pane.camera,
                pane.size_px,
                theme,
                shading=settings.shading,
                clip_plane=clip,
                pixel_scale=pixel_scale,
                part_px=part[0][2:],
                to_part=part[1],
            )

        ctx.enable_only(moderngl.DEPTH_TEST)
        ctx.blend_func = _BLENDING  # type: ignore[assignment]
        through = settings.opacity < 1.0
        if through:  # what stands behind is drawn first, and blended over
            block(everything)
            ctx.enable(moderngl.BLEND)
            ctx.fbo.depth_mask = False
            for index, (view, held) in enumerate(views):
                if index == 0:
                    self._draw_box(pane, view, held.slots, held.derived, theme)
                self._draw_floor(view, held.slots, held.derived, theme)
            ctx.fbo.depth_mask = True
        for view, held in views:
            block(clip_plane(view, pane.camera))
            if view.is_grid:
                self._surface.draw(
                    view,
                    held.slots,
                    held.derived,
                    _eye(pane),
                    coarse=coarse,
                    tall_px=vertical_px(view.frame, pane.camera, pane.size_px),
                )
            else:
                self._draw_mesh(view, held.slots, held.derived, theme)
            if isinstance(view.slice, Slice):
                block(everything)
                self._draw_wall(view, held.slots, held.derived, theme)

        if self.software and not coarse and self._target is not None:
            self._target.begin_work()  # most of it, which need not wait until the lines are made
        ctx.enable_only(moderngl.DEPTH_TEST | moderngl.BLEND)
        # The smooth edge of a line must not hide the next segment: what blends leaves no depth.
        ctx.fbo.depth_mask = False
        for index, (view, held) in enumerate(views):
            block(everything)
            if index == 0 and not through:
                self._draw_box(pane, view, held.slots, held.derived, theme)
            if not through:
                self._draw_floor(view, held.slots, held.derived, theme)
            if view.slice is not None:
                self._draw_cut(view, held.slots, held.derived, theme)
            block(clip_plane(view, pane.camera))
            self._draw_features(view, held.slots, held.derived, theme)
        ctx.fbo.depth_mask = True
        ctx.disable(moderngl.BLEND)

    def _draw_mesh(self, view: Any, slots: Slots, derived: Memo, theme: Theme) -> None:
        data = view.data
        points, color = derived.get(
            "mesh",
            (data, view.height, view.color, view.frame),
            lambda: (view.frame.points(data.x, data.y, view.height.drawn()), view.color.unclamped()),
        )
        keep = derived.get(
            "triangles", (data, view.valid), lambda: data.triangles[view.valid[data.triangles].all(axis=1)]
        )
        parts = (points, color, keep)
        if view.labels is not None:
            parts = derived.get("patches", parts, lambda: patches(points, color, keep))
        self._mesh.draw(slots, "mesh", parts, *parts, palette=view.palette)
        if not len(keep):
            self.ctx.enable_only(moderngl.DEPTH_TEST | moderngl.BLEND)
            dots = derived.get(
                "dots", (points, theme), lambda: Markers.at(points[view.valid], theme.minimum, 2.5, DISC)
            )
            self._markers.draw(slots, "dots", dots)

    def _draw_wall(self, view: Any, slots: Slots, derived: Memo, theme: Theme) -> None:
        wall = derived.get(
            "wall", (view.slice, view.frame, view.height, view.labels), lambda: features.wall(view)
        )
        self._mesh.draw(
            slots,
            "wall",
            (wall,),
            wall.points,
            wall.unit,
            wall.triangles,
            palette=view.palette,
            blend=(*theme.wall, 0.82),
        )

    def _draw_cut(self, view: Any, slots: Slots, derived: Memo, theme: Theme) -> None:
        line = derived.get(
            "cut",
            (view.slice, view.frame, view.height, theme),
            lambda: features.cut_strokes(view, theme),
        )
        self._lines.draw(slots, "cut", line, bias=_ABOVE_LINES)

    def _draw_features(self, view: Any, slots: Slots, derived: Memo, theme: Theme) -> None:
        colors = (view.color, view.palette, theme)
        if view.settings.contour_geometry and view.settings.contours:
            lines = derived.get(
                "iso",
                (view.iso_lines, view.frame, view.settings.contour_color, *colors),
                lambda: features.iso_strokes(view, on_floor=False, theme=theme),
            )
            self._lines.draw(slots, "iso", lines, bias=_ON_SURFACE)
        if view.paths:
            look = (view.settings.path_progress, view.settings.path_fade)
            rims, cores, stems = derived.get(
                "paths",
                (view.paths, theme, *look),
                lambda: features.path_strokes(view.paths, view.settings, theme),
            )
            self._hidden(lambda: self._lines.draw(slots, "stems", stems, opacity=0.35))
            self._lines.draw(slots, "stems", stems)
            # Behind the surface a path is still to be followed, faintly.
            self._hidden(lambda: self._lines.draw(slots, "cores", cores, opacity=0.30))
            self._lines.draw(slots, "rims", rims, bias=_ON_SURFACE)
            self._lines.draw(slots, "cores", cores, bias=_ABOVE_LINES)
            marks = derived.get(
                "stations",
                (view.paths, theme, *look),
                lambda: features.path_markers(view.paths, view.settings, theme),
            )
            self._hidden(lambda: self._markers.draw(slots, "stations", marks, opacity=0.30))
            self._markers.draw(slots, "stations", marks, bias=0.004)
        if view.critical_points:
            key = (view.critical_points, view.frame, view.height, theme)
            points = derived.get("critical", key, lambda: features.critical_markers(view, theme))
            self._hidden(lambda: self._markers.draw(slots, "critical", points, opacity=0.35))
            self._markers.draw(slots, "critical", points, bias=0.004)

    def _draw_box(self, pane: Pane, view: View, slots: Slots, derived: Memo, theme: Theme) -> None:
        if view.settings.axes:
            signs = box.front_signs(pane.camera)
            key = (view.frame, view.ticks_x, view.ticks_y, view.ticks_z, signs, theme)
            self._lines.draw(slots, "box", derived.get("box", key, lambda: box.grid(view, signs, theme)))
        if view.settings.missing == "hatched" and view.is_grid:
            patches = derived.get(
                "missing", (view.data, view.height.values, view.valid, view.frame),
                lambda: features.missing_patches(view),
            )  # fmt: skip
            self._missing.draw(slots, patches, theme)

    def _draw_floor(self, view: View, slots: Slots, derived: Memo, theme: Theme) -> None:
        if view.settings.floor and view.iso_lines:
            lines = derived.get(
                "floor",
                (view.iso_lines, view.frame, view.color, view.palette, theme),
                lambda: features.iso_strokes(view, on_floor=True, theme=theme),
            )
            self._lines.draw(slots, "floor", lines, bias=_ON_SURFACE / 4)

    def _hidden(self, draw: Callable[[], None]) -> None:
        """Draw only what lies behind something."""
        self.ctx.depth_func = ">"
        draw()
        self.ctx.depth_func = "<"
