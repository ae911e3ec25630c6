"""Other programs, each in a process of the environment that ``make bench`` makes for them.

They want an older numpy than this project. Both sides compute with the same torch on one thread,
which is checked; a call costs a line through a pipe more than the work.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from benchmarks.networks import Problem

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv-bench"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


class MissingError(Exception):
    """A program to compare with is not there, or not to be compared with; the text says why."""


@dataclass(frozen=True)
class Peer:
    """A program that is ready to lay out its plane.

    Attributes:
        versions: of the package, of torch and of numpy there.
        loss: of the network at theta*, as it computes it.
    """

    versions: dict[str, str]
    loss: float
    _process: subprocess.Popen[str]

    def plane(self) -> float:
        """Lay out the plane once; returns the loss at theta*."""
        assert self._process.stdin is not None
        print(file=self._process.stdin, flush=True)
        _answer(self._process)
        return self.loss


@contextlib.contextmanager
def peer(package: str, problem: Problem, steps: int) -> Iterator[Peer]:
    """Start a program with a perceptron's problem.

    Args:
        package: its name on PyPI.
        problem: of a network of linear layers with rectifiers between.
        steps: of the plane along each side.

    Raises:
        MissingError: it is not installed, or has another torch.
    """
    if not PYTHON.exists():
        raise MissingError(f"there is no {ENVIRONMENT.name}, which make bench makes")
    layers = [module for module in problem.model.modules() if isinstance(module, nn.Linear)]
    named = [f"{name}.{part}" for name, module in problem.model.named_modules()
             if isinstance(module, nn.Linear) for part in ("weight", "bias")]  # fmt: skip
    content = {
        "weights": [layer.weight.detach() for layer in layers],
        "biases": [layer.bias.detach() for layer in layers],
        "directions": [[direction.tensors[name] for name in named] for direction in problem.directions],
        "inputs": problem.inputs,
        "targets": problem.targets,
        "steps": steps,
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "problem.pt"
        torch.save(content, file)
        log = Path(folder) / "errors.txt"
        with open(log, "w", encoding="utf-8") as errors, subprocess.Popen(
            [str(PYTHON), "-I", str(ROOT / "benchmarks" / "peer.py"), package, str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        ) as process:  # fmt: skip
            try:
                found = _answer(process)
                if found["versions"]["torch"] != torch.__version__:
                    raise MissingError(f"it has torch {found['versions']['torch']}, not {torch.__version__}")
                yield Peer(found["versions"], found["loss"], process)
            except EOFError as error:
                lines = log.read_text(encoding="utf-8").splitlines() or ["it ended without a word"]
                raise MissingError(lines[-1]) from error
            finally:
                process.kill()


def _answer(process: subprocess.Popen[str]) -> Any:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise EOFError
    return json.loads(line)
