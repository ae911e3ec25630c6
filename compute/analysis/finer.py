"""A smooth grid made finer, where its own spacing hides what its values tell.

A valley narrower than a cell crosses the grid lines at points whose values depend on how
near its floor they happen to lie: the topology of the vertices then shows minima that are
not there and loses passes that are. Where the values are smooth enough for polynomials to
predict grid points that they have not seen, the same polynomials say what lies between.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compute.surface import Surface

Floats = NDArray[np.float64]

__all__ = ["FACTOR", "finer", "nearest", "unpredicted"]

FACTOR = 8
"""Cells of the finer grid along each cell."""

_NODES = 8  # degree 7, in each direction


def finer(surface: Surface) -> Surface:
    """The surface through the same values on axes `FACTOR` times as fine.

    Args:
        surface: (ny, nx) finite everywhere.

    Returns:
        ((ny - 1) `FACTOR` + 1, (nx - 1) `FACTOR` + 1): the loss alone. Between grid points,
        the polynomial of degree 7 (less on a smaller grid) in each coordinate through the
        nearest of them.
    """
    x, y = (_between(axis) for axis in (surface.x, surface.y))
    loss = _weights(surface.y, y) @ surface.loss @ _weights(surface.x, x).T
    loss[::FACTOR, ::FACTOR] = surface.loss
    return Surface(x, y, loss)


def nearest(field: Floats) -> Floats:
    """What each vertex of the finer grid takes from the nearest vertex of ``field``, (ny, nx)."""
    row, column = (
        (np.arange((count - 1) * FACTOR + 1) + FACTOR // 2) // FACTOR for count in field.shape
    )  # fmt: skip
    return field[np.ix_(row, column)]


def unpredicted(surface: Surface) -> Floats:
    """(ny, nx) by how much polynomials through every second row and column miss each value.

    Those of the whole grid are better by about 2^8 where the surface is smooth; where it is
    noise, both are off by as much as the noise.

    Args:
        surface: (ny, nx) finite everywhere, at least 3 x 3.
    """
    every = (slice(None, None, 2), slice(None, None, 2))
    to_y, to_x = _weights(surface.y[::2], surface.y), _weights(surface.x[::2], surface.x)
    missed: Floats = np.abs(to_y @ surface.loss[every] @ to_x.T - surface.loss)
    return missed


def _between(axis: Floats) -> Floats:
    """(n,) ascending to ((n - 1) `FACTOR` + 1,), the grid's own coordinates exactly among them."""
    fine = np.interp(np.arange((axis.size - 1) * FACTOR + 1) / FACTOR, np.arange(axis.size), axis)
    fine[::FACTOR] = axis
    return fine


def _weights(nodes: Floats, places: Floats) -> Floats:
    """(places, nodes) Lagrange weights on the nearest nodes of each place, zero on the others."""
    count = min(_NODES, nodes.size)
    cell = np.clip(np.searchsorted(nodes, places, side="right") - 1, 0, nodes.size - 1)
    first = np.clip(cell - (count // 2 - 1), 0, nodes.size - count)
    window = first[:, None] + np.arange(count)
    near = nodes[window]  # (places, count)
    apart = near[:, :, None] - near[:, None, :]
    apart[:, np.arange(count), np.arange(count)] = 1.0
    away = np.broadcast_to((places[:, None] - near)[:, None, :], apart.shape).copy()
    away[:, np.arange(count), np.arange(count)] = 1.0
    weights = np.zeros((places.size, nodes.size))
    np.put_along_axis(weights, window, (away / apart).prod(axis=2), axis=1)
    return weights
