"""The values of iso-lines, written on them: upright, with a halo in the colour of the ground."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glviz.scene.contour_labels import in_sight, level_texts, line_labels
from glviz.scene.features import critical_markers
from glviz.scene.panes import Pane
from glviz.scene.theme import RGB, Theme
from glviz.scene.view import View
from glviz.scene.viewpoints import flatness
from glviz.ui.canvas import Canvas

_SIZE, _MOST = 11.5, 60
_MARK_PX, _ALONG_PATH = 6.0, 80
_DARK, _BRIGHT = (0.08, 0.08, 0.10), (0.98, 0.98, 0.98)

Box = tuple[float, float, float, float]


def labels_wanted(view: View, pane: Pane) -> bool:
    """Whether lines are labelled; automatically they are on a map."""
    wish = view.settings.contour_labels
    shown = view.settings.contours or view.settings.floor
    wanted = wish == "on" or (wish == "auto" and flatness(pane.camera) > 0.9)
    return bool(view.iso_lines) and shown and wanted


def draw_contour_labels(canvas: Canvas, pane: Pane, view: View, taken: list[Box], theme: Theme) -> None:
    """Write on the surface's lines if it has any, else on the floor's, where nothing is ``taken``."""
    on_floor = not view.settings.contours
    labels = view.derived(("labels", on_floor), lambda: line_labels(view, on_floor=on_floor))[:_MOST]
    if not labels:
        return
    camera, size_px = pane.camera, pane.size_px
    places = np.concatenate([label.places for label in labels])
    toward = -camera.forward() if camera.orthographic else None
    seen = in_sight(view, camera.eye(size_px), toward, places)
    origin = np.array(pane.rect_px[:2])
    pixels = camera.project(places, size_px)[:, :2] + origin
    marks = view.derived("marks", lambda: _marks(view, theme))
    if len(marks):
        size = _MARK_PX * canvas.scale
        spots = camera.project(marks, size_px)[:, :2] + origin
        taken = [*taken, *(_around(spot, 0.0, 0.0, size) for spot in spots)]
    first, texts = 0, level_texts(view)
    own_colors = view.heights_colored
    for label in labels:
        own = slice(first, first + len(label.places))
        first = own.stop
        text = texts[label.level]
        width, height = canvas.measure(text, _SIZE)
        for pixel, visible in zip(pixels[own], seen[own], strict=True):
            rect = _around(pixel, width, height, 3 * canvas.scale)
            if not visible or not np.all(np.isfinite(pixel)) or not _free(rect, pane, taken):
                continue
            taken.append(rect)
            ground = theme.background
            if own_colors and not on_floor:
                red, green, blue = view.palette.at(view.color.scale.forward(label.level))
                ground = (float(red), float(green), float(blue))
            _write(canvas, pixel, text, ground)
            break


def _marks(view: View, theme: Theme) -> np.ndarray:
    """(n, 3) world places that must stay free: critical points, and points along the paths."""
    lines = [path.line_world[:: max(1, len(path.line_world) // _ALONG_PATH)] for path in view.paths]
    points = critical_markers(view, theme).rows[:, :3].astype(np.float64)
    return np.concatenate([points, *lines])


def _around(pixel: np.ndarray, width: float, height: float, pad: float) -> Box:
    x, y = float(pixel[0]), float(pixel[1])
    return x - width / 2 - pad, y - height / 2 - pad, x + width / 2 + pad, y + height / 2 + pad


def _free(rect: Box, pane: Pane, taken: Sequence[Box]) -> bool:
    x, y = pane.rect_px[:2]
    width, height = pane.size_px
    inside = rect[0] > x and rect[1] > y and rect[2] < x + width and rect[3] < y + height
    return inside and not any(
        rect[0] < other[2] and other[0] < rect[2] and rect[1] < other[3] and other[1] < rect[3]
        for other in taken
    )


def _write(canvas: Canvas, pixel: np.ndarray, text: str, ground: RGB) -> None:
    luminance = 0.2126 * ground[0] + 0.7152 * ground[1] + 0.0722 * ground[2]
    ink = _DARK if luminance > 0.42 else _BRIGHT
    for angle in np.arange(16) * np.pi / 8:
        reach = (2.6, 1.4)[round(angle * 8 / np.pi) % 2] * canvas.scale
        x, y = pixel[0] + reach * np.cos(angle), pixel[1] + reach * np.sin(angle)
        canvas.text(float(x), float(y), text, _SIZE, ground, anchor=(0.5, 0.5))
    canvas.text(float(pixel[0]), float(pixel[1]), text, _SIZE, ink, anchor=(0.5, 0.5))
