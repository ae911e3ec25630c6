"""Loss planes: how long a point takes, against Li et al.'s loop and the packages that are installed."""

from __future__ import annotations

import contextlib
import copy
import io
from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

import compute
from benchmarks import networks
from benchmarks.case import Case
from benchmarks.networks import Problem
from compute.evaluate import evaluator

LI = "loop over a DataLoader, after Li et al."
SPEC = (-1.0, 1.0, 51)


def cases() -> Iterator[Case]:
    """Planes of 51 x 51 points around networks of several kinds."""
    digits = networks.digits()
    yield whole(digits, least=25, every=5)
    yield from packages(digits, least=2.5)
    for problem, least in ((networks.mnist("mlp:784-256-128-10", 5000, "MLP 784-256-128-10"), 8.0),):
        if problem is not None:
            yield some(problem, least=least, ours=64, baseline=4)
    lenet = networks.mnist("lenet", 2000, "LeNet")
    if lenet is not None:
        yield some(lenet, least=1.6, ours=8, baseline=4)
    resnet = networks.cifar_resnet56(500)
    if resnet is not None:
        yield some(resnet, least=1.5, ours=1, baseline=1, rounds=5)


def flops(problem: Problem) -> float:
    """Floating-point operations of one forward pass over all samples."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        problem.model(problem.inputs[:1])
    return float(counter.get_total_flops() * len(problem.targets))


def whole(problem: Problem, *, least: float, every: int) -> Case:
    """A whole plane, preparation included; the loop at every so many of its lines and columns."""
    axis = np.linspace(*SPEC)
    loop = networks.li_loop(problem)

    def ours() -> np.ndarray:
        plane = compute.plane(problem.model, problem.loss, problem.directions, x=SPEC, y=SPEC)
        return plane.loss[::every, ::every]

    return Case(
        f"51×51 plane, {problem.name}, loss, its error and accuracy",
        ours,
        lambda: loop(axis[::every], axis[::every]),
        LI,
        rtol=2e-6,
        points=(axis.size**2, axis[::every].size ** 2),
        least=least,
        flops=flops(problem),
    )


def some(problem: Problem, *, least: float, ours: int, baseline: int, rounds: int | None = None) -> Case:
    """Points of a 51 x 51 plane, without the preparation and the check, which are a few points' worth."""
    axis = np.linspace(*SPEC)
    line = axis[5::10][:1].tolist()
    points = [(float(x), line[0]) for x in np.resize(axis[::3], ours)]
    loop = networks.li_loop(copy.deepcopy(problem))
    stack = contextlib.ExitStack()
    evaluate = stack.enter_context(evaluator(problem.model, problem.loss, problem.directions))
    evaluate.prepare([(float(x), float(y)) for y in axis for x in axis])
    common = min(ours, baseline)

    def losses() -> list[float]:
        found = [values["loss"] for values in evaluate.each(points) if not isinstance(values, Exception)]
        return found[:common]

    def looped() -> np.ndarray:
        return loop(np.array([x for x, _ in points[:baseline]]), np.array(line))[0][:common]

    return Case(
        f"points of a 51×51 plane, {problem.name} ({evaluate.method['evaluator']})",
        losses,
        looped,
        LI,
        rtol=2e-6,
        points=(ours, baseline),
        least=least,
        flops=flops(problem),
        rounds=rounds,
    )


def packages(problem: Problem, *, least: float) -> Iterator[Case]:
    """The same plane by other programs, those that are installed."""
    for name, make in (("loss-landscapes", loss_landscapes), ("landscaper", landscaper)):
        try:
            baseline = make(problem)
        except ImportError as error:
            networks.left_out(f"the comparison with {name}", f"{error}; pip install {name}")
            continue

        def ours() -> np.ndarray:
            return compute.plane(problem.model, problem.loss, problem.directions, x=SPEC, y=SPEC).loss

        points = SPEC[2] ** 2
        yield Case(
            f"51×51 plane, {problem.name}",
            ours,
            baseline,
            f"{name} {networks.installed(name)}",
            rtol=None,
            points=(points, points),
            least=least,
            flops=flops(problem),
            rounds=5,
        )


def loss_landscapes(problem: Problem) -> partial[object]:
    """Its plane between three models, whose ends are theta* + d."""
    from loss_landscapes import planar_interpolation
    from loss_landscapes.metrics import Loss

    ends = []
    for direction in problem.directions:
        end = copy.deepcopy(problem.model)
        with torch.no_grad():
            for name, parameter in end.named_parameters():
                parameter.add_(direction.tensors[name])
        ends.append(end)
    metric = Loss(F.cross_entropy, problem.inputs, problem.targets)

    def plane() -> object:
        with torch.no_grad():
            return planar_interpolation(problem.model, *ends, metric, SPEC[2], deepcopy_model=True)

    return partial(plane)


def landscaper(problem: Problem) -> partial[object]:
    """Its plane along two given directions."""
    from landscaper.compute import compute_loss_landscape

    model = copy.deepcopy(problem.model)
    names = [name for name, _ in model.named_parameters()]
    directions = [[d.tensors[name].clone() for name in names] for d in problem.directions]

    def mean(model: torch.nn.Module, data: tuple[torch.Tensor, torch.Tensor]) -> float:
        return F.cross_entropy(model(data[0]), data[1]).item()

    def plane() -> object:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return compute_loss_landscape(
                model, (problem.inputs, problem.targets), directions, mean,
                steps=SPEC[2], distance=1.0, dim=2, device="cpu",
            )  # fmt: skip

    return partial(plane)
