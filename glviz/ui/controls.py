"""The mouse: a table from button and modifier to a motion of the camera.

A motion is a function of the camera and of what the mouse did. It knows neither the
window nor the renderer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from glviz.scene.camera import Camera

__all__ = ["DRAGS", "WHEEL", "Drag", "DragBinding", "binding_for", "wheel_zoom"]

_ORBIT_DEG_PER_SIDE = 200.0
"""A drag across the shorter side of the pane turns by this much."""

_ZOOM_PER_SIDE = 8.0
_ZOOM_PER_NOTCH = 1.15


@dataclass(frozen=True)
class Drag:
    """A movement of the mouse with a button held.

    Attributes:
        dx_px, dy_px: since the last frame, y downwards.
        size_px: of the pane in which the button went down.
    """

    dx_px: float
    dy_px: float
    size_px: tuple[int, int]


@dataclass(frozen=True)
class DragBinding:
    """One row of the table: the button, what is held with it, and the motion."""

    button: str
    modifier: str
    name: str
    motion: Callable[[Camera, Drag], Camera]


def orbit(camera: Camera, drag: Drag) -> Camera:
    """Turn the surface with the pointer, as on a turntable."""
    per_px = _ORBIT_DEG_PER_SIDE / max(1, min(drag.size_px))
    return camera.orbit(-drag.dx_px * per_px, drag.dy_px * per_px)


def pan(camera: Camera, drag: Drag) -> Camera:
    """Move the surface with the pointer."""
    return camera.pan(drag.dx_px, drag.dy_px, drag.size_px)


def zoom(camera: Camera, drag: Drag) -> Camera:
    """Upwards nearer, downwards farther."""
    return camera.dolly(_ZOOM_PER_SIDE ** (-drag.dy_px / max(1, drag.size_px[1])))


def wheel_zoom(
    camera: Camera, notches: float, pointer_px: tuple[float, float], size_px: tuple[int, int]
) -> Camera:
    """Zoom so that what is under the pointer stays there (at the target's depth).

    Args:
        camera: before.
        notches: of the wheel, positive to come nearer; fractions from touch pads.
        pointer_px: position in the pane, from its upper left corner.
        size_px: width and height of the pane.
    """
    nearer = camera.dolly(_ZOOM_PER_NOTCH**notches)
    factor = nearer.zoom / camera.zoom
    # A point at offset o from the middle of the pane moves to factor * o.
    offset_x, offset_y = pointer_px[0] - size_px[0] / 2, pointer_px[1] - size_px[1] / 2
    return nearer.pan((1 - factor) * offset_x, (1 - factor) * offset_y, size_px)


DRAGS: tuple[DragBinding, ...] = (
    DragBinding("left", "", "turn", orbit),
    DragBinding("left", "shift", "move", pan),
    DragBinding("right", "", "move", pan),
    DragBinding("middle", "", "move", pan),
    DragBinding("left", "ctrl", "zoom", zoom),
)
WHEEL = "zoom to the pointer"


def binding_for(button: str, modifier: str) -> DragBinding | None:
    """The row for a button with what is held; without a row of its own, the plain button's."""
    rows = {(row.button, row.modifier): row for row in DRAGS}
    return rows.get((button, modifier)) or rows.get((button, ""))
