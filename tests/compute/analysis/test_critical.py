"""Critical points against theorems (Euler, duality), published positions and naive loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compute.analysis import counts, critical_points
from compute.files import load
from compute.surface import PENDING, CriticalPoint, Surface

KINDS = ("minimum", "saddle", "maximum")
NEIGHBOURS = ((0, 1), (1, 1), (1, 0), (0, -1), (-1, -1), (-1, 0))


def surface_of(values: np.ndarray) -> Surface:
    ny, nx = values.shape
    return Surface(np.arange(nx), np.arange(ny), values)


def of_kind(
    points: tuple[CriticalPoint, ...], kind: str, *, boundary: bool | None = None
) -> list[CriticalPoint]:
    return [p for p in points if p.kind == kind and (boundary is None or p.boundary == boundary)]


# --- naive oracles: one vertex at a time, straight from the definitions ------------------------


class Complex:
    """The triangulated grid as sets of vertices, edges and triangles."""

    def __init__(self, values: np.ndarray) -> None:
        ny, nx = values.shape
        self.values = values
        self.vertices = [(j, i) for j in range(ny) for i in range(nx) if np.isfinite(values[j, i])]
        inside = set(self.vertices)
        self.edges = set()
        self.triangles = set()
        for j, i in self.vertices:
            for other in ((j, i + 1), (j + 1, i), (j + 1, i + 1)):
                if other in inside:
                    self.edges.add(frozenset(((j, i), other)))
            for middle in ((j, i + 1), (j + 1, i)):
                if middle in inside and (j + 1, i + 1) in inside:
                    self.triangles.add(frozenset(((j, i), middle, (j + 1, i + 1))))

    def key(self, vertex):
        """The order of simulated simplicity: value, then place in the array."""
        return (self.values[vertex], vertex)

    def euler(self) -> int:
        return len(self.vertices) - len(self.edges) + len(self.triangles)

    def link_parts(self, vertex, sign: int) -> tuple[int, int]:
        """Components and Euler characteristic of the lower (-1) or upper (+1) link."""
        corners = {
            next(iter(edge - {vertex})) for edge in self.edges if vertex in edge
        }  # fmt: skip
        corners = {c for c in corners if (self.key(c) > self.key(vertex)) == (sign > 0)}
        rims = [t - {vertex} for t in self.triangles if vertex in t and t - {vertex} <= corners]
        parent = {c: c for c in corners}

        def find(c):
            while parent[c] != c:
                c = parent[c]
            return c

        for rim in rims:
            a, b = rim
            parent[find(a)] = find(b)
        return len({find(c) for c in corners}), len(corners) - len(rims)

    def basins(self, sign: int) -> dict:
        """Persistence of every minimum (sign 1) or maximum (-1), by a sweep over all vertices."""
        rising = sorted(self.vertices, key=self.key, reverse=sign < 0)
        rank = {vertex: n for n, vertex in enumerate(rising)}
        parent: dict = {}
        found = {}

        def find(c):
            while parent[c] != c:
                c = parent[c]
            return c

        for vertex in rising:
            j, i = vertex
            around = {(j + dj, i + di) for dj, di in NEIGHBOURS} & parent.keys()
            roots = sorted({find(c) for c in around}, key=rank.__getitem__)
            parent[vertex] = roots[0] if roots else vertex
            for root in roots[1:]:
                found[root] = abs(self.values[vertex] - self.values[root])
                parent[root] = roots[0]
        for vertex in self.vertices:
            if parent[vertex] == vertex:
                found[vertex] = math.inf
        return found


# Few distinct values make ties and plateaus; NaN makes holes.
plateaus = hnp.arrays(
    np.float64, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.integers(0, 3).map(float)
)
holes = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 7), st.integers(1, 7)),
    elements=st.one_of(st.integers(0, 4).map(float), st.just(math.nan), st.floats(-1, 1)),
)
any_grid = st.one_of(plateaus, holes)


@given(any_grid)
def test_euler_formula_holds_whatever_the_values(values: np.ndarray) -> None:
    """Sum over all vertices of 1 - chi(lower link) is chi of the triangulation (Banchoff 1967)."""
    points = critical_points(surface_of(values), refine=False)
    grid = Complex(values)
    inner = [p for p in points if not p.boundary]
    index = {"minimum": 1, "saddle": -1, "maximum": 1}
    total = sum(index[p.kind] * p.multiplicity for p in inner)
    on_boundary = [v for v in grid.vertices if len({v} | {c for e in grid.edges if v in e for c in e}) < 7]
    total += sum(1 - grid.link_parts(v, -1)[1] for v in on_boundary)
    assert total == grid.euler()


@given(any_grid)
def test_every_vertex_is_what_its_link_says(values: np.ndarray) -> None:
    grid = Complex(values)
    expected = {}
    for vertex in grid.vertices:
        down, up = grid.link_parts(vertex, -1)[0], grid.link_parts(vertex, 1)[0]
        if down == 0 or up == 0:
            expected[vertex] = {"minimum": down == 0, "maximum": up == 0}
        elif max(down, up) > 1:
            expected[vertex] = {"saddle": max(down, up) - 1}
    found: dict = {}
    for p in critical_points(surface_of(values), refine=False):
        found.setdefault((int(p.y), int(p.x)), {})[p.kind] = p.multiplicity
        assert p.loss == values[int(p.y), int(p.x)]
    assert found.keys() == expected.keys()
    for vertex, kinds in expected.items():
        assert found[vertex] == {kind: n for kind, n in kinds.items() if n}


@given(any_grid)
def test_persistence_is_that_of_a_sweep_over_all_vertices(values: np.ndarray) -> None:
    grid = Complex(values)
    points = critical_points(surface_of(values), refine=False)
    for kind, sign in (("minimum", 1), ("maximum", -1)):
        found = {(int(p.y), int(p.x)): p.persistence for p in of_kind(points, kind)}
        assert found == grid.basins(sign)


def test_persistence_of_a_larger_rough_grid_too() -> None:
    values = np.random.default_rng(3).normal(size=(40, 31)).cumsum(axis=1)
    grid = Complex(values)
    points = critical_points(surface_of(values), refine=False)
    found = {(int(p.y), int(p.x)): p.persistence for p in of_kind(points, "minimum")}
    assert found == grid.basins(1)


@given(any_grid, st.booleans())
def test_upside_down_exchanges_minima_and_maxima_and_nothing_else(values: np.ndarray, resolved: bool) -> None:
    def described(points, sign, flip):
        ny, nx = values.shape
        exchange = {"minimum": "maximum", "maximum": "minimum", "saddle": "saddle"}
        return sorted(
            (
                exchange[p.kind] if flip else p.kind,
                (nx - 1 - p.x if flip else p.x, ny - 1 - p.y if flip else p.y),
                sign * p.loss, repr(p.persistence), p.boundary, p.multiplicity,
            )
            for p in points
        )  # fmt: skip

    upright = critical_points(surface_of(values), refine=False, resolved=resolved)
    # Turned as well, so that ties are broken the other way round.
    reverse = critical_points(surface_of(-values[::-1, ::-1]), refine=False, resolved=resolved)
    assert described(upright, 1, False) == described(reverse, -1, True)


@given(plateaus)
def test_each_saddle_of_a_full_grid_is_paired_with_an_extremum(values: np.ndarray) -> None:
    points = critical_points(surface_of(values), refine=False)
    depths = [p.persistence for p in points if p.kind != "saddle"]
    for saddle in of_kind(points, "saddle"):
        assert saddle.persistence in depths or (saddle.boundary and math.isnan(saddle.persistence))


# --- boundary, holes, refinement -----------------------------------------------------------------


def test_a_slope_has_its_extrema_on_the_boundary_only() -> None:
    axis = np.linspace(0, 1, 9)
    points = critical_points(Surface(axis, axis, axis + 0.5 * axis[:, None]))
    assert all(p.boundary for p in points)
    assert [(p.kind, p.x, p.y) for p in points] == [("minimum", 0, 0), ("maximum", 1, 1)]


def test_neighbours_of_what_is_pending_or_not_finite_are_boundary() -> None:
    axis = np.linspace(-1, 1, 11)
    values = np.add.outer(axis**2, axis**2)
    status = np.ones(values.shape, dtype=np.uint8)
    status[5, 6] = PENDING
    (minimum,) = of_kind(critical_points(Surface(axis, axis, values, status=status)), "minimum")
    assert minimum.boundary and (minimum.x, minimum.y) == (0, 0)
    values[5, 5] = np.inf
    minima = of_kind(critical_points(Surface(axis, axis, values)), "minimum")
    assert minima and all(p.boundary and math.isfinite(p.loss) for p in minima)


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (6, 1), (2, 2), (2, 5)])
def test_the_smallest_grids(shape: tuple[int, int]) -> None:
    values = np.arange(math.prod(shape), dtype=float).reshape(shape)
    points = critical_points(surface_of(values))
    assert all(p.boundary for p in points)
    assert [p.loss for p in of_kind(points, "minimum")] == [0.0]
    assert [p.loss for p in of_kind(points, "maximum")] == [values.max()]
    assert critical_points(surface_of(np.full(shape, np.nan))) == ()


def test_values_at_the_ends_of_float64_do_no_harm() -> None:
    values = np.full((7, 7), 1.7e308)
    values[2, 2], values[4, 4] = -1.7e308, -1.6e308
    minima = of_kind(critical_points(surface_of(values), resolved=True), "minimum", boundary=False)
    assert [(p.x, p.y) for p in minima] == [(2, 2), (4, 4)]


def test_uneven_axes_are_refined_in_their_own_coordinates() -> None:
    rng = np.random.default_rng(7)
    x, y = np.cumsum(rng.uniform(0.05, 0.15, 60)), np.cumsum(rng.uniform(0.02, 0.2, 50))
    px, py = x[25] + 0.02, y[22] + 0.01
    grid_x, grid_y = np.meshgrid(x - px, y - py)
    values = 3 * grid_x**2 + grid_x * grid_y + 2 * grid_y**2
    (minimum,) = of_kind(critical_points(Surface(x, y, values)), "minimum", boundary=False)
    assert (minimum.x, minimum.y) == pytest.approx((px, py), abs=1e-9)
    (vertex,) = of_kind(critical_points(Surface(x, y, values), refine=False), "minimum", boundary=False)
    assert vertex.x in x and vertex.y in y
    assert vertex.loss == minimum.loss


@given(hnp.arrays(np.float64, (7, 9), elements=st.floats(-1e3, 1e3)))
def test_refinement_moves_by_less_than_a_cell_and_changes_nothing_else(values: np.ndarray) -> None:
    surface = surface_of(values)
    for moved, vertex in zip(critical_points(surface), critical_points(surface, refine=False), strict=True):
        assert abs(moved.x - vertex.x) <= 1 and abs(moved.y - vertex.y) <= 1
        assert (moved.kind, moved.loss, moved.boundary) == (vertex.kind, vertex.loss, vertex.boundary)


# --- surfaces by others, and one that is known to be convex ---------------------------------------


@pytest.mark.parametrize("name", ["ResNet_Random.ply", "VGG_PCA.ply"])
def test_published_surfaces_at_zero_persistence_and_above_their_noise(shared_data, name: str) -> None:
    """Other samples at every point gave these a noise of about 0.003: counts against sets of vertices."""
    surface = load(shared_data / "sv_term_project" / name)
    grid = Complex(surface.loss)
    inner = {v for v in grid.vertices if sum(v in edge for edge in grid.edges) == 6}
    parts = {v: (grid.link_parts(v, -1)[0], grid.link_parts(v, 1)[0]) for v in inner}
    points = critical_points(surface, refine=False, noise=0.003)
    tally = counts(points)
    assert tally["inner"] == {
        "minima": sum(down == 0 for down, _ in parts.values()),
        "saddles": sum(min(pair) >= 1 and max(pair) > 1 for pair in parts.values()),
        "maxima": sum(up == 0 for _, up in parts.values()),
    }
    threshold = 3 * math.sqrt(2) * 0.003
    for kind, plural, sign in (("minimum", "minima", 1), ("maximum", "maxima", -1)):
        depth = {v: d for v, d in grid.basins(sign).items() if v in inner}
        assert tally["significant"][plural] == sum(d > threshold for d in depth.values())
        assert len(depth) == tally["inner"][plural] == len(of_kind(points, kind, boundary=False))


def test_softmax_regression_on_the_spirals_has_one_minimum_and_no_saddle(shared_data) -> None:
    """Its loss is convex, and so is its restriction to the plane of the path's principal axes."""
    data = np.load(shared_data / "spirals" / "spirals.npz")
    path, inputs, labels = data["path_weights"], data["train_points"], data["train_labels"]
    axes = np.linalg.svd(path - path.mean(axis=0), full_matrices=False)[2][:2]
    along = (path - path[-1]) @ axes.T
    axis = np.linspace(-1.5, 1.5, 41) * np.abs(along).max()
    loss = np.empty((41, 41))
    for j, i in np.ndindex(loss.shape):
        weights = path[-1] + axis[i] * axes[0] + axis[j] * axes[1]
        logits = inputs @ weights[:6].reshape(3, 2).T + weights[6:]
        logits -= logits.max(axis=1, keepdims=True)
        loss[j, i] = (np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(labels)), labels]).mean()
    assert loss[20, 20] == pytest.approx(data["path_loss"][-1], abs=2e-6)
    points = critical_points(Surface(axis, axis, loss), resolved=True)
    assert counts(points)["inner"] == {"minima": 1, "saddles": 0, "maxima": 0}
    assert min(p.loss for p in points) >= 0.73241861
