"""What the measured planes are of: small trained networks, their samples, and Li et al.'s loop."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

import compute
from compute import training, zoo
from compute.model.checkpoints import load_checkpoint
from compute.zoo import data

# Of the networks of Li et al., per channel.
CIFAR_MEAN, CIFAR_STD = (0.4914, 0.4824, 0.4467), (0.2471, 0.2435, 0.2616)


@dataclass(frozen=True)
class Problem:
    """A network, its samples and a plane.

    Attributes:
        name: for the table.
        model: in evaluation mode.
        inputs, targets: all samples.
        directions: filter-normalised.
    """

    name: str
    model: nn.Module
    inputs: Tensor
    targets: Tensor
    directions: tuple[compute.Direction, compute.Direction]

    @property
    def loss(self) -> compute.Loss:
        """Cross-entropy over all samples."""
        return compute.Loss("cross_entropy", self.inputs, self.targets)


def shared(name: str) -> Path | None:
    """A file among the data that are not part of the repository; None, with a line, where it is not."""
    named = os.environ.get("GLVIZ_SHARED_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    if (folder / name).is_file():
        return folder / name
    left_out(f"what needs {name}", "set GLVIZ_SHARED_DATA to the folder that has it")
    return None


def left_out(what: str, todo: str) -> None:
    """Say what is not measured, and why."""
    print(f"left out {what}: {todo}", file=sys.stderr)


def digits() -> Problem:
    """64-64-10 on the 1,797 digits that come with scikit-learn."""
    samples = data.load("digits")
    return _problem("MLP 64-64-10, 1,797 digits", zoo.build("mlp"), samples.inputs, samples.targets, epochs=5)


def mnist(network: str, count: int, name: str) -> Problem | None:
    """A network of the zoo on images of MNIST."""
    inputs, targets = _images("images/mnist_subset.npz", count)
    if inputs is None or targets is None:
        return None
    return _problem(f"{name}, {count:,} MNIST images", zoo.build(network), inputs, targets, epochs=2)


def cifar_resnet56(count: int) -> Problem | None:
    """Li et al.'s own ResNet-56 on images of CIFAR-10."""
    inputs, targets = _images("images/cifar10_subset.npz", count)
    checkpoint = shared("li2018/resnet56.t7")
    if inputs is None or targets is None or checkpoint is None:
        return None
    inputs = (inputs - torch.tensor(CIFAR_MEAN)[:, None, None]) / torch.tensor(CIFAR_STD)[:, None, None]
    model = zoo.build("resnet56")
    load_checkpoint(model, checkpoint)
    return _problem(f"ResNet-56, {count:,} CIFAR-10 images", model, inputs, targets, epochs=0)


def _images(file: str, count: int) -> tuple[Tensor | None, Tensor | None]:
    path = shared(file)
    if path is None:
        return None, None
    with np.load(path) as arrays:
        images, labels = (arrays[f"test_{kind}"][:count] for kind in ("images", "labels"))
    inputs = torch.from_numpy(images).float().div_(255)
    return inputs if inputs.ndim == 4 else inputs[:, None], torch.from_numpy(labels.astype(np.int64))


def _problem(name: str, model: nn.Module, inputs: Tensor, targets: Tensor, *, epochs: int) -> Problem:
    if epochs:
        training.train(model, inputs, targets, epochs=epochs)
    directions = (compute.random_direction(model, seed=0), compute.random_direction(model, seed=1))
    return Problem(name, model.eval(), inputs, targets, directions)


def li_loop(problem: Problem) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """(ny, nx) losses by the method of Li et al. (2018) as their program carries it out.

    At each point the moved weights are set in the network, and a DataLoader brings the samples in
    batches of 128.
    """
    model = problem.model
    loader = DataLoader(TensorDataset(problem.inputs, problem.targets), batch_size=128)
    first, second = (direction.tensors for direction in problem.directions)

    def losses(xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        centre = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
        found = np.empty((ys.size, xs.size))
        for j, y in enumerate(ys):
            for i, x in enumerate(xs):
                for name, parameter in model.named_parameters():
                    parameter.data = centre[name] + x * first[name] + y * second[name]
                total, count, correct = 0.0, 0, 0
                with torch.no_grad():
                    for inputs, targets in loader:
                        outputs = model(inputs)
                        total += F.cross_entropy(outputs, targets).item() * len(targets)
                        correct += outputs.argmax(1).eq(targets).sum().item()
                        count += len(targets)
                found[j, i] = total / count
        for name, parameter in model.named_parameters():
            parameter.data = centre[name]
        return found

    return losses
