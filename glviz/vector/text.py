"""How wide text is, measured with the font in which it is written."""

from __future__ import annotations

import functools
import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING

from compute.scales import raised_runs

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

FAMILY = "Roboto"
CAP_HEIGHT = 0.711
"""Height of a capital letter as a share of the font's size; half of it puts a text's middle on a line."""

RAISED_SIZE, RAISED_BY = 0.72, 0.33
"""Size of an exponent and how far it is raised, as shares of the font's size."""

_MEASURED_AT = 1000
_USUAL = re.compile("[\\n\\t -~\u00a1-\u017eαβ−…–]")


def font_file(*, bold: bool = False) -> Path:
    """The face that pictures are written in: imgui-bundle carries it, under the Apache License 2.0."""
    found = importlib.util.find_spec("imgui_bundle")  # not imported: that would load its libraries
    assert found is not None and found.submodule_search_locations, "imgui-bundle is a dependency"
    folder = Path(found.submodule_search_locations[0])
    return folder / "assets" / "fonts" / "Roboto" / f"Roboto-{'Bold' if bold else 'Regular'}.ttf"


@functools.lru_cache(maxsize=2)
def _face(bold: bool) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(str(font_file(bold=bold)), _MEASURED_AT)


def undrawable(text: str) -> str:
    """The characters of a text that the font lacks, each once."""
    # Most texts have none but these, and need no look into the font.
    seldom = dict.fromkeys(c for c in text if not _USUAL.fullmatch(c))
    return "".join(c for c in seldom if ord(c) not in _known())


@functools.lru_cache(maxsize=1)
def _known() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(str(font_file()), lazy=True) as font:
        return frozenset(font.getBestCmap())


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a line of text in points."""
    return sum(
        float(_face(bold).getlength(run)) / _MEASURED_AT * size * (RAISED_SIZE if raised else 1.0)
        for run, raised in raised_runs(text)
    )


def fitted(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """The text, shortened in the middle until it fits into ``room`` points."""
    short, keep = text, len(text)
    while keep > 4 and width_of(short, size, bold=bold) > room:
        keep -= 1
        short = f"{text[: keep - keep // 2]}\N{HORIZONTAL ELLIPSIS}{text[len(text) - keep // 2 :]}"
    return short


def wrapped(text: str, size: float, room: float) -> list[str]:
    """The text in lines of at most ``room`` points, broken between words."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(fitted(word, size, room))
    return lines
