"""Writes docs/options.md and its pictures: every option of a picture, off and on.

    .venv/bin/python tools/option_pages.py             the page and all pictures
    .venv/bin/python tools/option_pages.py opacity     the page, and the pictures of some options

Names, help, ranges and choices come from the definitions (glviz/settings.py and the camera).
What is kept here is which surface shows an option best, and which value.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import glviz
from compute import files
from compute.surface import Curve, Surface
from compute.surface import Path as Descent
from glviz.options import Option, options
from glviz.scene.camera import Camera
from glviz.settings import Settings

REPOSITORY = Path(__file__).resolve().parent.parent
PAGE = REPOSITORY / "docs" / "options.md"
FOLDER = REPOSITORY / "docs" / "options"
SIZE, GAP, COLORS = (460, 330), 8, 256
ENLARGED = (150, 90, 303, 200)
"""The part that shows what a finer picture is, in pixels of the size: left, top, right, bottom."""


@cache
def sample(name: str) -> Surface:
    """A sample surface of the repository."""
    found = files.load(REPOSITORY / "data" / f"{name}.ply")
    assert isinstance(found, Surface)
    return found


def height(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The height of the waves anywhere; x and y broadcast."""
    square = x**2 + y**2
    return np.asarray((square - 2) * np.exp(-0.3 * square) * 3 + 0.3 * x)


@cache
def waves() -> Surface:
    """Hills, hollows, both signs and a hole."""
    x, y = np.linspace(-3, 3, 37), np.linspace(-2.4, 2.4, 31)
    loss = height(x[None, :], y[:, None])
    loss[21:26, 25:31] = np.nan
    return Surface(x, y, loss)


@cache
def coarse() -> Surface:
    """So few points that what is between them shows."""
    x = np.linspace(-2, 2, 9)
    loss = 2 - np.exp(-((x[None, :] - 0.4) ** 2)) * np.cos(1.4 * x[:, None]) - 0.12 * x[:, None]
    return Surface(x, x, loss)


@cache
def walked() -> Surface:
    """Waves with a path whose checkpoints lie off the plane."""
    steps = np.linspace(0, 1, 81)
    x, y = -2.4 + 2.4 * steps, 1.9 * (1 - steps) ** 2
    loss = height(x, y) + 6.0 * steps * (1 - steps)
    path = Descent(x, y, loss=loss, residual=4 * steps * (1 - steps))
    return waves().replace(paths=(path,))


@cache
def two() -> tuple[Surface, Surface]:
    """Two hollows that are alike and not the same."""
    x = np.linspace(-1, 1, 25)
    one = 0.3 + x[None, :] ** 2 + 2 * x[:, None] ** 2
    other = 0.7 + 1.4 * (x[None, :] - 0.3) ** 2 + x[:, None] ** 2 + 0.15 * np.sin(6 * x)[None, :]
    return Surface(x, x, one), Surface(x, x, other)


@cache
def line() -> Curve:
    """A loss and an accuracy along a line."""
    x = np.linspace(-1, 1.5, 81)
    loss = 0.1 + (x * (x - 1)) ** 2 * 6 + 0.1 * x**2
    return Curve(x, loss, metrics={"accuracy": 1 / (1 + loss)})


def path() -> Surface:
    """A training run on its principal axes."""
    return sample("digits_mlp_path")


def resnet() -> Surface:
    """ResNet-56: steep, with several minima."""
    return sample("resnet56")


def digits() -> Surface:
    """A small network's bowl."""
    return sample("digits_mlp")


@cache
def basins() -> Surface:
    """A surface of many hollows, and which of them each point drains to."""
    from compute.analysis import basin_numbers

    x, y = np.linspace(-3, 3, 61), np.linspace(-2.4, 2.4, 49)
    loss = 0.15 * (x[None, :] ** 2 + y[:, None] ** 2) + 0.5 * np.sin(2.6 * x[None, :]) * np.cos(
        2.9 * y[:, None] + 0.8 * x[None, :]
    )
    made = Surface(x, y, loss)
    return made.replace(metrics={"basin": basin_numbers(made)}, meta={"labels": ["basin"]})


@dataclass(frozen=True)
class Case:
    """How an option is shown.

    Attributes:
        on: its value in the right picture.
        data: what is drawn.
        off: its value in the left picture; the default, where it is not given.
        look: other options of both pictures.
    """

    on: Any
    data: Callable[[], Any] = waves
    off: Any = ...
    look: Mapping[str, Any] = field(default_factory=dict)


def case(on: Any, data: Callable[[], Any] = waves, *, off: Any = ..., **look: Any) -> Case:
    """A case, its look as keywords."""
    return Case(on, data, off, look)


CASES: dict[str, Case] = {
    "field": case("accuracy", path),
    "color_by": case("accuracy", path),
    "metrics": case("accuracy", line),
    "compare": case("difference", two, scalar_bar=False, zoom=0.95),
    "same_range": case(True, two, off=False, zoom=0.8),
    "height_scale": case("log", resnet, off="linear"),
    "exaggeration": case(1.8),
    "clamp_low": case(-2.0),
    "clamp_high": case(1.2),
    "percentile_low": case(30.0),
    "percentile_high": case(75.0),
    "interpolation": case("smooth", coarse, contours=False, floor=False),
    "wireframe": case(True, coarse, contours=False),
    "opacity": case(0.4),
    "colormap": case("batlow"),
    "color_kind": case("labels", basins, off="values", color_by="basin"),
    "color_scale": case("log", digits),
    "color_center": case(0.0, colormap="vik"),
    "bands": case(8, contours=False),
    "mark_clamped": case(False, off=True, clamp_high=1.2),
    "color_below": case("#ff00ff", clamp_low=-2.0),
    "color_above": case("#ff8000", clamp_high=1.2),
    "missing": case("none", azimuth=-20.0, elevation=50.0),
    "shading": case(1.0, off=0.0, contours=False),
    "background": case("dark"),
    "contours": case(True, off=False),
    "floor": case(True, off=False),
    "contour_count": case(40),
    "contour_spacing": case("quantile", resnet, off="linear", height_scale="linear"),
    "contour_step": case(0.4),
    "levels": case("-3,0,1.5"),
    "contour_color": case("#ffffff"),
    "contour_labels": case("on", view="map", off="off", zoom=1.1),
    "contour_geometry": case(True),
    "critical_points": case(True, resnet, off=False),
    "minima": case(False, resnet, off=True),
    "saddles": case(False, resnet, off=True),
    "maxima": case(False, off=True),
    "min_persistence": case(0.1, resnet),
    "noise": case(1.0, resnet),
    "paths": case(True, path, off=False),
    "path_height": case("true loss", walked, azimuth=-20.0),
    "path_fade": case(True, walked, azimuth=-20.0, contours=False),
    "path_progress": case(0.5, path),
    "pins": case("-2.2,1.4;1.4,-1.4"),
    "slice_axis": case("x", profile=False),
    "slice_angle": case(-30.0, off=30.0, slice_axis="angle", profile=False),
    "slice_position": case(0.8, off=-0.8, slice_axis="y", profile=False),
    "profile": case(True, off=False, slice_axis="y"),
    "slice_cut": case(False, off=True, slice_axis="y", profile=False),
    "axes": case(True, off=False),
    "axis_labels": case(True, off=False),
    "scalar_bar": case(True, off=False),
    "histogram": case(True),
    "title": case(True, digits, off=False, names=["digits_mlp.ply"], zoom=1.0),
    "legend": case(True, path, off=False, zoom=1.0),
    "transparent": case(True),
    "scale": case(3.0, zoom=1.0),
    "azimuth": case(20.0),
    "elevation": case(12.0),
    "zoom": case(1.8),
    "orthographic": case(True),
}
UNSEEN = {"watch": "in the window"}
"""Options that no still picture shows, and where they are at work."""

INTRO = """# The options of a picture, off and on

Every option below is a flag of `glviz`, a widget of the window's panel and a keyword of `glviz.show` and
`glviz.screenshot` (there with `_` for `-`). Left is the first value named under the pictures, right the
second; all else is alike. This page and its pictures are made by the program, from the definitions of the
options: `make pages`.
"""


def all_options() -> list[Option]:
    """Those of the settings, then the camera's."""
    return [*options(Settings), *options(Camera)]


def values(item: Option) -> tuple[Any, Any]:
    """What the option is in the left picture, and in the right one."""
    shown = CASES[item.name]
    return (item.default if shown.off is ... else shown.off), shown.on


def draw(item: Option) -> Image.Image:
    """Both pictures of an option, side by side."""
    shown = CASES[item.name]
    pictures = []
    for value in values(item):
        look = {"title": False, "legend": False, "zoom": 1.15, **shown.look, item.name: value}
        data = shown.data()
        listed = list(data) if isinstance(data, tuple) else data
        finer = look.pop("scale", 1.0)
        picture = glviz.screenshot(listed, size=SIZE, scale=finer, **look)
        if item.name == "scale":  # a part of each, as large as the picture
            left, top, right, bottom = (round(side * finer) for side in ENLARGED)
            picture = picture.resize(SIZE, Image.Resampling.NEAREST, box=(left, top, right, bottom))
        if picture.mode == "RGBA":
            picture = on_checks(picture)
        pictures.append(picture)
    pair = Image.new("RGB", (2 * SIZE[0] + GAP, SIZE[1]), "white")
    for index, picture in enumerate(pictures):
        pair.paste(picture, (index * (SIZE[0] + GAP), 0))
    return reduced(pair)


def reduced(picture: Image.Image) -> Image.Image:
    """The picture in fewer colours, so that the repository stays small.

    A colour counts by the cube root of the pixels that have it: markers are small, and must keep theirs.
    """
    pixels = np.asarray(picture).reshape(-1, 3)
    found, place, counts = np.unique(pixels, axis=0, return_inverse=True, return_counts=True)
    weighted = np.repeat(found, np.ceil(np.cbrt(counts)).astype(int), axis=0)
    ground = Image.fromarray(weighted[None]).quantize(COLORS, method=Image.Quantize.MEDIANCUT, kmeans=1)
    palette = np.array(ground.getpalette(), dtype=int).reshape(-1, 3)
    commonest = found[counts.argmax()].astype(int)  # the background is kept to the bit
    palette[np.abs(palette - commonest).sum(axis=1).argmin()] = commonest
    # Pillow's own search for the nearest colour is a rough one: it turns white into grey.
    parts = np.array_split(found.astype(int), max(1, len(found) // 4096))
    nearest = [((part[:, None] - palette) ** 2).sum(axis=2).argmin(axis=1) for part in parts]
    indices = np.concatenate(nearest)[place.ravel()].astype(np.uint8)
    small = Image.fromarray(indices.reshape(picture.height, picture.width), mode="P")
    small.putpalette(palette.ravel().tolist())
    return small


def on_checks(picture: Image.Image) -> Image.Image:
    """A transparent picture on what programs draw behind such."""
    rows, columns = np.indices((picture.height, picture.width)) // 12
    ground = np.where((rows + columns) % 2 == 0, 255, 216).astype(np.uint8)
    behind = Image.fromarray(ground).convert("RGBA")
    return Image.alpha_composite(behind, picture).convert("RGB")


def text() -> str:
    """The whole page."""
    parts = [INTRO]
    group = ""
    for item in all_options():
        if item.group != group:
            group = item.group
            parts.append(f"## {group}\n")
        parts.append(f"### `{item.flag}`\n")
        facts = [f"{item.help[:1].upper()}{item.help[1:]}.", *extent(item)]
        if item.name in UNSEEN:
            parts.append(" ".join(facts) + f" (At work {UNSEEN[item.name]}.)\n")
            continue
        parts.append(" ".join(facts) + "\n")
        left, right = (said(item, value) for value in values(item))
        parts.append(f"![{item.label}: {left}, {right}](options/{item.name}.png)\n")
        parts.append(f"{left} | {right}\n")
    return "\n".join(parts).rstrip() + "\n"


def extent(item: Option) -> list[str]:
    """Choices or range, unit, default and key, as sentences."""
    found = []
    if isinstance(item.choices, tuple) and item.choices:
        found.append(f"One of {', '.join(item.choices)}.")
    if item.low is not None and item.high is not None:
        unit = f" {item.unit}" if item.unit and item.unit != "x" else ""
        found.append(f"{item.low:g} ... {item.high:g}{unit}.")
    if item.kind is not bool and item.default not in (None, ""):
        default = f"{item.default:g}" if isinstance(item.default, (int, float)) else item.default
        found.append(f"Default: {default}.")
    if item.kind is bool:
        found.append(f"Default: {'on' if item.default else 'off'}.")
    return found + ([f"Key: `{item.key}`."] if item.key else [])


def said(item: Option, value: Any) -> str:
    """A value as the command line has it."""
    if item.kind is bool:
        return f"`{item.flag}`" if value else f"`--no-{item.flag[2:]}`"
    if value in (None, ""):
        return "automatic" if value is None else "not given"
    return f"`{item.flag} {value:g}`" if isinstance(value, (int, float)) else f"`{item.flag} {value}`"


def main(names: list[str]) -> None:
    """Write the page, and the pictures of these options or of all."""
    FOLDER.mkdir(exist_ok=True)
    for item in all_options():
        if item.name in CASES and (not names or item.name in names):
            draw(item).save(FOLDER / f"{item.name}.png", optimize=True)
    PAGE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
