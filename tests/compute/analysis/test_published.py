"""Surfaces whose critical points are published, and how long large ones take."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from compute.analysis import critical_points
from compute.surface import CriticalPoint, Surface

KINDS = ("minimum", "saddle", "maximum")


def of_kind(
    points: tuple[CriticalPoint, ...], kind: str, *, boundary: bool | None = None
) -> list[CriticalPoint]:
    return [p for p in points if p.kind == kind and (boundary is None or p.boundary == boundary)]


def himmelblau(x, y):
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def beale(x, y):
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def six_hump_camel(x, y):
    return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2


def three_hump_camel(x, y):
    return 2 * x**2 - 1.05 * x**4 + x**6 / 6 + x * y + y**2


def mueller_brown(x, y):
    terms = (
        (-200, -1, 0, -10, 1, 0),
        (-100, -1, 0, -10, 0, 0.5),
        (-170, -6.5, 11, -6.5, -0.5, 1.5),
        (15, 0.7, 0.6, 0.7, -1, 1),
    )
    return sum(
        k * np.exp(a * (x - p) ** 2 + b * (x - p) * (y - q) + c * (y - q) ** 2) for k, a, b, c, p, q in terms
    )


def rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


@dataclass(frozen=True)
class Case:
    """A function on a box with its inner critical points as (x, y, value), None where not listed."""

    name: str
    function: Callable
    x: tuple[float, float]
    y: tuple[float, float]
    minima: tuple[tuple[float, float, float | None], ...]
    saddles: tuple[tuple[float, float, float | None], ...]
    maxima: tuple[tuple[float, float, float | None], ...] = ()

    def surface(self, count: int = 201) -> Surface:
        x, y = np.linspace(*self.x, count), np.linspace(*self.y, count)
        return Surface(x, y, self.function(*np.meshgrid(x, y)))


def mirrored(*points):
    return tuple(p for x, y, v in points for p in ((x, y, v), (-x, -y, v)))


CASES = (
    Case(
        "himmelblau", himmelblau, (-6, 6), (-6, 6),
        minima=((3, 2, 0), (-2.805118, 3.131313, 0), (-3.779310, -3.283186, 0), (3.584428, -1.848127, 0)),
        saddles=(
            (-3.073026, -0.081353, 104.015), (-0.127961, -1.953715, 178.337),
            (0.086678, 2.884255, 67.7192), (3.385154, 0.073852, 13.3119),
        ),
        maxima=((-0.270845, -0.923039, 181.617),),
    ),
    Case(
        "six-hump camel", six_hump_camel, (-3, 3), (-2, 2),
        # Surjanovic and Bingham for the first pair; the others solve grad f = 0 to six digits.
        minima=mirrored(
            (0.089842, -0.712656, -1.031628), (1.703607, -0.796084, -0.215464), (1.607105, 0.568651, 2.104250)
        ),
        saddles=(
            (0, 0, 0),
            *mirrored(
                (1.109205, -0.768268, 0.543719), (1.296070, 0.605084, 2.229471),
                (1.638068, 0.228674, 2.229357),
            ),
        ),
        maxima=mirrored((1.230230, 0.162335, 2.496295)),
    ),
    Case(
        "three-hump camel", three_hump_camel, (-5, 5), (-5, 5),
        minima=((0, 0, 0), *mirrored((1.747552, -0.873776, 0.298638))),
        saddles=mirrored((1.070542, -0.535271, 0.877362)),
    ),
    Case(
        "Mueller-Brown", mueller_brown, (-1.7, 1.2), (-0.4, 2.1),
        minima=((-0.558224, 1.441726, -146.70), (0.623499, 0.028038, -108.17), (-0.050011, 0.466694, -80.77)),
        saddles=((-0.822002, 0.624313, -40.66), (0.212487, 0.292988, -72.25)),
    ),
    Case(
        "Beale", beale, (-4.5, 4.5), (-4.5, 4.5),
        # The second saddle's valley is narrower than a cell.
        minima=((3, 0.5, 0),), saddles=((0, 1, 14.2031), (0.100538, -2.644514, 9.86451)),
    ),
    Case("Rosenbrock", rosenbrock, (-2, 2), (-1, 3), minima=((1, 1, 0),), saddles=()),
)  # fmt: skip


def matched(case: Case, points: list[CriticalPoint], listed, count: int = 201) -> None:
    """Each listed point is found once, to a tenth of a cell and to the grid's precision in value."""
    step_x, step_y = (case.x[1] - case.x[0]) / (count - 1), (case.y[1] - case.y[0]) / (count - 1)
    assert len(points) == len(listed)
    for x, y, value in listed:
        near = [p for p in points if abs(p.x - x) < 0.1 * step_x and abs(p.y - y) < 0.1 * step_y]
        assert len(near) == 1, f"no point at ({x}, {y}) among {[(p.x, p.y) for p in points]}"
        if value is not None:
            fall = abs(case.function(x, y) - value)
            assert fall < 6e-3  # the list itself, to its digits
            assert near[0].loss == pytest.approx(value, abs=0.06)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_published_critical_points_and_no_others(case: Case) -> None:
    points = critical_points(case.surface(), resolved=True)
    for kind, listed in zip(KINDS, (case.minima, case.saddles, case.maxima), strict=True):
        matched(case, of_kind(points, kind, boundary=False), listed)


NARROW = ("Beale", "Rosenbrock")  # valleys


@pytest.mark.parametrize("case", [c for c in CASES if c.name not in NARROW], ids=lambda case: case.name)
def test_the_complete_list_adds_only_pairs_of_hardly_any_persistence(case: Case) -> None:
    surface = case.surface()
    points = critical_points(surface)
    least = 1e-6 * float(np.ptp(surface.loss))
    for kind, listed in zip(KINDS, (case.minima, case.saddles, case.maxima), strict=True):
        matched(case, [p for p in of_kind(points, kind, boundary=False) if p.persistence > least], listed)


def test_a_complete_list_follows_narrow_valleys_from_accident_to_accident() -> None:
    """The resolved list has none of them, and the pass that lies between the grid points."""
    (case,) = (case for case in CASES if case.name == "Beale")
    assert len(of_kind(critical_points(case.surface()), "minimum", boundary=False)) > 10
    points = critical_points(case.surface(), resolved=True)
    # In the left valley and the lower one the function falls to the edge of the box.
    assert len(of_kind(points, "minimum", boundary=True)) == 2
    low, high = of_kind(points, "saddle", boundary=False)
    assert low.eigenvalues == pytest.approx(curvatures(beale, low.x, low.y), rel=1e-3)
    assert high.eigenvalues == pytest.approx((-27.75, 27.75), rel=1e-6)


def curvatures(function: Callable, x: float, y: float, h: float = 1e-4) -> tuple[float, float]:
    """Eigenvalues of the Hessian by central differences."""
    here = function(x, y)
    xx = (function(x + h, y) - 2 * here + function(x - h, y)) / h**2
    yy = (function(x, y + h) - 2 * here + function(x, y - h)) / h**2
    corners = sum(a * b * function(x + a * h, y + b * h) for a in (-1, 1) for b in (-1, 1))
    low, high = np.linalg.eigvalsh([[xx, corners / (4 * h**2)], [corners / (4 * h**2), yy]])
    return float(low), float(high)


@pytest.mark.parametrize("sigma", [1e-3, 1e-6])
def test_noise_is_not_made_finer(sigma: float) -> None:
    """A polynomial through noise would bring forth extrema that no value vouches for."""
    axis = np.linspace(-4.5, 4.5, 65)
    noise = np.random.default_rng(1).normal(0, sigma, (65, 65))
    surface = Surface(axis, axis, 1e-3 * himmelblau(*np.meshgrid(axis, axis)) + noise)
    points = critical_points(surface, resolved=True)
    assert {p.loss for p in points} <= set(surface.loss.ravel().tolist())


def test_a_finer_grid_keeps_what_the_noise_says_of_each_point() -> None:
    axis = np.linspace(-4.5, 4.5, 201)
    loss = beale(*np.meshgrid(axis, axis))
    for sigma, expected in ((0.01, True), (1.0, False)):
        points = critical_points(Surface(axis, axis, loss), resolved=True, noise=sigma)
        (saddle,) = (p for p in of_kind(points, "saddle", boundary=False) if p.y < -2)
        assert saddle.persistence == pytest.approx(0.467, abs=0.01)
        assert saddle.significant is expected


def test_himmelblau_persistence_is_the_height_of_the_passes() -> None:
    case = CASES[0]
    points = critical_points(case.surface(401), resolved=True)
    minima = {round(p.x): p.persistence for p in of_kind(points, "minimum", boundary=False)}
    # (3, 2) is a grid point of this lattice, so the lowest; the others end at the three lowest passes.
    finite = sorted(v for v in minima.values() if v < math.inf)
    assert finite == pytest.approx([13.3119, 67.7192, 104.015], rel=1e-3)
    (maximum,) = of_kind(points, "maximum", boundary=False)
    assert maximum.persistence == pytest.approx(181.617 - 178.337, rel=1e-2)


def test_monkey_saddle_is_one_point_of_multiplicity_two() -> None:
    axis = np.linspace(-1, 1, 21)
    x, y = np.meshgrid(axis, axis)
    points = [p for p in critical_points(Surface(axis, axis, x**3 - 3 * x * y**2)) if not p.boundary]
    assert [(p.kind, p.multiplicity, p.x, p.y) for p in points] == [("saddle", 2, 0.0, 0.0)]


def test_more_than_a_thousand_false_minima_of_noise_have_little_persistence() -> None:
    rng = np.random.default_rng(0)
    axis = np.linspace(-1, 1, 256)
    values = 0.05 * np.add.outer(axis**2, axis**2) + rng.normal(0, 1e-3, (256, 256))
    minima = of_kind(critical_points(Surface(axis, axis, values)), "minimum")
    assert len(minima) > 1000
    assert sum(p.persistence > 0.01 for p in minima) == 1


def test_a_million_points_take_well_under_a_second() -> None:
    axis = np.linspace(-6, 6, 1024)
    surface = Surface(axis, axis, himmelblau(*np.meshgrid(axis, axis)))
    start = time.process_time()
    critical_points(surface, resolved=True)
    assert time.process_time() - start < 2.0  # 0.2 s when nothing else runs
