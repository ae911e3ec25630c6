"""The workers of a Dask scheduler as an executor; the model travels to each of them once.

It goes as a worker plugin, which the scheduler gives to every worker, those too that join or come
back later. ``compute`` must be importable where they run.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from compute.errors import UsageError

try:
    from distributed import Client, WorkerPlugin
except ImportError as missing:
    raise UsageError(
        "connecting to Dask",
        f"dask.distributed cannot be used ({missing})",
        'Install it: pip install "glviz[dask]"',
    ) from missing

__all__ = ["DaskPool"]

CONNECT_S = 20


class _Prepare(WorkerPlugin):
    """Calls a function in each worker, before its first task."""

    def __init__(self, name: str, initializer: Callable[..., None], initargs: tuple[Any, ...]) -> None:
        self.name, self._initializer, self._initargs = name, initializer, initargs

    def setup(self, worker: Any) -> None:
        """Called by the worker itself."""
        self._initializer(*self._initargs)


class DaskPool(Executor):
    """A client of a scheduler.

    Args:
        address: of the scheduler.
        initializer: called in each worker before its first task.
        initargs: with these.

    Raises:
        UsageError: there is no scheduler.
    """

    def __init__(self, address: str, initializer: Callable[..., None], initargs: tuple[Any, ...]) -> None:
        try:
            self._client = Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"connecting to Dask at {address}",
                str(error) or type(error).__name__,
                "Start a scheduler (dask scheduler) and give its address, such as tcp://127.0.0.1:8786.",
            ) from error
        self._plugin = _Prepare(f"glviz-{secrets.token_hex(6)}", initializer, initargs)
        self._client.register_plugin(self._plugin, name=self._plugin.name)
        self._inner = self._client.get_executor(pure=False)

    @property
    def num_workers(self) -> int:
        """Threads of all workers now, at least one."""
        return max(1, sum(self._client.nthreads().values()))

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a function called by one of the workers."""
        future: Future[Any] = self._inner.submit(fn, *args, **kwargs)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take the model away from the workers and leave the scheduler."""
        self._inner.shutdown(wait=wait)
        try:
            self._client.unregister_worker_plugin(self._plugin.name)
        finally:
            self._client.close()
