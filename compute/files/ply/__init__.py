"""The Polygon File Format (PLY): any file read, surfaces and curves written.

The reader is in `read`; from the outside in it uses `header`, `binary` and `text` (the two
kinds of body, as `table`), `faces`, `marks` (paths and critical points), `dialect` (our own
comments), and, shared with other formats, `compute.files.lattice` and
`compute.files.heights`. The writer is in `write`, the one error in `errors`.
"""

from compute.files.ply.errors import PlyError
from compute.files.ply.header import matches
from compute.files.ply.read import load
from compute.files.ply.write import save

__all__ = ["PlyError", "load", "matches", "save"]
