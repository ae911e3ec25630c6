"""The picture that a renderer draws into: multisampled, then resolved to a texture."""

from __future__ import annotations

from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray

from glviz.render.context import VideoMemoryError, check
from glviz.render.fullscreen import FullScreen

SAMPLES = 4
"""Of a pixel, where it is smooth; ``shaders/resolve.glsl`` has the same number."""


class Target:
    """A framebuffer of one size; with samples, a second one that holds the resolved picture.

    A multisampled framebuffer must not be read itself: the driver answers with garbage.
    """

    def __init__(self, ctx: moderngl.Context, size_px: tuple[int, int], *, smooth: bool) -> None:
        self.size_px = size_px
        self.smooth = smooth
        self._ctx = ctx
        self._pending = False
        self._held: list[Any] = []
        doing = f"making a picture of {size_px[0]} x {size_px[1]} pixels"
        try:
            self._make(SAMPLES if smooth else 0)
            check(ctx, doing)
        except (VideoMemoryError, moderngl.Error) as error:
            self.release()
            ctx.error  # noqa: B018 - asking takes it away, and the next check starts afresh
            if isinstance(error, VideoMemoryError):
                raise
            raise VideoMemoryError(f"{doing}: {error}") from None

    def _make(self, samples: int) -> None:
        ctx, size_px = self._ctx, self.size_px
        self.texture = self._hold(ctx.texture(size_px, 4))
        depth = self._hold(ctx.depth_renderbuffer(size_px, samples=samples))
        if samples:
            self._color = self._hold(ctx.texture(size_px, 4, samples=samples))
            self.resolved = self._hold(ctx.framebuffer([self.texture]))
            self.framebuffer = self._hold(ctx.framebuffer([self._color], depth))
        else:
            self.framebuffer = self.resolved = self._hold(ctx.framebuffer([self.texture], depth))

    def _hold(self, made: Any) -> Any:
        self._held.append(made)
        return made

    def submit(self) -> None:
        """Let the driver work on what was drawn, while the caller does something else."""
        if self.framebuffer is not self.resolved:
            self.begin_work()
            self._pending = True

    def begin_work(self) -> None:
        """The same in the middle of a picture, which then goes on.

        A software driver collects what goes into a framebuffer, and begins when the next one is
        drawn into: here the one that :meth:`resolve` overwrites.
        """
        if self.framebuffer is not self.resolved:
            self.resolved.clear()
            self.framebuffer.use()

    def resolve(self, average: FullScreen) -> None:
        """Average the samples into :attr:`texture`, once after each :meth:`submit`.

        Args:
            average: of the shader ``resolve``.
        """
        if self._pending:
            self.resolved.use()
            average.draw(self._color)
            self._pending = False

    def read(self, components: int = 3) -> NDArray[np.uint8]:
        """(height, width, components) of the resolved picture, the first row at the top."""
        width, height = self.size_px
        data = self.resolved.read(components=components, alignment=1)
        return np.frombuffer(data, dtype=np.uint8).reshape(height, width, components)[::-1]

    def release(self) -> None:
        """Give everything back, the youngest first."""
        # moderngl goes back to the framebuffer bound last whenever it makes another: a
        # deleted one must not be that.
        self._ctx.detect_framebuffer(0).use()
        for held in reversed(self._held):
            held.release()
