"""``glviz-compute convert``: a surface or a curve from one file format into another."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from compute.cli.options import add_general
from compute.cli.outputs import check_output
from compute.cli.parser import count, positive
from compute.errors import UsageError
from compute.files import Format, format_of, writable

if TYPE_CHECKING:
    from compute.surface import Curve, HeightMesh, Path, Surface

__all__ = ["add", "run"]

EXAMPLES = """\
examples: files of tomgoldstein/loss-landscape, with the path that plot_trajectory.py projected
  glviz-compute convert surface.h5 surf.ply
  glviz-compute convert surface.h5 directions.h5_proj_cos.h5 surf.ply
  glviz-compute convert surface.h5_train_loss_log.vtp surf.ply --undo-log
to ParaView, to numpy, to a spreadsheet
  glviz-compute convert surf.ply surf.vtp
  glviz-compute convert surf.ply surf.npz
  glviz-compute convert surf.ply surf.csv
"""

# Of a format's options, by the name of the flag's value.
_OPTIONS = {"text": "--text", "colormap": "--colormap", "size": "--size", "max_triangles": "--triangles"}


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "convert",
        help="a surface or a curve from one file format into another",
        description="Read a surface or a curve and write it in the format that the extension of OUT names. "
        "What OUT cannot hold is told, a line each.",
        epilog=EXAMPLES,
    )
    parser.add_argument("input", type=FilePath, metavar="IN", help="a surface or a curve")
    parser.add_argument(
        "more",
        type=FilePath,
        nargs="*",
        metavar="PATHS",
        help="files with descent paths to put with it: projection files (HDF5), or x, y[, loss] a line",
    )
    known = ", ".join(extension for known in writable() for extension in known.extensions)
    parser.add_argument("output", type=FilePath, metavar="OUT", help=f"the result: {known}")
    parser.add_argument("--field", metavar="NAME", help="which field is the height; default: the file's own")
    parser.add_argument(
        "--undo-log",
        action="store_true",
        help="the heights are ln(loss + 0.1), as h52vtp.py --log writes them: take the loss",
    )
    parser.add_argument("--text", action="store_true", default=None, help="numbers as text (PLY)")
    models = parser.add_argument_group("models (OBJ, GLB, USDZ, STL)")
    models.add_argument("--colormap", metavar="NAME", help="of the surface; default: viridis")
    models.add_argument("--size", type=positive, metavar="METRES", help="of the longest side")
    models.add_argument("--triangles", type=count, dest="max_triangles", metavar="N", help="at most so many")
    add_general(parser, computes=False)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Read, write, and tell what was lost on the way."""
    target = _target(arguments)
    options = _options(arguments, target)

    from compute import facts, files
    from compute.surface import HeightMesh

    loaded = files.load(arguments.input, field=arguments.field, undo_log=arguments.undo_log)
    paths = tuple(path for name in arguments.more for path in files.load_paths(name))
    loaded = _with_paths(loaded, paths, arguments)
    if isinstance(loaded, HeightMesh) and target.reads and target.name != "OBJ":
        raise UsageError(
            f"converting {arguments.input}",
            f"it is a mesh whose points fill no grid, of which {target.name} holds none",
            "Models (.glb, .obj, .stl, .usdz) can be made of it.",
        )
    for notice in loaded.notices:
        print(f"notice: {notice}", file=sys.stderr)
    try:
        notices = files.save(loaded, arguments.output, **options)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        if isinstance(error, UsageError):
            raise
        doing = f"writing {arguments.output}"
        raise UsageError(
            doing, str(error).removeprefix(f"saving {arguments.output}: "), _advice(target)
        ) from error
    for line in () if target.lossless else target().left_out(loaded, **options):
        print(line, file=sys.stderr)
    for notice in notices:
        print(f"notice: {notice}", file=sys.stderr)
    if target.reads:
        described = facts.describe(files.load(arguments.output), arguments.output)
        print(facts.as_text({**described, "meta": {}}))
        print(f"see it: glviz {arguments.output}")
    else:
        print(f"wrote {arguments.output} ({arguments.output.stat().st_size:,} bytes)")
    return 0


def _target(arguments: argparse.Namespace) -> Format:
    """The format of the output, which can be written.

    Raises:
        UsageError: there is none, or it is that of a figure.
    """
    from compute.plots import FIGURES

    output = arguments.output
    if output.suffix.lower() in FIGURES:
        command = shlex.join(["glviz-compute", "plot", str(arguments.input), "-o", str(output)])
        found = "it is the name of a figure or a film, and those are drawn"
        raise UsageError(f"preparing the output {output}", found, f"Draw it: {command}")
    check_output(output, [extension for known in writable() for extension in known.extensions])
    target = format_of(output)
    assert target is not None
    return target


def _options(arguments: argparse.Namespace, target: Format) -> dict[str, Any]:
    """The options that were given, held against those of the format.

    Raises:
        UsageError: one is not for this format.
    """
    given = {name: getattr(arguments, name) for name in _OPTIONS if getattr(arguments, name) is not None}
    for name in given:
        if name not in target.options:
            takers = ", ".join(known.name for known in writable() if name in known.options)
            found = f"{_OPTIONS[name]} is not for {target.name} files"
            raise UsageError("reading the command line", found, f"It is for {takers}.")
    return given


def _with_paths(
    loaded: Surface | Curve | HeightMesh, paths: tuple[Path, ...], arguments: argparse.Namespace
) -> Surface | Curve | HeightMesh:
    """The surface with the paths of other files put to its own.

    Raises:
        UsageError: it is no surface.
    """
    from compute.surface import Surface

    if not paths:
        return loaded
    if not isinstance(loaded, Surface):
        raise UsageError(
            f"putting descent paths into {arguments.input}", "it is no surface over a grid", "Leave them out."
        )
    return loaded.replace(paths=(*loaded.paths, *paths))


def _advice(target: Format) -> str:
    keeps = [known.extensions[0] for known in writable() if known.lossless and known.name != target.name]
    return f"A format that keeps everything can hold it: {', '.join(keeps)}."
