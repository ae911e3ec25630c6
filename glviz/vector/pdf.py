"""Figures as a PDF of one page: vector paths, the font embedded, text that can be selected and searched."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as PilImage

from compute.files.atomic import replacing
from compute.scales import raised_runs
from glviz import __version__
from glviz.scene.colormap import hex_name
from glviz.vector.pixels import png
from glviz.vector.shapes import Area, Disc, Figure, Floats, Group, Image, Line, Shape, Text, rectangle
from glviz.vector.text import FAMILY, RAISED_BY, RAISED_SIZE, font_file, undrawable, width_of

_DIGITS = 4



def save(figure: Figure, path: Path) -> None:
    """Write a figure; what was there before stays until it is whole.

    Raises:
        OSError: the file cannot be written.
    """
    data = to_bytes(figure)
    with replacing(path) as stream:
        stream.write(data)


def to_bytes(figure: Figure) -> bytes:
    """The file's content."""
    from fpdf import FPDF

    # It tells each glyph that a subset has left out.
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    page = FPDF(unit="pt", format=(figure.width, figure.height))
    page.set_margin(0)
    page.set_auto_page_break(False)
    page.set_title(_drawable(figure.title))
    page.set_subject(_drawable(figure.description))
    page.set_creator(f"glviz {__version__}")
    for bold in (False, True):
        page.add_font(FAMILY, "B" if bold else "", str(font_file(bold=bold)))
    page.add_page()
    if figure.background is not None:
        _fill(page, rectangle((0.0, 0.0, figure.width, figure.height)), figure.background, 1.0)
    for shape in figure.shapes:
        _draw(page, shape)
    return bytes(page.output())


def _drawable(text: str) -> str:
    lacking = undrawable(text)
    return text.translate(dict.fromkeys(map(ord, lacking), "\N{REPLACEMENT CHARACTER}")) if lacking else text


def _draw(page: Any, shape: Shape) -> None:
    if isinstance(shape, Group):
        if shape.clip is None:
            for each in shape.shapes:
                _draw(page, each)
            return
        left, top, right, bottom = shape.clip
        with page.rect_clip(left, top, right - left, bottom - top):
            for each in shape.shapes:
                _draw(page, each)
    elif isinstance(shape, Line):
        _stroke(page, shape)
    elif isinstance(shape, Area):
        _fill(page, shape.points, shape.color, shape.opacity)
    elif isinstance(shape, Disc):
        _fill_disc(page, shape)
    elif isinstance(shape, Image):
        left, top, right, bottom = shape.box
        page.image(_image(shape), left, top, right - left, bottom - top)
    else:
        _write(page, shape)


def _image(image: Image) -> PilImage.Image:
    """As the page takes it: with a palette where nothing is clear, else with its opacity."""
    if (image.pixels[..., 3] == 255).all():
        return PilImage.open(io.BytesIO(png(image.pixels)))
    return PilImage.fromarray(image.pixels)


def _path(points: Floats, *, closed: bool) -> Any:
    from fpdf.drawing import PaintedPath

    rows = np.round(points, _DIGITS).tolist()
    path = PaintedPath(*rows[0])
    for x, y in rows[1:]:
        path.line_to(x, y)
    if closed:
        path.close()
    path.style.auto_close = False
    return path


def _stroke(page: Any, line: Line) -> None:
    points = line.points
    if line.closed and len(points) > 2 and np.array_equal(points[0], points[-1]):
        points = points[:-1]
    path = _path(points, closed=line.closed)
    path.style.fill_color = None
    path.style.stroke_color = hex_name(line.color)
    path.style.stroke_width = line.width
    path.style.stroke_join_style = "round"
    path.style.stroke_cap_style = "butt" if line.dash else "round"
    if line.dash:
        path.style.stroke_dash_pattern = (line.dash, line.dash)
    if line.opacity < 1.0:
        path.style.stroke_opacity = line.opacity
    page.draw_path(path, copy=False)


def _fill_disc(page: Any, disc: Disc) -> None:
    from fpdf.drawing import PaintedPath

    path = PaintedPath()
    path.circle(disc.x, disc.y, disc.radius)
    path.style.stroke_color = None
    path.style.fill_color = hex_name(disc.color)
    page.draw_path(path, copy=False)


def _fill(page: Any, points: Floats, color: tuple[float, float, float], opacity: float) -> None:
    path = _path(points, closed=True)
    path.style.stroke_color = None
    path.style.fill_color = hex_name(color)
    if opacity < 1.0:
        path.style.fill_opacity = opacity
    page.draw_path(path, copy=False)


def _write(page: Any, text: Text) -> None:
    content = _drawable(text.text)
    wide = width_of(content, text.size, bold=text.bold)
    x = text.x - {"start": 0.0, "middle": wide / 2, "end": wide}[text.anchor]
    page.set_text_color(*_bytes(text.color))

    def write(x: float) -> None:
        for run, raised in raised_runs(content):
            size = text.size * (RAISED_SIZE if raised else 1.0)
            page.set_font(FAMILY, "B" if text.bold else "", size)
            page.text(x, text.y - (RAISED_BY * text.size if raised else 0.0), run)
            x += width_of(run, size, bold=text.bold)

    if text.angle_deg:
        with page.rotation(text.angle_deg, text.x, text.y):
            write(x)
    else:
        write(x)


def _bytes(color: tuple[float, float, float]) -> tuple[int, int, int]:
    red, green, blue = (round(255 * part) for part in color)
    return red, green, blue
