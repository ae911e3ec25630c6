"""Models of surfaces: where they stand, how large they are, what lies on them."""

from __future__ import annotations

import numpy as np
import pytest

from compute.errors import ArgumentError
from compute.solid import Model, ModelLook, build, picture, shapes
from compute.solid.colors import ramp, to_linear
from compute.solid.contours import iso_lines
from compute.solid.drape import draped
from compute.solid.terrain import terrain
from compute.surface import CriticalPoint, Curve, Path, Surface


def every_point(model: Model) -> np.ndarray:
    return np.concatenate([part.points for part in model.parts])


@pytest.mark.parametrize("size", [0.2, 0.5, 3.0])
def test_a_model_is_centred_stands_on_the_floor_and_has_the_size(bowl, size):
    points = every_point(build(bowl, ModelLook(size=size)))
    low, high = points.min(axis=0), points.max(axis=0)
    assert low[1] == 0
    assert high[0] == pytest.approx(size / 2, rel=0.01) and -low[0] == pytest.approx(size / 2, rel=0.01)
    assert max(high[0] - low[0], high[2] - low[2]) <= size * (1 + 1e-12)
    assert high[2] - low[2] == pytest.approx(size * 0.8, rel=0.02)
    assert high[1] == pytest.approx(0.425 * size, rel=0.05)


def test_y_is_up_and_beta_runs_to_the_back(bowl):
    part = build(bowl, ModelLook(contours=0, points=False, paths=False)).parts[0]
    lowest = part.points[part.points[:, 1].argmin()]
    # The minimum at alpha 0.1, beta -0.2: right of the middle, and in front of it.
    assert lowest[0] == pytest.approx(0.1 * 0.25) and lowest[2] == pytest.approx(0.2 * 0.25)


def test_exaggeration_scales_heights_alone(bowl):
    look = ModelLook(contours=0, points=False, paths=False)
    one, two = (build(bowl, ModelLook(exaggeration=e, contours=0, points=False, paths=False)) for e in (1, 2))
    np.testing.assert_allclose(two.parts[0].points, one.parts[0].points * [1, 2, 1], atol=1e-12)
    assert look.exaggeration == 1


def test_parts_have_names_and_outward_normals_of_unit_length(bowl):
    model = build(bowl)
    assert [part.name for part in model.parts] == ["surface", "contours", "path 1 sgd", "minima"]
    for part in model.parts:
        np.testing.assert_allclose(np.linalg.norm(part.normals, axis=1), 1, atol=1e-12)
        a, b, c = (part.points[corner] for corner in part.triangles.T)
        face = np.cross(b - a, c - a)
        along = (face * part.normals[part.triangles].sum(axis=1)).sum(axis=1)
        assert (along > 0).mean() > 0.95  # the caps of tubes have the normals of their sides


def test_colour_follows_the_height_exactly(bowl):
    model = build(bowl, ModelLook(colormap="magma", contours=0, points=False, paths=False))
    part = model.parts[0]
    texture = part.material.texture
    assert texture is not None and part.uv is not None
    unit = part.points[:, 1] / part.points[:, 1].max()
    np.testing.assert_allclose(part.uv[:, 0] * 256, 0.5 + unit * 255, atol=1e-9)
    assert (texture[0] == ramp("magma")).all() and (texture == texture[0]).all()


def test_contours_lie_at_their_level_and_close(bowl):
    ground, _ = terrain(bowl)
    points = np.stack([ground.x, ground.y, ground.value], axis=1)
    (line,) = iso_lines(points, ground.value, ground.triangles, 0.2)
    assert line.closed and len(line.points) > 20
    np.testing.assert_allclose(line.points[:, 2], 0.2, atol=1e-12)
    # An ellipse, of whose area the samples know a little less.
    x, y = line.points[:, 0], line.points[:, 1]
    area = abs(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2
    assert area == pytest.approx(np.pi * 0.15 / np.sqrt(2), rel=0.02)
    # The higher side is on the left: around a minimum clockwise.
    assert np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) < 0


def test_contours_end_at_the_rim_and_at_holes(holed):
    ground, _ = terrain(holed)
    points = np.stack([ground.x, ground.y, ground.value], axis=1)
    lines = iso_lines(points, ground.value, ground.triangles, 1.5)
    assert lines and not any(line.closed for line in lines)
    assert iso_lines(points, ground.value, ground.triangles, 99.0) == []


def test_a_level_through_vertices_makes_one_line():
    x = np.arange(5.0)
    surface = Surface(x, x, np.broadcast_to(x, (5, 5)))
    ground, _ = terrain(surface)
    points = np.stack([ground.x, ground.y, ground.value], axis=1)
    (line,) = iso_lines(points, ground.value, ground.triangles, 2.0)
    np.testing.assert_allclose(line.points[:, 0], 2.0)
    assert {0.0, 4.0} <= set(line.points[:, 1])


def test_paths_lie_on_the_surface_and_stop_where_there_is_none(bowl, holed):
    path = Path([-5, -0.9, 0.9], [0, 0, 0])
    (piece,) = draped(path, bowl, np.array(bowl.loss))
    x, y, height = piece
    assert x[0] == -0.9 and x[-1] == pytest.approx(0.9) and len(x) > 100
    np.testing.assert_allclose(height, (x - 0.1) ** 2 + 2 * (y + 0.2) ** 2 + 0.05, atol=2e-3)
    through = Path([-0.6, -0.4], [bowl.y[10] + 0.01, bowl.y[10] + 0.01])
    pieces = draped(through, holed, np.where(holed.finite, holed.loss, np.nan))
    assert len(pieces) == 2


@pytest.mark.parametrize("most", [100, 300, 1000, 5000])
@pytest.mark.parametrize("decimation", ["quadric", "regular"])
def test_the_count_asked_for_is_never_passed(bowl, most, decimation):
    model = build(bowl, ModelLook(max_triangles=most, decimation=decimation))
    assert model.triangles <= most
    assert model.triangles >= 0.4 * most
    if most < 5000:
        assert any("triangles" in notice for notice in model.notices)


def test_critical_points_are_found_where_a_file_has_none(bowl):
    model = build(bowl.replace(critical_points=()))
    minima = next(part for part in model.parts if part.name == "minima")
    middle = (minima.points.min(axis=0) + minima.points.max(axis=0)) / 2
    assert middle[0] == pytest.approx(0.025, abs=0.002) and middle[2] == pytest.approx(0.05, abs=0.002)


def test_points_at_the_rim_and_in_the_noise_are_not_marked(bowl):
    points = (
        CriticalPoint("saddle", 0.3, 0.3, 0.5, persistence=0.1, significant=False),
        CriticalPoint("maximum", 1, 0.8, 2.0, persistence=1.0, boundary=True),
    )
    assert [part.name for part in build(bowl.replace(critical_points=points, paths=())).parts] == [
        "surface",
        "contours",
    ]


def test_meshes_have_models_and_curves_do_not(mesh):
    model = build(mesh)
    assert {part.name for part in model.parts} >= {"surface", "contours"}
    assert model.heights["x"] == [mesh.x.min(), mesh.x.max()]
    with pytest.raises(ArgumentError, match="curve"):
        build(Curve([0, 1], [1, 2]))
    with pytest.raises(ArgumentError, match="regular"):
        build(mesh, ModelLook(max_triangles=100, decimation="regular"))


def test_flat_and_extreme_surfaces_are_sound():
    x = np.linspace(0, 1, 9)
    noise = np.random.default_rng(1).uniform(size=(9, 9))
    for values in (np.zeros((9, 9)), 1e308 * (noise - 0.5) * 2, 1e-300 * noise, 10 ** (20 * noise)):
        model = build(Surface(x * 1e-12, x * 1e12, values), ModelLook(max_triangles=2000))
        assert np.isfinite(every_point(model)).all()
        assert np.ptp(every_point(model), axis=0).max() <= 0.51


def test_tubes_and_marks_are_closed_bodies_of_the_right_volume():
    import trimesh

    line = np.stack([np.linspace(0, 2, 30), np.zeros(30), np.zeros(30)], axis=1)
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    ring = np.stack([np.cos(angle), np.zeros(60), np.sin(angle)], axis=1)
    side = 24 * np.sin(2 * np.pi / 24) / 2  # area of a polygon of radius 1
    for shape, volume in (
        (shapes.tube(line, 0.1, 24), 2 * side * 0.01),
        (shapes.tube(ring, 0.1, 24, closed=True), 2 * np.pi * side * 0.01),
        (shapes.ball(np.ones(3), 1.0), 4 / 3 * np.pi),
        (shapes.diamond(np.ones(3), 1.0), 2.0),
    ):
        body = trimesh.Trimesh(shape[0], shape[2])
        assert body.is_watertight and body.is_winding_consistent
        assert body.volume == pytest.approx(volume, rel=0.15)
    count = shapes.tube_triangles(30, 24, closed=False)
    assert count == len(shapes.tube(line, 0.1, 24)[2])


def test_srgb_to_linear_at_known_values():
    np.testing.assert_allclose(to_linear([0, 0.04045, 0.5, 1]), [0, 0.0031308, 0.21404114, 1], atol=1e-7)


def test_the_picture_shows_the_surface_in_its_colours(bowl):
    pixels = picture(build(bowl, ModelLook(contours=0, points=False, paths=False)), 160, 120)
    assert pixels.shape == (120, 160, 3) and (pixels[0, 0] == 255).all()
    drawn = (pixels != 255).any(axis=2)
    assert 0.25 < drawn.mean() < 0.9
    hue = pixels[drawn].astype(int)
    assert (hue[:, 2] > hue[:, 0] + 20).any()  # the low end of viridis
    assert (hue[:, 1] > hue[:, 2] + 60).any()  # and the high one


@pytest.mark.parametrize(
    "wrong",
    [{"size": 0.0}, {"size": float("nan")}, {"exaggeration": -1.0}, {"scale": "logg"}, {"contours": -1},
     {"max_triangles": 10}, {"decimation": "some"}],
)  # fmt: skip
def test_looks_that_cannot_be(wrong):
    with pytest.raises(ArgumentError):
        ModelLook(**wrong)


def test_unknown_colour_map_names_the_nearest(bowl):
    with pytest.raises(ArgumentError, match="viridis"):
        build(bowl, ModelLook(colormap="viridiss"))
