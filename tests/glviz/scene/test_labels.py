"""Fields of labels: when a field is one, which colour each has, and what is read between the samples."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import Delaunay

from compute.surface import Surface
from glviz.scene.colormap import parse_color
from glviz.scene.labels import COLORS, MOST_LABELS, NONE, patches, rows_of
from glviz.scene.view import build_view
from glviz.settings import Settings

BASIN = Settings(color_by="basin")


def labelled(basin, *, marked: bool = True, **changes) -> Surface:
    basin = np.asarray(basin, dtype=float)
    ny, nx = basin.shape
    x, y = np.linspace(-1, 1, nx), np.linspace(-1, 1, ny)
    meta = {"labels": ["basin"]} if marked else {}
    return Surface(x, y, x[None, :] ** 2 + y[:, None] ** 2, metrics={"basin": basin}, meta=meta, **changes)


def drawn_slots(view) -> np.ndarray:
    """The colour of each sample, as its place in the palette."""
    return np.rint(view.color.unclamped() * (len(view.palette.colors) - 1)).astype(int)


HALVES = np.repeat([[0.0, 0.0, 0.0, 1.0, 1.0, 1.0]], 5, axis=0)


def test_a_field_is_of_labels_where_its_file_says_so_or_the_user():
    said, silent = labelled(HALVES), labelled(HALVES, marked=False)
    assert build_view(said, BASIN).labels is not None
    assert build_view(said, replace(BASIN, color_kind="values")).labels is None
    assert build_view(silent, BASIN).labels is None
    assert build_view(silent, replace(BASIN, color_kind="labels")).labels is not None
    assert build_view(said, Settings()).labels is None, "the height is not"
    assert build_view(said, Settings(field="basin")).labels is not None


@pytest.mark.parametrize("meta", [{"labels": "basin"}, {"labels": 3}, {"labels": [["basin"], None, {}]}, {}])
def test_metadata_of_any_kind_are_harmless(meta):
    assert build_view(labelled(HALVES).replace(meta=meta), BASIN).labels is None


def test_fractions_are_values_and_that_is_said_where_labels_were_asked_for():
    surface = labelled(HALVES + 0.5)
    view = build_view(surface, BASIN)
    assert view.labels is None and not any("basin" in notice for notice in view.notices)
    view = build_view(surface, replace(BASIN, color_kind="labels"))
    assert view.labels is None
    assert "basin is drawn as values: not all are whole numbers." in view.notices


def test_too_many_labels_are_values_and_that_is_said():
    many = np.arange(257.0 * 257).reshape(257, 257)
    view = build_view(labelled(many), replace(BASIN, color_kind="labels"))
    assert view.labels is None and any(f"{MOST_LABELS:,} labels" in notice for notice in view.notices)


def test_few_labels_all_differ_and_keep_their_colour_from_file_to_file():
    numbers = np.arange(len(COLORS), dtype=float)
    view = build_view(labelled(np.repeat(numbers[:, None], 4, axis=1)), BASIN)
    assert [view.labels.color(k) for k in range(len(COLORS))] == [
        pytest.approx(parse_color(color)) for color in COLORS
    ]
    some = build_view(labelled(np.repeat([[5.0], [2.0], [5.0]], 3, axis=1)), BASIN)
    assert some.labels.numbers.tolist() == [2, 5]
    assert some.labels.color(0) == pytest.approx(parse_color(COLORS[2]))
    # Numbers that would share a colour, though there are enough of them.
    apart = build_view(labelled(np.repeat([[0.0], [7.0], [14.0]], 3, axis=1)), BASIN)
    assert len(set(apart.labels.slots.tolist())) == 3


def test_with_more_labels_than_colours_those_that_touch_differ():
    rng = np.random.default_rng(0)
    places = rng.uniform(0, 60, (90, 2))
    rows, columns = np.indices((60, 60))
    cells = ((rows[..., None] - places[:, 0]) ** 2 + (columns[..., None] - places[:, 1]) ** 2).argmin(axis=2)
    slots = drawn_slots(build_view(labelled(cells), BASIN))
    for first, second in (
        (np.s_[:, 1:], np.s_[:, :-1]), (np.s_[1:], np.s_[:-1]),
        (np.s_[1:, 1:], np.s_[:-1, :-1]), (np.s_[1:, :-1], np.s_[:-1, 1:]),
    ):  # fmt: skip
        assert not np.any((cells[first] != cells[second]) & (slots[first] == slots[second]))
    assert len(np.unique(slots)) <= len(COLORS)


def test_where_all_touch_all_the_fewest_possible_are_alike():
    rng = np.random.default_rng(1)
    view = build_view(labelled(rng.integers(0, 12, (40, 40))), BASIN)
    _, often = np.unique(view.labels.slots, return_counts=True)
    assert len(often) == len(COLORS) and often.max() <= 2


# Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision
# deficiency", 2009, severity 1; linear RGB.
SIGHT = {
    "usual": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]
    ],
}  # fmt: skip


@pytest.mark.parametrize("sight", SIGHT)
def test_colours_are_told_apart_by_all_kinds_of_colour_vision(sight):
    rgb = np.array([parse_color(color) for color in (*COLORS, NONE)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.transpose(SIGHT[sight]), 0, 1)
    xyz = (
        seen
        @ np.transpose([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
        / (0.9505, 1.0, 1.089)
    )
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)
    apart = np.linalg.norm(lab[:, None] - lab, axis=2)[np.triu_indices(len(lab), 1)]
    assert apart.min() > 12  # 2.3 is just noticeable side by side


def test_no_label_is_grey_and_no_label_of_its_own():
    basin = np.array([[0.0, np.nan, -1.0], [0.0, np.inf, 4.0], [4.0, 4.0, 4.0]])
    view = build_view(labelled(basin), BASIN)
    assert view.labels.numbers.tolist() == [0, 4] and view.labels.lacking
    grey = drawn_slots(view) == len(COLORS)
    np.testing.assert_array_equal(grey, ~np.isfinite(basin) | (basin == -1))
    assert tuple(view.palette.colors[-1, :3] / 255.0) == pytest.approx(parse_color(NONE))
    assert view.valid.all(), "the surface is drawn there all the same"


def test_nothing_of_a_scale_is_left():
    settings = replace(BASIN, clamp_low=0.5, clamp_high=0.6, color_scale="log", color_center=0.0, bands=3)
    view = build_view(labelled(HALVES), settings)
    assert view.palette.marked is False and view.palette.bands == 0 and view.ticks_color == ()
    assert np.unique(drawn_slots(view)).tolist() == [0, 1]
    assert not view.heights_colored


def test_another_map_gives_the_colours():
    view = build_view(labelled(HALVES), replace(BASIN, colormap="tab10"))
    assert len(view.palette.colors) == 3
    assert view.labels.color(0) != pytest.approx(parse_color(COLORS[0]), abs=0.02)


def test_smoothing_leaves_labels_as_they_are():
    view = build_view(labelled(HALVES * 3), replace(BASIN, interpolation="smooth"))
    assert view.relief.parts[0] > 1
    assert len(np.unique(view.relief.color)) == 2


def test_pins_and_slices_read_the_nearest_label():
    view = build_view(labelled(HALVES * 300_007.0), replace(BASIN, pins="0.1,0;-0.1,0", slice_axis="x"))
    read = [dict(pin.values)["basin"] for pin in view.pins]
    assert read == [300_007, 0] and all(isinstance(value, int) for value in read)
    cut = build_view(labelled(HALVES), replace(BASIN, slice_axis="x", slice_position=0.1)).slice
    assert set(cut.fields["basin"].tolist()) == {1.0}
    cut = build_view(labelled(HALVES), replace(BASIN, slice_axis="angle", slice_angle=30.0)).slice
    assert set(cut.fields["basin"].tolist()) == {0.0, 1.0}


def test_the_legend_names_each_label_as_far_as_there_is_room():
    basin = np.repeat(np.arange(30.0)[:, None], 3, axis=1)
    basin[0, 0] = np.nan
    labels = build_view(labelled(basin), BASIN).labels
    assert [text for _, text in rows_of(labels, 40)] == [*map(str, range(30)), "none"]
    rows = rows_of(labels, 10)
    assert [text for _, text in rows] == [*map(str, range(8)), "and 22 more", "none"]
    assert rows[-2][0] is None and rows[-1][0] == pytest.approx(parse_color(NONE))


def test_triangles_are_cut_where_the_nearest_corner_changes():
    rng = np.random.default_rng(2)
    points = np.concatenate([rng.uniform(0, 1, (60, 2)), np.zeros((60, 1))], axis=1)
    triangles = Delaunay(points[:, :2]).simplices.astype(np.int64)
    unit = rng.integers(0, 3, 60) / 2.0
    places, colors, pieces = patches(points, unit, triangles)

    def area(corners):
        a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        return np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / 2

    assert area(places[pieces]) == pytest.approx(area(points[triangles]))
    assert np.all(colors[pieces] == colors[pieces][:, :1]), "each piece has one colour"
    # The middle of a piece is in the triangle's part of the corner whose colour it has: on the plane
    # the nearest corner in barycentric coordinates.
    middle = places[pieces].mean(axis=1)[:, :2]
    mesh = Delaunay(points[:, :2])
    inside = mesh.find_simplex(middle)
    shift = mesh.transform[inside]
    share = np.einsum("ijk,ik->ij", shift[:, :2], middle - shift[:, 2])
    share = np.concatenate([share, 1 - share.sum(axis=1, keepdims=True)], axis=1)
    corner = mesh.simplices[inside]
    best = np.take_along_axis(unit[corner], share.argmax(axis=1)[:, None], axis=1)[:, 0]
    # Of two corners alike, either may be the nearest one.
    assert np.mean(best == colors[pieces][:, 0]) > 0.8
