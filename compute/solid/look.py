"""How a surface is made into a thing: the choices, in one place."""

from __future__ import annotations

import math
from dataclasses import dataclass

from compute.errors import ArgumentError
from compute.scales import KINDS

__all__ = ["DECIMATIONS", "SCALES", "ModelLook"]

DECIMATIONS = ("quadric", "regular")
SCALES = ("auto", *KINDS)


@dataclass(frozen=True)
class ModelLook:
    """Choices for a model of a surface.

    Attributes:
        size: the longer side of the plane, in metres.
        exaggeration: of the heights; at 1 the whole range of values is 0.425 of ``size``, as in
            the viewer.
        scale: of the heights, one of :data:`SCALES`.
        colormap: a name of the cmap catalogue.
        contours: about how many iso-lines; 0 for none.
        points: whether critical points are marked.
        paths: whether descent paths are drawn.
        max_triangles: at most so many in all; None for all there are.
        decimation: how there come to be fewer: "quadric" drops vertices where they are missed
            least, "regular" takes every so many lines of a grid.

    Raises:
        ArgumentError: a value that makes no sense.
    """

    size: float = 0.5
    exaggeration: float = 1.0
    scale: str = "auto"
    colormap: str = "viridis"
    contours: int = 12
    points: bool = True
    paths: bool = True
    max_triangles: int | None = None
    decimation: str = "quadric"

    def __post_init__(self) -> None:
        for name, most in (("size", 1e6), ("exaggeration", 1e3)):
            value = getattr(self, name)
            if not (math.isfinite(value) and 0 < value <= most):
                self._refuse(f"{name} is {value:g}", f"Give a number above 0, at most {most:g}.")
        if self.scale not in SCALES:
            self._refuse(f"there is no scale {self.scale!r}", f"Choose from: {', '.join(SCALES)}.")
        if self.decimation not in DECIMATIONS:
            todo = f"Choose from: {', '.join(DECIMATIONS)}."
            self._refuse(f"there is no decimation {self.decimation!r}", todo)
        if not 0 <= self.contours <= 100:
            self._refuse(f"{self.contours} iso-lines", "Ask for 0 ... 100.")
        if self.max_triangles is not None and self.max_triangles < 100:
            self._refuse(f"{self.max_triangles} triangles", "Ask for at least 100.")

    @staticmethod
    def _refuse(found: str, todo: str) -> None:
        raise ArgumentError("making a model of a surface", found, todo)
