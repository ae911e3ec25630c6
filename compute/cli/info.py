"""``glviz-compute info``: what a file holds."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from compute.cli.options import add_general

__all__ = ["add", "run"]


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "info",
        help="what a surface file holds",
        description="Print the size, the ranges, the extremes and the provenance of a surface file.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a surface, a curve or a mesh")
    parser.add_argument("--json", action="store_true", help="for programs")
    add_general(parser, computes=False)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print it."""
    from compute import facts, files
    from compute.console import as_json

    found = facts.describe(files.load(arguments.file), arguments.file)
    print(as_json(found) if arguments.json else facts.as_text(found))
    return 0
