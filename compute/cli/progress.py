"""How long it will take and how far it is, on stderr; nothing is drawn for work under a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

    from compute.metrics import AnyMetric

__all__ = ["announce", "duration", "progress_bar"]

SHOW_AFTER_S = 1.0
LOG_INTERVAL_S = 60.0  # between lines where stderr is a file, whose reader sees every one of them


@contextmanager
def progress_bar(what: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a callable of (done, in all) that draws the bar.

    Args:
        what: shown before the bar.
        unit: what is counted, one word.
    """
    try:
        from tqdm import tqdm
    except ImportError:  # comes with the extra `compute`; its lack must not stop the work
        yield lambda done, total: None
        return
    interval = 0.1 if sys.stderr.isatty() else LOG_INTERVAL_S
    with tqdm(
        desc=what,
        unit=f" {unit}",
        delay=SHOW_AFTER_S,
        mininterval=interval,
        file=sys.stderr,
        dynamic_ncols=True,
    ) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


def announce(
    model: nn.Module, metric: AnyMetric, points: int, samples: int, *, bn: str | None = None
) -> None:
    """Say on stderr how much work lies ahead, from the time that the centre takes.

    Args:
        model: at the centre.
        metric: what is evaluated.
        points: how often.
        samples: on how many.
        bn: "recompute" where each point measures BatchNorm statistics too.
    """
    import compute

    bn = "recompute" if bn == "recompute" else None

    times: list[float] = []
    while len(times) < 4 or (len(times) < 20 and sum(times) < 0.2):
        began = time.perf_counter()
        compute.point(model, metric, bn=bn)
        times.append(time.perf_counter() - began)
        if times[0] > SHOW_AFTER_S:
            break
    total = points * sorted(times)[len(times) // 2]  # the first call sets up threads and caches
    print(f"{points:,} points of {samples:,} samples each: about {duration(total)}", file=sys.stderr)


def duration(seconds: float) -> str:
    """Seconds as people say them: "40 s", "12 min", "3.5 h".

    >>> duration(0.2), duration(100), duration(5000)
    ('1 s', '100 s', '83 min')
    """
    if seconds < 120:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
