"""The Polygon File Format (PLY): any file read, surfaces and curves written.

The reader is in `read`; from the outside in it uses `header`, `binary` and `text` (the two
kinds of body, as `table`), `faces`, `marks` (paths and critical points), `dialect` (our own
comments), and, shared with other formats, `compute.files.lattice` and
`compute.files.heights`. The writer is in `write`, the one error in `errors`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from compute.files.ply.errors import PlyError
from compute.files.ply.header import matches
from compute.files.ply.read import load

if TYPE_CHECKING:
    from compute.surface import Curve, Surface

__all__ = ["PlyError", "load", "matches", "save"]


def save(obj: Surface | Curve, path: str | os.PathLike[str], *, text: bool = False) -> None:
    """Write a surface or a curve, as :func:`compute.files.ply.write.save` does."""
    from compute.files.ply import write  # who only reads needs none of its libraries

    write.save(obj, path, text=text)
