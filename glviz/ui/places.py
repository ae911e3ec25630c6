"""Where the parts of the window are: the panel at one side, the plots below, the picture in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glviz.scene.panes import Drawn, Rect
from glviz.ui.dock import dock_height
from glviz.ui.panel import panel_width
from glviz.ui.state import State

__all__ = ["Places", "places"]


@dataclass(frozen=True)
class Places:
    """Rectangles (left, top, width, height) in the interface's coordinates.

    Attributes:
        picture: where files are drawn.
        panel: None while it is hidden.
        dock: of the plots along a slice; None where there are none.
        scale: pixels of these coordinates a point.
    """

    picture: Rect
    panel: Rect | None
    dock: Rect | None
    scale: float = 1.0


def places(state: State, views: Sequence[Drawn], size: tuple[int, int], scale: float) -> Places:
    """The parts of a window of ``size``.

    Args:
        state: says which parts are shown.
        views: what is drawn.
        size: of the window's contents, in the interface's coordinates.
        scale: pixels of these coordinates a point.
    """
    layout = state.layout
    if not layout.panel:
        return Places((0, 0, max(1, size[0]), max(1, size[1])), None, None, scale)
    width = round(panel_width(size[0], scale, layout.panel_width))
    at_left = layout.side == "left"
    panel = (0 if at_left else size[0] - width, 0, width, size[1])
    left, room = width if at_left else 0, max(1, size[0] - width)
    height = round(dock_height(views, state.settings, size[1], scale, layout.dock_height))
    dock = (left, size[1] - height, room, height) if height else None
    return Places((left, 0, room, max(1, size[1] - height)), panel, dock, scale)
