"""Every option is defined once, and well enough for every front end."""

from __future__ import annotations

import dataclasses

import pytest

from glviz.arguments import make_parser
from glviz.options import Option, option, options
from glviz.scene.camera import Camera
from glviz.settings import Settings

ALL = [*options(Settings), *options(Camera)]


@pytest.mark.parametrize("item", ALL, ids=lambda item: item.name)
def test_the_default_is_allowed(item):
    assert item.check(item.default) == item.default


@pytest.mark.parametrize("item", ALL, ids=lambda item: item.name)
def test_help_is_a_sentence_without_full_stop(item):
    assert item.help
    assert not item.help.endswith(".")
    assert item.group
    assert item.label


def test_names_and_keys_are_used_once():
    for values in ([item.name for item in ALL], [item.key for item in ALL if item.key]):
        assert len(set(values)) == len(values)


def test_every_setting_is_an_option_and_every_option_a_flag():
    assert {field.name for field in dataclasses.fields(Settings)} == {item.name for item in options(Settings)}
    flags = make_parser().format_help()
    for item in ALL:
        assert item.flag in flags
        if item.kind is bool:
            assert item.flag.replace("--", "--no-") in flags


@pytest.mark.parametrize("item", [item for item in ALL if item.kind in (int, float)], ids=lambda i: i.name)
def test_numbers_are_held_to_their_range(item):
    for low in {item.low} - {None}:
        assert item.check(str(low)) == low
        with pytest.raises(ValueError, match="outside"):
            item.check(low - 1)
    for high in {item.high} - {None}:
        assert item.check(high) == high
        with pytest.raises(ValueError, match="outside"):
            item.check(high + 1)
    for nonsense in ("nan", "inf", "-inf", "one", "", [], object()):
        with pytest.raises(ValueError, match=item.flag):
            item.check(nonsense)


WITH_CHOICES = [item for item in ALL if isinstance(item.choices, tuple) and item.choices]


@pytest.mark.parametrize("item", WITH_CHOICES, ids=lambda item: item.name)
def test_choices_are_held_to_and_the_nearest_is_named(item):
    for choice in item.choices:
        assert item.check(choice) == choice
    with pytest.raises(ValueError, match=f"did you mean '{item.choices[0]}'"):
        item.check(item.choices[0] + "x")


def test_colour_maps_are_checked_against_the_catalogue():
    item = next(item for item in ALL if item.name == "colormap")
    assert item.check("cividis_r") == "cividis_r"
    with pytest.raises(ValueError, match="did you mean 'viridis'"):
        item.check("viridsi")


def test_only_automatic_options_take_none():
    for item in ALL:
        if item.optional:
            assert item.check(None) is None
        else:
            with pytest.raises(ValueError, match="needs a value"):
                item.check(None)


def test_a_new_field_is_all_that_an_option_needs():
    @dataclasses.dataclass(frozen=True)
    class More:
        dots_per_inch: int = option(96, "resolution", group="Paper", low=1, high=2400, unit="px")
        plain: int = 3

    (made,) = options(More)
    assert made == Option(
        name="dots_per_inch", kind=int, optional=False, default=96, help="resolution", group="Paper",
        label="dots per inch", low=1, high=2400, unit="px",
    )  # fmt: skip
    assert made.flag == "--dots-per-inch"


@pytest.mark.parametrize(
    ("name", "value"), [("colormap", "no/such.txt"), ("color_below", "nocolour"), ("colormap", "virids")]
)
def test_a_text_that_is_refused_names_its_flag(name, value):
    item = next(item for item in options(Settings) if item.name == name)
    with pytest.raises(ValueError, match=rf"^{item.flag}: "):
        item.check(value)
