"""The geometry that other programs draw: a finite height at every point, and cells between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compute.surface import OK, Curve, Surface

__all__ = ["drawn_height", "quads"]


def drawn_height(obj: Surface | Curve) -> NDArray[np.float64]:
    """The loss where it was computed and is finite, the largest finite loss elsewhere."""
    finite = np.isfinite(obj.loss) & (obj.status == OK)
    height: NDArray[np.float64] = np.where(finite, obj.loss, obj.loss[finite].max() if finite.any() else 0.0)
    return height


def quads(finite: NDArray[np.bool_]) -> NDArray[np.int32]:
    """(m, 4) corners, counter-clockwise seen from +z, of the cells whose four corners are finite.

    Args:
        finite: (ny, nx), numbered x fastest.
    """
    nx = finite.shape[1]
    whole = finite[:-1, :-1] & finite[:-1, 1:] & finite[1:, :-1] & finite[1:, 1:]
    j, i = np.nonzero(whole)
    first = (j * nx + i).astype(np.int32)
    return first[:, None] + np.array([0, 1, nx + 1, nx], np.int32)
