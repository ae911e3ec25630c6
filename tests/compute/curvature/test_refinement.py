"""Newton's method on exact in-plane gradients: against an exact quadratic, and on a digits network."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

import compute
from compute import training, zoo
from compute.analysis import critical_points
from compute.cli import main
from compute.curvature.refinement import InPlane, refine_points
from compute.surface import CriticalPoint
from compute.zoo import data


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A rectified network trained for five epochs, its surface, and the files of both."""
    folder = tmp_path_factory.mktemp("refinement")
    digits = data.load("digits")
    torch.manual_seed(0)
    model = zoo.build("mlp:64-16-10")
    training.train(model, digits.inputs, digits.targets, epochs=5)
    torch.save(model.state_dict(), folder / "net.pt")
    return folder, model, compute.Loss("cross_entropy", digits.inputs, digits.targets)


def test_the_gradient_of_a_digits_network_falls_below_1e_8_of_that_at_the_grid_minimum(trained) -> None:
    _, model, loss = trained
    directions = [compute.random_direction(model, seed=seed) for seed in (0, 1)]
    surface = compute.plane(model, loss, directions, x=(-1, 1, 17), y=(-1, 1, 17))
    points = [p for p in critical_points(surface, refine=False, resolved=True) if not p.boundary]
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    (found,) = refine_points(points, model, loss, directions, reach=(0.25, 0.25))
    assert found.moved and found.point.kind == "minimum"
    assert found.after < 1e-8 * found.before
    assert all(torch.equal(p, before[name]) for name, p in model.named_parameters())
    # By other means: central differences of the loss itself, in double precision.
    plane = InPlane(model, loss, directions)

    def value(x: float, y: float) -> float:
        plane.move(x, y)
        return plane.loss()

    x, y, h = found.point.x, found.point.y, 1e-4
    slope = np.array([value(x + h, y) - value(x - h, y), value(x, y + h) - value(x, y - h)]) / (2 * h)
    assert np.linalg.norm(slope) < 1e-3 * found.before
    assert value(x, y) == pytest.approx(found.point.loss, rel=1e-12)
    assert found.point.loss < min(p.loss for p in points)


def test_a_quadratic_is_solved_in_one_step() -> None:
    """Linear regression: on any plane the loss is a quadratic, whose minimum solves two equations."""
    torch.manual_seed(1)
    inputs, targets = torch.randn(40, 5, dtype=torch.float64), torch.randn(40, 1, dtype=torch.float64)
    model = torch.nn.Linear(5, 1, bias=False).double()
    loss = compute.Loss("mse", inputs, targets)
    directions = [compute.random_direction(model, seed=seed, norm="none") for seed in (0, 1)]
    d, e = (direction.tensors["weight"].double().ravel() for direction in directions)
    moved = torch.stack([inputs @ d, inputs @ e], 1)
    rest = targets.ravel() - inputs @ model.weight.detach().ravel()
    expected = torch.linalg.lstsq(moved, rest[:, None]).solution.ravel().numpy()
    start = CriticalPoint("minimum", *(expected + [0.1, -0.2]).tolist(), 0.0)
    (found,) = refine_points([start], model, loss, directions, reach=(1.0, 1.0))
    assert found.steps <= 2
    assert (found.point.x, found.point.y) == pytest.approx(expected, abs=1e-9)
    hessian = (2 / 40 * moved.T @ moved).numpy()
    assert found.point.eigenvalues == pytest.approx(np.linalg.eigvalsh(hessian), rel=1e-9)
    # A point of another kind, or out of reach, stays what it was.
    saddle = CriticalPoint("saddle", start.x, start.y, 0.0)
    far = CriticalPoint("minimum", start.x + 5, start.y, 0.0)
    for given in (saddle, far):
        (kept,) = refine_points([given], model, loss, directions, reach=(1.0, 1.0))
        assert not kept.moved and kept.point == given


def test_the_command_line_makes_the_plane_again(trained, capsys) -> None:
    folder, _, _ = trained
    problem = ["--model", "mlp:64-16-10", "--checkpoint", str(folder / "net.pt"), "--data", "digits"]
    surface = str(folder / "s.ply")
    assert main(["surface", *problem, "-x", "-1:1:11", "-y", "-1:1:11", "--seed", "4", "-o", surface]) == 0
    capsys.readouterr()
    assert main(["critical", surface, "--refine", *problem, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (report,) = [r for r in found["refined"] if r["kind"] == "minimum"]
    assert report["exact"] and report["gradient_after"] < 1e-8 * report["gradient_before"]
    (point,) = [p for p in found["critical_points"] if p["kind"] == "minimum" and not p["boundary"]]
    assert (point["x"], point["y"]) == (report["x"], report["y"])
    for change in (["--limit", "300"], ["--loss", "mse"]):
        assert main(["critical", surface, "--refine", *problem, *change]) == 2
        assert "in the file" in capsys.readouterr().err
    assert main(["critical", surface, "--refine"]) == 2
    assert "--model and --data" in capsys.readouterr().err
    assert main(["critical", surface, "--model", "mlp"]) == 2
