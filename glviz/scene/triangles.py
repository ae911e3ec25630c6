r"""As few triangles as show a height field: right-angled ones, cut in two only where it bends.

A square of cells is two triangles along a diagonal. A triangle is cut from the middle of its
longest side to the corner opposite, and so are the halves, until the cells themselves are reached:
a right-triangulated irregular network (Evans, Kirkpatrick and Townsend, "Right-triangulated
irregular networks", Algorithmica 30, 2001).

    o-------o    o-------o    o---o---o      Each vertex of the finest mesh is the middle of one
    |     / |    | \   / |    | \ | / |      longest side, shared by two triangles or on the rim.
    |   /   | -> |   o   | -> o---o---o      A vertex is needed if it, or one that could only come
    | /     |    | /   \ |    | / | \ |      after it, is too far from the triangles without it;
    o-------o    o-------o    o---o---o      so both triangles are cut or none, and no gap opens.

Everything is done for whole levels at once: the middles of a level are a regular pattern.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["deviations", "triangles"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_MOST_LEVELS = 5
"""A square has 2^5 cells a side at most: a larger one would save no time."""

_UNEVEN = 0.01
"""Of a side: how far along an uneven axis its middle may be from the vertex that stands for it."""


def deviations(heights: ArrayLike, x: ArrayLike, y: ArrayLike) -> Floats:
    """How far the surface may be from a mesh without each of the finest mesh's vertices.

    A bound for all vertices that come after it in the order of cutting: its own distance from the
    middle of its side, and the largest of theirs on top.

    Args:
        heights: (ny + 1, nx + 1) at the vertices of the finest mesh, ny and nx of its cells.
        x: (nx + 1,) their places.
        y: (ny + 1,) their places.

    Returns:
        (ny + 1, nx + 1), in units of height; 0 where a vertex is always there, infinite where it
        must be, since the mesh is uneven around it.
    """
    h, bound = np.asarray(heights, dtype=np.float64), np.zeros(np.shape(heights))
    across, along = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    for level in range(_levels(h.shape)):
        s = 1 << level
        odd, even, whole = slice(s, None, 2 * s), slice(None, None, 2 * s), slice(None)
        # The middles of the sides of squares of 2 s: from left to right, and from bottom to top.
        own = np.abs(h[even, odd] - _middle(h[even, even], 1)) + _uneven(across, s)[None, :]
        bound[even, odd] = own + (_around(bound, s // 2, (even, odd)) if level else 0.0)
        own = np.abs(h[odd, even] - _middle(h[even, even], 0)) + _uneven(along, s)[:, None]
        bound[odd, even] = own + (_around(bound, s // 2, (odd, even)) if level else 0.0)
        # Their centres, on the diagonals: rising in every second square, as on a chessboard.
        corners = h[even, even]
        rising = (corners[:-1, :-1] + corners[1:, 1:]) / 2
        falling = (corners[:-1, 1:] + corners[1:, :-1]) / 2
        rows, columns = np.indices(rising.shape)
        own = np.abs(h[odd, odd] - np.where((rows + columns) % 2 == 0, rising, falling))
        own += _uneven(across, s)[None, :] + _uneven(along, s)[:, None]
        sides, stands = bound[even, odd], bound[odd, even]
        after = np.maximum(
            np.maximum(sides[:-1, whole], sides[1:, whole]), np.maximum(stands[whole, :-1], stands[whole, 1:])
        )
        bound[odd, odd] = own + after
    return bound


def triangles(
    deviation: Floats, allowed: float, eye: tuple[float, float, float] | None = None
) -> NDArray[np.uint32]:
    """The mesh without the vertices that it can do without.

    Args:
        deviation: (ny + 1, nx + 1) of :func:`deviations`.
        allowed: how far the mesh may be from the finest one.
        eye: (x, y, 1) where the eye is over the mesh, in cells, or (x, y, 0) the way to it where it is
            infinitely far. The triangles then come from the farthest to the nearest: each line
            along which one was cut has one of the halves on the eye's side.

    Returns:
        (k, 3) numbers of vertices, counted row by row in the finest mesh; counter-clockwise.
    """
    columns, levels = deviation.shape[1], _levels(deviation.shape)
    corner, start, end = _roots(deviation.shape, 1 << levels)
    # Square by square, then half by half: what lies together is drawn together, and memory is near.
    order = np.arange(corner.size).reshape(-1, 2).T.ravel()
    if eye is not None:
        order = _places(corner, start, end, columns, eye)
    needed, found = (deviation > allowed).ravel(), []
    for depth in range(2 * levels, 0, -1):
        middle = (start + end) // 2
        cut = needed[middle]
        found.append(np.stack([corner[~cut], start[~cut], end[~cut], order[~cut] << depth], axis=1))
        corner, start, end, middle, order = (each[cut] for each in (corner, start, end, middle, order))
        if eye is not None:
            nearer = _beyond(corner, middle, columns, eye) == _beyond(corner, middle, columns, start)
            order = np.concatenate([2 * order + nearer, 2 * order + ~nearer])
        else:
            order = np.concatenate([2 * order, 2 * order + 1])
        start, end = np.concatenate([corner, end]), np.concatenate([start, corner])
        corner = np.concatenate([middle, middle])
    found.append(np.stack([corner, start, end, order], axis=1))
    whole = np.concatenate(found)
    return whole[np.argsort(whole[:, 3], kind="stable"), :3].astype(np.uint32)


def _roots(shape: tuple[int, ...], side: int) -> tuple[Indices, Indices, Indices]:
    """The two triangles of each square: the corner opposite the longest side, and the ends of that."""
    row, column = np.indices([(n - 1) // side for n in shape])
    low = (row * shape[1] + column).ravel() * side
    rising = ((row + column) % 2 == 0).ravel()
    right, up = side, side * shape[1]
    ll, lr, ul, ur = (low + step for step in (0, right, up, right + up))
    return (
        np.concatenate([np.where(rising, lr, ll), np.where(rising, ul, ur)]),
        np.concatenate([np.where(rising, ur, lr), np.where(rising, ll, ul)]),
        np.concatenate([np.where(rising, ll, ul), np.where(rising, ur, lr)]),
    )


def _places(
    corner: Indices, start: Indices, end: Indices, columns: int, eye: tuple[float, float, float]
) -> Indices:
    """The order of the first triangles from the farthest to the nearest: squares, then their halves."""
    across = np.abs(end % columns - start % columns).max()
    row, column = np.minimum(start, end) // columns, np.minimum(start % columns, end % columns)
    far = []
    for low, at in ((column, eye[0]), (row, eye[1])):
        # Between the lines of the grid, what lies further from the eye's own stripe is further.
        centre = low + across / 2
        far.append(np.abs(centre - at) if eye[2] else -centre * np.sign(at))
    nearer = _beyond(start, end, columns, eye) == _beyond(start, end, columns, corner)
    order = np.lexsort([nearer, -far[0], -far[1]])
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(order.size)
    return place


def _beyond(
    first: Indices, second: Indices, columns: int, what: Indices | tuple[float, float, float]
) -> NDArray[np.bool_]:
    """Whether vertices, or the eye, lie to the left of lines through two vertices."""
    (y0, x0), (y1, x1) = np.divmod(first, columns), np.divmod(second, columns)
    if isinstance(what, tuple):
        across, along = what[0] - what[2] * x0, what[1] - what[2] * y0
    else:
        row, column = np.divmod(what, columns)
        across, along = column - x0, row - y0
    return (x1 - x0) * along - (y1 - y0) * across > 0


def _levels(shape: tuple[int, ...]) -> int:
    """How often a square of cells can be halved, as many of them as fill the mesh."""
    both = np.gcd(*np.subtract(shape, 1))
    return min(_MOST_LEVELS, int(both & -both).bit_length() - 1)


def _middle(corners: Floats, axis: int) -> Floats:
    """Halfway between neighbours along an axis."""
    first, second = (np.take(corners, np.arange(corners.shape[axis] - 1) + k, axis) for k in (0, 1))
    return (first + second) / 2


def _uneven(axis: Floats, s: int) -> Floats:
    """Infinite where the middle of a side of 2 s cells lies elsewhere than halfway, else 0."""
    low, middle, high = axis[: -1 : 2 * s], axis[s :: 2 * s], axis[2 * s :: 2 * s]
    off = np.abs(middle - (low + high) / 2) > _UNEVEN * np.abs(high - low)
    return np.where(off, np.inf, 0.0)


def _around(bound: Floats, s: int, at: tuple[slice, slice]) -> Floats:
    """The largest bound of the four vertices s cells off along both diagonals, of those that there are."""
    padded = np.pad(bound, s)
    ny, nx = bound.shape
    return np.max(
        [padded[j : j + ny, i : i + nx][at] for j in (0, 2 * s) for i in (0, 2 * s)], axis=0, initial=0.0
    )
