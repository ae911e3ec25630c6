"""Making a film: frame by frame, so that a window stays alive meanwhile, or all at once without one."""

from __future__ import annotations

import contextlib
import pathlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from compute.films import film
from glviz.arrange import Arranger
from glviz.documents import Document
from glviz.films.frames import Frame, film_size, frames_of
from glviz.films.options import FilmOptions, check_ground
from glviz.offscreen import pixel_scale_for, shot
from glviz.scene.camera import Camera
from glviz.scene.panes import Drawn
from glviz.settings import Settings

if TYPE_CHECKING:
    from glviz.render import Renderer

__all__ = ["Film", "write"]


class Film:
    """A film in the making. Draw frame after frame with :meth:`step`, then :meth:`finish`.

    Whatever happens before, :meth:`cancel` leaves nothing behind, and what was at the path stays.

    Args:
        renderer: whose context is current at every step.
        documents: what is drawn.
        settings: how.
        frames: in their order.
        path: where the film goes.
        fps: frames a second.
        size_px: width and height.
        step: number of the file that is drawn where one is at a time.
        pixel_scale: size of text and lines; by default it grows with the size.

    Raises:
        UsageError: the settings want no ground, and such a film always has one.
    """

    def __init__(
        self,
        renderer: Renderer,
        documents: Sequence[Document],
        settings: Settings,
        frames: Sequence[Frame],
        path: pathlib.Path,
        fps: float,
        size_px: tuple[int, int],
        step: int = 0,
        pixel_scale: float | None = None,
    ) -> None:
        check_ground(path, settings.transparent)
        self.path, self.count, self.done = path, len(frames), 0
        self._renderer, self._documents, self._settings = renderer, tuple(documents), settings
        self._frames, self._size_px, self._step = tuple(frames), size_px, step
        self._pixel_scale = pixel_scale_for(size_px) if pixel_scale is None else pixel_scale
        self._arranger = Arranger()
        self._held = ExitStack()
        self._add = self._held.enter_context(film(path, fps))

    def step(self) -> None:
        """Draw and encode the next frame.

        Raises:
            OSError: the film cannot be written.
        """
        frame = self._frames[self.done]
        views, clear = self._views(frame), self._settings.transparent
        self._add(draw(self._renderer, views, frame.camera, self._size_px, self._pixel_scale, clear))
        self.done += 1

    def _views(self, frame: Frame) -> tuple[Drawn, ...]:
        settings = self._settings
        if frame.progress is not None:
            settings = replace(settings, path_progress=frame.progress)
        return self._arranger.arrange(self._documents, settings, self._step)

    def finish(self) -> None:
        """Put the film in its place. It may be called from another thread.

        Raises:
            OSError: it cannot be written.
        """
        self._held.close()

    def cancel(self) -> None:
        """Leave nothing behind."""
        with contextlib.suppress(_CancelledError), self._held:
            raise _CancelledError


class _CancelledError(Exception):
    """Ends the encoder's block without a film."""


def draw(
    renderer: Renderer,
    views: Sequence[Drawn],
    camera: Camera,
    size_px: tuple[int, int],
    pixel_scale: float,
    transparent: bool = False,
) -> np.ndarray:
    """(height, width, 3) uint8 of one frame; (height, width, 4) if transparent."""
    picture = shot(renderer, views, camera, size_px, pixel_scale=pixel_scale, transparent=transparent)
    return np.asarray(picture)


def write(
    kind: str,
    documents: Sequence[Document],
    settings: Settings,
    camera: Camera,
    path: pathlib.Path,
    options: FilmOptions = FilmOptions(),  # noqa: B008
    size_px: tuple[int, int] | None = None,
    step: int = 0,
    tell: Callable[[int, int], None] = lambda done, count: None,
    *,
    pixel_scale: float | None = None,
    drawn: Callable[[Sequence[Drawn]], None] = lambda views: None,
) -> tuple[int, int]:
    """Make a film without a window.

    Args:
        kind: "turntable" or "replay".
        documents: drawn as they would be in a picture.
        settings: how they look.
        camera: where the film begins.
        path: of the film, .mp4 or .gif.
        options: its length and rate.
        size_px: width and height at a scale of 1, which ``settings.scale`` multiplies.
        step: number of the file that is drawn where one is at a time.
        tell: told after each frame how many there are, and of how many.
        pixel_scale: size of text and lines at a scale of 1; by default it grows with the size.
        drawn: told what the film shows, once it is there.

    Returns:
        Width and height of the film.

    Raises:
        UsageError: there is nothing to turn or no path, or an MP4 should be transparent.
        glviz.errors.NoOpenGL: there is no OpenGL 3.3 to draw with.
        OSError: the film cannot be written; what was there stays.
    """
    from glviz.render import Renderer, offscreen_context

    views = Arranger().arrange(documents, settings, step)
    fps, count = options.rate(path), options.count(path)
    frames = frames_of(kind, views, camera, count)
    if pixel_scale is None:
        pixel_scale = pixel_scale_for(film_size(path, size_px, len(views)))
    size_px = film_size(path, size_px, len(views), settings.scale)
    ctx = offscreen_context()
    try:
        renderer = Renderer(ctx)
        try:
            making = Film(
                renderer, documents, settings, frames, path, fps, size_px, step, pixel_scale * settings.scale
            )
            try:
                for done in range(1, count + 1):
                    making.step()
                    tell(done, count)
            except BaseException:
                making.cancel()
                raise
            making.finish()
        finally:
            renderer.release()
    finally:
        ctx.release()
    drawn(views)
    return size_px
