"""The public verbs: a model, a metric and directions in, a surface or a curve out.

A surface samples f(x, y) = metric(theta* + x d1 + y d2) on a rectangular grid, a curve
f(x) = metric(theta* + x d). One module a kind of landscape; ``measuring`` is what they come to,
``axes`` lays out the points, ``sampling`` has a run compute them, and ``assembly`` says how the result
was made.
"""

from __future__ import annotations

from compute.landscapes.axes import axis_values
from compute.landscapes.eigen import eigen_plane
from compute.landscapes.interpolation import linear_interpolation, planar_interpolation
from compute.landscapes.lines import line, random_line
from compute.landscapes.pca import pca_directions, pca_plane
from compute.landscapes.planes import plane, point, random_directions, random_plane

__all__ = [
    "axis_values",
    "eigen_plane",
    "line",
    "linear_interpolation",
    "pca_directions",
    "pca_plane",
    "planar_interpolation",
    "plane",
    "point",
    "random_directions",
    "random_line",
    "random_plane",
]
