"""A trajectory from the Trainer of Hugging Face's transformers.

>>> from compute.integrations.huggingface import TrajectoryCallback  # doctest: +SKIP
>>> Trainer(model, arguments, train_dataset=data, callbacks=[TrajectoryCallback("run")])  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from compute.integrations.recording import RecordingCallback, importing

__all__ = ["TrajectoryCallback"]

if TYPE_CHECKING:
    TrainerCallback: Any = object
else:
    with importing("compute.integrations.huggingface", '"transformers[torch]"'):
        from transformers import TrainerCallback


class TrajectoryCallback(RecordingCallback, TrainerCallback):
    """Record a training's path as a :class:`compute.Trajectory`, from before its first step on.

    Beside each checkpoint are kept ``step`` (optimiser steps) and ``epoch`` (a fraction inside
    one); and where the Trainer has logged a training loss, the latest as ``loss`` (a mean since
    the log before it) with its ``loss_step``. Set ``logging_steps`` to the interval of the
    checkpoints to have each one's own. A training that is taken up again from its last checkpoint
    continues the folder. In a distributed training the first process records; each process must
    hold the whole model.

    Args:
        directory: for the checkpoints.
        every_n_epochs: record after each of so many epochs; 1 where neither interval is given.
        every_n_steps: record after each of so many optimiser steps.
        module: name of the part of the model to record; None records the whole.

    Raises:
        ArgumentError: an interval that is no positive whole number.
    """

    _waiting = False  # a checkpoint is due, and the log of its loss comes after this event
    _loss: Mapping[str, Any] = MappingProxyType({})

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Record the start."""
        self._waiting, self._loss = False, {}
        if state.is_world_process_zero:
            self._record_start(kwargs["model"], state.global_step, state.epoch or 0.0)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Note that a step of the schedule has been taken."""
        self._waiting |= self._due(state.global_step)

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Note that an epoch of the schedule has ended."""
        self._waiting |= self._due(state.global_step, epoch=round(state.epoch))

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Keep the loss; record what waited for it."""
        logs: Mapping[str, Any] = kwargs.get("logs") or {}
        if "loss" in logs:
            self._loss = {"loss": float(logs["loss"]), "loss_step": state.global_step}
            self._record_waiting(state, **kwargs)
        elif "train_loss" in logs:  # the summary, after which the best parameters may be put back
            self.on_train_end(args, state, control, **kwargs)

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Record what waited for a loss that was not logged: the parameters are about to move."""
        self._record_waiting(state, **kwargs)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Record the end."""
        self._waiting = True
        self._record_waiting(state, **kwargs)

    def _record_waiting(self, state: Any, *, model: Any, **others: Any) -> None:
        if not self._waiting:
            return
        self._waiting = False
        if state.is_world_process_zero:
            self._record(model, state.global_step, state.epoch or 0.0, **self._loss)
