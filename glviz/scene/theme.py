"""Colours of everything that is not the surface itself, for a light and a dark background."""

from __future__ import annotations

from dataclasses import dataclass

from compute.colors import MAXIMUM, MINIMUM, PATHS, RGB, SADDLE


@dataclass(frozen=True)
class Theme:
    """Linear 0 to 1 sRGB components.

    Attributes:
        background: behind everything.
        ink: text.
        faint: lesser text.
        notice: text that should not be overlooked.
        box: edges of the box.
        grid: lines of the ticks on its walls.
        path, path_rim: a descent path and the rim that sets it off.
        minimum, saddle, maximum: critical points.
        cut: the curve along a slice.
        wall: the plane of a slice.
    """

    background: RGB
    ink: RGB
    faint: RGB
    notice: RGB
    box: RGB
    grid: RGB
    path: RGB
    path_rim: RGB
    minimum: RGB
    saddle: RGB
    maximum: RGB
    cut: RGB
    wall: RGB


LIGHT = Theme(
    background=(1.0, 1.0, 1.0),
    ink=(0.13, 0.14, 0.17),
    faint=(0.42, 0.44, 0.48),
    notice=(0.62, 0.38, 0.02),
    box=(0.52, 0.54, 0.58),
    grid=(0.86, 0.87, 0.89),
    path=PATHS[0],
    path_rim=(1.0, 1.0, 1.0),
    minimum=MINIMUM,
    saddle=SADDLE,
    maximum=MAXIMUM,
    cut=(0.86, 0.16, 0.10),
    wall=(0.80, 0.81, 0.84),
)

DARK = Theme(
    background=(0.086, 0.094, 0.114),
    ink=(0.90, 0.91, 0.93),
    faint=(0.62, 0.64, 0.68),
    notice=(0.95, 0.76, 0.42),
    box=(0.46, 0.48, 0.53),
    grid=(0.205, 0.215, 0.245),
    path=(1.0, 0.36, 0.33),
    path_rim=(0.08, 0.08, 0.10),
    minimum=(0.38, 0.62, 1.0),
    saddle=(1.0, 0.62, 0.20),
    maximum=(1.0, 0.40, 0.55),
    cut=(1.0, 0.50, 0.36),
    wall=(0.30, 0.31, 0.35),
)

# Okabe and Ito's palette: told apart by all kinds of colour vision, on light and on dark.
_CURVES_LIGHT: tuple[RGB, ...] = (
    (0.00, 0.45, 0.70),
    (0.84, 0.37, 0.00),
    (0.00, 0.62, 0.45),
    (0.80, 0.40, 0.65),
    (0.75, 0.55, 0.00),
    (0.30, 0.30, 0.32),
)
_CURVES_DARK: tuple[RGB, ...] = (
    (0.34, 0.71, 0.91),
    (0.95, 0.52, 0.20),
    (0.10, 0.78, 0.58),
    (0.90, 0.56, 0.78),
    (0.94, 0.89, 0.26),
    (0.80, 0.80, 0.82),
)


def file_color(index: int, theme: Theme) -> RGB:
    """The colour of a whole file, where several are drawn into one picture."""
    colors = _CURVES_DARK if theme is DARK else _CURVES_LIGHT
    return colors[index % len(colors)]


def theme_for(background: str) -> Theme:
    """The theme of ``settings.background``."""
    return DARK if background == "dark" else LIGHT
