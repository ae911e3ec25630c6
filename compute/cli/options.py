"""Options that several verbs share, so that each has one name and one meaning."""

from __future__ import annotations

import argparse
from pathlib import Path

from compute.cli.parser import axis_range, count

__all__ = ["add_axes", "add_general", "add_output", "add_problem"]


def add_problem(parser: argparse.ArgumentParser, *, split: bool = True) -> None:
    """The network, the data and the loss between them.

    Args:
        parser: gets the options.
        split: whether the split can be chosen.
    """
    group = parser.add_argument_group("what is measured")
    group.add_argument(
        "--model",
        required=True,
        metavar="NAME",
        help="a network of the zoo (mlp, mlp:64-32-10, lenet, resnet56, resnet56_noshort, ...) "
        "or package.module:factory",
    )
    group.add_argument(
        "--data",
        required=True,
        metavar="NAME",
        help="digits, cifar10:FILE.npz, cifar10:FOLDER (binary version), mnist:FILE.npz, mnist:FOLDER "
        "(idx files), or package.module:factory",
    )
    if split:
        group.add_argument("--split", choices=("train", "test"), default="train", help="default: train")
    group.add_argument("--limit", type=count, metavar="N", help="use only the first N samples")
    group.add_argument(
        "--loss",
        metavar="NAME",
        help="cross_entropy, mse, l1, huber, ..., or package.module:function of (outputs, targets); "
        "default: cross_entropy for classes, mse for numbers",
    )


def add_axes(parser: argparse.ArgumentParser, *, default: str | None) -> None:
    """The two ranges of coefficients.

    Args:
        parser: gets the options.
        default: such as ``-1:1:51``; None where the verb chooses the ranges itself.
    """
    for axis, number in (("x", "first"), ("y", "second")):
        parser.add_argument(
            f"-{axis}",
            f"--{axis}",
            type=axis_range,
            default=axis_range(default) if default else None,
            metavar="MIN:MAX:N",
            help=f"coefficients of the {number} direction, both ends included; "
            + (f"default: {default}" if default else "default: what the path needs, and a margin"),
        )


def add_output(parser: argparse.ArgumentParser, example: str) -> None:
    """Where the surface goes.

    Args:
        parser: gets the option.
        example: of a file name.
    """
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="FILE", help=f"the surface, such as {example}"
    )


def add_general(parser: argparse.ArgumentParser, *, computes: bool = True) -> None:
    """How the work is done.

    Args:
        parser: gets the options.
        computes: whether there is any work to share out.
    """
    if computes:
        parser.add_argument(
            "--threads", type=count, metavar="N", help="processor threads; default: torch's own choice"
        )
    parser.add_argument("--debug", action="store_true", help="show a traceback with an error")
