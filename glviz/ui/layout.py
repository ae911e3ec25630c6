"""Which parts of the window are shown, where, and how large: what a user arranges once and keeps."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any

__all__ = ["SCALES", "Layout"]

SCALES = (0.75, 0.85, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0, 2.5, 3.0)
"""Sizes of the interface, as multiples of the display's own."""


@dataclass(frozen=True)
class Layout:
    """The arrangement of the window, in points (pixels before any scaling).

    Attributes:
        panel: whether the panel is shown.
        side: at which side of the window it is, "left" or "right".
        panel_width: of the panel; None for what suits the window.
        dock_height: of the plots of a slice below the picture; None likewise.
        scale: of text and widgets, beside the display's own.
        folded: headings of the panel that the user closed.
        unfolded: headings that the user opened.
    """

    panel: bool = True
    side: str = "left"
    panel_width: float | None = None
    dock_height: float | None = None
    scale: float = 1.0
    folded: frozenset[str] = frozenset()
    unfolded: frozenset[str] = frozenset()

    def scaled(self, by: int) -> Layout:
        """The interface some sizes larger or smaller."""
        nearest = min(range(len(SCALES)), key=lambda index: abs(SCALES[index] - self.scale))
        return replace(self, scale=SCALES[min(len(SCALES) - 1, max(0, nearest + by))])

    def turned(self, heading: str, shown: bool) -> Layout:
        """With a heading opened or closed."""
        return replace(
            self,
            folded=self.folded - {heading} if shown else self.folded | {heading},
            unfolded=self.unfolded | {heading} if shown else self.unfolded - {heading},
        )

    def as_json(self) -> dict[str, Any]:
        """As what JSON can hold."""
        found = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: sorted(v) if isinstance(v, frozenset) else v for name, v in found.items()}

    @classmethod
    def from_json(cls, found: Any) -> Layout:
        """The layout that was kept; what is not understood is left at its default.

        Args:
            found: anything that a JSON file can hold.
        """
        if not isinstance(found, dict):
            return cls()
        good: dict[str, Any] = {}
        for name, value in found.items():
            if name == "panel" and isinstance(value, bool):
                good[name] = value
            elif name == "side" and value in ("left", "right"):
                good[name] = value
            elif name in ("panel_width", "dock_height") and _is_length(value):
                good[name] = float(value)
            elif name == "scale" and _is_length(value) and SCALES[0] <= value <= SCALES[-1]:
                good[name] = float(value)
            elif name in ("folded", "unfolded") and isinstance(value, list):
                good[name] = frozenset(item for item in value if isinstance(item, str))
        return cls(**good)


def _is_length(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and 0 < value < 10_000
