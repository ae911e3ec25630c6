"""Maps as SVG, read back by svgelements, which knows nothing of us."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import svgelements
from hypothesis import given
from hypothesis import strategies as st

from compute.surface import Surface
from glviz.vector import maps, svg
from glviz.vector.shapes import Figure, Group, Text

from .conftest import HOSTILE, UNICODE, views_of

XML = "{http://www.w3.org/2000/svg}"


def read(figure: Figure) -> svgelements.SVG:
    return svgelements.SVG.parse(io.BytesIO(svg.to_bytes(figure)), reify=False)


def group(root: ET.Element, name: str) -> ET.Element:
    (found,) = (each for each in root.iter(f"{XML}g") if each.get("id") == name)
    return found


def lines_of(figure: Figure, number: int = 1) -> list[tuple[float, np.ndarray]]:
    """(level, (n, 2) points in data coordinates) of every iso-line, as another program reads them."""
    end = "" if number == 1 else f"-{number}"
    whole = next(each for each in read(figure).elements() if each.values.get("id") == f"map{end}")
    left, top, right, bottom = map(float, whole.values["data-frame"].split())
    (x0, x1), (y0, y1) = (map(float, whole.values[f"data-{axis}-range"].split()) for axis in "xy")
    contours = next(each for each in whole.select() if each.values.get("id") == f"contours{end}")
    found = []
    for path in contours.select(lambda each: isinstance(each, svgelements.Path)):
        points = np.array([(segment.end.x, segment.end.y) for segment in path])
        points = (points - (left, bottom)) / (right - left, top - bottom)
        found.append((float(path.values["data-level"]), points * (x1 - x0, y1 - y0) + (x0, y0)))
    return found


@pytest.mark.parametrize("settings", [{}, {"contour_count": 40}, {"interpolation": "smooth"}])
def test_another_program_finds_the_same_iso_lines(surface, settings):
    (view,) = views_of(surface, **settings)
    found = lines_of(maps.draw([view]))
    assert len(found) == len(view.iso_lines) > 10
    for line, (level, points) in zip(view.iso_lines, found, strict=True):
        assert level == line.level
        assert len(points) == len(line.points)
        np.testing.assert_allclose(points, line.points, rtol=0, atol=1e-6)


def test_files_side_by_side_share_their_levels(surface):
    other = surface.replace(loss=2.0 * surface.loss)
    figure = maps.draw(views_of(surface, other))
    levels = [{level for level, _ in lines_of(figure, number)} for number in (1, 2)]
    assert levels[0] & levels[1]
    assert levels[0] | levels[1] <= set(views_of(surface, other)[0].levels.tolist())


def test_every_fifth_line_is_thicker(surface):
    (view,) = views_of(surface)
    root = ET.fromstring(svg.to_bytes(maps.draw([view])))
    strong = set(view.levels[view.level_emphasised].tolist())
    widths: dict[bool, set[float]] = {True: set(), False: set()}
    for path in group(root, "contours"):
        widths[float(path.attrib["data-level"]) in strong].add(float(path.attrib["stroke-width"]))
    assert max(widths[False]) < min(widths[True])


def test_names_of_files_are_text_and_nothing_else(surface):
    title = HOSTILE + UNICODE
    data = svg.to_bytes(maps.draw(views_of(surface, name=title)))
    root = ET.fromstring(data)
    assert not list(root.iter(f"{XML}script"))
    said = ["".join(each.itertext()) for each in root.iter(f"{XML}text")]
    assert any('<script>alert("x")</script> & b\N{REPLACEMENT CHARACTER}' in text for text in said)
    assert any("SGD <b> √" in text for text in said)


@given(st.text(st.characters(), max_size=60))
def test_any_text_makes_a_file_that_can_be_read(text):
    figure = Figure(10, 10, (Group("g", (Text(1, 5, text, 3, (0, 0, 0)),), data={"a": text}),), text, text)
    root = ET.fromstring(svg.to_bytes(figure))
    (found,) = root.iter(f"{XML}text")
    assert "<" not in text or "<" in "".join(found.itertext())


def test_a_number_is_raised_after_a_caret():
    root = ET.fromstring(svg.to_bytes(Figure(9, 9, (Text(1, 5, "2×10^-3 x", 6, (0, 0, 0)),))))
    spans = [(each.text, float(each.get("dy", 0.0))) for each in root.iter(f"{XML}tspan")]
    assert [text for text, _ in spans] == ["2×10", "−3", " x"]
    assert spans[1][1] < 0 < spans[2][1] == -spans[1][1]


def test_the_page_is_as_wide_as_asked_and_the_same_every_time(surface):
    first = svg.to_bytes(maps.draw(views_of(surface), maps.MapOptions(map_width=120.0)))
    assert ET.fromstring(first).get("width") == "120mm"
    assert first == svg.to_bytes(maps.draw(views_of(surface), maps.MapOptions(map_width=120.0)))


def test_nothing_leaves_the_page(surface):
    """Bounding boxes of all that is drawn, by the other program; text by where it is anchored."""
    figure = maps.draw(views_of(surface, surface, contour_count=30))
    for element in read(figure).elements():
        if isinstance(element, svgelements.Path) and len(element):
            left, top, right, bottom = element.bbox(transformed=False)
            assert left >= 0 and top >= 0 and right <= figure.width and bottom <= figure.height


def test_a_flat_surface_has_a_map_without_lines():
    axis = np.linspace(0.0, 1.0, 5)
    (view,) = views_of(Surface(axis, axis, np.ones((5, 5))))
    ET.fromstring(svg.to_bytes(maps.draw([view])))
