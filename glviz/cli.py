"""The command ``glviz``: files in, a window, a picture or numbers out.

Nothing heavy is imported before it is known to be needed: ``--help`` and ``--info`` load
no OpenGL library, ``-o`` no window library.
"""

from __future__ import annotations

import argparse
import gc
import os
import pathlib
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from glviz.arguments import chosen, given, parse, resolution
from glviz.errors import UsageError, ViewerError
from glviz.interrupts import INTERRUPTED, deferred, leaving_at_once, never_another_error
from glviz.outputs import print_lacking, print_notices, write_film, write_map
from glviz.settings import Settings

if TYPE_CHECKING:
    from glviz.documents import Document
    from glviz.films.options import FilmOptions
    from glviz.scene.camera import Camera
    from glviz.session import Session

__all__ = ["main"]

_MAPS = (".svg", ".pdf")
_SESSION = ".glviz"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    with leaving_at_once():
        from compute.console import prepare_streams
        from compute.files import FileFormatError

    prepare_streams()
    try:
        with never_another_error():
            code = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
        return code
    except (ViewerError, FileFormatError) as error:
        print(f"glviz: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output went away, e.g. head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (OSError, MemoryError) as error:  # e.g. printing on a full disk
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        print(f"glviz: {reason}.\nCheck the room that is left.", file=sys.stderr)
        return 2


def _run(argv: Sequence[str]) -> int:
    arguments, parser = parse(argv)
    if arguments.version:
        from glviz import __version__

        print(f"glviz {__version__}")
        return 0
    if arguments.samples:
        return _list_samples()
    kept, names = _session(arguments.files, parser)
    settings, camera = chosen(arguments, parser, kept)
    output = _output(arguments, settings, parser)
    filmed = _films(arguments, settings, parser)
    size_px = resolution(arguments.resolution, parser)
    if output is not None and output.suffix.lower() not in (*_MAPS, _SESSION):
        from glviz import driver

        driver.begin_loading()
    documents = _open(names, arguments, settings.field, kept, parser)

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
    _check_count(documents, output, filmed)
    check_fields(documents, settings.field, settings.color_by)
    if output is not None and output.suffix.lower() == _SESSION:
        _write_session(documents, settings, camera, size_px, output, kept)
        return 0
    if output is not None or filmed:
        if kept is None or hasattr(arguments, "compare"):  # a session knows which file it shows
            from glviz.arrange import check_compare

            for notice in check_compare(documents, settings):
                print(f"glviz: {notice}", file=sys.stderr)
        active = kept.active if kept is not None else 0
        if output is not None and output.suffix.lower() in _MAPS:
            from glviz.vector.options import MapOptions

            page = MapOptions(**given(arguments, parser, MapOptions))
            write_map(documents, settings, output, page, active)
        elif output is not None:
            _write_picture(documents, settings, camera, size_px, output, kept)
        size_px, pixel_scale = _size(size_px, kept)
        for number, (kind, path, film) in enumerate(filmed):
            gc.enable()  # a picture leaves next to nothing behind, but hundreds of them do
            write_film(
                kind, documents, settings, camera, path, film, size_px, active,
                pixel_scale=pixel_scale, told=output is not None or number > 0,
            )  # fmt: skip
        return 0

    with deferred():  # the libraries of the window
        from glviz import app
    from glviz.films.options import FilmOptions
    from glviz.vector.options import MapOptions

    gc.enable()
    return app.run(
        documents, settings, camera, size_px, active=kept.active if kept is not None else 0,
        film=FilmOptions(**given(arguments, parser, FilmOptions)),
        page=MapOptions(**given(arguments, parser, MapOptions)),
    )  # fmt: skip


def _output(
    arguments: argparse.Namespace, settings: Settings, parser: argparse.ArgumentParser
) -> pathlib.Path | None:
    """Where the picture goes, held against the other options and the file system."""
    if arguments.json and not arguments.info:
        parser.error("--json goes with --info")
    if arguments.info and arguments.output is not None:
        parser.error("--info prints and -o draws: give one of them")
    if arguments.output is None:
        return None
    from glviz import pictures

    path = pathlib.Path(arguments.output)
    if path.suffix.lower() not in _MAPS:
        if hasattr(arguments, "map_width"):
            parser.error("--map-width goes with -o OUT.svg or OUT.pdf")
        if path.suffix.lower() == _SESSION:
            return pictures.check_place(path)
        return pictures.check_output(path, transparent=settings.transparent)
    if arguments.resolution is not None or hasattr(arguments, "scale"):
        parser.error(f"{path} is no picture of pixels: instead of --resolution and --scale, give --map-width")
    if arguments.turntable is None and arguments.replay is None:
        _check_from_above(arguments, path, parser)
    return pictures.check_place(path)


def _check_from_above(
    arguments: argparse.Namespace, path: pathlib.Path, parser: argparse.ArgumentParser
) -> None:
    """A map has no view of its own: what would turn it, or make its surface higher, is refused."""
    from glviz.options import options
    from glviz.scene.camera import Camera

    turned = [item.flag for item in options(Camera) if hasattr(arguments, item.name)]
    turned += ["--exaggeration"] * hasattr(arguments, "exaggeration")
    turned += ["--target"] * (arguments.target is not None)
    turned += ["--view"] * (arguments.view not in (None, "map"))
    if turned:
        parser.error(f"{path} is a map, seen from above, without {turned[0]}; end the name in .png")


def _films(
    arguments: argparse.Namespace, settings: Settings, parser: argparse.ArgumentParser
) -> list[tuple[str, pathlib.Path, FilmOptions]]:
    """The films that are wanted: kind, path, length and rate."""
    from glviz.films.options import FilmOptions, check_output

    asked = {kind: getattr(arguments, kind) for kind in ("turntable", "replay")}
    wanted = {kind: path for kind, path in asked.items() if path is not None}
    options = given(arguments, parser, FilmOptions)
    if options and not wanted and (arguments.info or arguments.output is not None):
        parser.error(f"--{next(iter(options))} goes with --turntable or --replay")
    if wanted and arguments.info:
        parser.error(f"--info prints and --{next(iter(wanted))} draws: give one of them")
    film = FilmOptions(**options)
    found = []
    for kind, name in wanted.items():
        path = check_output(name, f"--{kind}", transparent=settings.transparent)
        film.count(path)  # or say now what is wrong
        found.append((kind, path, film))
    return found


def _session(
    files: Sequence[str], parser: argparse.ArgumentParser
) -> tuple[Session | None, list[str]]:
    """The session among the files, if any is one, and the other files."""
    from glviz import session

    kept = [name for name in files if session.is_session(name)]
    if len(kept) > 1:
        parser.error(f"{kept[0]} and {kept[1]} are pictures or sessions: open one at a time")
    found = session.load(kept[0]) if kept else None
    return found, [name for name in files if name not in kept]


def _open(
    files: Sequence[str],
    arguments: argparse.Namespace,
    field: str,
    kept: Session | None,
    parser: argparse.ArgumentParser,
) -> tuple[Document, ...]:
    from glviz.documents import open_document

    names = [pathlib.Path(name) for name in files]
    if arguments.sample_names or not (names or kept):
        from glviz.resources import samples

        try:
            known = samples()
        except FileNotFoundError:
            known = {}
        if not names and not arguments.sample_names:
            arguments.sample_names = _first_sample(known, parser)
        names += [_sample(name, known, parser) for name in arguments.sample_names]
    if kept is None:
        return tuple(
            open_document(name, arguments.path_files, field=field, undo_log=arguments.undo_log)
            for name in names
        )
    from glviz.session import reopen

    documents, notices = reopen(
        kept, names, arguments.path_files, field=field, undo_log=arguments.undo_log
    )
    for notice in notices:
        print(f"glviz: {notice}", file=sys.stderr)
    return documents


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


def _check_count(
    documents: Sequence[Document], output: pathlib.Path | None, filmed: Sequence[object]
) -> None:
    """What keeps a session, as a PNG picture and the window do, shows no more files than one can hold."""
    from glviz.session import check_count

    if output is not None and output.suffix.lower() in (".png", _SESSION):
        check_count(documents, f"writing {output}")
    elif output is None and not filmed:
        check_count(documents, "opening the window")


def _write_session(
    documents: tuple[Document, ...],
    settings: Settings,
    camera: Camera,
    size_px: tuple[int, int] | None,
    output: pathlib.Path,
    kept: Session | None,
) -> None:
    from glviz import session

    found = session.capture(documents, settings, camera, size_px=size_px)
    if kept is not None:
        found = replace(found, active=kept.active)
        if size_px is None:
            found = replace(found, size_px=kept.size_px, pixel_scale=kept.pixel_scale)
    session.save(found, output)
    print(f"glviz: wrote {output}", file=sys.stderr)


def _size(
    size_px: tuple[int, int] | None, kept: Session | None
) -> tuple[tuple[int, int] | None, float | None]:
    """The size that was asked for, else the session's, with the size of its text and lines."""
    if size_px is None and kept is not None and kept.size_px is not None:
        return kept.size_px, kept.pixel_scale
    return size_px, None


def _write_picture(
    documents: tuple[Document, ...],
    settings: Settings,
    camera: Camera,
    size_px: tuple[int, int] | None,
    output: pathlib.Path,
    kept: Session | None,
) -> None:
    from glviz import offscreen, pictures, session
    from glviz.arrange import Arranger

    active = kept.active if kept is not None else 0
    views = Arranger().arrange(documents, settings, active)
    size_px, pixel_scale = _size(size_px, kept)
    size_px = size_px or offscreen.default_size(len(views))
    pixel_scale = pixel_scale or offscreen.pixel_scale_for(size_px)
    pixels = offscreen.screenshot(
        views, camera, size_px,
        scale=settings.scale, pixel_scale=pixel_scale, transparent=settings.transparent,
        tell=lambda notice: print(f"glviz: {notice}", file=sys.stderr),
    )  # fmt: skip
    print_notices(views)
    print_lacking(views)
    text = session.text_for(
        output, documents, settings, camera, size_px=size_px, pixel_scale=pixel_scale, active=active
    )
    pictures.save(pixels, output, text)
    print(f"glviz: wrote {output} ({pixels.shape[1]} × {pixels.shape[0]})", file=sys.stderr)
