"""What a model of a surface does not hold of it."""

from __future__ import annotations

from collections.abc import Iterator

from compute.errors import listing
from compute.files.errors import counted
from compute.surface import Curve, HeightMesh, Surface

__all__ = ["left_out", "missing_points", "other_fields"]


def left_out(obj: Surface | HeightMesh | Curve) -> Iterator[str]:
    """What a model with colours, iso-lines, points and paths leaves out, a sentence each."""
    yield "a model holds heights and colours: left out the values themselves"
    yield from other_fields(obj)
    yield from missing_points(obj, "left out with the cells around them")


def other_fields(obj: Surface | HeightMesh | Curve) -> Iterator[str]:
    """The fields that are not the height."""
    others = obj.fields if isinstance(obj, HeightMesh) else obj.metrics
    if others:
        yield f"one field only: left out {listing(others)}"


def missing_points(obj: Surface | HeightMesh | Curve, fate: str) -> Iterator[str]:
    """The points without a value, and what became of them."""
    if isinstance(obj, Surface) and not obj.finite.all():
        lacking = int(obj.finite.size - obj.finite.sum())
        yield f"{counted(lacking, 'point')} without a value: {fate}"
