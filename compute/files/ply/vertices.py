"""The vertices of a PLY file: which of their properties is the height, and what the others are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.errors import listing
from compute.files.errors import FileFormatError, shown
from compute.files.heights import choose_height
from compute.files.ply.dialect import STATUS, Dialect
from compute.files.ply.errors import Origin
from compute.files.ply.table import Table
from compute.surface import FAILED

__all__ = ["Vertices", "vertices_of"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Vertices:
    """Vertices whose height is chosen; every array is (n,).

    Attributes:
        x, y: positions.
        height: the quantity shown.
        field: its name.
        others: the further scalars by name.
        status: as the file states it, or None.
        notices: what was guessed.
    """

    x: Floats
    y: Floats
    height: Floats
    field: str
    others: dict[str, Floats]
    status: NDArray[np.uint8] | None
    notices: tuple[str, ...]


def vertices_of(table: Table | None, dialect: Dialect, field: str | None, origin: Origin) -> Vertices:
    """The vertices of a file.

    Args:
        table: its vertex element, if it has one.
        dialect: what its comments say.
        field: the height asked for by name, or None.
        origin: the file.

    Raises:
        PlyError: there are no vertices, or no x, y and height.
        FileFormatError: there is no scalar called ``field``.
    """
    todo = "A surface needs vertices with x, y and a height."
    if table is None or table.element.count == 0:
        what = "the file has no vertices" + (": there is no vertex element" if table is None else "")
        raise origin.error(what, todo)
    names = list(table.element.scalars)
    marked = dialect.marked and ("loss" in names or dialect.field in names)
    if marked and field != "z" and "z" in names:
        names.remove("z")  # for other viewers: the height without its gaps
    scalars = {name: table.scalar(name) for name in names}
    for axis in ("x", "y"):
        if axis not in scalars:
            found = f"its vertices have no number called {axis}"
            if table.element.property(axis) is not None:
                found = f"the {axis} of its vertices is a list"
            raise origin.error(found, todo, element="vertex")
    x, y = scalars.pop("x"), scalars.pop("y")
    status = None
    notices: list[str] = []
    if marked:
        status, about = _status(scalars.pop(STATUS, None))
        notices.extend(about)
        scalars = _renamed(scalars, dialect.field)
    name = field or (dialect.field if dialect.field in scalars else None)
    if name is None:
        choice = choose_height(scalars)
        if choice is None:
            raise origin.error("its vertices have no z and no other height", todo, element="vertex")
        name = choice.name
        notices.extend([choice.notice] if choice.notice else [])
    if name not in scalars:
        known = listing((shown(other, 40) for other in scalars), limit=20) or "none"
        raise FileFormatError(origin.file, f"there is no field {shown(name)}", f"Choose one of: {known}.")
    height = scalars.pop(name)
    if "z" in scalars and not (scalars["z"] != scalars["z"][0]).any():
        del scalars["z"]  # a flat plane under the real height
    return Vertices(x, y, height, name, scalars, status, tuple(notices))


def _status(given: Floats | None) -> tuple[NDArray[np.uint8] | None, tuple[str, ...]]:
    if given is None:
        return None, ()
    whole = given.astype(np.uint8)
    if (whole <= FAILED).all() and (whole == given).all():
        return whole, ()
    return None, ("The status of some points is no known one; all are judged by their values.",)


def _renamed(scalars: dict[str, Floats], field: str | None) -> dict[str, Floats]:
    """The dialect calls every height "loss"; one that had a name of its own gets it back."""
    if field is None or field in scalars:
        return scalars
    return {field if name == "loss" else name: values for name, values in scalars.items()}
