"""Where a run is kept, and which processes and machines compute its points."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compute.cli.parser import count
from compute.errors import UsageError

if TYPE_CHECKING:
    from compute.runs import Run
    from compute.workers.executors import PoolFactory

__all__ = ["add_running", "begin_run", "check_running", "describe_best", "merge_line", "output_of"]


def add_running(parser: argparse.ArgumentParser) -> None:
    """What becomes of an earlier run, and who computes."""
    group = parser.add_argument_group(
        "long runs",
        "What was computed is kept beside the output until it is complete: after an interrupt or a crash the "
        "same command goes on.",
    )
    group.add_argument("--restart", action="store_true", help="forget what an earlier run left, start over")
    group.add_argument(
        "--workers", type=count, metavar="N", help="processes of this machine, one thread each by default"
    )
    group.add_argument(
        "--shard",
        type=_shard,
        metavar="I/K",
        help="only the I-th of K parts of the points, e.g. of a job array; glviz-compute merge joins them",
    )
    group.add_argument(
        "--dask", metavar="ADDRESS", help="the workers of the Dask scheduler there, e.g. tcp://host:8786"
    )


def check_running(arguments: argparse.Namespace) -> None:
    """Refuse these options where there is no output to be kept.

    Args:
        arguments: with ``output``, None where there is none, and what :func:`add_running` added.

    Raises:
        UsageError: an option that is for an output.
    """
    for name in ("restart", "workers", "shard", "dask"):
        if arguments.output is None and getattr(arguments, name):
            found = f"--{name} is for the points of an output, and there is none"
            raise UsageError("reading the command line", found, "Name one with -o, or leave it out.")


def output_of(arguments: argparse.Namespace) -> Path:
    """The file to write: ``surf.3-of-8.ply`` where ``surf.ply`` is computed in shards."""
    output: Path = arguments.output
    if arguments.shard is None:
        return output
    part, parts = arguments.shard
    return output.with_name(f"{output.stem}.{part}-of-{parts}{output.suffix}")


def begin_run(arguments: argparse.Namespace) -> Run:
    """The run that the options ask for.

    Args:
        arguments: with ``output``, ``threads`` and what :func:`add_running` added.

    Raises:
        UsageError: options that contradict each other.
    """
    from compute.runs import Run

    if arguments.workers is not None and arguments.dask is not None:
        raise UsageError(
            "reading the command line", "there are both --workers and --dask", "Leave one of them out."
        )
    return Run(
        output_of(arguments),
        restart=arguments.restart,
        workers=_pool(arguments),
        threads=arguments.threads or 1,
        shard=arguments.shard,
        tell=lambda sentence: print(f"notice: {sentence}", file=sys.stderr),
    )


def _pool(arguments: argparse.Namespace) -> int | PoolFactory | None:
    from compute.workers.executors import dask_pool, local_pool, mpi_pool

    if arguments.dask is not None:
        return dask_pool(arguments.dask)
    if arguments.workers is not None:
        return local_pool(arguments.workers, threads=arguments.threads or 1)
    # `python -m mpi4py.futures -m compute`: the other ranks wait for work already.
    return mpi_pool() if "mpi4py.futures" in sys.modules else None


def _shard(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    part, parts = (int(number) for number in match.groups()) if match else (0, 0)
    if not 1 <= part <= parts:
        raise argparse.ArgumentTypeError(f"{text!r} is no I/K with I from 1 to K, such as 3/8")
    return part, parts


def merge_line(arguments: argparse.Namespace) -> list[str]:
    """How shards are joined, for those who made one."""
    if arguments.shard is None:
        return []
    output: Path = arguments.output
    pattern = output.with_name(f"{output.stem}.*-of-{arguments.shard[1]}{output.suffix}")
    return [f"when all are there: glviz-compute merge {output} {pattern}"]


def describe_best(run: Run) -> dict[str, Any]:
    """The lowest loss so far, for the progress bar."""
    return {} if run.best is None else {"best": f"{run.best[0]:.4g}"}
