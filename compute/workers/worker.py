"""What runs in a worker: it is given the model and the data once, and then points."""

from __future__ import annotations

import atexit
import hashlib
import pickle
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from compute.errors import UsageError
from compute.workers.outcome import Outcome

__all__ = ["WorkerDied", "evaluate", "pickled", "prepare"]

Measure = Callable[[Sequence[tuple[float, ...]]], list[Outcome]]

# The recipe that this process was given last, and what it was made into at the first point.
_recipe: dict[str, Any] = {}
_stack = ExitStack()
# There is one model, which each point moves: a worker of several threads, as Dask starts them, takes turns.
_one_at_a_time = threading.Lock()
atexit.register(_stack.close)


class WorkerDied(Exception):  # noqa: N818 - it is what happened
    """A worker process ended without an answer."""


def pickled(make: Callable[..., Any], arguments: Mapping[str, Any]) -> bytes:
    """A recipe for a worker: a context manager to be entered, which gives the ``measure`` of points.

    ``cloudpickle``, where it is there, takes functions and classes of the main program too.

    Raises:
        UsageError: something in it cannot be sent to another process.
    """
    try:
        from cloudpickle import dumps
    except ImportError:
        from pickle import dumps
    try:
        content: bytes = dumps((make, dict(arguments)), protocol=5)
    except Exception as error:  # whatever an object may raise that is not made to be sent
        raise UsageError(
            "sending the model and the metric to the workers",
            f"{type(error).__name__}: {error}",
            "Have the metric make what cannot be sent, such as locks and open files, when it is called; "
            "or compute without workers.",
        ) from error
    return content


def prepare(payload: bytes) -> None:
    """Keep a recipe until the first point is asked for; the same one again changes nothing."""
    digest = hashlib.blake2b(payload).digest()
    with _one_at_a_time:
        if _recipe.get("digest") == digest:  # another thread of this process has it already
            return
        _stack.close()
        _recipe.clear()
        _recipe.update(digest=digest, payload=payload)


def evaluate(tiles: Sequence[Sequence[tuple[float, ...]]]) -> tuple[float, list[list[Outcome]]]:
    """How long it took, and the outcomes at the points of each tile."""
    with _one_at_a_time:
        if "measure" not in _recipe:
            make, arguments = pickle.loads(_recipe.pop("payload"))
            _recipe["measure"] = _stack.enter_context(make(**arguments))
        began = time.perf_counter()
        found = [_recipe["measure"](points) for points in tiles]
        return time.perf_counter() - began, found
