"""``glviz-compute hessian``: how the loss curves at a trained network, and the plane where it does most."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from compute.cli.directions import add_save_directions, check_directions, save_directions
from compute.cli.options import add_axes, add_evaluation, add_general, add_problem
from compute.cli.outputs import SURFACES, check_output
from compute.cli.parser import count, positive
from compute.cli.running import add_running, begin_run, check_running, describe_best, merge_line

__all__ = ["add", "run"]

RANGE = (-1.0, 1.0, 51)
EXAMPLES = """\
examples: the two largest and the two most negative eigenvalues
  glviz-compute hessian --model mlp --checkpoint net.pt --data digits -k 2
the loss on the plane of the largest and the most negative one, and its directions for other uses
  glviz-compute hessian --model mlp --checkpoint net.pt --data digits -o eigen.ply --save-directions eig
"""


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "hessian",
        help="the Hessian's extreme eigenvalues, and the plane of its eigenvectors",
        description="Find eigenvalues of the Hessian of the mean loss by Lanczos, and print each with its "
        "residual |H v - eigenvalue v|: a true eigenvalue lies within that distance.",
        epilog=EXAMPLES,
    )
    add_problem(parser)
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="trained parameters")
    group = parser.add_argument_group("the eigenvalues")
    group.add_argument("-k", type=count, default=1, metavar="N", help="how many at each end; default: 1")
    group.add_argument(
        "--which",
        choices=("top", "bottom", "both"),
        default="both",
        help="the largest, the most negative, or both; default: both",
    )
    group.add_argument(
        "--tol",
        type=positive,
        default=1e-4,
        metavar="T",
        help="residuals, relative to the largest eigenvalue; default: 1e-4",
    )
    group.add_argument(
        "--max-products",
        type=count,
        default=300,
        metavar="N",
        help="Hessian-vector products at most; default: 300",
    )
    group.add_argument("--double", action="store_true", help="compute the products in double precision")
    group.add_argument(
        "--ignore",
        choices=("biasbn", "none"),
        default="none",
        help="biasbn leaves biases and normalisation parameters out; default: none",
    )
    group.add_argument("--seed", type=int, default=0, help="of the start vector; default: 0")
    add_save_directions(group)
    group = parser.add_argument_group("the plane of two eigenvectors: top and bottom, or with --which two")
    group.add_argument("-o", "--output", type=Path, metavar="FILE", help="its surface, such as eigen.ply")
    add_axes(group, default="-1:1:51")
    add_evaluation(parser, bn="frozen")
    add_running(parser)
    add_general(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Find and print the eigenvalues; compute, save and print the surface where one is asked for.

    A run that goes on finds the eigenvectors again, which are the same for the same seed.
    """
    if arguments.output is not None:
        check_output(arguments.output, SURFACES)
    check_running(arguments)
    check_directions(arguments)

    import torch

    import compute
    from compute.cli.landscape import begin, finish
    from compute.cli.progress import announce, progress_bar
    from compute.curvature.hessian import eigen_facts, eigenvector_directions, not_converged
    from compute.runs.recorded import with_facts

    problem, metric, meta = begin(arguments)
    k, which = arguments.k, arguments.which
    with progress_bar("hessian", "product") as show:
        directions, pairs = eigenvector_directions(
            problem.model,
            metric,
            k=max(k, 2) if which != "both" and arguments.output is not None else k,
            which=which,
            tol=arguments.tol,
            seed=arguments.seed,
            ignore=arguments.ignore,
            dtype=torch.float64 if arguments.double else None,
            max_products=arguments.max_products,
            progress=show,
        )
    notes = () if pairs.converged else (not_converged(pairs),)
    size = sum(p.numel() for p in problem.model.parameters())
    lines = [f"hessian of {problem.loss_name}: {problem.count:,} samples, {size:,} parameters"]
    for direction in directions:
        value, residual = direction.meta["eigenvalue"], direction.meta["residual"]
        name = direction.kind.removeprefix("hessian ")
        lines.append(f"  {name:<15} {value:>12.6g}   residual {residual:.1e}")
    if which == "both" and pairs.values[0]:
        lines.append(f"  |smallest / largest| {abs(pairs.values[k] / pairs.values[0]):.6g}")
    lines += save_directions(directions, arguments.save_directions)
    print(*lines, sep="\n", flush=True)
    if arguments.output is None:
        for note in notes:
            print(f"notice: {note}", file=sys.stderr)
        return 0
    pair = (directions[0], directions[k if which == "both" else 1])
    x, y = arguments.x or RANGE, arguments.y or RANGE
    with begin_run(arguments) as run:
        announce(problem.model, metric, x[2] * y[2], problem.count, bn=arguments.bn, run=run)
        with progress_bar("surface", "point", lambda: describe_best(run)) as show:
            surface = compute.plane(
                problem.model, metric, pair, x=x, y=y, bn=arguments.bn, progress=show, run=run
            )
        surface = with_facts(surface, eigen_facts(pair), notes)
        finish(surface, meta, arguments.output, lines=merge_line(arguments), run=run)
    return 0
