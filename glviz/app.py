"""The window, put together: screen, renderer, interface and loop, and what is remembered of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from glviz import user_files
from glviz.documents import Document
from glviz.films.options import FilmOptions
from glviz.render import Renderer
from glviz.render.window import window_context
from glviz.scene.camera import Camera
from glviz.settings import Settings
from glviz.ui.imgui_host import ImGuiHost
from glviz.ui.layout import Layout
from glviz.ui.state import State
from glviz.vector.options import MapOptions
from glviz.window.loop import Loop
from glviz.window.screen import Placement, open_screen, window_title

__all__ = ["run"]

_REMEMBERED = "window.json"


def run(
    documents: Sequence[Document],
    settings: Settings,
    camera: Camera,
    size_px: tuple[int, int] | None = None,
    *,
    active: int = 0,
    film: FilmOptions = FilmOptions(),  # noqa: B008
    page: MapOptions = MapOptions(),  # noqa: B008
) -> int:
    """Show documents in a window until it is closed; returns the exit code.

    Args:
        documents: surfaces or meshes, shown side by side.
        settings: with which the window opens.
        camera: with which the window opens.
        size_px: of the window's contents; by default as it was last, or what suits the screen.
        active: number of the file that is shown where one is at a time.
        film: how long films from the window are.
        page: how large maps from the window are.

    Raises:
        NoOpenGL: there is no display, or no OpenGL 3.3 on it.
    """
    kept, note = user_files.read(_REMEMBERED)
    titles = tuple(document.title for document in documents)
    with ExitStack() as held:
        placement = Placement.from_json(kept.get("window"))
        screen = held.enter_context(open_screen(window_title(titles), size_px, placement))
        ctx = window_context()
        held.callback(ctx.release)
        renderer = Renderer(ctx)
        held.callback(renderer.release)
        host = ImGuiHost(screen.address)
        held.callback(host.release)
        state = State.start(settings, camera, titles, Layout.from_json(kept.get("layout")))
        state = replace(state, active=active, film=film, page=page)
        loop = Loop(screen, ctx, renderer, host, documents, state)
        held.callback(loop.release)
        if note:
            loop.tell(note)
        user_files.opened([document.path for document in documents if document.stored])
        loop.run()
        found = screen.placement() if size_px is None else placement
        now = {"layout": loop.state.layout.as_json(), "window": found.as_json() if found else None}
        if now != kept:
            failed = user_files.write(_REMEMBERED, now)
            if failed:
                print(f"glviz: {failed}", file=sys.stderr)  # noqa: T201
    return 0
