"""Figures as SVG 1.1: paths, text as text, ids and data attributes for those who edit or read it."""

from __future__ import annotations

import base64
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from compute.files.atomic import replacing
from compute.scales import raised_runs
from glviz.scene.colormap import hex_name
from glviz.vector.pixels import png
from glviz.vector.shapes import Area, Disc, Figure, Floats, Group, Image, Line, Shape, Text
from glviz.vector.text import FAMILY, RAISED_BY, RAISED_SIZE

_NS = "http://www.w3.org/2000/svg"
_FONTS = f"{FAMILY}, 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"
_MM_PER_PT = 25.4 / 72
_DIGITS = 5
"""Decimals of a coordinate in points, so that data read back are good to a ten-millionth of the range."""

# What XML 1.0 cannot hold, even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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
    root = ET.Element(
        "svg", xmlns=_NS, version="1.1",
        width=f"{figure.width * _MM_PER_PT:.6g}mm", height=f"{figure.height * _MM_PER_PT:.6g}mm",
        viewBox=f"0 0 {_number(figure.width)} {_number(figure.height)}",
    )  # fmt: skip
    root.set("xmlns:xlink", "http://www.w3.org/1999/xlink")
    root.set("font-family", _FONTS)
    root.set("stroke", "none")  # the default, of which not all programs know
    for name, content in (("title", figure.title), ("desc", figure.description)):
        if content:
            ET.SubElement(root, name).text = _xml(content)
    if figure.background is not None:
        ET.SubElement(root, "rect", width="100%", height="100%", fill=hex_name(figure.background))
    clips = ET.SubElement(root, "defs")
    for shape in figure.shapes:
        _add(root, clips, shape)
    if not len(clips):
        root.remove(clips)
    stream = io.BytesIO()
    ET.ElementTree(root).write(stream, encoding="utf-8", xml_declaration=True)
    return stream.getvalue()


def _add(parent: ET.Element, clips: ET.Element, shape: Shape) -> None:
    if isinstance(shape, Group):
        inner = ET.SubElement(parent, "g", {"id": shape.name, **_data(shape.data)})
        if shape.clip is not None:
            name = f"clip-{shape.name}"
            left, top, right, bottom = shape.clip
            clip = ET.SubElement(clips, "clipPath", id=name)
            ET.SubElement(
                clip, "rect", x=_number(left), y=_number(top),
                width=_number(right - left), height=_number(bottom - top),
            )  # fmt: skip
            inner.set("clip-path", f"url(#{name})")
        for each in shape.shapes:
            _add(inner, clips, each)
    elif isinstance(shape, Line):
        _add_line(parent, shape)
    elif isinstance(shape, Area):
        area = ET.SubElement(
            parent, "path", d=_path(shape.points, closed=True), fill=hex_name(shape.color)
        )  # fmt: skip
        _set_opacity(area, "fill-opacity", shape.opacity)
    elif isinstance(shape, Disc):
        ET.SubElement(
            parent, "circle", cx=_number(shape.x), cy=_number(shape.y), r=_number(shape.radius),
            fill=hex_name(shape.color),
        )  # fmt: skip
    elif isinstance(shape, Image):
        _add_image(parent, shape)
    else:
        _add_text(parent, shape)


def _add_line(parent: ET.Element, line: Line) -> None:
    points = line.points
    if line.closed and len(points) > 2 and np.array_equal(points[0], points[-1]):
        points = points[:-1]
    path = ET.SubElement(
        parent, "path", {"d": _path(points, closed=line.closed), "fill": "none", **_data(line.data)}
    )  # fmt: skip
    path.set("stroke", hex_name(line.color))
    path.set("stroke-width", _number(line.width))
    path.set("stroke-linejoin", "round")
    if line.dash:
        path.set("stroke-dasharray", _number(line.dash))
    elif not line.closed:
        path.set("stroke-linecap", "round")
    _set_opacity(path, "stroke-opacity", line.opacity)


def _add_image(parent: ET.Element, image: Image) -> None:
    left, top, right, bottom = image.box
    data = base64.b64encode(png(image.pixels)).decode("ascii")
    element = ET.SubElement(
        parent, "image", x=_number(left), y=_number(top),
        width=_number(right - left), height=_number(bottom - top), preserveAspectRatio="none",
    )  # fmt: skip
    # SVG 1.1's name of the attribute: older programs know no other, and newer ones know it too.
    element.set("xlink:href", f"data:image/png;base64,{data}")


def _add_text(parent: ET.Element, text: Text) -> None:
    x, y = _number(text.x), _number(text.y)
    element = ET.SubElement(parent, "text", fill=hex_name(text.color))
    element.set("font-size", _number(text.size))
    if text.anchor != "start":
        element.set("text-anchor", text.anchor)
    if text.bold:
        element.set("font-weight", "bold")
    if text.angle_deg:
        element.set("transform", f"translate({x} {y}) rotate({-text.angle_deg:.6g})")
    else:
        element.set("x", x)
        element.set("y", y)
    runs = raised_runs(_xml(text.text))
    if not any(raised for _, raised in runs):
        element.text = "".join(run for run, _ in runs)
        return
    risen = False
    for run, raised in runs:
        piece = ET.SubElement(element, "tspan")
        piece.text = run
        if raised:
            piece.set("font-size", _number(text.size * RAISED_SIZE))
        if raised != risen:
            piece.set("dy", _number(text.size * RAISED_BY * (-1.0 if raised else 1.0)))
        risen = raised


def _set_opacity(element: ET.Element, name: str, opacity: float) -> None:
    if opacity < 1.0:
        element.set(name, f"{opacity:.3g}")


def _path(points: Floats, *, closed: bool) -> str:
    words = [f"{_number(x)},{_number(y)}" for x, y in points.tolist()]
    return f"M{words[0]}L{' '.join(words[1:])}{'Z' if closed else ''}"


def _number(value: float) -> str:
    text = f"{value:.{_DIGITS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _data(data: Mapping[str, str]) -> dict[str, str]:
    return {f"data-{name}": _xml(value) for name, value in data.items()}


def _xml(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
