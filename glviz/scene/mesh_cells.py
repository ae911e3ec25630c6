"""How fine a mesh must be for the surface drawn with it to look like a finer one.

Normals, colours and iso-lines are worked out for each pixel from the data; the mesh only says
which pixels the surface covers, and which part of it lies in front. Where the surface is smooth
a mesh of few triangles says the same, to a part of a pixel, and a processor that draws them
takes a third of the time. Each candidate is held against the finest: the heights of its
triangles, at all vertices of the finest mesh.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glviz.scene.camera import Camera
from glviz.scene.frame import Frame

__all__ = ["at_vertices", "finest_cells", "joining_errors", "tolerance_px", "vertex_heights", "vertical_px"]

Floats = NDArray[np.float64]

TOLERANCE_PX = 0.07
"""How far a mesh may be from the finest one, in the picture, at its worst vertex."""

COARSE_TOLERANCE_PX = 0.25
"""The same where the finest mesh itself passes over samples of the data.

Measured at 1024 and 2048 samples a side: one pixel in 3,500 changes by more than 3 of 255, all at
outlines, and the surface is drawn in half the time, 90 ms sooner.
"""

FACTORS = (16, 10, 8, 6, 5, 4, 3, 2)


def finest_cells(samples: int, wanted: int) -> int:
    """Cells along one axis: a multiple of the data's where they are fewer than wanted.

    So every sample of a small grid is a vertex, and each of its cells is drawn as the
    bilinear patch that the fragments see. The multiple is a power of two, to be halved again.
    """
    cells = max(1, samples - 1)
    return cells << (max(1, wanted // cells).bit_length() - 1) if cells <= wanted else wanted


def tolerance_px(shape: tuple[int, ...], cells: tuple[int, int]) -> float:
    """How far joined cells may be from the finest ones, in the picture.

    Args:
        shape: (ny, nx) of the data's lattice.
        cells: of the finest mesh along x and y.
    """
    passes_over = shape[1] - 1 > cells[0] and shape[0] - 1 > cells[1]
    return COARSE_TOLERANCE_PX if passes_over else TOLERANCE_PX


def vertex_heights(height: NDArray[np.float32], cells: tuple[int, int]) -> Floats:
    """Heights at the vertices of a mesh that is evenly spread over a lattice.

    Args:
        height: (ny, nx) of the lattice.
        cells: of the mesh along x and y.

    Returns:
        (cells[1] + 1, cells[0] + 1), bilinear between the lattice's points, as
        ``shaders/surface.glsl`` has them.
    """
    return at_vertices(at_vertices(height, cells[1]).T, cells[0]).T


def at_vertices(values: NDArray[Any], cells: int) -> NDArray[Any]:
    """Values along the first axis at ``cells + 1`` places evenly spread over it."""
    last = len(values) - 1
    place = np.arange(cells + 1) * (last / cells)
    low = np.clip(np.floor(place).astype(np.int64), 0, max(0, last - 1))
    share = (place - low).reshape(-1, *[1] * (values.ndim - 1))
    mixed = values[low] * (1.0 - share) + values[np.minimum(low + 1, last)] * share
    return np.asarray(mixed)


def vertical_px(frame: Frame, camera: Camera, size_px: tuple[int, int]) -> float:
    """The most pixels that the height of the box takes, at any of its edges.

    Infinite where an edge passes the eye.
    """
    (hx, hy), top = frame.half, frame.top
    foot = np.array([(x, y, 0.0) for x in (-hx, hx) for y in (-hy, hy)])
    ends = [camera.project(foot + (0.0, 0.0, z), size_px)[:, :2] for z in (0.0, top)]
    length = np.hypot(*(ends[1] - ends[0]).T)
    return float(length.max()) if np.all(np.isfinite(length)) else np.inf


def joining_errors(heights: ArrayLike, x: ArrayLike, y: ArrayLike) -> dict[int, float]:
    """What it costs to join the cells of a mesh.

    Args:
        heights: (ny, nx) at the vertices of the finest mesh.
        x: (nx,) their places. Cells along an uneven axis are joined only where the joined ones
            are even, to a hundredth of one.
        y: (ny,).

    Returns:
        For each factor by which the cells can be joined, the largest first, by how much the
        triangles of the joined cells miss a vertex that is none of theirs.
    """
    h = np.asarray(heights, dtype=np.float32)
    errors = {}
    for factor in FACTORS:
        divides = not any(n % factor for n in np.subtract(h.shape, 1))
        if divides and _is_even(x, factor) and _is_even(y, factor):
            errors[factor] = _largest_error(h, factor)
    return errors


def _is_even(axis: ArrayLike, factor: int) -> bool:
    places = np.asarray(axis, dtype=np.float64)
    off = np.abs(places[:-1].reshape(-1, factor) - _straight(places[::factor], factor))
    return bool((off <= 0.01 * np.abs(np.diff(places[::factor]))[:, None]).all())


def _straight(ends: NDArray[Any], factor: int) -> NDArray[Any]:
    """(n - 1, factor) values on the straight lines between (n,) neighbours."""
    share = np.arange(factor, dtype=ends.dtype) / factor
    return np.asarray(ends[:-1, None] + np.diff(ends)[:, None] * share)


def _largest_error(h: NDArray[np.float32], factor: int) -> float:
    rows, columns = np.subtract(h.shape, 1) // factor
    inner = h[:-1, :-1].reshape(rows, factor, columns, factor)
    a, b, c, d = (
        h[j : len(h) - factor + j : factor, i : h.shape[1] - factor + i : factor][:, None, :, None]
        for j, i in ((0, 0), (0, factor), (factor, factor), (factor, 0))
    )
    u = (np.arange(factor, dtype=np.float32) / factor)[None, None, None, :]
    v = (np.arange(factor, dtype=np.float32) / factor)[None, :, None, None]
    # Each cell is cut from a to c: (a, b, c) below the cut, (a, c, d) above it.
    plane = np.where(u >= v, a + u * (b - a) + v * (c - b), a + u * (c - d) + v * (d - a))
    found = float(np.abs(inner - plane).max())
    for edge in (h[-1], h[:, -1]):  # these belong to no cell's lower corner
        off = np.abs(edge[:-1].reshape(-1, factor) - _straight(edge[::factor], factor))
        found = max(found, float(off.max()))
    return found
