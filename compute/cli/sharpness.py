"""``glviz-compute sharpness``: a table of how sharp, rough and convex surfaces are, side by side."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compute.cli.options import add_general
from compute.cli.parser import positive
from compute.console import as_json
from compute.errors import UsageError

if TYPE_CHECKING:
    from compute.analysis import Sharpness

__all__ = ["add", "run"]

EXAMPLES = """\
example: two networks, on planes of the same kind
  glviz-compute sharpness resnet56.ply resnet56_noshort.ply
"""


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "sharpness",
        help="how sharp, rough and convex surfaces are, side by side",
        description="Measure sharpness, flatness, barriers, convexity and roughness of surfaces, in the "
        "coordinates of their planes: compare surfaces whose directions are scaled alike. The figures' "
        "definitions and sources are in compute/analysis/sharpness.py.",
        epilog=EXAMPLES,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="surfaces")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument(
        "--radius", type=positive, default=0.25, metavar="R", help="of the neighbourhood; default: 0.25"
    )
    parser.add_argument(
        "--rise",
        type=positive,
        default=1.0,
        metavar="T",
        help="over the lowest value, that bounds the flat region; default: 1",
    )
    parser.add_argument(
        "--noise",
        type=positive,
        metavar="SIGMA",
        help="standard error of each value; default: the files' own",
    )
    add_general(parser, computes=False)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    from compute import files
    from compute.analysis import sharpness
    from compute.surface import Surface

    found = []
    for file in arguments.files:
        data = files.load(file)
        if not isinstance(data, Surface):
            kind = type(data).__name__.lower().replace("heightmesh", "mesh")
            raise UsageError(f"measuring the sharpness of {file}", f"it is a {kind}", "Give a surface.")
        for notice in data.notices:
            print(f"notice: {file.name}: {notice}", file=sys.stderr)
        found.append(sharpness(data, radius=arguments.radius, rise=arguments.rise, noise=arguments.noise))
    if arguments.json:
        rows = [
            {"file": os.fspath(file), "radius": arguments.radius, "rise": arguments.rise, **each.as_dict()}
            for file, each in zip(arguments.files, found, strict=True)
        ]
        print(as_json(rows))
        return 0
    print(*table([file.stem for file in arguments.files], found, arguments.radius, arguments.rise), sep="\n")
    return 0


def table(names: Sequence[str], found: Sequence[Sharpness], radius: float, rise: float) -> list[str]:
    """A line a figure, a column a surface."""
    rows: list[tuple[str, list[str]]] = [("", list(names))]

    def add_row(label: str, name: str, form: str = "{:.4g}") -> None:
        values = [getattr(each, name) for each in found]
        if all(math.isnan(value) for value in values) and name.startswith("hessian"):
            return
        rows.append((label, ["–" if math.isnan(v) else form.format(v) for v in values]))

    add_row("loss at the centre", "centre_loss")
    add_row("lowest loss", "minimum")
    add_row(f"ε-sharpness, box of half-width {radius:g}, %", "epsilon_sharpness")
    add_row(f"average rise at distance {radius:g}", "average_rise")
    add_row(f"worst rise at distance {radius:g}", "worst_rise")
    add_row(f"area within {rise:g} of the lowest", "sublevel_area")
    for index, each in enumerate(found):
        rows[-1][1][index] = ("at least " if each.sublevel_open else "") + rows[-1][1][index]
    add_row("inner minima", "minima", "{:,}")
    add_row("of them above the noise", "significant", "{:,.0f}")
    add_row("highest barrier between minima", "barrier")
    add_row("curving down in the plane, share", "negative_share", "{:.1%}")
    add_row("curving down in some direction, share", "hessian_negative_share", "{:.1%}")
    add_row("|smallest / largest eigenvalue|, median", "hessian_ratio")
    add_row("roughness (SMAD)", "smad")
    add_row("roughness over the range", "smad_relative", "{:.2%}")
    add_row("anisotropy at the minimum", "anisotropy")
    width = max(len(label) for label, _ in rows)
    columns = [max(len(row[k]) for _, row in rows) for k in range(len(names))]
    return [
        "  ".join([f"{label:<{width}}", *(f"{c:>{w}}" for c, w in zip(cells, columns, strict=True))]).rstrip()
        for label, cells in rows
    ]
