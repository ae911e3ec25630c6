"""The context of a window that somebody else made current."""

from __future__ import annotations

import sys
from typing import Any

import moderngl

from glviz.errors import NoOpenGL
from glviz.render.context import REQUIRED

__all__ = ["window_context"]


def window_context() -> moderngl.Context:
    """The OpenGL context that is current in this thread.

    Raises:
        NoOpenGL: there is none, or it is older than 3.3.
    """
    # On Linux a window's context belongs to GLX (X11) or to EGL (Wayland).
    attempts: list[dict[str, Any]] = [{}, {"backend": "egl"}] if sys.platform.startswith("linux") else [{}]
    said = []
    for options in attempts:
        try:
            return moderngl.create_context(require=REQUIRED, **options)
        except Exception as error:  # glcontext raises bare Exception with the loader's words
            said.append(f"{options.get('backend', 'native')}: {error}")
    raise NoOpenGL("use OpenGL 3.3 in the window", "; ".join(said))
