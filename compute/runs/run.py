"""One run: its points, from its journal or computed here or by workers, and the file they go to."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from compute.errors import ArgumentError, GuidedError
from compute.files import save
from compute.files.atomic import remove_leftovers
from compute.interrupts import Interrupted, stops_at_interrupt
from compute.runs.grid import Record
from compute.runs.identity import Identity
from compute.runs.journal import Journal
from compute.runs.points import FRAME_OF_A_POINT, Points
from compute.runs.provisional import Provisional
from compute.runs.resuming import Header, number_frame, points_in, resumed
from compute.runs.sampling import Sampling
from compute.surface import OK, PENDING, Curve, Surface
from compute.workers.executors import PoolFactory, Task, local_pool, scatter
from compute.workers.outcome import Outcome, died

__all__ = ["Run", "RunError", "RunLike", "as_run"]

Landscape = TypeVar("Landscape", bound=Surface | Curve)


class RunError(GuidedError, OSError):
    """Results cannot be written where they should be."""


class Run:
    """Where a landscape goes, and how it is computed.

    Args:
        path: of the surface or curve; None keeps nothing on disk.
        restart: forget what an earlier run left there.
        workers: processes on this machine that share the points out, or something that makes a
            ``concurrent.futures.Executor`` as ``compute.workers.executors`` describes; None computes here.
        threads: of numerical libraries in each worker, where there are any. A run goes on with as many
            as it was begun with, for they decide in which order sums are rounded.
        shard: (i, k) computes the i-th of k parts of the points only, counted from 1; the file then
            has the others pending, for :func:`compute.runs.merging.merge`.
        tell: called with sentences on what happens, such as where the run goes on.

    Attributes:
        done, total: points so far and in all (of the shard).
        workers: how many, where that was given.
        best: (loss, x, y) of the lowest so far; y is NaN on a line.

    Raises:
        ArgumentError: a shard that there is not, or fewer than one worker.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        restart: bool = False,
        workers: int | PoolFactory | None = None,
        threads: int = 1,
        shard: tuple[int, int] | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self.path = None if path is None else Path(path)
        self.shard, self._restart = shard, restart
        if shard is not None and not 1 <= shard[0] <= shard[1]:
            todo = "Give (i, k) with i from 1 to k."
            raise ArgumentError("choosing a shard", f"it is {shard!r}", todo)
        if isinstance(workers, int) and workers < 1:
            raise ArgumentError("choosing the workers", f"there are {workers}", "Give at least one.")
        self._pool: PoolFactory | None = (
            local_pool(workers, threads=threads) if isinstance(workers, int) else workers
        )
        self._threads: int | None = threads
        self.workers = workers if isinstance(workers, int) else None
        self._tell = tell or (lambda sentence: None)
        self.done = self.total = 0
        self.best: tuple[float, float, float] | None = None
        self._depth = 0
        self._journal: Journal | None = None
        self._facts: dict[str, Any] = {}
        self._numbers: dict[str, float] = {}

    @property
    def journal_path(self) -> Path | None:
        """Where the points are kept until the run is complete."""
        return None if self.path is None else self.path.with_name(self.path.name + ".journal")

    def kept(self) -> int:
        """How many points an earlier run left, as far as can be told before it is looked into."""
        if self._restart or self.journal_path is None or not self.journal_path.exists():
            return 0
        return points_in(self.journal_path)

    def __enter__(self) -> Run:
        self._depth += 1
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._depth -= 1
        if not self._depth and self._journal is not None:
            if self.done:  # else there is nothing in it
                self._journal.flush()
            so_far = self._so_far(self._journal)
            self._journal.close()
            self._journal = None
            if kind is KeyboardInterrupt:
                raise Interrupted(so_far)

    def keep(self, name: str, measure: Callable[[], float]) -> float:
        """A number that belongs to the landscape besides its points: from the journal, if it is there.

        Args:
            name: tells it from all others that there may be, in any landscape of these points.
            measure: gives it; what it raises is passed on, and not kept.
        """
        if self._journal is None:
            return measure()
        if name not in self._numbers:
            self._numbers[name] = measure()
            self._journal.append(number_frame(name, self._numbers[name]))
            self._look(self._journal)
        return self._numbers[name]

    def deliver(self, landscape: Landscape) -> Landscape:
        """Write the finished surface or curve, if this is the outermost block, and drop the journal.

        Raises:
            RunError: it cannot be written; the points are still in the journal.
        """
        if self.shard is not None and "run" not in landscape.meta:
            landscape = dataclasses.replace(landscape, meta={**landscape.meta, "run": self._facts})
        if self._depth > 1 or self.path is None:
            return landscape
        try:
            save(landscape, self.path)
        except OSError as error:
            raise self._cannot_write(error) from error
        if self._journal is not None:
            self._journal.remove()
            self._journal = None
        return landscape

    def sample(self, what: Sampling, progress: Callable[[int], None]) -> Record:
        """The values at all points, those of the journal and new ones.

        Args:
            what: is evaluated, and where.
            progress: told the number of points done.

        Raises:
            UsageError: the journal is of something else, or of a process that is still running.
            RunError: the journal cannot be read.
            Interrupted: Ctrl-C; what there is has been kept.
        """
        points = Points(what.x, what.y, what.names, tile=what.tile, shard=self.shard)
        self.total, self.done, self.best = points.total, 0, None
        identity = dict(what.identity()) if self.path is not None else {}
        self._facts = {"identity": identity, "grid": list(points.shape)}
        if self.shard is not None:
            self._facts["shard"] = list(self.shard)
        shared_out = self._pool is not None and what.payload is not None
        threads = self._threads if shared_out else what.threads
        journal, threads = self._open(points, identity, threads)
        self._restart = False
        if what.set_threads is not None and threads is not None and threads != what.threads:
            what.set_threads(threads)
        if self.done:
            progress(self.done)
        provisional = None
        if journal is not None and self.path is not None:
            provisional = Provisional(self.path, what.build, whole=self.shard is not None)
        with stops_at_interrupt(enabled=journal is not None) as interrupted:
            for index, outcome, keep in self._outcomes(what, points, threads or 1, interrupted):
                new = points.status[index] == PENDING  # the rest of a tile that was cut off is not
                points.put(index, outcome)
                if journal is not None and keep and new:
                    journal.append(points.frame(index))
                    self._look(journal)
                if new:
                    self._count(points, index)
                progress(self.done)
                if provisional is not None and provisional.due():
                    self._export(points, provisional)
                if interrupted():
                    break
            if journal is not None and provisional is not None and interrupted():
                self._export(points, provisional)
                raise Interrupted(self._so_far(journal))
        return points.record()

    def _outcomes(
        self, what: Sampling, points: Points, threads: int, interrupted: Callable[[], bool]
    ) -> Iterator[tuple[int, Outcome, bool]]:
        """(flat index, outcome, whether it is worth keeping) of each point, as they come."""
        tiles, place = points.tiles(), points.place
        if self._pool is None or what.payload is None or not tiles:
            for tile in tiles:
                outcomes = what.measure([place(int(index)) for index in tile])
                for index, outcome in zip(tile, outcomes, strict=True):
                    yield int(index), outcome, True
                if interrupted():
                    return
            return
        tasks = [Task(tuple(map(int, tile)), tuple(place(int(i)) for i in tile)) for tile in tiles]
        for task, outcomes in scatter(self._pool, what.payload(threads), tasks, interrupted, self._tell):
            for index, outcome in zip(task.indices, outcomes, strict=True):
                yield index, outcome, not died(outcome)

    def _open(
        self, points: Points, identity: Identity, threads: int | None
    ) -> tuple[Journal | None, int | None]:
        """The journal, with what it holds put into ``points``, and how many threads it was begun with."""
        self._numbers.clear()
        if self.path is None or self.journal_path is None:
            return None, threads
        doing = f"going on with the run {self.journal_path.name}"
        if self._journal is not None:
            self._journal.close()
        try:
            self._journal = journal = Journal(self.journal_path, fresh=self._restart)
        except OSError as error:
            raise RunError(
                doing, f"the journal cannot be read: {error.strerror or error}", "Check its permissions."
            ) from error
        shard = self._facts.get("shard")
        header = Header(identity=identity, names=points.names, shard=shard, threads=threads)
        if not journal.frames:
            journal.append(header.frame())
            return journal, threads
        remove_leftovers(self.path)
        before = resumed(journal, header, points)
        self._numbers |= before.numbers
        for index in before.points:
            self._count(points, index)
        if self.done:
            self._tell(f"{self.done:,} of {self.total:,} points are there from an earlier run")
        return journal, before.threads

    def _count(self, points: Points, index: int) -> None:
        self.done += 1
        loss = points.values[index, 0]
        if points.status[index] == OK and (self.best is None or loss < self.best[0]):
            place = points.place(index)
            self.best = (float(loss), place[0], place[1] if len(place) > 1 else math.nan)

    def _look(self, journal: Journal) -> None:
        """Tell once that the disk does not take what is computed."""
        if journal.trouble is not None and "trouble" not in self._facts:
            self._facts["trouble"] = True
            self._tell(
                f"{journal.path.name} cannot be written ({journal.trouble.strerror}); the computation goes "
                "on in memory and tries again: make some room"
            )

    def _export(self, points: Points, provisional: Provisional) -> None:
        """Write what there is so far; a failure leaves the last file and is no reason to stop."""
        journal = self._journal
        assert journal is not None
        journal.flush(to_disk=True)
        self._look(journal)
        so_far = {**self._facts, "done": self.done, "total": self.total}
        so_far.pop("trouble", None)
        try:
            provisional.write(points, so_far)
        except OSError as error:
            journal.trouble = journal.trouble or error
            self._look(journal)

    def _so_far(self, journal: Journal) -> str:
        kept = self.done - journal.waiting(FRAME_OF_A_POINT)
        return (
            f"{kept:,} of {self.total:,} points are done and kept, "
            f"{self.total - kept:,} are missing; the same command goes on from there"
        )

    def _cannot_write(self, error: OSError) -> RunError:
        journal = self._journal
        kept = journal is not None and journal.flush(to_disk=True)
        missing = 0 if kept or journal is None else journal.waiting(FRAME_OF_A_POINT)
        return RunError(
            f"saving {self.path}",
            f"{error.strerror or error}; of {self.total:,} points {self.total - missing:,} are kept in "
            f"{self.journal_path.name if self.journal_path else ''}, and {missing:,} are missing",
            "Make some room and give the same command again: it goes on from there.",
        )


RunLike = Run | str | os.PathLike[str] | None


def as_run(run: RunLike) -> Run:
    """A run as users give it: one, the path of its output, or None, which keeps nothing.

    Raises:
        ArgumentError: it is something else.
    """
    if isinstance(run, Run):
        return run
    if run is None or isinstance(run, (str, os.PathLike)):
        return Run(run)
    todo = "Give the path of the output, or a compute.Run."
    raise ArgumentError("choosing the run", f"it is a {type(run).__name__}", todo)
