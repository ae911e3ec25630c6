"""Where between the grid lines a critical point lies.

A polynomial through the grid points around a vertex is stationary where its gradient
vanishes; Newton's method finds the place. Through 5 x 5 points it is accurate to fourth
order, which oblique, narrow valleys need: there a quadratic is off by whole cells. Near
the rim and beside missing values 3 x 3 points must do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_STEPS = 8
_CONVERGED = 1e-6  # of a cell


def stationary(
    x: Floats,
    y: Floats,
    values: Floats,
    valid: NDArray[np.bool_],
    row: Indices,
    column: Indices,
    kind: Indices,
    *,
    stride: int = 1,
) -> tuple[Floats, Floats, Floats]:
    """The stationary point beside each vertex.

    Args:
        x: (nx,) ascending.
        y: (ny,) ascending.
        values: (ny, nx) float64.
        valid: (ny, nx) which of them may be used.
        row: (n,) rows of the vertices.
        column: (n,) their columns.
        kind: (n,) 0 for minima, 1 for saddles, 2 for maxima.
        stride: take every so many rows and columns, counted from the vertex.

    Returns:
        Coordinates x and y, (n,) each: those of the vertex where no stationary point of
        the same kind lies within a cell of it (of ``stride`` cells). And (n, 2), the smaller and the larger
        eigenvalue of the Hessian there, in the coordinates; NaN where there is none.
    """
    found_x, found_y = x[column].copy(), y[row].copy()
    eigenvalues = np.full((row.size, 2), np.nan)
    left = np.arange(row.size)
    for reach in (2, 1):
        usable = _complete(valid, row[left], column[left], reach, stride)
        at = left[usable]
        # What diverges, overflows or is singular is refused at the end.
        with np.errstate(all="ignore"):
            try:
                u, v, curved, good = _newton(x, y, values, row[at], column[at], kind[at], reach, stride)
            except np.linalg.LinAlgError:  # steps so uneven that their powers are all alike
                continue
        found_x[at[good]] += u[good]
        found_y[at[good]] += v[good]
        eigenvalues[at[good]] = curved[good]
        left = np.setdiff1d(left, at[good], assume_unique=True)
    return found_x, found_y, eigenvalues


def _complete(
    valid: NDArray[np.bool_], row: Indices, column: Indices, reach: int, stride: int
) -> NDArray[np.bool_]:
    """Whether the vertices within ``reach`` strides of rows and columns exist."""
    padded = np.pad(valid, reach * stride)
    window = range(0, 2 * reach * stride + 1, stride)
    return np.all([padded[row + j, column + i] for j in window for i in window], axis=0)


def _newton(
    x: Floats,
    y: Floats,
    values: Floats,
    row: Indices,
    column: Indices,
    kind: Indices,
    reach: int,
    stride: int,
) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Offsets (n,) in x and in y from the vertices, eigenvalues (n, 2), and whether to trust them."""
    to_x, nodes_x = _interpolation(x, column, reach, stride)
    to_y, nodes_y = _interpolation(y, row, reach, stride)
    window = np.arange(-reach, reach + 1) * stride
    near = values[row[:, None, None] + window[:, None], column[:, None, None] + window]
    # In units of the largest difference; halved first, for the difference may overflow.
    near = near / 2 - near[:, reach : reach + 1, reach : reach + 1] / 2
    largest = np.abs(near).max(axis=(1, 2), keepdims=True)
    near = near / np.where(largest > 0, largest, 1.0)
    coefficients = to_y @ near @ to_x.transpose(0, 2, 1)  # (n, powers of v, powers of u)

    u, v = np.zeros(row.size), np.zeros(row.size)
    for _ in range(_STEPS):
        (fu, fv), (fuu, fuv, fvv) = _derivatives(coefficients, u, v)
        determinant = fuu * fvv - fuv**2
        du, dv = (fuv * fv - fvv * fu) / determinant, (fuv * fu - fuu * fv) / determinant
        u, v = u + du, v + dv
    _, (fuu, fuv, fvv) = _derivatives(coefficients, u, v)
    determinant = fuu * fvv - fuv**2
    extremum = (determinant > 0) & np.where(kind == 0, fuu > 0, fuu < 0)
    good = np.where(kind == 1, determinant < 0, extremum)
    good &= np.hypot(du, dv) < _CONVERGED
    good &= (u >= nodes_x[:, reach - 1]) & (u <= nodes_x[:, reach + 1])
    good &= (v >= nodes_y[:, reach - 1]) & (v <= nodes_y[:, reach + 1])
    step_x = (x[column + stride] - x[column - stride]) / 2
    step_y = (y[row + stride] - y[row - stride]) / 2
    unit = 2 * largest[:, 0, 0]
    curved = eigenvalues_of(unit * fuu / step_x**2, unit * fuv / (step_x * step_y), unit * fvv / step_y**2)
    return u * step_x, v * step_y, curved, good


def eigenvalues_of(xx: Floats, xy: Floats, yy: Floats) -> Floats:
    """(n, 2) smaller and larger eigenvalues of symmetric matrices [[xx, xy], [xy, yy]], (n,) each."""
    middle, spread = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    return np.stack([middle - spread, middle + spread], axis=-1)


def _interpolation(axis: Floats, index: Indices, reach: int, stride: int) -> tuple[Floats, Floats]:
    """From values at the nodes around each vertex to coefficients of powers.

    Returns:
        (n, m, m) matrices, and (n, m) nodes in units of the local step, m = 2 reach + 1.
    """
    nodes = axis[index[:, None] + np.arange(-reach, reach + 1) * stride] - axis[index][:, None]
    nodes = nodes / ((axis[index + stride] - axis[index - stride]) / 2)[:, None]
    powers = nodes[:, :, None] ** np.arange(2 * reach + 1)
    return np.linalg.inv(powers), nodes


def _derivatives(
    coefficients: Floats, u: Floats, v: Floats
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats, Floats]]:
    """Gradient and Hessian (uu, uv, vv) of polynomials, one at each (u, v)."""
    power = np.arange(coefficients.shape[1])

    def basis(t: Floats) -> tuple[Floats, Floats, Floats]:
        value = t[:, None] ** power
        first = power * t[:, None] ** np.maximum(power - 1, 0)
        second = power * (power - 1) * t[:, None] ** np.maximum(power - 2, 0)
        return value, first, second

    (u0, u1, u2), (v0, v1, v2) = basis(u), basis(v)

    def combine(of_v: Floats, of_u: Floats) -> Floats:
        return np.einsum("nj,nji,ni->n", of_v, coefficients, of_u)

    return (combine(v0, u1), combine(v1, u0)), (combine(v0, u2), combine(v1, u1), combine(v2, u0))
