"""Peak memory of a run, in a process of its own: ``python -m benchmarks.memory KIND SIZE``.

torch's memory is seen by no Python profiler, so the process asks the system. Counted is what is
anonymous (allocated, not mapped from a file: those pages are the file's) beyond what the process
held before the run: the interpreter, its libraries, the model itself and its samples.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

MIB = 2**20
STATUS = Path("/proc/self/status")
SAMPLES, WIDTH = 8, 2000


def beyond(kind: str, size: int, folder: str = "") -> tuple[float, float]:
    """Run a case in a child on one thread.

    Args:
        kind: one of ``CASES``.
        size: what that says.
        folder: of the trajectory, for "axes".

    Returns:
        Bytes beyond the start of the run at its peak, and bytes of one copy of the model.
    """
    command = [sys.executable, "-m", "benchmarks.memory", kind, str(size), folder]
    root = Path(__file__).resolve().parent.parent
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)
    peak, model = map(float, done.stdout.split())
    return peak, model


def anonymous() -> int:
    """Bytes of this process that come from no file."""
    fields = dict(line.split(":", 1) for line in STATUS.read_text(encoding="ascii").splitlines())
    return 1024 * int(fields["RssAnon"].split()[0])


@contextlib.contextmanager
def watched() -> Iterator[Callable[[], int]]:
    """Look every few milliseconds; gives the peak so far, beyond what there was at the start."""
    start = highest = anonymous()
    done = threading.Event()

    def look() -> None:
        nonlocal highest
        while not done.is_set():
            highest = max(highest, anonymous())
            time.sleep(0.002)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield lambda: max(highest, anonymous()) - start
    finally:
        done.set()
        thread.join()


def large(size: int, folder: str) -> tuple[float, float]:
    """A 3 x 3 random plane around a perceptron of ``size`` million parameters."""
    from torch import nn

    layers = [nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(round(size * 1e6 / WIDTH**2))]
    return _plane(nn.Sequential(*layers), WIDTH, 3)


def points(size: int, folder: str) -> tuple[float, float]:
    """A ``size`` x ``size`` random plane around a perceptron of 76 parameters, without its file."""
    from torch import nn

    return _plane(nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 4)), 4, size)


def axes(size: int, folder: str) -> tuple[float, float]:
    """The principal axes of the checkpoints in ``folder``, of a layer of ``size`` x ``size`` weights."""
    from torch import nn

    import compute

    model = nn.Linear(size, size, bias=False)
    trajectory = compute.Trajectory(folder)
    model.load_state_dict(trajectory[-1])
    with watched() as peak:
        compute.pca_directions(model, trajectory)
        return peak(), 4.0 * size * size


def _plane(model, features: int, side: int) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    import torch

    import compute

    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(SAMPLES, features, generator=generator)
    loss = compute.Loss("cross_entropy", inputs, torch.zeros(SAMPLES, dtype=torch.int64))
    warm = torch.nn.Linear(features, 2)
    compute.random_plane(warm, loss, x=(-1, 1, 9), y=(-1, 1, 9))  # what is loaded at the first one
    model(inputs)
    with watched() as peak:
        compute.random_plane(model, loss, x=(-1, 1, side), y=(-1, 1, side))
        return peak(), float(sum(4 * p.numel() for p in model.parameters()))


CASES = {case.__name__: case for case in (large, points, axes)}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("kind", choices=CASES)
    parser.add_argument("size", type=int)
    parser.add_argument("folder", nargs="?", default="")
    arguments = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    print(*CASES[arguments.kind](arguments.size, arguments.folder))
