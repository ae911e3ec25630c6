"""Points of a plane that stay labelled: the same in every file that is compared."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.surface import Surface, label_names
from glviz.scene.fields import ScaledField
from glviz.scene.frame import Frame
from glviz.scene.labels import label
from glviz.scene.pick import sample, sample_nearest

Place = tuple[float, float]

MOST_PINS = 100
"""No picture has room for the labels of more."""


@dataclass(frozen=True, eq=False)
class Pin:
    """A labelled point of one surface.

    Attributes:
        x, y: position in the plane.
        values: of each field there by name, the height's first; NaN where there is none.
        point_w: (3,) where it is drawn, or None where there is no surface.
    """

    x: float
    y: float
    values: tuple[tuple[str, float], ...]
    point_w: NDArray[np.float64] | None


def parse_pins(text: str) -> tuple[Place, ...]:
    """Positions from text such as "0,0; 0.5,-0.25".

    Raises:
        ValueError: a part is not two finite numbers with a comma between them, or there are too many.
    """
    places: list[Place] = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        if len(places) == MOST_PINS:
            raise ValueError(f"expected at most {MOST_PINS} positions, got {text.count(',')}")
        words = part.split(",")
        try:
            numbers = [float(word) for word in words]
        except ValueError:
            numbers = []
        if len(numbers) != 2 or not all(map(math.isfinite, numbers)):
            raise ValueError(f"expected positions such as 0,0;0.5,-0.25, got {part!r}")
        places.append((numbers[0], numbers[1]))
    return tuple(places)


def pins_text(places: Sequence[Place]) -> str:
    """The text that :func:`parse_pins` reads; six digits, as exact as a hand can point."""
    return "; ".join(f"{x:.6g},{y:.6g}" for x, y in places)


def read_pins(
    text: str,
    data: Surface,
    height: ScaledField,
    valid: NDArray[np.bool_],
    frame: Frame,
    labels: Collection[str] = (),
) -> tuple[Pin, ...]:
    """The values of a surface at the positions in a text; text that cannot be read has none.

    ``labels`` are fields that have no values between their samples, besides those that the file names.
    """
    try:
        places = parse_pins(text)
    except ValueError:
        return ()
    pins = []
    names = {*labels, *label_names(data)}
    for x, y in places:
        at = (np.array([x]), np.array([y]))
        unit = float((sample(data.x, data.y, height.base, valid, *at)[0] - height.gain[0]) * height.gain[1])
        point = frame.points(x, y, min(max(unit, 0.0), 1.0)).ravel() if math.isfinite(unit) else None
        values = []
        for name in dict.fromkeys((height.name, *data.fields)):
            field = data.values(name)
            if name in names:
                values.append((name, label(float(sample_nearest(data.x, data.y, field, *at)[0]))))
                continue
            known = valid if field is height.values else np.isfinite(field)
            values.append((name, float(sample(data.x, data.y, field, known, *at)[0])))
        pins.append(Pin(x, y, tuple(values), point))
    return tuple(pins)
