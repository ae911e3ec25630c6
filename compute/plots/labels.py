"""Where the level of an iso-line is written on paper: where the line is straight and nothing else is.

matplotlib's own choice crowds the bottom of a basin, where many short lines lie close together. Here
a label needs a line that is longer than itself, room inside the frame, and no other label and no
marker under it; whoever finds none goes without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["label_places"]

Floats = NDArray[np.float64]

_ADVANCE = 0.62
"""Width of a digit, of the font's size."""
_ROOM = 1.25
_FAR_APART = 28.0
"""Font sizes along a line after which it may have another label."""


def label_places(
    axes: Any, lines: Any, texts: Sequence[str], first: Sequence[bool], markers: Floats, size: float
) -> list[tuple[float, float]]:
    """Points on iso-lines at which to write their levels.

    Args:
        axes: the panel, laid out already.
        lines: its ``QuadContourSet``.
        texts: of each level.
        first: whether a level chooses its place before the others.
        markers: (n, 2) data coordinates of what must not be covered.
        size: of the font, points.

    Returns:
        Data coordinates, each on a line.
    """
    to_points = 72.0 / axes.figure.dpi
    frame = axes.get_window_extent().extents * to_points
    taken = [(spot, 0.7 * size) for spot in axes.transData.transform(markers) * to_points]
    pieces = []
    for number, path in enumerate(lines.get_paths()):
        for points in _connected(path):
            on_paper = axes.transData.transform(points) * to_points
            length = float(np.linalg.norm(np.diff(on_paper, axis=0), axis=1).sum())
            pieces.append((not first[number], -length, number, points, on_paper))
    pieces.sort(key=lambda piece: piece[:3])
    places: list[tuple[float, float]] = []
    for _, negative, number, points, on_paper in pieces:
        width = (
            (len(texts[number].replace("$", "").replace("^{", "").replace("}", "")) + 0.6) * _ADVANCE * size
        )
        for _ in range(1 + int(-negative / (_FAR_APART * size))):
            found = _straightest(on_paper, width, frame, size, taken)
            if found is None:
                break
            spot, index, share = found
            taken.append((spot, max(width / 2, 0.7 * size)))
            x, y = points[index] * (1 - share) + points[index + 1] * share
            places.append((float(x), float(y)))
    return places


def _connected(path: Any) -> list[Floats]:
    """The pieces of a path, (n, 2) vertices each, n > 1."""
    vertices, codes = path.vertices, path.codes
    if codes is None:
        return [vertices] if len(vertices) > 1 else []
    starts = np.flatnonzero(codes == 1)
    parts = np.split(vertices, starts[1:]) if starts.size else [vertices]
    return [part for part in parts if len(part) > 1]


def _straightest(
    points: Floats, width: float, frame: Floats, size: float, taken: Sequence[tuple[Floats, float]]
) -> tuple[Floats, int, float] | None:
    """The best place for a label so wide: its position, and on which piece of the line and where it lies."""
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    if along[-1] < 2.2 * width:
        return None
    middle = np.linspace(width, along[-1] - width, max(3, int(along[-1] / (0.5 * size))))

    def at(distance: Floats) -> Floats:
        return np.stack([np.interp(distance, along, points[:, k]) for k in (0, 1)], axis=1)

    spot, start, end = at(middle), at(middle - width / 2), at(middle + width / 2)
    straight = np.linalg.norm(end - start, axis=1) / width
    margin = 0.8 * size
    inside = np.all(
        [(p > frame[:2] + margin).all(axis=1) & (p < frame[2:] - margin).all(axis=1) for p in (start, end)],
        axis=0,
    )
    free = inside & (straight > 0.9)
    nearest = np.full(spot.shape[0], 10.0 * size)
    for place, radius in taken:
        gap = np.min([np.linalg.norm(p - place, axis=1) for p in (spot, start, end)], axis=0)
        free &= gap > _ROOM * (radius + 0.5 * size)
        nearest = np.minimum(nearest, gap)
    if not free.any():
        return None
    best = int(np.argmax(np.where(free, straight + 0.004 * nearest / size, -np.inf)))
    index = int(np.clip(np.searchsorted(along, middle[best], side="right") - 1, 0, len(points) - 2))
    share = float((middle[best] - along[index]) / max(along[index + 1] - along[index], 1e-12))
    return spot[best], index, min(max(share, 0.0), 1.0)
