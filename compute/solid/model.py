"""A surface with all that lies on it as one model, in metres, y up, standing on the origin."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute import colors
from compute.analysis import critical_points
from compute.scales import emphasised, iso_levels
from compute.solid import shapes
from compute.solid.colors import ramp_texture, ramp_uv
from compute.solid.contours import Line, iso_lines
from compute.solid.drape import draped, thinned
from compute.solid.look import ModelLook
from compute.solid.parts import Material, Model, Part, joined, vertex_normals
from compute.solid.stage import Stage, shaped, stage_for
from compute.solid.terrain import Terrain
from compute.surface import CriticalPoint, Curve, HeightMesh, Surface

__all__ = ["build"]

Floats = NDArray[np.float64]

MOST_POINTS = 40  # critical points marked

# Of the longer side.
_LINE, _BOLD, _PATH, _END, _MARK = 0.0014, 0.0021, 0.0045, 0.009, 0.011
_STEPS = (1e-4, 1 / 200, 1 / 100, 1 / 60)  # lengths of the pieces of an iso-line
_LINE_SIDES, _PATH_SIDES = 4, 8

_INK = (0.10, 0.10, 0.12)
_KINDS = (
    ("minimum", "minima", colors.MINIMUM, shapes.ball),
    ("saddle", "saddles", colors.SADDLE, shapes.diamond),
    ("maximum", "maxima", colors.MAXIMUM, shapes.cone),
)


def build(data: Surface | HeightMesh | Curve, look: ModelLook | None = None, name: str = "surface") -> Model:
    """The model of a surface or a mesh.

    Cells without a value are left out. The colour map is a texture that every height has its
    place in, so that colours are exact between vertices too.

    Args:
        data: what to show.
        look: how.
        name: of the model.

    Raises:
        ArgumentError: there is nothing to show, or the look cannot be had.
    """
    look = look or ModelLook()
    stage = stage_for(data, look)
    assert not isinstance(data, Curve)  # it has no stage
    marks, about = _marks(data, look, stage)
    notices = [*stage.notices, *about]
    taken = sum(len(mark.triangles) for mark in marks)
    spare = None if look.max_triangles is None else look.max_triangles - taken
    lines_room = spare // 4 if spare is not None and look.contours else 0
    ground, about = shaped(data, look, stage, None if spare is None else spare - lines_room)
    notices += about
    unit = stage.unit(ground.value)
    surface = _surface(ground, unit, stage, look)
    room = None if spare is None else spare - len(ground.triangles)
    lines, about = _contours(surface.points, unit, ground, stage, look, room)
    parts = _standing([surface, *lines, *marks], look)
    return Model(name, parts, data.meta, (*notices, *about), _meaning(data, stage))


def _meaning(data: Surface | HeightMesh, stage: Stage) -> dict[str, Any]:
    mesh = isinstance(data, HeightMesh)
    axes = {name: axis[data.finite] if mesh else axis for name, axis in (("x", data.x), ("y", data.y))}
    ranges = {name: [float(axis.min()), float(axis.max())] for name, axis in axes.items()}
    scale = stage.scale
    return {"field": data.field, "scale": scale.kind, "low": scale.low, "high": scale.high, **ranges}


def _surface(ground: Terrain, unit: Floats, stage: Stage, look: ModelLook) -> Part:
    points = stage.placement.y_up(ground.x, ground.y, unit)
    normals = vertex_normals(points, ground.triangles, 1)
    material = Material("surface", texture=ramp_texture(look.colormap), roughness=0.65)
    return Part("surface", points, normals, ground.triangles, material, ramp_uv(unit))


def _contours(
    points: Floats, unit: Floats, ground: Terrain, stage: Stage, look: ModelLook, room: int | None
) -> tuple[list[Part], list[str]]:
    """Iso-lines as tubes half sunk into the surface; of fewer pieces, then fewer, where room is short."""
    values = iso_levels(stage.scale, ground.value, look.contours) if look.contours else np.empty(0)
    radii = np.where(emphasised(values), _BOLD, _LINE) * look.size
    traced = [iso_lines(points, unit, ground.triangles, height) for height in stage.unit(values).tolist()]
    strides = [(step, 1) for step in _STEPS] + [(_STEPS[-1], k) for k in range(2, len(traced) + 1)]
    drawn: list[list[Line]] = []
    for step, stride in strides:
        drawn = [_coarser(lines, step * look.size) for lines in traced[::stride]]
        size = sum(shapes.tube_triangles(len(x.points), _LINE_SIDES, x.closed) for one in drawn for x in one)
        if room is None or size <= room:
            break
    else:
        return [], ["No iso-lines: there is no room for them among so few triangles."] if traced else []
    pieces = [
        shapes.tube(line.points, float(radius), _LINE_SIDES, closed=line.closed)
        for lines, radius in zip(drawn, radii[::stride], strict=True)
        for line in lines
    ]
    about = [f"{len(drawn)} iso-lines of {len(traced)}: triangles are few."] if stride > 1 else []
    return _part("contours", pieces, Material("contours", _INK, roughness=0.9)), about


def _coarser(lines: list[Line], step: float) -> list[Line]:
    """Lines of pieces about as long as ``step``; rings that this leaves nothing of are left out."""
    found = [dataclasses.replace(line, points=thinned(line.points, step)) for line in lines]
    return [line for line in found if len(line.points) > (2 if line.closed else 1)]


def _marks(data: Surface | HeightMesh, look: ModelLook, stage: Stage) -> tuple[list[Part], list[str]]:
    """Paths and critical points, within three tenths of the triangles."""
    parts: list[Part] = []
    notices: list[str] = []
    room = math.inf if look.max_triangles is None else 0.15 * look.max_triangles
    if look.paths and isinstance(data, Surface) and data.paths:
        step = look.size / 200
        while step < 4 * look.size:
            found = _paths(data, look, stage, step)
            if sum(len(part.triangles) for part in found) <= room:
                parts += found
                break
            step *= 1.5
        missing = len(data.paths) - len(parts)
        if missing:
            notices.append(f"{missing} of {len(data.paths)} paths left out: not on the surface, or no room.")
    if look.points:
        points = [p for p in _critical(data) if not p.boundary and p.significant is not False]
        points.sort(key=lambda p: -math.inf if math.isnan(p.persistence) else p.persistence, reverse=True)
        shown = points[: int(min(MOST_POINTS, room // 80))]
        if len(shown) < len(points):
            notices.append(f"{len(shown)} of {len(points)} critical points marked, the most persistent ones.")
        for kind, plural, color, shape in _KINDS:
            chosen = [point for point in shown if point.kind == kind]
            x, y, value = (np.array([getattr(p, key) for p in chosen]) for key in ("x", "y", "loss"))
            centers = stage.placement.y_up(x, y, stage.unit(value)) if chosen else np.empty((0, 3))
            pieces = [shape(center, _MARK * look.size) for center in centers]
            parts += _part(plural, pieces, Material(plural, color, roughness=0.4))
    return parts, notices


def _critical(data: Surface | HeightMesh) -> tuple[CriticalPoint, ...]:
    stored = data.critical_points if isinstance(data, Surface) else ()
    return stored or tuple(critical_points(data, resolved=True))


def _paths(data: Surface, look: ModelLook, stage: Stage, step: float) -> list[Part]:
    unit = np.where(data.finite, stage.unit(data.loss), np.nan)
    parts: list[Part] = []
    for number, path in enumerate(data.paths):
        pieces = []
        for x, y, height in draped(path, data, unit):
            line = thinned(stage.placement.y_up(x, y, height), step)
            if len(line) < 2:
                continue
            pieces.append(shapes.tube(line, _PATH * look.size, _PATH_SIDES))
            pieces += [shapes.ball(end, _END * look.size) for end in (line[0], line[-1])]
        material = Material(f"path {number + 1}", colors.PATHS[number % len(colors.PATHS)], roughness=0.4)
        parts += _part(f"path {number + 1} {path.name}".strip(), pieces, material)
    return parts


def _part(name: str, pieces: list[shapes.Shape], material: Material) -> list[Part]:
    return [Part(name, *joined(pieces), material)] if pieces else []


def _standing(parts: Iterable[Part], look: ModelLook) -> tuple[Part, ...]:
    """The parts moved up so that none is below the floor, and no wider in all than was asked for."""
    parts = tuple(parts)
    low = np.min([part.points.min(axis=0) for part in parts], axis=0)
    high = np.max([part.points.max(axis=0) for part in parts], axis=0)
    # Lines that end at the rim reach over it by their radius.
    reach = 2 * max(float(np.abs([low[axis], high[axis]]).max()) for axis in (0, 2))
    scale = min(1.0, look.size / reach) if reach > 0 else 1.0
    down = np.array([0.0, low[1], 0.0])
    return tuple(dataclasses.replace(part, points=(part.points - down) * scale) for part in parts)
