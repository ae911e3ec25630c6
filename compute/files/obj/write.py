"""Surfaces and models as OBJ files, each with its materials and a texture that holds the colour map.

Two layouts. In coordinates of the data, z up, every number as it is: what was written is read
again bit for bit. Or as a thing, in metres, y up, with all that lies on the surface.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.errors import ArgumentError
from compute.files import model_losses
from compute.files.atomic import replacing
from compute.files.images import png
from compute.files.model_losses import other_fields
from compute.files.obj.read import MISSING, MODEL
from compute.files.ply.dialect import comments_of
from compute.files.quads import drawn_height, quads
from compute.scales import choose_scale
from compute.solid import Material, Model, ModelLook, build
from compute.solid.colors import ramp_texture, ramp_uv
from compute.solid.parts import vertex_normals
from compute.solid.terrain import terrain
from compute.surface import OK, Curve, HeightMesh, Surface

__all__ = ["left_out", "save", "write_model"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BLOCK = 1 << 14  # rows formatted at a time


def save(
    obj: Surface | HeightMesh | Curve,
    path: str | os.PathLike[str],
    *,
    colormap: str = "viridis",
    size: float | None = None,
    max_triangles: int | None = None,
) -> tuple[str, ...]:
    """Write a surface, beside it its MTL file and its texture.

    Args:
        obj: a surface or a mesh.
        path: of the OBJ file.
        colormap: a name of the cmap catalogue.
        size: the longer side of a model in metres, y up; None for the data's own coordinates.
        max_triangles: at most so many, in a model (of 0.5 metres unless a size is given).

    Returns:
        What was found or left out on the way, a sentence each.

    Raises:
        ArgumentError: it is a curve, or has nothing to show.
        OSError: a file cannot be written.
    """
    if _is_model(size=size, max_triangles=max_triangles):
        look = ModelLook(size=size or ModelLook.size, colormap=colormap, max_triangles=max_triangles)
        model = build(obj, look, _stem(path))
        write_model(model, path)
        return model.notices
    if isinstance(obj, Curve):
        found = "a curve has no faces"
        raise ArgumentError(f"writing {os.fsdecode(path)}", found, "Write PLY, NPZ or CSV.")
    _write_data(obj, path, colormap)
    return ()


def write_model(model: Model, path: str | os.PathLike[str]) -> list[Path]:
    """Write a model as an OBJ file, its MTL file and its texture.

    Returns:
        The files beside it.

    Raises:
        OSError: a file cannot be written.
    """
    stem = _plain(_stem(path))
    return _write(path, stem, _model_text(model, stem), [part.material for part in model.parts])


def _model_text(model: Model, stem: str) -> Iterator[str]:
    # The surface comes first: with its number of vertices it is found again.
    said = comments_of(model.meta, {"field": "height", MODEL: len(model.parts[0].points)})
    yield "".join(f"# {line}\n" for line in said)
    yield f"# Wavefront OBJ: a model in metres, y up\nmtllib {stem}.mtl\n"
    points = textures = 0
    for part in model.parts:
        yield f"o {_plain(part.name)}\nusemtl {_plain(part.material.name)}\n"
        yield from _rows("v %.9g %.9g %.9g", part.points.astype(np.float32))
        yield from _rows("vn %.6g %.6g %.6g", part.normals)
        corners = part.triangles + 1 + points
        if part.uv is None:
            yield from _faces([corners, corners], "%d//%d")
        else:
            yield from _rows("vt %.6g %.6g", part.uv)
            yield from _faces([corners, part.triangles + 1 + textures, corners], "%d/%d/%d")
            textures += len(part.uv)
        points += len(part.points)


def _write_data(obj: Surface | HeightMesh, path: str | os.PathLike[str], colormap: str) -> None:
    """The vertices as they are: of a grid all, with a height that can be drawn where there is none."""
    structure: dict[str, object] = {} if obj.field == "loss" else {"field": obj.field}
    finite = obj.finite
    if not finite.any():
        todo = "Is it still being computed?"
        raise ArgumentError(f"writing {os.fsdecode(path)}", "no value is finite", todo)
    if isinstance(obj, Surface):
        structure["shape"] = list(obj.shape)
        lacking = {
            str(code): (np.flatnonzero(~finite & (obj.status == code)) + 1).tolist()
            for code in np.unique(obj.status[~finite]).tolist()
        }
        if lacking:
            # One whose value is not finite though its status says it is has status 2 on reading.
            lacking["2"] = sorted([*lacking.get("2", []), *lacking.pop(str(OK), [])])
            structure[MISSING] = lacking
        z = drawn_height(obj).ravel()
        x, y = np.tile(obj.x, obj.y.size), np.repeat(obj.y, obj.x.size)
        faces, flat = quads(finite).astype(np.int64), finite.ravel()
    else:
        mesh = terrain(obj)[0]
        x, y, z, faces, flat = mesh.x, mesh.y, mesh.value, mesh.triangles, np.ones(mesh.x.size, bool)
    scale, _ = choose_scale(z[flat])
    halves = [faces] if faces.shape[1] == 3 else [faces[:, [0, 1, 2]], faces[:, [0, 2, 3]]]
    normals = vertex_normals(np.stack([x, y, z], axis=1), np.concatenate(halves), 2)
    stem = _plain(_stem(path))
    head = [*comments_of(obj.meta, structure), "Wavefront OBJ: x and y span the plane, z is the height"]
    corners = faces + 1

    def text() -> Iterator[str]:
        yield "".join(f"# {line}\n" for line in head)
        yield f"mtllib {stem}.mtl\no surface\nusemtl surface\n"
        yield from _rows("v %r %r %r", np.stack([x, y, z], axis=1))
        yield from _rows("vt %.6g %.6g", ramp_uv(scale.forward(z)))
        yield from _rows("vn %.6g %.6g %.6g", normals)
        yield from _faces([corners, corners, corners], "%d/%d/%d")

    _write(path, stem, text(), [Material("surface", texture=ramp_texture(colormap))])


def _rows(form: str, values: NDArray[Any]) -> Iterator[str]:
    """Text of (n, k) values, a line a row, in blocks: one formatting of many rows is quick."""
    for start in range(0, len(values), _BLOCK):
        block = values[start : start + _BLOCK]
        yield (form + "\n") * len(block) % tuple(block.ravel().tolist())


def _faces(index: list[Ints], corner: str) -> Iterator[str]:
    """Text of faces: (m, k) numbers of their corners' vertices, texture coordinates and normals."""
    sides = index[0].shape[1]
    yield from _rows("f" + f" {corner}" * sides, np.stack(index, axis=-1).reshape(-1, sides * len(index)))


def _write(
    path: str | os.PathLike[str], stem: str, text: Iterable[str], materials: Iterable[Material]
) -> list[Path]:
    """The OBJ file with its MTL file and its texture: all three or, if something goes wrong, none.

    Returns:
        The files beside it.
    """
    library, texture = (Path(os.fsdecode(path)).parent / f"{stem}{end}" for end in (".mtl", "_colours.png"))
    lines: list[str] = []
    picture = None
    for made_of in materials:
        color = " ".join(f"{part:.6g}" for part in made_of.color)
        lines += [f"newmtl {_plain(made_of.name)}", f"Ka {color}", f"Kd {color}", "Ks 0.05 0.05 0.05"]
        lines += ["Ns 20", "d 1", "illum 2"]
        if made_of.texture is not None:
            lines.append(f"map_Kd {texture.name}")
            picture = png(made_of.texture)
        lines.append("")
    with contextlib.ExitStack() as files:

        def write(target: str | os.PathLike[str], pieces: Iterable[bytes]) -> None:
            stream = files.enter_context(replacing(target))
            stream.writelines(pieces)
            stream.flush()

        # What is opened last takes its place first: an OBJ file that is there has the other two.
        write(path, (piece.encode("ascii") for piece in text))
        write(library, ["\n".join(lines).encode("ascii")])
        if picture is not None:
            write(texture, [picture])
    return [library] if picture is None else [library, texture]


def _stem(path: str | os.PathLike[str]) -> str:
    return os.path.splitext(os.path.basename(os.fsdecode(path)))[0]


def _plain(name: str) -> str:
    """A name without blanks or letters that other programs stumble over."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", name) or "_"


def _is_model(*, size: object = None, max_triangles: object = None, **others: object) -> bool:
    """Whether it is a thing of so many metres that is written, and not the data in their own coordinates."""
    return size is not None or max_triangles is not None


def left_out(obj: Surface | HeightMesh | Curve, **options: object) -> Iterator[str]:
    """What of a surface is not in such a file, written with these options, a sentence each."""
    if _is_model(**options):
        yield from model_losses.left_out(obj)
        return
    yield from other_fields(obj)
    if isinstance(obj, Surface):
        marks = [name for name, found in (("paths", obj.paths), ("points", obj.critical_points)) if found]
        if marks:
            yield f"OBJ holds no {' and no '.join(marks)} but in a model, with --size: left out"
        if not obj.finite.all():
            yield "OBJ holds no infinity: points without a finite value come back as not a number"
