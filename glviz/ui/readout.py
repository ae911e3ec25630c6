"""What lies under the pointer, as numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from compute.surface import Surface
from glviz.scene.panes import Pane
from glviz.scene.pick import pick, sample

__all__ = ["Probe", "pane_at", "probe"]


@dataclass(frozen=True)
class Probe:
    """A point of a surface.

    Attributes:
        pane: number of the pane it was found in.
        x, y: position in the plane.
        values: of each field there, the height's first; NaN where there is no value.
    """

    pane: int
    x: float
    y: float
    values: tuple[tuple[str, float], ...]


def pane_at(panes: tuple[Pane, ...], x_px: float, y_px: float) -> int | None:
    """The number of the pane at a position of the picture, if any."""
    for index, pane in enumerate(panes):
        left, top, width, height = pane.rect_px
        if left <= x_px < left + width and top <= y_px < top + height:
            return index
    return None


def probe(panes: tuple[Pane, ...], x_px: float, y_px: float) -> Probe | None:
    """The point of a surface that is seen at a position of the picture, if any."""
    index = pane_at(panes, x_px, y_px)
    if index is None:
        return None
    pane = panes[index]
    view, data = pane.view, pane.view.data
    hit = pick(view, pane.camera, (x_px - pane.rect_px[0], y_px - pane.rect_px[1]), pane.size_px)
    if hit is None or not isinstance(data, Surface):
        return None
    names = [view.height.name, *(name for name in data.fields if name != view.height.name)]
    at = np.array([hit.x]), np.array([hit.y])
    values = []
    for name in names:
        field = data.values(name)
        values.append((name, float(sample(data.x, data.y, field, np.isfinite(field), *at)[0])))
    return Probe(index, hit.x, hit.y, tuple(values))
