"""Surfaces as binary STL files, for 3-D printing: a closed body with a base, in millimetres, z up.

80 bytes of text, the number of triangles (uint32), and 50 bytes a triangle: its normal and its
corners as float32, and two bytes of nothing. The format knows no unit; slicers take millimetres.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np

from compute.files.atomic import replacing
from compute.solid import ModelLook, printable
from compute.surface import Curve, HeightMesh, Surface

__all__ = ["left_out", "save"]

_MILLIMETRES = 1000.0


def save(
    obj: Surface | HeightMesh | Curve,
    path: str | os.PathLike[str],
    *,
    size: float = 0.12,
    max_triangles: int | None = None,
) -> tuple[str, ...]:
    """Write a surface as a body to print.

    Cells without a value become holes through it.

    Args:
        obj: a surface or a mesh.
        path: where.
        size: the longer side, in metres.
        max_triangles: at most about so many; None for all there are.

    Returns:
        What was found or left out on the way, a sentence each.

    Raises:
        ArgumentError: it has no area, or cannot be closed.
        OSError: the file cannot be written.
    """
    body = printable(obj, ModelLook(size=size, max_triangles=max_triangles))
    corners = (body.points * _MILLIMETRES).astype(np.float32)[body.triangles]
    rows = np.zeros(len(corners), [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("spare", "<u2")])
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    normals = np.cross(one.astype(np.float64), two)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    rows["normal"] = normals / np.where(length > 0, length, 1.0)
    rows["corners"] = corners
    # Not "solid": that is how a text file begins.
    header = b"glviz: loss surface, millimetres, z up".ljust(80, b"\0")
    with replacing(path) as stream:
        stream.write(header)
        stream.write(len(rows).to_bytes(4, "little"))
        stream.write(memoryview(rows.view(np.uint8)))  # type: ignore[arg-type]
    return body.notices


def left_out(obj: Surface | HeightMesh | Curve, **options: object) -> Iterator[str]:
    """What of a surface is not in such a file, a sentence each, whatever its options."""
    yield "STL holds a shape: left out the values themselves, colours, iso-lines, points, paths, provenance"
