"""A turntable camera: z stays up. The one file that knows pyrr.

pyrr's matrices act on row vectors (``p @ M``) and are float64 here; OpenGL reads the
same memory, column by column, as the matrix of the usual column-vector form, so
:meth:`Camera.matrix` may be handed to a uniform as it is.

World frame: the surface stands in a box around the origin, x and y within [-1, 1],
z from 0 (floor of the data) upwards; see ``scene/frame.py``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pyrr
from numpy.typing import ArrayLike, NDArray

from glviz.options import option

Floats = NDArray[np.float64]

FIELD_OF_VIEW_DEG = 30.0
_NEAR, _FAR = 0.05, 100.0


@dataclass(frozen=True)
class Camera:
    """Where the viewer stands. Immutable: every motion returns a new camera."""

    azimuth: float = option(
        -60.0, "direction from which the surface is seen, about the vertical", group="View", unit="deg"
    )
    elevation: float = option(
        36.0, "height of the eye above the horizon", group="View", low=-90.0, high=90.0, unit="deg"
    )
    zoom: float = option(1.0, "magnification", group="View", low=0.02, high=200.0, unit="x", logarithmic=True)
    orthographic: bool = option(False, "parallel instead of perspective projection", group="View", key="5")
    target: tuple[float, float, float] = (0.0, 0.0, 0.14)
    field_of_view_deg: float = FIELD_OF_VIEW_DEG

    # --- motions -----------------------------------------------------------------------

    def orbit(self, azimuth_deg: float, elevation_deg: float) -> Camera:
        """Turn about the target; the elevation stops at the poles."""
        elevation = min(90.0, max(-90.0, self.elevation + elevation_deg))
        azimuth = (self.azimuth + azimuth_deg + 180.0) % 360.0 - 180.0
        return replace(self, azimuth=azimuth, elevation=elevation)

    def dolly(self, factor: float) -> Camera:
        """Magnify by ``factor``."""
        return replace(self, zoom=min(200.0, max(0.02, self.zoom * factor)))

    def pan(self, dx_px: float, dy_px: float, size_px: tuple[int, int]) -> Camera:
        """Move so that what is under the pointer follows it (at the target's depth)."""
        right, up, _ = self._axes()
        per_px = 2.0 * self._half_height(size_px) / max(1, size_px[1])
        target = np.asarray(self.target) - right * dx_px * per_px + up * dy_px * per_px
        return replace(self, target=(float(target[0]), float(target[1]), float(target[2])))

    # --- geometry ----------------------------------------------------------------------

    def _axes(self) -> tuple[Floats, Floats, Floats]:
        """Unit vectors of the screen: right, up, and from the target to the eye."""
        azimuth, elevation = math.radians(self.azimuth), math.radians(self.elevation)
        back = np.array(
            [
                math.cos(elevation) * math.cos(azimuth),
                math.cos(elevation) * math.sin(azimuth),
                math.sin(elevation),
            ]
        )
        right = np.array([-math.sin(azimuth), math.cos(azimuth), 0.0])
        # np.cross takes ten times as long, and a frame has many of them.
        up = np.array(
            [
                -back[2] * right[1],
                back[2] * right[0],
                back[0] * right[1] - back[1] * right[0],
            ]
        )
        return right, up, back

    def _half_height(self, size_px: tuple[int, int]) -> float:
        """Half of the picture's height at the target, in world units.

        Fitted to the shorter side, so that a tall window shows the whole surface too.
        """
        width, height = size_px
        fit = max(1.0, height / max(1, width))
        return 1.70 * fit / self.zoom

    def _distance(self, size_px: tuple[int, int]) -> float:
        return self._half_height(size_px) / math.tan(math.radians(self.field_of_view_deg) / 2)

    def eye(self, size_px: tuple[int, int]) -> Floats:
        """(3,) position of the eye in world space."""
        return np.asarray(self.target) + self._axes()[2] * self._distance(size_px)

    def forward(self) -> Floats:
        """(3,) unit vector from the eye to the target."""
        return -self._axes()[2]

    def view(self, size_px: tuple[int, int]) -> Floats:
        """(4, 4) world to eye space, row-vector form."""
        right, up, back = self._axes()
        rotation = np.eye(4)
        rotation[:3, :3] = np.stack([right, up, back], axis=1)
        return np.asarray(pyrr.matrix44.create_from_translation(-self.eye(size_px)) @ rotation)

    def projection(self, size_px: tuple[int, int]) -> Floats:
        """(4, 4) eye to clip space, row-vector form."""
        aspect = size_px[0] / max(1, size_px[1])
        distance = self._distance(size_px)
        near, far = max(_NEAR * distance, distance - 6.0), distance + 6.0 + _FAR * 0.01
        if self.orthographic:
            half = self._half_height(size_px)
            matrix = pyrr.matrix44.create_orthogonal_projection(
                -half * aspect, half * aspect, -half, half, distance - 6.0, far, dtype=np.float64
            )
        else:
            matrix = pyrr.matrix44.create_perspective_projection(
                self.field_of_view_deg, aspect, near, far, dtype=np.float64
            )
        return np.asarray(matrix)

    def matrix(self, size_px: tuple[int, int]) -> Floats:
        """(4, 4) world to clip space: ``clip = append(p_world, 1) @ matrix``."""
        return _matrix(self, (size_px[0], size_px[1])).copy()

    def project(self, p_world: ArrayLike, size_px: tuple[int, int]) -> Floats:
        """World points to pixels.

        Args:
            p_world: (n, 3).
            size_px: width and height of the picture.

        Returns:
            (n, 3): x to the right and y downwards in pixels from the upper left corner,
            and depth in [-1, 1]; NaN for points behind the eye.
        """
        points = np.atleast_2d(np.asarray(p_world, dtype=np.float64))
        clip = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ self.matrix(size_px)
        w = np.where(clip[:, 3:] > 1e-9, clip[:, 3:], np.nan)
        ndc = clip[:, :3] / w
        width, height = size_px
        return np.stack([(ndc[:, 0] + 1) * width / 2, (1 - ndc[:, 1]) * height / 2, ndc[:, 2]], axis=1)

    def ray(self, x_px: float, y_px: float, size_px: tuple[int, int]) -> tuple[Floats, Floats]:
        """The line of sight through a pixel: (origin (3,), unit direction (3,)) in world space."""
        width, height = size_px
        ndc = np.array([[2 * x_px / width - 1, 1 - 2 * y_px / height, z, 1.0] for z in (-1.0, 1.0)])
        world = ndc @ _clip_to_world(self, size_px)
        near, far = world[:, :3] / world[:, 3:]
        direction = far - near
        return near, direction / np.linalg.norm(direction)


@lru_cache(maxsize=16)
def _clip_to_world(camera: Camera, size_px: tuple[int, int]) -> Floats:
    """(4, 4) the inverse of :meth:`Camera.matrix`: the pointer moves more often than the camera."""
    inverse = np.linalg.inv(camera.matrix(size_px))
    inverse.setflags(write=False)
    return np.asarray(inverse, dtype=np.float64)


@lru_cache(64)
def _matrix(camera: Camera, size_px: tuple[int, int]) -> Floats:
    """World to clip space: a frame asks for the same one for every axis and label."""
    return np.asarray(camera.view(size_px) @ camera.projection(size_px))
