"""How uncertain the values of a surface are, and how large a difference must be to count.

A loss is a mean over samples, and a file may hold its standard error at each point (the field
``loss_stderr``; for another height, that with ``_stderr`` behind its name). Two values whose
errors are independent differ with the standard error

    SE(a - b) = sqrt(SE(a)^2 + SE(b)^2).

All points of a surface that this program computes are measured on the same samples, so their
errors largely move together: for those the figure is an upper bound, and what it calls
significant is so for *other* samples too. For a surface whose every point was measured on samples
of its own (or with dropout, or by a noisy simulator) it is exact, with ``noise`` the standard
deviation of the values' scatter.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from compute.errors import ArgumentError
from compute.surface import CriticalPoint, HeightMesh, Surface

__all__ = ["SIGMAS", "counts", "marked", "noise_from", "standard_errors"]

SIGMAS = 3.0
"""Standard errors of a difference that count as more than chance."""

_PLURALS = (("minima", "minimum"), ("saddles", "saddle"), ("maxima", "maximum"))


def noise_from(data: Surface | HeightMesh, noise: float | None = None) -> str | None:
    """Where the standard errors come from: "given", the name of a field, or None if there are none."""
    if noise is not None:
        return "given"
    fields = data.metrics if isinstance(data, Surface) else data.fields
    name = f"{data.field}_stderr"
    return name if name in fields else None


def standard_errors(data: Surface | HeightMesh, noise: float | None = None) -> NDArray[np.float64] | None:
    """(n,) or () standard error of each value of the height, None where it is not known.

    Args:
        data: n values.
        noise: one for all values; None takes the field.

    Raises:
        ArgumentError: a noise that is negative or not finite.
    """
    if noise is not None:
        if not (np.isfinite(noise) and noise >= 0):
            raise ArgumentError(
                "comparing critical points with the noise",
                f"the noise is {noise!r}",
                "Give the standard error of a value, a finite number of at least 0.",
            )
        return np.array(float(noise))
    name = noise_from(data)
    if name is None:
        return None
    errors = data.values(name).ravel() if isinstance(data, Surface) else data.fields[name]
    # Unknown at a point: nothing there is significant.
    return np.where(np.isfinite(errors), np.abs(errors), np.inf)


def marked(
    points: Iterable[CriticalPoint], noise: float, sigmas: float = SIGMAS
) -> tuple[CriticalPoint, ...]:
    """The same points, judged by one standard error for all values.

    Args:
        points: with their persistence.
        noise: standard error of a value.
        sigmas: standard errors of the difference that a persistence must exceed.
    """
    threshold = sigmas * math.sqrt(2) * noise
    return tuple(replace(point, significant=point.persistence > threshold) for point in points)


def counts(points: tuple[CriticalPoint, ...]) -> dict[str, dict[str, int] | None]:
    """How many points there are, inside and on the boundary, before and after the noise is told off.

    Returns:
        ``inner``, ``boundary``, ``significant`` (inner ones; None where the noise is unknown), each
        with the numbers of minima, saddles (a monkey saddle is one) and maxima.
    """

    def tally(chosen: list[CriticalPoint]) -> dict[str, int]:
        return {plural: sum(p.kind == kind for p in chosen) for plural, kind in _PLURALS}

    inner = [p for p in points if not p.boundary]
    known = all(p.significant is not None for p in points)
    return {
        "inner": tally(inner),
        "boundary": tally([p for p in points if p.boundary]),
        "significant": tally([p for p in inner if p.significant]) if known else None,
    }
