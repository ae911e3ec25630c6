"""How long it will take and how far it is, on stderr; nothing is drawn for work under a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

    from compute.metrics import AnyMetric
    from compute.runs import Run

__all__ = ["announce", "duration", "progress_bar"]

SHOW_AFTER_S = 1.0
LOG_INTERVAL_S = 60.0  # between lines where stderr is a file, whose reader sees every one of them


@contextmanager
def progress_bar(
    what: str, unit: str, facts: Callable[[], Mapping[str, str]] = dict
) -> Iterator[Callable[[int, int], None]]:
    """Yield a callable of (done, in all) that draws the bar.

    Args:
        what: shown before the bar.
        unit: what is counted, one word.
        facts: what is shown after the bar, asked for each time.
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
            if bar.total is None and done > 1:  # an earlier run's, which say nothing of the time left
                bar.initial = bar.n = bar.last_print_n = done
            bar.total = total
            bar.set_postfix(facts(), refresh=False)
            bar.update(done - bar.n)

        yield show


def announce(
    model: nn.Module,
    metric: AnyMetric,
    points: int,
    samples: int,
    *,
    bn: str | None = None,
    run: Run | None = None,
) -> None:
    """Say on stderr how much work lies ahead, from the time and the memory that the centre takes.

    Args:
        model: at the centre.
        metric: what is evaluated.
        points: how often.
        samples: on how many.
        bn: "recompute" where each point measures BatchNorm statistics too.
        run: of which some points may be there already, or not be asked for.
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
    each = sorted(times)[len(times) // 2]  # the first call sets up threads and caches
    left, workers = points, 1
    if run is not None:
        left = max(0, (points // run.shard[1] if run.shard else points) - run.kept())
        workers = run.workers or 1
    text = f"{points:,} points of {samples:,} samples each"
    text += f", {left:,} of them now" * (left != points) + f": about {duration(left * each / workers)}"
    print(text + _memory(model, points, workers), file=sys.stderr)


def _memory(model: nn.Module, points: int, workers: int) -> str:
    """What will be in use, from what was at the most until now: ", 310 MB of memory"."""
    try:
        import resource
    except ImportError:  # not on Windows
        return ""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    copies = 4 * sum(p.nbytes for p in model.parameters())  # where it is, and three that are flat
    grid = 80 * points  # a few values, the order, the file
    total = (peak + copies) * (1 if workers == 1 else workers + 1) + grid
    return f", {total / 1e6:,.0f} MB of memory"


def duration(seconds: float) -> str:
    """Seconds as people say them: "40 s", "12 min", "3.5 h".

    >>> duration(0.2), duration(100), duration(5000)
    ('1 s', '100 s', '83 min')
    """
    if seconds < 120:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
