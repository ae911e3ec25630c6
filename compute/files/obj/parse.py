"""The vertices and faces of an OBJ file, read in pieces of bounded size.

    v X Y Z [W | R G B]      a vertex
    f A B C ...              a face: A is a vertex from 1, or from -1 backwards; A/vt/vn too

Everything else (normals, texture coordinates, materials, groups, free-form curves) is passed over.
A line may go on after a backslash. Wavefront, "Object files (.obj)", appendix B1 of the
Advanced Visualizer's manual.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from compute.files.errors import FileFormatError, shown

__all__ = ["Shape", "parse"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEWLINE = b"\n"
PIECE = 4 * 2**20  # bytes read at a time; the longest line that is taken
MOST_COMMENT = 16 * 2**20  # bytes of comments kept
_VERTEX = re.compile(rb"(?m)^[ \t]*v[ \t]+([^\r\n]*)")
_FACE = re.compile(rb"(?m)^[ \t]*f[ \t]+([^\r\n]*)")
_COMMENT = re.compile(rb"(?m)^#[ ]?([^\r\n]*)")
_NUMBER = b"0123456789+-.eEnaNAiIfFtTyY \t\n"
_INDEX = b"0123456789+- \t\n"


@dataclass(frozen=True, eq=False)
class Shape:
    """What an OBJ file says.

    Attributes:
        points: (n, 3) float64.
        triangles: (m, 3) int64 from 0; larger faces as fans.
        comments: those before the first face, without the mark.
    """

    points: Floats
    triangles: Ints
    comments: tuple[str, ...]


def parse(path: str | os.PathLike[str]) -> Shape:
    """Read an OBJ file.

    Raises:
        FileFormatError: a line cannot be understood, or there are no vertices.
        OSError: the file cannot be read.
    """
    points: list[Floats] = []
    triangles: list[Ints] = []
    comments: list[str] = []
    count, kept = 0, 0
    for first_line, piece in _pieces(path):
        found = _vertices(piece, first_line, path)
        faces = _faces(piece, count, first_line, path)
        if not triangles and kept < MOST_COMMENT:
            for text in _COMMENT.findall(piece):
                kept += len(text)
                comments.append(text.decode("utf-8", "replace").rstrip())
        if len(found):
            points.append(found)
            count += len(found)
        triangles += faces
    if not count:
        raise FileFormatError(path, "there is no vertex in it", "An OBJ file has lines such as: v 0 0 1.5")
    corners = np.concatenate([np.empty((0, 3), np.int64), *triangles])
    if corners.size and (corners.min() < 0 or corners.max() >= count):
        wrong = int(corners.max() if corners.max() >= count else corners.min())
        raise FileFormatError(
            path,
            f"a face has vertex {wrong + 1}, and there {'is' if count == 1 else 'are'} {count:,}",
            "Export it again; it was probably cut off.",
        )
    return Shape(np.concatenate(points), corners, tuple(comments))


def _pieces(path: str | os.PathLike[str]) -> Iterator[tuple[int, bytes]]:
    """Whole lines, and the number of the first of them."""
    line, rest = 1, b""
    with open(path, "rb") as stream:
        while True:
            read = stream.read(PIECE)
            if b"\0" in read:
                found = "it is binary, and OBJ files are text"
                raise FileFormatError(path, found, "Is it really an OBJ file?", where=f"line {line}")
            rest += read
            # A backslash joins a line with the next.
            cut = len(rest) if not read else rest.rfind(b"\n") + 1
            while read and cut and rest[max(0, cut - 3) : cut].rstrip(b"\r\n").endswith(b"\\"):
                cut = rest.rfind(b"\n", 0, cut - 1) + 1
            if cut == 0 and len(rest) > PIECE:
                found = f"a line has more than {PIECE // 2**20} million characters"
                raise FileFormatError(path, found, "Is it really an OBJ file?", where=f"line {line}")
            piece, rest = rest[:cut], rest[cut:]
            if piece:
                yield line, re.sub(rb"\\(\r\n|\n|\r)", b" ", piece) if b"\\" in piece else piece
                line += piece.count(b"\n")
            if not read:
                return


def _vertices(piece: bytes, first_line: int, path: str | os.PathLike[str]) -> Floats:
    texts = _VERTEX.findall(piece)
    if not texts:
        return np.empty((0, 3))
    joined = b"\n".join(texts)
    counts = _word_counts(joined)
    values = _numbers(joined, np.float64, _NUMBER)
    if values is None or values.size != counts.sum() or counts.min() < 3:
        _complain(piece, first_line, path)
    begin = np.cumsum(counts) - counts
    return np.asarray(values[begin[:, None] + np.arange(3)])


def _word_counts(text: bytes) -> Ints:
    """How many words each line has."""
    characters = np.frombuffer(text, np.uint8)
    blank = characters <= 32
    begins = ~blank
    begins[1:] &= blank[:-1]
    breaks = np.concatenate([[0], np.flatnonzero(characters == 10), [characters.size]])
    return np.asarray(np.diff(np.concatenate([[0], np.cumsum(begins)])[breaks]))


def _numbers(text: bytes, kind: type[Any], allowed: bytes) -> NDArray[Any] | None:
    """All words of a text as numbers, or None if one is none."""
    if text.translate(None, allowed):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return np.fromstring(text, kind, sep=" ")
    except (DeprecationWarning, ValueError):  # depending on the version of numpy
        return None


def _complain(piece: bytes, first_line: int, path: str | os.PathLike[str]) -> NoReturn:
    """Name the line of the vertex that is none.

    Raises:
        FileFormatError: always.
        AssertionError: there is no such vertex.
    """
    for match in _VERTEX.finditer(piece):
        words = match[1].split()
        bad = next((word for word in words if not _is_number(word)), None)
        if bad is None and len(words) >= 3:
            continue
        found = f"{shown(bad, 40)} is no number" if bad is not None else f"a vertex has {len(words)} numbers"
        where = _where(piece, match.start(), first_line)
        raise FileFormatError(path, found, "A vertex has three numbers, such as: v 0 0 1.5", where=where)
    raise AssertionError("one of the vertices is none")


def _where(piece: bytes, place: int, first_line: int) -> str:
    return f"line {first_line + piece.count(NEWLINE, 0, place)}"


def _is_number(word: bytes) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return not word.translate(None, _NUMBER)


def _faces(piece: bytes, before: int, first_line: int, path: str | os.PathLike[str]) -> list[Ints]:
    """Triangles, (m, 3) each, of the faces of a piece; ``before``: vertices in the pieces before it."""
    matches = list(_FACE.finditer(piece))
    if not matches:
        return []
    texts = [match[1] for match in matches]
    joined = b"\n".join(texts)
    if b"/" in joined:
        joined = re.sub(rb"/[^ \t\n]*", b"", joined)
    lengths = _word_counts(joined)
    flat = _numbers(joined, np.int64, _INDEX)
    if flat is None or flat.size != lengths.sum() or lengths.min() < 3:
        place = next((i for i, row in enumerate(joined.split(NEWLINE)) if not _is_face(row.split())), 0)
        where = _where(piece, matches[place].start(), first_line)
        found = f"{shown(texts[place], 40)} is no face"
        todo = "A face has three or more vertices by their numbers, such as: f 1 2 3"
        raise FileFormatError(path, found, todo, where=where)
    owner = np.repeat(np.arange(lengths.size), lengths)
    if (flat <= 0).any():
        if (flat == 0).any():
            place = int(owner[(flat == 0).argmax()])
            where = _where(piece, matches[place].start(), first_line)
            raise FileFormatError(path, "a face has vertex 0", "Vertices count from 1.", where=where)
        starts = np.array([match.start() for match in _VERTEX.finditer(piece)], np.int64)
        so_far = before + np.searchsorted(starts, [match.start() for match in matches])
        backwards = so_far[owner] + flat
        # Of nothing before the first: no vertex, whatever is added to it.
        flat = np.where(flat < 0, np.where(backwards < 0, -1, backwards), flat - 1)
    else:
        flat = flat - 1
    begin = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    found_triangles = []
    for length in np.unique(lengths).tolist():
        corners = flat[begin[lengths == length][:, None] + np.arange(length)]
        first = np.broadcast_to(corners[:, :1], (len(corners), length - 2))
        fan = np.stack([first, corners[:, 1:-1], corners[:, 2:]], axis=-1)
        found_triangles.append(fan.reshape(-1, 3))
    return found_triangles


def _is_face(row: list[bytes]) -> bool:
    return len(row) >= 3 and all(len(w) < 18 and re.fullmatch(rb"[+-]?\d+", w) for w in row)
