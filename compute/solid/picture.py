"""A small picture of a model, by a z-buffer in numpy: no window, no graphics card, no other program.

Every triangle is cut into the pixels of its bounding box, in blocks; a pixel belongs to it where
its three barycentric coordinates are positive, and to the triangle that is nearest there.
Three by three samples a pixel are averaged.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compute.solid.parts import Model, Part

__all__ = ["picture"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SAMPLES = 3  # along either side of a pixel
_BLOCK = 1 << 20  # samples looked at together
_MARGIN = 0.05
_AMBIENT, _DIFFUSE = 0.42, 0.62


def picture(
    model: Model, width: int = 640, height: int = 480, *, azimuth: float = -30.0, elevation: float = 38.0
) -> NDArray[np.uint8]:
    """A parallel view of a model on white, from the front at the left, above.

    Args:
        model: what to draw.
        width: of the picture, in pixels.
        height: of the picture, in pixels.
        azimuth: of the eye, in degrees: 0 in front, 90 at the right.
        elevation: of the eye, in degrees.

    Returns:
        (height, width, 3) sRGB.
    """
    right, up, back = _axes(azimuth, elevation)
    size = np.array([width, height]) * _SAMPLES
    flat = [np.stack([part.points @ right, part.points @ up], axis=1) for part in model.parts]
    low, high = np.min([f.min(axis=0) for f in flat], axis=0), np.max([f.max(axis=0) for f in flat], axis=0)
    scale = float((size * (1 - 2 * _MARGIN) / np.maximum(high - low, 1e-12)).min())
    colors = np.full((size[1], size[0], 3), 255.0)
    depth = np.full((size[1], size[0]), -np.inf)
    light = right * -0.45 + up * 0.65 + back * 0.62
    for part, place in zip(model.parts, flat, strict=True):
        at = (place - (low + high) / 2) * scale + size / 2
        at[:, 1] = size[1] - at[:, 1]
        _draw(part, at, part.points @ back, light / np.linalg.norm(light), back, colors, depth)
    coarse = colors.reshape(height, _SAMPLES, width, _SAMPLES, 3).mean(axis=(1, 3))
    return np.clip(np.rint(coarse), 0, 255).astype(np.uint8)


def _axes(azimuth: float, elevation: float) -> tuple[Floats, Floats, Floats]:
    """Right, up and towards the eye, in a world with y up."""
    a, e = np.radians(azimuth), np.radians(elevation)
    back = np.array([np.cos(e) * np.sin(a), np.sin(e), np.cos(e) * np.cos(a)])
    right = np.array([np.cos(a), 0.0, -np.sin(a)])
    return right, np.cross(back, right), back


def _draw(
    part: Part, at: Floats, distance: Floats, light: Floats, back: Floats, colors: Floats, depth: Floats
) -> None:
    """Draw a part into ``colors`` and ``depth``."""
    limit = np.array(depth.shape[::-1])
    corners = at[part.triangles]
    first = np.clip(np.floor(corners.min(axis=1)), 0, limit).astype(np.int64)
    last = np.clip(np.ceil(corners.max(axis=1)), 0, limit).astype(np.int64)
    box = last - first
    area = box[:, 0] * box[:, 1]
    ends = np.cumsum(area)
    begin = 0
    while begin < len(area):
        before = ends[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(ends, before + _BLOCK, side="right")))
        block = slice(begin, end)
        _draw_block(part, part.triangles[block], corners[block], first[block], box[block], distance, light,
                    back, colors, depth)  # fmt: skip
        begin = end


def _draw_block(
    part: Part, triangles: Ints, corners: Floats, first: Ints, box: Ints, distance: Floats, light: Floats,
    back: Floats, colors: Floats, depth: Floats,
) -> None:  # fmt: skip
    area = box[:, 0] * box[:, 1]
    owner = np.repeat(np.arange(len(area)), area)
    number = np.arange(owner.size) - np.repeat(np.cumsum(area) - area, area)
    row, column = np.divmod(number, box[owner, 0])
    i, j = first[owner, 0] + column, first[owner, 1] + row
    a, b, c = corners.transpose(1, 0, 2)
    whole = _cross(b - a, c - a)
    whole = np.where(np.abs(whole) > 1e-12, whole, np.nan)[owner]
    sample = np.stack([i + 0.5, j + 0.5], axis=1)
    with np.errstate(invalid="ignore"):
        wb = _cross(sample - a[owner], (c - a)[owner]) / whole
        wc = _cross((b - a)[owner], sample - a[owner]) / whole
        inside = (wb >= 0) & (wc >= 0) & (wb + wc <= 1)
    owner, i, j, wb, wc = owner[inside], i[inside], j[inside], wb[inside], wc[inside]
    weights = np.stack([1 - wb - wc, wb, wc], axis=1)
    z = (distance[triangles][owner] * weights).sum(axis=1)
    # Of several samples at one place the nearest is written last.
    near = np.flatnonzero(z > depth[j, i])
    near = near[np.argsort(z[near], kind="stable")]
    owner, i, j, weights, z = owner[near], i[near], j[near], weights[near], z[near]
    depth[j, i] = z
    normals = np.einsum("nk,nkd->nd", weights, part.normals[triangles][owner])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    facing = np.where((normals @ back < 0)[:, None], -normals, normals)  # seen from beneath
    shade = _AMBIENT + _DIFFUSE * np.maximum(facing @ light, 0.0)
    colors[j, i] = np.minimum(_albedo(part, triangles, owner, weights) * shade[:, None], 255.0)


def _albedo(part: Part, triangles: Ints, owner: Ints, weights: Floats) -> Floats:
    """(n, 3) colours before shading, 0 to 255."""
    if part.uv is None or part.material.texture is None:
        return np.broadcast_to(np.array(part.material.color) * 255.0, (len(owner), 3))
    texture = part.material.texture
    u, v = np.einsum("nk,nkd->dn", weights, part.uv[triangles][owner])
    column = np.clip((u * texture.shape[1]).astype(np.int64), 0, texture.shape[1] - 1)
    row = np.clip(((1 - v) * texture.shape[0]).astype(np.int64), 0, texture.shape[0] - 1)
    return texture[row, column].astype(np.float64)


def _cross(one: Floats, other: Floats) -> Floats:
    return np.asarray(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0])
