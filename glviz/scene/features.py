"""What lies on a surface, as strokes, markers and triangles ready to draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.colors import PATHS, RGB
from compute.surface import Surface
from glviz.scene.colormap import parse_color
from glviz.scene.paths import DrapedPath
from glviz.scene.slices import LevelCut
from glviz.scene.strokes import CROSS, DISC, HOLLOW, STAR, TRIANGLE_DOWN, TRIANGLE_UP, Markers, Strokes
from glviz.scene.theme import Theme
from glviz.scene.view import View
from glviz.settings import Settings

Floats = NDArray[np.float64]

_MOST_STEMS, _LEAST_GAP_W = 160, 0.004
_SHAPES = {"minimum": TRIANGLE_DOWN, "saddle": CROSS, "maximum": TRIANGLE_UP}


@dataclass(frozen=True, eq=False)
class Wall:
    """The upright plane of a slice, filled below the cut: (n, 3) points, (n,) unit, (m, 3) triangles."""

    points: Floats
    unit: Floats
    triangles: NDArray[np.int64]


MANY_POINTS, FLOOR_STEP_W = 30_000, 0.006
"""With more points than these, iso-lines on the floor are drawn in steps of two pixels (world units)."""


def color_of(view: View, values: Floats | float) -> Floats:
    """(..., 3) colour-map colours of height values, 0 to 1."""
    return view.palette.at(view.color.scale.forward(values))


def iso_strokes(view: View, *, on_floor: bool, theme: Theme) -> Strokes:
    """The marching-squares iso-lines, on the floor in their colours or on the surface in ink."""
    bold = {float(level) for level in view.levels[view.level_emphasised]}
    own_colors = view.heights_colored
    dense = sum(len(line.points) for line in view.iso_lines) > MANY_POINTS
    parts = []
    for line in view.iso_lines:
        unit = 0.0 if on_floor else view.unit_height(line.level)
        points = view.frame.points(line.points[:, 0], line.points[:, 1], unit)
        strong = line.level in bold
        if on_floor:
            points[:, 2] = view.frame.floor
            points = thinned(points, FLOOR_STEP_W) if dense else points
            base = color_of(view, line.level) if own_colors else np.array(theme.box)
            # Light colours vanish on a light floor, dark ones on a dark floor.
            luminance = float(base @ (0.2126, 0.7152, 0.0722))
            excess = luminance - 0.55 if sum(theme.background) > 1.5 else 0.30 - luminance
            base = base + (np.array(theme.ink) - base) * float(np.clip(excess * 1.2, 0.0, 0.5))
            color: RGB = (float(base[0]), float(base[1]), float(base[2]))
        else:
            color = line_color(view, line.level)
        width = (2.1 if strong else 1.3) if on_floor else (2.6 if strong else 1.6)
        parts.append(Strokes.polyline(points, color, width, closed=line.closed, opacity=0.95))
    return Strokes.join(parts)


def thinned(points: Floats, step: float) -> Floats:
    """A line with fewer points: both ends, and one for each ``step`` of its length in between.

    Args:
        points: (n, 3) world positions.
        step: world units.
    """
    if len(points) < 3:
        return points
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    kept = np.diff(np.floor(along / step), prepend=-1.0) > 0
    kept[-1] = True
    return points[kept]


def line_color(view: View, level: float) -> RGB:
    """Colour of an iso-line on the surface that is drawn as geometry."""
    wish = view.settings.contour_color
    if wish == "ink" or (wish == "value" and view.labels is not None):
        return (0.10, 0.10, 0.12)
    if wish != "value":
        return parse_color(wish)
    red, green, blue = view.palette.at(view.color.scale.forward(level))
    return float(red), float(green), float(blue)


def missing_patches(view: View) -> Floats:
    """(6 n, 3) world corners of triangles on the floor under cells that lack a finite value.

    Cells that are not computed yet are left blank: nothing is known of them.
    """
    data = view.data
    if view.valid.all():
        return np.zeros((0, 3))
    row, column = np.nonzero(lacking_cells(view))
    x, y = view.frame.x_world(data.x), view.frame.y_world(data.y)
    x0, x1, y0, y1 = x[column], x[column + 1], y[row], y[row + 1]
    z = np.full(len(row), view.frame.floor)
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y0), (x1, y1), (x0, y1)]
    return np.stack([np.stack([a, b, z], axis=1) for a, b in corners], axis=1).reshape(-1, 3)


def lacking_cells(view: View) -> NDArray[np.bool_]:
    """(ny - 1, nx - 1) cells that lack a finite value; those not computed yet are not among them."""
    data = view.data
    assert isinstance(data, Surface)
    pending = (data.status == 0) if view.height.values is data.loss else np.zeros(data.shape, dtype=bool)
    return any_corner(~view.valid) & ~any_corner(pending)


def any_corner(marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(ny - 1, nx - 1) whether any of a cell's four points is marked."""
    return np.asarray(marked[:-1, :-1] | marked[1:, :-1] | marked[:-1, 1:] | marked[1:, 1:])


def path_color(index: int, theme: Theme) -> RGB:
    """The colour of the path of that number."""
    return theme.path if index == 0 else PATHS[index % len(PATHS)]


def path_strokes(
    paths: tuple[DrapedPath, ...], settings: Settings, theme: Theme
) -> tuple[Strokes, Strokes, Strokes]:
    """Rims, cores and stems of paths as far as they are drawn; unknown heights are dashed."""
    rims, cores, stems = [], [], []
    for index, path in enumerate(paths):
        last = line_end(path, settings.path_progress)
        line = path.line_world[: last + 1]
        dash = np.where(path.known[:last], 0.0, 0.05)
        rims.append(Strokes.polyline(line, theme.path_rim, 5.2, dash=dash))
        colors = faded(path, path_color(index, theme), settings, theme)
        cores.append(Strokes.polyline(line, colors[:last], 2.8, dash=dash))
        reached = stations_shown(path, settings.path_progress)
        shown = np.arange(0, reached, 1 + len(path.station) // _MOST_STEMS)
        gap = np.abs(path.stations_world[shown, 2] - path.feet_world[shown, 2])
        shown = shown[gap > _LEAST_GAP_W]  # NaN, no surface there, is not
        stems.append(
            Strokes.segments(
                path.stations_world[shown], path.feet_world[shown], path_color(index, theme), 1.1, opacity=0.7
            )
        )
    return Strokes.join(rims), Strokes.join(cores), Strokes.join(stems)


def stations_shown(path: DrapedPath, progress: float) -> int:
    """How many of a path's points are reached."""
    return int(np.floor(progress * (len(path.station) - 1) + 1e-9)) + 1 if len(path.station) else 0


def line_end(path: DrapedPath, progress: float) -> int:
    """The last vertex of the line that is drawn."""
    if not len(path.station):
        return 0
    place = progress * (len(path.station) - 1)
    return int(round(float(np.interp(place, np.arange(len(path.station)), path.station))))


def faded(path: DrapedPath, color: RGB, settings: Settings, theme: Theme) -> Floats:
    """(m - 1, 3) colours along a path: paler where it is farther from the plane."""
    pieces = max(0, len(path.line_world) - 1)
    own = np.tile(np.array(color), (pieces, 1))
    far = np.nan_to_num(path.residual)
    if not settings.path_fade or not far.size or far.max() <= 0:
        return own
    share = np.interp(np.arange(pieces) + 0.5, path.station, far / far.max())[:, None]
    # Paler, not translucent: overlapping pieces would show as beads.
    return own + (np.array(theme.background) - own) * 0.78 * share


def path_markers(paths: tuple[DrapedPath, ...], settings: Settings, theme: Theme) -> Markers:
    """Stations as small dots, a disc at the start and a star at the end of each path."""
    parts = []
    for index, path in enumerate(paths):
        count = stations_shown(path, settings.path_progress)
        stations = path.stations_world
        if not count:
            continue
        color = path_color(index, theme)
        if len(stations) <= 60:
            parts.append(Markers.at(stations[1 : count if count < len(stations) else -1], color, 2.4, DISC))
        parts.append(Markers.at(stations[:1], color, 6.0, DISC))
        head = path.line_world[line_end(path, settings.path_progress)]
        parts.append(Markers.at(head, color, 10.0, STAR))
    return Markers.join(parts)


def critical_markers(view: View, theme: Theme) -> Markers:
    """Critical points, on the surface at their place, by shape and colour; hollow if they may be noise."""
    if not view.critical_points:
        return Markers.join(())
    x = np.array([p.x for p in view.critical_points])
    y = np.array([p.y for p in view.critical_points])
    unit = np.array([view.unit_height(p.loss) for p in view.critical_points])
    shape = view.relief
    if shape is not None:
        drawn = np.clip(shape.unclamped_at(view.height, x, y), 0.0, 1.0)
        unit = np.where(np.isfinite(drawn), drawn, unit)
    points = view.frame.points(x, y, unit)
    colors = {"minimum": theme.minimum, "saddle": theme.saddle, "maximum": theme.maximum}
    return Markers.join(
        Markers.at(
            points[i : i + 1], colors[p.kind], 6.5, _SHAPES[p.kind] + HOLLOW * (p.significant is False)
        )
        for i, p in enumerate(view.critical_points)
    )


def cut_lines(view: View) -> tuple[Floats, ...]:
    """(n, 3) world points of each line along the cut; where there is no value it is broken in two."""
    section = view.slice
    if section is None:
        return ()
    if isinstance(section, LevelCut):
        unit = view.unit_height(section.position)
        return tuple(view.frame.points(line.points[:, 0], line.points[:, 1], unit) for line in section.lines)
    finite = np.isfinite(section.values)
    heights = np.clip(np.nan_to_num(view.height.scale.forward(section.values)), 0.0, 1.0)
    points = view.frame.points(section.x, section.y, heights)
    ends = np.flatnonzero(np.diff(finite.astype(np.int8)) != 0) + 1
    runs = zip(np.split(points, ends), np.split(finite, ends), strict=True)
    return tuple(run for run, known in runs if len(run) > 1 and known[0])


def cut_strokes(view: View, theme: Theme) -> Strokes:
    """The lines along the cut, in the colour of the file where several are overlaid."""
    own = view.settings.colormap.startswith("#")
    color = parse_color(view.settings.colormap) if own else theme.cut
    return Strokes.join(Strokes.polyline(line, color, 3.0) for line in cut_lines(view))


def wall(view: View) -> Wall:
    """The plane of the slice between the floor of the data and the cut."""
    points, triangles, start = [np.zeros((0, 3))], [np.zeros((0, 3), dtype=np.int64)], 0
    for top in cut_lines(view):
        n = len(top)
        first = np.arange(n - 1) + start
        triangles.append(np.stack([first, first + 1, first + n], 1))
        triangles.append(np.stack([first + 1, first + n + 1, first + n], 1))
        points += [top, top * (1.0, 1.0, 0.0)]
        start += 2 * n
    corners = np.concatenate(points)
    unit = np.clip(corners[:, 2] / view.frame.top, 0.0, 1.0)
    if view.labels is not None:
        unit = np.ones_like(unit)  # a height has no label: the colour of none
    return Wall(corners, unit, np.concatenate(triangles))
