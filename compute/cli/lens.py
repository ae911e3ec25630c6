"""``glviz-compute lens``: a folder with what an AR lens, a game engine or a web page needs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compute.cli.options import add_general
from compute.cli.outputs import check_folder
from compute.cli.parser import count, positive
from compute.errors import UsageError

if TYPE_CHECKING:
    from compute.solid import Model

__all__ = ["add", "run"]

TRIANGLES = 50_000
_OPENING = ": a loss landscape as a model"
EXAMPLES = """\
examples: a lens of at most 20,000 triangles, a metre wide
  glviz-compute lens surf.ply -o lens --triangles 20000 --size 1
a published mesh whose heights are ln(loss + 0.1), in other colours
  glviz-compute lens resnet56.obj --undo-log --colormap magma -o lens
"""


def add(verbs: Any) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "lens",
        help="a folder for an AR lens: GLB, OBJ, USDZ, a picture, and what to import where",
        description="Make a model of a surface: its colours in a texture, iso-lines, critical points and "
        "paths as meshes, y up, in metres, standing on the origin, of at most so many triangles.",
        epilog=EXAMPLES,
    )
    parser.add_argument("file", type=Path, metavar="SURF", help="a surface or a mesh")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="the folder")
    parser.add_argument(
        "--triangles", type=count, default=TRIANGLES, metavar="N", help=f"at most; default: {TRIANGLES:,}"
    )
    parser.add_argument(
        "--decimation",
        default="quadric",
        metavar="HOW",
        help="quadric drops vertices where they are missed least, regular takes every so many lines of the "
        "grid; default: quadric",
    )
    parser.add_argument(
        "--size", type=positive, default=0.5, metavar="METRES", help="the longer side; default: 0.5"
    )
    parser.add_argument(
        "--exaggeration", type=positive, default=1.0, metavar="X", help="of the heights; default: 1"
    )
    parser.add_argument(
        "--height-scale", default="auto", metavar="KIND", help="auto, linear, log, symlog, asinh or rank"
    )
    parser.add_argument("--colormap", default="viridis", metavar="NAME", help="default: viridis")
    parser.add_argument(
        "--contours", type=_lines, default=12, metavar="N", help="about so many iso-lines; default: 12"
    )
    parser.add_argument("--no-points", action="store_true", help="no critical points")
    parser.add_argument("--no-paths", action="store_true", help="no descent paths")
    parser.add_argument("--field", metavar="NAME", help="which field is the height; default: the file's own")
    parser.add_argument("--undo-log", action="store_true", help="the heights are ln(loss + 0.1)")
    add_general(parser, computes=False)
    parser.set_defaults(run=run)


def _lines(text: str) -> int:
    """A number of iso-lines.

    Raises:
        argparse.ArgumentTypeError: none.
    """
    return 0 if text == "0" else count(text)


def run(arguments: argparse.Namespace) -> int:
    """Make the folder."""
    from compute import files
    from compute.solid import ModelLook, build

    look = ModelLook(
        size=arguments.size,
        exaggeration=arguments.exaggeration,
        scale=arguments.height_scale,
        colormap=arguments.colormap,
        contours=arguments.contours,
        points=not arguments.no_points,
        paths=not arguments.no_paths,
        max_triangles=arguments.triangles,
        decimation=arguments.decimation,
    )
    loaded = files.load(arguments.file, field=arguments.field, undo_log=arguments.undo_log)
    for notice in loaded.notices if hasattr(loaded, "notices") else ():
        print(f"notice: {notice}", file=sys.stderr)
    name = arguments.file.stem
    model = build(loaded, look, name)
    for notice in model.notices:
        print(f"notice: {notice}", file=sys.stderr)
    folder = check_folder(arguments.output)
    _check_names(folder, name, arguments.file)
    for path in _written(model, folder, name):
        print(f"{path} ({path.stat().st_size:,} bytes)")
    return 0


def _check_names(folder: Path, name: str, source: Path) -> None:
    """Refuse to write over the surface itself, or over what someone has written.

    Raises:
        UsageError: that is what would happen.
    """
    told = folder / "README.txt"
    if told.exists():
        with told.open(encoding="utf-8", errors="replace") as stream:
            if not stream.readline(1000).rstrip("\n").endswith(_OPENING):
                found = "there is one that does not come from here"
                raise UsageError(f"writing {told}", found, "Choose another folder.")
    for extension in (".glb", ".obj", ".usdz"):
        target = folder / f"{name}{extension}"
        if target.exists() and source.exists() and target.samefile(source):
            found = "it is the surface itself"
            raise UsageError(f"writing {target}", found, "Choose another folder.")


def _written(model: Model, folder: Path, name: str) -> list[Path]:
    """Write every file; the list of them."""
    import importlib.util

    from compute.files import glb, obj
    from compute.files.atomic import replacing
    from compute.files.images import png
    from compute.solid import picture

    paths = [folder / f"{name}.glb", folder / f"{name}.obj", folder / f"{name}.usdz"]
    glb.write_model(model, paths[0])
    paths[2:2] = obj.write_model(model, paths[1])
    if importlib.util.find_spec("pxr") is not None:
        from compute.files import usdz

        usdz.write_model(model, paths[-1])
    else:
        paths.pop()
        print('notice: no USDZ: it needs usd-core: pip install "glviz[usd]"', file=sys.stderr)
    paths += [folder / "thumbnail.png", folder / "README.txt"]
    with replacing(paths[-2]) as stream:
        stream.write(png(picture(model)))
    with replacing(paths[-1]) as stream:
        stream.write(readme(model, name, usdz=paths[-3].suffix == ".usdz").encode("utf-8"))
    return paths


def readme(model: Model, name: str, *, usdz: bool) -> str:
    """What the folder holds and what to do with it.

    Args:
        model: that is in it.
        name: of its files.
        usdz: whether there is a USDZ file.
    """
    import numpy as np

    points = np.concatenate([part.points for part in model.parts])
    width, height, depth = (f"{side:.3g}" for side in np.ptp(points, axis=0))
    parts = "\n".join(f"    {len(part.triangles):>7,}  {part.name}" for part in model.parts)
    about = "".join(f"  {notice}\n" for notice in model.notices)
    means = model.heights
    apple = f"""
  {name}.usdz
      The same for iPhone and iPad: sent there and tapped, AR Quick Look puts it on a table. Reality
      Composer imports it too.
"""
    quick_look = f' ios-src="{name}.usdz"' if usdz else ""
    return f"""{name}{_OPENING}

  {width} m wide, {depth} m deep, {height} m high; y is up, and it stands on the origin.
  Height and colour: {means["field"]} on a {means["scale"]} scale, {means["low"]:.4g} to \
{means["high"]:.4g}.
  Plane: x from {means["x"][0]:g} to {means["x"][1]:g} to the right, y from {means["y"][0]:g} to \
{means["y"][1]:g} to the back.
  {model.triangles:,} triangles:
{parts}
{about}
Files

  {name}.glb
      Everything in one file, colours included (glTF 2.0, metres, y up).

  {name}.obj
      The same, with its materials (.mtl) and the colour map as a texture (.png): keep the three
      together. OBJ knows no unit; its numbers are metres. A program that counts in centimetres
      needs a scale of 100.
{apple if usdz else ""}
  thumbnail.png
      What it looks like.

What to import where

  Lens Studio       Drag the .glb into the Asset Browser, then into the scene of a project with world
                    tracking. If it looks dark, add a light or an environment map to the scene.
  Blender           File > Import > glTF 2.0. Blender turns it so that its z is up.
  three.js          new GLTFLoader().load("{name}.glb", gltf => scene.add(gltf.scene))
  <model-viewer>    <model-viewer src="{name}.glb"{quick_look} ar camera-controls></model-viewer>
  Unreal, Unity     Unreal 5 imports .glb by itself; Unity does with the package glTFast.
  Anything else     The .obj.

Each part of the model has a name (surface, contours, minima, saddles, maxima, path ...), so that it
can be hidden, coloured or moved by itself.
"""
