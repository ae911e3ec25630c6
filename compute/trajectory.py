"""The path of a training: checkpoints on disk, and one after another.

>>> trajectory = Trajectory("run")  # doctest: +SKIP
>>> for epoch in range(epochs):  # doctest: +SKIP
...     trajectory.record(model, epoch=epoch, loss=loss)
>>> surface = compute.pca_plane(model, trajectory, metric)  # doctest: +SKIP
"""

from __future__ import annotations

import json
import os
import pickle
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from compute.checkpoints import WRAPPING_KEYS, is_plain, read_state_dict, save_checkpoint, without_wrapper
from compute.parameters import ArgumentError, ParameterSlot, check_names

__all__ = ["Checkpoints", "Runs", "Trajectory"]

INDEX = "index.jsonl"
NUMBERED = re.compile(r"checkpoint_(\d+)\.pt")


class Trajectory(Sequence[Mapping[str, Tensor]]):
    """Numbered checkpoints in a folder; iterating gives their state dicts, one at a time.

    The folder holds ``checkpoint_000000.pt``, ... (each readable by
    ``torch.load(..., weights_only=True)``) and ``index.jsonl``, a line of JSON for each. A folder
    that holds a trajectory already is continued.

    Args:
        directory: created when the first checkpoint is recorded.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = FilePath(directory)

    def record(self, model: nn.Module, **info: Any) -> FilePath:
        """Write the model's parameters and buffers as the next checkpoint.

        A crash leaves either the whole checkpoint or none.

        Args:
            model: it is only read.
            **info: numbers and texts to keep beside it, such as ``epoch`` and ``loss``.

        Returns:
            The file.

        Raises:
            OSError: it cannot be written.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        paths = self.paths
        number = _number(paths[-1]) + 1 if paths else 0
        path = self.directory / f"checkpoint_{number:06d}.pt"
        plain = {name: _plain(value) for name, value in info.items()}
        save_checkpoint(model, path, **plain)
        with open(self.directory / INDEX, "a", encoding="utf-8") as index:
            index.write(json.dumps({"file": path.name, **plain}) + "\n")
        return path

    @property
    def paths(self) -> tuple[FilePath, ...]:
        """The checkpoint files in the order in which they were recorded."""
        if not self.directory.is_dir():
            return ()
        found = (path for path in self.directory.iterdir() if NUMBERED.fullmatch(path.name))
        return tuple(sorted(found, key=_number))

    @property
    def info(self) -> tuple[dict[str, Any], ...]:
        """What was recorded beside each checkpoint; an empty dict where that is not known."""
        known: dict[str, dict[str, Any]] = {}
        index = self.directory / INDEX
        if index.is_file():
            for line in index.read_text(encoding="utf-8").splitlines():
                try:
                    entry = json.loads(line)
                    known[entry.pop("file")] = entry
                except (ValueError, KeyError, AttributeError, TypeError):
                    continue  # the last line of a run that was killed while writing it
        return tuple(known.get(path.name, {}) for path in self.paths)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, number: Any) -> Any:
        chosen = self.paths[number]
        if isinstance(number, slice):
            return [read_state_dict(path)[0] for path in chosen]
        return read_state_dict(chosen)[0]

    def __iter__(self) -> Iterator[Mapping[str, Tensor]]:
        return (read_state_dict(path)[0] for path in self.paths)


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
            mapped = _mapped(FilePath(item))
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


class Runs(Sequence[Mapping[str, Tensor]]):
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


def _number(path: FilePath) -> int:
    match = NUMBERED.fullmatch(path.name)
    return int(match[1]) if match else -1


def _plain(value: Any) -> Any:
    """A value that JSON and a weights-only checkpoint can both hold."""
    if isinstance(value, (Tensor, np.ndarray, np.generic)):
        value = value.item() if value.ndim == 0 or value.size == 1 else value.tolist()
    return value if isinstance(value, (bool, int, float, str, list, type(None))) else str(value)


def _mapped(path: FilePath) -> Mapping[str, Tensor] | None:
    """The state dict of a file without loading its numbers; None where that cannot be done."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except (RuntimeError, ValueError, OSError, pickle.UnpicklingError):
        return None  # the reader for any format says what is wrong with it, if anything is
    if isinstance(content, Mapping):
        inner = (content[key] for key in WRAPPING_KEYS if isinstance(content.get(key), Mapping))
        content = next(inner, content)
        if content and all(isinstance(value, Tensor) and is_plain(value) for value in content.values()):
            return content
    return None


def _unwrapped(state: Mapping[str, Tensor], slots: Sequence[ParameterSlot]) -> Mapping[str, Tensor]:
    """The state dict under the model's own names, whatever prefixes wrappers left or leave."""
    names = [slot.name for slot in slots]
    return state if any(name in state for name in names) else without_wrapper(state, names)
