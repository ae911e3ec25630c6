"""Where the parts of the window are: the panel at one side, the plots below, the picture in between.

In a window without room for both, the panel stays away until a click on its tab opens it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glviz.scene.panes import Drawn, Rect
from glviz.ui.dock import dock_height
from glviz.ui.layout import SCALES
from glviz.ui.panel import NARROWEST, panel_width
from glviz.ui.state import State

__all__ = ["Places", "felt_scale", "fitting_scale", "places"]

_ROOM = (480.0, 360.0)
"""Width and height of the smallest window that the interface is made for, in points."""

_MOST, _TAB = 0.45, 20.0
"""The share of a window that the panel may take by itself; width of its tab, in points."""


def fitting_scale(size: tuple[int, int], own: float, wanted: float) -> float:
    """Pixels a point, so that what is written has room in the window.

    Args:
        size: of the window's contents, in the interface's coordinates.
        own: the display's scale, which is never fallen short of for lack of room.
        wanted: by the user: how much larger or smaller than that.
    """
    room = min(size[0] / _ROOM[0], size[1] / _ROOM[1]) / own
    return own * min(wanted, max(room, 1.0))


def felt_scale(size: tuple[int, int], own: float, before: float, wanted: float) -> float:
    """What the user's scale becomes when asked to be ``wanted``: each step is to be seen.

    Beyond what the window has room for it does not grow, else as many steps back would do nothing
    either; from there, where a smaller window left it, the first step back is one from what is seen.
    """

    def seen(scale: float) -> float:
        return fitting_scale(size, own, scale)

    if wanted > before and seen(wanted) <= seen(before):
        return before
    lower = (scale for scale in reversed(SCALES) if scale < wanted)
    while wanted < before and seen(wanted) == seen(before):
        wanted = next(lower, before)
    return wanted


@dataclass(frozen=True)
class Places:
    """Rectangles (left, top, width, height) in the interface's coordinates.

    Attributes:
        picture: where files are drawn.
        panel: None while it is hidden.
        dock: of the plots along a slice; None where there are none.
        scale: pixels of these coordinates a point.
        narrow: whether there is no room for panel and picture.
        tab: by which the panel is opened and closed there; None elsewhere.
    """

    picture: Rect
    panel: Rect | None
    dock: Rect | None
    scale: float = 1.0
    narrow: bool = False
    tab: Rect | None = None


def places(state: State, views: Sequence[Drawn], size: tuple[int, int], scale: float) -> Places:
    """The parts of a window of ``size``.

    Args:
        state: says which parts are shown.
        views: what is drawn.
        size: of the window's contents, in the interface's coordinates.
        scale: pixels of these coordinates a point.
    """
    layout = state.layout
    narrow = NARROWEST * scale > _MOST * size[0]
    if not layout.panel:
        return Places((0, 0, max(1, size[0]), max(1, size[1])), None, None, scale, narrow)
    strip = round(_TAB * scale) if narrow else 0
    width = 0 if narrow and not state.drawer else round(panel_width(size[0], scale, layout.panel_width))
    at_left = layout.side == "left"

    def beside(start: int, wide: int) -> Rect | None:
        """The rectangle so far from the panel's side of the window."""
        return (start if at_left else size[0] - start - wide, 0, wide, size[1]) if wide else None

    panel, tab = beside(0, width), beside(width, strip)
    left, room = width + strip if at_left else 0, max(1, size[0] - width - strip)
    height = round(dock_height(views, state.settings, size[1], scale, layout.dock_height))
    dock = (left, size[1] - height, room, height) if height else None
    return Places((left, 0, room, max(1, size[1] - height)), panel, dock, scale, narrow, tab)
