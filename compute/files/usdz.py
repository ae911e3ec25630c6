"""Surfaces as USDZ files, which AR Quick Look opens on an iPhone: written by usd-core.

A package of one binary layer and the texture, each from a multiple of 64 bytes, not
compressed (Pixar, "Usdz File Format Specification"). Materials are UsdPreviewSurface;
y is up and the unit is the metre, as AR Quick Look wants them.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from compute.errors import ArgumentError
from compute.files.atomic import replacing
from compute.files.images import png
from compute.files.model_losses import left_out
from compute.files.provenance import json_text
from compute.solid import Material, Model, ModelLook, Part, build
from compute.solid.colors import to_linear
from compute.surface import Curve, HeightMesh, Surface

__all__ = ["left_out", "save", "write_model"]

_TEXTURE = "colours.png"


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
        ArgumentError: it has no area, or usd-core cannot write it.
        OSError: the file cannot be written.
    """
    name = os.path.splitext(os.path.basename(os.fsdecode(path)))[0]
    model = build(obj, ModelLook(size=size, colormap=colormap, max_triangles=max_triangles), name)
    write_model(model, path)
    return model.notices


def write_model(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a model as a USDZ file.

    Raises:
        ArgumentError: usd-core cannot write it.
        OSError: the file cannot be written.
    """
    from pxr import Sdf, UsdUtils

    with tempfile.TemporaryDirectory(prefix="glviz-usdz-") as folder:
        layer, package = Path(folder, "surface.usdc"), Path(folder, "surface.usdz")
        _write_layer(model, layer)
        if not UsdUtils.CreateNewARKitUsdzPackage(Sdf.AssetPath(str(layer)), str(package)):
            found = "usd-core could not put the package together"
            raise ArgumentError(f"writing {os.fsdecode(path)}", found, "Is the temporary folder full?")
        content = package.read_bytes()
    with replacing(path) as stream:
        stream.write(content)


def _write_layer(model: Model, layer: Path) -> None:
    from pxr import Kind, Usd, UsdGeom, UsdShade

    stage: Any = Usd.Stage.CreateNew(str(layer))
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    root = UsdGeom.Xform.Define(stage, "/surface")
    stage.SetDefaultPrim(root.GetPrim())
    Usd.ModelAPI(root.GetPrim()).SetKind(Kind.Tokens.component)
    root.GetPrim().SetDisplayName(model.name.encode("utf-8", "replace").decode("utf-8"))
    said = json_text({"heights": model.heights, "meta": model.meta})
    stage.GetRootLayer().customLayerData = {"glviz": said}
    for number, part in enumerate(model.parts):
        # Paths of prims are plain identifiers.
        mesh = _mesh(stage, f"/surface/part_{number}", part)
        material = _material(stage, f"/surface/part_{number}/material", part.material, layer.parent)
        UsdShade.MaterialBindingAPI.Apply(mesh.GetPrim()).Bind(material)
    stage.GetRootLayer().Save()


def _mesh(stage: Any, place: str, part: Part) -> Any:
    from pxr import Sdf, UsdGeom, Vt

    mesh = UsdGeom.Mesh.Define(stage, place)
    mesh.GetPrim().SetDisplayName(part.name.encode("utf-8", "replace").decode("utf-8"))
    points = np.ascontiguousarray(part.points, dtype=np.float32)
    mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(points))
    mesh.CreateExtentAttr(Vt.Vec3fArray.FromNumpy(np.stack([points.min(axis=0), points.max(axis=0)])))
    mesh.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(part.normals, dtype=np.float32)))
    mesh.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(part.triangles), 3, np.int32)))
    mesh.CreateFaceVertexIndicesAttr(
        Vt.IntArray.FromNumpy(np.ascontiguousarray(part.triangles.ravel(), dtype=np.int32))
    )
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    mesh.CreateDoubleSidedAttr(True)
    if part.uv is not None:
        coordinates = UsdGeom.PrimvarsAPI(mesh).CreatePrimvar(
            "st", Sdf.ValueTypeNames.TexCoord2fArray, UsdGeom.Tokens.vertex
        )
        coordinates.Set(Vt.Vec2fArray.FromNumpy(np.ascontiguousarray(part.uv, dtype=np.float32)))
    return mesh


def _material(stage: Any, place: str, made_of: Material, folder: Path) -> Any:
    from pxr import Gf, Sdf, UsdShade

    kinds = Sdf.ValueTypeNames
    material = UsdShade.Material.Define(stage, place)
    shader = UsdShade.Shader.Define(stage, f"{place}/surface")
    shader.CreateIdAttr("UsdPreviewSurface")
    shader.CreateInput("roughness", kinds.Float).Set(made_of.roughness)
    shader.CreateInput("metallic", kinds.Float).Set(0.0)
    color = shader.CreateInput("diffuseColor", kinds.Color3f)
    if made_of.texture is None:
        color.Set(Gf.Vec3f(*to_linear(made_of.color).tolist()))
    else:
        (folder / _TEXTURE).write_bytes(png(made_of.texture))
        reader = UsdShade.Shader.Define(stage, f"{place}/coordinates")
        reader.CreateIdAttr("UsdPrimvarReader_float2")
        reader.CreateInput("varname", kinds.String).Set("st")
        texture = UsdShade.Shader.Define(stage, f"{place}/texture")
        texture.CreateIdAttr("UsdUVTexture")
        texture.CreateInput("file", kinds.Asset).Set(Sdf.AssetPath(_TEXTURE))
        texture.CreateInput("sourceColorSpace", kinds.Token).Set("sRGB")
        for axis in ("wrapS", "wrapT"):
            texture.CreateInput(axis, kinds.Token).Set("clamp")
        texture.CreateInput("st", kinds.Float2).ConnectToSource(reader.CreateOutput("result", kinds.Float2))
        color.ConnectToSource(texture.CreateOutput("rgb", kinds.Float3))
    material.CreateSurfaceOutput().ConnectToSource(shader.CreateOutput("surface", kinds.Token))
    return material
