"""``glviz-compute line``: the loss along a line, random or from one checkpoint to another."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from compute.cli.curvature import with_hessian
from compute.cli.options import add_axes, add_problem, add_random, random_options
from compute.cli.plot import write_plots
from compute.cli.result import add_result, check_result
from compute.cli.running import begin_run, describe_best, merge_line

__all__ = ["add", "run"]

RANDOM, BETWEEN = (-1.0, 1.0, 401), (-0.5, 1.5, 401)
EXAMPLES = """\
examples: along a filter-normalised random direction
  glviz-compute line --model mlp --checkpoint net.pt --data digits -o line.ply
from one network (x = 0) to another (x = 1), with the losses on the training and on the test set
  glviz-compute line --model mlp --checkpoint a.pt --to b.pt --data digits --split train,test -o a_to_b.ply
"""


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "line",
        help="the loss along a line, random or between two checkpoints",
        description="Evaluate the loss at theta + x d for a random direction d, or from one checkpoint to "
        "another.",
        epilog=EXAMPLES,
    )
    add_problem(parser, both=True)
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="trained parameters, the point x = 0")
    group = parser.add_argument_group("the line")
    group.add_argument("--to", type=Path, metavar="FILE", help="the checkpoint at x = 1")
    add_axes(group, default="-1:1:401, with --to -0.5:1.5:401", axes="x")
    add_random(group)
    add_result(parser, "line.ply", bn="recompute with --to, else frozen")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compute, save and print the curve."""
    check_result(arguments)

    import compute
    from compute.cli.landscape import begin, check_ends, finish
    from compute.cli.progress import announce, progress_bar

    problem, metric, meta = begin(arguments)
    if arguments.hessian:
        metric = with_hessian(metric)
    if arguments.to is not None:
        (meta["to"],) = check_ends(problem.model, [arguments.to], arguments)
    x = arguments.x or (RANDOM if arguments.to is None else BETWEEN)
    bn = arguments.bn or ("recompute" if arguments.to is not None else None)
    with begin_run(arguments) as run:
        announce(problem.model, metric, x[2], problem.count, bn=bn, run=run)
        options: dict[str, Any] = {"x": x, "bn": arguments.bn, "run": run}
        with progress_bar("line", "point", lambda: describe_best(run)) as show:
            if arguments.to is None:
                curve = compute.random_line(
                    problem.model, metric, **random_options(arguments), **options, progress=show
                )
            else:
                curve = compute.linear_interpolation(
                    problem.model, arguments.to, metric, **options, progress=show
                )
        finish(curve, meta, arguments.output, lines=merge_line(arguments), run=run)
    write_plots(curve, arguments.plot)
    return 0
