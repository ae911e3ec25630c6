"""Options that several verbs share, so that each has one name and one meaning."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from compute.cli.parser import axis_range, count, positive, threads
from compute.directions.rules import IGNORES, NORMS

__all__ = [
    "add_axes",
    "add_evaluation",
    "add_general",
    "add_output",
    "add_problem",
    "add_random",
    "random_options",
]


def add_problem(parser: argparse.ArgumentParser, *, both: bool = False, required: bool = True) -> None:
    """The network, the data and the loss between them.

    Args:
        parser: gets the options.
        both: whether training and test set can be chosen together.
        required: whether the network and the data must be given.
    """
    group = parser.add_argument_group("what is measured")
    group.add_argument(
        "--model",
        required=required,
        metavar="NAME",
        help="a network of the zoo (mlp, mlp:64-32-10, lenet, resnet56, resnet56_noshort, ...) "
        "or package.module:factory",
    )
    group.add_argument(
        "--data",
        required=required,
        metavar="NAME",
        help="digits, spirals, cifar10:FILE.npz, cifar10:FOLDER (binary version), mnist:FILE.npz, "
        "mnist:FOLDER (idx files), or package.module:factory",
    )
    choices = ("train", "test", "train,test") if both else ("train", "test")
    explained = ", or train,test for the losses on both from one run" if both else ""
    group.add_argument(
        "--split",
        choices=choices,
        default="train",
        metavar="SPLIT",
        help=f"train or test{explained}; default: train",
    )
    group.add_argument("--limit", type=count, metavar="N", help="use only the first N samples")
    group.add_argument(
        "--loss",
        metavar="NAME",
        help="cross_entropy, mse, l1, huber, ..., or package.module:function of (outputs, targets); "
        "default: cross_entropy for classes, mse for numbers",
    )


def add_evaluation(parser: argparse.ArgumentParser, *, bn: str) -> None:
    """How the loss is evaluated.

    Args:
        parser: gets the options.
        bn: the default of --bn, in words.
    """
    group = parser.add_argument_group("how it is measured")
    group.add_argument(
        "--bn",
        choices=("frozen", "interpolate", "recompute"),
        help="BatchNorm statistics: those of the centre, moving along with the checkpoints, or measured "
        f"at each point from the samples; default: {bn}",
    )
    group.add_argument(
        "--weight-decay",
        type=positive,
        default=0.0,
        metavar="W",
        help="add W/2 |theta|^2 to the loss, whose gradient the weight decay of SGD is; default: 0",
    )
    group.add_argument("--batch-size", type=count, metavar="N", help="samples at a time; default: chosen")


def add_axes(parser: argparse.ArgumentParser, *, default: str, axes: str = "xy") -> None:
    """The ranges of coefficients; None where they are not given.

    Args:
        parser: gets the options.
        default: what the verb takes then, in words.
        axes: "xy", or "x" for a line.
    """
    for axis, number in zip("xy", ("the first direction", "the second direction"), strict=True):
        if axis in axes:
            parser.add_argument(
                f"-{axis}",
                f"--{axis}",
                type=axis_range,
                metavar="MIN:MAX:N",
                help=f"coefficients of {number if len(axes) > 1 else 'the direction'}, both ends included; "
                f"default: {default}",
            )


def add_random(parser: Any) -> None:
    """Which random directions; None where not given, so that a contradiction can be told."""
    parser.add_argument("--seed", type=int, help="of the random directions; default: 0")
    parser.add_argument("--norm", choices=NORMS, help="of the random directions; default: filter")
    parser.add_argument(
        "--ignore",
        choices=IGNORES,
        help="biasbn keeps biases and normalisation parameters where they are; default: biasbn",
    )


def random_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """What :func:`add_random` added, as keywords of the engine, with the defaults filled in."""
    return {
        "seed": arguments.seed if arguments.seed is not None else 0,
        "norm": arguments.norm or "filter",
        "ignore": arguments.ignore or "biasbn",
    }


def add_output(parser: argparse.ArgumentParser, example: str) -> None:
    """Where the result goes.

    Args:
        parser: gets the option.
        example: of a file name.
    """
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="FILE", help=f"the result, such as {example}"
    )


def add_general(parser: argparse.ArgumentParser, *, computes: bool = True) -> None:
    """How the work is done.

    Args:
        parser: gets the options.
        computes: whether there is any work to share out.
    """
    if computes:
        parser.add_argument(
            "--threads", type=threads, metavar="N", help="processor threads; default: torch's own choice"
        )
    parser.add_argument("--debug", action="store_true", help="show a traceback with an error")
