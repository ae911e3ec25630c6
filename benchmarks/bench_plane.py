"""A random plane through a network on digits: ours against the loop that published code runs.

The baseline is written after the method of Li et al. (2018) as their program carries it out: at
each point the moved weights are copied into the network, and a DataLoader brings the samples in
batches of 128.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

import compute
from benchmarks.case import Case
from compute import training, zoo
from compute.zoo import data

SIDE = 15


def loader_loop(
    model: torch.nn.Module,
    loader: DataLoader,
    directions: tuple[compute.Direction, compute.Direction],
    axis: np.ndarray,
) -> np.ndarray:
    """(ny, nx) mean losses."""
    first, second = (direction.tensors for direction in directions)
    centre = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    losses = np.empty((axis.size, axis.size))
    for j, y in enumerate(axis):
        for i, x in enumerate(axis):
            for name, parameter in model.named_parameters():
                parameter.data = centre[name] + x * first[name] + y * second[name]
            total, count, correct = 0.0, 0, 0
            with torch.no_grad():
                for inputs, targets in loader:
                    outputs = model(inputs)
                    total += F.cross_entropy(outputs, targets).item() * len(targets)
                    correct += outputs.argmax(1).eq(targets).sum().item()
                    count += len(targets)
            losses[j, i] = total / count
    for name, parameter in model.named_parameters():
        parameter.data = centre[name]
    return losses


def cases() -> Iterator[Case]:
    """The digits network of the zoo, all samples at every point."""
    digits = data.load("digits")
    model = zoo.build("mlp")
    training.train(model, digits.inputs, digits.targets, epochs=5)
    metric = compute.Loss("cross_entropy", digits.inputs, digits.targets)
    loader = DataLoader(TensorDataset(digits.inputs, digits.targets), batch_size=128)
    directions = (compute.random_direction(model, seed=0), compute.random_direction(model, seed=1))
    spec = (-1, 1, SIDE)

    def ours() -> np.ndarray:
        return compute.plane(model, metric, directions, x=spec, y=spec).loss

    def baseline() -> np.ndarray:
        return loader_loop(model, loader, directions, np.linspace(*spec))

    sizes = "-".join(str(layer.in_features) for layer in model if isinstance(layer, torch.nn.Linear)) + "-10"
    name = f"{SIDE}×{SIDE} plane, MLP {sizes}, {digits.count} digits, loss and accuracy"
    yield Case(name, ours, baseline, "loop over a DataLoader, after Li et al.", rtol=1e-5)
