"""What the verbs whose result is a landscape can be told about it: how it is measured and where it goes."""

from __future__ import annotations

import argparse

from compute.cli.curvature import add_hessian
from compute.cli.options import add_evaluation, add_general, add_output
from compute.cli.outputs import SURFACES, check_output
from compute.cli.plot import add_plot, check_plots
from compute.cli.running import add_running

__all__ = ["add_result", "check_result"]


def add_result(parser: argparse.ArgumentParser, example: str, *, bn: str, hessian: bool = True) -> None:
    """The options that come after those of what is measured and where.

    Args:
        parser: gets the options.
        example: of a file name.
        bn: the default of --bn, in words.
        hessian: whether the Hessian can be measured at each point.
    """
    add_evaluation(parser, bn=bn)
    if hessian:
        add_hessian(parser)
    add_output(parser, example)
    add_plot(parser)
    add_running(parser)
    add_general(parser)


def check_result(arguments: argparse.Namespace) -> None:
    """Make sure, before anything is computed, that the file and the figures can be written.

    Args:
        arguments: what :func:`add_result` added.

    Raises:
        UsageError: one cannot.
    """
    check_output(arguments.output, SURFACES)
    check_plots(arguments.plot)
