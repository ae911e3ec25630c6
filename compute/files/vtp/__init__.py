"""VTP files: VTK's XML polygon data, as ParaView opens and saves them. Needs the extra ``vtk``.

`read` takes any such file (VTK works in a child process: `raw`), those of ``h52vtp.py`` of
tomgoldstein/loss-landscape among them; `write` makes the surface as quads, every field a
float64 array of the points, and what VTK has no place for as field data.
"""

from compute.files.vtp.read import load, matches
from compute.files.vtp.write import save

__all__ = ["load", "matches", "save"]
