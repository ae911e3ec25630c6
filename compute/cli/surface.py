"""``glviz-compute surface``: the loss on a random plane through a trained network."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from compute.cli.options import add_axes, add_general, add_output, add_problem
from compute.cli.outputs import SURFACES, check_output
from compute.cli.parser import count

__all__ = ["add", "run"]

NORMS = ("filter", "layer", "weight", "dfilter", "dlayer", "none")
EXAMPLES = """\
examples: filter-normalised directions, as in Li et al. (2018)
  glviz-compute surface --model mlp --checkpoint net.pt --data digits -o surf.ply
  glviz-compute surface --model resnet56 --checkpoint resnet56.t7 --data cifar10:FOLDER \\
      --limit 512 -x -1:1:41 -y -1:1:41 -o resnet56.ply
a network, data and loss of one's own, from my_project.py in this folder:
  glviz-compute surface --model my_project:net --checkpoint best.pt --data my_project:data \\
      --loss my_project:loss -o mine.ply
"""


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "surface",
        help="the loss on a random plane through a trained network",
        description="Evaluate the loss at theta + x d1 + y d2 for two random directions d1, d2.",
        epilog=EXAMPLES,
    )
    add_problem(parser)
    parser.add_argument(
        "--checkpoint", type=Path, metavar="FILE", help="trained parameters, the centre of the plane"
    )
    group = parser.add_argument_group("the plane")
    add_axes(group, default="-1:1:51")
    group.add_argument("--seed", type=int, default=0, help="of the directions; default: 0")
    group.add_argument("--norm", choices=NORMS, default="filter", help="of the directions; default: filter")
    group.add_argument(
        "--ignore",
        choices=("biasbn", "none"),
        default="biasbn",
        help="biasbn keeps biases and normalisation parameters where they are; default: biasbn",
    )
    group.add_argument(
        "--orthogonal", action="store_true", help="make the second direction orthogonal to the first"
    )
    add_output(parser, "surf.ply")
    parser.add_argument("--batch-size", type=count, metavar="N", help="samples at a time; default: chosen")
    add_general(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compute, save and print the surface."""
    check_output(arguments.output, SURFACES)

    import compute
    from compute.checkpoints import load_checkpoint
    from compute.cli.problem import read_problem
    from compute.cli.progress import announce, progress_bar
    from compute.cli.report import print_report

    problem = read_problem(arguments)
    meta = {**problem.as_meta(), "command": arguments.command}
    if arguments.checkpoint is not None:
        meta["checkpoint"] = load_checkpoint(problem.model, arguments.checkpoint).as_meta()
    metric = compute.Loss(
        problem.loss, problem.data.inputs, problem.data.targets, batch_size=arguments.batch_size
    )
    announce(problem.model, metric, arguments.x[2] * arguments.y[2], problem.data.count)
    with progress_bar("surface", "point") as show:
        surface = compute.random_plane(
            problem.model,
            metric,
            x=arguments.x,
            y=arguments.y,
            seed=arguments.seed,
            norm=arguments.norm,
            ignore=None if arguments.ignore == "none" else arguments.ignore,
            orthogonal=arguments.orthogonal,
            progress=show,
        )
    surface = surface.replace(meta={**surface.meta, **meta})
    surface.save(arguments.output)
    print_report(surface, arguments.output)
    print(f"see it: glviz {arguments.output}")
    return 0
