"""The empirical distribution of values, as a monotone map: what share of them lies below.

On a scale of ranks every height is shown by as much as there is of it (histogram
equalisation): structure is seen in a flat basin and on a steep rim alike, and slopes mean
nothing any more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

KNOTS = 1024
"""More distinct values than these are represented by so many of their quantiles."""

Knots = tuple[tuple[float, float], ...]
"""(value, rank) pairs, both strictly ascending, ranks within 0 ... 1."""


def knots(values: ArrayLike) -> Knots:
    """The distribution of values.

    Args:
        values: any shape, finite. Equal values share the mean of their ranks.

    Returns:
        At least one pair; (0, 0) where there is no value.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64).ravel())
    if ordered.size == 0:
        return ((0.0, 0.0),)
    distinct, first, count = np.unique(ordered, return_index=True, return_counts=True)
    rank = (first + 0.5 * (count - 1)) / max(1, ordered.size - 1)
    if distinct.size > KNOTS:
        # Quantiles of the values, not of the distinct ones: dense where there is much to show.
        at = np.searchsorted(rank, np.linspace(rank[0], rank[-1], KNOTS))
        kept = np.unique(np.concatenate([[0], at, [distinct.size - 1]]))
        distinct, rank = distinct[kept], rank[kept]
    return tuple(zip(distinct.tolist(), rank.tolist(), strict=True))


def rank_of(values: NDArray[np.float64], value: ArrayLike, rank: ArrayLike) -> NDArray[np.float64]:
    """Ranks of values, linear between the knots, never beyond those beside them.

    ``numpy.interp`` alone overshoots a knot by a rounding where the knots are far apart, and then
    is not monotone.
    """
    knot, known = np.asarray(value, dtype=np.float64), np.asarray(rank, dtype=np.float64)
    if known.size == 1:
        return np.full(values.shape, known[0])
    right = np.clip(np.searchsorted(knot, values), 1, knot.size - 1)
    return np.clip(np.interp(values, knot, known), known[right - 1], known[right])
