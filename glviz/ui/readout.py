"""What lies under the pointer, as numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from compute.surface import Surface
from glviz.scene.camera import Camera
from glviz.scene.memo import Memo
from glviz.scene.panes import Pane, clip_plane
from glviz.scene.pick import pick, sample
from glviz.scene.view import View

__all__ = ["Probe", "Prober", "coordinate", "pane_at"]


@dataclass(frozen=True)
class Probe:
    """A point of a surface.

    Attributes:
        pane: number of the pane it was found in.
        x, y: position in the plane.
        values: of each field there, the height's first; NaN where there is no value.
        title: of the file it belongs to.
    """

    pane: int
    x: float
    y: float
    values: tuple[tuple[str, float], ...]
    title: str = ""


def pane_at(panes: Sequence[Pane], x_px: float, y_px: float) -> int | None:
    """The number of the pane at a position of the picture, if any."""
    for index, pane in enumerate(panes):
        left, top, width, height = pane.rect_px
        if left <= x_px < left + width and top <= y_px < top + height:
            return index
    return None


def coordinate(value: float, ends: tuple[float, float]) -> str:
    """A position on an axis with these ends, to a thousandth of its length or finer."""
    span = ends[1] - ends[0]
    if not np.isfinite(value):
        return "\N{EN DASH}"
    if not 1e-4 <= span < 1e6:
        return f"{value:.4g}"
    digits = max(0, 3 - math.floor(math.log10(span)))
    return f"{round(value, digits) + 0.0:.{digits}f}"  # never "-0.000"


class Prober:
    """Finds points of surfaces. It keeps what does not change while the pointer moves."""

    def __init__(self) -> None:
        self._memos: dict[tuple[int, int], Memo] = {}

    def probe(self, panes: Sequence[Pane], x_px: float, y_px: float) -> Probe | None:
        """The point of a surface that is seen at a position of the picture, if any."""
        index = pane_at(panes, x_px, y_px)
        if index is None:
            return None
        pane = panes[index]
        if not isinstance(pane.view, View):
            return None
        ray = pane.camera.ray(x_px - pane.rect_px[0], y_px - pane.rect_px[1], pane.size_px)
        hits = []
        for number, view in enumerate((pane.view, *pane.view.overlaid)):
            memo = self._memos.setdefault((index, number), Memo())
            if (hit := _hit(view, memo, ray, _clip(view, pane.camera))) is not None:
                hits.append((hit.distance_w, number, view, memo, hit))
        if not hits:
            return None
        _, _, view, memo, hit = min(hits, key=lambda found: found[:2])
        data = view.data
        assert isinstance(data, Surface)
        x, y = float(view.frame.x_data(hit.x_w)), float(view.frame.y_data(hit.y_w))
        values = []
        for name in dict.fromkeys((view.height.name, *data.fields)):
            field = data.values(name)
            known = memo.get(f"known {name}", (field,), partial(np.isfinite, field))
            values.append((name, _at(data, field, known, x, y)))
        return Probe(index, x, y, tuple(values), view.title)


def _hit(view: View, memo: Memo, ray: tuple[Any, Any], clip: tuple[str, float, float] | None) -> Any:
    """Where a line of sight meets a view's surface first, None where it does not or it is a mesh."""
    data = view.data
    if not isinstance(data, Surface):
        return None
    key = (view.frame, view.height, data)
    x_w, y_w, z_w = memo.get("world", key, lambda: _world(view, data))
    return pick(ray[0], ray[1], x_w, y_w, z_w, view.valid, clip)


def _world(view: View, data: Surface) -> tuple[Any, Any, Any]:
    """The surface as it is drawn: (nx,), (ny,) and (ny, nx), world space."""
    frame = view.frame
    return frame.x_world(data.x), frame.y_world(data.y), frame.z_world(view.height.drawn())


def _at(data: Surface, field: Any, known: Any, x: float, y: float) -> float:
    # The picked point may lie a rounding error outside.
    x, y = np.clip(x, data.x[0], data.x[-1]), np.clip(y, data.y[0], data.y[-1])
    return float(sample(data.x, data.y, field, known, np.array([x]), np.array([y]))[0])


def _clip(view: View, camera: Camera) -> tuple[str, float, float] | None:
    """The hidden half-space, in the form that picking takes it."""
    nx, ny, _, offset = clip_plane(view, camera)
    if nx:
        return "x", offset / nx, nx
    return ("y", offset / ny, ny) if ny else None
