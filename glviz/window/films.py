"""Maps and films from the window: of what it shows, to numbered files where pictures go too.

A film is a job (``glviz/window/jobs.py``): a frame, then the window's turn, and so on. It is drawn by
a renderer of its own, in the window's context, so that the window's picture stays as it is.
"""

from __future__ import annotations

import pathlib
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from glviz import pictures
from glviz.films.frames import film_size, frames_of
from glviz.films.making import Film
from glviz.films.options import check_ground
from glviz.render import Renderer

if TYPE_CHECKING:
    from glviz.window.loop import Loop

__all__ = ["save_map", "start_film"]

_WAIT_SECONDS = 0.03
_GIF_SHARE = 0.5
"""Sides of a GIF beside those of the window."""


def save_map(loop: Loop, suffix: str) -> None:
    """The contour map of what is shown, as ".svg" or ".pdf".

    Raises:
        UsageError: it has none, or the file cannot be written.
    """
    from glviz.outputs import write_map

    path = _name(loop, suffix)
    state = loop.state
    step = state.active if state.settings.compare == "step" else 0
    write_map(loop.documents, state.settings, path, state.page, step)
    loop.interface.toasts.add(f"saved {path}")


def start_film(loop: Loop, kind: str, suffix: str) -> None:
    """Begin a "turntable" or a "replay" of what is shown, as ".mp4" or ".gif".

    Raises:
        UsageError: there is nothing to turn, or no path, or an MP4 should be transparent.
        OSError: the film cannot be written.
    """
    path = _name(loop, suffix)
    state = loop.state
    count, fps = state.film.count(path), state.film.rate(path)
    frames = frames_of(kind, loop.views, state.camera, count)
    share = _GIF_SHARE if suffix == ".gif" else 1.0
    wanted = (round(loop.screen.size_px[0] * share), round(loop.screen.size_px[1] * share))
    size_px = film_size(path, wanted, len(loop.views))
    step = state.active if state.settings.compare == "step" else 0
    check_ground(path, state.settings.transparent)
    renderer = Renderer(loop.ctx)
    film = Film(renderer, loop.documents, state.settings, frames, path, fps, size_px, step)
    title = f"{kind} {path.name}"
    if not loop.jobs.start(title, _steps(loop, film, renderer), lambda: loop.tell(f"{title}: stopped")):
        film.cancel()
        renderer.release()
        loop.tell("one film at a time")


def _name(loop: Loop, suffix: str) -> pathlib.Path:
    stem = pathlib.PurePath(loop.documents[0].title).stem or "glviz"
    return pictures.check_place(pictures.numbered(pathlib.Path.cwd(), stem, suffix))


def _steps(loop: Loop, film: Film, renderer: Renderer) -> Iterator[tuple[int, int]]:
    """Draw the film; closed before its end, it leaves nothing behind."""
    try:
        yield from _drawn(loop, film)
        yield from _finished(film)
    except OSError as error:
        film.cancel()
        loop.tell(f"writing {film.path}: {error.strerror or error}; make room, or start in another folder")
        return
    except BaseException:
        film.cancel()
        raise
    finally:
        renderer.release()
    loop.tell(f"wrote {film.path}")


def _drawn(loop: Loop, film: Film) -> Iterator[tuple[int, int]]:
    while film.done < film.count:
        try:
            film.step()
        finally:
            loop.ctx.screen.use()
        yield film.done, film.count


def _finished(film: Film) -> Iterator[tuple[int, int]]:
    """Wait for the end of the encoder, which for a GIF takes seconds, in a thread."""
    failed: list[BaseException] = []

    def finish() -> None:
        try:
            film.finish()
        except BaseException as error:  # noqa: B036 - raised again below, where it can be told
            failed.append(error)

    thread = threading.Thread(target=finish, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            yield film.count, film.count
            time.sleep(_WAIT_SECONDS)
    finally:
        thread.join()
    if failed:
        raise failed[0]
