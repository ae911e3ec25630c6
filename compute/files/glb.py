"""Surfaces as GLB files (binary glTF 2.0): one file with everything in it, for AR, games and the web.

    GLB     12 bytes: "glTF", 2, length
    JSON    scene: a node a part; its mesh, material, accessors
    BIN     indices, positions, normals, texture coordinates, the texture as a PNG; each from a
            multiple of four bytes

Colours in a glTF material are linear light, those in its texture sRGB. What JSON says of the
least and the largest position is of the float32 that are written. Specification: Khronos,
"glTF 2.0" (2021), sections 3.6 (accessors), 3.9 (materials), 4 (GLB).
"""

from __future__ import annotations

import json
import os
import struct
from typing import Any

from numpy.typing import NDArray

from compute.errors import ArgumentError
from compute.files.atomic import replacing
from compute.files.images import png
from compute.files.model_losses import left_out
from compute.files.provenance import json_text
from compute.solid import Model, ModelLook, Part, build
from compute.solid.colors import to_linear
from compute.surface import Curve, HeightMesh, Surface

__all__ = ["glb_bytes", "left_out", "save", "write_model"]

_UINT16, _UINT32, _FLOAT = 5123, 5125, 5126
_VERTICES, _INDICES = 34962, 34963
_LINEAR, _CLAMP = 9729, 33071
_MOST_BYTES = 2**32 - 1


def save(
    obj: Surface | HeightMesh | Curve,
    path: str | os.PathLike[str],
    *,
    colormap: str = "viridis",
    size: float = 0.5,
    max_triangles: int | None = None,
) -> tuple[str, ...]:
    """Write a surface with its iso-lines, critical points and paths as a model.

    Args:
        obj: a surface or a mesh.
        path: where.
        colormap: a name of the cmap catalogue.
        size: the longer side of its plane, in metres.
        max_triangles: at most so many in all; None for all there are.

    Returns:
        What was found or left out on the way, a sentence each.

    Raises:
        ArgumentError: it has no area, or does not fit into such a file.
        OSError: the file cannot be written.
    """
    look = ModelLook(size=size, colormap=colormap, max_triangles=max_triangles)
    name = os.path.splitext(os.path.basename(os.fsdecode(path)))[0]
    model = build(obj, look, name)
    write_model(model, path)
    return model.notices


def write_model(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a model as a GLB file.

    Raises:
        ArgumentError: it is larger than the format can be.
        OSError: the file cannot be written.
    """
    content = glb_bytes(model)
    with replacing(path) as stream:
        stream.write(content)


def glb_bytes(model: Model) -> bytes:
    """A model as the content of a GLB file.

    Raises:
        ArgumentError: it is larger than the format can be.
    """
    document = _Document(model)
    text = json.dumps(document.as_json(), separators=(",", ":"), allow_nan=False).encode("ascii")
    text += b" " * (-len(text) % 4)
    binary = b"".join(document.chunks)
    total = 12 + 8 + len(text) + 8 + len(binary)
    if total > _MOST_BYTES:
        found = f"it takes {total:,} bytes, and 4 GiB is the most"
        raise ArgumentError("writing a GLB file", found, "Ask for fewer triangles.")
    head = struct.pack("<4sIIII", b"glTF", 2, total, len(text), 0x4E4F534A)
    return b"".join([head, text, struct.pack("<II", len(binary), 0x004E4942), binary])


class _Document:
    """The objects of a glTF file, by their lists."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.chunks: list[bytes] = []
        self.length = 0
        self.lists: dict[str, list[dict[str, Any]]] = {
            name: []
            for name in ("bufferViews", "accessors", "materials", "meshes", "nodes", "images", "textures",
                         "samplers")
        }  # fmt: skip
        children = [self._node(part) for part in model.parts]
        self.root = self._add("nodes", {"name": _text(model.name), "children": children})

    def as_json(self) -> dict[str, Any]:
        """The whole document."""
        said = {"heights": self.model.heights, "meta": self.model.meta}
        asset = {"version": "2.0", "generator": "glviz", "extras": json.loads(json_text(said))}
        return {
            "asset": asset,
            "scene": 0,
            "scenes": [{"name": _text(self.model.name), "nodes": [self.root]}],
            "buffers": [{"byteLength": self.length}],
            **{name: found for name, found in self.lists.items() if found},
        }

    def _add(self, kind: str, value: dict[str, Any]) -> int:
        self.lists[kind].append(value)
        return len(self.lists[kind]) - 1

    def _view(self, content: bytes, target: int | None = None) -> int:
        view = {"buffer": 0, "byteOffset": self.length, "byteLength": len(content)}
        padded = content + b"\0" * (-len(content) % 4)
        self.chunks.append(padded)
        self.length += len(padded)
        return self._add("bufferViews", view if target is None else {**view, "target": target})

    def _accessor(self, values: NDArray[Any], kind: str, component: int, target: int, *, ends: bool) -> int:
        accessor: dict[str, Any] = {
            "bufferView": self._view(values.tobytes(), target),
            "componentType": component,
            "count": len(values),
            "type": kind,
        }
        if ends:
            accessor["min"], accessor["max"] = values.min(axis=0).tolist(), values.max(axis=0).tolist()
        return self._add("accessors", accessor)

    def _node(self, part: Part) -> int:
        attributes = {
            "POSITION": self._accessor(part.points.astype("<f4"), "VEC3", _FLOAT, _VERTICES, ends=True),
            "NORMAL": self._accessor(part.normals.astype("<f4"), "VEC3", _FLOAT, _VERTICES, ends=False),
        }
        if part.uv is not None:
            # In glTF v runs downwards.
            uv = (part.uv * [1.0, -1.0] + [0.0, 1.0]).astype("<f4")
            attributes["TEXCOORD_0"] = self._accessor(uv, "VEC2", _FLOAT, _VERTICES, ends=False)
        # 65,535 as an index of two bytes would mean the end of a strip.
        small = len(part.points) <= 65_535
        corners = part.triangles.ravel().astype("<u2" if small else "<u4")
        indices = self._accessor(corners, "SCALAR", _UINT16 if small else _UINT32, _INDICES, ends=False)
        primitive = {
            "attributes": attributes,
            "indices": indices,
            "material": self._material(part),
            "mode": 4,
        }
        mesh = self._add("meshes", {"name": _text(part.name), "primitives": [primitive]})
        return self._add("nodes", {"name": _text(part.name), "mesh": mesh})

    def _material(self, part: Part) -> int:
        made_of = part.material
        surface: dict[str, Any] = {"metallicFactor": 0, "roughnessFactor": made_of.roughness}
        if made_of.texture is None:
            surface["baseColorFactor"] = [*to_linear(made_of.color).round(6).tolist(), 1]
        else:
            view = self._view(png(made_of.texture))
            image = self._add("images", {"name": "colours", "bufferView": view, "mimeType": "image/png"})
            sampler = self._add(
                "samplers", {"magFilter": _LINEAR, "minFilter": _LINEAR, "wrapS": _CLAMP, "wrapT": _CLAMP}
            )
            surface["baseColorTexture"] = {
                "index": self._add("textures", {"source": image, "sampler": sampler})
            }
        return self._add(
            "materials", {"name": _text(made_of.name), "pbrMetallicRoughness": surface, "doubleSided": True}
        )


def _text(name: str) -> str:
    """A name that is valid Unicode."""
    return name.encode("utf-8", "replace").decode("utf-8")
