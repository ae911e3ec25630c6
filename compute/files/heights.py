"""Which of a file's scalars is the height."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.files.errors import shown

__all__ = ["Choice", "choose_height"]

Floats = NDArray[np.float64]

# Names that other programs give to the quantity they mean, likeliest first. `s` beside `t`
# is a texture coordinate.
LIKELY = ("s", "quality", "value", "scalar")

# Never taken for the quantity on a guess: colours, normals, texture coordinates.
_DECORATION = re.compile(
    r"n[xyz]|normal_?[xyz]|(diffuse_|ambient_|specular_|vertex_)?(red|green|blue|alpha)|[rgba]|[uvst]"
    r"|texture_?[uvst]|tex_?[uvst]|texcoord.*|confidence|flags?|(material|object|label|face)_?(index|id)?"
)


@dataclass(frozen=True)
class Choice:
    """The scalar chosen as height, and a sentence about it if it was guessed."""

    name: str
    notice: str = ""


def choose_height(scalars: Mapping[str, Floats]) -> Choice | None:
    """The scalar that is the height of a file that does not say so, or None if there is none.

    It is ``loss``; else the first of ``s``, ``quality``, ``value``, ``scalar`` that varies
    (or does not, where z does not either); else ``z``, unless z is constant and exactly one
    other scalar is not.

    Args:
        scalars: (n,) each vertex scalar but x and y, by name.
    """
    if "loss" in scalars:
        return Choice("loss")
    z = scalars.get("z")
    z_varies = z is not None and _varies(z)
    for name in LIKELY:
        is_texture = name == "s" and "t" in scalars
        if name in scalars and not is_texture and (not z_varies or _varies(scalars[name])):
            return Choice(name, _notice(name, z))
    if z is None:
        return None
    if not z_varies:
        candidates = [
            name
            for name, values in scalars.items()
            if name != "z" and not _DECORATION.fullmatch(name.lower()) and _varies(values)
        ]
        if len(candidates) == 1:
            return Choice(candidates[0], _notice(candidates[0], z))
    return Choice("z")


def _notice(name: str, z: Floats | None) -> str:
    taken = f"height taken from the vertex scalar {shown(name)}"
    if z is None:
        return f"There is no z: {taken}."
    if _varies(z):
        return f"The {taken}, not from z."
    finite = z[np.isfinite(z)]
    return f"z is {finite[0]:g} everywhere: {taken}." if finite.size else f"z is nowhere finite: {taken}."


def _varies(values: Floats) -> bool:
    finite = values[np.isfinite(values)]
    return finite.size > 0 and bool((finite != finite[0]).any())
