"""What can be chosen of a map in vector form, beside how the surface looks."""

from __future__ import annotations

from dataclasses import dataclass

from glviz.options import option

MM = 72 / 25.4
"""Points in a millimetre."""


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
        return MM * (self.map_width or (90.0 if count == 1 else 183.0))
