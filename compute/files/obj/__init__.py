"""Wavefront OBJ: grids and meshes read, surfaces written with their colours.

`parse` reads the text, `read` makes a surface of it, `write` writes.
"""

from compute.files.obj.read import load, matches
from compute.files.obj.write import left_out, save, write_model

__all__ = ["left_out", "load", "matches", "save", "write_model"]
