"""The command ``glviz``: everything about an option comes from its definition in the settings.

Nothing heavy is imported before it is known to be needed: ``--help`` and ``--info`` load
no OpenGL library, ``-o`` no window library.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from glviz.errors import UsageError, ViewerError
from glviz.options import Option, options
from glviz.settings import Settings

if TYPE_CHECKING:
    from glviz.documents import Document
    from glviz.scene.camera import Camera

__all__ = ["main"]

USAGE = """glviz FILE [FILE ...] [--path FILE.csv] [options]
       glviz FILE [FILE ...] -o OUT.png [--resolution W,H] [options]
       glviz FILE [FILE ...] --info [--json]
       glviz --sample NAME [-o OUT.png] [options]"""

DESCRIPTION = """Draws loss landscapes of neural networks: in a window, or with -o as a picture, which needs
no display. Several surfaces stand side by side and turn together, several curves share a plot.
Without a file, a sample is shown."""

EPILOG = """exit codes: 0 ok, 2 usage, 3 unreadable input, 4 no usable OpenGL or display, 130 interrupted
In the window, H shows the keys."""

_NEGATIVE = re.compile(r"-(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$")
_LARGEST_SIDE_PX = 16384


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    from compute.console import prepare_streams
    from compute.files import FileFormatError

    prepare_streams()
    try:
        code = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
        return code
    except (ViewerError, FileFormatError) as error:
        print(f"glviz: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output went away, e.g. head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (OSError, MemoryError) as error:  # e.g. printing on a full disk
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        print(f"glviz: {reason}.\nCheck the room that is left.", file=sys.stderr)
        return 2


def _run(argv: Sequence[str]) -> int:
    parser = make_parser()
    arguments, unknown = parser.parse_known_args(_join_negative(argv))
    if unknown:
        parser.error(_unknown(parser, unknown[0]))
    if arguments.version:
        from glviz import __version__

        print(f"glviz {__version__}")
        return 0
    if arguments.samples:
        return _list_samples()
    output = _output(arguments, parser)
    size_px = _resolution(arguments.resolution, parser)
    settings, camera = _chosen(arguments, parser)
    documents = _open(arguments, settings.field, parser)

    if arguments.info:
        from compute import facts
        from compute.console import as_json

        found = [
            facts.describe(document.data, document.path, field=settings.field, paths=document.paths)
            for document in documents
        ]
        print(as_json(found[0] if len(found) == 1 else found) if arguments.json else facts.as_text(*found))
        return 0

    from glviz.documents import check_fields, drawable

    for document in documents:
        drawable(document)
    check_fields(documents, settings.field, settings.color_by)
    if output is not None:
        if settings.compare == "step" and len(documents) > 1:
            parser.error("--compare step is for the window: with -o, give the file that shall be drawn")
        return _write_picture(documents, settings, camera, size_px, output)

    from glviz import app

    return app.run(documents, settings, camera, size_px)


def make_parser() -> argparse.ArgumentParser:
    """The parser, its options grouped as in the panel."""
    from glviz.scene.viewpoints import NAMED

    parser = _Parser(
        prog="glviz", usage=USAGE, description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("files", nargs="*", metavar="FILE", help="a surface or a curve: a PLY file")
    parser.add_argument(
        "--path", dest="path_files", action="append", default=[], metavar="FILE.csv",
        help="a descent path to draw on the surface, x,y[,loss] a line; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--sample", dest="sample_names", action="append", default=[], metavar="NAME",
        help="open a sample surface",
    )  # fmt: skip
    parser.add_argument("--samples", action="store_true", help="list the sample surfaces")
    parser.add_argument(
        "-o", "--output", metavar="OUT.png", help="write a picture (.png or .jpg), open no window"
    )
    parser.add_argument(
        "--resolution", metavar="W,H", help="size of the picture or of the window's contents in pixels"
    )
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
    from glviz.scene.camera import Camera

    return [*options(Settings), *options(Camera)]


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


def _chosen(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> tuple[Settings, Camera]:
    """Settings and camera from the flags that were given."""
    from glviz.scene.camera import Camera

    made: dict[type, dict[str, Any]] = {Settings: {}, Camera: {}}
    for kind, given in made.items():
        for item in options(kind):
            if not hasattr(arguments, item.name):
                continue
            value = getattr(arguments, item.name)
            try:
                given[item.name] = item.check(None if item.optional and value == "auto" else value)
            except ValueError as error:
                parser.error(str(error))
    settings, camera = Settings(**made[Settings]), _camera(arguments, made[Camera], parser)
    if settings.percentile_low >= settings.percentile_high:
        parser.error("--percentile-low must be below --percentile-high")
    return settings, camera


def _camera(
    arguments: argparse.Namespace, given: dict[str, Any], parser: argparse.ArgumentParser
) -> Camera:
    """The named view, with what was asked for besides."""
    from glviz.scene.camera import Camera
    from glviz.scene.viewpoints import NAMED, parse_point

    camera = Camera()
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


def _output(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> pathlib.Path | None:
    """Where the picture goes, held against the other options and the file system."""
    if arguments.json and not arguments.info:
        parser.error("--json goes with --info")
    if arguments.info and arguments.output is not None:
        parser.error("--info prints and -o draws: give one of them")
    if arguments.output is None:
        return None
    from glviz import pictures

    return pictures.check_output(arguments.output)


def _resolution(text: str | None, parser: argparse.ArgumentParser) -> tuple[int, int] | None:
    if text is None:
        return None
    match = re.fullmatch(r"\s*(\d{1,6})\s*[,xX×]\s*(\d{1,6})\s*", text)
    if match is None:
        parser.error(f"--resolution: expected W,H such as 1280,720, got {text!r}")
    width, height = int(match[1]), int(match[2])
    if not (16 <= width <= _LARGEST_SIDE_PX and 16 <= height <= _LARGEST_SIDE_PX):
        allowed = f"16 ... {_LARGEST_SIDE_PX}"
        parser.error(f"--resolution: each side must be {allowed} pixels, got {width},{height}")
    return width, height


def _open(
    arguments: argparse.Namespace, field: str, parser: argparse.ArgumentParser
) -> tuple[Document, ...]:
    from glviz.documents import open_document

    names = [pathlib.Path(name) for name in arguments.files]
    if arguments.sample_names or not names:
        from glviz.resources import samples

        try:
            known = samples()
        except FileNotFoundError:
            known = {}
        if not names and not arguments.sample_names:
            arguments.sample_names = _first_sample(known, parser)
        names += [_sample(name, known, parser) for name in arguments.sample_names]
    return tuple(open_document(name, arguments.path_files, field=field) for name in names)


def _first_sample(known: dict[str, pathlib.Path], parser: argparse.ArgumentParser) -> list[str]:
    """What is shown when nothing is asked for."""
    found = sorted(name for name in known if name.startswith("resnet56") and "noshort" not in name)
    if not found:
        parser.error("no file given: glviz FILE")
    return found[:1]


def _sample(name: str, known: dict[str, pathlib.Path], parser: argparse.ArgumentParser) -> pathlib.Path:
    from difflib import get_close_matches

    if name not in known:
        near = get_close_matches(name, list(known), 1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        parser.error(f"--sample: no {name!r}; {hint}there are: {', '.join(known) or 'none'}")
    return known[name]


def _list_samples() -> int:
    from glviz.resources import samples

    try:
        for name, path in samples().items():
            print(f"{name}\t{path}")
    except FileNotFoundError as error:
        raise UsageError(str(error)) from None
    return 0


def _write_picture(
    documents: tuple[Document, ...],
    settings: Settings,
    camera: Camera,
    size_px: tuple[int, int] | None,
    output: pathlib.Path,
) -> int:
    from glviz import offscreen, pictures
    from glviz.arrange import Arranger

    views = Arranger().arrange(documents, settings)
    size_px = size_px or default_size(len(views))
    image = offscreen.screenshot(views, camera, size_px)
    for view in views:
        for notice in view.notices:
            print(f"glviz: {view.title}: {notice}", file=sys.stderr)
    pictures.save(image, output)
    print(f"glviz: wrote {output} ({image.width} × {image.height})", file=sys.stderr)
    return 0


def default_size(count: int) -> tuple[int, int]:
    """Size of a picture of ``count`` files, in pixels."""
    return (1280, 960) if count == 1 else (min(960 * count, 2880), 840 if count < 4 else 1440)
