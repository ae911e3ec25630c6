"""The loop: events become states, states become views, views become frames.

A frame is drawn when something happened, and the scene only when what is drawn differs
from what was drawn last; an idle window costs next to nothing.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from imgui_bundle import imgui

from glviz import user_files
from glviz.arrange import Arranger
from glviz.documents import Document, drawable, open_document
from glviz.errors import ViewerError
from glviz.render import Renderer, VideoMemoryError
from glviz.scene.panes import Drawn, Pane, Rect, layout
from glviz.scene.pins import parse_pins
from glviz.scene.view import View
from glviz.ui import overlay
from glviz.ui.flight import Flight
from glviz.ui.imgui_host import MOST_DENSITY, ImGuiHost
from glviz.ui.interface import Interface
from glviz.ui.places import Places, felt_scale, fitting_scale, places
from glviz.ui.state import State, recorded
from glviz.watch import POLL_SECONDS, Watcher
from glviz.window.effects import Effects
from glviz.window.jobs import Jobs
from glviz.window.opening import Opener, fresh
from glviz.window.screen import Screen, window_title

__all__ = ["Loop"]

_SETTLE_SECONDS = 0.2
_IDLE_SECONDS = 0.5
"""How long to sleep at most: Ctrl-C in the terminal is only noticed on waking."""

_OPENING_SECONDS = 0.05


class Loop:
    """Holds the state, and what was made from it last.

    Args:
        screen: whose context is current.
        ctx: of moderngl.
        renderer: in that context.
        host: of the interface.
        documents: shown at first.
        state: at first.

    Attributes:
        documents: shown now.
        views: what is drawn of them.
        state: of the window.
        pixel_scale: pixels a point: the display's scale times the interface's.
        jobs: what takes longer than a frame.
    """

    def __init__(
        self, screen: Screen, ctx: Any, renderer: Renderer, host: ImGuiHost,
        documents: Sequence[Document], state: State,
    ) -> None:  # fmt: skip
        self.screen, self.ctx, self.renderer, self._host = screen, ctx, renderer, host
        self.documents = tuple(documents)
        self.state = state
        self.interface = Interface(host.fonts, recent=user_files.recent)
        self.jobs = Jobs(self.interface.failed)
        self.pixel_scale = 1.0
        self._asked = self._interrupted = False
        self._effects = Effects(self)
        self._opener = Opener()
        self._watcher = self._watching()
        self._arranger = Arranger()
        self._built_of = (self.documents, state.settings, self._step(state))
        self.views: tuple[Drawn, ...] = self._arranger.arrange(*self._built_of)
        self._drawn: tuple[Any, ...] = ()
        self._sound = (self.documents, state.settings)
        self._rough = False
        self._changed_at = 0.0
        self._flight = Flight()

    def run(self) -> None:
        """Until the window is closed.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed in the terminal.
        """
        with self._interruptible():
            while not (self.screen.closing or self.state.quit or self._interrupted):
                self.turn()
        if self._interrupted:
            raise KeyboardInterrupt

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Ctrl-C ends the loop after the frame: within a callback of glfw's it would be lost."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def interrupt(*_: Any) -> None:
            self._interrupted = True

        before = signal.signal(signal.SIGINT, interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def turn(self) -> None:
        """Take up what happened, and draw a frame if anything did."""
        events = self.screen.events
        if events.frames > 0:
            self.screen.poll()
        else:
            watching = POLL_SECONDS if self._watcher.busy else None
            opening = _OPENING_SECONDS if self._opener.busy else None
            working = 0.0 if self.jobs.busy else None
            pending = (self.interface.toasts.due, self._settles_in(), watching, opening, working)
            due = [seconds for seconds in pending if seconds is not None]
            self.screen.wait(min([_IDLE_SECONDS, *due]) + 0.001)
            if due:
                events.frames = max(events.frames, 1)
        self._take_up_files()
        if events.frames > 0:
            events.frames -= 1
            size_px = self.screen.size_px
            if min(size_px) == 0:  # minimised
                events.frames = 0
            else:
                self._frame(size_px)
        if self.jobs.busy:
            self.jobs.step()
            self.forget_drawing()
            events.again()

    def release(self) -> None:
        """End what runs beside the loop."""
        self.jobs.stop()
        self._opener.release()
        self._watcher.release()

    def tell(self, message: str) -> None:
        """A message to the user: in the window, and in the terminal."""
        self.interface.toasts.add(message)
        print(f"glviz: {message}", file=sys.stderr)  # noqa: T201
        self.screen.events.again()

    def forget_drawing(self) -> None:
        """Draw the scene anew: somebody else drew with the renderer."""
        self._drawn = ()

    # --- files -------------------------------------------------------------------------

    def open(self, paths: Sequence[Any], *, add: bool = False) -> None:
        """Read files, and show them when they have been read."""
        self._opener.start(paths, self.documents, add=add)
        self.screen.events.again()

    def read_again(self) -> None:
        """Read the files that are shown again, now."""
        self._watcher.refresh()
        self._asked = True
        self.screen.events.again()

    def show(self, documents: Sequence[Document], state: State) -> None:
        """Show other files.

        Args:
            documents: at least one.
            state: with which.
        """
        self.documents = tuple(documents)
        titles = tuple(document.title for document in documents)
        self.state = replace(state, files=titles, active=min(state.active, len(titles) - 1))
        self._watcher.release()
        self._watcher = self._watching()
        self._arranger = Arranger()
        self.screen.rename(window_title(titles))
        self.screen.events.again()

    def _watching(self) -> Watcher:
        return Watcher(self.documents, lambda document: _reopened(document, self.state.settings.field))

    def _take_up_files(self) -> None:
        """Take up files that were dropped, opened, or changed."""
        dropped, self.screen.events.dropped = self.screen.events.dropped, []
        for paths, add in dropped:
            self.open(paths, add=add)
        for opened in self._opener.finished():
            for message in opened.messages:
                self.tell(message)
            if opened.documents:
                user_files.opened(opened.read)
                data = {id(document) for document in self.documents}
                other = not any(id(document) in data for document in opened.documents)
                state, kept = self.state, opened.kept
                if kept is not None:
                    after = replace(state, settings=kept.settings, active=kept.active).fly(kept.camera)
                elif other:
                    after = replace(state, settings=fresh(state.settings))
                else:
                    after = state
                self.show(opened.documents, recorded(state, after, held=False))
            self.screen.events.again()
        if self.state.settings.watch or self._asked:
            self._reload(self._watcher)
            self._asked = self._asked and self._watcher.busy

    def _reload(self, watcher: Watcher) -> None:
        """Take up files that were read again; camera and settings stay."""
        for change in watcher.poll():
            if change.message:
                self.tell(change.message)
            if change.document is not None:
                documents = list(self.documents)
                documents[change.index] = change.document
                self.documents = tuple(documents)
            self.screen.events.again()

    # --- a frame -----------------------------------------------------------------------

    def _frame(self, size_px: tuple[int, int]) -> None:
        size = self.screen.size
        # Pixels a unit of the interface's coordinates; while the window is being resized, the two
        # sizes may be of different moments.
        density = min(max(size_px[0] / max(1, size[0]), 0.5), MOST_DENSITY)
        own = self.screen.content_scale / density
        scale = fitting_scale(size, own, self.state.layout.scale)
        self.pixel_scale = scale * density

        before = self.state
        self._host.new_frame(before.settings.background, scale)
        parts = places(before, self.views, size, scale)
        if self.jobs.busy and imgui.is_key_pressed(imgui.Key.escape, False):
            self.jobs.stop()  # and nothing else: pinned labels stay
            state = before
        else:
            state = self.interface.handle_input(before, self._panes(before, parts), parts)
        state = self._update_views(state)
        parts = places(state, self.views, size, scale)
        panes = self._panes(state, parts)
        state = self._draw_scene(state, panes, size_px, density)
        self._write(panes, scale, docked=parts.dock is not None)
        after = self.interface.draw(state, self.views, panes, parts)
        felt = felt_scale(size, own, before.layout.scale, after.layout.scale)
        if felt != after.layout.scale:
            if felt == before.layout.scale:
                self.tell("the window has no room for larger text")
            after = replace(after, layout=replace(after.layout, scale=felt))
        self.jobs.draw(parts.picture)
        self.ctx.screen.viewport = (0, 0, *size_px)
        if self._drawn:
            self.renderer.blit(self.ctx.screen)
        self._host.render()
        self.screen.show_frame()

        self.state = replace(after, requests=()) if after.requests else after
        for request in after.requests:
            self._effects.answer(request)
        if self.state != before or self.interface.moving or self._flight.going or self._host.waiting:
            self.screen.events.again()

    def _panes(self, state: State, parts: Places) -> tuple[Pane, ...]:
        """Where the files are drawn, in the interface's coordinates."""
        rects = layout(len(self.views), parts.picture)
        camera = self._flight.seen(state.camera, state.flights, time.monotonic())
        return tuple(Pane(view, camera, rect) for view, rect in zip(self.views, rects, strict=True))

    def _draw_scene(
        self, state: State, panes: Sequence[Pane], size_px: tuple[int, int], density: float
    ) -> State:
        """Draw the scene, if it differs from what was drawn last; what cannot be drawn is taken back."""
        wanted = (self.views, panes[0].camera, tuple(p.rect_px for p in panes), size_px, self.pixel_scale)
        moving = self.interface.moving
        if self._drawn != wanted:
            # Where the processor draws, every change is shown roughly first and finely at rest.
            self._rough = self.renderer.software
            self._changed_at = time.monotonic()
        elif not self._rough or moving or self._settles_in():
            return state
        else:
            self._rough = False
        if density != 1.0:
            panes = [replace(pane, rect_px=_scaled(pane.rect_px, density)) for pane in panes]
        try:
            self.renderer.draw(panes, size_px, moving=self._rough, pixel_scale=self.pixel_scale)
        except VideoMemoryError as error:
            return self._without_memory(state, error)
        except Exception as error:  # the window must outlive any fault of its parts
            self.interface.failed("drawing", error)
            self._drawn = wanted
        else:
            self._sound = (self.documents, state.settings)
            self._drawn = wanted
            for notice in self.renderer.notices():
                self.tell(notice)
        return state

    def _without_memory(self, state: State, error: VideoMemoryError) -> State:
        """Go back to what could be drawn last: the driver has no room for what is to be drawn now."""
        documents, settings = self._sound
        self.renderer.notices()  # of what is not shown after all
        if (documents, settings) == (self.documents, state.settings):
            self.interface.failed("drawing", error)
            self._drawn = (None,)  # not again and again
            return state
        self.tell(f"not shown, the graphics memory is too small: {error}")
        self.show(documents, replace(state, settings=settings))
        return self.state

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
            pointer = self.interface.pointer
            labels = overlay.draw(
                draw_list, self._host.fonts, panes, scale, pointer=pointer, docked=docked, live=True
            )
            self.interface.labels = labels
        except Exception as error:  # the window must outlive any fault of its parts
            self.interface.failed("writing on the picture", error)
        style.font_scale_dpi = scale

    # --- views -------------------------------------------------------------------------

    @staticmethod
    def _step(state: State) -> int:
        """Number of the file that is shown where one is at a time."""
        return state.active if state.settings.compare == "step" else 0

    def _update_views(self, state: State) -> State:
        """Build the views anew if the settings changed; settings that fail are taken back."""
        wanted = (self.documents, state.settings, self._step(state))
        if wanted == self._built_of:
            return state
        try:
            self.views = self._arranger.arrange(*wanted)
        except ViewerError as error:
            self.interface.toasts.add(str(error))
        except Exception as error:  # the window must outlive any setting and any file
            self.interface.failed("applying the settings", error)
        else:
            new = set(parse_pins(state.settings.pins)) - set(parse_pins(self._built_of[1].pins))
            _report([pin for view in self.views if isinstance(view, View) for pin in view.readings(new)])
            self._built_of = wanted
            return state
        self.documents = self._built_of[0]
        titles = tuple(document.title for document in self.documents)
        last = state.edits.past[-1:]
        undone = state.edits.without_last() if last and last[0].settings == self._built_of[1] else state.edits
        return replace(state, settings=self._built_of[1], edits=undone, files=titles)


def _report(readings: Sequence[str]) -> None:
    """Pinned points go to the standard output too, for whoever collects them."""
    for line in readings:
        print(line, flush=True)  # noqa: T201


def _reopened(document: Document, field: str) -> Document:
    """The same files, read again."""
    found = open_document(document.path, document.path_files, field=field, undo_log=document.undo_log)
    drawable(found)
    return found


def _scaled(rect: Rect, factor: float) -> Rect:
    x, y, width, height = (round(value * factor) for value in rect)
    return x, y, width, height
