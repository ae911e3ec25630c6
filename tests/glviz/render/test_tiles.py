"""Pictures drawn in tiles, finer, and without a background: the same picture every time."""

from __future__ import annotations

import moderngl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.surface import Curve, Path, Surface
from glviz import offscreen
from glviz.errors import NoOpenGL
from glviz.offscreen import screenshot, straight, tiles
from glviz.scene.camera import Camera
from glviz.scene.curves import build_plot
from glviz.scene.panes import Pane, within
from glviz.scene.theme import theme_for
from glviz.scene.view import build_view
from glviz.scene.viewpoints import NAMED
from glviz.settings import Settings

TOLERANCE, SHARE = 3, 0.001  # those of the golden pictures


def surface(n: int = 41) -> Surface:
    x = np.linspace(-2, 2, n)
    loss = np.add.outer(x**2, 2 * x**2) + 0.4 * np.sin(5 * np.add.outer(x, -x))
    loss[3:5, 30:33] = np.nan
    return Surface(x, x, loss, paths=(Path(np.linspace(-1.5, 0, 20), np.linspace(1.5, 0, 20) ** 2 / 1.5),))


def differing(one, other) -> float:
    """Share of the pixels that differ by more than the tolerance."""
    one, other = np.asarray(one).astype(np.int16), np.asarray(other).astype(np.int16)
    assert one.shape == other.shape
    return float((np.abs(one - other).max(axis=2) > TOLERANCE).mean())


def views_of(name: str):
    settings = {
        "plain": Settings(pins="0,0;0.5,-0.5"),
        "cut": Settings(slice_axis="angle", slice_angle=30.0, wireframe=True, contour_geometry=True),
        "through": Settings(opacity=0.4, background="dark"),
    }
    if name == "three":
        return [build_view(surface(), Settings(), title=title) for title in "abc"]
    if name == "curves":
        x = np.linspace(-1, 1, 60)
        return [build_plot((Curve(x, x**2),), ("line.ply",), Settings())]
    return [build_view(surface(), settings.get(name, Settings()), title="surface.ply")]


@pytest.mark.parametrize("name", ["plain", "cut", "through", "three", "curves", "map"])
@pytest.mark.parametrize("transparent", [False, True])
def test_a_tiled_picture_is_the_untiled_one(name, transparent):
    camera = NAMED["map"](Camera()) if name == "map" else Camera()
    whole = screenshot(views_of(name), camera, (641, 423), transparent=transparent)
    tiled = screenshot(views_of(name), camera, (641, 423), transparent=transparent, largest_px=171)
    assert len(tiles((641, 423), 171)) == 12
    assert differing(whole, tiled) <= SHARE


@pytest.mark.slow
def test_a_large_tiled_picture_is_the_untiled_one(monkeypatch):
    """Both in the size of a poster, the untiled one in the largest framebuffer that it fits."""
    size = (8192, 4608)
    tiled = screenshot(views_of("plain"), Camera(), size)
    assert len(tiles(size, 16384)) > 1
    monkeypatch.setattr(offscreen, "_TILE_PX", size[0] * size[1])
    assert len(tiles(size, 16384)) == 1
    whole = screenshot(views_of("plain"), Camera(), size)
    assert differing(whole, tiled) <= SHARE


def refuse_above(monkeypatch, side_px: int) -> list[tuple[int, int]]:
    """A driver without room for larger pictures; those that it was asked for are listed."""
    asked = []
    original = moderngl.Context.depth_renderbuffer

    def allocate(self, size, **options):
        asked.append(size)
        if max(size) > side_px:
            raise moderngl.Error("the framebuffer is not complete (GL_OUT_OF_MEMORY)")
        return original(self, size, **options)

    monkeypatch.setattr(moderngl.Context, "depth_renderbuffer", allocate)
    return asked


def test_where_graphics_memory_is_short_tiles_are_smaller(monkeypatch):
    whole = screenshot(views_of("plain"), Camera(), (800, 500))
    asked = refuse_above(monkeypatch, 300)
    assert differing(whole, screenshot(views_of("plain"), Camera(), (800, 500))) <= SHARE
    assert max(max(size) for size in asked[2:]) <= 300


def test_where_there_is_no_graphics_memory_it_is_one_error(monkeypatch):
    refuse_above(monkeypatch, 50)
    with pytest.raises(NoOpenGL, match="smaller resolution"):
        screenshot(views_of("plain"), Camera(), (800, 500))


@given(st.integers(1, 300), st.integers(1, 300), st.integers(2, 120))
def test_tiles_cover_the_picture_once_on_blocks_that_stay_whole(width, height, largest):
    count = np.zeros((height, width), dtype=int)
    for x, y, wide, high in tiles((width, height), largest):
        assert 0 < wide <= largest and 0 < high <= largest
        assert x % 2 == 0 and (height - y - high) % 2 == 0
        count[y : y + high, x : x + wide] += 1
    assert (count == 1).all()


def test_tiles_bound_the_memory():
    for size in ((8192, 4608), (20000, 11250), (65535, 600)):
        assert all(w * h <= 2**23 for _, _, w, h in tiles(size, 16384))
    assert tiles((3840, 2160), 16384) == [(0, 0, 3840, 2160)]


def test_the_part_of_a_frustum_maps_points_to_the_same_pixels():
    """Against the projection of the whole, for points all over the box."""
    rng = np.random.default_rng(0)
    points = rng.uniform(-1, 1, (50, 3))
    pane = Pane(views_of("plain")[0], Camera(), (70, 40, 500, 300))
    tile = (200, 100, 150, 90)
    part, (scale_x, scale_y, shift_x, shift_y) = within(pane, tile)
    whole = pane.camera.project(points, pane.size_px)[:, :2] + (70, 40)
    ndc = whole - (70, 40)
    ndc = np.stack([ndc[:, 0] / 250 - 1, 1 - ndc[:, 1] / 150], axis=1)
    inside = ndc * (scale_x, scale_y) + (shift_x, shift_y)
    pixels = np.stack([(inside[:, 0] + 1) * part[2] / 2, (1 - inside[:, 1]) * part[3] / 2], axis=1)
    np.testing.assert_allclose(pixels + part[:2] + (200, 100), whole, atol=1e-9)
    assert within(pane, (0, 0, 70, 400)) is None


@pytest.mark.parametrize("name", ["plain", "through", "cut"])
def test_a_transparent_picture_over_the_background_is_the_opaque_one(name):
    (view,) = views_of(name)
    opaque = np.asarray(screenshot([view], Camera(), (640, 400))).astype(float)
    clear = screenshot([view], Camera(), (640, 400), transparent=True)
    assert clear.shape == (400, 640, 4)
    pixels = np.asarray(clear).astype(float)
    opacity = pixels[..., 3:] / 255
    behind = 255 * np.array(theme_for(view.settings.background).background)
    difference = np.abs(pixels[..., :3] * opacity + behind * (1 - opacity) - opaque).max(axis=2)
    # Eight bits a layer, and several layers where lines cross.
    assert (difference > TOLERANCE).mean() <= SHARE and difference.max() <= 6
    solid = 0.1 if view.settings.opacity == 1.0 else 0.005
    assert (opacity == 0).mean() > 0.3 and (opacity == 1).mean() > solid
    assert not pixels[:3, :3].any()


def test_premultiplied_colours_come_back():
    """For every colour and opacity: as near as eight bits of the product allow."""
    color = np.arange(256, dtype=float)
    for opacity in (1, 2, 51, 128, 200, 254, 255):
        multiplied = np.round(color * opacity / 255)
        pixels = np.stack([multiplied] * 3 + [np.full(256, opacity)], axis=1).astype(np.uint8)[None]
        found = straight(pixels)[0, :, 0].astype(float)
        assert np.abs(found - color).max() <= 0.5 * 255 / opacity + 0.5
    assert not straight(np.zeros((1, 1, 4), np.uint8)).any()


def test_scale_gives_more_pixels_and_leaves_the_composition():
    """Shrunk again, by averages, it is the picture at a scale of 1 but for the smoothing of edges."""
    small = np.asarray(screenshot(views_of("plain"), Camera(), (640, 360))).astype(float)

    def off(large) -> np.ndarray:
        assert large.shape == (1080, 1920, 3)
        shrunk = np.asarray(large).reshape(360, 3, 640, 3, 3).mean(axis=(1, 3))
        return np.abs(small - shrunk).max(axis=2)

    difference = off(screenshot(views_of("plain"), Camera(), (640, 360), scale=3.0))
    assert difference.mean() < 3.0 and (difference > 60).mean() < 0.02
    thin = off(screenshot(views_of("plain"), Camera(), (1920, 1080), pixel_scale=0.85))
    assert thin.mean() > 2 * difference.mean(), "lines and text that do not grow are noticed"
    half = screenshot(views_of("plain"), Camera(), (1280, 720), scale=0.5)
    assert half.shape == (360, 640, 3)


@pytest.mark.parametrize("option", ["legend", "axis_labels"])
def test_parts_of_the_writing_can_be_left_out(option):
    with_it, without = (
        np.asarray(screenshot([build_view(surface(), Settings(**{option: on}))], Camera(), (640, 400)))
        for on in (True, False)
    )
    changed = np.any(with_it != without, axis=2)
    assert 0.0005 < changed.mean() < 0.1
    dark = (with_it.min(axis=2) < 120).sum() - (without.min(axis=2) < 120).sum()
    assert dark > 100, "there is less ink"
