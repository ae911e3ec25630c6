"""``glviz-compute plot``: curves and contour maps for papers, and the path of a training as a film."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compute.cli.options import add_general
from compute.cli.outputs import check_output
from compute.cli.parser import positive
from compute.errors import UsageError

if TYPE_CHECKING:
    from compute.plots import Look
    from compute.surface import Curve, HeightMesh, Surface

__all__ = ["add", "add_plot", "check_plots", "run", "write_plots"]

EXAMPLES = """\
examples: a curve with the training and the test set, in the width of one column
  glviz-compute plot line.ply -o line.pdf
several networks in one figure
  glviz-compute plot small.ply full.ply --titles "small batches" "full batch" -o batches.pdf
contour maps side by side, on one scale with one set of levels
  glviz-compute plot resnet56.ply resnet56_noshort.ply --width double -o shortcuts.pdf
a map with the path of a training, and the same path as a film
  glviz-compute plot path.ply --filled -o path.svg
  glviz-compute plot path.ply -o path.gif
"""


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    from compute.plots.look import ACCURACY_PLACES, ASPECTS, CRITICAL, SCALES, SPACINGS

    parser = verbs.add_parser(
        "plot",
        help="figures for papers, and films of a training's path",
        description="Draw curves into one figure or surfaces into one panel each (PDF, SVG, PNG), or the "
        "path on a surface as a film (GIF, MP4). The same command gives the same bytes.",
        epilog=EXAMPLES,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="curves, or surfaces")
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="FILE", help="ends in .pdf .svg .png .gif or .mp4"
    )
    page = parser.add_argument_group("the page")
    page.add_argument(
        "--width",
        type=width,
        metavar="W",
        help="inches, or single (3.5) or double (7.2), the columns of a journal; default: single, a film 6.4",
    )
    page.add_argument("--height", type=positive, metavar="H", help="inches; default: what the content needs")
    page.add_argument("--font-size", type=positive, metavar="PT", help="default: 8, a film 9")
    page.add_argument(
        "--dpi", type=positive, help="pixels an inch of a PNG or a film; default: 300, 150, GIF 110"
    )
    page.add_argument("--titles", nargs="+", metavar="TEXT", help="one for each file; default: their names")
    values = parser.add_argument_group("the values")
    values.add_argument("--field", metavar="NAME", help="default: the file's height, which is the loss")
    values.add_argument("--scale", choices=SCALES, help="default: auto, logarithmic over some decades")
    values.add_argument("--low", type=float, metavar="V", help="the low end of the drawn range")
    values.add_argument("--high", type=float, metavar="V", help="the high end")
    values.add_argument(
        "--accuracy",
        choices=ACCURACY_PLACES,
        help="of curves: on a second axis at the right, below, or none; default: right, below for several",
    )
    values.add_argument(
        "--stderr", action="store_true", default=None, help="of curves: shade one standard error"
    )
    maps = parser.add_argument_group("maps")
    maps.add_argument("--levels", metavar="V,V,...", help="the iso-levels themselves")
    maps.add_argument(
        "--contour-count", type=int, dest="count", metavar="N", help="about so many; default: 15"
    )
    maps.add_argument("--contour-spacing", choices=SPACINGS, dest="spacing", help="default: auto")
    maps.add_argument(
        "--filled",
        action=argparse.BooleanOptionalAction,
        help="coloured bands and a colour bar, or lines alone; default: lines, in a film bands",
    )
    maps.add_argument(
        "--no-labels", action="store_false", default=None, dest="labels", help="no levels on lines"
    )
    maps.add_argument("--colormap", metavar="NAME", help="of matplotlib; default: viridis")
    maps.add_argument("--aspect", choices=ASPECTS, help="equal draws both axes in one unit; default: auto")
    maps.add_argument(
        "--critical", choices=CRITICAL, help="points to mark; default: significant, in a film none"
    )
    maps.add_argument("--noise", type=positive, metavar="SIGMA", help="standard error of each value")
    maps.add_argument("--no-paths", action="store_false", default=None, dest="paths", help="leave paths out")
    film = parser.add_argument_group("films")
    film.add_argument("--seconds", type=positive, default=8.0, metavar="S", help="that it lasts; default: 8")
    film.add_argument("--fps", type=positive, default=25.0, metavar="N", help="frames a second; default: 25")
    add_general(parser, computes=False)
    parser.set_defaults(run=run)


def width(text: str) -> float:
    """A width in inches, or the name of one.

    Raises:
        argparse.ArgumentTypeError: neither.
    """
    from compute.plots.style import WIDTHS

    try:
        value = WIDTHS[text] if text in WIDTHS else float(text)
    except ValueError:
        value = 0.0
    if not 1.0 <= value <= 60.0:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no width from 1 to 60 inches, and not single or double"
        )
    return value


def run(arguments: argparse.Namespace) -> int:
    """Load, draw and say where it is.

    Raises:
        UsageError: something that cannot be drawn.
    """
    from compute import files
    from compute.plots import FIGURES, check_figure

    check_output(arguments.output, FIGURES)
    check_figure(arguments.output)
    look = _look(arguments)
    data = []
    for file in arguments.files:
        if file.is_dir():
            raise UsageError(
                f"drawing {file}",
                "it is a folder",
                f"A recorded training: glviz-compute trajectory --trajectory {file} --model NAME --data NAME "
                f"-o path.ply --plot {arguments.output}",
            )
        loaded = files.load(file)
        for notice in loaded.notices:
            print(f"notice: {file.name}: {notice}", file=sys.stderr)
        data.append(loaded)
    names = [file.stem for file in arguments.files] if len(data) > 1 else [""]
    rates = {"seconds": arguments.seconds, "fps": arguments.fps, "dpi": arguments.dpi}
    _write(data, arguments.output, look, names, **rates)
    print(f"saved {arguments.output}")
    return 0


def _look(arguments: argparse.Namespace) -> Look:
    """What is asked for, over the defaults of a figure or of a film.

    Raises:
        UsageError: a value that cannot be.
    """
    from compute.plots import FILM_LOOK, FILMS, Look
    from compute.scales import parse_levels

    film = arguments.output.suffix.lower() in FILMS
    asked = {
        field.name: getattr(arguments, field.name)
        for field in dataclasses.fields(Look)
        if getattr(arguments, field.name, None) is not None
    }
    if "titles" in asked:
        asked["titles"] = tuple(asked["titles"])
    if arguments.levels is not None:
        try:
            asked["levels"] = parse_levels(arguments.levels)
        except ValueError as error:
            raise UsageError("reading the command line", f"--levels: {error}", "See plot --help.") from error
    return dataclasses.replace(FILM_LOOK if film else Look(), **asked)


def _write(
    data: Sequence[Surface | Curve | HeightMesh],
    output: Path,
    look: Look | None,
    names: Sequence[str],
    **options: Any,
) -> None:
    from compute.cli.progress import progress_bar
    from compute.plots import plot

    with progress_bar("film", "frame") as show:
        plot(data, output, look, names=names, progress=show, **options)


# --- figures that another verb makes of its result ---------------------------------------


def add_plot(parser: Any) -> None:
    """The option ``--plot`` of a verb that computes a landscape."""
    parser.add_argument(
        "--plot",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="draw the result too, as `plot` does: .pdf, .svg or .png, or its paths as a film: .gif or .mp4; "
        "may be given several times",
    )


def check_plots(outputs: Sequence[Path]) -> None:
    """Make sure, before anything is computed, that these figures can be drawn and written.

    Raises:
        UsageError: one cannot.
    """
    from compute.plots import FIGURES, check_figure

    for output in outputs:
        check_output(output, FIGURES)
        check_figure(output)


def write_plots(data: Surface | Curve, outputs: Sequence[Path]) -> None:
    """Draw a result into each of these files."""
    for output in outputs:
        _write([data], output, None, [""])
        print(f"saved {output}")
