"""A surface or a mesh as triangles over its plane, all of them or fewer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.analysis.meshes import Triangulation
from compute.errors import ArgumentError
from compute.surface import HeightMesh, Surface

__all__ = ["Terrain", "open_edges", "terrain"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Terrain:
    """Vertices with a height, and triangles counter-clockwise seen from above.

    Attributes:
        x, y, value: (n,) finite; data units. Every vertex is a corner of a triangle.
        triangles: (m, 3).
    """

    x: Floats
    y: Floats
    value: Floats
    triangles: Ints

    def keeping(self, triangles: Ints) -> Terrain:
        """Only these triangles, and of the vertices only their corners."""
        used = np.zeros(self.value.size, dtype=bool)
        used[triangles] = True
        place = np.cumsum(used) - 1
        return Terrain(self.x[used], self.y[used], self.value[used], place[triangles])


def terrain(data: Surface | HeightMesh, most: int | None = None) -> tuple[Terrain, bool]:
    """The triangles of a surface or mesh.

    A cell of a grid is there if its four corners are finite; of its two diagonals it has the
    one whose ends differ less. A grid is thinned to at most ``most`` triangles by taking
    some of its lines, as evenly as may be, always the outermost and those through the
    lowest and the highest point; a cell of the thinned grid is there if every point in
    it is finite. A mesh is never thinned here.

    Args:
        data: what to triangulate.
        most: triangles, at least 2.

    Returns:
        The terrain, and whether lines were left out.

    Raises:
        ArgumentError: there is nothing finite that has an area.
    """
    if isinstance(data, HeightMesh):
        found, thinned = _of_mesh(data), False
    else:
        lines = _lines(data, most)
        thinned = lines[0].size < data.y.size or lines[1].size < data.x.size
        found = _of_grid(data, *lines)
    if isinstance(data, Surface) and min(data.shape) < 2:
        rows, columns = data.shape
        what = f"it has {rows} × {columns} points, and so no cell between them"
        raise ArgumentError(
            "making a model", what, "Give a surface of at least 2 × 2; a curve can be plotted."
        )
    if not found.triangles.size:
        raise ArgumentError(
            "making a model",
            "no cell of it has all its corners finite",
            "Is it still being computed, or are there no faces?",
        )
    return found, thinned


def _lines(surface: Surface, most: int | None) -> tuple[Ints, Ints]:
    """Which rows and columns of a grid are taken."""
    ny, nx = surface.shape
    rows, columns = max(ny - 1, 1), max(nx - 1, 1)
    if most is None or 2 * rows * columns <= most:
        return np.arange(ny), np.arange(nx)
    share = math.sqrt(most / (2 * rows * columns))
    fewer_rows = min(rows, max(1, int(share * rows)))
    fewer_columns = min(columns, max(1, most // (2 * fewer_rows)))
    finite = surface.finite
    if finite.any():
        low = np.unravel_index(np.where(finite, surface.loss, np.inf).argmin(), finite.shape)
        high = np.unravel_index(np.where(finite, surface.loss, -np.inf).argmax(), finite.shape)
    else:
        low = high = (np.int64(0), np.int64(0))
    return (
        _chosen(ny, fewer_rows, (int(low[0]), int(high[0]))),
        _chosen(nx, fewer_columns, (int(low[1]), int(high[1]))),
    )


def _chosen(count: int, cells: int, wanted: tuple[int, int]) -> Ints:
    """``cells + 1`` of ``count`` lines, both ends and those wanted among them (as far as there is room)."""
    lines = np.unique(np.rint(np.linspace(0, count - 1, cells + 1)).astype(np.int64))
    kept = {0, count - 1}
    for line in wanted:
        if line not in kept and lines.size > len(kept):
            free = np.array([place for place, value in enumerate(lines.tolist()) if value not in kept])
            lines[free[np.abs(lines[free] - line).argmin()]] = line
            kept.add(line)
    return np.unique(lines)


def _of_grid(surface: Surface, rows: Ints, columns: Ints) -> Terrain:
    finite = surface.finite
    whole = np.zeros((max(rows.size - 1, 0), max(columns.size - 1, 0)), dtype=bool)
    if whole.size:
        # How many points lack a value in the block of each cell, its border included.
        lacking = np.pad(np.cumsum(np.cumsum(~finite, axis=0, dtype=np.int64), axis=1), ((1, 0), (1, 0)))
        top, bottom = rows[:-1, None], rows[1:, None] + 1
        left, right = columns[None, :-1], columns[None, 1:] + 1
        whole = lacking[bottom, right] - lacking[top, right] - lacking[bottom, left] + lacking[top, left] == 0
    value = surface.loss[np.ix_(rows, columns)]
    j, i = np.nonzero(whole)
    width = columns.size
    first = j * width + i
    corners = [first, first + 1, first + width + 1, first + width]
    flat = value.ravel()
    a, b, c, d = (flat[corner] for corner in corners)
    # Halves: a difference of two float64 can overflow.
    straight = np.abs(a / 2 - c / 2) <= np.abs(b / 2 - d / 2)
    one = np.where(straight, [corners[0], corners[1], corners[2]], [corners[0], corners[1], corners[3]])
    two = np.where(straight, [corners[0], corners[2], corners[3]], [corners[1], corners[2], corners[3]])
    triangles = np.stack([one, two]).transpose(2, 0, 1).reshape(-1, 3)
    x = np.broadcast_to(surface.x[columns], value.shape).ravel()
    y = np.repeat(surface.y[rows], width)
    return Terrain(x, y, flat, triangles).keeping(triangles)


def _of_mesh(mesh: HeightMesh) -> Terrain:
    triangles = Triangulation.of(mesh).triangles
    area = _areas(mesh.x, mesh.y, triangles)
    triangles = np.where((area < 0)[:, None], triangles[:, ::-1], triangles)
    return Terrain(mesh.x, mesh.y, mesh.height, triangles).keeping(triangles)


def _areas(x: Floats, y: Floats, triangles: Ints) -> Floats:
    """(m,) twice the areas of triangles in the plane, positive where they run counter-clockwise."""
    a, b, c = triangles.T
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray((x[b] - x[a]) * (y[c] - y[a]) - (x[c] - x[a]) * (y[b] - y[a]))


def open_edges(triangles: Ints, count: int) -> tuple[Ints, Ints]:
    """Edges (start, end) of one triangle only, in the direction in which it has them.

    Args:
        triangles: (m, 3) indices.
        count: of vertices.
    """
    start, end = triangles.ravel(), np.roll(triangles, -1, axis=1).ravel()
    code = np.minimum(start, end) * count + np.maximum(start, end)
    ordered = np.sort(code)
    fresh = np.concatenate([[True], ordered[1:] != ordered[:-1], [True]])
    single = ordered[fresh[:-1] & fresh[1:]]
    if not single.size:
        return start[:0], end[:0]
    # Few against many: np.isin would sort them all again.
    place = np.minimum(np.searchsorted(single, code), single.size - 1)
    alone = single[place] == code
    return start[alone], end[alone]
