"""What a figure consists of: shapes in points (1/72 inch), y downwards from the upper left corner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from glviz.scene.theme import RGB

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, eq=False)
class Line:
    """A line through (n, 2) points.

    Attributes:
        points: at least two.
        color: sRGB, 0 to 1.
        width: in points.
        closed: whether it returns to the first point (which need not be repeated).
        opacity: 0 to 1.
        dash: lengths of dash and gap in points, 0 for a solid line.
        data: what a reader of the file may want to know of it, by name.
    """

    points: Floats
    color: RGB
    width: float
    closed: bool = False
    opacity: float = 1.0
    dash: float = 0.0
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Area:
    """A filled polygon of (n, 2) corners."""

    points: Floats
    color: RGB
    opacity: float = 1.0


@dataclass(frozen=True)
class Disc:
    """A filled circle."""

    x: float
    y: float
    radius: float
    color: RGB


@dataclass(frozen=True, eq=False)
class Image:
    """(height, width, 4) uint8 pixels in a box, the first row at the top."""

    pixels: NDArray[np.uint8]
    box: Box


@dataclass(frozen=True)
class Text:
    """A line of text; ``^`` raises the number that follows it.

    Attributes:
        x: of the point that ``anchor`` names.
        y: of the baseline there.
        text: what is written.
        size: of the font, in points.
        color: sRGB, 0 to 1.
        anchor: "start", "middle" or "end".
        bold: which face.
        angle_deg: turned counter-clockwise about (x, y).
    """

    x: float
    y: float
    text: str
    size: float
    color: RGB
    anchor: str = "start"
    bold: bool = False
    angle_deg: float = 0.0


@dataclass(frozen=True)
class Group:
    """Shapes that belong together.

    Attributes:
        name: its id in the file.
        shapes: drawn in this order.
        clip: the box beyond which nothing of it is seen, or None.
        data: what a reader of the file may want to know, by name.
    """

    name: str
    shapes: tuple[Shape, ...]
    clip: Box | None = None
    data: Mapping[str, str] = field(default_factory=dict)


Shape = Line | Area | Disc | Image | Text | Group


@dataclass(frozen=True)
class Figure:
    """A whole page.

    Attributes:
        width, height: in points.
        shapes: what is on it.
        title: of the file, for those who list files.
        description: one line on what is shown.
        background: sRGB, or None for none.
    """

    width: float
    height: float
    shapes: tuple[Shape, ...]
    title: str = ""
    description: str = ""
    background: RGB | None = None


def rectangle(box: Box) -> Floats:
    """(4, 2) corners."""
    left, top, right, bottom = box
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def turned(points: Floats, center: tuple[float, float], angle_deg: float) -> Floats:
    """(n, 2) points turned counter-clockwise, as seen, about a centre."""
    angle = np.deg2rad(angle_deg)
    cosine, sine = np.cos(angle), np.sin(angle)
    away = points - center
    x, y = away[:, 0], away[:, 1]
    return np.asarray(np.stack([cosine * x + sine * y, cosine * y - sine * x], axis=1) + center)
