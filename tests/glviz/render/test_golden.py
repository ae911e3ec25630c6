"""Pictures held against those that were looked at and found right, pixel by pixel.

They are drawn by the processor (Mesa's llvmpipe) without multisampling or text, which
differs little from one version to the next. On a graphics card edges fall elsewhere by
fractions of a pixel: there more pixels may differ. On failure the picture, the one
expected and their difference lie side by side in a file that the message names.

    GLVIZ_UPDATE_GOLDEN=1 python -m pytest tests/glviz/render/test_golden.py

writes them anew. Look at each before it is committed.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from compute import files
from compute.surface import Surface
from glviz.arrange import Arranger
from glviz.documents import Document
from glviz.render import Renderer
from glviz.scene.camera import Camera
from glviz.scene.panes import Pane
from glviz.scene.view import build_view
from glviz.scene.viewpoints import NAMED
from glviz.settings import Settings

REPOSITORY = Path(__file__).resolve().parents[3]
GOLDEN = REPOSITORY / "tests" / "glviz" / "golden"
SIZE = (420, 280)
TOLERANCE, SHARE = 3, 0.001  # of 255; of the pixels that may differ by more
LOOSE_TOLERANCE, LOOSE_SHARE = 24, 0.03  # where it is not llvmpipe that draws


def waves() -> Surface:
    """Hills, hollows, both signs, a hole: everything that colours and lines must cope with."""
    x, y = np.linspace(-3, 3, 25), np.linspace(-2, 2, 17)
    square = x[None, :] ** 2 + y[:, None] ** 2
    loss = (square - 2) * np.exp(-0.3 * square) * 3 + 0.3 * x[None, :]
    loss[11:14, 17:20] = np.nan
    return Surface(x, y, loss)


def pair() -> tuple[Surface, Surface]:
    """Two hollows that cross, on grids that are not the same."""
    x, y, there = np.linspace(-1, 1, 21), np.linspace(-1, 1, 15), np.linspace(-0.8, 1.4, 23)
    one = 0.3 + x[None, :] ** 2 + 2 * y[:, None] ** 2
    other = 0.6 + (there[None, :] - 0.3) ** 2 + 1.2 * y[:, None] ** 2 + 0.2 * np.sin(6 * there)[None, :]
    return Surface(x, y, one), Surface(there, y, other)


def sample(name: str) -> Surface:
    surface = files.load(REPOSITORY / "data" / name)
    assert isinstance(surface, Surface)
    return surface


CASES = {
    "digits_mlp": (lambda: sample("digits_mlp.ply"), {}, Camera()),
    "digits_mlp_path": (lambda: sample("digits_mlp_path.ply"), {}, Camera()),
    "map": (lambda: sample("digits_mlp_path.ply"), {}, NAMED["map"](Camera())),
    "slice_dark": (lambda: sample("digits_mlp.ply"), {"slice_axis": "x", "background": "dark"}, Camera()),
    "translucent": (lambda: sample("digits_mlp.ply"), {"opacity": 0.4, "levels": "0.1,0.5,1,2,4"}, Camera()),
    "diverging_bands": (waves, {"color_center": 0.0, "bands": 12}, Camera()),
    "slice_angle": (waves, {"slice_axis": "angle", "slice_angle": 30.0}, Camera()),
    "slice_level": (waves, {"slice_axis": "level", "slice_position": 1.0}, Camera(azimuth=-100.0)),
    "overlay": (pair, {"compare": "overlay"}, Camera()),
    "difference": (pair, {"compare": "difference"}, Camera()),
    "smooth_wireframe": (waves, {"interpolation": "smooth", "wireframe": True, "clamp_low": -4.0}, Camera()),
}


@pytest.fixture(scope="module")
def renderer(gl_context):
    with gl_context:
        made = Renderer(gl_context)
        made._smooth = False
    yield made
    with gl_context:
        made.release()


@pytest.mark.parametrize("name", CASES)
def test_the_picture_is_the_one_that_was_found_right(renderer, gl_context, tmp_path, name):
    make, changes, camera = CASES[name]
    made = make()
    surfaces = made if isinstance(made, tuple) else (made,)
    documents = [Document(Path(f"{n}.ply"), item, title=f"{n}.ply") for n, item in enumerate(surfaces)]
    (view,) = Arranger().arrange(documents, Settings(**changes))
    renderer.draw([Pane(view, camera, (0, 0, *SIZE))], SIZE, pixel_scale=0.75)
    picture = renderer.read()
    file = GOLDEN / f"{name}.png"
    if os.environ.get("GLVIZ_UPDATE_GOLDEN"):
        Image.fromarray(picture).save(file, optimize=True)
        pytest.skip(f"{file.name} was written anew")
    expected = np.asarray(Image.open(file).convert("RGB"))
    assert picture.shape == expected.shape
    difference = np.abs(picture.astype(int) - expected).max(axis=2)
    exact = "llvmpipe" in gl_context.info["GL_RENDERER"]
    tolerance, share = (TOLERANCE, SHARE) if exact else (LOOSE_TOLERANCE, LOOSE_SHARE)
    differing = float((difference > tolerance).mean())
    if differing > share:
        amplified = np.repeat(np.minimum(difference * 8, 255).astype(np.uint8)[..., None], 3, axis=2)
        seen = tmp_path / f"{name}.png"
        Image.fromarray(np.hstack([picture, expected, amplified])).save(seen)
        pytest.fail(f"{100 * differing:.2f} % of the pixels differ by more than {tolerance} of 255: {seen}")


def test_the_pictures_are_small_enough_to_be_kept():
    kept = list(GOLDEN.glob("*.png"))
    assert {file.stem for file in kept} == set(CASES)
    assert sum(file.stat().st_size for file in kept) < 500_000


def test_a_line_that_is_missing_is_noticed(renderer):
    """The tolerance is tight enough: one iso-level less is a failure."""
    view = build_view(waves(), Settings(levels="-4,-2,0,1"))
    fewer = build_view(waves(), Settings(levels="-4,-2,1"))
    pictures = []
    for shown in (view, fewer):
        renderer.draw([Pane(shown, Camera(), (0, 0, *SIZE))], SIZE, pixel_scale=0.75)
        pictures.append(renderer.read().astype(int))
    differing = (np.abs(pictures[0] - pictures[1]).max(axis=2) > TOLERANCE).mean()
    assert differing > 3 * SHARE
