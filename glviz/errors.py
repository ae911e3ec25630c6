"""Errors of the viewer that a user can act on; the command line prints them without a traceback."""

from __future__ import annotations

import sys

__all__ = ["CannotDraw", "NoDisplay", "NoOpenGL", "UsageError", "ViewerError"]


class ViewerError(Exception):
    """What was being done, what was found, and what to do about it.

    Attributes:
        exit_code: of a command line that ends with this error.
    """

    exit_code = 1


class UsageError(ViewerError):
    """What was asked for does not exist or does not go together."""

    exit_code = 2


class CannotDraw(ViewerError):
    """A file was read, but holds nothing that the viewer draws."""

    exit_code = 3


class NoOpenGL(ViewerError):
    """No OpenGL 3.3 context could be made.

    Args:
        tried: what was being done, e.g. "making an OpenGL 3.3 context without a window (EGL)".
        said: the driver's or library's own words, if any.
    """

    exit_code = 4

    def __init__(self, tried: str, said: str = "") -> None:
        lines = [tried if not said else f"{tried}: {said.strip().rstrip('.')}.", driver_advice()]
        super().__init__("\n".join(lines))


class NoDisplay(ViewerError):
    """No window could be opened, though a picture may still be drawn without one.

    Args:
        tried: what was being done.
        said: the window system's own words, if any.
    """

    exit_code = 4

    def __init__(self, tried: str, said: str = "") -> None:
        said = f": {said.strip().rstrip('.')}" if said else ""
        advice = "A picture needs no display: glviz FILE -o shot.png"
        if sys.platform.startswith("linux"):
            advice += "\nFor a window, log in to a desktop, use ssh -X, or set DISPLAY or WAYLAND_DISPLAY."
        super().__init__(f"{tried}{said}.\n{advice}")


def driver_advice(platform: str = sys.platform) -> str:
    """What to install or change so that OpenGL works on this system."""
    if platform.startswith("linux"):
        return (
            "Install a driver; on Debian and Ubuntu: "
            "apt-get install libegl1 libgl1 libopengl0 libgl1-mesa-dri\n"
            "(Mesa's software renderer needs no graphics card; LIBGL_ALWAYS_SOFTWARE=1 forces it.)"
        )
    if platform == "darwin":
        return "OpenGL is part of macOS: run from a session that is logged in at the screen, not over ssh."
    return (
        "Install the graphics card's own driver (remote desktops offer only OpenGL 1.1), "
        "or put Mesa's opengl32.dll beside python.exe."
    )
