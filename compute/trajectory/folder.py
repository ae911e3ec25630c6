"""The path of a training, recorded: numbered checkpoints in a folder.

>>> trajectory = Trajectory("run")  # doctest: +SKIP
>>> for epoch in range(epochs):  # doctest: +SKIP
...     trajectory.record(model, epoch=epoch, loss=loss)
>>> surface = compute.pca_plane(model, trajectory, metric)  # doctest: +SKIP
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

from compute.model.checkpoints import read_state_dict, save_checkpoint

__all__ = ["Trajectory"]

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
        self.directory = Path(directory)

    def record(self, model: nn.Module, **info: Any) -> Path:
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
    def paths(self) -> tuple[Path, ...]:
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


def _number(path: Path) -> int:
    match = NUMBERED.fullmatch(path.name)
    return int(match[1]) if match else -1


def _plain(value: Any) -> Any:
    """A value that JSON and a weights-only checkpoint can both hold."""
    if isinstance(value, (Tensor, np.ndarray, np.generic)):
        value = value.item() if value.ndim == 0 or value.size == 1 else value.tolist()
    return value if isinstance(value, (bool, int, float, str, list, type(None))) else str(value)
