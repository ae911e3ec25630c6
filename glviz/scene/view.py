"""From data and settings to all that is drawn: the one place that decides what to show.

:func:`build_view` is pure. Given the previous view it hands back the parts whose inputs
did not change *as the same objects*, so whoever holds GPU copies of them needs only
compare identities to know what is stale: changing the exaggeration moves a uniform,
changing the scale makes one new texture, changing the title nothing at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.analysis import critical_points, unsought
from compute.analysis.noise import marked
from compute.scales import Scale, Tick, emphasised, iso_levels, parse_levels, stepped_levels, ticks
from compute.surface import CriticalPoint, HeightMesh, Path, Surface, label_names
from glviz.scene.contours import IsoLine, iso_lines
from glviz.scene.fields import ScaledField, pooled, said_once, scaled_field, sharing, valid_points
from glviz.scene.frame import Frame
from glviz.scene.labels import Labels, labels_of
from glviz.scene.memo import Memo
from glviz.scene.palette import Palette, palette
from glviz.scene.paths import DrapedPath, drape
from glviz.scene.pins import Pin, read_pins
from glviz.scene.relief import Relief, relief
from glviz.scene.slices import LevelCut, Slice, cut, cut_at, level_cut, reach_at
from glviz.settings import Settings

Floats = NDArray[np.float64]

LIVE_CONTOUR_POINTS = 1024
"""Grids above this many points a side get their iso-line geometry from a decimated copy."""

_LEAST_LEFT = 0.15
"""Of the plane's width, on either side of a cut that is placed by itself."""


@dataclass(frozen=True, eq=False)
class View:
    """Everything that is drawn of one file. Coordinates are data unless a name says world.

    ``sharing`` is the number of files on the same range; ``overlaid`` are the views of other
    files that are drawn in the same box (their frame is this one's). Where ``labels`` are given, the
    colours are theirs, and ``color`` and ``palette`` too.
    """

    data: Surface | HeightMesh
    title: str
    settings: Settings
    frame: Frame
    valid: NDArray[np.bool_]
    height: ScaledField
    color: ScaledField
    palette: Palette
    relief: Relief | None
    levels: Floats
    level_emphasised: NDArray[np.bool_]
    iso_lines: tuple[IsoLine, ...]
    all_critical_points: tuple[CriticalPoint, ...]
    critical_points: tuple[CriticalPoint, ...]
    paths: tuple[DrapedPath, ...]
    slice: Slice | LevelCut | None
    ticks_x: tuple[Tick, ...]
    ticks_y: tuple[Tick, ...]
    ticks_z: tuple[Tick, ...]
    ticks_color: tuple[Tick, ...]
    notices: tuple[str, ...]
    sharing: int = 1
    pins: tuple[Pin, ...] = ()
    overlaid: tuple[View, ...] = ()
    labels: Labels | None = None
    _memo: Memo = field(repr=False, default_factory=Memo)
    _derived: dict[Hashable, Any] = field(repr=False, default_factory=dict)

    @property
    def is_grid(self) -> bool:
        """Whether the data are a lattice (and not just a mesh)."""
        return isinstance(self.data, Surface)

    @property
    def heights_colored(self) -> bool:
        """Whether each height has a colour of its own, so that a line at a height can have it too."""
        return self.labels is None and self.color.values is self.height.values

    @property
    def label_fields(self) -> tuple[str, ...]:
        """The fields that have no values between their samples."""
        drawn = () if self.labels is None else (self.color.name,)
        return (*drawn, *label_names(self.data))

    def readings(self, places: Collection[tuple[float, float]]) -> list[str]:
        """A line for each pinned point among ``places``, of this view and of those overlaid."""
        lines = []
        for view in (self, *self.overlaid):
            for pin in (pin for pin in view.pins if (pin.x, pin.y) in places):
                values = (f"{name}={value:.9g}" for name, value in pin.values)
                lines.append("\t".join([view.title, f"x={pin.x:.6g}", f"y={pin.y:.6g}", *values]))
        return lines

    def unit_height(self, value: float) -> float:
        """Drawn height of a value, clamped to [0, 1]."""
        return float(np.clip(np.nan_to_num(self.height.scale.forward(value)), 0.0, 1.0))

    def derived(self, name: Hashable, make: Callable[[], Any]) -> Any:
        """Something made from this view when first asked for, and kept with it."""
        if name not in self._derived:
            self._derived[name] = make()
        return self._derived[name]


def build_view(
    data: Surface | HeightMesh,
    settings: Settings,
    *,
    extra_paths: Sequence[Path] = (),
    title: str = "",
    previous: View | None = None,
    pool: Sequence[Surface | HeightMesh] = (),
    one_box: bool = False,
) -> View:
    """What to draw of ``data`` under ``settings``.

    Args:
        data: a surface, or any other height mesh.
        settings: how it shall look.
        extra_paths: descent paths from elsewhere, drawn beside the file's own.
        title: usually the file's name.
        previous: the last view of the same file, whose unchanged parts are reused.
        pool: the data that this one is compared with, itself among them: all are drawn on
            the same range and with the same levels.
        one_box: whether all of the pool stand in one box, as large as they need.

    Raises:
        KeyError: ``settings.field`` or ``settings.color_by`` names no field of the data.
    """
    memo = Memo(previous._memo if previous is not None else None)
    notices = list(data.notices)

    height, height_notices = scaled_field(
        data, settings.field, settings, settings.height_scale, "height", memo, pool
    )
    notices += height_notices
    color = height
    labels, label_notices = labels_of(data, settings.color_by or height.name, settings, memo)
    notices += label_notices
    if labels is not None:
        color = labels.field
    elif (settings.color_by and settings.color_by != height.name) or settings.color_scale != "same":
        # Colour on the height's own field keeps the height's clamps; another field has its own range.
        same_field = not settings.color_by or settings.color_by == height.name
        kind = (
            settings.color_scale
            if settings.color_scale != "same"
            else ("auto", height.scale.kind)[same_field]
        )
        clamps = settings if same_field else replace(settings, clamp_low=None, clamp_high=None)
        name = settings.color_by or height.name
        color, _ = scaled_field(data, name, clamps, kind, "color", memo, pool)

    valid = memo.get("valid", (data, height.values), lambda: valid_points(data, height.values))
    within = tuple(pool) if one_box else (data,)
    frame = memo.get(
        "frame",
        (within, settings.exaggeration, settings.floor),
        lambda: Frame.around(
            np.concatenate([each.x for each in within]),
            np.concatenate([each.y for each in within]),
            exaggeration=settings.exaggeration,
            floor=settings.floor,
        ),
    )
    look = (settings.colormap, settings.color_center, settings.bands, settings.mark_clamped)
    colors = memo.get(
        "palette",
        (color.values, valid, color.scale, labels, *look, settings.color_below, settings.color_above),
        lambda: (
            palette(settings, color.scale, _extent(color, height, valid))
            if labels is None
            else labels.palette
        ),
    )
    levels, level_notices = memo.get(
        "levels",
        (height.values, height.scale, *(getattr(settings, name) for name in _OF_LEVELS), tuple(pool)),
        lambda: _levels(settings, height.scale, lambda: pooled(data, height.name, height.values, pool)),
    )
    notices += level_notices

    shape: Relief | None = None
    lines: tuple[IsoLine, ...] = ()
    paths: tuple[DrapedPath, ...] = ()
    pins: tuple[Pin, ...] = ()
    section: Slice | LevelCut | None = None
    if isinstance(data, Surface):
        shape = memo.get(
            "relief",
            (data, height.base, color.base, valid, settings.interpolation, labels is None),
            lambda: relief(
                data.x, data.y, height, color, valid, settings.interpolation == "smooth", labels is not None
            ),
        )
        if settings.floor or settings.contour_geometry or settings.contour_labels == "on":
            lines = memo.get(
                "lines",
                (data, height.values, height.scale, levels, shape),
                lambda: _lines(data, height, valid, levels, shape),
            )
        if settings.paths:
            # A path knows its loss, and no other field.
            true = settings.path_height == "true loss" and height.values is data.loss
            paths = memo.get(
                "paths",
                (data, tuple(extra_paths), shape, height.ends, frame, true),
                lambda: tuple(drape(p, shape, height, frame, true=true) for p in (*data.paths, *extra_paths)),
            )
            notices += [p.notice for p in paths if p.notice]
        if settings.pins:
            pins = memo.get(
                "pins",
                (data, height, valid, frame, settings.pins, labels),
                lambda: read_pins(settings.pins, data, height, valid, frame, (color.name,) * bool(labels)),
            )
            notices += _beyond_plane(pins, frame)
        if settings.slice_axis != "none":
            section = memo.get(
                "slice",
                (
                    data,
                    height.values,
                    height.scale,
                    settings.slice_axis,
                    settings.slice_position,
                    settings.slice_angle,
                ),  # fmt: skip
                lambda: _slice(data, height, valid, settings),
            )
            notices += _moved(section, settings)
    elif settings.paths and (unseen := unseen_paths(len(extra_paths))):
        notices.append(unseen)
    points = memo.get(
        "critical",
        (data, height.values, height.name, settings.noise),
        lambda: _critical(data, height.values, height.name, settings.noise),
    )
    kinds = (settings.minima, settings.saddles, settings.maxima)
    shown = memo.get(
        "shown",
        (points, height.scale, settings.critical_points, settings.min_persistence, *kinds),
        lambda: _shown(points, height.scale, settings) if settings.critical_points else (),
    )
    if settings.critical_points and (reason := unsought(data)):
        notices.append(reason)
    notices += _missing(data, valid)

    return View(
        data=data,
        title=title,
        settings=settings,
        frame=frame,
        valid=valid,
        height=height,
        color=color,
        palette=colors,
        relief=shape,
        levels=levels,
        level_emphasised=memo.get("bold", (levels,), lambda: emphasised(levels)),
        iso_lines=lines,
        all_critical_points=points,
        critical_points=shown,
        paths=paths,
        slice=section,
        ticks_x=memo.get("tx", (frame.x_range,), lambda: ticks(Scale("linear", *frame.x_range), 6)),
        ticks_y=memo.get("ty", (frame.y_range,), lambda: ticks(Scale("linear", *frame.y_range), 6)),
        ticks_z=memo.get("tz", (height.scale,), lambda: ticks(height.scale, 5)),
        ticks_color=memo.get("tc", (color.scale,), lambda: ticks(color.scale, 7)) if labels is None else (),
        notices=said_once(notices, valid),
        pins=pins,
        sharing=max(1, len(sharing(height.name, pool))),
        labels=labels,
        _memo=memo,
    )


def _beyond_plane(pins: Sequence[Pin], frame: Frame) -> list[str]:
    """What is said of pinned points that lie outside the plane."""
    (x0, x1), (y0, y1) = frame.x_range, frame.y_range
    outside = sum(not (x0 <= pin.x <= x1 and y0 <= pin.y <= y1) for pin in pins)
    if not outside:
        return []
    ends = f"{x0:.4g} … {x1:.4g}, {y0:.4g} … {y1:.4g}"
    return [f"{outside} of {len(pins)} pinned points outside the plane ({ends}): not drawn."]


def _moved(section: Slice | LevelCut, settings: Settings) -> list[str]:
    """What is said of a slice that was wanted where the surface is not."""
    wanted = settings.slice_position
    # Six digits are as exact as a hand moves a slice to the rim.
    if wanted is None or abs(wanted - section.position) <= 1e-5 * max(abs(wanted), abs(section.position)):
        return []
    return [f"A slice at {wanted:.6g} misses the surface: it is at the edge, {section.position:.6g}."]


def unseen_paths(count: int) -> str:
    """What is said of descent paths given with something that has no plane to draw them on."""
    return f"Descent paths are drawn on surfaces on grids only: {count} left out." if count else ""


_OF_LEVELS = ("contour_count", "contour_spacing", "contour_step", "levels")


def _levels(settings: Settings, scale: Scale, values: Callable[[], Floats]) -> tuple[Floats, tuple[str, ...]]:
    """The iso-levels: those given, else by the step given, else so many; and what is to be said."""
    if settings.levels:
        given = np.array(parse_levels(settings.levels))
        inside = given[(given > scale.low) & (given < scale.high)]
        beyond = given.size - inside.size
        said = f"{beyond} of {given.size} iso-levels lie outside the range that is drawn."
        return inside, ((said,) if beyond else ())
    if settings.contour_step is not None:
        found, stride = stepped_levels(scale, settings.contour_step)
        said = f"Iso-lines at every {stride}th step of {settings.contour_step:g}: there would be too many."
        return found, ((said,) if stride > 1 else ())
    return iso_levels(scale, values(), settings.contour_count, settings.contour_spacing), ()


def _extent(field: ScaledField, height: ScaledField, valid: NDArray[np.bool_]) -> tuple[float, float]:
    """The lowest and the highest value that the kind of scale can show."""
    found = field.extremes
    if field.values is height.values and found is not None and (field.scale.kind != "log" or found.low > 0):
        return found.low, found.high
    known = valid & np.isfinite(field.values)
    shown = field.values if known.all() else field.values[known]
    if field.scale.kind == "log" and shown.size and shown.min() <= 0:
        shown = shown[shown > 0]
    return (float(shown.min()), float(shown.max())) if shown.size else (np.inf, -np.inf)


def _critical(
    data: Surface | HeightMesh, values: Floats, name: str, noise: float | None
) -> tuple[CriticalPoint, ...]:
    """Those stored with the surface, else found now; with a noise given, judged by it."""
    if isinstance(data, HeightMesh):
        if unsought(data):
            return ()
        points = critical_points(HeightMesh(data.x, data.y, values, data.triangles, data.fields, field=name))
    elif data.critical_points and values is data.loss:
        points = data.critical_points
    else:
        own = values is data.loss
        shown = data if own else Surface(data.x, data.y, values, metrics=data.metrics, field=name)
        # Only those that the grid can vouch for: between its points the surface may bend too.
        points = critical_points(shown, resolved=True)
    return points if noise is None else marked(points, noise)


def _shown(points: tuple[CriticalPoint, ...], scale: Scale, settings: Settings) -> tuple[CriticalPoint, ...]:
    """Inner points of the kinds asked for, whose persistence is a large enough share of the range *as drawn*.

    Measured on the drawn scale: a basin that is clearly visible on a log axis counts,
    though its depth is nothing beside the highest values.
    """
    wanted = {"minimum": settings.minima, "saddle": settings.saddles, "maximum": settings.maxima}
    shown = []
    for point in points:
        if point.boundary or not wanted[point.kind]:
            continue
        if np.isfinite(point.persistence):
            # A minimum is paired with a saddle above it, a maximum with one below, a saddle
            # with either.
            partners = {"minimum": (1,), "maximum": (-1,), "saddle": (1, -1)}[point.kind]
            values = [point.loss, *(point.loss + sign * point.persistence for sign in partners)]
            unit = np.clip(scale.forward(values), 0.0, 1.0)
            if np.abs(unit[1:] - unit[0]).max() < settings.min_persistence:
                continue
        shown.append(point)
    return tuple(shown)


def _lines(
    data: Surface, height: ScaledField, valid: NDArray[np.bool_], levels: Floats, shape: Relief
) -> tuple[IsoLine, ...]:
    if shape.parts != (1, 1):
        # As smooth as the surface is drawn; only there its heights on the scale are known.
        unit, places = shape.unclamped(height), height.scale.forward(levels)
        drawn = iso_lines(shape.x, shape.y, unit, shape.valid, Scale("linear", 0.0, 1.0), places)
        value = dict(zip(places.tolist(), levels.tolist(), strict=True))
        return tuple(IsoLine(value[line.level], line.points, line.closed) for line in drawn)
    step_y, step_x = (max(1, -(-n // LIVE_CONTOUR_POINTS)) for n in data.shape)
    rows, columns = slice(None, None, step_y), slice(None, None, step_x)
    return iso_lines(
        data.x[columns],
        data.y[rows],
        height.values[rows, columns],
        valid[rows, columns],
        height.scale,
        levels,
    )


def _slice(
    data: Surface, height: ScaledField, valid: NDArray[np.bool_], settings: Settings
) -> Slice | LevelCut:
    shown = data if height.values is data.loss else data.replace(loss=height.values)
    axis, position = settings.slice_axis, settings.slice_position
    if axis == "level":
        middle = float(height.scale.inverse(0.5))
        return level_cut(shown, middle if position is None else position, height.scale)
    if axis == "angle":
        if position is None:
            position = _inner(reach_at(data, settings.slice_angle), 0.0)
        return cut_at(shown, settings.slice_angle, position, height.scale)
    if position is None:
        wanted = [0.0]
        if valid.any():
            row, column = np.unravel_index(np.argmin(np.where(valid, height.values, np.inf)), data.shape)
            wanted.insert(0, float(data.x[column] if axis == "x" else data.y[row]))
        ends = data.x if axis == "x" else data.y
        position = _inner((float(ends[0]), float(ends[-1])), *wanted)
    return cut(shown, axis, position, height.scale)


def _inner(ends: tuple[float, float], *wanted: float) -> float:
    """Where an upright cut goes by itself: the first place wanted that leaves enough on either side.

    What lies in front of a cut is hidden: beside the rim that would be all of the surface, or next to
    nothing of it, depending on where the eye is. Else the cut goes through the middle.
    """
    low, high = ends
    least, most = (low * (1 - share) + high * share for share in (_LEAST_LEFT, 1 - _LEAST_LEFT))
    return next((place for place in wanted if least <= place <= most), low / 2 + high / 2)


def _missing(data: Surface | HeightMesh, valid: NDArray[np.bool_]) -> list[str]:
    missing = int(valid.size - np.count_nonzero(valid))
    if not missing:
        return []
    pending = int(np.count_nonzero(data.status == 0)) if isinstance(data, Surface) else 0
    parts = [f"{pending} not computed yet"] if pending else []
    if missing > pending:
        parts.append(f"{missing - pending} not finite")
    return [f"{missing} of {valid.size} points are not drawn: {', '.join(parts)}."]
