"""What lies under the pointer, as numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compute.surface import FAILED, NOT_FINITE, OK, PENDING, CriticalPoint, Surface
from glviz.scene.labels import label
from glviz.scene.memo import Memo
from glviz.scene.panes import Pane, clip_plane
from glviz.scene.pick import Blocks, Heights, PickResult, pick
from glviz.scene.view import View

__all__ = ["Probe", "Prober", "coordinate", "pane_at"]


STATUS = {PENDING: "not computed yet", OK: "computed", NOT_FINITE: "not finite", FAILED: "failed"}


@dataclass(frozen=True)
class Probe:
    """A point of a surface.

    Attributes:
        pane: number of the pane it was found in.
        x, y: position in the plane.
        values: of each field there, the height's first; NaN where there is no value. Of labels
            that of the nearest grid point, as an int.
        title: of the file it belongs to.
        on_surface: False where the grid has no surface (pending, failed or not finite).
        gradient: of the height as it is interpolated, per unit of x and of y.
        status: of the nearest grid point, in a word.
        nearest: the nearest critical point that is shown, and how far it is in the plane.
    """

    pane: int
    x: float
    y: float
    values: tuple[tuple[str, float], ...]
    title: str = ""
    on_surface: bool = True
    gradient: tuple[float, float] = (math.nan, math.nan)
    status: str = ""
    nearest: tuple[CriticalPoint, float] | None = None

    @property
    def slope(self) -> float:
        """The length of the gradient."""
        return math.hypot(*self.gradient)


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
            if (hit := _hit(view, memo, ray, clip_plane(view, pane.camera))) is not None:
                hits.append((hit.distance_w, number, view, hit))
        if not hits:
            return _gap(index, pane.view, ray)
        _, number, view, hit = min(hits, key=lambda found: found[:2])
        data = view.data
        assert isinstance(data, Surface)
        x, y = float(view.frame.x_data(hit.x_w)), float(view.frame.y_data(hit.y_w))
        names = dict.fromkeys((view.height.name, *data.fields))
        row, column = hit.nearest
        labels = view.label_fields
        values = tuple(
            (name, label(float(field[row, column])) if name in labels else _in_cell(field, hit))
            for name, field in ((name, data.values(name)) for name in names)
        )
        status = STATUS.get(int(data.status[row, column]), "")
        near = _nearest(view, hit.x_w, hit.y_w, self._memos[index, number])
        slope = _slope(data, view.height.values, hit)
        return Probe(index, x, y, values, view.title, True, slope, status, near)


def _gap(index: int, view: View, ray: tuple[Any, Any]) -> Probe | None:
    """A place without a surface, read on the floor: why there is none."""
    data = view.data
    origin, direction = ray
    if not isinstance(data, Surface) or direction[2] >= 0 or min(data.shape) < 2:
        return None
    share = (view.frame.floor - origin[2]) / direction[2]
    x_w, y_w = (float(origin[k] + share * direction[k]) for k in (0, 1))
    if share <= 0 or abs(x_w) > view.frame.half[0] or abs(y_w) > view.frame.half[1]:
        return None
    x, y = float(view.frame.x_data(x_w)), float(view.frame.y_data(y_w))
    row, column = _cell(data.y, y), _cell(data.x, x)
    corners = np.s_[row : row + 2, column : column + 2]
    if view.valid[corners].all():
        return None  # there is a surface: it is cut away, or behind the eye
    lacking = data.status[corners][~view.valid[corners]]
    status = next((STATUS[int(s)] for s in lacking if int(s) != OK), "not finite")
    values = tuple((name, math.nan) for name in dict.fromkeys((view.height.name, *data.fields)))
    return Probe(index, x, y, values, view.title, False, (math.nan, math.nan), status, None)


def _cell(axis: Any, value: float) -> int:
    return int(np.clip(np.searchsorted(axis, value, side="right") - 1, 0, axis.size - 2))


def _corners(field: Any, hit: PickResult) -> tuple[tuple[float, float], tuple[float, float]]:
    row, column = hit.row, hit.column
    return (
        (float(field[row, column]), float(field[row, column + 1])),
        (float(field[row + 1, column]), float(field[row + 1, column + 1])),
    )


def _in_cell(field: Any, hit: PickResult) -> float:
    """Bilinear interpolation in the cell; NaN where a value that has weight is not finite."""
    total = 0.0
    for share_y, pair in zip((1 - hit.v, hit.v), _corners(field, hit), strict=True):
        for share_x, value in zip((1 - hit.u, hit.u), pair, strict=True):
            if share_x * share_y > 1e-12:
                total += share_x * share_y * value
    return total if math.isfinite(total) else math.nan


def _slope(data: Surface, field: Any, hit: PickResult) -> tuple[float, float]:
    """The gradient of the bilinear patch, in units of the field per unit of each coefficient."""
    (a, b), (c, d) = _corners(field, hit)
    width = float(data.x[hit.column + 1] - data.x[hit.column])
    depth = float(data.y[hit.row + 1] - data.y[hit.row])
    along = (b - a) * (1 - hit.v) + (d - c) * hit.v
    across = (c - a) * (1 - hit.u) + (d - b) * hit.u
    return along / width, across / depth


def _nearest(view: View, x_w: float, y_w: float, memo: Memo) -> tuple[CriticalPoint, float] | None:
    """The nearest of the critical points that are shown, and its distance in the plane."""
    points = view.critical_points
    if not points:
        return None

    def places() -> Any:
        x, y = np.array([p.x for p in points]), np.array([p.y for p in points])
        return view.frame.x_world(x), view.frame.y_world(y)

    xs, ys = memo.get("critical", (points, view.frame), places)
    point = points[int(np.argmin((xs - x_w) ** 2 + (ys - y_w) ** 2))]
    x, y = float(view.frame.x_data(x_w)), float(view.frame.y_data(y_w))
    return point, math.hypot(point.x - x, point.y - y)


def _hit(view: View, memo: Memo, ray: tuple[Any, Any], clip: Sequence[float]) -> PickResult | None:
    """Where a line of sight meets a view's surface first, None where it does not or it is a mesh."""
    data = view.data
    if not isinstance(data, Surface):
        return None
    key = (view.frame, view.height, data)
    x_w, y_w, height, blocks = memo.get("world", key, lambda: _world(view, data))
    return pick(ray[0], ray[1], x_w, y_w, height, view.valid, clip, (0.0, view.frame.top), blocks)


def _world(view: View, data: Surface) -> tuple[Any, Any, Heights, Blocks | None]:
    """The surface as it is drawn, world space: (nx,) and (ny,) places, heights on demand, their bounds."""
    frame, base = view.frame, view.height.base
    offset, factor = view.height.gain

    def to_height(values: Any) -> Any:
        unit = (values.astype(np.float64) - offset) * factor
        return frame.z_world(np.minimum(np.maximum(unit, 0.0), 1.0))

    x, y = frame.x_world(data.x), frame.y_world(data.y)
    blocks = Blocks.of(x, y, base, to_height) if min(data.shape) > 1 else None
    return x, y, lambda row, column: to_height(base[row, column]), blocks
