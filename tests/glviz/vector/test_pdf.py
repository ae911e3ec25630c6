"""Maps as PDF, read back by pypdf, which knows nothing of us."""

from __future__ import annotations

import io
import re

import pypdf
import pytest

from glviz.vector import maps, pdf
from glviz.vector.shapes import Disc, Figure, Text

from .conftest import UNICODE, views_of


def read(figure: Figure) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf.to_bytes(figure)))


@pytest.fixture(scope="module")
def drawn(surface):
    views = views_of(surface)
    figure = maps.draw(views)
    return views[0], figure, read(figure)


def test_one_page_of_the_right_size(drawn):
    _, figure, file = drawn
    (page,) = file.pages
    assert float(page.mediabox.width) == pytest.approx(figure.width, abs=0.01)
    assert float(page.mediabox.height) == pytest.approx(figure.height, abs=0.01)
    assert float(page.mediabox.width) / 72 * 25.4 == pytest.approx(90.0, abs=0.01)


def test_text_can_be_selected_and_searched(drawn):
    view, _, file = drawn
    text = file.pages[0].extract_text()
    assert "α β √η − 10" in text
    assert "SGD <b> √" in text
    assert '<script>alert("x")</script> & b' in text
    for tick in view.ticks_x:
        assert tick.label in text
    assert file.metadata is not None
    assert file.metadata.title == UNICODE


def test_fonts_are_embedded(drawn):
    _, _, file = drawn
    fonts = file.pages[0]["/Resources"]["/Font"]
    assert fonts
    for font in fonts.values():
        descendant = font.get_object()["/DescendantFonts"][0].get_object()
        assert "/FontFile2" in descendant["/FontDescriptor"].get_object()
        assert "Roboto" in font.get_object()["/BaseFont"]


def test_lines_are_vectors(drawn):
    view, _, file = drawn
    content = file.pages[0].get_contents().get_data().decode("latin-1")
    drawn_to = len(re.findall(r"[\d.]+ l\b", content))
    points = sum(len(line.points) - 1 - line.closed for line in view.iso_lines)
    assert drawn_to >= points > 500
    assert len(file.pages[0].images) == 2, "the colour field and the bar are the only pictures"


def test_what_the_font_lacks_is_told(surface, tmp_path):
    views = views_of(surface, name="損失 α")
    (notice,) = maps.save(views, tmp_path / "map.pdf")
    assert "損失" in notice
    assert maps.save(views, tmp_path / "map.svg") == ()
    text = pypdf.PdfReader(tmp_path / "map.pdf").pages[0].extract_text()
    assert "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER} α" in text


def test_text_keeps_its_colour_after_a_mark_of_the_same():
    """A fill colour that a restored graphics state took back must be set again."""
    red = (1.0, 0.0, 0.0)
    figure = Figure(50, 50, (Disc(9, 9, 3, red), Text(5, 30, "red", 9, red, angle_deg=90.0)))
    content = read(figure).pages[0].get_contents().get_data().decode("latin-1")
    assert re.search(r"1(\.0+)? 0(\.0+)? 0(\.0+)? rg.*Tj", content, re.S)
