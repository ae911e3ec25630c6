"""Errors that end the program with one message and an exit code of their own."""

from __future__ import annotations

import sys


class ViewerError(Exception):
    """Something that the user can act on: no traceback, one message."""

    exit_code = 3


class UsageError(ViewerError):
    """What was asked for does not exist or does not go together."""

    exit_code = 2


class CannotDrawError(ViewerError):
    """A file was read, but holds nothing that the viewer draws."""


class NoOpenGL(ViewerError):  # noqa: N818 - a state of the machine
    """No usable OpenGL, or no display for a window."""

    exit_code = 4

    def __init__(self, doing: str, said: str, advice: str = "") -> None:
        self.said = said
        super().__init__(f"Could not {doing}.\n  The driver said: {said}\n  {advice or _advice()}")


def _advice() -> str:
    if sys.platform.startswith("linux"):
        return (
            "glviz needs OpenGL 3.3. On Debian or Ubuntu, software OpenGL is enough: "
            "apt-get install libegl1 libgl1 libopengl0 libgl1-mesa-dri"
        )
    return "glviz needs OpenGL 3.3: update the graphics driver of this machine."
