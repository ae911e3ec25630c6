"""What the shader draws, held against the numpy twin of the same transform.

Seen from straight above with parallel projection and without light, a pixel's colour is
the colour map's at the value under it: no other knowledge of the shader is needed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import Delaunay

from compute.surface import PENDING, HeightMesh, Surface, status_of
from glviz.render import Renderer
from glviz.render.surface import kept
from glviz.scene.camera import Camera
from glviz.scene.colormap import table
from glviz.scene.panes import Pane, layout
from glviz.scene.pick import sample
from glviz.scene.triangles import triangles
from glviz.scene.view import View, build_view
from glviz.settings import Settings

SIZE = (320, 320)
ABOVE = Camera(azimuth=-90.0, elevation=90.0, orthographic=True)
BARE = Settings(
    shading=0.0,
    contours=False,
    floor=False,
    critical_points=False,
    paths=False,
    axes=False,
    missing="none",
    colormap="viridis",
)


@pytest.fixture
def draw(gl_context):
    """Draw views side by side and give back the picture, (height, width, 3) float 0 to 255."""
    renderer = Renderer(gl_context)

    def drawn(*views: View, camera: Camera = ABOVE, size=SIZE) -> np.ndarray:
        rects = layout(len(views), (0, 0, *size))
        renderer.draw([Pane(v, camera, r) for v, r in zip(views, rects, strict=True)], size)
        return renderer.read().astype(np.float64)

    yield drawn
    renderer.release()


def bowl(nx: int = 41, ny: int = 31, *, offset: float = 0.0) -> Surface:
    x, y = np.linspace(-2, 2, nx), np.linspace(-1, 3, ny)
    return Surface(
        x, y, offset + x[None, :] ** 2 + 0.5 * (y[:, None] - 1) ** 2 + 0.3 * x[None, :] * y[:, None]
    )


def probes(view: View, count: int = 300, edge: float = 0.03) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random places on the surface: data x, y, and the pixels they are seen at from above."""
    rng = np.random.default_rng(3)
    wx, wy = (rng.uniform(-h + edge, h - edge, count) for h in view.frame.half)
    pixel = ABOVE.project(np.stack([wx, wy, np.zeros(count)], 1), SIZE)[:, :2]
    # The value in the middle of the pixel, not somewhere in it.
    column, row = np.floor(pixel).astype(int).T
    step = np.diff(ABOVE.project([[0, 0, 0], [1, 0, 0]], SIZE)[:, 0])[0]
    wx = (column + 0.5 - SIZE[0] / 2) / step + ABOVE.target[0]
    wy = -(row + 0.5 - SIZE[1] / 2) / step + ABOVE.target[1]
    return view.frame.x_data(wx), view.frame.y_data(wy), np.stack([column, row], 1)


def expected(view: View, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    unit = sample(view.data.x, view.data.y, view.color.unclamped(), view.valid, x, y)
    colors = table(view.settings.colormap).astype(np.float64)[:, :3]
    place = np.clip(unit, 0, 1) * (len(colors) - 1)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, len(colors) - 1)
    found = colors[low] + (place - low)[:, None] * (colors[high] - colors[low])
    found[unit < -1e-5] = 255.0 * np.array(view.palette.below)
    found[unit > 1 + 1e-5] = 255.0 * np.array(view.palette.above)
    return found


def test_clamped_values_are_drawn_like_the_ends_if_not_marked(draw):
    view = build_view(bowl(offset=0.05), replace(BARE, clamp_high=2.0, mark_clamped=False))
    x, y, pixel = probes(view)
    beyond = sample(view.data.x, view.data.y, view.color.unclamped(), view.valid, x, y) > 1.01
    assert beyond.sum() > 20
    colors = draw(view)[pixel[beyond, 1], pixel[beyond, 0]]
    assert np.abs(colors.astype(int) - table("viridis")[-1, :3]).max() <= 3


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"height_scale": "log"},
        {"height_scale": "symlog"},
        {"height_scale": "asinh"},
        {"height_scale": "rank"},
        {"clamp_low": 1.0, "clamp_high": 3.0},
        {"percentile_high": 80.0},
        {"clamp_high": 3.0, "color_above": "#ff00ff"},
        {"color_scale": "log"},
        {"color_scale": "rank"},
        {"colormap": "cividis_r"},
        {"exaggeration": 3.0},
    ],
    ids=str,
)
def test_colours_are_those_of_the_values(draw, changes):
    view = build_view(bowl(offset=0.05), replace(BARE, **changes))
    picture = draw(view)
    x, y, pixel = probes(view)
    difference = np.abs(picture[pixel[:, 1], pixel[:, 0]] - expected(view, x, y)).max(axis=1)
    assert np.quantile(difference, 0.99) <= 3.0


def test_unevenly_spaced_axes_are_drawn_where_they_are(draw):
    x, y = np.array([0.0, 1, 2, 4, 8, 16]), np.array([0.0, 1, 2, 10, 16])
    view = build_view(Surface(x, y, 3 * x[None, :] + y[:, None]), BARE)
    picture = draw(view)
    px, py, pixel = probes(view)
    difference = np.abs(picture[pixel[:, 1], pixel[:, 0]] - expected(view, px, py)).max(axis=1)
    assert np.quantile(difference, 0.99) <= 3.0


def test_colour_by_another_field(draw):
    surface = bowl()
    view = build_view(
        surface.replace(metrics={"accuracy": np.cos(surface.loss)}), replace(BARE, color_by="accuracy")
    )
    picture = draw(view)
    x, y, pixel = probes(view)
    difference = np.abs(picture[pixel[:, 1], pixel[:, 0]] - expected(view, x, y)).max(axis=1)
    assert view.color.name == "accuracy"
    assert np.quantile(difference, 0.98) <= 4.0


def test_cells_at_missing_points_are_holes_and_no_others(draw):
    surface = bowl(21, 21)
    loss = surface.loss.copy()
    loss[5, 8], loss[12, 3] = np.nan, np.inf
    status = status_of(loss)
    status[16, 15] = PENDING
    view = build_view(surface.replace(loss=loss, status=status), BARE)
    picture = draw(view)
    x, y, pixel = probes(view, 1500)
    column = np.clip(np.searchsorted(view.data.x, x) - 1, 0, 19)
    row = np.clip(np.searchsorted(view.data.y, y) - 1, 0, 19)
    good = view.valid
    whole = good[row, column] & good[row + 1, column] & good[row, column + 1] & good[row + 1, column + 1]
    background = np.all(picture[pixel[:, 1], pixel[:, 0]] == 255, axis=1)
    # A pixel at the very edge of a hole may be either.
    fx, fy = (x - view.data.x[column]) / 0.2, (y - view.data.y[row]) / 0.2
    inner = (np.abs(fx - 0.5) < 0.42) & (np.abs(fy - 0.5) < 0.42)
    assert (~whole[inner]).sum() >= 10
    np.testing.assert_array_equal(background[inner], ~whole[inner])


def test_iso_lines_run_where_the_value_is_a_level(draw):
    surface = bowl()
    plain, lined = (build_view(surface, replace(BARE, contours=on, contour_count=8)) for on in (False, True))
    difference = np.abs(draw(lined) - draw(plain)).sum(axis=2)
    x, y, pixel = probes(lined, 4000)
    value = sample(surface.x, surface.y, lined.height.drawn(), lined.valid, x, y)
    levels = lined.height.scale.forward(lined.levels)
    distance = np.abs(value[:, None] - levels).min(axis=1)
    # Height per pixel, from the numpy surface: far away means over three pixels.
    gy, gx = np.gradient(lined.height.drawn(), lined.frame.y_world(surface.y), lined.frame.x_world(surface.x))
    slope = sample(surface.x, surface.y, np.hypot(gx, gy), lined.valid, x, y)
    px = distance / np.maximum(slope / 102.0, 1e-9)
    seen = difference[pixel[:, 1], pixel[:, 0]]
    assert len(levels) >= 5
    assert (seen[px > 3.0] == 0).mean() > 0.995
    steep = slope > 0.15  # where the ground is flat a line fades
    assert (seen[(px < 0.3) & steep] > 30).mean() > 0.97


def test_the_surface_stands_where_the_camera_says(draw):
    """The four corners of the surface are drawn at the pixels that Camera.project gives."""
    surface = Surface([0.0, 1.0], [0.0, 1.0], [[0.0, 0.5], [0.25, 1.0]])
    view = build_view(surface, BARE)
    camera = Camera(azimuth=-50.0, elevation=35.0)
    picture = draw(view, camera=camera)
    covered = np.any(picture != 255, axis=2)
    rows, columns = np.nonzero(covered)
    unit = view.height.drawn().ravel()
    hx, hy = view.frame.half
    corners = np.array([[-hx, -hy, 0], [hx, -hy, 0], [-hx, hy, 0], [hx, hy, 0]], dtype=float)
    corners[:, 2] = view.frame.z_world(unit)
    place = camera.project(corners, SIZE)[:, :2]
    assert abs(columns.min() - place[:, 0].min()) <= 1.5
    assert abs(columns.max() + 1 - place[:, 0].max()) <= 1.5
    assert abs(rows.max() + 1 - place[:, 1].max()) <= 1.5
    assert abs(rows.min() - place[:, 1].min()) <= 1.5


def test_a_constant_surface_is_flat_and_drawn(draw):
    surface = Surface(np.linspace(0, 1, 9), np.linspace(0, 1, 9), np.full((9, 9), 3.0))
    picture = draw(build_view(surface, BARE))
    lowest = table("viridis")[0, :3]
    np.testing.assert_allclose(picture[160, 160], lowest, atol=1)


@pytest.mark.parametrize("value", [1e-300, -1e300, 5e-324, 1.7e308])
def test_extreme_values_are_drawn(draw, value):
    loss = np.array([[0.0, value], [value / 2, 0.0]])
    picture = draw(build_view(Surface([0, 1], [0, 1], loss), BARE))
    assert np.any(picture[120:200, 120:200] != 255)


def test_all_missing_draws_nothing_but_does_not_fail(draw):
    view = build_view(Surface([0, 1], [0, 1], np.full((2, 2), np.nan)), BARE)
    assert np.all(draw(view) == 255)
    assert any("finite" in notice for notice in view.notices)


def test_a_mesh_that_is_no_lattice_is_drawn_with_its_values(draw):
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0.5, 0.6]], dtype=float)
    mesh = HeightMesh(
        corners[:, 0], corners[:, 1], corners[:, 0] * 2, [[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]]
    )
    view = build_view(mesh, BARE)
    picture = draw(view)
    step = np.diff(ABOVE.project([[0, 0, 0], [1, 0, 0]], SIZE)[:, 0])[0]
    for wx in (-0.8, -0.3, 0.1, 0.7):
        column = int(SIZE[0] / 2 + wx * step)
        unit = ((column + 0.5 - SIZE[0] / 2) / step + 1) / 2
        color = table("viridis")[round(unit * 255) * (len(table("viridis")) - 1) // 255, :3]
        np.testing.assert_allclose(picture[150, column], color, atol=4)


def test_a_slice_hides_the_near_half_only(draw):
    settings = replace(BARE, slice_axis="x", slice_position=0.0)
    surface = bowl()
    camera = Camera(azimuth=-20.0, elevation=89.0, orthographic=True)  # the eye is on the side of positive x
    cut = draw(build_view(surface, settings), camera=camera)
    kept = draw(build_view(surface, replace(settings, slice_cut=False)), camera=camera)
    area = [np.any(p != 255, axis=2).mean() for p in (cut, kept)]
    assert 0.45 < area[0] / area[1] < 0.60


def test_panes_do_not_leak_into_each_other(draw):
    a, b = build_view(bowl(), BARE), build_view(bowl(), replace(BARE, colormap="plasma"))
    both = draw(a, b, size=(640, 320))
    # Another place in the picture may round otherwise, by one step of 255.
    np.testing.assert_allclose(both[:, :320], draw(a), atol=1)
    np.testing.assert_allclose(both[:, 320:], draw(b), atol=1)


def test_drawing_again_gives_the_same_picture_and_uploads_nothing(draw, gl_context, monkeypatch):
    view = build_view(bowl(), replace(BARE, contours=True, floor=True, axes=True))
    first = draw(view)
    import glviz.render.resource as resource

    def forbidden(*_, **__):
        raise AssertionError("uploaded again")

    monkeypatch.setattr(resource, "float_texture", forbidden)
    monkeypatch.setattr("glviz.render.surface.float_texture", forbidden)
    exaggerated = build_view(bowl(), view.settings)  # another surface object: must be uploaded
    np.testing.assert_array_equal(draw(view), first)
    with pytest.raises(AssertionError, match="uploaded again"):
        draw(exaggerated)


def test_a_hole_is_hatched_on_the_floor_beneath(draw):
    surface = bowl()
    loss = surface.loss.copy()
    loss[8:13, 8:13] = np.nan
    view = build_view(surface.replace(loss=loss), replace(BARE, missing="hatched"))
    bare = build_view(surface.replace(loss=loss), BARE)
    with_hatch, without = draw(view).astype(int), draw(bare).astype(int)
    changed = np.abs(with_hatch - without).max(axis=2) > 8
    hole = (without == 255).all(axis=2) & (np.indices(changed.shape)[0] > 100) & changed
    rows, columns = np.nonzero(changed)
    assert hole.sum() > 200 and np.all(without[rows, columns] == 255), "only where the background was seen"


def test_lines_of_one_colour_have_it(draw):
    settings = replace(BARE, contours=True, levels="0.5,1.5", contour_color="#ff0000")
    picture = draw(build_view(bowl(offset=0.05), settings)).astype(int)
    red = (picture[..., 0] > 240) & (picture[..., 1] < 20) & (picture[..., 2] < 20)
    assert red.sum() > 150


def test_a_translucent_surface_is_blended_with_what_is_behind(draw):
    view = build_view(bowl(offset=0.05), replace(BARE, opacity=0.4))
    picture = draw(view)
    x, y, pixel = probes(view)
    blended = 0.4 * expected(view, x, y) + 0.6 * 255.0
    difference = np.abs(picture[pixel[:, 1], pixel[:, 0]] - blended).max(axis=1)
    assert np.quantile(difference, 0.99) <= 3.0


@pytest.mark.parametrize("azimuth", [0.0, 90.0, 180.0, -90.0])
def test_layers_shine_through_from_the_farthest_to_the_nearest(draw, azimuth):
    # A hill with steep sides, each half in its own colour: the line of sight goes through both.
    x = np.linspace(-1, 1, 41)
    inside = np.abs(x) < 0.42
    hill = np.outer(inside, inside).astype(float)
    along = np.cos(np.radians(azimuth)) * x[None, :] + np.sin(np.radians(azimuth)) * x[:, None]
    surface = Surface(x, x, hill, metrics={"near": (along > 0).astype(float)})
    view = build_view(surface, replace(BARE, opacity=0.5, color_by="near"))
    camera = Camera(azimuth=azimuth, elevation=0.5, orthographic=True, target=(0.0, 0.0, 0.42))
    far, near = (table("viridis")[k, :3].astype(float) for k in (0, -1))
    expected = 0.5 * near + 0.25 * far + 0.25 * 255.0
    assert np.abs(draw(view, camera=camera)[160, 160] - expected).max() <= 3.0


def test_without_opacity_only_the_lines_are_left(draw):
    view = build_view(bowl(offset=0.05), replace(BARE, opacity=0.0, contours=True, levels="1,2"))
    picture = draw(view).astype(int)
    inked = (picture < 200).all(axis=2).mean()
    assert 0.002 < inked < 0.05
    assert (picture == 255).all(axis=2).mean() > 0.9


def test_the_wireframe_is_that_of_the_files_grid(draw):
    x = np.linspace(0.0, 1.0, 6)
    flat = Surface(x, x, np.zeros((6, 6)))
    for interpolation in ("bilinear", "smooth"):
        plain, wired = (
            draw(build_view(flat, replace(BARE, wireframe=w, interpolation=interpolation))).astype(int)
            for w in (False, True)
        )
        changed = np.abs(wired - plain).max(axis=2) > 12
        columns, rows = changed.mean(axis=0) > 0.3, changed.mean(axis=1) > 0.3

        def groups(hits):
            return np.count_nonzero(np.diff(hits.astype(int)) == 1)

        assert 4 <= groups(columns) <= 6 and 4 <= groups(rows) <= 6


def test_a_level_that_is_just_not_reached_has_no_line(draw):
    """A peak that ends a hair below a level: near it the slope is next to nothing, and no line is there."""
    x = np.linspace(-1, 1, 21)
    loss = 1.0 - np.add.outer(x**2, x**2)
    surface = Surface(x, x, loss)
    settings = replace(BARE, contours=True, levels="1.0001", clamp_high=1.2)
    plain = draw(build_view(surface, replace(settings, contours=False)))
    np.testing.assert_array_equal(draw(build_view(surface, settings)), plain)
    reached = draw(build_view(surface, replace(settings, levels="0.97")))
    assert np.any(reached[135:185, 135:185] != plain[135:185, 135:185])


def test_a_large_surface_in_motion_is_drawn_from_fewer_samples_to_the_same_picture(gl_context):
    surface = bowl(1700, 1500)
    view = build_view(surface, BARE)
    pane = Pane(view, ABOVE, (0, 0, *SIZE))
    renderer = Renderer(gl_context)
    renderer.software = True  # as where every sample costs
    try:
        renderer.draw([pane], SIZE)
        still = renderer.read().astype(int)
        renderer.draw([pane], SIZE, moving=True)
        moving = renderer.read().astype(int)
    finally:
        renderer.release()
    inside = np.any(still != 255, axis=2) & np.any(moving != 255, axis=2)
    assert inside.mean() > 0.3
    assert np.abs(still - moving)[inside].max() <= 3
    assert np.abs(np.any(still != 255, axis=2).mean() - np.any(moving != 255, axis=2).mean()) < 0.01


@pytest.mark.parametrize("elevation", [36.0, 90.0])
def test_a_large_surface_of_few_triangles_looks_as_with_many(gl_context, monkeypatch, elevation):
    x = np.linspace(-1, 1, 700)
    hills = np.sin(9 * x)[None, :] * np.cos(7 * x)[:, None] + np.add.outer(x**2, x**2)
    settings = replace(BARE, critical_points=True)  # markers lie on the surface, also from above
    camera = Camera(elevation=elevation, orthographic=elevation == 90.0)
    pane = Pane(build_view(Surface(x, x, hills), settings), camera, (0, 0, 800, 600))
    renderer = Renderer(gl_context)
    seen, counts = [], []

    def noted(*given):
        counts.append(len(found := triangles(*given)))
        return found

    monkeypatch.setattr("glviz.render.surface.triangles", noted)
    try:
        for allowed in (None, 0.0):
            if allowed is not None:
                monkeypatch.setattr("glviz.render.surface.tolerance_px", lambda *_: 0.0)
            renderer.draw([pane], (800, 600))
            seen.append(renderer.read().astype(int))
    finally:
        renderer.release()
    assert counts[0] < 0.5 * counts[1]
    assert (np.abs(seen[0] - seen[1]).max(axis=2) > 3).mean() < 0.001


def test_both_ends_of_an_axis_are_kept():
    np.testing.assert_array_equal(np.arange(9)[kept(9, 4)], [0, 3, 5, 8])
    assert kept(9, 9) == slice(None)


def _labelled(surface: Surface, numbers: np.ndarray) -> View:
    field = surface.replace(metrics={"basin": numbers}, meta={"labels": ["basin"]})
    return build_view(field, replace(BARE, color_by="basin"))


def test_labels_have_the_colour_of_the_nearest_sample_and_none_between(draw):
    surface = bowl(14, 11)
    numbers = np.random.default_rng(5).integers(0, 5, surface.shape).astype(float)
    numbers[4, 6] = np.nan
    view = _labelled(surface, numbers)
    picture = draw(view)
    x, y, pixel = probes(view, 2000)
    column = np.interp(x, surface.x, np.arange(surface.x.size))
    row = np.interp(y, surface.y, np.arange(surface.y.size))
    # A pixel that a border runs through is of both.
    inner = (np.abs(column % 1 - 0.5) > 0.06) & (np.abs(row % 1 - 0.5) > 0.06)
    slots = np.round(view.color.base * (len(view.palette.colors) - 1)).astype(int)
    nearest = slots[np.rint(row[inner]).astype(int), np.rint(column[inner]).astype(int)]
    assert len(np.unique(nearest)) == 6
    found = picture[pixel[inner, 1], pixel[inner, 0]]
    assert np.abs(found - view.palette.colors[nearest, :3]).max() <= 2.0


def test_a_mesh_of_labels_has_no_colours_between_either(draw):
    places = np.random.default_rng(6).uniform(-1, 1, (40, 2))
    numbers = np.arange(40.0) % 4
    mesh = HeightMesh(*places.T, np.zeros(40), Delaunay(places).simplices, {"part": numbers})
    view = build_view(mesh, replace(BARE, color_by="part", color_kind="labels"))
    colors, counts = np.unique(draw(view).reshape(-1, 3), axis=0, return_counts=True)
    pure = {tuple(color) for color in view.palette.colors[:, :3].tolist()} | {(255, 255, 255)}
    apart = counts[[tuple(color) not in pure for color in colors.tolist()]].sum()
    # Only the smoothed pixels along the borders are of two colours.
    assert apart < 0.08 * counts.sum()
