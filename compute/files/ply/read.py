"""From a PLY file to a surface, a curve or a mesh."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from io import FileIO

import numpy as np
from numpy.typing import NDArray

from compute.files.errors import counted
from compute.files.lattice import Lattice
from compute.files.ply.binary import LateTable, check_counts, locate, size_if_even
from compute.files.ply.body import FileBody
from compute.files.ply.dialect import Dialect, dialect_of
from compute.files.ply.errors import Origin
from compute.files.ply.faces import triangles_of
from compute.files.ply.header import MAX_HEADER, Header, parse_header
from compute.files.ply.marks import critical_points_of, paths_of
from compute.files.ply.table import Table
from compute.files.ply.text import read_tables
from compute.files.ply.vertices import Vertices, vertices_of
from compute.surface import OK, Curve, HeightMesh, Surface

__all__ = ["arranged", "load"]

# The last line with whatever ends it: a byte more, for a carriage return may be half of that.
_END = re.compile(rb"[\r\n]end_header[^\r\n]*[\r\n].", re.DOTALL)
_FACES = ("face", "tristrips")
_NOTHING = "There are no finite vertices: nothing can be drawn."


@dataclass(frozen=True)
class _File:
    """A file whose header is read and whose rows are found: its elements by name."""

    origin: Origin
    tables: dict[str, Table]
    dialect: Dialect
    notices: tuple[str, ...]

    def has(self, *elements: str) -> bool:
        """Whether there is a row of any of these elements."""
        return any(name in self.tables and self.tables[name].element.count for name in elements)


def load(path: str | os.PathLike[str], *, field: str | None = None) -> Surface | Curve | HeightMesh:
    """Read a PLY file of any encoding and dialect.

    Args:
        path: the file.
        field: the vertex scalar to take as height; by default the file's own choice, or the
            likeliest one.

    Raises:
        PlyError: the file cannot be read, or is no PLY file, or has no vertices.
        FileFormatError: it has no scalar called ``field``.
    """
    origin = Origin(os.fsdecode(path))
    try:
        # Any bits can be in a file, signalling NaNs too.
        with np.errstate(all="ignore"), open(path, "rb", buffering=0) as stream:
            file = _read(stream, origin)
            vertices = vertices_of(file.tables.get("vertex"), file.dialect, field, origin)
            return _arrange(file, vertices)
    except MemoryError:
        todo = "Close other programs, or export less."
        raise origin.error("there is not enough memory for it", todo) from None
    except OSError as error:
        raise origin.error(error.strerror or str(error), "Check its name and its permissions.") from error


def arranged(
    path: str | os.PathLike[str],
    tables: dict[str, Table],
    *,
    field: str | None = None,
    dialect: Dialect | None = None,
    notices: tuple[str, ...] = (),
) -> Surface | Curve | HeightMesh:
    """What the vertices of a file of any other format are, judged as those of a PLY file.

    Args:
        path: the file.
        tables: by name; ``vertex`` has x, y and z or other scalars, ``face`` has lists called
            ``vertex_indices``, ``edge`` has vertex1 and vertex2.
        field: the vertex scalar to take as height.
        dialect: what comments of ours say, if the format has any.
        notices: what is already to be told.

    Raises:
        PlyError: there are no vertices, or faces of numbers that are not whole.
        FileFormatError: there is no scalar called ``field``.
    """
    origin, dialect = Origin(os.fsdecode(path)), dialect or Dialect()
    with np.errstate(all="ignore"):
        vertices = vertices_of(tables.get("vertex"), dialect, field, origin)
        return _arrange(_File(origin, tables, dialect, (*notices, *dialect.notices)), vertices)


def _read(stream: FileIO, origin: Origin) -> _File:
    """The header, and where the rows are; the file must stay open until they have been read."""
    notices: list[str] = []
    header = parse_header(_head(stream), origin)
    body = FileBody(stream, header.size, origin)
    if header.byte_order_mark:
        notices.append("A byte order mark before the header was ignored.")
    tables: dict[str, Table] = {}
    if header.encoding == "text":
        text = body.read(0, body.size).tobytes()
        rows, about = read_tables(header.elements, text, header.lines + 1, origin)
        notices.extend(about)
        tables.update({table.element.name: table for table in rows})
    else:
        check_counts(header.elements, body.size, origin)
        offset = 0
        for number, element in enumerate(header.elements):
            place = element, body, offset, header.encoding, origin
            end = _end(header, number, body, offset, origin) if element.name in _FACES else None
            if end is not None:
                tables[element.name], offset = LateTable(*place), end
            else:
                tables[element.name], offset = locate(*place)
        if body.size > offset:
            spare = counted(body.size - offset, "byte")
            notices.append(f"{spare} after the declared data: ignored.")
    dialect = dialect_of(header.comments)
    return _File(origin, tables, dialect, (*notices, *dialect.notices))


def _end(header: Header, number: int, body: FileBody, offset: int, origin: Origin) -> int | None:
    """Where faces end whose rows are all alike, as the size of the whole file says; else None."""
    end, after = None, offset
    for element in header.elements[number:]:
        size = size_if_even(element, body, after, header.encoding, origin)
        if size is None or after + size > body.size:
            return None
        after += size
        end = after if end is None else end
    return end if after == body.size else None


def _head(stream: FileIO) -> bytes:
    """The first bytes of a file, among them all of its header; mostly 64 KiB are enough."""
    head = b""
    while len(head) < MAX_HEADER:
        more = stream.read(max(1 << 16, len(head)))
        head += more or b""
        if not more or _END.search(head):
            break
    return head[:MAX_HEADER]


def _arrange(file: _File, v: Vertices) -> Surface | Curve | HeightMesh:
    """The kind of thing that the vertices are."""
    notices = (*file.notices, *v.notices)
    stated = file.dialect.shape
    shape = (stated[0], stated[1]) if stated is not None and len(stated) == 2 else None
    lattice = v.lattice
    if lattice is not None and (min(lattice.shape) > 1 or lattice.shape == shape):
        return _surface(file, lattice, v, notices)
    drawable = np.isfinite(v.height)
    if lattice is None:  # else all positions are finite
        drawable &= np.isfinite(v.x) & np.isfinite(v.y)
    if v.status is not None:
        drawable &= v.status == OK
    finite = int(np.count_nonzero(drawable))
    if finite == 0:
        notices = (*notices, _NOTHING)
    if not file.has(*_FACES):
        curve = _curve(file, lattice, v, notices)
        if curve is not None:
            return curve
    if shape is not None:
        notices = (*notices, f"The file says that it is a grid of {shape[0]} x {shape[1]}, but it is none.")
    if 0 < finite < v.x.size:
        notices = (*notices, f"{v.x.size - finite:,} of {v.x.size:,} vertices: not finite.")
    return _mesh(file, v, notices)


def _surface(file: _File, lattice: Lattice, v: Vertices, notices: tuple[str, ...]) -> Surface:
    paths, about_paths = paths_of(file.tables.get("path_point"), file.dialect.path_names)
    points, about_points = critical_points_of(file.tables.get("critical_point"))
    meta = dict(file.dialect.meta)
    if paths and file.dialect.path_names is not None:
        del meta["paths"]  # now the names of the paths themselves
    surface = Surface(
        lattice.x,
        lattice.y,
        lattice.arranged(v.height),
        metrics={name: lattice.arranged(values) for name, values in v.others.items()},
        status=None if v.status is None else lattice.arranged(v.status),  # type: ignore[arg-type]
        meta=meta,
        paths=paths,
        critical_points=points,
        field=v.field,
        notices=(*notices, *about_paths, *about_points),
    )
    if not surface.finite.any():
        surface = surface.replace(notices=(*notices, _NOTHING, *about_paths, *about_points))
    return surface


def _curve(file: _File, lattice: Lattice | None, v: Vertices, notices: tuple[str, ...]) -> Curve | None:
    """The vertices as a curve over x, if that is what they are."""
    along = v.x
    if lattice is not None and (lattice.x.size > 1 or file.dialect.shape == (v.x.size,)):
        order = lattice.order.reshape(-1)
    elif lattice is not None and lattice.y.size > 1:
        order, along = lattice.order.reshape(-1), v.y
        notices = (*notices, "x is the same everywhere: the curve runs along y.")
    elif file.has("edge") and np.isfinite(v.x).all():
        order = np.argsort(v.x, kind="stable")
        if not (np.diff(v.x[order]) > 0).all() or not _joins_neighbours(file.tables["edge"], order):
            return None
        notices = (*notices, "The line bends in the plane; it is drawn over x.")
    else:
        return None
    return Curve(
        along[order],
        v.height[order],
        metrics={name: values[order] for name, values in v.others.items()},
        status=None if v.status is None else v.status[order],  # type: ignore[arg-type]
        meta=file.dialect.meta,
        field=v.field,
        notices=notices,
    )


def _joins_neighbours(edges: Table, order: NDArray[np.intp]) -> bool:
    """Whether edges join each vertex with the next one along x and no others."""
    if not {"vertex1", "vertex2"} <= set(edges.element.scalars):
        return False
    place = np.empty(order.size)
    place[order] = np.arange(order.size)
    ends = np.stack([edges.scalar("vertex1"), edges.scalar("vertex2")])
    if not ((ends >= 0) & (ends < order.size) & (ends == np.floor(ends))).all():
        return False
    first, second = place[ends.astype(np.int64)]
    joined = np.unique(np.minimum(first, second))
    return bool((np.abs(first - second) == 1).all()) and joined.size == order.size - 1


def _mesh(file: _File, v: Vertices, notices: tuple[str, ...]) -> HeightMesh:
    triangles, about = triangles_of(file.tables, v.x.size, file.origin)
    notices = (*notices, *about)
    if not file.has(*_FACES) and v.x.size > 1:
        notices = (*notices, "The points are no grid, and there are no faces to join them.")
    meta = file.dialect.meta
    return HeightMesh(
        v.x, v.y, v.height, triangles, fields=v.others, meta=meta, field=v.field, notices=notices
    )
