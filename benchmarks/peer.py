"""Another program's loss plane, in the environment where it is installed. Run by ``peers.py``.

Nothing of this project is imported. The first argument names the package, the second a file with
the problem; the answer to each line on the standard input is one line of JSON.
"""

from __future__ import annotations

import contextlib
import copy
import importlib.metadata
import io
import json
import sys
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def network(weights: list[Tensor], biases: list[Tensor]) -> nn.Module:
    """A perceptron with rectifiers."""
    layers: list[nn.Module] = []
    for weight, bias in zip(weights, biases, strict=True):
        layer = nn.Linear(weight.shape[1], weight.shape[0])
        layer.load_state_dict({"weight": weight, "bias": bias})
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1]).eval()


def loss_landscapes(problem: dict[str, Any], model: nn.Module) -> Callable[[], object]:
    """Its plane between three models, whose ends are theta* + d."""
    from loss_landscapes import planar_interpolation
    from loss_landscapes.metrics import Loss

    ends = []
    for direction in problem["directions"]:
        end = copy.deepcopy(model)
        with torch.no_grad():
            for parameter, step in zip(end.parameters(), direction, strict=True):
                parameter.add_(step)
        ends.append(end)
    metric = Loss(F.cross_entropy, problem["inputs"], problem["targets"])

    def plane() -> object:
        with torch.no_grad():
            return planar_interpolation(model, *ends, metric, problem["steps"], deepcopy_model=True)

    return plane


def landscaper(problem: dict[str, Any], model: nn.Module) -> Callable[[], object]:
    """Its plane along two given directions."""
    from landscaper.compute import compute_loss_landscape

    def mean(model: nn.Module, data: tuple[Tensor, Tensor]) -> float:
        return F.cross_entropy(model(data[0]), data[1]).item()

    def plane() -> object:
        data, directions = (problem["inputs"], problem["targets"]), copy.deepcopy(problem["directions"])
        return compute_loss_landscape(
            model, data, directions, mean, steps=problem["steps"], distance=1.0, dim=2, device="cpu"
        )

    return plane


PLANES = {"loss-landscapes": loss_landscapes, "landscaper": landscaper}


def main(package: str, file: str) -> None:
    """Say who is there, then lay out a plane for each line that comes."""
    torch.set_num_threads(1)
    problem = torch.load(file, weights_only=True)
    model = network(problem["weights"], problem["biases"])
    plane = PLANES[package](problem, model)
    with torch.no_grad():
        loss = F.cross_entropy(model(problem["inputs"]), problem["targets"]).item()
    versions = {name: importlib.metadata.version(name) for name in (package, "torch", "numpy")}
    print(json.dumps({"loss": loss, "versions": versions, "threads": torch.get_num_threads()}), flush=True)
    for _ in sys.stdin:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            plane()
        print(json.dumps("done"), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
