"""Plain training, enough to make the networks whose surfaces are drawn and to record how they got there."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from compute.errors import UsageError

__all__ = ["OPTIMIZERS", "Recorder", "Training", "train"]

OPTIMIZERS = ("sgd", "adam")
DEFAULT_RECORDS = 80  # checkpoints of a run, unless asked otherwise: a smooth path in a small folder

LossFn = Callable[[Tensor, Tensor], Tensor]


class Recorder(Protocol):
    """What :func:`train` needs of a :class:`compute.Trajectory`."""

    def record(self, model: nn.Module, **info: Any) -> Any:
        """Keep the model's present state, and what is known about it."""


@dataclass(frozen=True)
class Training:
    """How a training went.

    Attributes:
        epoch_loss: mean of the batches' losses over each epoch, as the parameters moved.
        steps: optimiser steps taken.
        recorded: checkpoints handed to the recorder.
    """

    epoch_loss: tuple[float, ...]
    steps: int
    recorded: int


def train(
    model: nn.Module,
    inputs: Tensor,
    targets: Tensor,
    *,
    epochs: int,
    lr: float = 0.1,
    momentum: float = 0.9,
    weight_decay: float = 0.0,
    batch_size: int = 64,
    optimizer: str = "sgd",
    loss_fn: LossFn = F.cross_entropy,
    seed: int = 0,
    recorder: Recorder | None = None,
    record_every: int | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Training:
    """Train ``model`` in place by mini-batches; the same arguments give the same network.

    The order of samples (new in each epoch) and whatever the model draws itself, such as
    dropout, come from ``seed``; torch's global generator is left as it was.

    Args:
        model: moved in place, and left in evaluation mode.
        inputs: (n, ...) samples.
        targets: (n, ...) what the loss compares the outputs with.
        epochs: passes over the samples.
        lr: learning rate, constant.
        momentum: of stochastic gradient descent; adam has its usual moments.
        weight_decay: L2 penalty added to the gradient, on every parameter.
        batch_size: samples a step; the last batch of an epoch may be smaller.
        optimizer: ``sgd`` or ``adam``.
        loss_fn: of (outputs, targets): the mean over a batch, or one loss a sample.
        seed: of everything random.
        recorder: gets the model before the first step, after every ``record_every`` steps
            and after the last, with ``step``, ``epoch`` (a fraction inside one) and ``lr``.
        record_every: steps between checkpoints; the default makes about 80 of them.
        progress: called with (steps done, steps in all).

    Returns:
        The course of the loss.

    Raises:
        UsageError: the loss stopped being a finite number, or there is no such optimiser.
    """
    parameters = [p for p in model.parameters() if p.requires_grad]
    if optimizer == "sgd":
        method: torch.optim.Optimizer = torch.optim.SGD(
            parameters, lr=lr, momentum=momentum, weight_decay=weight_decay
        )
    elif optimizer == "adam":
        method = torch.optim.Adam(parameters, lr=lr, weight_decay=weight_decay)
    else:
        raise UsageError(
            "training", f"there is no optimiser {optimizer!r}", f"Choose from: {', '.join(OPTIMIZERS)}."
        )
    per_epoch = math.ceil(len(inputs) / batch_size)
    total = epochs * per_epoch
    every = record_every or max(1, math.ceil(total / DEFAULT_RECORDS))
    recorded = 0

    def record(step: int) -> None:
        nonlocal recorded
        if recorder is not None and (step % every == 0 or step == total):
            recorder.record(model, step=step, epoch=step / per_epoch, lr=lr)
            recorded += 1

    step = 0
    epoch_loss = []
    order_generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model.train()
        record(step)
        for _ in range(epochs):
            summed = 0.0
            for chosen in torch.randperm(len(inputs), generator=order_generator).split(batch_size):
                method.zero_grad()
                loss = loss_fn(model(inputs[chosen]), targets[chosen]).mean()
                loss.backward()
                method.step()
                step += 1
                value = loss.item()
                if not math.isfinite(value):
                    raise UsageError(
                        "training",
                        f"the loss became {value} at step {step} of {total}",
                        f"Lower the learning rate (it is {lr:g}).",
                    )
                summed += value * len(chosen)
                record(step)
                if progress is not None:
                    progress(step, total)
            epoch_loss.append(summed / len(inputs))
    model.eval()
    return Training(tuple(epoch_loss), step, recorded)
