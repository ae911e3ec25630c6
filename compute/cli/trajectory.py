"""``glviz-compute trajectory``: the plane in which a training moved most, and its path on it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from compute.cli.options import add_axes, add_evaluation, add_general, add_output, add_problem
from compute.cli.outputs import SURFACES, check_output
from compute.cli.parser import count

__all__ = ["add", "run"]

# Explained variance of the first two principal axes of a long random walk in many dimensions,
# 6 / (pi k)^2 for axis k: Antognini and Sohl-Dickstein, *PCA of high dimensional random walks
# with comparison to neural network training*, NeurIPS 2018.
RANDOM_WALK = (0.608, 0.152)

EXAMPLES = """\
example:
  glviz-compute train --model mlp --data digits --epochs 30 -o net.pt --record path/
  glviz-compute trajectory --model mlp --trajectory path/ --data digits -o path.ply
"""


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "trajectory",
        help="the plane and the path of a recorded training",
        description="Evaluate the loss around the last checkpoint of a training, on the first two principal "
        "axes of them all, and project the path on this plane.",
        epilog=EXAMPLES,
    )
    add_problem(parser, both=True)
    parser.add_argument(
        "--trajectory",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="checkpoints that `train --record` or compute.Trajectory wrote",
    )
    group = parser.add_argument_group("the plane")
    add_axes(group, default="what the path needs, and a margin")
    group.add_argument(
        "--points", type=count, default=51, metavar="N", help="a side, where no range is given; default: 51"
    )
    group.add_argument(
        "--ignore",
        choices=("biasbn", "none"),
        default="none",
        help="biasbn leaves biases and normalisation parameters out of the axes; default: none",
    )
    add_evaluation(parser, bn="recompute")
    add_output(parser, "path.ply")
    add_general(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compute, save and print the surface and how well it holds the path.

    Raises:
        InputError: there is no trajectory in the folder.
    """
    check_output(arguments.output, SURFACES)

    import numpy as np

    import compute
    from compute.checkpoints import load_checkpoint
    from compute.cli.landscape import finish
    from compute.cli.problem import read_problem
    from compute.cli.progress import announce, progress_bar
    from compute.errors import InputError

    doing, todo = (
        f"reading the trajectory {arguments.trajectory}",
        "Record one: glviz-compute train --record FOLDER",
    )
    if not arguments.trajectory.is_dir():
        raise InputError(doing, "there is no such folder", todo)
    trajectory = compute.Trajectory(arguments.trajectory)
    if len(trajectory) < 3:
        raise InputError(doing, f"{len(trajectory)} checkpoints in it, and a plane needs 3", todo)
    problem = read_problem(arguments)
    last = load_checkpoint(problem.model, trajectory.paths[-1])  # the origin of the plane
    metric = problem.metric(arguments.batch_size, arguments.weight_decay)
    nx = arguments.x[2] if arguments.x else arguments.points
    ny = arguments.y[2] if arguments.y else arguments.points
    bn = arguments.bn or "recompute"
    announce(problem.model, metric, nx * ny + len(trajectory), problem.count, bn=bn)
    with progress_bar("surface", "point") as show:
        surface = compute.pca_plane(
            problem.model,
            trajectory,
            metric,
            x=arguments.x,
            y=arguments.y,
            points=arguments.points,
            ignore=None if arguments.ignore == "none" else arguments.ignore,
            bn=arguments.bn,
            progress=show,
        )
    source = {
        "folder": arguments.trajectory.resolve().name,
        "checkpoints": len(trajectory),
        "last": last.as_meta(),
    }
    meta = {**problem.as_meta(), "command": arguments.command, "trajectory": source}
    variance = " + ".join(f"{100 * share:.1f} %" for share in surface.meta["explained_variance"][:2])
    null = " + ".join(f"{100 * share:.1f} %" for share in RANDOM_WALK)
    path = surface.paths[0]
    furthest = int(np.nanargmax(path.residual))
    lines = (
        f"explained variance: {variance} (a random walk alone gives {null})",
        f"the path's largest distance from the plane: {path.residual[furthest]:.4g}, checkpoint {furthest}",
    )
    finish(surface, meta, arguments.output, lines=lines)
    return 0
