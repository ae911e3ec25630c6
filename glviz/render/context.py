"""Contexts and the checks that moderngl leaves to its caller."""

from __future__ import annotations

import sys

import moderngl

from glviz.errors import NoOpenGL

REQUIRED = 330

# Named as they are on every Linux: else glcontext runs ldconfig twice to find them.
_EGL = {"backend": "egl", "libgl": "libGL.so.1", "libegl": "libEGL.so.1"}


def offscreen_context() -> moderngl.Context:
    """A context without a window or display.

    Raises:
        NoOpenGL: with what was tried and what the driver said.
    """
    attempts: list[dict[str, str]] = [_EGL, {}] if sys.platform.startswith("linux") else [{}]
    said = []
    for options in attempts:
        try:
            return moderngl.create_context(standalone=True, require=REQUIRED, **options)  # type: ignore[arg-type]
        except Exception as error:  # glcontext raises bare Exception with the loader's words
            said.append(f"{options.get('backend', 'native')}: {error}")
    raise NoOpenGL("create an OpenGL 3.3 context without a window", "; ".join(said))


def is_software(ctx: moderngl.Context) -> bool:
    """Whether frames are drawn by the processor, where every sample costs."""
    name = str(ctx.info["GL_RENDERER"]).lower()
    return any(word in name for word in ("llvmpipe", "softpipe", "swrast", "software"))


class VideoMemoryError(RuntimeError):
    """The driver refused a texture or a buffer."""


def check(ctx: moderngl.Context, doing: str) -> None:
    """Raise if the driver refused what was just asked: moderngl itself says nothing.

    Raises:
        VideoMemoryError: names what was being done and the driver's error.
    """
    error = ctx.error
    if error != "GL_NO_ERROR":
        raise VideoMemoryError(f"{doing}: the OpenGL driver answered {error}")
