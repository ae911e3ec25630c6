"""What runs in a worker: it is given the model and the data once, and then points."""

from __future__ import annotations

import atexit
import pickle
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from compute.outcome import Outcome

__all__ = ["WorkerDied", "evaluate", "pickled", "prepare"]

Measure = Callable[[Sequence[tuple[float, ...]]], list[Outcome]]

# The recipe that this process was given last, and what it was made into at the first point.
_recipe: dict[str, Any] = {}
_stack = ExitStack()
atexit.register(_stack.close)


class WorkerDied(Exception):  # noqa: N818 - it is what happened
    """A worker process ended without an answer."""


def pickled(make: Callable[..., Any], arguments: Mapping[str, Any]) -> bytes:
    """A recipe for a worker: a context manager to be entered, which gives the ``measure`` of points.

    ``cloudpickle``, where it is there, takes functions and classes of the main program too.
    """
    try:
        import cloudpickle
    except ImportError:
        return pickle.dumps((make, dict(arguments)), protocol=5)
    content: bytes = cloudpickle.dumps((make, dict(arguments)), protocol=5)
    return content


def prepare(payload: bytes) -> None:
    """Keep a recipe until the first point is asked for."""
    _stack.close()
    _recipe.clear()
    _recipe["payload"] = payload


def evaluate(tiles: Sequence[Sequence[tuple[float, ...]]]) -> tuple[float, list[list[Outcome]]]:
    """How long it took, and the outcomes at the points of each tile."""
    if "measure" not in _recipe:
        make, arguments = pickle.loads(_recipe.pop("payload"))
        _recipe["measure"] = _stack.enter_context(make(**arguments))
    began = time.perf_counter()
    found = [_recipe["measure"](points) for points in tiles]
    return time.perf_counter() - began, found
