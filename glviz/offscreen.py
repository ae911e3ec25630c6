"""A picture without a window or a display."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from glviz.scene.camera import Camera
from glviz.scene.curves import CurvePlot
from glviz.scene.panes import Drawn, Pane, layout

DEFAULT_SIZE = (1280, 720)


def pixel_scale_for(size_px: tuple[int, int]) -> float:
    """How large text and lines are in a picture of that size: the same share of it always."""
    return max(0.85, min(size_px[0] / DEFAULT_SIZE[0], size_px[1] / DEFAULT_SIZE[1]))


def screenshot(
    views: Sequence[Drawn],
    camera: Camera,
    size_px: tuple[int, int] = DEFAULT_SIZE,
    *,
    pixel_scale: float | None = None,
) -> Image.Image:
    """Draw views side by side.

    Args:
        views: what to draw, at least one.
        camera: shared by all.
        size_px: (width, height).
        pixel_scale: size of text and lines; by default it grows with the picture.

    Raises:
        glviz.errors.NoOpenGL: there is no OpenGL 3.3 to draw with.
    """
    # Here and not above: who only asks for help or numbers needs no OpenGL library.
    from glviz.render import Renderer, offscreen_context

    scale = pixel_scale_for(size_px) if pixel_scale is None else pixel_scale
    panes = [
        Pane(view, camera, rect)
        for view, rect in zip(views, layout(len(views), (0, 0, *size_px)), strict=True)
    ]
    ctx = offscreen_context()
    try:
        renderer = Renderer(ctx)
        try:
            renderer.draw(panes, size_px, pixel_scale=scale)
            if any(_has_writing(view) for view in views):
                _write(renderer, panes, size_px, scale)
            return Image.fromarray(renderer.read())
        finally:
            renderer.release()
    finally:
        ctx.release()


def _has_writing(view: Drawn) -> bool:
    settings = view.settings
    return isinstance(view, CurvePlot) or settings.axes or settings.scalar_bar or settings.title


def _write(renderer: object, panes: Sequence[Pane], size_px: tuple[int, int], scale: float) -> None:
    from glviz.render import Renderer
    from glviz.ui import headless, overlay

    assert isinstance(renderer, Renderer)
    renderer.bind_picture()
    with headless.imgui_context() as fonts:
        headless.paint(size_px, lambda draw_list: overlay.draw(draw_list, fonts, panes, scale))
