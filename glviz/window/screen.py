"""A window of the system's with an OpenGL context, and what it tells of."""

from __future__ import annotations

import ctypes
import pathlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

# imgui-bundle before glfw: it carries a newer libglfw, which both must share.
import imgui_bundle  # noqa: F401  isort: skip
import glfw

from glviz.errors import NoOpenGL
from glviz.ui.chords import end_frame

__all__ = ["Events", "Placement", "Screen", "open_screen", "window_title"]

_SMALLEST = (480, 360)
_FRAMES_AFTER_EVENT = 3


@dataclass(frozen=True)
class Placement:
    """Where a window is.

    Attributes:
        size: of its contents, in points.
        corner: the upper left one, in the screen's coordinates; None where the system keeps
            that to itself.
        maximized: whether it fills the screen.
    """

    size: tuple[int, int]
    corner: tuple[int, int] | None = None
    maximized: bool = False

    def as_json(self) -> dict[str, Any]:
        """As what JSON can hold."""
        corner = list(self.corner) if self.corner else None
        return {"size": list(self.size), "corner": corner, "maximized": self.maximized}

    @classmethod
    def from_json(cls, found: Any) -> Placement | None:
        """The placement that was kept, if it makes sense.

        Args:
            found: anything that a JSON file can hold.
        """
        if not isinstance(found, dict):
            return None
        size, corner = _pair(found.get("size")), _pair(found.get("corner"))
        if size is None or not all(low <= side <= 16384 for low, side in zip(_SMALLEST, size, strict=True)):
            return None
        return cls(size, corner, found.get("maximized") is True)


def _pair(found: Any) -> tuple[int, int] | None:
    if isinstance(found, list) and len(found) == 2 and all(type(item) is int for item in found):
        return (found[0], found[1]) if max(map(abs, found)) < 100_000 else None
    return None


class Events:
    """What the system told: frames still to be drawn, files that were dropped."""

    def __init__(self, window: Any) -> None:
        self.frames = _FRAMES_AFTER_EVENT
        self._struck = False
        self.dropped: list[tuple[tuple[pathlib.Path, ...], bool]] = []
        # Set before ImGui's own callbacks, which call these in turn.
        for setter in (
            glfw.set_cursor_pos_callback, glfw.set_mouse_button_callback, glfw.set_scroll_callback,
            glfw.set_char_callback, glfw.set_window_focus_callback,
            glfw.set_cursor_enter_callback, glfw.set_framebuffer_size_callback,
            glfw.set_window_refresh_callback, glfw.set_window_content_scale_callback,
            glfw.set_window_iconify_callback, glfw.set_window_close_callback,
        ):  # fmt: skip
            setter(window, self.again)
        glfw.set_key_callback(window, self._key)
        drop: Any = self._drop  # (window, names), whatever the stub says
        glfw.set_drop_callback(window, drop)

    def again(self, *_: Any) -> None:
        """Draw some more frames, as after an event."""
        self.frames = _FRAMES_AFTER_EVENT

    def _key(self, window: Any, key: int, scancode: int, action: int, held: int) -> None:
        del window, scancode, held
        # Before ImGui's own callback hears of it: what is held with a key is held until its frame is over.
        if not glfw.KEY_LEFT_SHIFT <= key <= glfw.KEY_RIGHT_SUPER:
            self._struck = self._struck or action == glfw.PRESS
        elif self._struck:
            end_frame()
            self._struck = False
        self.again()

    def _drop(self, window: Any, names: Sequence[str]) -> None:
        added = any(
            glfw.get_key(window, key) == glfw.PRESS for key in (glfw.KEY_LEFT_SHIFT, glfw.KEY_RIGHT_SHIFT)
        )
        self.dropped.append((tuple(map(pathlib.Path, names)), added))
        self.again()


@dataclass(frozen=True)
class Screen:
    """An open window.

    Attributes:
        handle: glfw's.
        events: what the system told.
    """

    handle: Any
    events: Events

    @property
    def address(self) -> int:
        """Of glfw's window, for libraries in C."""
        value = ctypes.cast(self.handle, ctypes.c_void_p).value
        assert value is not None
        return value

    @property
    def size_px(self) -> tuple[int, int]:
        """Of the framebuffer; (0, 0) while the window is minimised."""
        width, height = glfw.get_framebuffer_size(self.handle)
        return int(width), int(height)

    @property
    def size(self) -> tuple[int, int]:
        """Of the contents, in the coordinates of the mouse."""
        width, height = glfw.get_window_size(self.handle)
        return int(width), int(height)

    @property
    def content_scale(self) -> float:
        """Pixels a point, as the user set the display; it changes when the window goes to another one."""
        return max(0.5, float(glfw.get_window_content_scale(self.handle)[0]))

    @property
    def closing(self) -> bool:
        """Whether somebody closed the window."""
        return bool(glfw.window_should_close(self.handle))

    def placement(self) -> Placement | None:
        """Where the window is, to open it there again; None while it has no size."""
        size_px, scale = self.size_px, self.content_scale
        if min(size_px) == 0:
            return None
        corner: tuple[int, int] | None = glfw.get_window_pos(self.handle)
        if glfw.get_platform() == glfw.PLATFORM_WAYLAND:
            corner = None  # Wayland tells no window where it is
        maximized = bool(glfw.get_window_attrib(self.handle, glfw.MAXIMIZED))
        return Placement((round(size_px[0] / scale), round(size_px[1] / scale)), corner, maximized)

    def wait(self, seconds: float) -> None:
        """Sleep until something happens, or for so long."""
        glfw.wait_events_timeout(seconds)

    def poll(self) -> None:
        """Take up what happened."""
        glfw.poll_events()

    def show_frame(self) -> None:
        """Show what was drawn."""
        glfw.swap_buffers(self.handle)

    def rename(self, title: str) -> None:
        """Another title for the window."""
        glfw.set_window_title(self.handle, title)


@contextmanager
def open_screen(
    title: str, size_px: tuple[int, int] | None = None, placement: Placement | None = None
) -> Iterator[Screen]:
    """A window with a current OpenGL 3.3 core context.

    Args:
        title: of the window.
        size_px: of its contents; by default as it was last, or what suits the screen.
        placement: as it was last.

    Raises:
        NoOpenGL: there is no display, or no OpenGL 3.3 on it.
    """
    said: list[str] = []

    def note(_: int, message: Any) -> None:  # bytes, whatever the stub says
        said.append(message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message))

    glfw.set_error_callback(note)
    if not glfw.init():
        raise NoOpenGL("open a window", "; ".join(said) or "no display", _no_display())
    try:
        remembered = placement if size_px is None else None
        for hint, value in (
            (glfw.CONTEXT_VERSION_MAJOR, 3),
            (glfw.CONTEXT_VERSION_MINOR, 3),
            (glfw.OPENGL_PROFILE, glfw.OPENGL_CORE_PROFILE),
            (glfw.OPENGL_FORWARD_COMPAT, True),
            (glfw.DEPTH_BITS, 0),
            (glfw.STENCIL_BITS, 0),
            (glfw.SCALE_TO_MONITOR, size_px is None),
            (glfw.MAXIMIZED, remembered is not None and remembered.maximized),
            (glfw.VISIBLE, False),
        ):
            glfw.window_hint(hint, value)
        for name in (glfw.X11_CLASS_NAME, glfw.X11_INSTANCE_NAME):
            glfw.window_hint_string(name, "glviz")
        size = size_px or (remembered.size if remembered else _comfortable())
        window = glfw.create_window(*size, title, None, None)
        if not window:
            raise NoOpenGL("open a window with OpenGL 3.3", "; ".join(said) or "it did not say why")
        try:
            if remembered is not None and remembered.corner and not remembered.maximized:
                _put(window, remembered.corner)
            glfw.set_window_size_limits(window, *_SMALLEST, glfw.DONT_CARE, glfw.DONT_CARE)
            glfw.make_context_current(window)
            glfw.swap_interval(1)
            glfw.show_window(window)
            yield Screen(window, Events(window))
        finally:
            glfw.destroy_window(window)
    finally:
        glfw.terminate()


def _put(window: Any, corner: tuple[int, int]) -> None:
    """Move a window to where it was, if that is on a screen still."""
    for monitor in glfw.get_monitors():
        left, top, width, height = glfw.get_monitor_workarea(monitor)
        if left <= corner[0] < left + width - 80 and top <= corner[1] < top + height - 80:
            glfw.set_window_pos(window, *corner)
            return


def _no_display() -> str:
    advice = "A picture needs no display: glviz FILE -o shot.png"
    if sys.platform.startswith("linux"):
        advice += "\n  For a window, set DISPLAY or WAYLAND_DISPLAY (or connect with ssh -X)."
    return advice


def _comfortable() -> tuple[int, int]:
    """A window that leaves some of the screen free."""
    monitor = glfw.get_primary_monitor()
    if not monitor:
        return 1280, 800
    _, _, width, height = glfw.get_monitor_workarea(monitor)
    scale = max(1.0, glfw.get_monitor_content_scale(monitor)[0])  # the hint will multiply by it
    return (
        max(_SMALLEST[0], int(min(1440, 0.88 * width / scale))),
        max(_SMALLEST[1], int(min(900, 0.86 * height / scale))),
    )


def window_title(titles: Sequence[str]) -> str:
    """What the title bar says."""
    names = ", ".join(titles)
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in f"{names} - glviz")
