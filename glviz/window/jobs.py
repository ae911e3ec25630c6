"""Work that takes longer than a frame and must be done between frames, such as drawing a film.

A job is an iterator that does a little at each step and says how far it has come. The loop
steps it after each frame, so that the window stays alive, shows a bar, and can stop it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from imgui_bundle import imgui

__all__ = ["Jobs"]

_FRAME_SECONDS = 0.05
"""How long a job may work between two frames; a step that takes longer is not cut short."""


@dataclass
class _Job:
    title: str
    steps: Iterator[tuple[int, int]]
    stopped: Callable[[], None]
    share: float = 0.0


class Jobs:
    """The job that is being done, if any.

    Args:
        failed: told what failed, and how.
    """

    def __init__(self, failed: Callable[[str, Exception], None]) -> None:
        self._failed = failed
        self._job: _Job | None = None

    @property
    def busy(self) -> bool:
        """Whether there is something to do."""
        return self._job is not None

    def start(
        self, title: str, steps: Iterator[tuple[int, int]], stopped: Callable[[], None] = lambda: None
    ) -> bool:
        """Begin a job; False where another one is going on.

        Args:
            title: what is being done, e.g. "writing turntable.mp4".
            steps: yields (steps done, steps in all) after each step.
            stopped: called when the user stops it before its end.
        """
        if self._job is not None:
            return False
        self._job = _Job(title, steps, stopped)
        return True

    def step(self) -> None:
        """Work for a while."""
        job = self._job
        end = time.monotonic() + _FRAME_SECONDS
        while job is not None and self._job is job:
            try:
                done, of = next(job.steps)
            except StopIteration:
                self._job = None
                return
            except Exception as error:  # the window must outlive any fault of its parts
                self._job = None
                self._failed(job.title, error)
                return
            job.share = done / max(1, of)
            if time.monotonic() > end:
                return

    def stop(self) -> None:
        """Give the job up, as its user wishes."""
        job, self._job = self._job, None
        if job is not None:
            close = getattr(job.steps, "close", None)
            if close is not None:
                close()
            job.stopped()

    def draw(self, area: tuple[float, float, float, float]) -> None:
        """Draw how far it is, at the lower edge of an area (x, y, width, height)."""
        if self._job is None:
            return
        below = (area[0] + area[2] / 2, area[1] + area[3] - imgui.get_font_size())
        imgui.set_next_window_pos(below, int(imgui.Cond_.always), (0.5, 1.0))
        flags = (
            imgui.WindowFlags_.no_decoration | imgui.WindowFlags_.no_move
            | imgui.WindowFlags_.no_saved_settings | imgui.WindowFlags_.always_auto_resize
        )  # fmt: skip
        imgui.push_style_color(imgui.Col_.window_bg, imgui.get_style_color_vec4(imgui.Col_.popup_bg))
        imgui.push_style_color(imgui.Col_.plot_histogram, imgui.get_style_color_vec4(imgui.Col_.slider_grab))
        imgui.push_style_var(imgui.StyleVar_.window_border_size, 1.0)
        imgui.begin("##job", None, int(flags))
        width = imgui.get_font_size() * 22
        imgui.text_unformatted(self._job.title)
        imgui.progress_bar(self._job.share, (width, 0.0), f"{100 * self._job.share:.0f} %")
        stop = imgui.button("Stop", (width, 0.0))
        imgui.end()
        imgui.pop_style_var()
        imgui.pop_style_color(2)
        if stop:  # Esc does it too, see the loop
            self.stop()
