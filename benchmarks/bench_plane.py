"""Loss planes: how long a point takes, against Li et al.'s loop and other packages."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

import compute
from benchmarks import networks, peers
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
            yield from some(problem, least=least, ours=64, baseline=4)
    lenet = networks.mnist("lenet", 2000, "LeNet")
    if lenet is not None:
        yield from some(lenet, least=1.6, ours=8, baseline=4)
    resnet = networks.cifar_resnet56(500)
    if resnet is not None:
        yield from some(resnet, least=1.5, ours=1, baseline=1, rounds=5)


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


def some(
    problem: Problem, *, least: float, ours: int, baseline: int, rounds: int | None = None
) -> Iterator[Case]:
    """Points of a 51 x 51 plane, without the preparation and the check, which are a few points' worth."""
    axis = np.linspace(*SPEC)
    line = axis[5::10][:1].tolist()
    points = [(float(x), line[0]) for x in np.resize(axis[::3], ours)]
    loop = networks.li_loop(copy.deepcopy(problem))
    common = min(ours, baseline)

    def looped() -> np.ndarray:
        return loop(np.array([x for x, _ in points[:baseline]]), np.array(line))[0][:common]

    with evaluator(problem.model, problem.loss, problem.directions) as evaluate:
        evaluate.prepare([(float(x), float(y)) for y in axis for x in axis])

        def losses() -> list[float]:
            found = [values["loss"] for values in evaluate.each(points) if not isinstance(values, Exception)]
            return found[:common]

        yield Case(
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
    """The same plane by other programs."""

    def ours() -> float:
        plane = compute.plane(problem.model, problem.loss, problem.directions, x=SPEC, y=SPEC)
        return plane.meta["centre"]["loss"]

    points = SPEC[2] ** 2
    for name in ("loss-landscapes", "landscaper"):
        try:
            with peers.peer(name, problem, SPEC[2]) as peer:
                versions = peer.versions
                yield Case(
                    f"51×51 plane, {problem.name}",
                    ours,
                    peer.plane,
                    f"{name} {versions[name]}, with torch {versions['torch']} and numpy {versions['numpy']}",
                    rtol=1e-5,
                    points=(points, points),
                    least=least,
                    flops=flops(problem),
                    rounds=5,
                    alike="*",
                )
        except peers.MissingError as reason:
            networks.left_out(f"the comparison with {name}", f"{reason}")
