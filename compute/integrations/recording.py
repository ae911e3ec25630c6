"""When to record, and what: shared by the callbacks of all training libraries.

A library calls at the end of steps and epochs, some at both ends of both; a checkpoint is written
once for each step however many calls lead to it. The parameters before the first step and after
the last are always part of the path.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

from compute.errors import ArgumentError, listing
from compute.trajectory.folder import Trajectory

__all__ = ["RecordingCallback", "importing"]


class RecordingCallback:
    """What the callback of a library is besides the library's own class, which stands behind this one.

    Args:
        directory: of the :class:`compute.Trajectory`; one that holds this very training's
            beginning is continued.
        every_n_epochs: record after each of so many epochs.
        every_n_steps: record after each of so many optimiser steps. Where neither is given, every
            epoch is recorded; where both are, either.
        module: dotted name of the part of the model to record, whose parameters then have the
            names that it has for them by itself; None records the whole.

    Attributes:
        trajectory: what is recorded.

    Raises:
        ArgumentError: an interval that is no positive whole number.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        *,
        every_n_epochs: int | None = None,
        every_n_steps: int | None = None,
        module: str | None = None,
    ) -> None:
        super().__init__()
        for name, every in (("every_n_epochs", every_n_epochs), ("every_n_steps", every_n_steps)):
            if every is not None and (isinstance(every, bool) or not isinstance(every, int) or every < 1):
                raise ArgumentError(
                    "choosing when to record",
                    f"{name} is {every!r}",
                    "Give a whole number of at least 1, or None.",
                )
        self.trajectory = Trajectory(directory)
        self._every_n_epochs = 1 if every_n_epochs is None and every_n_steps is None else every_n_epochs
        self._every_n_steps, self._module = every_n_steps, module
        self._recorded: float = -1  # the step of the last checkpoint

    def _record_start(self, model: nn.Module, step: int, epoch: float) -> None:
        """Record where the training starts, unless that is where an earlier part of it ended.

        Args:
            model: as the library has it.
            step: optimiser steps taken so far; not 0 where a training is taken up again.
            epoch: epochs done, a fraction inside one.

        Raises:
            ArgumentError: the folder holds a trajectory that this training does not continue, or
                the model has no part of the name given.
        """
        known = self.trajectory.info
        last = known[-1].get("step") if known else None
        if known and (last is None or last > step):
            reached = f"reaches step {last}" if last is not None else "says nothing of its steps"
            raise ArgumentError(
                f"recording a training in the folder {self.trajectory.directory.name}",
                f"it holds a trajectory of {len(known)} checkpoints that {reached}, "
                f"and this training starts at step {step}",
                "Give each training a folder of its own.",
            )
        self._recorded = -1 if last is None else last
        self._record(model, step, epoch)

    def _due(self, step: int, *, epoch: int | None = None) -> bool:
        """Whether the schedule asks for a checkpoint.

        Args:
            step: optimiser steps taken.
            epoch: whole epochs done, where one has just ended.
        """
        if step == self._recorded:
            return False
        if epoch is not None and self._every_n_epochs is not None and epoch % self._every_n_epochs == 0:
            return True
        return self._every_n_steps is not None and step % self._every_n_steps == 0

    def _record(self, model: nn.Module, step: int, epoch: float, **info: Any) -> None:
        """Write a checkpoint, if this step has none.

        Args:
            model: as the library has it.
            step: optimiser steps taken.
            epoch: epochs done, a fraction inside one.
            **info: further things to keep beside it, such as ``loss``; None is left out.
        """
        if step == self._recorded:
            return
        known = {name: value for name, value in info.items() if value is not None}
        self.trajectory.record(self._part(model), step=step, epoch=epoch, **known)
        self._recorded = step

    def _part(self, model: nn.Module) -> nn.Module:
        """The part of the model that is recorded.

        Raises:
            ArgumentError: it has none of this name.
        """
        if self._module is None:
            return model
        try:
            return model.get_submodule(self._module)
        except AttributeError as error:
            parts = [name for name, _ in model.named_children()]
            raise ArgumentError(
                f"recording a part of {type(model).__name__}",
                f"it has no module {self._module!r}",
                f"Its own are: {listing(parts, 6)}." if parts else "Record the whole: module=None.",
            ) from error


@contextmanager
def importing(needed_for: str, install: str) -> Iterator[None]:
    """Turn the lack of a library into a message that says what to install.

    Args:
        needed_for: what cannot be used without it.
        install: the argument of pip.

    Raises:
        ImportError: it is not there.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise ImportError(
            f"importing {needed_for}: {error.name} is not installed here\nInstall it: pip install {install}",
            name=error.name,
        ) from error
