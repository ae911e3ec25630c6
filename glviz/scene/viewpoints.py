"""Cameras worth having: along the axes, the map from above, one given as text, and all between two.

A camera as text is the flags that give it, ``--azimuth=-60 --elevation=36 ...``: what was
copied from the window can be pasted into another one, or behind a command in a shell.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from glviz.options import options
from glviz.scene.camera import FIELD_OF_VIEW_DEG, Camera

Point = tuple[float, float, float]

ISOMETRIC_DEG = math.degrees(math.atan(1.0 / math.sqrt(2.0)))
"""Elevation from which all three axes are equally foreshortened."""

_NEAR_ZOOM = 2.0
_MAP_ZOOM = 1.2
_LEAST_FOV_DEG = 0.5
_FLAG = re.compile(r"--(no-)?([a-z-]+)(?:[=\s]+([-+]?[0-9.][-+0-9.eE,]*))?")


def along(camera: Camera, azimuth_deg: float, elevation_deg: float) -> Camera:
    """The same camera looking from another direction, with the whole box in sight."""
    home = Camera()
    return replace(camera, azimuth=azimuth_deg, elevation=elevation_deg, target=home.target, zoom=home.zoom)


def from_above(camera: Camera) -> Camera:
    """The map: straight down, parallel, x to the right and y upwards."""
    return replace(along(camera, -90.0, 90.0), orthographic=True, zoom=_MAP_ZOOM)


NAMED: dict[str, Callable[[Camera], Camera]] = {
    "front": partial(along, azimuth_deg=-90.0, elevation_deg=0.0),
    "back": partial(along, azimuth_deg=90.0, elevation_deg=0.0),
    "right": partial(along, azimuth_deg=0.0, elevation_deg=0.0),
    "left": partial(along, azimuth_deg=180.0, elevation_deg=0.0),
    "map": from_above,
    "below": partial(along, azimuth_deg=-90.0, elevation_deg=-90.0),
    "corner": partial(along, azimuth_deg=-45.0, elevation_deg=ISOMETRIC_DEG),
    "opposite": partial(along, azimuth_deg=135.0, elevation_deg=ISOMETRIC_DEG),
}
"""Views by name, each a function of the camera before."""


def centred(camera: Camera, p_world: Point) -> Camera:
    """The same camera turned about another point."""
    return replace(camera, target=p_world)


def nearer(camera: Camera, p_world: Point) -> Camera:
    """The same camera turned about another point, near enough to see what is around it."""
    return replace(centred(camera, p_world), zoom=max(camera.zoom, _NEAR_ZOOM))


def between(start: Camera, end: Camera, share: float) -> Camera:
    """A camera on the way from one to another; the ends are the cameras themselves.

    It turns the shorter way round and zooms by equal factors in equal times. Between
    parallel and perspective the angle of view is narrowed while the eye moves away, so
    that nothing jumps.

    Args:
        start: where ``share`` is 0.
        end: where it is 1.
        share: beyond 0 ... 1 the nearer end is meant.
    """
    if share <= 0.0:
        return start
    if share >= 1.0:
        return end

    def mixed(a: float, b: float) -> float:
        return a + (b - a) * share

    turn = (end.azimuth - start.azimuth + 180.0) % 360.0 - 180.0
    x, y, z = (mixed(a, b) for a, b in zip(start.target, end.target, strict=True))
    angle = mixed(_angle(start), _angle(end))
    return replace(
        end,
        azimuth=(start.azimuth + turn * share + 180.0) % 360.0 - 180.0,
        elevation=mixed(start.elevation, end.elevation),
        zoom=math.exp(mixed(math.log(start.zoom), math.log(end.zoom))),
        target=(x, y, z),
        orthographic=angle < _LEAST_FOV_DEG,
        field_of_view_deg=max(_LEAST_FOV_DEG, angle),
    )


def _angle(camera: Camera) -> float:
    return 0.0 if camera.orthographic else camera.field_of_view_deg


def flatness(camera: Camera) -> float:
    """How much of a map the picture is: 1 looking straight down in parallel, 0 at a slant."""
    slope = min(1.0, max(0.0, (abs(camera.elevation) - 78.0) / 12.0))
    return slope * slope * (3.0 - 2.0 * slope) * (1.0 - min(1.0, _angle(camera) / FIELD_OF_VIEW_DEG))


# --- as text -----------------------------------------------------------------------------


def as_text(camera: Camera) -> str:
    """The camera as flags of the command line."""
    words = []
    for item in options(Camera):
        value = getattr(camera, item.name)
        if item.kind is bool:
            words.append(item.flag if value else f"--no-{item.flag[2:]}")
        else:
            words.append(f"{item.flag}={value:.9g}")
    return " ".join([*words, "--target=" + ",".join(f"{c:.9g}" for c in camera.target)])


def from_text(text: str, base: Camera) -> Camera:
    """The camera that a text gives, whatever else the text says; ``base`` for what it leaves out.

    Raises:
        ValueError: it gives no camera, or a value that a camera cannot have.
    """
    items = {item.flag[2:]: item for item in options(Camera)}
    found: dict[str, Any] = {}
    for no, name, value in _FLAG.findall(text):
        if name == "target":
            found[name] = parse_point(value)
        elif name in items:
            item = items[name]
            found[item.name] = item.check(not no if item.kind is bool else value)
    if not found:
        raise ValueError("the text gives no view, such as --azimuth=-60 --elevation=36")
    return replace(base, **found)


def parse_point(text: str) -> Point:
    """Three numbers with commas between them.

    Raises:
        ValueError: it is anything else.
    """
    try:
        x, y, z = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"--target: expected X,Y,Z such as 0,0,0.14, got {text!r}") from None
    if not all(math.isfinite(value) and abs(value) <= 100.0 for value in (x, y, z)):
        raise ValueError(f"--target: expected three numbers within -100 ... 100, got {text!r}")
    return x, y, z
