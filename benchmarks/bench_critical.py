"""Critical points of a 2048 x 2048 surface with their persistence: against the textbook's sweep.

The baseline is the algorithm as it is taught: all vertices from the lowest to the highest, a
union-find over those that are already there, a pair wherever two components meet. It finds the
minima and their persistence only; ours finds saddles and maxima too.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.case import Case
from compute.analysis import critical_points
from compute.surface import Surface

SIDE = 2048


def waves(side: int) -> Surface:
    """Forty plane waves in a bowl: thousands of critical points of all sizes."""
    rng = np.random.default_rng(0)
    axis = np.linspace(-1, 1, side)
    loss = np.add.outer(axis**2, axis**2)
    for number in range(40):
        size = rng.uniform(5, 60)
        turn, phase = rng.uniform(0, 2 * np.pi, 2)
        wave = np.exp(1j * size * (np.cos(turn) * axis)) * np.exp(1j * phase)
        loss += 0.5 / (number + 5) * np.outer(np.exp(1j * size * np.sin(turn) * axis), wave).real
    return Surface(axis, axis, loss)


def sweep(values: np.ndarray) -> list[float]:
    """Persistence of all minima that end, by a sweep over all vertices of the triangulated grid."""
    ny, nx = values.shape
    flat = values.ravel().tolist()
    parent = [-1] * len(flat)
    found = []
    for vertex in np.argsort(values.ravel(), kind="stable").tolist():
        row, column = divmod(vertex, nx)
        root = vertex
        parent[vertex] = vertex
        for dj, di in ((0, 1), (1, 1), (1, 0), (0, -1), (-1, -1), (-1, 0)):
            if not (0 <= row + dj < ny and 0 <= column + di < nx):
                continue
            other = vertex + dj * nx + di
            if parent[other] < 0:
                continue
            while parent[other] != other:
                parent[other] = other = parent[parent[other]]
            if other == root:
                continue
            low, high = sorted((root, other), key=lambda v: (flat[v], v))
            if high != vertex:
                found.append(flat[vertex] - flat[high])
            parent[high] = root = low
    return sorted(found)


def cases() -> Iterator[Case]:
    """One surface, both ways."""
    surface = waves(SIDE)
    points = critical_points(surface, refine=False)

    def ours() -> list[float]:
        found = critical_points(surface)
        return sorted(p.persistence for p in found if p.kind == "minimum" and np.isfinite(p.persistence))

    name = f"{len(points):,} critical points of a {SIDE}×{SIDE} surface, with persistence"
    yield Case(
        name, ours, lambda: sweep(surface.loss), "sweep over all vertices, minima only", rtol=0, rounds=2
    )
