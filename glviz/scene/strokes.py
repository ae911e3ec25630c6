"""Lines and markers as the rows that the renderer uploads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glviz.scene.theme import RGB

TRIANGLE_DOWN, TRIANGLE_UP, CROSS, DISC, STAR = range(5)
HOLLOW = 8
"""Shapes of markers; added to one, HOLLOW leaves its outline. As in ``shaders/markers.glsl``."""

_SEGMENT_WIDTH, _MARKER_WIDTH = 14, 9


@dataclass(frozen=True, eq=False)
class Strokes:
    """Line segments.

    Attributes:
        rows: (n, 14) float32: both ends (world), rgba, width in px, dash period (world
            units, 0 for solid), length along the polyline at both ends.
    """

    rows: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def none(cls) -> Strokes:
        """No segment at all."""
        return cls(np.zeros((0, _SEGMENT_WIDTH), dtype=np.float32))

    @classmethod
    def polyline(
        cls,
        points: ArrayLike,
        color: RGB | NDArray[np.float64],
        width_px: float,
        *,
        opacity: float = 1.0,
        closed: bool = False,
        dash: float | NDArray[np.float64] = 0.0,
    ) -> Strokes:
        """A line through (n, 3) world points.

        Args:
            points: (n, 3) world positions.
            color: sRGB components, 0 to 1; one for all, or (n - 1, 3) unless closed.
            width_px: at a pixel scale of 1.
            opacity: 0 to 1.
            closed: whether the last point joins the first.
            dash: period of the dashes in world units, 0 for solid; one for all, or (n - 1,).
        """
        p = np.asarray(points, dtype=np.float64).reshape(-1, 3)
        if closed and len(p) > 2:
            p = np.concatenate([p, p[:1]])
        if len(p) < 2:
            return cls.none()
        along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1))])
        return cls._segments(p[:-1], p[1:], color, width_px, opacity, dash, along[:-1], along[1:])

    @classmethod
    def segments(
        cls, a: ArrayLike, b: ArrayLike, color: RGB, width_px: float, *, opacity: float = 1.0
    ) -> Strokes:
        """Separate lines from (n, 3) to (n, 3) world points."""
        return cls._segments(
            np.asarray(a, dtype=np.float64).reshape(-1, 3),
            np.asarray(b, dtype=np.float64).reshape(-1, 3),
            color,
            width_px,
            opacity,
            0.0,
            0.0,
            0.0,
        )

    @classmethod
    def _segments(
        cls,
        a: NDArray[np.float64],
        b: NDArray[np.float64],
        color: RGB | NDArray[np.float64],
        width_px: float,
        opacity: float,
        dash: ArrayLike,
        along_a: ArrayLike,
        along_b: ArrayLike,
    ) -> Strokes:
        rows = np.zeros((len(a), _SEGMENT_WIDTH), dtype=np.float32)
        rows[:, 0:3], rows[:, 3:6] = a, b
        rows[:, 6:9], rows[:, 9] = color, opacity
        rows[:, 10], rows[:, 11], rows[:, 12], rows[:, 13] = width_px, dash, along_a, along_b
        return cls(rows)

    @classmethod
    def join(cls, parts: Iterable[Strokes]) -> Strokes:
        """All segments of several, in order."""
        rows = [part.rows for part in parts]
        return cls(np.concatenate(rows)) if rows else cls.none()


@dataclass(frozen=True, eq=False)
class Markers:
    """Marked points.

    Attributes:
        rows: (n, 9) float32: position (world), rgba, radius in px, shape.
    """

    rows: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def at(
        cls, points: ArrayLike, color: RGB, radius_px: float, shape: int, *, opacity: float = 1.0
    ) -> Markers:
        """The same marker at (n, 3) world points."""
        p = np.asarray(points, dtype=np.float64).reshape(-1, 3)
        rows = np.zeros((len(p), _MARKER_WIDTH), dtype=np.float32)
        rows[:, 0:3] = p
        rows[:, 3:7] = (*color, opacity)
        rows[:, 7], rows[:, 8] = radius_px, shape
        return cls(rows)

    @classmethod
    def join(cls, parts: Iterable[Markers]) -> Markers:
        """All markers of several, in order."""
        rows = [part.rows for part in parts]
        return cls(np.concatenate(rows) if rows else np.zeros((0, _MARKER_WIDTH), dtype=np.float32))
