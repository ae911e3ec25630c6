"""``glviz-compute train``: a network of one's own, and the path by which it got there."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from compute.cli.options import add_general, add_problem
from compute.cli.outputs import check_folder, check_output
from compute.cli.parser import count, positive

__all__ = ["add", "run"]

CHECKPOINTS = (".pt", ".pth")
EXAMPLES = """\
example: the digits network, and 80 checkpoints of its way down
  glviz-compute train --model mlp --data digits --epochs 30 -o net.pt --record path/
then
  glviz-compute surface --model mlp --checkpoint net.pt --data digits -o surf.ply
  glviz-compute trajectory --model mlp --trajectory path/ --data digits -o path.ply
"""


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "train",
        help="train a network and record its trajectory",
        description="Train a network; the same command gives the same network.",
        epilog=EXAMPLES,
    )
    add_problem(parser)
    group = parser.add_argument_group("how it is trained")
    group.add_argument("--epochs", type=count, default=30, metavar="N", help="default: 30")
    group.add_argument("--optimizer", choices=("sgd", "adam"), default="sgd", help="default: sgd")
    group.add_argument("--lr", type=positive, metavar="RATE", help="default: 0.1 (sgd), 0.001 (adam)")
    group.add_argument("--momentum", type=positive, default=0.9, help="of sgd; default: 0.9")
    group.add_argument("--weight-decay", type=positive, default=0.0, metavar="W", help="default: 0")
    group.add_argument("--batch-size", type=count, default=64, metavar="N", help="default: 64")
    group.add_argument("--seed", type=int, default=0, help="of everything random; default: 0")
    group = parser.add_argument_group("what is kept")
    group.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="the network: net.pt, or a folder for it",
    )
    group.add_argument("--record", type=Path, metavar="FOLDER", help="record checkpoints here while training")
    group.add_argument(
        "--record-every",
        type=count,
        metavar="N",
        help="steps between them; default: about 80 checkpoints in all",
    )
    add_general(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train, save and say how well it went.

    Raises:
        UsageError: the options do not fit each other.
    """
    import torch

    import compute
    from compute.cli.problem import read_problem
    from compute.cli.progress import progress_bar
    from compute.errors import UsageError
    from compute.model.checkpoints import save_checkpoint
    from compute.training import train

    output = arguments.output
    if output.suffix.lower() not in CHECKPOINTS:
        output = check_folder(output) / "net.pt"
    check_output(output, CHECKPOINTS)
    trajectory = None
    if arguments.record is not None:
        trajectory = compute.Trajectory(check_folder(arguments.record))
        if len(trajectory):
            raise UsageError(
                f"preparing the folder {arguments.record}",
                f"it holds a trajectory of {len(trajectory)} checkpoints",
                "Choose another folder, or delete this one.",
            )
    torch.manual_seed(arguments.seed)  # the initial parameters
    problem = read_problem(arguments)
    lr = arguments.lr if arguments.lr is not None else (0.1 if arguments.optimizer == "sgd" else 0.001)
    settings = {
        "epochs": arguments.epochs,
        "optimizer": arguments.optimizer,
        "lr": lr,
        "momentum": arguments.momentum,
        "weight_decay": arguments.weight_decay,
        "batch_size": arguments.batch_size,
        "seed": arguments.seed,
    }
    print(
        f"training {problem.model_name} on {problem.data.count:,} samples of {problem.data.name}",
        file=sys.stderr,
    )
    with progress_bar("training", "step") as show:
        course = train(
            problem.model,
            problem.data.inputs,
            problem.data.targets,
            loss_fn=problem.loss_fn,
            recorder=trajectory,
            record_every=arguments.record_every,
            progress=show,
            **settings,
        )
    metric = compute.Loss(problem.loss, problem.data.inputs, problem.data.targets)
    values = compute.point(problem.model, metric)
    save_checkpoint(
        problem.model,
        output,
        **problem.as_meta(),
        training=settings,
        values=values,
        command=arguments.command,
    )
    figures = ", ".join(f"{name} {value:.6g}" for name, value in values.items())
    print(f"{problem.model_name} after {course.steps:,} steps: {figures}")
    print(f"saved {output}")
    if trajectory is not None:
        print(f"saved {course.recorded} checkpoints in {arguments.record}")
    return 0
