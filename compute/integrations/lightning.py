"""A trajectory from Lightning's Trainer.

>>> from compute.integrations.lightning import TrajectoryCallback  # doctest: +SKIP
>>> trainer = Trainer(callbacks=[TrajectoryCallback("run")])  # doctest: +SKIP
>>> trainer.fit(module, loader)  # doctest: +SKIP
>>> surface = compute.pca_plane(module, compute.Trajectory("run"), metric)  # doctest: +SKIP

The library goes by two names, ``lightning`` and ``pytorch_lightning``; the callback serves the
Trainer of either.
"""

from __future__ import annotations

import importlib
import importlib.util
import math
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from torch import Tensor

from compute.integrations.recording import RecordingCallback, importing

__all__ = ["TrajectoryCallback"]

# In the order in which they are tried, after those that the program has imported already.
LIBRARIES = ("lightning.pytorch", "pytorch_lightning")


def _library() -> Any:
    """The library, the one in use if both are there."""
    names = sorted(LIBRARIES, key=lambda name: name not in sys.modules)
    there = [name for name in names if importlib.util.find_spec(name.partition(".")[0]) is not None]
    with importing("compute.integrations.lightning", "lightning"):
        return importlib.import_module(there[0] if there else LIBRARIES[0])


if TYPE_CHECKING:
    Callback: Any = object
else:
    Callback = _library().Callback


class TrajectoryCallback(RecordingCallback, Callback):
    """Record a training's path as a :class:`compute.Trajectory`, from before its first step on.

    Beside each checkpoint are kept ``step`` (optimiser steps), ``epoch`` (a fraction inside one)
    and ``loss`` (mean of the training losses since the checkpoint before, as the parameters
    moved). A training that is taken up again from its last checkpoint continues the folder. In a
    distributed training the first process records; each process must hold the whole model.

    Args:
        directory: for the checkpoints.
        every_n_epochs: record after each of so many epochs; 1 where neither interval is given.
        every_n_steps: record after each of so many optimiser steps.
        module: name of the network inside the LightningModule (``self.net``: "net"), so that the
            checkpoints fit the network by itself; None records the LightningModule.

    Raises:
        ArgumentError: an interval that is no positive whole number.
    """

    _epoch = 0.0
    _summed: Tensor | None = None
    _count = 0

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Record the start."""
        self._epoch, self._summed, self._count = float(trainer.current_epoch), None, 0
        if trainer.is_global_zero:
            self._record_start(pl_module, trainer.global_step, self._epoch)

    def on_train_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Record, if a step of the schedule has just been taken."""
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        if isinstance(loss, Tensor) and loss.numel() == 1:
            # Lightning has divided it, so that the gradients of accumulated batches make a mean.
            scale = trainer.accumulate_grad_batches if pl_module.automatic_optimization else 1
            loss = loss.detach().reshape(()) * scale
            self._summed, self._count = loss if self._summed is None else self._summed + loss, self._count + 1
        batches = trainer.num_training_batches
        self._epoch = trainer.current_epoch + ((batch_idx + 1) / batches if math.isfinite(batches) else 0)
        if self._due(trainer.global_step):
            self._record_mean(trainer, pl_module)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Record, if an epoch of the schedule has just ended."""
        self._epoch = float(trainer.current_epoch + 1)
        if self._due(trainer.global_step, epoch=trainer.current_epoch + 1):
            self._record_mean(trainer, pl_module)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Record the end."""
        self._record_mean(trainer, pl_module)

    def _record_mean(self, trainer: Any, pl_module: Any) -> None:
        if not trainer.is_global_zero:
            return
        loss = float(self._summed) / self._count if self._summed is not None else None
        self._record(pl_module, trainer.global_step, self._epoch, loss=loss)
        self._summed, self._count = None, 0
