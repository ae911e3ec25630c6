"""``glviz-compute surface``: the loss on a plane, random or through three checkpoints."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from compute.cli.curvature import with_hessian
from compute.cli.directions import add_save_directions, check_directions, save_directions
from compute.cli.options import add_axes, add_problem, add_random, random_options
from compute.cli.plot import write_plots
from compute.cli.result import add_result, check_result
from compute.cli.running import begin_run, describe_best, merge_line

__all__ = ["add", "run"]

RANDOM, BETWEEN = (-1.0, 1.0, 51), (-0.5, 1.5, 41)
EXAMPLES = """\
examples: filter-normalised directions, as in Li et al. (2018)
  glviz-compute surface --model mlp --checkpoint net.pt --data digits -o surf.ply
  glviz-compute surface --model resnet56 --checkpoint resnet56.t7 --data cifar10:FOLDER \\
      --limit 512 -x -1:1:41 -y -1:1:41 -o resnet56.ply
the same directions for another network of the same shape, and the Hessian's eigenvalues at each point
  glviz-compute surface --model mlp --checkpoint a.pt --data digits --save-directions d -o a.ply
  glviz-compute surface --model mlp --checkpoint b.pt --data digits --hessian \\
      --directions d1.safetensors d2.safetensors -o b.ply
the plane through three networks, on training and test set
  glviz-compute surface --model mlp --checkpoint a.pt --to b.pt c.pt --data digits \\
      --split train,test -o abc.ply
a network, data and loss of one's own, from my_project.py in this folder:
  glviz-compute surface --model my_project:net --checkpoint best.pt --data my_project:data \\
      --loss my_project:loss -o mine.ply
"""


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "surface",
        help="the loss on a plane, random or through three checkpoints",
        description="Evaluate the loss at theta + x d1 + y d2 for two random directions d1, d2, or on the "
        "plane through three checkpoints.",
        epilog=EXAMPLES,
    )
    add_problem(parser, both=True)
    parser.add_argument(
        "--checkpoint", type=Path, metavar="FILE", help="trained parameters, the point (0, 0) of the plane"
    )
    group = parser.add_argument_group("the plane")
    group.add_argument(
        "--to",
        type=Path,
        nargs=2,
        metavar=("FILE1", "FILE2"),
        help="the checkpoints at (1, 0) and (0, 1) of the plane through three",
    )
    add_axes(group, default="-1:1:51, with --to -0.5:1.5:41")
    add_random(group)
    group.add_argument(
        "--orthogonal",
        action="store_true",
        default=None,
        help="make the second random direction orthogonal to the first",
    )
    group.add_argument(
        "--directions",
        type=Path,
        nargs=2,
        metavar=("FILE1", "FILE2"),
        help="the directions of x and y, as --save-directions wrote them",
    )
    add_save_directions(group)
    add_result(parser, "surf.ply", bn="recompute with --to, else frozen")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compute, save and print the surface."""
    check_result(arguments)
    check_directions(arguments)

    import compute
    from compute.cli.landscape import begin, check_ends, finish
    from compute.cli.progress import announce, progress_bar
    from compute.landscapes.planes import random_directions

    problem, metric, meta = begin(arguments)
    if arguments.hessian:
        metric = with_hessian(metric)
    directions: tuple[compute.Direction, ...]
    if arguments.to is not None:
        meta["to"] = check_ends(problem.model, arguments.to, arguments)
        one, two = arguments.to
        directions = tuple(compute.direction_between(problem.model, end, name=end.name) for end in (one, two))
    elif arguments.directions is not None:
        directions = tuple(compute.load_direction(file, problem.model) for file in arguments.directions)
        meta["direction_files"] = [file.name for file in arguments.directions]
    else:
        random = {**random_options(arguments), "orthogonal": bool(arguments.orthogonal)}
        directions = random_directions(problem.model, **random)
        meta |= {"seed": random["seed"], "orthogonal": random["orthogonal"]}
    saved = save_directions(directions, arguments.save_directions)
    default = RANDOM if arguments.to is None else BETWEEN
    x, y = arguments.x or default, arguments.y or default
    bn = arguments.bn or ("recompute" if arguments.to is not None else None)
    with begin_run(arguments) as run:
        announce(problem.model, metric, x[2] * y[2], problem.count, bn=bn, run=run)
        options: dict[str, Any] = {"x": x, "y": y, "bn": arguments.bn, "run": run}
        with progress_bar("surface", "point", lambda: describe_best(run)) as show:
            if arguments.to is None:
                plane = (directions[0], directions[1])
                surface = compute.plane(problem.model, metric, plane, **options, progress=show)
            else:
                surface = compute.planar_interpolation(
                    problem.model, one, two, metric, **options, progress=show
                )
        finish(surface, meta, arguments.output, lines=saved + merge_line(arguments), run=run)
    write_plots(surface, arguments.plot)
    return 0
