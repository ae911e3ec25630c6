"""Points shared out among processes and machines, behind ``concurrent.futures.Executor``.

A *pool factory* is called with (initializer, initargs) and gives an executor each of whose workers
calls ``initializer(*initargs)`` before its first task: that is how the model and the data travel,
once a worker. The executors of the standard library take these arguments, and so does mpi4py's:

>>> Run("surf.ply", workers=lambda i, a: MPIPoolExecutor(initializer=i, initargs=a))  # doctest: +SKIP

A worker that dies takes its tasks with it: they come back as :class:`WorkerDied` (or as what the
library has for it), are cut into single points, and given to others, twice at most.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from dataclasses import dataclass, replace
from typing import Any

from compute.errors import UsageError
from compute.workers.outcome import DIED, Outcome
from compute.workers.worker import WorkerDied, evaluate, prepare

__all__ = ["PoolFactory", "Task", "dask_pool", "local_pool", "mpi_pool", "scatter"]

PoolFactory = Callable[[Callable[..., None], tuple[Any, ...]], Executor]

# How often a point is given to another worker after its own has died.
RETRIES = 2
# How long a worker should be busy with what it is sent at a time, and how much that may be.
BUSY_S, MOST_TILES = 0.25, 256
# Deaths for each worker, before the first answer, that mean that none will come.
IN_VAIN = 2
# Errors that mean that the worker is gone, some by name, so that no library is loaded for them.
DEATHS = (WorkerDied, BrokenExecutor, CancelledError)
DEATHS_BY_NAME = ("KilledWorker", "FutureCancelledError", "FutureLostError")


@dataclass(frozen=True)
class Task:
    """Points that are evaluated together.

    Attributes:
        indices: of the points in the grid.
        points: their coefficients.
        deaths: of workers that had it.
    """

    indices: tuple[int, ...]
    points: tuple[tuple[float, ...], ...]
    deaths: int = 0


def scatter(
    pool: PoolFactory,
    payload: bytes,
    tasks: Sequence[Task],
    stop: Callable[[], bool],
    tell: Callable[[str], None],
) -> Iterator[tuple[Task, list[Outcome]]]:
    """Have the tasks done by the workers of a pool, and yield each with its outcomes as they come.

    Args:
        pool: makes the executor, which is shut down at the end.
        payload: what ``compute.workers.worker`` makes an evaluator of.
        tasks: each is done by one worker in one go, several of them at a time.
        stop: whether to end early, with what is being done.
        tell: called with a sentence where a worker dies.

    Raises:
        UsageError: no worker can be kept alive.
    """
    waiting = deque(tasks)
    flying: dict[Future[tuple[float, list[list[Outcome]]]], tuple[Task, ...]] = {}
    size, rebuilt, in_vain = 1, 0, 0
    executor = pool(prepare, (payload,))
    try:
        width = 2 * _width(executor)
        while waiting or flying:
            while waiting and len(flying) < width and not stop():
                batch = _take(waiting, size)
                try:
                    future = executor.submit(evaluate, [task.points for task in batch])
                except BrokenExecutor as broken:
                    waiting.extendleft(reversed(batch))
                    rebuilt += 1
                    if rebuilt > 1 + RETRIES * len(tasks):
                        raise UsageError(*_nobody_lives(broken)) from broken
                    executor.shutdown(wait=False)
                    executor = pool(prepare, (payload,))
                    break
                flying[future] = batch
            finished, _ = wait(flying, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in finished:
                batch = flying.pop(future)
                error = _error(future)
                if error is None:
                    seconds, found = future.result()
                    in_vain = -IN_VAIN * width  # from now on a death is the fault of the point
                    aim = size * BUSY_S / max(seconds, 1e-6)
                    size = int(min(max(1, aim), 2 * size, MOST_TILES))
                    yield from zip(batch, found, strict=True)
                elif _is_death(error):
                    in_vain += 1
                    if in_vain >= IN_VAIN * width:
                        raise UsageError(*_nobody_lives(error)) from error
                    final = type(error).__name__ == "KilledWorker" and len(batch) == 1
                    for task in reversed(batch):
                        task = replace(task, deaths=task.deaths + 1)
                        if task.deaths <= RETRIES and not final:
                            waiting.appendleft(task)
                        else:
                            message = f"{DIED}{task.deaths} workers died at it, the last with: {error}"
                            yield task, [message] * len(task.points)
                    tell(f"a worker died ({error}); its {len(batch)} points are given to another")
                else:
                    raise error
            if stop() and not flying:
                return
    finally:
        for future in flying:
            future.cancel()
        executor.shutdown(wait=not flying, cancel_futures=bool(flying))


def _take(waiting: deque[Task], size: int) -> tuple[Task, ...]:
    """The next tasks to send together; one that has cost a worker goes alone."""
    batch = [waiting.popleft()]
    while len(batch) < size and waiting and not batch[0].deaths and not waiting[0].deaths:
        batch.append(waiting.popleft())
    return tuple(batch)


def _error(future: Future[Any]) -> BaseException | None:
    try:
        return future.exception()
    except CancelledError as error:
        return error


def _is_death(error: BaseException) -> bool:
    return isinstance(error, DEATHS) or type(error).__name__ in DEATHS_BY_NAME


def _nobody_lives(error: BaseException) -> tuple[str, str, str]:
    return "starting workers", f"they die at once ({error})", "Compute without workers to see why."


def _width(executor: Executor) -> int:
    """How many workers there are, as far as the executor tells."""
    for name in ("num_workers", "_max_workers"):
        count = getattr(executor, name, None)
        if isinstance(count, int) and count > 0:
            return count
    return 4


def local_pool(workers: int, *, threads: int = 1) -> PoolFactory:
    """Processes on this machine.

    Args:
        workers: how many.
        threads: of each.
    """

    def make(initializer: Callable[..., None], initargs: tuple[Any, ...]) -> Executor:
        from compute.workers.processes import Processes

        return Processes(workers, initializer, initargs, threads=threads)

    return make


def mpi_pool() -> PoolFactory:
    """The other ranks of ``mpirun -n N python -m mpi4py.futures -m compute ...``.

    Raises:
        UsageError: mpi4py is not installed.
    """
    try:
        from mpi4py.futures import MPIPoolExecutor
    except ImportError as error:
        raise UsageError(
            "looking for MPI", f"mpi4py cannot be used ({error})", 'Install it: pip install "glviz[mpi]"'
        ) from error

    def make(initializer: Callable[..., None], initargs: tuple[Any, ...]) -> Executor:
        executor: Executor = MPIPoolExecutor(initializer=initializer, initargs=initargs)
        return executor

    return make


def dask_pool(address: str) -> PoolFactory:
    """The workers of a Dask scheduler, those that join later too.

    Args:
        address: of the scheduler, e.g. ``tcp://10.0.0.1:8786``.
    """

    def make(initializer: Callable[..., None], initargs: tuple[Any, ...]) -> Executor:
        from compute.workers.dask_client import DaskPool

        return DaskPool(address, initializer, initargs)

    return make
