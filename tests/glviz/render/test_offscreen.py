"""Whole pictures, text included."""

from __future__ import annotations

import gc
from dataclasses import replace

import moderngl
import numpy as np
import pytest
from PIL import Image

from compute.surface import HeightMesh, Path, Surface
from glviz.offscreen import pixel_scale_for, screenshot
from glviz.render import Renderer, offscreen_context
from glviz.scene.camera import Camera
from glviz.scene.panes import Pane
from glviz.scene.view import build_view
from glviz.settings import Settings


def surface(n: int = 41) -> Surface:
    x = np.linspace(-2, 2, n)
    loss = np.add.outer(x**2, 2 * x**2) + 0.4 * np.sin(5 * np.add.outer(x, -x))
    return Surface(x, x, loss, paths=(Path(np.linspace(-1.5, 0, 20), np.linspace(1.5, 0, 20) ** 2 / 1.5),))


def ink(picture) -> np.ndarray:
    return np.any(np.abs(np.asarray(picture).astype(int) - 255) > 40, axis=2)


def test_a_picture_has_its_size_its_title_its_bar_and_its_surface():
    picture = screenshot([build_view(surface(), Settings(), title="surf.ply")], Camera(), (960, 540))
    assert picture.shape == (540, 960, 3) and picture.dtype == np.uint8
    dark = ink(picture)
    assert dark[8:40, 8:200].sum() > 100  # title
    assert dark[60:300, 880:].sum() > 1500  # bar and its labels
    assert dark[150:420, 250:700].mean() > 0.35  # surface


@pytest.mark.parametrize(
    "option", ["title", "scalar_bar", "axes", "contours", "floor", "critical_points", "paths"]
)
def test_every_part_can_be_left_out(option):
    with_it, without = (
        np.asarray(
            screenshot([build_view(surface(), replace(Settings(), **{option: on}), title="t")], Camera())
        )
        for on in (True, False)
    )
    changed = np.any(with_it != without, axis=2).mean()
    assert 0.0002 < changed < 0.9


@pytest.mark.parametrize("size", [(320, 240), (800, 600), (600, 1000), (1920, 1080)])
@pytest.mark.parametrize("slice_axis", ["none", "y"])
def test_nothing_is_clipped_at_the_edge_of_the_picture(size, slice_axis):
    settings = Settings(slice_axis=slice_axis)
    picture = ink(screenshot([build_view(surface(), settings, title="surface.ply")], Camera(), size))
    border = np.concatenate(
        [picture[:3].ravel(), picture[-3:].ravel(), picture[:, :3].ravel(), picture[:, -3:].ravel()]
    )
    assert not border.any()


def test_a_larger_picture_is_the_same_picture():
    view = build_view(surface(), Settings(), title="surf.ply")
    small = screenshot([view], Camera(), (1280, 720))
    large = Image.fromarray(screenshot([view], Camera(), (2560, 1440))).resize((1280, 720))
    difference = np.abs(np.asarray(small).astype(int) - np.asarray(large)).max(axis=2)
    assert (difference > 60).mean() < 0.02
    assert pixel_scale_for((2560, 1440)) == 2.0


def test_two_surfaces_share_a_picture():
    views = [build_view(surface(), Settings(), title=name) for name in ("a", "b")]
    picture = ink(screenshot(views, Camera(), (1280, 720)))
    assert picture[:, :640].mean() > 0.1 and picture[:, 640:].mean() > 0.1


@pytest.mark.parametrize("background, inside", [("light", 255), ("dark", 22)])
def test_backgrounds(background, inside):
    picture = np.asarray(screenshot([build_view(surface(), Settings(background=background))], Camera()))
    assert abs(int(picture[700, 640, 0]) - inside) <= 2


def test_meshes_and_points_without_triangles():
    rng = np.random.default_rng(0)
    points = rng.uniform(-1, 1, (3, 200))
    for triangles in (np.zeros((0, 3), int), np.arange(198).reshape(66, 3)):
        view = build_view(HeightMesh(*points, triangles), Settings())
        assert ink(screenshot([view], Camera()))[200:500, 400:900].mean() > 0.005


def test_a_renderer_gives_every_object_back(monkeypatch):
    """Textures, buffers, programs, arrays and framebuffers: as many released as made."""
    ctx = offscreen_context()
    made = []
    for name in (
        "texture",
        "buffer",
        "vertex_array",
        "program",
        "framebuffer",
        "renderbuffer",
        "depth_renderbuffer",
    ):
        original = getattr(moderngl.Context, name)

        def counting(self, *args, _original=original, **kwargs):
            result = _original(self, *args, **kwargs)
            made.append(result)
            return result

        monkeypatch.setattr(moderngl.Context, name, counting)
    renderer = Renderer(ctx)
    view = None
    for settings in (Settings(), Settings(slice_axis="x", contour_geometry=True), Settings(colormap="magma")):
        view = build_view(surface(), settings, previous=view)
        for size, moving in (((400, 300), False), ((300, 200), True)):
            renderer.draw([Pane(view, Camera(), (0, 0, *size))], size, moving=moving)
    renderer.draw([], (100, 100))
    renderer.release()
    gc.collect()
    # moderngl marks a released object by emptying its mglo.
    living = [m for m in made if not isinstance(m.mglo, moderngl.InvalidObject)]
    assert len(made) > 40 and living == []
    assert ctx.error == "GL_NO_ERROR"
    ctx.release()
