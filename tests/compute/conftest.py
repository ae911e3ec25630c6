"""What the tests of the engine hold it against: a loop that is too simple to be wrong."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:  # tests of the part that needs no torch do not load it
    import torch
    from torch import nn


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Networks this small gain nothing from threads, which then wait for each other on a busy machine."""
    torch: Any = sys.modules.get("torch")
    if torch is None:
        yield
        return
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def _cross_entropy(outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    shifted = outputs - outputs.max(1, keepdims=True)
    return np.log(np.exp(shifted).sum(1)) - shifted[np.arange(len(targets)), targets]


def _squared_error(outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    return ((outputs - targets) ** 2).reshape(len(outputs), -1).mean(1)


@pytest.fixture(scope="session")
def naive_plane() -> Callable[..., np.ndarray]:
    """(ny, nx) losses in float64, one deep copy of the model and one sample pass a point."""
    import torch

    def plane(model, directions, xs, ys, inputs, targets, loss="cross_entropy"):
        losses = np.empty((len(ys), len(xs)))
        measure = {"cross_entropy": _cross_entropy, "mse": _squared_error}[loss]
        for row, beta in enumerate(ys):
            for column, alpha in enumerate(xs):
                moved = copy.deepcopy(model).double().eval()
                with torch.no_grad():
                    for name, parameter in moved.named_parameters():
                        for coefficient, direction in zip((alpha, beta), directions, strict=True):
                            parameter += float(coefficient) * direction.tensors[name].double()
                    outputs = moved(inputs.double() if inputs.is_floating_point() else inputs).numpy()
                losses[row, column] = measure(outputs, targets.numpy()).mean()
        return losses

    return plane


@pytest.fixture(scope="session")
def build_mlp() -> Callable[..., nn.Module]:
    """Make a ReLU network of the given widths from a seed, in float64 unless told otherwise."""
    import torch
    from torch import nn

    def build(*widths: int, seed: int = 0, batchnorm: bool = False, dtype=torch.float64) -> nn.Module:
        generator = torch.Generator().manual_seed(seed)
        layers: list[nn.Module] = []
        for i, (n_in, n_out) in enumerate(zip(widths[:-1], widths[1:], strict=True)):
            layers.append(nn.Linear(n_in, n_out))
            if i < len(widths) - 2:
                layers += [nn.BatchNorm1d(n_out)] * batchnorm + [nn.ReLU()]
        model = nn.Sequential(*layers).to(dtype)
        with torch.no_grad():
            for parameter in model.parameters():
                noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
                parameter.copy_(noise * 0.5 + (1.0 if batchnorm and parameter.ndim == 1 else 0.0))
            for name, buffer in model.named_buffers():
                noise = torch.randn(buffer.shape, generator=generator, dtype=torch.float64)
                if name.endswith("running_mean"):
                    buffer.copy_(0.3 * noise)
                elif name.endswith("running_var"):
                    buffer.copy_(0.5 + noise**2)
        return model

    return build


@pytest.fixture(scope="session")
def samples() -> Callable[..., tuple[torch.Tensor, torch.Tensor]]:
    """Make (n, features) normal inputs and (n,) class numbers from a seed."""
    import torch

    def make(count: int, features: int, classes: int, seed: int = 1, dtype=torch.float64):
        generator = torch.Generator().manual_seed(seed)
        inputs = torch.randn(count, features, generator=generator, dtype=torch.float64)
        return inputs.to(dtype), torch.randint(0, classes, (count,), generator=generator)

    return make
