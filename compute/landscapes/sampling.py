"""From an evaluator to a surface or curve: by a run, here or in workers.

A worker makes an evaluator of its own from the model at theta*, the metric and the directions, and
does with it what is done here.
"""

from __future__ import annotations

import copy
import functools
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from compute.directions.direction import Direction
from compute.evaluate import Evaluator, evaluator
from compute.metrics import Metric
from compute.runs import Run, Sampling
from compute.runs.grid import Record
from compute.runs.identity import axis_words, checksum, checksums
from compute.runs.order import GridPoints
from compute.runs.recorded import as_curve, as_surface, json_values, program_and_time
from compute.surface import Curve, Surface
from compute.workers.outcome import Outcome, outcome
from compute.workers.worker import pickled

__all__ = ["Home", "sampled"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Home:
    """What a landscape is of, as it was before an evaluator moved it.

    Attributes:
        model: theta*; inside an evaluator its parameters are elsewhere.
        metric: is measured.
        directions: of the axes.
        bn: where BatchNorm statistics come from.
        parameters: by name; not copies, for an evaluator computes in memory of its own.
        buffers: by name, copies.
    """

    model: nn.Module
    metric: Metric
    directions: Sequence[Direction]
    bn: str
    parameters: Mapping[str, Tensor]
    buffers: Mapping[str, Tensor]

    @classmethod
    def of(cls, model: nn.Module, metric: Metric, directions: Sequence[Direction], bn: str) -> Home:
        """Look at the model before the evaluator is made."""
        parameters = {name: parameter.data for name, parameter in model.named_parameters()}
        buffers = {name: buffer.detach().clone() for name, buffer in model.named_buffers()}
        return cls(model, metric, tuple(directions), bn, parameters, buffers)

    def copy(self) -> nn.Module:
        """The model at theta*, on the CPU."""
        model = copy.deepcopy(self.model)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.data = self.parameters[name].cpu().clone()
            for name, buffer in model.named_buffers():
                buffer.copy_(self.buffers[name])
        return model.cpu()


def sampled(
    run: Run,
    home: Home,
    evaluate: Evaluator,
    x: Floats,
    y: Floats | None,
    *,
    centre: Mapping[str, float],
    meta: Callable[[], dict[str, Any]],
    notes: tuple[str, ...],
    progress: Callable[[int], None],
) -> Surface | Curve:
    """The surface on x and y, or the curve on x where there is no y.

    Args:
        run: decides where points are computed and kept.
        home: what it is of.
        evaluate: made of that.
        x: (nx,) coefficients of the first direction.
        y: (ny,) of the second, if there is one.
        centre: the values at the model.
        meta: of the result, asked for once it is decided how points are evaluated.
        notes: for its reader, besides those of the evaluator.
        progress: told the number of points done.
    """
    _prepare(evaluate, x, y)
    facts = functools.cache(meta)

    def build(x: Floats, y: Floats | None, record: Record) -> Surface | Curve:
        told = notes + evaluate.notes
        return as_curve(x, record, facts(), told) if y is None else as_surface(x, y, record, facts(), told)

    what = Sampling(
        measure=_measure(evaluate),
        x=x,
        y=y,
        names=list(centre),
        identity=lambda: _identity(home, evaluate, x, y, centre),
        build=build,
        payload=lambda threads: _payload(home, evaluate.device.type, threads, x, y),
        tile=evaluate.tile,
        threads=torch.get_num_threads(),
        set_threads=torch.set_num_threads,
    )
    return build(x, y, run.sample(what, progress))


def _prepare(evaluate: Evaluator, x: Floats, y: Floats | None) -> None:
    """Have the evaluator choose its way, for all points of the grid, whoever computes which of them."""
    evaluate.prepare(GridPoints(x, y))


def _measure(evaluate: Evaluator) -> Callable[[Sequence[tuple[float, ...]]], list[Outcome]]:
    return lambda points: [outcome(found) for found in evaluate.each(points)]


def _identity(
    home: Home, evaluate: Evaluator, x: Floats, y: Floats | None, centre: Mapping[str, float]
) -> dict[str, Any]:
    """What the values depend on, under the names that a refusal uses."""
    data, how = checksums(home.metric)
    directions = [(dict(direction.tensors), direction.buffers) for direction in home.directions]
    return {
        "network": checksum(type(home.model), repr(home.model)),
        "weights": checksum(home.parameters),
        "buffers": checksum(home.buffers),
        "directions": checksum(directions),
        "data": data,
        "metric": how,
        "x axis": axis_words(x),
        "y axis": axis_words(y) if y is not None else "none",
        "BatchNorm statistics": home.bn,
        "precision": str(evaluate.dtype).removeprefix("torch."),
        "device": evaluate.device.type,
        "evaluator": evaluate.method["evaluator"],
        "version of the program": program_and_time()["program"],
        "version of torch": torch.__version__,
        "version of Python": ".".join(platform.python_version_tuple()[:2]),
        "centre": json_values(centre),
    }


def _payload(home: Home, device: str, threads: int, x: Floats, y: Floats | None) -> bytes:
    arguments = {
        "model": home.copy(),
        "metric": home.metric,
        "directions": [_sendable(direction) for direction in home.directions],
        "bn": home.bn,
        "device": device,
        "threads": threads,
        "x": x,
        "y": y,
    }
    return pickled(_at_worker, arguments)


@contextmanager
def _at_worker(
    model: nn.Module,
    metric: Metric,
    directions: Sequence[dict[str, Any]],
    bn: str,
    device: str,
    threads: int,
    x: Floats,
    y: Floats | None,
) -> Iterator[Callable[[Sequence[tuple[float, ...]]], list[Outcome]]]:
    """What ``sampled`` measures with, in a worker."""
    if device == "cuda":
        import os

        number = int(os.environ.get("GLVIZ_WORKER", "0"))
        device = f"cuda:{number % torch.cuda.device_count()}"
    made = [Direction(**arguments) for arguments in directions]
    with evaluator(model.to(device), metric, made, bn=bn) as evaluate:
        evaluate.centre(len(made), twice=False)  # as it was before the first point there
        _prepare(evaluate, x, y)
        torch.set_num_threads(threads)
        yield _measure(evaluate)


def _sendable(direction: Direction) -> dict[str, Any]:
    """A direction as arguments; its read-only mappings cannot be pickled."""
    buffers = direction.buffers
    return {
        "tensors": {name: tensor.detach().cpu() for name, tensor in direction.tensors.items()},
        "kind": direction.kind,
        "buffers": None if buffers is None else {name: b.detach().cpu() for name, b in buffers.items()},
    }
