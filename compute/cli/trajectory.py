"""``glviz-compute trajectory``: the plane in which trainings moved most, and their paths on it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compute.cli.options import add_axes, add_problem
from compute.cli.parser import count
from compute.cli.plot import write_plots
from compute.cli.result import add_result, check_result
from compute.cli.running import begin_run, describe_best, merge_line

if TYPE_CHECKING:
    from compute.surface import Surface
    from compute.trajectory.folder import Trajectory

__all__ = ["add", "run"]

EXAMPLES = """\
examples:
  glviz-compute train --model mlp --data digits --epochs 30 -o net.pt --record path/
  glviz-compute trajectory --model mlp --trajectory path/ --data digits -o path.ply
from the recorded training to a film of its path in one command
  glviz-compute trajectory --model mlp --trajectory path/ --data digits -o path.ply --plot path.gif
the paths of two optimisers on one plane, around the end of the first
  glviz-compute trajectory --model mlp --trajectory sgd/ --trajectory adam/ --data digits -o both.ply
"""


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "trajectory",
        help="the plane and the paths of recorded trainings",
        description="Evaluate the loss around the last checkpoint of a training, on the first two principal "
        "axes of them all, and project the path on this plane. With several trainings the axes are those of "
        "all their checkpoints together, and each has a path, which is named after its folder.",
        epilog=EXAMPLES,
    )
    add_problem(parser, both=True)
    parser.add_argument(
        "--trajectory",
        type=Path,
        required=True,
        action="append",
        metavar="FOLDER",
        help="checkpoints that `train --record` or compute.Trajectory wrote; may be given several times, "
        "and the plane goes through the end of the first",
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
    add_result(parser, "path.ply", bn="recompute", hessian=False)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compute, save and print the surface and how well it holds the paths."""
    check_result(arguments)

    import compute
    from compute.cli.landscape import finish
    from compute.cli.problem import read_problem
    from compute.cli.progress import announce, progress_bar
    from compute.model.checkpoints import load_checkpoint

    runs = _read_runs(arguments.trajectory)
    checkpoints = sum(map(len, runs.values()))
    problem = read_problem(arguments)
    first = next(iter(runs.values()))
    last = load_checkpoint(problem.model, first.paths[-1])  # the origin of the plane
    metric = problem.metric(arguments.batch_size, arguments.weight_decay)
    nx = arguments.x[2] if arguments.x else arguments.points
    ny = arguments.y[2] if arguments.y else arguments.points
    bn = arguments.bn or "recompute"
    with begin_run(arguments) as run:
        announce(problem.model, metric, nx * ny + checkpoints, problem.count, bn=bn, run=run)
        with progress_bar("surface", "point", lambda: describe_best(run)) as show:
            surface = compute.pca_plane(
                problem.model,
                runs if len(runs) > 1 else first,
                metric,
                x=arguments.x,
                y=arguments.y,
                points=arguments.points,
                ignore=None if arguments.ignore == "none" else arguments.ignore,
                bn=arguments.bn,
                progress=show,
                run=run,
            )
        source = {
            "folder" if len(runs) == 1 else "folders": list(runs) if len(runs) > 1 else next(iter(runs)),
            "checkpoints": checkpoints,
            "last": last.as_meta(),
        }
        meta = {**problem.as_meta(), "command": arguments.command, "trajectory": source}
        lines = [_variance(surface)]
        for path in surface.paths:
            of = f"{path.name}: the" if len(runs) > 1 else "the"
            furthest = int(path.residual.argmax())
            lines.append(
                f"{of} path's largest distance from the plane: {path.residual[furthest]:.4g}, "
                f"checkpoint {furthest}"
            )
        finish(surface, meta, arguments.output, lines=lines + merge_line(arguments), run=run)
    write_plots(surface, arguments.plot)
    return 0


def _read_runs(folders: Sequence[Path]) -> dict[str, Trajectory]:
    """The trajectories by the names of their folders.

    Raises:
        InputError: there is no trajectory in a folder, or too little of one.
        UsageError: two folders of the same name.
    """
    from compute.errors import InputError, UsageError
    from compute.trajectory.folder import Trajectory

    runs: dict[str, Trajectory] = {}
    for folder in folders:
        doing = f"reading the trajectory {folder}"
        todo = "Record one: glviz-compute train --record FOLDER"
        if not folder.is_dir():
            raise InputError(doing, "there is no such folder", todo)
        run, name = Trajectory(folder), folder.resolve().name
        needed = 3 if len(folders) == 1 else 1
        if len(run) < needed:
            raise InputError(doing, f"{len(run)} checkpoints in it, and a plane needs 3", todo)
        if name in runs:
            raise UsageError(doing, f"there are two folders called {name}", "Rename one: it names the path.")
        runs[name] = run
    return runs


def _variance(surface: Surface) -> str:
    """The shares of the two axes beside those that chance alone would give."""
    shares, null = (
        " + ".join(f"{100 * share:.1f} %" for share in surface.meta[key])
        for key in ("explained_variance", "random_walk")
    )
    return f"explained variance: {shares} (a random walk alone gives {null})"
