"""What can be chosen of a map in vector form, beside how the surface looks."""

from __future__ import annotations

from dataclasses import dataclass

from glviz.options import option

MM = 72 / 25.4
"""Points in a millimetre."""


COLUMN_MM, PAGE_MM = 90.0, 183.0
"""Widths of one and of two columns of a journal."""


@dataclass(frozen=True)
class MapOptions:
    """The size of the page. Text keeps its size, so that a figure is used as wide as it was made."""

    map_width: float | None = option(
        None,
        "width of a map as SVG or PDF; automatic is a column of a paper, 90, and 183 for several maps",
        group="Map",
        label="width",
        low=50.0,
        high=1000.0,
        unit="mm",
    )

    def width_pt(self, count: int) -> float:
        """Width of a figure of ``count`` maps in points."""
        return MM * (self.map_width or (COLUMN_MM if count == 1 else PAGE_MM))
