"""From options to the network, the data and the loss that a verb works on."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from compute import zoo
from compute.errors import UsageError, nearest
from compute.metrics import AnyMetric, Loss, Metric, Regularised
from compute.reduction import LOSSES
from compute.resolve import resolve
from compute.zoo.data import Dataset, load
from compute.zoo.data.own import looks_like_factory

__all__ = ["Problem", "build_model", "read_problem"]

LossFn = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Problem:
    """A network, the samples that it is judged on, and the judge.

    Attributes:
        model: in evaluation mode, with its initial parameters.
        model_name: as typed.
        data: the samples.
        loss_name: as typed, or the default.
        loss: what ``compute.Loss`` takes: the name, or the user's own function.
        loss_fn: the same as a function of (outputs, targets).
        also: the test samples, where they are measured beside the training samples.
    """

    model: nn.Module
    model_name: str
    data: Dataset
    loss_name: str
    loss: str | LossFn
    loss_fn: LossFn
    also: Dataset | None = None

    @property
    def count(self) -> int:
        """Samples at each point."""
        return self.data.count + (self.also.count if self.also else 0)

    def as_meta(self) -> dict[str, Any]:
        """Names of the model, the data and the loss, for a surface's metadata."""
        meta = {"model": self.model_name, "data": self.data.as_meta(), "loss": self.loss_name}
        return meta | ({"test_data": self.also.as_meta()} if self.also else {})

    def metric(self, batch_size: int | None = None, weight_decay: float = 0.0) -> AnyMetric:
        """The loss on the samples, and on the test samples too where there are any.

        Args:
            batch_size: samples at a time.
            weight_decay: whose penalty is added to the (first) loss.
        """
        loss: Metric = Loss(self.loss, self.data.inputs, self.data.targets, batch_size=batch_size)
        if weight_decay:
            loss = Regularised(loss, weight_decay)
        if self.also is None:
            return loss
        return {
            "train": loss,
            "test": Loss(self.loss, self.also.inputs, self.also.targets, batch_size=batch_size),
        }


def read_problem(arguments: argparse.Namespace) -> Problem:
    """Build the network and load the data, and make sure that they go together.

    Args:
        arguments: what :func:`compute.cli.options.add_problem` added, and perhaps ``threads``.

    Raises:
        UsageError: something is not there, or does not fit the rest.
        InputError: a file of the data set cannot be read.
    """
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    model = build_model(arguments.model).eval()
    data, *rest = (load(arguments.data, split, arguments.limit) for split in arguments.split.split(","))
    name, fn = _choose_loss(arguments.loss, data)
    for samples in (data, *rest):
        _check_that_it_runs(model, arguments.model, samples, name, fn)
    loss = name if LOSSES.get(name) is fn else fn
    return Problem(model, arguments.model, data, name, loss, fn, rest[0] if rest else None)


def _choose_loss(name: str | None, data: Dataset) -> tuple[str, LossFn]:
    classes = data.targets.ndim == 1 and not data.targets.dtype.is_floating_point
    name = name or ("cross_entropy" if classes else "mse")
    if name == "mse" and classes:
        return name, mse_of_classes
    if name in LOSSES:
        return name, LOSSES[name]
    if not looks_like_factory(name):
        todo = f"{nearest(name, LOSSES)}There are: {', '.join(LOSSES)}, or package.module:function."
        raise UsageError("choosing the loss", f"there is no loss {name!r}", todo)
    found: Any = resolve(name, "the loss")
    if isinstance(found, type) and issubclass(found, nn.Module):
        found = found()
    if not callable(found):
        raise UsageError("choosing the loss", f"{name} is not a function", "Give one of (outputs, targets).")
    return name, found


def mse_of_classes(outputs: Tensor, targets: Tensor) -> Tensor:
    """Squared errors (n,) of (n, c) outputs against 1 for the right class and 0 for the others."""
    wanted = F.one_hot(targets, outputs.shape[-1]).to(outputs.dtype)
    return (outputs - wanted).square().mean(1)


def build_model(spec: str) -> nn.Module:
    """The network that ``spec`` names, in the zoo or in the user's own code.

    Raises:
        UsageError: there is none, or the factory fails or returns something else.
    """
    if not looks_like_factory(spec):
        return zoo.build(spec)
    found: Any = resolve(spec, "the model")
    doing = f"building the model {spec}"
    if not isinstance(found, nn.Module) and callable(found):
        try:
            found = found()
        except Exception as error:
            raise UsageError(
                doing, f"the factory raised {type(error).__name__}: {error}", "Mend it; --debug shows where."
            ) from error
    if not isinstance(found, nn.Module):
        raise UsageError(
            doing,
            f"it gave a {type(found).__name__}, not a torch.nn.Module",
            "Return the network from the factory.",
        )
    return found


def _check_that_it_runs(model: nn.Module, model_name: str, data: Dataset, loss_name: str, fn: LossFn) -> None:
    """Two samples through network and loss: a mismatch shows now and not after an hour.

    Raises:
        UsageError: they do not go together.
    """
    inputs, targets = data.inputs[:2], data.targets[:2]
    sample = " x ".join(map(str, inputs.shape[1:])) or "1"
    doing = f"running {model_name} on {data.name}"
    try:
        with torch.no_grad():
            outputs = model(inputs)
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        raise UsageError(
            doing,
            f"the network cannot take samples of shape {sample} ({type(error).__name__}: {first})",
            "Choose a network that is made for such samples, or other data.",
        ) from error
    if loss_name == "cross_entropy" and isinstance(outputs, Tensor) and outputs.ndim >= 2:
        largest = int(data.targets.max())
        if data.targets.dtype.is_floating_point or largest >= outputs.shape[1]:
            raise UsageError(
                doing,
                f"{outputs.shape[1]} outputs a sample, but targets up to {data.targets.max().item():g}",
                "Cross-entropy needs classes counted from 0 and one output for each.",
            )
    try:
        with torch.no_grad():
            fn(outputs, targets)
    except Exception as error:
        shape = tuple(outputs.shape) if isinstance(outputs, Tensor) else type(outputs).__name__
        raise UsageError(
            doing,
            f"the loss {loss_name} cannot compare outputs of shape {shape} with targets of shape "
            f"{tuple(targets.shape)} ({type(error).__name__}: {error})",
            "Choose another --loss.",
        ) from error
