"""Surfaces as things: triangles in metres, to be put on a table, into a game engine or through a printer.

`look` holds the choices, `stage` where a surface stands and how high it is. To a model: `terrain`
(a grid or a mesh as triangles), `quadric` (fewer of them), `placement` (to metres, y up),
`contours`, `drape` and `shapes` (what lies on it), `model` (all of it together), `base` (a
watertight body for printing), `picture` (what a model looks like). Modules of `compute.files`
write what comes out. numpy only.
"""

from compute.solid.base import printable
from compute.solid.look import ModelLook
from compute.solid.model import build
from compute.solid.parts import Material, Model, Part
from compute.solid.picture import picture

__all__ = ["Material", "Model", "ModelLook", "Part", "build", "picture", "printable"]
