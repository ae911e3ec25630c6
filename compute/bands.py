"""Work on large arrays, some rows at a time.

What a step of the work leaves is still in the processor's cache when the next one takes it up, no
intermediate array is as large as the data, and the processors share the bands: numpy and the
system let go of Python's lock while they calculate, copy or read. The results are those of the
same work done at once, for each element's does not depend on the others'.
"""

from __future__ import annotations

import contextvars
import os
import threading
from collections.abc import Callable

__all__ = ["in_bands"]

_BAND_BYTES = 1 << 20
"""What a step leaves is still in the cache at this size; at a quarter of it, threads that wait for
Python's lock take twice the time."""

_ALONE_BYTES = 1 << 21
"""So little work is done at once and by the caller alone: threads take longer to begin."""

_MOST_THREADS = 4


def in_bands(work: Callable[[slice], object], rows: int, row_bytes: int) -> None:
    """Call ``work`` with consecutive slices of ``range(rows)``, in threads where there is much to do.

    Args:
        work: does its part for the rows of a slice; several run at the same time, in any order.
        rows: how many there are. With none, ``work`` is not called.
        row_bytes: size of a row of what it goes through.

    Raises:
        BaseException: what ``work`` raised first; the rest of the work is then left undone.
    """
    if rows <= 0:
        return
    step = max(1, _BAND_BYTES // max(1, row_bytes))
    if rows <= step or rows * row_bytes <= _ALONE_BYTES:
        work(slice(0, rows))
        return
    starts, turn = iter(range(0, rows, step)), threading.Lock()
    failed: list[BaseException] = []

    def go_on() -> None:
        while not failed:
            with turn:
                start = next(starts, None)
            if start is None:
                return
            try:
                work(slice(start, min(rows, start + step)))
            except BaseException as error:  # noqa: BLE001 - Ctrl-C too, which the caller gets
                failed.append(error)

    bands = -(-rows // step)
    helpers = [
        # In the caller's context, which is where numpy keeps what is done about overflow.
        threading.Thread(target=contextvars.copy_context().run, args=(go_on,), name="bands")
        for _ in range(min(_processors(), _MOST_THREADS, bands) - 1)
    ]
    for helper in helpers:
        helper.start()
    try:
        go_on()
    finally:
        for helper in helpers:
            helper.join()
    if failed:
        raise failed[0]


def _processors() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
