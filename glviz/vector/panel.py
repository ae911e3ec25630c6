"""One map of a figure: the surface seen from above, all that lies on it, and its axes.

Coordinates within the frame come from the window's own world coordinates, so a map has the same
proportions, and its lines are the same marching-squares lines, point for point.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.scales import Scale, Tick, fitted_ticks
from glviz.scene.captions import axis_name, reading
from glviz.scene.contour_labels import level_texts, line_labels
from glviz.scene.features import cut_lines, faded, line_color, line_end, path_color, stations_shown
from glviz.scene.paths import DrapedPath
from glviz.scene.theme import RGB, Theme, theme_for
from glviz.scene.view import View
from glviz.vector import field
from glviz.vector.bar import NAME, TICK, bar, bar_width
from glviz.vector.marks import color_of_kind, mark
from glviz.vector.shapes import Area, Box, Disc, Floats, Group, Image, Line, Shape, Text, rectangle, turned
from glviz.vector.text import CAP_HEIGHT, width_of

Flags = NDArray[np.bool_]

_TICK_LENGTH, _GAP = 2.5, 2.0
_LABEL, _MOST_LABELS, _APART = 5.8, 60, 1.0
_THIN, _THICK = 0.45, 0.95
_MARK, _DOT = 2.9, 0.85
_CROWD, _SMALLEST = 60, 0.5
"""With more critical points than these their marks shrink, down to this share."""

_DOTTED = 60
"""Paths of so few points show each of them."""

_TALLEST, _TALLEST_PT = 1.3, 652.0
"""Height of the frame beside its width at most, unless it is no more than that of a page's text, 230 mm."""


@dataclass(frozen=True)
class Place:
    """Where the frame of a map lies, and how world coordinates come there.

    Attributes:
        box: of the frame, in points.
        half: (x, y) half the sides of the box in world units.
    """

    box: Box
    half: tuple[float, float]

    def points(self, world: Floats) -> Floats:
        """(n, 2) page positions of (n, 2 or more) world positions seen from above."""
        left, top, right, bottom = self.box
        x = left + (world[:, 0] / self.half[0] + 1.0) / 2 * (right - left)
        y = bottom + (world[:, 1] / self.half[1] + 1.0) / 2 * (top - bottom)
        return np.stack([x, y], axis=1)


def margins(view: View) -> Box:
    """Room for ticks, names and bar around the frame: left, top, right, bottom, in points."""
    settings = view.settings
    left = bottom = 1.0
    right, top = 1.0, 1.0
    if settings.axes:
        widest = max((width_of(tick.label, TICK) for tick in view.ticks_y), default=0.0)
        left = NAME + 3.5 + widest + _GAP + _TICK_LENGTH
        bottom = _TICK_LENGTH + _GAP + TICK + 3.5 + NAME
        right, top = TICK, CAP_HEIGHT * TICK / 2
    if settings.scalar_bar:
        right = 8.0 + bar_width(view)
    return left, top, right, bottom


def frame_size(view: View, room: float) -> tuple[float, float]:
    """Width and height of the frame within a panel of a width, in points."""
    width = max(20.0, frame_room(view, room))
    ratio = view.frame.half[1] / view.frame.half[0]
    width = min(width, max(width * _TALLEST, _TALLEST_PT) / ratio)
    return width, width * ratio


def frame_room(view: View, room: float) -> float:
    """What ticks, names and bar leave of a panel's width for the frame, in points; perhaps nothing."""
    left, _, right, _ = margins(view)
    return room - left - right


def panel(view: View, left: float, top: float, room: float, number: int) -> tuple[Group, float]:
    """A map, and how much height it takes.

    Args:
        view: whose surface.
        left: edge of the panel, in points.
        top: edge of the panel.
        room: its width.
        number: of the panel, from 1; ids end in it, but for the first.
    """
    theme = theme_for(view.settings.background)
    around = margins(view)
    width, height = frame_size(view, room)
    x, y = left + around[0], top + around[1]
    box = (x, y, x + width, y + height)
    place = Place(box, view.frame.half)
    end = "" if number == 1 else f"-{number}"
    levels = view.settings.contours and view.iso_lines
    inside = [Group(f"field{end}", tuple(_field(view, place, theme)))]
    taken = _marks_taken(view, place)
    if levels:
        inside.append(Group(f"contours{end}", tuple(_contours(view, place))))
    if levels and view.settings.contour_labels != "off":
        inside.append(Group(f"contour-labels{end}", tuple(_labels(view, place, taken))))
    if view.slice is not None:
        lines = (Line(place.points(line), theme.cut, 1.1) for line in cut_lines(view))
        inside.append(Group(f"slice{end}", tuple(lines)))
    if view.paths:
        # Only a path may lead out of the frame; not all programs know how to clip.
        clip = None if all(path.inside.all() for path in view.paths) else box
        inside.append(Group(f"paths{end}", tuple(_paths(view, place, theme)), clip=clip))
    if view.critical_points:
        inside.append(Group(f"critical-points{end}", tuple(_critical(view, place, theme))))
    if view.pins:
        inside.append(Group(f"pins{end}", tuple(_pins(view, place, theme))))
    frame = view.frame
    told = {
        "x-range": f"{frame.x_range[0]!r} {frame.x_range[1]!r}",
        "y-range": f"{frame.y_range[0]!r} {frame.y_range[1]!r}",
        "frame": " ".join(f"{side:.7f}" for side in box),
    }
    parts: list[Shape] = [inside[0]]  # the frame lies on the colours, markers on the frame
    parts.append(Line(rectangle(box), theme.ink if view.settings.axes else theme.box, 0.6, closed=True))
    parts += inside[1:]
    if view.settings.axes:
        parts.append(Group(f"axes{end}", tuple(_axes(view, box, left, theme))))
    if view.settings.scalar_bar:
        parts.append(bar(view, box[2] + 8.0, box[1], box[3], theme, f"bar{end}"))
    return Group(f"map{end}", tuple(parts), data=told), around[1] + height + around[3]


# --- the plane -----------------------------------------------------------------------------


def _field(view: View, place: Place, theme: Theme) -> Iterator[Shape]:
    yield Image(field.colors(view), place.box)
    if view.settings.missing == "hatched":
        for ends in field.hatching(view):
            yield Line(place.points(ends), theme.faint, 0.6, opacity=0.55)


def _contours(view: View, place: Place) -> Iterator[Shape]:
    strong = {float(level) for level in view.levels[view.level_emphasised]}
    for line in view.iso_lines:
        world = view.frame.points(line.points[:, 0], line.points[:, 1], 0.0)
        yield Line(
            place.points(world), _ink(view, line.level),
            _THICK if line.level in strong else _THIN, closed=line.closed,
            data={"level": repr(line.level)},
        )  # fmt: skip


def _ink(view: View, level: float) -> RGB:
    """The colour of a line: darker than a bright ground, brighter than a dark one (as ink.glsl has it)."""
    if view.settings.contour_color != "ink" or not view.heights_colored:
        return line_color(view, level)
    ground = np.array(_ground(view, level))
    luminance = float(ground @ (0.2126, 0.7152, 0.0722))
    share = float(np.clip((luminance - 0.10) / 0.16, 0.0, 1.0))
    share = share * share * (3.0 - 2.0 * share)
    bright = ground + (1.0 - ground) * 0.62
    red, green, blue = bright + (ground * 0.30 - bright) * share
    return float(red), float(green), float(blue)


def _labels(view: View, place: Place, taken: list[Box]) -> Iterator[Shape]:
    """Values on their lines, turned with them, on a plate in the colour of the ground."""
    left, top, right, bottom = place.box
    taken, texts = list(taken), level_texts(view)
    for label in line_labels(view, on_floor=True)[:_MOST_LABELS]:
        text = texts[label.level]
        wide = width_of(text, _LABEL)
        ways = place.points(label.along) - place.points(np.zeros_like(label.along))
        for (x, y), (dx, dy) in zip(place.points(label.places).tolist(), ways.tolist(), strict=True):
            angle = -np.degrees(np.arctan2(dy, dx))
            angle = (angle + 90.0) % 180.0 - 90.0  # to be read without turning the page over
            plate = (x - wide / 2 - 1.2, y - 0.5 * _LABEL, x + wide / 2 + 1.2, y + 0.5 * _LABEL)
            corners = turned(rectangle(plate), (x, y), angle)
            (x0, y0), (x1, y1) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
            box = (x0 - _APART, y0 - _APART, x1 + _APART, y1 + _APART)
            inside = box[0] > left and box[1] > top and box[2] < right and box[3] < bottom
            if not inside or any(_overlap(box, other) for other in taken):
                continue
            taken.append(box)
            ground = _ground(view, label.level)
            bright = 0.2126 * ground[0] + 0.7152 * ground[1] + 0.0722 * ground[2] < 0.42
            yield Area(corners, ground, 0.85)
            base = turned(np.array([(x, y + CAP_HEIGHT * _LABEL / 2)]), (x, y), angle)[0]
            ink = (0.98, 0.98, 0.98) if bright else (0.08, 0.08, 0.10)
            yield Text(
                float(base[0]), float(base[1]), text, _LABEL, ink, anchor="middle", angle_deg=float(angle)
            )
            break


def _ground(view: View, level: float) -> RGB:
    """The colour under a line, where the colour is that of the height."""
    if not view.heights_colored:
        return theme_for(view.settings.background).background
    red, green, blue = view.palette.at(view.color.scale.forward(level))
    return float(red), float(green), float(blue)


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _marks_taken(view: View, place: Place) -> list[Box]:
    """What no label may cover: critical points, pins, and points along the paths."""
    spots = [(p.x, p.y) for p in view.critical_points] + [(p.x, p.y) for p in view.pins]
    world = [view.frame.points(x, y, 0.0)[None, :] for x, y in spots]
    world += [path.line_world[:: max(1, len(path.line_world) // 80)] for path in view.paths]
    found = place.points(np.concatenate(world)) if world else np.zeros((0, 2))
    reach = 1.2 * _MARK
    return [(x - reach, y - reach, x + reach, y + reach) for x, y in found.tolist()]


def _paths(view: View, place: Place, theme: Theme) -> Iterator[Shape]:
    settings = view.settings
    for index, path in enumerate(view.paths):
        line, solid, shades = _legs(path, index, view, theme)
        points = place.points(line)
        told = {"path": path.path.name}
        if len(points) > 1:
            yield Line(points, theme.path_rim, 2.6, opacity=0.9)
        for first, last in _runs(solid, shades):
            part = points[first : last + 1]
            color = (float(shades[first][0]), float(shades[first][1]), float(shades[first][2]))
            yield Line(part, color, 1.3, dash=0.0 if solid[first] else 2.6, data=told)
        color = path_color(index, theme)
        count = stations_shown(path, settings.path_progress)
        if not count:
            continue
        if len(path.station) <= _DOTTED:
            for x, y in points[1:count].tolist():
                yield Disc(x, y, 1.25 * _DOT, color)
        for kind, (x, y), size in (("start", points[0], 0.8), ("end", points[-1], 0.95)):
            yield from mark(kind, float(x), float(y), size * _MARK, color, theme.path_rim)


def _legs(path: DrapedPath, index: int, view: View, theme: Theme) -> tuple[Floats, Flags, Floats]:
    """A path's own points as far as it is drawn; of each leg whether it is on the surface, and its colour."""
    settings = view.settings
    count = stations_shown(path, settings.path_progress)
    last = line_end(path, settings.path_progress)
    stops = path.station[:count]
    if count and last > stops[-1]:
        stops = np.append(stops, last)
    starts = stops[:-1]
    colors = faded(path, path_color(index, theme), settings, theme)
    known = [bool(path.known[a:b].all()) for a, b in zip(starts, stops[1:], strict=True)]
    shades = colors[starts] if len(starts) else np.zeros((0, 3))
    return path.line_world[stops], np.array(known, dtype=bool), shades


def _runs(solid: Flags, shades: Floats) -> Iterator[tuple[int, int]]:
    """(first, last) point of each piece that is drawn alike."""
    if not len(solid):
        return
    change = (solid[1:] != solid[:-1]) | (shades[1:] != shades[:-1]).any(axis=1)
    edges = [0, *(np.flatnonzero(change) + 1).tolist(), len(solid)]
    yield from zip(edges[:-1], edges[1:], strict=True)


def _critical(view: View, place: Place, theme: Theme) -> Iterator[Shape]:
    size = _MARK * max(_SMALLEST, min(1.0, float(np.sqrt(_CROWD / len(view.critical_points)))))
    for point in view.critical_points:
        ((x, y),) = place.points(view.frame.points(point.x, point.y, 0.0)[None, :]).tolist()
        hollow = ", hollow" if point.significant is False else ""
        yield from mark(point.kind + hollow, x, y, size, color_of_kind(point.kind, theme), theme.background)


def _pins(view: View, place: Place, theme: Theme) -> Iterator[Shape]:
    left, top, right, bottom = place.box
    for pin in view.pins:
        ((x, y),) = place.points(view.frame.points(pin.x, pin.y, 0.0)[None, :]).tolist()
        if not (left - 0.01 <= x <= right + 0.01 and top - 0.01 <= y <= bottom + 0.01):
            continue
        yield from mark("start", x, y, 1.3, theme.ink, theme.background)
        text = reading(view, *pin.values[0])
        wide = width_of(text, TICK) + 4.0
        x0 = x + 4.0 if x + 4.0 + wide < right else x - 4.0 - wide
        y0 = max(top + 1.0, y - TICK - 5.0)
        yield Area(rectangle((x0, y0, x0 + wide, y0 + TICK + 3.0)), theme.background, 0.9)
        yield Text(x0 + 2.0, y0 + 1.5 + 0.9 * TICK, text, TICK, theme.ink)


# --- the axes ------------------------------------------------------------------------------


def _axes(view: View, box: Box, left: float, theme: Theme) -> Iterator[Shape]:
    x0, y0, x1, y1 = box
    across, up = (Scale("linear", *ends) for ends in (view.frame.x_range, view.frame.y_range))
    for tick in _inside(fitted_ticks(across, 6, lambda label: (width_of(label, TICK) + 2.0) / (x1 - x0))):
        x = x0 + (x1 - x0) * tick.unit
        yield Line(np.array([(x, y1), (x, y1 + _TICK_LENGTH)]), theme.ink, 0.6)
        yield Text(x, y1 + _TICK_LENGTH + _GAP + 0.8 * TICK, tick.label, TICK, theme.ink, anchor="middle")
    for tick in _inside(fitted_ticks(up, 6, lambda label: 1.2 * TICK / (y1 - y0))):
        y = y1 + (y0 - y1) * tick.unit
        yield Line(np.array([(x0, y), (x0 - _TICK_LENGTH, y)]), theme.ink, 0.6)
        at = x0 - _TICK_LENGTH - _GAP
        yield Text(at, y + CAP_HEIGHT * TICK / 2, tick.label, TICK, theme.ink, anchor="end")
    below = y1 + _TICK_LENGTH + _GAP + TICK + 3.5 + 0.8 * NAME
    middle = (x0 / 2 + x1 / 2, y0 / 2 + y1 / 2)
    yield Text(middle[0], below, axis_name(view, "x"), NAME, theme.ink, anchor="middle")
    yield Text(
        left + 0.8 * NAME, middle[1], axis_name(view, "y"), NAME, theme.ink, anchor="middle", angle_deg=90.0
    )


def _inside(marks: tuple[Tick, ...]) -> Iterator[Tick]:
    return (tick for tick in marks if -1e-9 <= tick.unit <= 1.0 + 1e-9)
