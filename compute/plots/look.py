"""What can be chosen about a figure."""

from __future__ import annotations

from dataclasses import dataclass

from compute.errors import ArgumentError
from compute.scales import MOST_LEVELS

__all__ = ["ACCURACY_PLACES", "ASPECTS", "CRITICAL", "SCALES", "SPACINGS", "Look"]

SCALES = ("auto", "linear", "log", "symlog")
SPACINGS = ("auto", "linear", "log", "quantile")
CRITICAL = ("significant", "all", "none")
ASPECTS = ("auto", "equal", "free")
ACCURACY_PLACES = ("auto", "right", "below", "none")


@dataclass(frozen=True)
class Look:
    """How a figure shall look.

    Attributes:
        width: of the whole figure, inches.
        height: inches; None for what the content needs.
        font_size: points.
        scale: of the values, one of :data:`SCALES`; "auto" chooses as the viewer does.
        low, high: ends of the drawn range; None for those of the values.
        field: which field; None for the file's height.
        titles: of the panels or curves; empty for names from the files, one empty text for none.
        levels: the iso-levels themselves; empty to have them chosen.
        count, spacing: how many there are and how they are spaced, where they are chosen.
        filled: colour the bands between the levels, with a colour bar.
        labels: write the level on its line.
        colormap: of matplotlib.
        aspect: "equal" draws both axes in one unit, "auto" does so where they have the same one.
        critical: which critical points are marked.
        noise: standard error of a value, to tell significant ones; None for the file's own.
        paths: draw the descent paths.
        accuracy: where curves have the accuracy: "right" on a second axis, "below" in a panel of its
            own, or "none"; "auto" is right for one curve, below for several.
        stderr: shade one standard error about a curve.

    Raises:
        ArgumentError: a value that is none of the choices, or out of range.
    """

    width: float = 3.5
    height: float | None = None
    font_size: float = 8.0
    scale: str = "auto"
    low: float | None = None
    high: float | None = None
    field: str | None = None
    titles: tuple[str, ...] = ()
    levels: tuple[float, ...] = ()
    count: int = 15
    spacing: str = "auto"
    filled: bool = False
    labels: bool = True
    colormap: str = "viridis"
    aspect: str = "auto"
    critical: str = "significant"
    noise: float | None = None
    paths: bool = True
    accuracy: str = "auto"
    stderr: bool = False

    def __post_init__(self) -> None:
        choices = {"scale": SCALES, "spacing": SPACINGS, "critical": CRITICAL, "aspect": ASPECTS}
        for name, known in (choices | {"accuracy": ACCURACY_PLACES}).items():
            if getattr(self, name) not in known:
                found = f"{name} is {getattr(self, name)!r}"
                raise ArgumentError("choosing how a figure looks", found, f"Choose from: {', '.join(known)}.")
        ends = {"width": (1, 60), "height": (0.5, 60), "font_size": (3, 40), "count": (1, MOST_LEVELS)}
        for name, (least, most) in ends.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                found = f"{name.replace('_', ' ')} is {value:g}"
                raise ArgumentError("choosing how a figure looks", found, f"Choose from {least} to {most}.")
        if self.low is not None and self.high is not None and not self.low < self.high:
            found = f"the low end is {self.low:g} and the high end {self.high:g}"
            raise ArgumentError("choosing how a figure looks", found, "Give the low end first.")
