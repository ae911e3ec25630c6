"""Moving a slice by its line: which pixel grabs it, and where a motion of the pointer takes it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glviz.scene.features import cut_lines
from glviz.scene.panes import Pane, plane_of
from glviz.scene.slices import LevelCut
from glviz.scene.view import View

Floats = NDArray[np.float64]

REACH_PX = 9.0
_STEP_W = 0.01


def grab(pane: Pane, x_px: float, y_px: float, reach_px: float = REACH_PX) -> Floats | None:
    """The point of a slice's line that is under the pointer.

    Args:
        pane: where the slice is drawn.
        x_px: position in the pane, from its upper left corner.
        y_px: the same, downwards.
        reach_px: how far from the line the pointer may be.

    Returns:
        (3,) world space, or None.
    """
    if not isinstance(pane.view, View):
        return None
    pointer = np.array([x_px, y_px])
    best: tuple[float, Floats] | None = None
    for line in cut_lines(pane.view):
        if len(line) < 2:
            continue
        pixels = pane.camera.project(line, pane.size_px)[:, :2]
        a, b = pixels[:-1], pixels[1:]
        along = b - a
        length = np.maximum((along**2).sum(axis=1), 1e-12)
        share = np.clip(((pointer - a) * along).sum(axis=1) / length, 0.0, 1.0)
        far = np.hypot(*(a + share[:, None] * along - pointer).T)
        if not np.isfinite(far).any():
            continue
        k = int(np.nanargmin(far))
        if far[k] <= reach_px and (best is None or far[k] < best[0]):
            best = float(far[k]), line[k] + share[k] * (line[k + 1] - line[k])
    return None if best is None else best[1]


def dragged(pane: Pane, held_w: Floats, dx_px: float, dy_px: float) -> tuple[float, Floats]:
    """The slice's position after a motion of the pointer, and the point that is held then.

    The plane moves along its normal, as far as brings the held point nearest to the pointer.

    Args:
        pane: whose view has a slice.
        held_w: (3,) the point of the slice that is held, world space.
        dx_px: motion of the pointer to the right.
        dy_px: and downwards.
    """
    view = pane.view
    assert isinstance(view, View) and view.slice is not None
    section, frame = view.slice, view.frame
    normal, _ = plane_of(view, section)
    ends = pane.camera.project(np.stack([held_w, held_w + _STEP_W * normal]), pane.size_px)[:, :2]
    per_w = (ends[1] - ends[0]) / _STEP_W
    size = float(per_w @ per_w)
    # Seen along its normal, a plane does not follow the pointer anywhere.
    if not np.isfinite(size) or size < 25.0:
        return section.position, held_w
    move_w = float(np.array([dx_px, dy_px]) @ per_w) / size
    held_w = held_w + move_w * normal
    if isinstance(section, LevelCut):
        scale = view.height.scale
        unit = float(np.clip(scale.forward(section.position), 0.0, 1.0)) + move_w / max(frame.top, 1e-9)
        return float(scale.inverse(np.clip(unit, 0.0, 1.0))), held_w
    across = np.array(section.normal) * normal[:2] / np.array(frame.world_per_data())
    return section.position + move_w * float(across.sum()), held_w
