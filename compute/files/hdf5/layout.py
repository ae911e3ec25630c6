"""The layout of tomgoldstein/loss-landscape, as its programs really use it.

``plot_surface.py`` makes its arrays of the shape (len(xcoordinates), len(ycoordinates)), as
if rows were x. But the place of a value comes from ``scheduler.get_unplotted_indices``,
which numbers the points of ``meshgrid(xcoordinates, ycoordinates)`` end to end: the k-th
value *in memory* belongs to x[k % nx] and y[k // nx]. ``h52vtp.py`` reads it back in the
same way. So row is y: on a square grid as it stands (``plot_2D.py`` draws it so), and on
any other grid after the same memory is given its true shape, (ny, nx). Rows of the stored
shape would be scrambled.

Where a value is -1 the point is not computed yet. That program takes anything <= 0 for it
and computes it again for ever; only -1 itself is what it writes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["ACCURACIES", "LOSSES", "NOT_YET", "PATH_X", "PATH_Y", "X", "Y", "as_grid"]

X, Y = "xcoordinates", "ycoordinates"
PATH_X, PATH_Y = "proj_xcoord", "proj_ycoord"
LOSSES = ("train_loss", "test_loss")
ACCURACIES = {"train_loss": "train_acc", "test_loss": "test_acc"}  # that belong to a loss; percent
# What marks a point that is not computed yet (`plot_surface.py`, `plot_hessian_eigen.py`).
NOT_YET = {"train_loss": -1.0, "train_acc": -1.0, "test_loss": -1.0, "test_acc": -1.0, "max_eig": -1.0}


def as_grid(values: NDArray[np.float64], ny: int, nx: int) -> NDArray[np.float64] | None:
    """(ny, nx) the values of a grid, whichever of both shapes they are stored in; None if they are none."""
    if values.shape not in ((ny, nx), (nx, ny)):
        return None
    return values.reshape(ny, nx)
