"""What commands do beyond the state: pictures and sessions are written, files are opened.

Each answers the request of the command of its name (``glviz/ui/commands.py``).
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from glviz import offscreen, pictures, session
from glviz.errors import ViewerError
from glviz.ui.state import Request
from glviz.window.films import save_map, start_film

if TYPE_CHECKING:
    from glviz.window.loop import Loop

__all__ = ["Effects"]


class Effects:
    """Answers requests, with everything that the loop holds.

    Args:
        loop: whose window it is.
    """

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._answers: dict[str, Callable[[str], None]] = {
            "picture.save": self._save_picture,
            "session.save": self._save_session,
            "map.save": self._save_map,
            "film.turntable": partial(self._start_film, "turntable"),
            "film.replay": partial(self._start_film, "replay"),
            "file.open": self._open,
            "file.add": self._add,
            "file.reload": self._reload,
        }

    def answer(self, request: Request) -> None:
        """Do what was asked for; a failure is told, and the window goes on."""
        try:
            self._answers[request.name](request.value)
        except (ViewerError, OSError) as error:
            self._loop.tell(str(error))
        except Exception as error:  # the window must outlive any fault of its parts
            self._loop.interface.failed(request.name, error)

    def _open(self, value: str) -> None:
        self._loop.open([value])

    def _add(self, value: str) -> None:
        self._loop.open([value], add=True)

    def _reload(self, value: str) -> None:
        del value
        self._loop.read_again()

    def _save_map(self, value: str) -> None:
        save_map(self._loop, value)

    def _start_film(self, kind: str, value: str) -> None:
        start_film(self._loop, kind, value)

    def _save_session(self, value: str) -> None:
        """Write what is shown, and how, to the current folder."""
        del value
        loop, state = self._loop, self._loop.state
        kept = session.capture(
            loop.documents, state.settings, state.camera,
            size_px=loop.screen.size_px, pixel_scale=loop.pixel_scale, active=state.active,
        )  # fmt: skip
        stem = pathlib.PurePath(loop.documents[0].title).stem or "glviz"
        path = pictures.numbered(pathlib.Path.cwd(), stem, ".glviz")
        session.save(kept, path)
        loop.interface.toasts.add(f"saved {path}")
        print(f"glviz: wrote {path}", file=sys.stderr)  # noqa: T201

    def _save_picture(self, value: str) -> None:
        """Write what is seen, without the panel, to the current folder."""
        del value
        loop, settings = self._loop, self._loop.state.settings
        loop.forget_drawing()
        try:
            pixels = offscreen.shot(
                loop.renderer, loop.views, loop.state.camera, loop.screen.size_px, scale=settings.scale,
                pixel_scale=loop.pixel_scale, transparent=settings.transparent,
            )  # fmt: skip
            stem = pathlib.PurePath(loop.documents[0].title).stem or "glviz"
            path = pictures.numbered(pathlib.Path.cwd(), stem)
            kept = session.text_for(
                path, loop.documents, settings, loop.state.camera,
                size_px=loop.screen.size_px, pixel_scale=loop.pixel_scale, active=loop.state.active,
            )  # fmt: skip
            pictures.save(pixels, path, kept)
        except (ViewerError, OSError, RuntimeError, MemoryError) as error:
            loop.tell(f"no picture: {error}")
            return
        finally:
            # The picture's framebuffer may go with its size; none that is gone may stay bound.
            loop.ctx.screen.use()
        loop.interface.toasts.add(f"saved {path}")
        print(f"glviz: wrote {path}", file=sys.stderr)  # noqa: T201
