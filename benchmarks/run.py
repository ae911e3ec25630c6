"""Runs every ``bench_*.py`` here and writes README.md: ``make bench`` (ARGS=load for those named so)."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.case import Case, Figure, Result, measure

HERE = Path(__file__).resolve().parent
PACKAGES = ("numpy", "plyfile", "torch", "moderngl")

TEXT = """\
# Measured side by side

`make bench` writes this file. Both sides give the same answer (that is checked first), and take
turns; the ratio is the median over the rounds of baseline time divided by ours, with the lowest and
the highest behind it. Planes and axes run on one thread on both sides; files, surfaces and whole
programs on as many as each of them starts by itself. Of planes the times are those of one point, and the
slower side may compute fewer points of the same grid; packages that lay out a plane of their own
(marked *) do the same work on other points, in a process of an environment with the numpy that
they want and the same torch (`.venv-bench`, which `make bench` makes). The last column is the arithmetic of a
point over our time for it, as a part of what this machine reached with a product of two 1024×1024
fp32 matrices in the same run ({rate:.0f} Gflop/s): all layers count in full there, what is computed
once for all points and what is left out because it is always 0 included. What is timed is in the
code: `bench_*.py` here.

| what | against | ours | baseline | ratio | at least | rounds | of matrix rate |
|---|---|---:|---:|---:|---:|---:|---:|
{rows}

Of this program alone, the viewer on this machine's OpenGL ({renderer}): medians, and the lowest and
highest. Memory is the system's figure for a process of its own, which has one thread.

| what | measured | at most |
|---|---:|---:|
{figures}

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
    load = f"load {os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else "load unknown"
    return f"{processor()}, {os.cpu_count()} cores ({load}), {platform.system()}; {python}, {versions}."


def milliseconds(seconds: float) -> str:
    """Three significant digits."""
    return f"{float(f'{1e3 * seconds:.3g}'):,g} ms"


def matrix_rate() -> float:
    """Floating-point operations a second in fp32 matrix products, the best of several.

    By torch and by numpy, whose libraries differ: on some processors by a tenth and more.
    """
    import torch

    size = 1024
    matrix = torch.randn(size, size)
    products: tuple[Callable[[], object], ...] = (
        lambda: matrix @ matrix,
        lambda: matrix.numpy() @ matrix.numpy(),
    )
    seconds = []
    for _ in range(10):
        for product in products:
            start = time.perf_counter()
            product()
            seconds.append(time.perf_counter() - start)
    return 2 * size**3 / min(seconds)


def row(result: Result, rate: float) -> str:
    """A line of the table."""
    ratio = f"**{result.ratio:.3g}×** ({result.ratio_low:.3g}–{result.ratio_high:.3g})"
    times = f"{milliseconds(result.ours_s)} | {milliseconds(result.baseline_s)}"
    case = result.case
    least = f"{case.least:g}×" if case.least else ""
    part = f"{case.flops / result.ours_s / rate:.0%}" if case.flops else ""
    against = f"{case.against} {case.alike}".strip()
    return f"| {case.name} | {against} | {times} | {ratio} | {least} | {result.rounds} | {part} |"


def figure_row(figure: Figure) -> str:
    """A line of the second table."""
    if figure.rounds > 1:
        figure.measure()  # warms caches
    values = sorted(figure.measure() for _ in range(figure.rounds))
    middle = f"**{statistics.median(values):.3g} {figure.unit}** ({values[0]:.3g}–{values[-1]:.3g})"
    return f"| {figure.name} | {middle} | {figure.most:g} {figure.unit} |"


def renderer() -> str:
    """What draws here."""
    from glviz.render import offscreen_context

    context = offscreen_context()
    name = str(context.info["GL_RENDERER"])
    context.release()
    return name


def discover(pattern: str) -> Iterator[Case | Figure]:
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
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    threadpool_limits(1)  # of the matrix libraries of numpy and scipy, too
    results: list[Result] = []
    figures, rate = [], matrix_rate()
    for case in discover(pattern):
        if isinstance(case, Figure):
            figures.append(figure_row(case))
            print(figures[-1], flush=True)
        else:
            results.append(measure(case))
            rate = max(rate, matrix_rate())  # again and again: something else may have slowed one
            print(row(results[-1], rate), flush=True)
    if not results and not figures:
        print(f"no bench_*.py whose name contains {pattern!r}", file=sys.stderr)
        return 2
    if not pattern:
        rows = (row(result, rate) for result in results)
        tables = {"rows": "\n".join(rows), "figures": "\n".join(figures)}
        text = TEXT.format(**tables, machine=machine(), rate=rate / 1e9, renderer=renderer())
        (HERE / "README.md").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
