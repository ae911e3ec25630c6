"""``glviz-compute critical``: minima, saddles and maxima of a surface, and which are more than noise."""

from __future__ import annotations

import argparse
import csv
import io
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compute.cli.options import add_general, add_problem
from compute.cli.outputs import SURFACES, check_output
from compute.cli.parser import count, positive
from compute.cli.refining import check_refining, refined
from compute.console import as_json
from compute.errors import UsageError
from compute.files.atomic import replacing

if TYPE_CHECKING:
    from compute.analysis import MergeTree
    from compute.surface import CriticalPoint, HeightMesh, Surface

__all__ = ["add", "run"]

ROWS = 40  # of the table for people
INDEX = {"minimum": 0, "saddle": 1, "maximum": 2}
EXAMPLES = """\
examples: the points, and those that stand out of a noise of 0.003
  glviz-compute critical surf.ply
  glviz-compute critical surf.ply --noise 0.003
exact places, by Newton's method on the network that the surface was computed from
  glviz-compute critical surf.ply --refine --model mlp --checkpoint net.pt --data digits
the points stored with the surface, and the basins of its minima as a field to colour by
  glviz-compute critical surf.ply -o marked.ply && glviz marked.ply --color-by basin
"""


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "critical",
        help="minima, saddles and maxima, and which are more than noise",
        description="Find the critical points of a surface or of any triangulated mesh by the link of each "
        "vertex, each with its persistence: how far the level must rise until its basin joins a deeper one. "
        "What the spacing of a grid cannot tell from an accident of sampling is counted and left out, as in "
        "the viewer; --all gives the complete list, which obeys Euler's formula.",
        epilog=EXAMPLES,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a surface or a mesh")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument(
        "--noise",
        type=positive,
        metavar="SIGMA",
        help="standard error of each value; default: the file's own (loss_stderr), if it has one",
    )
    parser.add_argument(
        "--sigmas",
        type=positive,
        default=3.0,
        metavar="K",
        help="standard errors of the difference that a significant point's persistence exceeds; default: 3",
    )
    parser.add_argument("--all", action="store_true", help="what the grid is too coarse to vouch for too")
    parser.add_argument(
        "--diagram",
        type=Path,
        metavar="FILE.csv",
        help="save the persistence diagram and merge trees: birth, death, places and parent of each branch",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="save the surface with the points, and the basin that each grid point drains to as a field: "
        "of the minima listed, those below the noise belong to the basin that they spill into",
    )
    parser.add_argument(
        "--refine",
        action="store_true",
        help="find the exact places by Newton's method, in double precision; needs --model, --data and "
        "the --checkpoint at the centre",
    )
    add_problem(parser, required=False)
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="its parameters")
    parser.add_argument(
        "--directions",
        type=Path,
        nargs=2,
        metavar=("FILE1", "FILE2"),
        help="the plane's directions, as --save-directions wrote them; random ones are made again",
    )
    parser.add_argument("--weight-decay", type=positive, default=0.0, metavar="W", help="as for the surface")
    parser.add_argument("--batch-size", type=count, metavar="N", help="samples at a time; default: chosen")
    add_general(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Find, save and print them."""
    if arguments.output is not None:
        check_output(arguments.output, SURFACES)
    if arguments.diagram is not None:
        check_output(arguments.diagram, (".csv",))
    check_refining(arguments)

    from compute import files
    from compute.analysis import counts, critical_points, merge_tree
    from compute.analysis.noise import noise_from
    from compute.surface import Curve

    data = files.load(arguments.file)
    if isinstance(data, Curve):
        raise UsageError(
            f"finding the critical points of {arguments.file}", "it is a curve", "Give a surface or a mesh."
        )
    for notice in data.notices:
        print(f"notice: {notice}", file=sys.stderr)
    points = critical_points(data, resolved=not arguments.all, noise=arguments.noise, sigmas=arguments.sigmas)
    reports: list[dict[str, Any]] = []
    saved = []
    if arguments.refine:
        points, reports = refined(data, points, arguments)
        moved = sum(report["exact"] for report in reports)
        saved.append(
            f"exact places of {moved} of {len(reports)}: |g| is the in-plane gradient, at first and now"
        )
        saved += [
            f"  {r['kind']:<9}{r['x']:>14.9g}{r['y']:>14.9g}  |g| {r['gradient_before']:.3g} -> "
            f"{r['gradient_after']:.3g}" + ("" if r["exact"] else "  not found: as on the grid")
            for r in reports
        ]
    every = counts(critical_points(data, refine=False))
    trees = {"minimum": merge_tree(data), "maximum": merge_tree(data, maxima=True)}
    if arguments.diagram is not None:
        rows = [row for kind, tree in trees.items() for row in branches(kind, tree)]
        table = io.StringIO(newline="")
        writer = csv.DictWriter(table, BRANCH)
        writer.writeheader()
        writer.writerows(rows)
        with replacing(arguments.diagram) as stream:
            stream.write(table.getvalue().encode())
        saved.append(f"saved {arguments.diagram} ({len(rows):,} branches)")
    if arguments.output is not None:
        _save(data, points, trees["minimum"], arguments)
        saved.append(f"see it: glviz {arguments.output} --color-by basin")
    noise = {"sigmas": arguments.sigmas, "from": noise_from(data, arguments.noise), "sigma": arguments.noise}
    if arguments.json:
        found = {
            "file": str(arguments.file),
            "field": data.field,
            "noise": noise,
            "counts": counts(points),
            "counts_all": {name: every[name] for name in ("inner", "boundary")},
            "critical_points": [as_dict(point) for point in points],
            "refined": reports,
            "diagram": [row for kind, tree in trees.items() for row in branches(kind, tree)],
        }
        print(as_json(found))
        return 0
    print(*_lines(arguments, points, noise, every), *saved, sep="\n")
    return 0


def as_dict(point: CriticalPoint) -> dict[str, Any]:
    """A point as the JSON has it; index counts the downward directions: 0, 1, 2."""
    return {
        "kind": point.kind,
        "index": INDEX[point.kind],
        "multiplicity": point.multiplicity,
        "x": point.x,
        "y": point.y,
        "loss": point.loss,
        "persistence": point.persistence,
        "boundary": point.boundary,
        "significant": point.significant,
        "eigenvalues": None if point.eigenvalues is None else list(point.eigenvalues),
    }


BRANCH = ("kind", "number", "parent", "birth", "death", "persistence", "x", "y", "saddle_x", "saddle_y")


def branches(kind: str, tree: MergeTree) -> list[dict[str, Any]]:
    """A branch of a merge tree a row: a point of the persistence diagram, and what it ends in."""
    columns = (
        tree.parent, tree.birth, tree.death, tree.persistence, tree.x, tree.y, tree.saddle_x, tree.saddle_y,
    )  # fmt: skip
    rows = zip(range(len(tree)), *(column.tolist() for column in columns), strict=True)
    return [dict(zip(BRANCH, (kind, *row), strict=True)) for row in rows]


def _save(
    data: Surface | HeightMesh,
    points: Sequence[CriticalPoint],
    tree: MergeTree,
    arguments: argparse.Namespace,
) -> None:
    """The surface with its points, and the basins of those of its minima that are significant.

    Raises:
        UsageError: it is a mesh.
    """
    import numpy as np

    from compute.analysis import basin_numbers, critical_points
    from compute.surface import Surface, label_names

    doing = f"saving {arguments.output}"
    if not isinstance(data, Surface):
        raise UsageError(doing, "a mesh that is no grid cannot be saved", "Leave -o out; --json prints all.")
    on_grid = critical_points(
        data, refine=False, resolved=not arguments.all, noise=arguments.noise, sigmas=arguments.sigmas
    )
    kept = {(p.x, p.y) for p in on_grid if p.kind == "minimum" and p.significant is not False}
    stays = [place in kept for place in zip(tree.x.tolist(), tree.y.tolist(), strict=True)]
    metrics = {**data.metrics, "basin": basin_numbers(data, np.where(stays, -1.0, np.inf))}
    # Numbers of basins are names, not amounts: what reads the file must not interpolate them.
    labels = dict.fromkeys((*label_names(data), "basin"))
    meta = {**data.meta, "labels": list(labels)}
    data.replace(critical_points=tuple(points), metrics=metrics, meta=meta).save(arguments.output)


def _lines(
    arguments: argparse.Namespace,
    points: Sequence[CriticalPoint],
    noise: dict[str, Any],
    every: dict[str, Any],
) -> list[str]:
    from compute.analysis import counts

    tally = counts(tuple(points))
    inner, edge, above = tally["inner"], tally["boundary"], tally["significant"]
    assert inner is not None and edge is not None

    def worded(numbers: dict[str, int]) -> str:
        return ", ".join(f"{number:,} {plural}" for plural, number in numbers.items())

    lines = [f"{arguments.file}: critical points", f"  inside       {worded(inner)}"]
    if every["inner"] != inner:
        lines.append(
            f"  at any depth {worded(every['inner'])} (--all: the grid is too coarse to vouch for them)"
        )
    if above is not None:
        source = f"noise {noise['sigma']:g}" if noise["sigma"] is not None else str(noise["from"])
        lines.append(f"  significant  {worded(above)} (above {noise['sigmas']:g} standard errors, {source})")
    else:
        lines.append("  significant  not known: the file has no standard errors; give --noise SIGMA")
    lines.append(f"  boundary     {worded(edge)}")
    shown = [p for p in points if not p.boundary]
    shown.sort(key=lambda p: (INDEX[p.kind], -p.persistence if not math.isnan(p.persistence) else math.inf))
    if shown:
        lines.append(
            f"  {'kind':<9}{'x':>11}{'y':>11}{'value':>13}{'persistence':>13}  {'eigenvalues':<24}"
            + ("above noise" if above is not None else "")
        )
    for point in shown[:ROWS]:
        kind = point.kind + (f" x{point.multiplicity}" if point.multiplicity > 1 else "")
        curved = "" if point.eigenvalues is None else "{:.4g}, {:.4g}".format(*point.eigenvalues)
        sign = {None: "", True: "yes", False: "no"}[point.significant]
        lines.append(
            f"  {kind:<9}{point.x:>11.5g}{point.y:>11.5g}{point.loss:>13.6g}{point.persistence:>13.4g}"
            f"  {curved:<24}{sign}".rstrip()
        )
    if len(shown) > ROWS:
        lines.append(f"  ... and {len(shown) - ROWS:,} more; --json prints all")
    return lines
