"""The documentation: what links name is there, what is there is linked, and nothing is large."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
LONGEST_README = 300
"""Lines; the rest is told in docs/."""
LARGEST_PICTURE = 300_000
PAGES = sorted(
    [
        REPOSITORY / "README.md",
        REPOSITORY / "CONTRIBUTING.md",
        *(path for name in ("docs", "data", "benchmarks") for path in (REPOSITORY / name).glob("*.md")),
    ]
)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)


@functools.cache
def links(page: Path) -> tuple[str, ...]:
    """What a page links to, but for code and other sites."""
    found = _LINK.findall(_CODE.sub("", page.read_text(encoding="utf-8")))
    return tuple(link for link in found if not re.match(r"[a-z]+:", link))


def anchors(page: Path) -> set[str]:
    """The names of a page's headings, as sites that show Markdown make them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_lead_somewhere(page):
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def test_each_page_and_picture_is_linked():
    linked = {(page.parent / link.partition("#")[0]).resolve() for page in PAGES for link in links(page)}
    kept = {path for path in (REPOSITORY / "docs").rglob("*") if path.is_file()}
    assert kept - linked - {REPOSITORY / "docs" / "README.md"} == set()
    index = {(REPOSITORY / "docs" / link).resolve() for link in links(REPOSITORY / "docs" / "README.md")}
    assert {page for page in PAGES if page.parent.name == "docs" and page.name != "README.md"} <= index


def test_pictures_are_small():
    pictures = [path for path in (REPOSITORY / "docs").rglob("*") if path.is_file() and path.suffix != ".md"]
    assert pictures
    assert [path.name for path in pictures if path.stat().st_size > LARGEST_PICTURE] == []


def test_the_readme_is_a_quick_read():
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_README
    assert "docs/README.md" in links(REPOSITORY / "README.md")


@pytest.mark.parametrize("package", ["compute", "glviz"])
def test_each_room_and_module_is_on_the_map_of_the_house(package):
    text = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = {name for code in re.findall(r"`([\w/]+)`", text) for name in code.split("/")}
    inside = {path.stem for path in (REPOSITORY / package).iterdir() if path.suffix == ".py" or path.is_dir()}
    lacking = {name for name in inside if not name.startswith("_")} - named
    assert lacking == set(), "give them a place in docs/architecture.md"
