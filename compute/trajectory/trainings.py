"""The checkpoints of trainings, from wherever, as sequences that a model fits."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from torch import Tensor

from compute.errors import ArgumentError
from compute.model.checkpoints import map_state_dict, read_state_dict, without_wrapper
from compute.model.parameters import ParameterSlot, check_names
from compute.trajectory.folder import Trajectory

__all__ = ["Checkpoints", "Trainings"]


class Checkpoints(Sequence[Mapping[str, Tensor]]):
    """Checkpoints from wherever, checked against a model, read as often as needed.

    Files are mapped into memory, not loaded: a thousand of them cost little until a part of one
    is used. (Those in torch's oldest format cannot be mapped, and are read each time.)

    Args:
        source: a :class:`Trajectory`, or state dicts, or paths of files that hold them.
        slots: the model's parameters, all of which each checkpoint must have.
        name: of the training, for messages, where there are several.

    Raises:
        ArgumentError: there is none, or something that is no checkpoint.
    """

    def __init__(
        self, source: Iterable[Any], slots: Sequence[ParameterSlot], name: str | None = None
    ) -> None:
        self._items = list(source.paths if isinstance(source, Trajectory) else source)
        self._slots = slots
        self._of = "" if name is None else f" of {name}"
        self._open: dict[int, Mapping[str, Tensor]] = {}
        doing = f"reading the checkpoints{self._of or ' of a trajectory'}"
        if isinstance(source, (str, bytes, os.PathLike, Mapping)) or not self._items:
            raise ArgumentError(
                doing,
                "there are none" if not self._items else f"a single {type(source).__name__} was given",
                "Give a compute.Trajectory, a list of state dicts, or a list of files.",
            )
        for item in self._items:
            if not isinstance(item, (str, os.PathLike, Mapping)):
                raise ArgumentError(
                    doing, f"one is a {type(item).__name__}", "Give state dicts, or paths of files."
                )

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, number: Any) -> Any:
        """The state dict of checkpoint ``number``; its tensors are not to be written to."""
        if number in self._open:
            return self._open[number]
        item = self._items[number]
        if isinstance(item, Mapping):
            state, keep = item, True
        else:
            mapped = map_state_dict(item)
            state, keep = (read_state_dict(item)[0], False) if mapped is None else (mapped, True)
        state = _unwrapped(state, self._slots)
        what = f"checkpoint {number}{self._of}"
        check_names(self._slots, state, doing="reading the checkpoints of a trajectory", what=what)
        if keep:
            self._open[number] = state
        return state

    def has_buffers(self, names: Iterable[str]) -> bool:
        """Whether every checkpoint has all of these."""
        names = list(names)
        return all(name in state for state in self for name in names)


class Trainings(Sequence[Mapping[str, Tensor]]):
    """The checkpoints of one training or of several, as one sequence.

    Args:
        source: what :class:`Checkpoints` takes, or a mapping from names to such.
        slots: the model's parameters.
        name: of the training, where there is only one.

    Attributes:
        by_name: the checkpoints of each training.

    Raises:
        ArgumentError: as of :class:`Checkpoints`.
    """

    def __init__(
        self,
        source: Iterable[Any] | Mapping[str, Iterable[Any]],
        slots: Sequence[ParameterSlot],
        *,
        name: str = "trajectory",
    ) -> None:
        several = isinstance(source, Mapping) and not any(isinstance(v, Tensor) for v in source.values())
        if several and source:
            self.by_name = {str(key): Checkpoints(run, slots, str(key)) for key, run in source.items()}  # type: ignore[union-attr]
        else:
            self.by_name = {name: Checkpoints(source, slots)}
        self._places = [(run, k) for run in self.by_name.values() for k in range(len(run))]

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, number: Any) -> Any:
        run, place = self._places[number]
        return run[place]

    def has_buffers(self, names: Iterable[str]) -> bool:
        """Whether every checkpoint has all of these."""
        names = list(names)
        return all(run.has_buffers(names) for run in self.by_name.values())


def _unwrapped(state: Mapping[str, Tensor], slots: Sequence[ParameterSlot]) -> Mapping[str, Tensor]:
    """The state dict under the model's own names, whatever prefixes wrappers left or leave."""
    names = [slot.name for slot in slots]
    return state if any(name in state for name in names) else without_wrapper(state, names)
