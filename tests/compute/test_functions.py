"""Landscapes of any function of a vector, with numpy alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import compute
from compute.errors import GuidedError
from compute.surface import FAILED, NOT_FINITE, OK

REPOSITORY = Path(__file__).resolve().parents[2]
THETA = np.array([1.0, -2.0, 0.5])
D1, D2 = np.array([1.0, 1.0, 0.0]), np.array([0.0, -1.0, 2.0])
A = np.array([[2.0, 0.3, 0.0], [0.3, 1.0, -0.4], [0.0, -0.4, 3.0]])


def quadratic(theta):
    return 0.5 * theta @ A @ theta


def test_plane_of_a_quadratic_is_the_quadratic():
    surface = compute.function_plane(quadratic, THETA, D1, D2, x=(-2, 1, 4), y=(-1, 1, 5))
    assert surface.shape == (5, 4) and (surface.status == OK).all()
    for row, y in enumerate(surface.y):
        for column, x in enumerate(surface.x):
            expected = quadratic(THETA + x * D1 + y * D2)
            assert surface.loss[row, column] == pytest.approx(expected, rel=1e-14)
    meta = surface.meta
    assert meta["parameters"] == 3 and meta["metric"] == "quadratic" and meta["program"].startswith("glviz ")
    assert meta["direction_norms"] == pytest.approx([2**0.5, 5**0.5])
    assert meta["cosine"] == pytest.approx(-1 / 10**0.5)
    assert meta["centre"] == {"loss": pytest.approx(quadratic(THETA))}


@pytest.mark.parametrize("other", [D1, -2.5 * D1, D1 * (1 + 1e-9)])
def test_parallel_directions_are_told_of(other, tmp_path):
    run = tmp_path / "a.ply"
    surface = compute.function_plane(quadratic, THETA, D1, other, x=(-1, 1, 3), y=(-1, 1, 3), run=run)
    (told,) = surface.notices
    assert "The two directions are parallel" in told and "this is a line" in told
    assert abs(surface.meta["cosine"]) == pytest.approx(1)
    assert any("parallel" in notice for notice in compute.load(run).notices), "its file says so too"
    straight = compute.function_plane(quadratic, THETA, D1, D2, x=(-1, 1, 3), y=(-1, 1, 3))
    assert straight.notices == ()
    flat = compute.function_plane(quadratic, THETA, D1, 0 * D1, x=(-1, 1, 3), y=(-1, 1, 3))
    assert "cosine" not in flat.meta


def test_line_goes_from_one_solution_to_another():
    end = np.array([0.0, 1.0, 1.0])
    curve = compute.function_line(quadratic, THETA, end - THETA, x=(-0.5, 1.5, 5))
    assert curve.loss[1] == quadratic(THETA) and curve.loss[3] == pytest.approx(quadratic(end))
    assert "cosine" not in curve.meta


def test_further_values_and_what_goes_wrong_are_kept():
    """NaN, an infinity and an exception are three results like any other."""

    def f(theta):
        place = round(theta[0] - THETA[0], 9)
        if place == 1:
            raise FloatingPointError("singular here")
        return {"loss": {-1: np.nan, 2: np.inf}.get(place, quadratic(theta)), "length": np.linalg.norm(theta)}

    told = []
    surface = compute.function_plane(
        f,
        list(THETA),
        D1,
        D2,
        x=(-1, 2, 4),
        y=(0, 1, 2),
        meta={"model": "mine"},
        progress=lambda *done: told.append(done),
    )
    assert surface.status[0].tolist() == [NOT_FINITE, OK, FAILED, NOT_FINITE]
    assert np.isnan(surface.loss[0, 0]) and np.isposinf(surface.loss[0, 3])
    assert surface.metrics["length"][0, 1] == pytest.approx(np.linalg.norm(THETA))
    assert "singular here" in surface.meta["failures"][0]["error"] and surface.meta["model"] == "mine"
    assert surface.notices and told == [(k, 8) for k in range(1, 9)]


def test_function_that_writes_to_its_argument_does_no_harm():
    def careless(theta):
        value = quadratic(theta)
        theta += 100
        return value

    theta = THETA.copy()
    surfaces = [
        compute.function_plane(f, theta, D1, D2, x=(-1, 1, 3), y=(-1, 1, 3)) for f in (careless, quadratic)
    ]
    np.testing.assert_array_equal(surfaces[0].loss, surfaces[1].loss)
    np.testing.assert_array_equal(theta, THETA)


def test_the_file_comes_back(tmp_path):
    surface = compute.function_plane(quadratic, THETA, D1, D2, x=(-1, 1, 3), y=(-1, 1, 2))
    surface.save(tmp_path / "s.ply")
    back = compute.load(tmp_path / "s.ply")
    np.testing.assert_array_equal(back.loss, surface.loss)
    assert back.meta["parameters"] == 3


random = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((None, THETA, D1, D2), "cannot be called"),
        ((quadratic, THETA, D1, D2[:2]), "direction 2 has 2"),
        ((quadratic, THETA[None], D1, D2), r"reading theta: its shape is \(1, 3\)"),
        ((quadratic, [], D1, D2), "reading theta"),
        ((quadratic, ["a", "b"], D1, D2), "reading theta"),
        ((quadratic, THETA * np.nan, D1, D2), "theta: it is not finite"),
        ((quadratic, THETA, D1 + np.inf, D2), "direction 1: it is not finite"),
        ((lambda t: t, THETA, D1, D2), r"array of shape \(3,\)"),
        ((lambda t: None, THETA, D1, D2), "NoneType"),
        ((lambda t: "much", THETA, D1, D2), "a str"),
        ((lambda t: {"accuracy": 1.0}, THETA, D1, D2), "no 'loss'"),
        ((lambda t: 1 / 0, THETA, D1, D2), "ZeroDivisionError"),
        ((lambda t: random.normal(), THETA, D1, D2), "deterministic"),
    ],
)
def test_bad_input_is_refused_before_the_run(arguments, words):
    with pytest.raises(GuidedError, match=words) as error:
        compute.function_plane(*arguments, x=(-1, 1, 3), y=(-1, 1, 3))
    assert error.value.doing and error.value.todo


def test_neither_torch_nor_anything_else_heavy_is_loaded():
    code = (
        "import compute, sys; compute.function_plane(lambda t: t @ t, [1, 2], [1, 0], [0, 1]); "
        "compute.array_direction([[[1.0]]], seed=0); "
        "print({'torch', 'sklearn', 'jax', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout.strip(), done.stderr) == ("set()", "")
