"""Where between the vertices of a mesh a critical point lies: a quadratic through its neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from compute.analysis.stationary import eigenvalues_of
from compute.surface import HeightMesh

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_MOST = 2_000
_NEEDED = 6  # neighbours, for the five coefficients and one to spare; else theirs too


def ring_stationary(mesh: HeightMesh, vertices: Indices, kind: Indices) -> tuple[Floats, Floats, Floats]:
    """The stationary point of a least-squares quadratic around each vertex, through the vertex itself.

    Args:
        mesh: what the vertices are of.
        vertices: (n,) indices. Of more than 2,000, the first are placed.
        kind: (n,) 0 for minima, 1 for saddles, 2 for maxima.

    Returns:
        x and y, (n,) each: those of the vertex where no stationary point of the same kind lies
        among its neighbours. And (n, 2), the Hessian's eigenvalues there, or NaN.
    """
    found_x, found_y = mesh.x[vertices], mesh.y[vertices]
    eigenvalues = np.full((vertices.size, 2), np.nan)
    starts, ends = _adjacency(mesh)
    for number, vertex in enumerate(vertices[:_MOST].tolist()):
        near = _around(starts, ends, np.array([vertex]))
        reach = np.hypot(mesh.x[near] - mesh.x[vertex], mesh.y[near] - mesh.y[vertex]).max(initial=0.0)
        if near.size < _NEEDED + 1:
            near = _around(starts, ends, near)
        near = near[near != vertex]
        if near.size < 5 or not reach > 0:
            continue
        u, v = (mesh.x[near] - mesh.x[vertex]) / reach, (mesh.y[near] - mesh.y[vertex]) / reach
        terms = np.stack([u, v, u * u / 2, u * v, v * v / 2], axis=1)
        with np.errstate(all="ignore"):
            rise = mesh.height[near] - mesh.height[vertex]
            if not np.isfinite(rise).all():
                continue
            (gu, gv, uu, uv, vv), _, rank, _ = np.linalg.lstsq(terms, rise, rcond=None)
            determinant = uu * vv - uv**2
            step_u, step_v = (uv * gv - vv * gu) / determinant, (uv * gu - uu * gv) / determinant
        right = determinant < 0 if kind[number] == 1 else determinant > 0 and (uu > 0) == (kind[number] == 0)
        if rank < 5 or not right or not np.hypot(step_u, step_v) <= 1:
            continue
        found_x[number] += step_u * reach
        found_y[number] += step_v * reach
        eigenvalues[number] = eigenvalues_of(*(np.array([c / reach**2]) for c in (uu, uv, vv)))[0]
    return found_x, found_y, eigenvalues


def _adjacency(mesh: HeightMesh) -> tuple[Indices, Indices]:
    """(n + 1,) where each vertex's neighbours begin in the second array, and the neighbours."""
    triangles = mesh.triangles[mesh.finite[mesh.triangles].all(axis=1)]
    a = triangles[:, [0, 1, 1, 2, 2, 0]].ravel()
    b = triangles[:, [1, 0, 2, 1, 0, 2]].ravel()
    codes = np.unique(a * mesh.x.size + b)
    start, end = np.divmod(codes, max(1, mesh.x.size))
    return np.searchsorted(start, np.arange(mesh.x.size + 1)), end


def _around(starts: Indices, ends: Indices, vertices: Indices) -> Indices:
    """Vertices and their neighbours, ascending."""
    parts = [ends[starts[vertex] : starts[vertex + 1]] for vertex in vertices.tolist()]
    return np.unique(np.concatenate([vertices, *parts]))
