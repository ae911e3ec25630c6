"""Runs every ``bench_*.py`` here and writes README.md: ``make bench`` (ARGS=load for those named so)."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.case import Case, Result, measure

HERE = Path(__file__).resolve().parent
PACKAGES = ("numpy", "plyfile", "torch")

TEXT = """\
# Measured side by side

`make bench` writes this file. Both sides give the same answer (that is checked first), run in one
process on one thread, and take turns; the ratio is the median over the rounds of baseline time
divided by ours, with the lowest and the highest behind it. What is timed is in the code:
`bench_*.py` here.

| what | against | ours | baseline | ratio | rounds |
|---|---|---:|---:|---:|---:|
{rows}

{machine}
"""


def processor() -> str:
    """The processor's name, where the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def machine() -> str:
    """Hardware, system and versions, one line."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    python = f"Python {platform.python_version()}"
    return f"{processor()}, {os.cpu_count()} cores, {platform.system()}; {python}, {versions}."


def milliseconds(seconds: float) -> str:
    """Three significant digits."""
    return f"{float(f'{1e3 * seconds:.3g}'):,g} ms"


def row(result: Result) -> str:
    """A line of the table."""
    ratio = f"**{result.ratio:.3g}×** ({result.ratio_low:.3g}–{result.ratio_high:.3g})"
    times = f"{milliseconds(result.ours_s)} | {milliseconds(result.baseline_s)}"
    return f"| {result.case.name} | {result.case.against} | {times} | {ratio} | {result.rounds} |"


def discover(pattern: str) -> Iterator[Case]:
    """The cases of every ``bench_*.py`` whose name contains ``pattern``, made one by one.

    A case's files and data last until the next one is asked for.
    """
    for path in sorted(HERE.glob("bench_*.py")):
        if pattern in path.stem:
            yield from importlib.import_module(f"benchmarks.{path.stem}").cases()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write it down when everything was measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("pattern", nargs="?", default="", help="only files whose name contains this")
    pattern = parser.parse_args(arguments).pattern

    import torch

    torch.set_num_threads(1)
    rows = []
    for case in discover(pattern):
        rows.append(row(measure(case)))
        print(rows[-1], flush=True)
    if not rows:
        print(f"no bench_*.py whose name contains {pattern!r}", file=sys.stderr)
        return 2
    if not pattern:
        text = TEXT.format(rows="\n".join(rows), machine=machine())
        (HERE / "README.md").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
