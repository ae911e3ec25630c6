"""A training's path drawn on its map as the training goes on: frames for a film.

The map is drawn once; each frame adds to it the path as far as it has come, its head, what the head
is worth, and its place on the curve of the loss below. Time is the training's own: checkpoints are
equally long apart, as in loss-landscape-anim, so that one sees when it moved and when it did not.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.errors import ArgumentError, UsageError
from compute.films import film
from compute.plots.axes import apply_scale
from compute.plots.contours import map_figure
from compute.plots.look import Look
from compute.plots.marks import path_color
from compute.plots.style import FAINT
from compute.plots.words import literal
from compute.scales import MINUS, Scale, choose_scale, digits_for, format_value
from compute.surface import Path, Surface

__all__ = ["animate"]

Floats = NDArray[np.float64]

_STRIP_SHARE = 0.17
_DECADES = 20.0
"""A loss that falls by more is drawn on a log scale, as training curves usually are."""
_HOLD_S, _HOLD_SHARE = 1.5, 0.25
"""The end stays for so long, or for this share of a short film."""


@dataclasses.dataclass(frozen=True, eq=False)
class _Track:
    """A path over the steps of its training: (k,) each, steps ascending."""

    name: str
    step: Floats
    x: Floats
    y: Floats
    loss: Floats

    @classmethod
    def of(cls, path: Path) -> _Track:
        known = np.isfinite(path.x) & np.isfinite(path.y)
        step = path.step[known].astype(np.float64)
        if step.size > 1 and not np.all(np.diff(step) > 0):  # numbered anew, or not at all
            step = np.arange(step.size, dtype=np.float64)
        return cls(path.name, step, path.x[known], path.y[known], path.loss[known])

    def reached(self, now: float) -> int:
        """How many of its checkpoints have been passed."""
        return max(1, int(np.searchsorted(self.step, now, side="right")))

    def at(self, now: float, values: Floats) -> float:
        """A value between two checkpoints; beyond the last one, that of the last."""
        return float(np.interp(now, self.step, values))


def animate(
    surface: Surface,
    path: str | os.PathLike[str],
    look: Look,
    *,
    title: str = "",
    seconds: float = 8.0,
    fps: float = 25.0,
    dpi: float = 150.0,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Write a film of the paths on a surface, to be called within ``styled``.

    Args:
        surface: with at least one path of two points.
        path: of the film, which ends in .gif or .mp4.
        look: of the map.
        title: above it.
        seconds: that it lasts.
        fps: frames a second.
        dpi: pixels an inch.
        progress: called with (frames done, frames in all).

    Returns:
        The number of frames.

    Raises:
        UsageError: there is no path.
        ArgumentError: fewer than two frames, or more than an hour of them.
        OSError: the film cannot be written.
    """
    tracks = [track for track in map(_Track.of, surface.paths) if track.step.size > 1]
    if not tracks:
        raise UsageError(
            "drawing a film of the path",
            "the surface has no path of at least two checkpoints",
            "Make one: glviz-compute trajectory --trajectory FOLDER ... -o path.ply",
        )
    if not 2 <= seconds * fps <= 3600 * 60:
        raise ArgumentError(
            "drawing a film of the path",
            f"{seconds:g} s of {fps:g} frames are {seconds * fps:,.0f} frames",
            "Choose from 2 to 216,000 frames.",
        )
    count = round(seconds * fps)
    moving = max(2, count - round(min(_HOLD_S, _HOLD_SHARE * seconds) * fps))
    stage = _Stage(surface, tracks, look, title, dpi)
    first, last = min(t.step[0] for t in tracks), max(t.step[-1] for t in tracks)
    with film(path, fps, dither=False) as add:
        for number in range(count):
            if number < moving:
                picture = stage.frame(first + (last - first) * number / (moving - 1))
            add(picture)
            if progress is not None:
                progress(number + 1, count)
    return count


class _Stage:
    """The map that stays, and what moves on it."""

    def __init__(
        self, surface: Surface, tracks: Sequence[_Track], look: Look, title: str, dpi: float
    ) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        self.tracks = tracks
        losses = np.concatenate([track.loss for track in tracks])
        known = np.isfinite(losses).any() and look.field in (None, surface.field)
        still = dataclasses.replace(look, paths=False)
        strip = _STRIP_SHARE * look.width if known else 0.0
        self.title = title
        self.moving: list[tuple[Any, Any]] = []

        def dress(panels: tuple[Any, ...], below: Any) -> None:
            (self.panel,), self.strip = panels, below
            # A caption as high as the longest one: the layout must not change when it does.
            self.caption = self.panel.set_title(self._worded(0.0))
            self.parts = [self._of_path(number, len(tracks) > 1) for number in range(len(tracks))]
            self.marks = self._of_strip(losses) if known else []

        self.figure = map_figure([surface], [""], still, strip=strip, dress=dress).figure
        self.figure.set_dpi(dpi)
        self.canvas = FigureCanvasAgg(self.figure)
        self.caption.set_animated(True)
        self.moving.append((self.panel, self.caption))
        self.canvas.draw()
        self.ground = self.canvas.copy_from_bbox(self.figure.bbox)

    def _add(self, axes: Any, **options: Any) -> Any:
        (artist,) = axes.plot([], [], animated=True, **options)
        self.moving.append((axes, artist))
        return artist

    def _of_path(self, number: int, named: bool) -> tuple[Any, ...]:
        color, track = path_color(number), self.tracks[number]
        halo = self._add(self.panel, color="white", linewidth=3.2, solid_capstyle="round", zorder=4)
        line = self._add(self.panel, color=color, linewidth=1.5, solid_capstyle="round", zorder=5)
        dots = self._add(self.panel, color=color, linestyle="none", marker="o", markersize=2.6, zorder=5)
        head = self._add(
            self.panel, color=color, linestyle="none", marker="o", markersize=6.5, markeredgecolor="white",
            markeredgewidth=1.0, zorder=7,
        )  # fmt: skip
        start = {"marker": "o", "markersize": 4.6, "markerfacecolor": "white", "markeredgecolor": color}
        self._add(self.panel, linestyle="none", zorder=6, **start).set_data(track.x[:1], track.y[:1])
        if named:
            self.panel.plot([], [], color=color, linewidth=1.5, label=literal(track.name))
            self.panel.legend(loc="upper right", frameon=True, framealpha=0.85, edgecolor="none")
        return halo, line, dots, head

    def _of_strip(self, losses: Floats) -> list[tuple[Any, Any]]:
        known = losses[np.isfinite(losses)]
        decades = known.min() > 0 and known.max() > _DECADES * known.min()
        scale, _ = choose_scale(known, "log" if decades else "auto")
        low, high = (float(v) for v in scale.inverse([-0.08, 1.08]))
        if scale.kind == "linear" and scale.low >= 0 > low:
            low = 0.0
        if low < high:
            apply_scale(self.strip, Scale(scale.kind, low, high, scale.linthresh), about=3)
        steps = [track.step for track in self.tracks]
        first, last = min(s[0] for s in steps), max(s[-1] for s in steps)
        self.strip.set_xlim(first, last + 0.015 * (last - first))  # room for the head at the end
        self.strip.set_xlabel("Checkpoint")
        self.strip.set_ylabel("Loss")
        self.strip.spines[["top", "right"]].set_visible(False)
        marks = []
        for number, track in enumerate(self.tracks):
            color = path_color(number)
            self.strip.plot(track.step, track.loss, color=FAINT, linewidth=0.7, alpha=0.6)
            line = self._add(self.strip, color=color, linewidth=1.3)
            head = self._add(
                self.strip, color=color, marker="o", markersize=5, markeredgecolor="white", clip_on=False,
                zorder=7,
            )  # fmt: skip
            marks.append((line, head))
        return marks

    def _worded(self, now: float) -> str:
        longest = max(self.tracks, key=lambda track: track.step[-1])
        reached = longest.reached(now) - 1
        words = [f"checkpoint {longest.step[reached]:,.0f} of {longest.step[-1]:,.0f}".replace("-", MINUS)]
        if len(self.tracks) == 1 and np.isfinite(longest.loss[reached]):  # of several the curves say it
            known = longest.loss[np.isfinite(longest.loss)]
            span = float(known.max()) - float(known.min())
            digits = digits_for(float(longest.loss[reached]), span / 10, 3)
            words.append(f"loss {format_value(longest.loss[reached], digits)}")
        return "\n".join([self.title] * bool(self.title) + ["   ".join(words)])

    def frame(self, now: float) -> NDArray[np.uint8]:
        """(height, width, 3) the picture at a step."""
        for track, (halo, line, dots, head) in zip(self.tracks, self.parts, strict=True):
            reached = track.reached(now)
            tip = track.at(now, track.x), track.at(now, track.y)
            x, y = np.append(track.x[:reached], tip[0]), np.append(track.y[:reached], tip[1])
            for artist in (halo, line):
                artist.set_data(x, y)
            dots.set_data(track.x[:reached], track.y[:reached])
            head.set_data([tip[0]], [tip[1]])
        for track, (line, head) in zip(self.tracks, self.marks, strict=False):
            reached, value = track.reached(now), track.at(now, track.loss)
            at = min(now, float(track.step[-1]))
            line.set_data(np.append(track.step[:reached], at), np.append(track.loss[:reached], value))
            head.set_data([at], [value])
        self.caption.set_text(self._worded(now))
        self.canvas.restore_region(self.ground)
        for axes, artist in sorted(self.moving, key=lambda each: each[1].get_zorder()):
            axes.draw_artist(artist)
        return np.array(np.asarray(self.canvas.buffer_rgba())[..., :3])
