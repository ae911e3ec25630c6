"""CSV and TSV files: a line for each point, a header that names the columns.

    # loss-surface 1
    # meta {"model": "mlp", ..., "shape": [51, 51]}
    x,y,loss,accuracy,status
    -1,-1,2.3025850929940459,0.1,1

Columns come in any order, parted by commas, semicolons (then with decimal commas, as
spreadsheets in much of Europe write), tabs or blanks; ``#`` starts a comment. Without a ``y``
the file is a curve. Without a header there must be three columns, x, y and the loss. The
comments are those of a PLY file. What has no place here is what is no value at a grid
point: descent paths and critical points.

A descent path is a list of points too, but one that fills no grid: the viewer takes it as
``--path``.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from itertools import chain, count, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.files.atomic import replacing
from compute.files.errors import FileFormatError, counted, shown
from compute.files.ply.dialect import MARK, STATUS, comments_of, dialect_of, valid_name
from compute.files.ply.read import arranged
from compute.files.ply.table import ArrayTable
from compute.surface import Curve, HeightMesh, Surface

__all__ = ["left_out", "load", "matches", "save"]

Floats = NDArray[np.float64]

MOST_BYTES = 512 * 2**20
MOST_COLUMNS = 512
MOST_LINES = 5_000_000
MOST_VALUES = 2**27  # a GiB of them
LONGEST_LINE = 1_000_000  # characters
SMALLER = "Convert it where it was made to NPZ or PLY: binary is smaller."
X_NAMES = ("x", "alpha", "\N{GREEK SMALL LETTER ALPHA}", "pc1", "xcoordinates")
Y_NAMES = ("y", "beta", "\N{GREEK SMALL LETTER BETA}", "pc2", "ycoordinates")
_SEPARATOR_TOLD = re.compile(r'"?sep=.?"?', re.IGNORECASE)  # first line of files made for Excel
_MARKS = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
          (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
FORM = "A surface has a header such as x,y,loss and a line for each point of its grid."
PATH_HINT = (
    "If it is a descent path, open the surface with --path for this file: glviz SURFACE --path THIS.csv"
)


def matches(head: bytes) -> bool:
    """Whether a file that begins like this is a text file of ours."""
    return head.startswith(f"# {MARK}".encode())


def load(path: str | os.PathLike[str], *, field: str | None = None) -> Surface | Curve | HeightMesh:
    """Read a CSV file.

    Args:
        path: the file, UTF-8, or UTF-16 or UTF-32 with its mark.
        field: the column to take as height; by default the file's own choice, ``loss``, or
            the likeliest one.

    Raises:
        FileFormatError: it cannot be read, is no table of numbers, or its points fill no grid.
    """
    lines, comments = _lines(*_content(path), path)
    if lines and _SEPARATOR_TOLD.fullmatch(lines[0][1]):
        del lines[0]
    if not lines:
        raise FileFormatError(path, "it has no lines of numbers", FORM)
    delimiter = _delimiter(lines[0][1])
    first = _cells(lines[0][1], delimiter)
    if len(first) > MOST_COLUMNS:
        found = f"it has {len(first):,} columns, more than {MOST_COLUMNS}"
        raise FileFormatError(path, found, FORM, where=f"line {lines[0][0]}")
    if any(_number(cell, delimiter) is None for cell in first if cell):
        names, rows = first, lines[1:]
    else:
        names, rows = _unnamed(first, path, lines[0][0]), lines
    names = _columns(names, path, lines[0][0])
    values = _values(rows, names, delimiter, path)
    table: dict[str, NDArray[Any]] = {name: values[:, k] for k, name in enumerate(names) if name}
    unnamed = [k for k, name in enumerate(names) if not name and not np.isnan(values[:, k]).all()]
    notices = (f"{counted(len(unnamed), 'column')} without a name: left out.",) if unnamed else ()
    if "x" in table and "y" not in table:
        table["y"] = np.zeros(len(values))
    dialect = dialect_of(comments)
    if not dialect.marked and field is None and not {"loss", "z"} & set(table):
        others = [name for name in table if name not in ("x", "y")]
        field = next((name for name in others if "loss" in name.lower()), None)
        field = field or (others[0] if len(others) == 1 else None)
    points = ArrayTable("vertex", table)
    loaded = arranged(path, {"vertex": points}, field=field, dialect=dialect, notices=notices)
    if isinstance(loaded, HeightMesh):
        found = f"its points ({len(values):,}) fill no grid: not every x goes with every y, once"
        raise FileFormatError(path, found, f"{FORM} {PATH_HINT}")
    return loaded


def save(obj: Surface | Curve, path: str | os.PathLike[str]) -> None:
    """Write a surface or a curve; the old file stays as it was unless all goes well.

    Values come back as they were (but for the payload of a NaN); see `left_out` for what
    does not.

    Args:
        obj: what to write.
        path: where; ``.tsv`` parts the columns by tabs.

    Raises:
        TypeError: it is neither a surface nor a curve.
        ValueError: a metric's name cannot be that of a column, or meta has no place in JSON.
        OSError: the file cannot be written.
    """
    if not isinstance(obj, Surface | Curve):
        kind = type(obj).__name__
        raise TypeError(
            f"saving {os.fsdecode(path)}: only surfaces and curves can be saved, this is a {kind}"
        )
    columns: dict[str, NDArray[np.generic]] = {}
    shape = [int(size) for size in obj.loss.shape]
    if isinstance(obj, Surface):
        columns["x"], columns["y"] = (axis.ravel() for axis in np.meshgrid(obj.x, obj.y))
    else:
        columns["x"] = obj.x
    if obj.field in obj.metrics:
        raise ValueError(f"metric {obj.field!r} has the name of the height: rename it")
    # As in a PLY file: the height is called loss, and its own name is in the comments.
    height = obj.field if "loss" in obj.metrics else "loss"
    for name, values in ((height, obj.loss), *obj.metrics.items()):
        _check_name(name, columns)
        columns[name] = values.ravel()
    structure = {"shape": shape, **({"field": obj.field} if obj.field != "loss" else {})}
    delimiter = "\t" if os.fsdecode(path).lower().endswith(".tsv") else ","
    header = io.StringIO()
    csv.writer(header, delimiter=delimiter, lineterminator="\n").writerow([*columns, STATUS])
    rows = np.column_stack([*columns.values(), obj.status.ravel().astype(np.float64)])
    with replacing(path) as stream:
        for comment in comments_of(obj.meta, structure):
            stream.write(f"# {comment}\n".encode("ascii"))
        stream.write(header.getvalue().encode("utf-8"))
        np.savetxt(stream, rows, ["%.17g"] * len(columns) + ["%d"], delimiter)


def left_out(obj: Surface | Curve) -> tuple[str, ...]:
    """What of the object `save` has no place for, a sentence each."""
    told = [] if valid_name(obj.field) else [f"CSV cannot hold the name {obj.field[:60]!r}: called loss"]
    if isinstance(obj, Surface):
        held = (("descent paths", len(obj.paths)), ("critical points", len(obj.critical_points)))
        told += [f"CSV holds no {what}: {count:,} left out" for what, count in held if count]
    return tuple(told)


def _check_name(name: str, taken: dict[str, NDArray[np.generic]]) -> None:
    bad = not name or not name.isprintable() or name != name.strip().strip("'").strip()
    if bad or name in taken or name.lower() in (*X_NAMES, *Y_NAMES, "z", STATUS):
        raise ValueError(f"metric {name[:60]!r} cannot be the name of a column in a CSV file: rename it")


def _content(path: str | os.PathLike[str]) -> tuple[bytes, str]:
    """The bytes of the file, and how they are encoded.

    Raises:
        FileFormatError: it is too large, or no text.
    """
    try:
        with open(path, "rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        todo = "Check its name and its permissions."
        raise FileFormatError(path, error.strerror or str(error), todo) from error
    if len(data) > MOST_BYTES:
        raise FileFormatError(path, f"it is larger than {MOST_BYTES // 2**20} MiB", SMALLER)
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8-sig")
    if encoding == "utf-8-sig" and b"\0" in data:
        raise FileFormatError(path, "it is a binary file, no text", FORM)
    return data, encoding


def _lines(
    data: bytes, encoding: str, path: str | os.PathLike[str]
) -> tuple[list[tuple[int, str]], list[str]]:
    """Number and content of each line that is not empty, and the comments that fill a line.

    Raises:
        FileFormatError: there are too many lines, or one is too long, for a table of points.
    """
    lines: list[tuple[int, str]] = []
    comments: list[str] = []
    text = io.TextIOWrapper(io.BytesIO(data), encoding, errors="replace")
    for number in count(1):
        line = text.readline(LONGEST_LINE + 1)
        if not line:
            break
        if number > MOST_LINES:
            raise FileFormatError(path, f"it has more than {MOST_LINES:,} lines", SMALLER)
        if len(line) > LONGEST_LINE:
            found = f"a line has more than {LONGEST_LINE:,} characters"
            raise FileFormatError(path, found, FORM, where=f"line {number}")
        content = line.strip()
        if content.startswith("#"):
            comments.append(content[1:].removeprefix(" "))
        elif content:
            lines.append((number, content))
    return lines, comments


def _delimiter(line: str) -> str:
    """What parts the columns: "" stands for any white space."""
    return next((mark for mark in (";", "\t", ",") if mark in line), "")


def _cells(line: str, delimiter: str) -> list[str]:
    if not delimiter:
        return line.split()
    found = next(csv.reader([line], delimiter=delimiter), [])
    return [cell.strip().strip("'").strip() for cell in found]


def _number(cell: str, delimiter: str) -> float | None:
    if delimiter == ";":
        cell = cell.replace(",", ".")
    try:
        return float(cell) if "_" not in cell else None  # Python's 1_000
    except ValueError:
        return float("nan") if not cell or cell.lower() in ("na", "n/a", "null", "none") else None


def _unnamed(first: Sequence[str], path: str | os.PathLike[str], line: int) -> list[str]:
    """The columns of a file without a header.

    Raises:
        FileFormatError: they are not three.
    """
    if len(first) == 3:
        return ["x", "y", "loss"]
    found = f"it has no header, and {counted(len(first), 'column')}"
    if len(first) == 2:
        todo = f"Name them: x,loss for a curve. {PATH_HINT}"
    else:
        todo = f"A matrix of values alone does not say at which x and y they are. {FORM}"
    raise FileFormatError(path, found, todo, where=f"line {line}")


def _columns(names: Sequence[str], path: str | os.PathLike[str], line: int) -> list[str]:
    """The names of the columns, the coordinates called x and y.

    Raises:
        FileFormatError: there is no x, or a name occurs twice.
    """
    found = list(names)
    lower = [name.casefold() for name in names]
    for axis, known in (("x", X_NAMES), ("y", Y_NAMES)):
        at = next((lower.index(name) for name in known if name in lower), None)
        if at is not None:
            found[at] = axis
    where = f"line {line}"
    if "x" not in found:
        told = ", ".join(shown(name, 30) for name in islice(names, 8))
        raise FileFormatError(path, f"its header has no column x, but {told}", FORM, where=where)
    named = [name for name in found if name]
    if len(set(named)) != len(named):
        twice = next(name for name in named if named.count(name) > 1)
        raise FileFormatError(path, f"two columns are called {shown(twice, 40)}", FORM, where=where)
    if len(named) < 2 + ("y" in named):
        raise FileFormatError(path, "it has coordinates, but no values", FORM, where=where)
    return found


def _values(
    rows: Sequence[tuple[int, str]], names: Sequence[str], delimiter: str, path: str | os.PathLike[str]
) -> Floats:
    """(rows, columns) all numbers.

    Raises:
        FileFormatError: there are too many; a line has too few or too many, or something else.
    """
    if not rows:
        raise FileFormatError(path, "it has a header, but no lines of numbers", FORM)
    if len(rows) * len(names) > MOST_VALUES:
        found = f"it has {len(rows):,} lines of {len(names)} columns, more than {MOST_VALUES:,} values"
        raise FileFormatError(path, found, "Keep the columns that matter.")
    texts = (text for _, text in rows)
    try:
        if delimiter == ";":
            texts = (text.replace(",", ".") for text in texts)
        values = np.loadtxt(texts, delimiter=delimiter or None, comments=None, ndmin=2)
        if values.shape == (len(rows), len(names)):
            return values
    except (ValueError, OverflowError):
        pass  # the slow way takes empty cells too, or says what is wrong and where
    flat = np.fromiter(chain.from_iterable(_slowly(rows, names, delimiter, path)), np.float64)
    return flat.reshape(len(rows), len(names))


def _slowly(
    rows: Sequence[tuple[int, str]], names: Sequence[str], delimiter: str, path: str | os.PathLike[str]
) -> Iterator[list[float]]:
    for number, text in rows:
        cells = _cells(text.partition("#")[0].strip(), delimiter)
        where = f"line {number}"
        if len(cells) != len(names):
            found = f"{counted(len(cells), 'column')} where the header has {len(names)}"
            raise FileFormatError(path, found, FORM, where=where)
        row = []
        for name, cell in zip(names, cells, strict=True):
            value = _number(cell, delimiter)
            if value is None:
                found = f"{shown(cell, 40)} is not a number (column {shown(name, 40)})"
                raise FileFormatError(path, found, "Check the line.", where=where)
            row.append(value)
        yield row
