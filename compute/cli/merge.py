"""``glviz-compute merge``: the shards of one landscape into one file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from compute.cli.options import add_general
from compute.cli.outputs import SURFACES, check_output, print_facts

__all__ = ["add", "run"]

EXAMPLES = """\
examples: eight parts, on as many machines, and then
  glviz-compute surface --model mlp --checkpoint net.pt --data digits --shard 1/8 -o surf.ply
  ...
  glviz-compute merge surf.ply surf.*-of-8.ply
"""


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "merge",
        help="one file of the shards of a landscape",
        description="Join what `--shard` computed, as far as it got; points of no shard stay pending.",
        epilog=EXAMPLES,
    )
    parser.add_argument("output", type=Path, metavar="OUT", help="the result, such as surf.ply")
    parser.add_argument("shards", type=Path, nargs="+", metavar="SHARD", help="files that --shard wrote")
    add_general(parser, computes=False)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Merge, save and print."""
    check_output(arguments.output, SURFACES)

    from compute.runs.merging import merge

    merged = merge(arguments.shards)
    merged.save(arguments.output)
    for notice in merged.notices:
        print(f"notice: {notice}", file=sys.stderr)
    print_facts(merged, arguments.output)
    print(f"see it: glviz {arguments.output}")
    return 0
