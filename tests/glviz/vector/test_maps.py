"""What a map shows, and what has none."""

from __future__ import annotations

import numpy as np
import pytest

from compute.surface import Curve, HeightMesh, Surface
from glviz.errors import UsageError
from glviz.scene.pick import sample
from glviz.vector import field, maps
from glviz.vector.options import MapOptions
from glviz.vector.shapes import Area, Group, Image, Shape, Text
from glviz.vector.text import fitted, width_of, wrapped

from .conftest import views_of


def everything(shapes: tuple[Shape, ...]) -> list[Shape]:
    found: list[Shape] = []
    for shape in shapes:
        found += everything(shape.shapes) if isinstance(shape, Group) else [shape]
    return found


def names(shapes: tuple[Shape, ...]) -> set[str]:
    groups = [shape for shape in shapes if isinstance(shape, Group)]
    return {each.name for each in groups}.union(*(names(each.shapes) for each in groups))



# --- colours ---------------------------------------------------------------------------


def test_colours_are_those_of_the_values(surface):
    """Every pixel by a naive loop over the same bilinear patch, on the drawn scale."""
    (view,) = views_of(surface, percentile_low=5.0, percentile_high=90.0)
    pixels = field.colors(view)
    height, width = pixels.shape[:2]
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(0, height, 400), rng.integers(0, width, 400)
    x = surface.x[0] + (columns + 0.5) / width * np.ptp(surface.x)
    y = surface.y[-1] - (rows + 0.5) / height * np.ptp(surface.y)
    unit = sample(surface.x, surface.y, view.color.unclamped(), view.valid, x, y)
    known = np.isfinite(unit)
    inside = known & (unit > 0) & (unit < 1)
    assert 100 < inside.sum() < known.sum() < 400
    wanted = np.round(view.palette.at(unit[inside]) * 255)
    found = pixels[rows[inside], columns[inside]]
    assert np.abs(found[:, :3] - wanted).max() <= 2
    assert (found[:, 3] == 255).all()
    above = known & (unit > 1.001)
    assert (pixels[rows[above], columns[above], :3] == np.round(np.array(view.palette.above) * 255)).all()
    assert (pixels[rows[~known], columns[~known], 3] < 255).all()


def test_labels_are_drawn_as_far_as_their_sample_is_the_nearest_and_named_beside_the_map():
    x, y = np.linspace(-1.0, 1.0, 7), np.linspace(0.0, 1.0, 5)
    basin = np.random.default_rng(4).integers(0, 6, (5, 7)).astype(float)
    basin[2, 3] = np.nan
    surface = Surface(
        x, y, x[None, :] ** 2 + y[:, None], metrics={"basin": basin}, meta={"labels": ["basin"]}
    )
    (view,) = views_of(surface, color_by="basin")
    pixels = field.colors(view)
    height, width = pixels.shape[:2]
    column = np.rint((np.arange(width) + 0.5) / width * 6 - 1e-9).astype(int)
    row = np.rint((height - 0.5 - np.arange(height)) / height * 4 + 1e-9).astype(int)
    slots = np.round(view.color.base * (len(view.palette.colors) - 1)).astype(int)
    np.testing.assert_array_equal(pixels, view.palette.colors[slots[np.ix_(row, column)]])
    figure = maps.draw([view])
    written = [shape.text for shape in everything(figure.shapes) if isinstance(shape, Text)]
    for text in ("basin", "none", *(f"{number:g}" for number in np.unique(basin[np.isfinite(basin)]))):
        assert text in written
    fills = {tuple(shape.color) for shape in everything(figure.shapes) if isinstance(shape, Area)}
    assert {view.labels.color(k) for k in range(-1, view.labels.numbers.size)} <= fills


def test_the_highest_row_is_at_the_top():
    axis = np.linspace(0.0, 1.0, 9)
    (view,) = views_of(Surface(axis, axis, np.repeat(axis[:, None], 9, axis=1)))
    pixels = field.colors(view)
    assert tuple(pixels[0, 0]) == tuple(view.palette.colors[-1])
    assert tuple(pixels[-1, 0]) == tuple(view.palette.colors[0])


def test_hatching_covers_what_is_not_finite_and_leaves_the_rest(surface):
    (view,) = views_of(surface)
    marked = np.asarray(~np.isfinite(surface.loss) & (surface.status == 2))
    lines = field.hatching(view)
    assert len(lines) > 5
    for ends in lines:
        middle = ends.mean(axis=0)
        x, y = float(view.frame.x_data(middle[0])), float(view.frame.y_data(middle[1]))
        column, row = np.searchsorted(surface.x, x) - 1, np.searchsorted(surface.y, y) - 1
        assert marked[row : row + 2, column : column + 2].any()
    # As long together as the cells' area has room for.
    cells = (marked[:-1, :-1] | marked[1:, :-1] | marked[:-1, 1:] | marked[1:, 1:]).sum()
    per_x, per_y = view.frame.world_per_data()
    area = cells * (surface.x[1] - surface.x[0]) * per_x * (surface.y[1] - surface.y[0]) * per_y
    length = sum(float(np.linalg.norm(ends[1] - ends[0])) for ends in lines)
    assert length == pytest.approx(area / (0.035 / np.sqrt(2.0)), rel=0.05)


def test_a_hole_and_what_is_pending_are_told(surface):
    texts = [s.text for s in everything(maps.draw(views_of(surface)).shapes) if isinstance(s, Text)]
    lacking = int((surface.status == 2).sum())
    assert f"not finite, {lacking} points" in texts
    assert f"not computed yet, {6 * 8} points" in texts


# --- what is shown ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "part"),
    [
        ({"contours": False}, "contours"), ({"contour_labels": "off"}, "contour-labels"),
        ({"paths": False}, "paths"), ({"critical_points": False}, "critical-points"),
        ({"axes": False}, "axes"), ({"scalar_bar": False}, "bar"), ({"title": False}, "head"),
    ],
)  # fmt: skip
def test_settings_take_parts_away(surface, setting, part):
    assert part in names(maps.draw(views_of(surface)).shapes)
    assert part not in names(maps.draw(views_of(surface, **setting)).shapes)


def test_slices_and_pins_are_drawn(surface):
    found = names(maps.draw(views_of(surface, slice_axis="x", pins="0,0; 0.2,0.1")).shapes)
    assert {"slice", "pins"} <= found


def test_a_replay_that_has_not_ended_is_drawn_so_far(surface):
    lengths = []
    for progress in (0.0, 0.3, 1.0):
        figure = maps.draw(views_of(surface, path_progress=progress))
        (group,) = (s for s in _groups(figure.shapes) if s.name == "paths")
        lines = [s for s in group.shapes if getattr(s, "data", None)]
        lengths.append(sum(np.linalg.norm(np.diff(s.points, axis=0), axis=1).sum() for s in lines))
    assert 0 == lengths[0] < lengths[1] < lengths[2]


def _groups(shapes):
    for shape in shapes:
        if isinstance(shape, Group):
            yield shape
            yield from _groups(shape.shapes)


def test_labels_lie_within_the_frame_and_apart(surface):
    figure = maps.draw(views_of(surface, contour_count=30))
    (group,) = (s for s in _groups(figure.shapes) if s.name == "contour-labels")
    texts = [s for s in group.shapes if isinstance(s, Text)]
    plates = [s.points for s in group.shapes if isinstance(s, Area)]
    assert len(texts) == len(plates) > 5
    assert all(-90.0 <= text.angle_deg <= 90.0 for text in texts)
    left, top, right, bottom = next(s.box for s in everything(figure.shapes) if isinstance(s, Image))
    for k, one in enumerate(plates):
        assert (one > (left, top)).all() and (one < (right, bottom)).all()
        for other in plates[k + 1 :]:
            apart = (one.max(axis=0) < other.min(axis=0)) | (other.max(axis=0) < one.min(axis=0))
            assert apart.any()


def test_maps_keep_the_proportions_of_the_window(surface):
    figure = maps.draw(views_of(surface))
    picture = next(s for s in everything(figure.shapes) if isinstance(s, Image))
    left, top, right, bottom = picture.box
    assert (bottom - top) / (right - left) == pytest.approx(0.7)


# --- what has no map -------------------------------------------------------------------


def test_what_has_no_map_is_refused(surface):
    x = np.linspace(0.0, 1.0, 5)
    curve = Curve(x, x**2)
    mesh = HeightMesh(
        x=np.array([0.0, 1.0, 0.0]), y=np.array([0.0, 0.0, 1.0]), height=np.array([0.0, 1.0, 2.0]),
        triangles=np.array([[0, 1, 2]]),
    )  # fmt: skip
    for data, word in ((curve, "curve"), (mesh, "mesh")):
        with pytest.raises(UsageError, match=word):
            maps.draw(views_of(data))
    with pytest.raises(UsageError, match="overlaid"):
        maps.draw(views_of(surface, surface, compare="overlay"))


# --- text ------------------------------------------------------------------------------


def test_long_names_are_shortened_in_the_middle():
    name = "a_very_long_name_" * 9 + "end.ply"
    short = fitted(name, 8.0, 120.0)
    assert width_of(short, 8.0) <= 120.0
    assert short.startswith("a_very") and short.endswith(".ply") and "\N{HORIZONTAL ELLIPSIS}" in short
    assert fitted("short", 8.0, 120.0) == "short"


def test_lines_are_broken_between_words():
    text = "one two three four five six seven eight"
    lines = wrapped(text, 8.0, 60.0)
    assert " ".join(lines) == text
    assert all(width_of(line, 8.0) <= 60.0 for line in lines)


# --- the page --------------------------------------------------------------------------


def test_a_transparent_page_has_no_ground(surface):
    assert maps.draw(views_of(surface)).background == (1.0, 1.0, 1.0)
    assert maps.draw(views_of(surface, transparent=True)).background is None
    assert maps.draw(views_of(surface, background="dark")).background not in (None, (1.0, 1.0, 1.0))


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_maps_of_any_number_stand_apart(surface, count):
    figure = maps.draw(views_of(*[surface] * count))
    boxes = [s.box for s in everything(figure.shapes) if isinstance(s, Image) and s.pixels.shape[1] > 1]
    assert len(boxes) == count
    for k, a in enumerate(boxes):
        assert a[0] > 0 and a[1] > 0 and a[2] < figure.width and a[3] < figure.height
        for b in boxes[k + 1 :]:
            assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]


@pytest.mark.parametrize("ratio", [0.05, 1.0, 20.0])
def test_slim_planes_have_maps_too(ratio):
    x, y = np.linspace(0.0, 1.0, 9), np.linspace(0.0, ratio, 7)
    figure = maps.draw(views_of(Surface(x, y, x[None, :] + y[:, None] / ratio)))
    left, top, right, bottom = next(s.box for s in everything(figure.shapes) if isinstance(s, Image))
    assert right - left > 60 and 60 < bottom - top < 652  # a page of text


# --- narrow pages ----------------------------------------------------------------------


def boxes_of(figure) -> list[tuple[str, float, float, float, float]]:
    """(text, left, top, right, bottom) of what is written level, in points."""
    found = []
    for text in (shape for shape in everything(figure.shapes) if isinstance(shape, Text)):
        if text.angle_deg:
            continue
        wide = width_of(text.text, text.size, bold=text.bold)
        left = text.x - {"start": 0.0, "middle": wide / 2, "end": wide}[text.anchor]
        found.append((text.text, left, text.y - 0.711 * text.size, left + wide, text.y))
    return found


@pytest.mark.parametrize("width", [50.0, 70.0, 183.0])
def test_on_a_narrow_page_maps_stand_below_each_other_and_no_text_lies_on_another(surface, width):
    views = views_of(surface, surface, surface, contour_labels="off")
    figure = maps.draw(views, MapOptions(width))
    frames = frames_of(figure)
    assert len(frames) == 3 and min(right - left for left, _, right, _ in frames) > 48.0
    assert (len({frame[0] for frame in frames}) == 1) == (width < 100)
    texts = boxes_of(figure)
    assert all(left > 0 and right < figure.width for _, left, _, right, _ in texts)
    for index, (_, *a) in enumerate(texts):
        for _, *b in texts[:index]:
            assert not (a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3])


def frames_of(figure) -> list[tuple[float, ...]]:
    """(left, top, right, bottom) of each map's frame, in points."""
    found = [shape for shape in figure.shapes if isinstance(shape, Group) and "frame" in shape.data]
    return [tuple(map(float, shape.data["frame"].split())) for shape in found]


def test_a_page_too_narrow_for_its_labels_is_refused_with_the_least_width():
    axis = np.linspace(-1.0, 1.0, 9)
    data = Surface(axis, axis, 2.3025 + 1e-9 * np.add.outer(axis**2, axis))
    with pytest.raises(UsageError, match="--map-width") as caught:
        maps.draw(views_of(data), MapOptions(50.0))
    least = int(str(caught.value).split("--map-width ")[1].split()[0])
    assert 50 < least < 90
    maps.draw(views_of(data), MapOptions(float(least)))


def test_a_narrow_plane_fills_the_page():
    x, y = np.linspace(-1.0, 1.0, 9), np.linspace(-8.0, 8.0, 9)
    figure = maps.draw(views_of(Surface(x, y, np.add.outer(y**2, x))))
    right = max(each[3] for each in boxes_of(figure))
    assert right > 0.9 * figure.width
