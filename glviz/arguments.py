"""The options of the command ``glviz``, and the settings that they give.

Everything about an option of the picture comes from its definition in the settings.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from glviz.errors import UsageError
from glviz.options import Option, options
from glviz.settings import Settings

if TYPE_CHECKING:
    from glviz.scene.camera import Camera
    from glviz.session import Session

__all__ = ["chosen", "given", "make_parser", "parse", "resolution"]

USAGE = """glviz FILE [FILE ...] [--path FILE.csv] [options]
       glviz FILE [FILE ...] -o OUT.png [--resolution W,H] [options]
       glviz FILE [FILE ...] -o OUT.svg|OUT.pdf [--map-width MM] [options]
       glviz FILE [FILE ...] --turntable|--replay OUT.mp4|OUT.gif [--seconds S] [options]
       glviz FILE [FILE ...] --info [--json]
       glviz SESSION [FILE ...] [-o OUT.png] [options]
       glviz --sample NAME [-o OUT.png] [options]"""

DESCRIPTION = """Draws loss landscapes of neural networks: in a window, or with -o as a picture, which needs
no display. Several surfaces stand side by side and turn together, several curves share a plot.
A PNG picture carries its session: glviz opens it again, as it does a session file (.glviz); files
given behind it take the place of its own. Without a file, a sample is shown."""

EPILOG = """exit codes: 0 ok, 2 usage, 3 unreadable input, 4 no usable OpenGL or display, 130 interrupted
In the window, H shows the keys."""

_NEGATIVE = re.compile(r"-(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$")
LARGEST_SIDE_PX = 65535


def parse(argv: Sequence[str]) -> tuple[argparse.Namespace, argparse.ArgumentParser]:
    """The arguments as they were given, and the parser, by which errors are reported.

    Raises:
        UsageError: an option does not exist, or lacks its value.
    """
    parser = make_parser()
    arguments, unknown = parser.parse_known_args(_join_negative(argv))
    if unknown:
        parser.error(_unknown(parser, unknown[0]))
    return arguments, parser


def make_parser() -> argparse.ArgumentParser:
    """The parser, its options grouped as in the panel."""
    from glviz.scene.viewpoints import NAMED

    parser = _Parser(
        prog="glviz", usage=USAGE, description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument(
        "files", nargs="*", metavar="FILE",
        help="a surface or a curve, such as a PLY file; or a picture or session that glviz wrote",
    )  # fmt: skip
    parser.add_argument(
        "--path", dest="path_files", action="append", default=[], metavar="FILE.csv",
        help="a descent path to draw on the surface: x,y[,loss] a line, or a projection file (.h5); "
        "may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--undo-log", action="store_true",
        help="the files' heights are ln(loss + 0.1), as h52vtp.py --log writes them: draw the loss",
    )  # fmt: skip
    parser.add_argument(
        "--sample", dest="sample_names", action="append", default=[], metavar="NAME",
        help="open a sample surface",
    )  # fmt: skip
    parser.add_argument("--samples", action="store_true", help="list the sample surfaces")
    parser.add_argument(
        "-o", "--output", metavar="OUT.png",
        help="write a picture (.png or .jpg), the contour map as lines (.svg or .pdf) or a session (.glviz); "
        "open no window",
    )  # fmt: skip
    parser.add_argument(
        "--turntable", metavar="OUT.mp4",
        help="write a film (.mp4 or .gif) of the surface as it turns once around",
    )  # fmt: skip
    parser.add_argument(
        "--replay", metavar="OUT.mp4",
        help="write a film (.mp4 or .gif) of the descent paths as they went"
    )  # fmt: skip
    parser.add_argument(
        "--resolution", metavar="W,H",
        help="size of the picture, which --scale multiplies, or of the window's contents, in pixels",
    )  # fmt: skip
    parser.add_argument(
        "--info", action="store_true",
        help="print the numbers of the file; critical points are those inside the grid, not on its edge",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print them as JSON; not-finite numbers are null")
    parser.add_argument("--version", action="store_true", help="print the version")
    groups: dict[str, Any] = {}
    for item in _all_options():
        if item.group not in groups:
            groups[item.group] = parser.add_argument_group(item.group.lower())
        _add(groups[item.group], item)
    groups["View"].add_argument("--view", metavar="NAME", help=f"one of {', '.join(NAMED)}")
    groups["View"].add_argument(
        "--target", metavar="X,Y,Z", help="point in the middle of the picture, in units of half the box"
    )
    return parser


class _Parser(argparse.ArgumentParser):
    """Errors in the same form as all others of the program."""

    def error(self, message: str) -> NoReturn:
        """End with exit code 2.

        Raises:
            UsageError: always.
        """
        raise UsageError(f"{message}\nSee glviz --help.")


def _all_options() -> list[Option]:
    from glviz.films.options import FilmOptions
    from glviz.scene.camera import Camera
    from glviz.vector.options import MapOptions

    return [*options(Settings), *options(Camera), *options(FilmOptions), *options(MapOptions)]


def _add(group: Any, item: Option) -> None:
    """One option as a flag. Its value stays text here; Option.check judges it later."""
    if item.kind is bool:
        text = _help(item, f"default: {'on' if item.default else 'off'}")
        group.add_argument(
            item.flag, action=argparse.BooleanOptionalAction, default=argparse.SUPPRESS, help=text
        )
        return
    default = "auto" if item.default is None else item.default
    notes = [f"default: {default:g}" if isinstance(default, (int, float)) else f"default: {default}"]
    if isinstance(item.choices, tuple) and item.choices:
        notes.insert(0, ", ".join(item.choices))
    if item.low is not None and item.high is not None:
        notes.insert(0, f"{item.low:g} ... {item.high:g}")
    unit = {"%": "percent"}.get(item.unit, item.unit)
    metavar = {int: "N", float: "X"}.get(item.kind, "NAME")
    group.add_argument(
        item.flag, metavar=metavar, default=argparse.SUPPRESS,
        help=_help(item, *([unit] if unit and unit != "x" else []), *(n for n in notes if n != "default: ")),
    )  # fmt: skip


def _help(item: Option, *notes: str) -> str:
    return f"{item.help} ({'; '.join(notes)})".replace("%", "%%") if notes else item.help.replace("%", "%%")


def _join_negative(argv: Sequence[str]) -> list[str]:
    """``--flag -1e-3`` as ``--flag=-1e-3``: argparse takes such a value for a flag."""
    joined: list[str] = []
    for word in argv:
        if _NEGATIVE.match(word) and joined and joined[-1].startswith("--") and "=" not in joined[-1]:
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _unknown(parser: argparse.ArgumentParser, word: str) -> str:
    from difflib import get_close_matches

    name = word.partition("=")[0]
    near = get_close_matches(name, list(parser._option_string_actions), 1, 0.6)
    return f"there is no option {name}" + (f"; did you mean {near[0]}?" if near else "")


def chosen(
    arguments: argparse.Namespace, parser: argparse.ArgumentParser, session: Session | None = None
) -> tuple[Settings, Camera]:
    """Settings and camera: the session's, if there is one, with what the flags say.

    Raises:
        UsageError: a value is not allowed.
    """
    from glviz.scene.camera import Camera

    before = (session.settings, session.camera) if session is not None else (Settings(), Camera())
    settings = replace(before[0], **given(arguments, parser, Settings))
    if settings.percentile_low >= settings.percentile_high:
        parser.error("--percentile-low must be below --percentile-high")
    return settings, _camera(before[1], arguments, given(arguments, parser, Camera), parser)


def given(arguments: argparse.Namespace, parser: argparse.ArgumentParser, kind: type) -> dict[str, Any]:
    """The values that the flags give for the fields of a dataclass of options, by name.

    Raises:
        UsageError: a value is not allowed.
    """
    found: dict[str, Any] = {}
    for item in options(kind):
        if hasattr(arguments, item.name):
            value = getattr(arguments, item.name)
            try:
                found[item.name] = item.check(None if item.optional and value == "auto" else value)
            except ValueError as error:
                parser.error(str(error))
    return found


def _camera(
    camera: Camera, arguments: argparse.Namespace, given: dict[str, Any], parser: argparse.ArgumentParser
) -> Camera:
    """The named view, with what was asked for besides."""
    from glviz.scene.viewpoints import NAMED, parse_point

    if arguments.view is not None:
        if arguments.view not in NAMED:
            parser.error(f"--view: no {arguments.view!r}; choose from {', '.join(NAMED)}")
        camera = NAMED[arguments.view](camera)
    try:
        if arguments.target is not None:
            given = {**given, "target": parse_point(arguments.target)}
    except ValueError as error:
        parser.error(str(error))
    return replace(camera, **given)


def resolution(text: str | None, parser: argparse.ArgumentParser) -> tuple[int, int] | None:
    """``--resolution``, (width, height) in pixels.

    Raises:
        UsageError: it is no size.
    """
    if text is None:
        return None
    match = re.fullmatch(r"\s*(\d{1,9})\s*[,xX×]\s*(\d{1,9})\s*", text)
    if match is None:
        parser.error(f"--resolution: expected W,H such as 1280,720, got {text!r}")
    width, height = int(match[1]), int(match[2])
    if not (16 <= width <= LARGEST_SIDE_PX and 16 <= height <= LARGEST_SIDE_PX):
        allowed = f"16 ... {LARGEST_SIDE_PX}"
        parser.error(f"--resolution: each side must be {allowed} pixels, got {width},{height}")
    return width, height
