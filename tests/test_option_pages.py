"""docs/options.md and the pictures on it: of every option there is, as the program says it."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

REPOSITORY = Path(__file__).resolve().parent.parent
LARGEST_BYTES = 150_000


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    specification = importlib.util.spec_from_file_location(
        "option_pages", REPOSITORY / "tools" / "option_pages.py"
    )
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    sys.modules["option_pages"] = module
    specification.loader.exec_module(module)
    return module


def test_every_option_is_shown_off_and_on(pages):
    names = {item.name for item in pages.all_options()}
    shown = {*pages.CASES, *pages.UNSEEN}
    assert names - shown == set(), "say in tools/option_pages.py how they are shown, then make pages"
    assert shown - names == set(), "options that are gone are still listed in tools/option_pages.py"
    for item in pages.all_options():
        if item.name in pages.CASES:
            left, right = pages.values(item)
            assert left != right
            assert item.check(left) == left and item.check(right) == right


def test_the_page_is_up_to_date(pages):
    written = pages.PAGE.read_text(encoding="utf-8")
    assert written == pages.text(), "an option's definition has changed: make pages"


@pytest.mark.parametrize("page", ["options.md", "pictures.md"])
def test_the_pictures_are_there_and_small_and_show_a_difference(page):
    text = (REPOSITORY / "docs" / page).read_text(encoding="utf-8")
    named = set(re.findall(r"\]\((options/\w+\.png)\)", text))
    assert len(named) > 4
    for name in named:
        file = REPOSITORY / "docs" / name
        assert file.stat().st_size < LARGEST_BYTES
        with Image.open(file) as picture:
            pixels = np.asarray(picture.convert("RGB")).astype(int)
        half = pixels.shape[1] // 2
        assert np.abs(pixels[:, : half - 4] - pixels[:, half + 4 :]).max() > 20, name


def test_a_picture_is_made_again_from_its_case(pages):
    """What is kept is what the program draws now, but for the last bits of another driver."""
    (item,) = (item for item in pages.all_options() if item.name == "bands")
    made = np.asarray(pages.draw(item).convert("RGB")).astype(int)
    with Image.open(pages.FOLDER / "bands.png") as picture:
        kept = np.asarray(picture.convert("RGB")).astype(int)
    assert made.shape == kept.shape
    assert (np.abs(made - kept).max(axis=2) > 40).mean() < 0.02
