"""The window: makes it, and runs the loop that turns events into states and states into frames.

A frame is drawn when something happened, and the scene only when what is drawn differs
from what was drawn last; an idle window costs next to nothing.
"""

from __future__ import annotations

import ctypes
import pathlib
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

# imgui-bundle before glfw: it carries a newer libglfw, which both must share.
import imgui_bundle  # noqa: F401  isort: skip
import glfw
from imgui_bundle import imgui

from glviz import offscreen, pictures
from glviz.arrange import Arranger
from glviz.documents import Document, drawable, open_document
from glviz.errors import NoOpenGL, ViewerError
from glviz.render import Renderer
from glviz.render.window import window_context
from glviz.scene.camera import Camera
from glviz.scene.panes import Drawn, Pane, Rect, layout
from glviz.scene.pins import parse_pins
from glviz.scene.view import View
from glviz.settings import Settings
from glviz.ui import overlay
from glviz.ui.dock import dock_height
from glviz.ui.flight import Flight
from glviz.ui.imgui_host import ImGuiHost
from glviz.ui.interface import Interface
from glviz.ui.panel import panel_width
from glviz.ui.state import State
from glviz.watch import POLL_SECONDS, Watcher

__all__ = ["run"]

_SMALLEST = (480, 360)
_FRAMES_AFTER_EVENT = 3
_SETTLE_SECONDS = 0.2
_IDLE_SECONDS = 0.5
"""How long to sleep at most: Ctrl-C in the terminal is only noticed on waking."""


def run(
    documents: Sequence[Document], settings: Settings, camera: Camera, size_px: tuple[int, int] | None = None
) -> int:
    """Show documents in a window until it is closed; returns the exit code.

    Args:
        documents: surfaces or meshes, shown side by side.
        settings: with which the window opens.
        camera: with which the window opens.
        size_px: of the window's contents; by default what suits the screen.

    Raises:
        NoOpenGL: there is no display, or no OpenGL 3.3 on it.
    """
    with ExitStack() as held:
        window = held.enter_context(_window(size_px, _window_title(documents)))
        ctx = window_context()
        held.callback(ctx.release)
        renderer = Renderer(ctx)
        held.callback(renderer.release)
        wake = _Wake(window)
        host = ImGuiHost(ctypes.cast(window, ctypes.c_void_p).value)
        held.callback(host.release)
        state = State.start(settings, camera, tuple(document.title for document in documents))
        watcher = Watcher(documents, lambda document: _reopened(document, settings.field))
        held.callback(watcher.release)
        _Loop(window, ctx, renderer, host, wake, documents, state, watcher).run()
    return 0


# --- the window ------------------------------------------------------------------------


@contextmanager
def _window(size_px: tuple[int, int] | None, title: str) -> Iterator[Any]:
    """A glfw window with a current OpenGL 3.3 core context."""
    said: list[str] = []

    def note(_: int, message: Any) -> None:  # bytes, whatever the stub says
        said.append(message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message))

    glfw.set_error_callback(note)
    if not glfw.init():
        raise NoOpenGL("open a window", "; ".join(said) or "no display", _no_display())
    try:
        for hint, value in (
            (glfw.CONTEXT_VERSION_MAJOR, 3),
            (glfw.CONTEXT_VERSION_MINOR, 3),
            (glfw.OPENGL_PROFILE, glfw.OPENGL_CORE_PROFILE),
            (glfw.OPENGL_FORWARD_COMPAT, True),
            (glfw.DEPTH_BITS, 0),
            (glfw.STENCIL_BITS, 0),
            (glfw.SCALE_TO_MONITOR, size_px is None),
        ):
            glfw.window_hint(hint, value)
        for name in (glfw.X11_CLASS_NAME, glfw.X11_INSTANCE_NAME):
            glfw.window_hint_string(name, "glviz")
        window = glfw.create_window(*(size_px or _comfortable()), title, None, None)
        if not window:
            raise NoOpenGL("open a window with OpenGL 3.3", "; ".join(said) or "it did not say why")
        glfw.set_window_size_limits(window, *_SMALLEST, glfw.DONT_CARE, glfw.DONT_CARE)
        glfw.make_context_current(window)
        glfw.swap_interval(1)
        try:
            yield window
        finally:
            glfw.destroy_window(window)
    finally:
        glfw.terminate()


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


def _window_title(documents: Sequence[Document]) -> str:
    names = ", ".join(document.title for document in documents)
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in f"{names} - glviz")


class _Wake:
    """Counts the frames that are still to be drawn after an event."""

    def __init__(self, window: Any) -> None:
        self.frames = _FRAMES_AFTER_EVENT
        # Set before ImGui's own callbacks, which call these in turn.
        for setter in (
            glfw.set_cursor_pos_callback, glfw.set_mouse_button_callback, glfw.set_scroll_callback,
            glfw.set_key_callback, glfw.set_char_callback, glfw.set_window_focus_callback,
            glfw.set_cursor_enter_callback, glfw.set_framebuffer_size_callback,
            glfw.set_window_refresh_callback, glfw.set_window_content_scale_callback,
            glfw.set_window_iconify_callback, glfw.set_window_close_callback,
        ):  # fmt: skip
            setter(window, self._event)

    def _event(self, *_: Any) -> None:
        self.frames = _FRAMES_AFTER_EVENT

    def again(self) -> None:
        """Draw some more frames, as after an event."""
        self.frames = _FRAMES_AFTER_EVENT


# --- the loop --------------------------------------------------------------------------


class _Loop:
    """Holds the state, and what was made from it last."""

    def __init__(
        self, window: Any, ctx: Any, renderer: Renderer, host: ImGuiHost, wake: _Wake,
        documents: Sequence[Document], state: State, watcher: Watcher,
    ) -> None:  # fmt: skip
        self._window, self._ctx, self._renderer, self._host, self._wake = window, ctx, renderer, host, wake
        self._documents = tuple(documents)
        self._watcher = watcher
        self._interface = Interface(host.fonts)
        self._state = state
        self._arranger = Arranger()
        self._built_of = (self._documents, state.settings, self._step(state))
        self._views: tuple[Drawn, ...] = self._arranger.arrange(*self._built_of)
        self._drawn: tuple[Any, ...] = ()
        self._rough = False
        self._changed_at = 0.0
        self._flight = Flight()

    def run(self) -> None:
        """Until the window is closed."""
        while not glfw.window_should_close(self._window) and not self._state.quit:
            if self._wake.frames > 0:
                glfw.poll_events()
            else:
                watching = POLL_SECONDS if self._watcher.busy else None
                pending = (self._interface.toasts.due, self._settles_in(), watching)
                due = [seconds for seconds in pending if seconds is not None]
                glfw.wait_events_timeout(min([_IDLE_SECONDS, *due]) + 0.001)
                if due:
                    self._wake.frames = max(self._wake.frames, 1)
            self._reload()
            if self._wake.frames == 0:
                continue
            self._wake.frames -= 1
            size_px = glfw.get_framebuffer_size(self._window)
            if min(size_px) == 0:  # minimised
                self._wake.frames = 0
                continue
            self._frame(size_px)

    def _reload(self) -> None:
        """Take up files that were read again; camera and settings stay."""
        if not self._state.settings.watch:
            return
        for change in self._watcher.poll():
            if change.message:
                self._interface.toasts.add(change.message)
                print(f"glviz: {change.message}", file=sys.stderr)  # noqa: T201
            if change.document is not None:
                documents = list(self._documents)
                documents[change.index] = change.document
                self._documents = tuple(documents)
            self._wake.again()

    def _frame(self, size_px: tuple[int, int]) -> None:
        size = glfw.get_window_size(self._window)
        content_scale = max(0.5, glfw.get_window_content_scale(self._window)[0])
        density = size_px[0] / max(1, size[0])  # pixels a unit of the interface's coordinates
        scale = content_scale / density

        before = self._state
        self._host.new_frame(before.settings.background, scale)
        state = self._interface.handle_input(before, self._panes(before, size, scale))
        state = self._update_views(state)
        panel = (panel_width(size[0], scale), float(size[1]))
        panes = self._panes(state, size, scale)
        self._draw_scene(state, panes, size_px, density, content_scale)
        dock = self._dock(state, size, scale)
        self._write(panes, scale, docked=dock is not None)
        after = self._interface.draw(state, self._views, panes, panel, dock)
        self._ctx.screen.viewport = (0, 0, *size_px)
        self._renderer.blit(self._ctx.screen)
        self._host.render()
        glfw.swap_buffers(self._window)

        self._state = replace(after, requests=())
        for request in after.requests:
            if request.name == "picture.save":
                self._save_picture(after, size_px, content_scale)
        if after != before or self._interface.moving or self._flight.going:
            self._wake.again()

    def _panes(self, state: State, size: tuple[int, int], scale: float) -> tuple[Pane, ...]:
        """Where the files are drawn, in the interface's coordinates."""
        left = round(panel_width(size[0], scale)) if state.panel else 0
        dock = self._dock(state, size, scale)
        height = max(1, size[1] - (dock[3] if dock else 0))
        rects = layout(len(self._views), (left, 0, max(1, size[0] - left), height))
        camera = self._flight.seen(state.camera, state.flights, time.monotonic())
        return tuple(Pane(view, camera, rect) for view, rect in zip(self._views, rects, strict=True))

    def _dock(self, state: State, size: tuple[int, int], scale: float) -> Rect | None:
        """Where the profile of a slice is docked: below the picture, while the panel is shown."""
        height = round(dock_height(self._views, state.settings, size[1], scale)) if state.panel else 0
        if not height:
            return None
        left = round(panel_width(size[0], scale))
        return left, size[1] - height, max(1, size[0] - left), height

    def _draw_scene(
        self,
        state: State,
        panes: Sequence[Pane],
        size_px: tuple[int, int],
        density: float,
        content_scale: float,
    ) -> None:
        """Draw the scene, if it differs from what was drawn last."""
        wanted = (self._views, panes[0].camera, tuple(p.rect_px for p in panes), size_px, content_scale)
        moving = self._interface.moving
        if self._drawn != wanted:
            # Where the processor draws, every change is shown roughly first and finely at rest.
            self._rough = self._renderer.software
            self._changed_at = time.monotonic()
        elif not self._rough or moving or self._settles_in():
            return
        else:
            self._rough = False
        if density != 1.0:
            panes = [replace(pane, rect_px=_scaled(pane.rect_px, density)) for pane in panes]
        self._renderer.draw(panes, size_px, moving=self._rough, pixel_scale=content_scale)
        self._drawn = wanted

    def _settles_in(self) -> float | None:
        """Seconds until a roughly drawn scene is to be drawn finely; None if it already is."""
        if not self._rough:
            return None
        return max(0.0, self._changed_at + _SETTLE_SECONDS - time.monotonic())

    def _write(self, panes: Sequence[Pane], scale: float, *, docked: bool) -> None:
        """Titles, axes and bars, behind the panel."""
        style = imgui.get_style()
        style.font_scale_dpi = 1.0  # sizes on the picture are multiplied by its own scale
        try:
            draw_list = imgui.get_background_draw_list()
            pointer = self._interface.pointer
            labels = overlay.draw(
                draw_list, self._host.fonts, panes, scale, pointer=pointer, docked=docked
            )
            self._interface.labels = labels
        except Exception as error:  # the window must outlive any fault of its parts
            self._interface.failed("writing on the picture", error)
        style.font_scale_dpi = scale

    # --- views -------------------------------------------------------------------------

    @staticmethod
    def _step(state: State) -> int:
        """Number of the file that is shown where one is at a time."""
        return state.active if state.settings.compare == "step" else 0

    def _update_views(self, state: State) -> State:
        """Build the views anew if the settings changed; settings that fail are taken back."""
        wanted = (self._documents, state.settings, self._step(state))
        if wanted == self._built_of:
            return state
        try:
            self._views = self._arranger.arrange(*wanted)
        except ViewerError as error:
            self._interface.toasts.add(str(error))
        except Exception as error:  # the window must outlive any setting and any file
            self._interface.failed("applying the settings", error)
        else:
            new = set(parse_pins(state.settings.pins)) - set(parse_pins(self._built_of[1].pins))
            _report([pin for view in self._views if isinstance(view, View) for pin in view.readings(new)])
            self._built_of = wanted
            return state
        self._documents = self._built_of[0]
        last = state.edits.past[-1:]
        undone = state.edits.without_last() if last and last[0].settings == self._built_of[1] else state.edits
        return replace(state, settings=self._built_of[1], edits=undone)

    # --- pictures ----------------------------------------------------------------------

    def _save_picture(self, state: State, size_px: tuple[int, int], content_scale: float) -> None:
        """Write what is seen, without the panel, to the current folder."""
        self._drawn = ()
        settings = state.settings
        try:
            image = offscreen.shot(
                self._renderer, self._views, state.camera, size_px, scale=settings.scale,
                pixel_scale=content_scale, transparent=settings.transparent,
            )  # fmt: skip
            stem = pathlib.PurePath(self._documents[0].title).stem or "glviz"
            path = pictures.numbered(pathlib.Path.cwd(), stem)
            pictures.save(image, path)
        except (ViewerError, OSError, RuntimeError) as error:
            self._interface.toasts.add(f"no picture: {error}")
            print(f"glviz: no picture: {error}", file=sys.stderr)  # noqa: T201
            return
        finally:
            # The picture's framebuffer may go with its size; none that is gone may stay bound.
            self._ctx.screen.use()
        self._interface.toasts.add(f"saved {path}")
        print(f"glviz: wrote {path}", file=sys.stderr)  # noqa: T201


def _report(readings: Sequence[str]) -> None:
    """Pinned points go to the standard output too, for whoever collects them."""
    for line in readings:
        print(line, flush=True)  # noqa: T201


def _reopened(document: Document, field: str) -> Document:
    """The same files, read again."""
    found = open_document(document.path, document.path_files, field=field)
    drawable(found)
    return found


def _scaled(rect: Rect, factor: float) -> Rect:
    x, y, width, height = (round(value * factor) for value in rect)
    return x, y, width, height
