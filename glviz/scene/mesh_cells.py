"""How fine a mesh must be for the surface drawn with it to look like a finer one.

Normals, colours and iso-lines are worked out for each pixel from the data; the mesh only says
which pixels the surface covers, and which part of it lies in front. Where the surface is smooth
a few triangles say the same, to a part of a pixel, and a processor that draws them takes a third
of the time; ``triangles`` chooses them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glviz.scene.camera import Camera
from glviz.scene.frame import Frame

__all__ = [
    "DEPTH_TOLERANCE", "at_vertices", "finest_cells", "tolerance_px", "vertex_heights", "vertical_px",
]  # fmt: skip

Floats = NDArray[np.float64]

TOLERANCE_PX = 0.035
"""How far a mesh may be from the finest one, in the picture, at its worst vertex.

Measured: one pixel in 30,000 changes by more than 3 of 255, for a quarter of the triangles.
"""

COARSE_TOLERANCE_PX = 0.1
"""The same where the finest mesh itself passes over samples of the data.

Measured at 2048 samples a side: one pixel in 900 changes by more than 3 of 255, all at outlines,
for a tenth of the triangles and a third of the processor's time.
"""

DEPTH_TOLERANCE = 1e-3
"""The same as a part of the box's height: seen from above pixels do not tell, but marks on it do."""


def finest_cells(samples: int, wanted: int) -> int:
    """Cells along one axis: a multiple of the data's where they are fewer than wanted.

    So every sample of a small grid is a vertex, and each of its cells is drawn as the
    bilinear patch that the fragments see. The multiple is a power of two, to be halved again.
    """
    cells = max(1, samples - 1)
    return cells << (max(1, wanted // cells).bit_length() - 1) if cells <= wanted else wanted


def tolerance_px(shape: tuple[int, ...], cells: tuple[int, int]) -> float:
    """How far the triangles may be from those of the finest mesh, in the picture.

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
