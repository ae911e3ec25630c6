"""Which critical points are more than noise, and that the mark survives a file."""

from __future__ import annotations

import math

import numpy as np
import pytest

import compute
from compute.analysis import counts, critical_points
from compute.errors import ArgumentError
from compute.surface import CriticalPoint, Surface


def wells(depths, side: int = 21) -> Surface:
    """A plain at 0 with a wide hole of each depth in a row: nothing else is critical inside."""
    x, y = np.arange(side * len(depths), dtype=float), np.arange(side, dtype=float)
    grid_x, grid_y = np.meshgrid(x, y)
    loss = np.zeros(grid_x.shape)
    for number, depth in enumerate(depths):
        centre = side * number + side // 2
        loss -= depth * np.exp(-((grid_x - centre) ** 2 + (grid_y - side // 2) ** 2) / 8)
    return Surface(x, y, loss)


def inner(points, kind):
    return [p for p in points if p.kind == kind and not p.boundary]


def test_without_a_noise_nothing_is_claimed() -> None:
    points = critical_points(wells([1.0, 0.3]))
    assert {p.significant for p in points} == {None}
    assert counts(points)["significant"] is None


@pytest.mark.parametrize("sigmas", [1.0, 3.0])
def test_the_threshold_is_so_many_standard_errors_of_the_difference(sigmas: float) -> None:
    """A well of depth 0.3 counts if 0.3 > k sqrt(2) sigma: the two ends err independently."""
    surface = wells([1.0, 0.3])
    (shallow,) = [p for p in inner(critical_points(surface), "minimum") if math.isfinite(p.persistence)]
    limit = shallow.persistence / (sigmas * math.sqrt(2))
    for noise, expected in ((limit * 0.99, True), (limit * 1.01, False)):
        minima = inner(critical_points(surface, noise=noise, sigmas=sigmas), "minimum")
        assert [p.significant for p in minima] == [True, expected]


def test_the_standard_errors_of_the_file_are_those_of_the_two_points() -> None:
    surface = wells([1.0, 0.3])
    errors = np.full(surface.shape, 10.0)  # no other point matters
    (shallow,) = [
        p for p in inner(critical_points(surface, refine=False), "minimum") if math.isfinite(p.persistence)
    ]
    (saddle,) = [
        p for p in critical_points(surface, refine=False)
        if p.kind == "saddle" and p.persistence == shallow.persistence
    ]  # fmt: skip
    place = {(p.x, p.y): e for p, e in ((shallow, 0.03), (saddle, 0.04))}
    for (x, y), error in place.items():
        errors[int(y), int(x)] = error
    # sqrt(0.03^2 + 0.04^2) = 0.05
    for sigmas, expected in ((shallow.persistence / 0.0501, True), (shallow.persistence / 0.0499, False)):
        found = critical_points(surface.replace(metrics={"loss_stderr": errors}), refine=False, sigmas=sigmas)
        (same,) = [p for p in found if p.kind == "minimum" and (p.x, p.y) == (shallow.x, shallow.y)]
        (other,) = [p for p in found if p.kind == "saddle" and (p.x, p.y) == (saddle.x, saddle.y)]
        assert same.significant is expected and other.significant is expected


def test_most_of_what_noise_makes_is_told_from_what_is_there() -> None:
    """A bowl with 1e-3 of noise on 256 x 256 points: a thousand false minima."""
    axis = np.linspace(-1, 1, 256)
    values = 0.01 * np.add.outer(axis**2, axis**2) + np.random.default_rng(2).normal(0, 1e-3, (256, 256))
    tally = counts(critical_points(Surface(axis, axis, values), noise=1e-3))
    assert tally["inner"]["minima"] > 1000
    assert tally["significant"]["minima"] < 0.02 * tally["inner"]["minima"]
    deep = critical_points(Surface(axis, axis, values), noise=1e-3, sigmas=5)
    assert counts(deep)["significant"]["minima"] == 1
    assert counts(deep)["significant"]["saddles"] == 0


def test_a_standard_error_that_is_not_known_proves_nothing() -> None:
    surface = wells([1.0, 0.3])
    found = critical_points(surface.replace(metrics={"loss_stderr": np.full(surface.shape, np.nan)}))
    assert [p.significant for p in inner(found, "minimum")] == [True, False]  # the lowest never cancels


@pytest.mark.parametrize("noise", [-1.0, math.nan, math.inf])
def test_a_noise_that_is_none_is_refused(noise: float) -> None:
    with pytest.raises(ArgumentError, match="noise"):
        critical_points(wells([1.0]), noise=noise)


def test_eigenvalues_are_those_of_the_function() -> None:
    x, y = np.linspace(-1, 1, 41), np.linspace(-2, 2, 33)
    grid_x, grid_y = np.meshgrid(x, y)
    surface = Surface(x, y, 3 * grid_x**2 + 2 * grid_x * grid_y + grid_y**2)
    (minimum,) = inner(critical_points(surface), "minimum")
    expected = np.linalg.eigvalsh([[6, 2], [2, 2]])
    assert minimum.eigenvalues == pytest.approx(expected, rel=1e-9)
    (vertex,) = inner(critical_points(surface, refine=False), "minimum")
    assert vertex.eigenvalues is None


def test_marks_and_eigenvalues_survive_a_file(tmp_path) -> None:
    points = (
        CriticalPoint("minimum", 0.0, 1.0, -2.0, math.inf, significant=True, eigenvalues=(0.5, 2.0)),
        CriticalPoint("saddle", 1.0, 1.0, -1.0, 0.1, significant=False),
        CriticalPoint("maximum", 1.0, 0.0, 3.0, 4.0, boundary=True),
    )
    surface = wells([1.0]).replace(critical_points=points)
    surface.save(tmp_path / "s.ply")
    assert compute.load(tmp_path / "s.ply").critical_points == points


@pytest.mark.parametrize("value", [math.nan, math.inf, 1.0])
def test_constant_and_empty_grids(value: float) -> None:
    points = critical_points(Surface(np.arange(5), np.arange(4), np.full((4, 5), value)), noise=0.1)
    # One minimum and one maximum by the order of the points, on the rim; none where nothing is finite.
    assert [p.kind for p in points] == (["minimum", "maximum"] if value == 1.0 else [])
    assert all(p.boundary for p in points)
