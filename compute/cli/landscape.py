"""What the verbs that compute a landscape share: its beginning and its end."""

from __future__ import annotations

import argparse
import copy
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from compute.cli.outputs import print_facts
from compute.cli.problem import Problem, read_problem
from compute.errors import UsageError
from compute.metrics import AnyMetric
from compute.model.checkpoints import load_checkpoint
from compute.runs import Run
from compute.surface import Curve, Surface

__all__ = ["begin", "check_ends", "finish"]


def begin(arguments: argparse.Namespace) -> tuple[Problem, AnyMetric, dict[str, Any]]:
    """The problem with the checkpoint's parameters, what is measured, and the metadata so far.

    Args:
        arguments: what ``add_problem`` and ``add_evaluation`` added, and ``checkpoint``.

    Raises:
        UsageError: things that do not go together.
        InputError: a file that cannot be read, or is of another network.
    """
    torch.manual_seed(0)  # a network without a checkpoint is the same each time, so that its run can go on
    problem = read_problem(arguments)
    meta = {**problem.as_meta(), "command": arguments.command}
    if arguments.checkpoint is not None:
        meta["checkpoint"] = load_checkpoint(problem.model, arguments.checkpoint).as_meta()
    return problem, problem.metric(arguments.batch_size, arguments.weight_decay), meta


def check_ends(model: nn.Module, ends: list[Path], arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Make sure that the checkpoints at the ends fit, before anything is computed.

    Args:
        model: of the architecture; only read.
        ends: the files given with ``--to``.
        arguments: with ``checkpoint`` and what ``add_random`` added.

    Returns:
        File names and checksums, for the metadata.

    Raises:
        UsageError: options that contradict ``--to``.
        InputError: a file that cannot be read, or is of another network.
    """
    doing = "reading the command line"
    for name in ("seed", "norm", "ignore", "orthogonal"):
        if getattr(arguments, name, None) is not None:
            raise UsageError(
                doing,
                f"--{name} is for random directions, and --to gives others",
                f"Leave --{name} or --to out.",
            )
    if arguments.checkpoint is None:
        raise UsageError(doing, "--to needs a network to start from", "Give it with --checkpoint FILE.")
    return [load_checkpoint(copy.deepcopy(model), end).as_meta() for end in ends]


def finish(
    landscape: Surface | Curve,
    meta: dict[str, Any],
    output: Path,
    *,
    lines: Sequence[str] = (),
    run: Run | None = None,
) -> None:
    """Save the landscape and print what it holds; what its reader should be told goes to stderr.

    Args:
        landscape: as computed.
        meta: to add to its own.
        output: the file.
        lines: further results to print.
        run: that it comes from, which knows the file better.
    """
    landscape = dataclasses.replace(landscape, meta={**landscape.meta, **meta})
    if run is None or run.path is None:
        landscape.save(output)
    else:
        landscape, output = run.deliver(landscape), run.path
    for notice in landscape.notices:
        print(f"notice: {notice}", file=sys.stderr)
    print_facts(landscape, output)
    for end in landscape.meta.get("ends", ()):
        here, own = (end[key]["loss"] for key in ("here", "own"))
        values = "not finite" if None in (here, own) else f"loss {here:.6g} here, {own:.6g} by itself"
        print(f"  network  {end['name']} at ({', '.join(f'{c:g}' for c in end['at'])}): {values}")
    print(*lines, f"see it: glviz {output}", sep="\n")
