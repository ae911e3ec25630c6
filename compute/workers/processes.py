"""Processes of this machine as an executor whose workers may die without taking the others along.

(``ProcessPoolExecutor`` gives up all its tasks when one process is killed.) Each worker has a
thread here, which sends it one task at a time and starts another process in place of one that
died. Only the task that it had is lost, and comes back as ``WorkerDied``.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import queue
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import Any

from compute.errors import UsageError
from compute.workers.worker import WorkerDied

__all__ = ["Processes"]

Job = tuple[Future[Any], bytes]

# A process that has died this often before its first answer never will give one.
STARTS = 3


class Processes(Executor):
    """Processes that are started afresh ("spawn"), each with the same beginning.

    Args:
        workers: how many.
        initializer: called in each before its first task.
        initargs: with these.
        threads: of numerical libraries in each.
    """

    def __init__(
        self, workers: int, initializer: Callable[..., None], initargs: tuple[Any, ...], *, threads: int = 1
    ) -> None:
        self.num_workers = workers
        self._begin = pickle.dumps((initializer, initargs), protocol=5)
        self._threads_each = threads
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._closed = False
        self._lock = threading.Lock()
        self._running: dict[int, Any] = {}
        self._hosts = [
            threading.Thread(target=self._host, args=(number,), daemon=True) for number in range(workers)
        ]
        for host in self._hosts:
            host.start()

    @property
    def pids(self) -> list[int]:
        """Of the processes that run now."""
        with self._lock:
            return [process.pid for process in self._running.values()]

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a picklable function called in one of the processes.

        Raises:
            RuntimeError: the executor has been shut down.
        """
        if self._closed:
            raise RuntimeError("no tasks after shutdown")
        future: Future[Any] = Future()
        self._jobs.put((future, pickle.dumps((fn, args, kwargs), protocol=5)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes, at once where their tasks are not wanted any more."""
        self._closed = True
        if cancel_futures:
            while True:
                try:
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if job is not None:
                    job[0].cancel()
        for _ in self._hosts:
            self._jobs.put(None)
        if cancel_futures:
            with self._lock:
                for process in self._running.values():
                    process.terminate()
        if wait or cancel_futures:
            for host in self._hosts:
                host.join(timeout=10)

    def _host(self, number: int) -> None:
        """The life of one worker: its processes, one after the other, and their tasks."""
        failed_starts = 0
        process, link = None, None
        while (job := self._jobs.get()) is not None:
            future, call = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                if process is None:
                    process, link = self._start(number)
                assert link is not None
                link.send_bytes(call)
                answer = pickle.loads(link.recv_bytes())
                failed_starts = 0
            except (EOFError, OSError):
                code = self._bury(number, process, link)
                process = link = None
                failed_starts += 1
                error: Exception = WorkerDied(f"exit code {code}")
                if failed_starts >= STARTS and not self._closed:
                    error = WorkerDied(f"exit code {code}, {failed_starts} times in a row")
                future.set_exception(error)
                continue
            except Exception as unexpected:  # e.g. an answer that cannot be unpickled
                future.set_exception(unexpected)
                continue
            good, value = answer
            (future.set_result if good else future.set_exception)(value)
        if process is not None:
            if link is not None:
                link.close()  # the process reads the end of its tasks, and ends
            process.join(timeout=5)
            self._bury(number, process, None)

    def _start(self, number: int) -> tuple[Any, Connection]:
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        settings = (there, number, self._threads_each)
        process = context.Process(target=_serve, args=settings, daemon=True, name=f"glviz worker {number}")
        before = {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
        with _STARTING:  # the environment is the whole process's
            _deaf_to_interrupts()
            os.environ.update(dict.fromkeys(before, str(self._threads_each)))
            try:
                process.start()
            finally:
                for name, value in before.items():
                    if value is None:
                        del os.environ[name]
                    else:
                        os.environ[name] = value
        there.close()
        with self._lock:
            self._running[number] = process
        here.send_bytes(self._begin)
        return process, here

    def _bury(self, number: int, process: Any, link: Connection | None) -> int | None:
        with self._lock:
            started = self._running.pop(number, None)
        process = process or started  # one that died before it could be told what it is for
        if link is not None:
            link.close()
        if process is None:
            return None
        process.join(timeout=1)
        if process.is_alive():
            process.kill()
            process.join(timeout=5)
        code: int | None = process.exitcode
        return code


_STARTING = threading.Lock()


def _deaf_to_interrupts() -> None:
    """Have processes that this thread starts hear no Ctrl-C, from their first moment.

    It is for the process that shares the work out. (Python starts a tracker of its own with the
    first process, and lets this thread hear again after that: so it has to be there before.)
    """
    if hasattr(signal, "pthread_sigmask"):
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _serve(link: Connection, number: int, threads: int) -> None:
    """The main loop of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["GLVIZ_WORKER"] = str(number)
    try:
        initializer, initargs = pickle.loads(link.recv_bytes())
        _set_threads(threads)
        initializer(*initargs)
        while True:
            try:
                function, arguments, keywords = pickle.loads(link.recv_bytes())
                answer = (True, function(*arguments, **keywords))
            except EOFError:
                return
            except Exception as error:
                answer = (False, _sendable(error))
            link.send_bytes(pickle.dumps(answer, protocol=5))
    except (EOFError, OSError, KeyboardInterrupt):
        return  # the other end is gone


def _set_threads(threads: int) -> None:
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(threads)


def _sendable(error: Exception) -> Exception:
    """The error, or one of the same text if the other side could not read it."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        text = " ".join(f"{type(error).__name__}: {error}".split())
        return UsageError("computing in a worker", text, "Compute without workers to see where.")
    return error
