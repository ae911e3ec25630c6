"""What a model of a surface does not hold of it."""

from __future__ import annotations

from collections.abc import Iterator

from compute.errors import listing
from compute.surface import Curve, HeightMesh, Surface

__all__ = ["left_out", "other_fields"]


def left_out(obj: Surface | HeightMesh | Curve, **options: object) -> Iterator[str]:
    """What a model with colours, iso-lines, points and paths leaves out, whatever its options.

    Points without a value are not told of here: a model says itself which cells it lacks.
    """
    yield "a model holds heights and colours: left out the values themselves"
    yield from other_fields(obj)


def other_fields(obj: Surface | HeightMesh | Curve) -> Iterator[str]:
    """The fields that are not the height."""
    others = obj.fields if isinstance(obj, HeightMesh) else obj.metrics
    if others:
        yield f"one field only: left out {listing(others)}"
