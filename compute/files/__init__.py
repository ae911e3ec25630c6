"""Surfaces, curves and meshes from files and into files.

`load` and `save` choose the format by the file name's extension; a file without a known
one is tried by its first bytes. A format is a module with ``matches`` and ``load`` where it
can be read, and with ``save`` where it can be written, named once in `FORMATS` and imported
when it is first needed.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import stat
from dataclasses import dataclass
from typing import Any

from compute.files.errors import FileFormatError, MissingExtraError, shown
from compute.surface import Curve, HeightMesh, Path, Surface

__all__ = [
    "FORMATS",
    "FileFormatError",
    "Format",
    "MissingExtraError",
    "format_of",
    "load",
    "load_paths",
    "readable",
    "save",
    "writable",
]


@dataclass(frozen=True)
class Format:
    """A file format, and the module that knows it.

    Attributes:
        name: as messages call it.
        extensions: lower case, with dot.
        module: has ``matches(head)`` and ``load(path, field=)`` where the format is read, and
            ``save(obj, path, **options)`` where it is written, and then
            ``left_out(obj, **options)``, a sentence for each thing that is lost, unless nothing
            is. A ``save`` that makes a model returns what it found or left out.
        reads, writes: whether it is.
        lossless: whether everything that a surface or a curve holds comes back from it.
        options: keywords that its ``save`` takes.
        extra: the optional part of this package that it needs, "" for none.
        library: the module that is there when that part is installed.
    """

    name: str
    extensions: tuple[str, ...]
    module: str
    reads: bool = True
    writes: bool = True
    lossless: bool = False
    options: tuple[str, ...] = ()
    extra: str = ""
    library: str = ""

    def __call__(self) -> Any:
        """The module."""
        return importlib.import_module(self.module)

    def check_installed(self, path: str | os.PathLike[str], doing: str) -> None:
        """Make sure that what the format needs is there.

        Args:
            path: the file that is going to be read or written.
            doing: "reading" or "writing".

        Raises:
            MissingExtraError: it is not.
        """
        if self.library and importlib.util.find_spec(self.library) is None:
            raise MissingExtraError(path, f"{self.name} files", self.library, self.extra, doing=doing)


_MODEL = ("colormap", "size", "max_triangles")

FORMATS = (
    Format("PLY", (".ply",), "compute.files.ply", lossless=True, options=("text",)),
    Format("HDF5", (".h5", ".hdf5"), "compute.files.hdf5", lossless=True),
    Format("VTP", (".vtp",), "compute.files.vtp", lossless=True, extra="vtk", library="vtkmodules"),
    Format("NPZ", (".npz",), "compute.files.npz", lossless=True),
    Format("CSV", (".csv", ".tsv"), "compute.files.csv"),
    Format("OBJ", (".obj",), "compute.files.obj", options=_MODEL),
    Format("GLB", (".glb",), "compute.files.glb", reads=False, options=_MODEL),
    Format(
        "USDZ", (".usdz",), "compute.files.usdz", reads=False, options=_MODEL, extra="usd", library="pxr"
    ),
    Format("STL", (".stl",), "compute.files.stl", reads=False, options=("size", "max_triangles")),
)  # fmt: skip


def load(
    path: str | os.PathLike[str], *, field: str | None = None, undo_log: bool = False
) -> Surface | Curve | HeightMesh:
    """What a file holds: a `Surface` for a grid in any vertex order, a `Curve`, or else a `HeightMesh`.

    Args:
        path: the file.
        field: the name of the vertex scalar to take as height; by default the file's own
            choice, else the likeliest one (the result's ``notices`` say what was guessed).
        undo_log: the heights are ln(loss + 0.1), as some programs write them: give the loss.

    Raises:
        FileFormatError: the file is missing, not readable, of no known format, broken, or
            without such a field; or its format needs a library that is not installed.
    """
    head = _head(path)
    format_ = format_of(path) or next(
        (known for known in FORMATS if known.reads and known().matches(head)), None
    )
    if format_ is None:
        raise FileFormatError(path, *_unknown(path, readable()))
    if not format_.reads:
        found = f"{format_.name} files are written for other programs, not read"
        raise FileFormatError(path, found, _known(readable()))
    format_.check_installed(path, "reading")
    loaded: Surface | Curve | HeightMesh = format_().load(path, field=field)
    if undo_log:
        from compute.files.log_heights import without_log

        loaded = without_log(loaded, path)
    return loaded


def save(obj: Surface | Curve, path: str | os.PathLike[str], **options: Any) -> tuple[str, ...]:
    """Write a surface or a curve to ``path``, which is replaced whole or left as it was.

    Args:
        obj: what to write.
        path: its extension names the format.
        **options: what the format can be told, e.g. ``text=True`` for numbers as text.

    Returns:
        Of models, what was found or left out while they were made, a sentence each.

    Raises:
        FileFormatError: the extension names no format that is written, or its format needs
            a library that is not installed.
        ValueError: the object cannot be represented in it, e.g. a metric named "my loss".
        TypeError: it is neither a surface nor a curve, or the format has no such option.
        OSError: the file cannot be written.
    """
    format_ = format_of(path)
    if format_ is None or not format_.writes:
        raise FileFormatError(path, *_unknown(path, writable()), doing="writing")
    unknown = [name for name in options if name not in format_.options]
    if unknown:
        takes = ", ".join(format_.options) or "none"
        raise TypeError(
            f"saving {os.fsdecode(path)}: {format_.name} has no option {unknown[0]!r}; it has: {takes}"
        )
    format_.check_installed(path, "writing")
    return format_().save(obj, path, **options) or ()


def load_paths(path: str | os.PathLike[str]) -> tuple[Path, ...]:
    """The descent paths in a file: lines of x, y and perhaps the loss, a projection file, or a surface's own.

    Args:
        path: a text file, an HDF5 file as tomgoldstein/loss-landscape writes it for a
            trajectory, or a surface that holds paths.

    Raises:
        FileFormatError: it cannot be read, or holds no path.
    """
    from compute.files.descent_paths import read_path_csv

    known = format_of(path)
    if known is None or known.name == "CSV":
        return (read_path_csv(path),)
    if known.name == "HDF5":
        _head(path)
        found: tuple[Path, ...] = known().load_path(path)
        return found
    loaded = load(path)
    if isinstance(loaded, Surface) and loaded.paths:
        return loaded.paths
    kind = {Surface: "surface", Curve: "curve"}.get(type(loaded), "mesh")
    found_text = f"it is a {kind} without descent paths"
    raise FileFormatError(path, found_text, "Give a file with x, y on each line.", doing="taking paths from")


def readable() -> tuple[Format, ...]:
    """The formats that `load` takes."""
    return tuple(known for known in FORMATS if known.reads)


def writable() -> tuple[Format, ...]:
    """The formats that `save` takes."""
    return tuple(known for known in FORMATS if known.writes)


def format_of(path: str | os.PathLike[str]) -> Format | None:
    """The format that a file name's extension stands for."""
    extension = os.path.splitext(os.fsdecode(path))[1].lower()
    return next((known for known in FORMATS if extension in known.extensions), None)


def _head(path: str | os.PathLike[str]) -> bytes:
    """The first bytes of an ordinary file; pipes and devices could block or never end."""
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode):
            kind = "a directory" if stat.S_ISDIR(mode) else "not an ordinary file"
            raise FileFormatError(path, f"it is {kind}", "Name a file on a disk.")
        with open(path, "rb") as stream:
            return stream.read(64)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        found = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise FileFormatError(path, found, "Check its name and its permissions.") from error


def _unknown(path: str | os.PathLike[str], formats: tuple[Format, ...]) -> tuple[str, str]:
    """What was found, and what to do, about a file of no known format."""
    extension = os.path.splitext(os.fsdecode(path))[1]
    known = format_of(path)
    if known is not None:
        found = f"{known.name} files are read, not written"
    elif extension:
        found = f"the extension {shown(extension, 40)} is not known"
    else:
        found = "its name has no extension"
    return found, _known(formats)


def _known(formats: tuple[Format, ...]) -> str:
    names = ", ".join(f"{known.name} ({' '.join(known.extensions)})" for known in formats)
    return f"Known formats: {names}."
