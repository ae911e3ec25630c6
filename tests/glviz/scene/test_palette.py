"""Colours of a view: the centre, the bands, and what lies beyond the ends."""

from __future__ import annotations

import numpy as np
import pytest

from compute.scales import Scale
from compute.surface import Surface
from glviz.scene.colormap import table
from glviz.scene.features import missing_patches
from glviz.scene.palette import palette
from glviz.scene.view import build_view
from glviz.settings import Settings

SCALE = Scale("linear", -1.0, 3.0)


def made(extent=(-1.0, 3.0), scale=SCALE, **changes):
    return palette(Settings(**changes), scale, extent)


def test_without_wishes_it_is_the_map_itself():
    np.testing.assert_array_equal(made().colors, table("viridis"))


@pytest.mark.parametrize("scale", [SCALE, Scale("symlog", -1.0, 3.0, 0.1), Scale("linear", -9.0, 1.0)])
def test_the_centre_has_the_middle_colour_and_equal_distances_are_equally_strong(scale):
    found = made(scale=scale, colormap="vik", color_center=0.5)
    middle = float(scale.forward(0.5))
    np.testing.assert_allclose(found.at(middle) * 255, table("vik")[127:129, :3].mean(axis=0), atol=3)
    reach = min(middle, 1 - middle)
    expected = table("vik").astype(float)
    for distance in (0.3 * reach, reach):
        share = distance / max(middle, 1 - middle)
        for sign in (-1, 1):
            place = (0.5 + 0.5 * sign * share) * 255
            np.testing.assert_allclose(
                found.at(middle + sign * distance) * 255, expected[round(place), :3], atol=6
            )


def test_a_map_without_a_middle_gives_way_to_one_that_has_one():
    assert made(color_center=0.0).name == "vik"
    assert made(color_center=0.0, colormap="viridis_r").name == "vik_r"
    assert made(color_center=0.0, colormap="magma").name == "magma"
    assert made().name == "viridis"


@pytest.mark.parametrize("bands", [1, 2, 7, 40])
def test_bands_are_so_many_equal_parts_and_reach_both_ends(bands):
    found = made(bands=bands)
    places = (np.arange(bands) + 0.5) / bands
    assert len(np.unique(found.at(places), axis=0)) == bands
    inside = np.linspace(0.02, 0.98, 5)
    for band in range(bands):
        colors = found.at((band + inside) / bands)
        assert np.ptp(colors, axis=0).max() == 0
    if bands > 1:
        np.testing.assert_allclose(found.at([0.0, 1.0]) * 255, table("viridis")[[0, -1], :3], atol=1)


def test_colours_beyond_the_ends_are_told_from_the_ends_and_can_be_chosen():
    found = made(extent=(-5.0, 9.0))
    assert found.clipped == (True, True)
    assert np.abs(np.array(found.below) - found.at(0.0)).max() > 0.1
    assert np.abs(np.array(found.above) - found.at(1.0)).max() > 0.1
    chosen = made(color_below="#ff0000", color_above="navy")
    assert chosen.below == (1.0, 0.0, 0.0) and chosen.above == pytest.approx((0, 0, 128 / 255))
    assert chosen.clipped == (False, False)


def test_a_file_of_colours_is_a_map(tmp_path):
    file = tmp_path / "mine.txt"
    for text in ("0 0 0\n255, 128, 0\n", "# mine\n0 0 0\n1 0.50196 0\n", "#000000\n#ff8000\n"):
        file.write_text(text)
        table.cache_clear()
        colors = table(str(file), 3)
        np.testing.assert_allclose(colors[:, :3], [[0, 0, 0], [128, 64, 0], [255, 128, 0]], atol=1)
        np.testing.assert_array_equal(table(f"{file}_r", 3), colors[::-1])


@pytest.mark.parametrize(
    "text", ["", "1 2 3", "a b c\nd e f", "1 2\n3 4", "300 0 0\n0 0 0", "nan 0 0\n1 1 1"]
)
def test_a_bad_file_of_colours_says_what_is_wrong(tmp_path, text):
    file = tmp_path / "bad.txt"
    file.write_text(text)
    with pytest.raises(ValueError, match="colour"):
        table(str(file))
    with pytest.raises(ValueError, match=r"nowhere\.txt"):
        table(str(tmp_path / "nowhere.txt"))


def test_cells_without_a_value_are_marked_and_those_not_computed_are_not():
    x = np.arange(6.0)
    loss = np.add.outer(x, x)
    loss[2, 2] = np.nan
    status = np.where(np.isfinite(loss), 1, 2).astype(np.uint8)
    status[4, 4], loss[4, 4] = 0, np.nan
    view = build_view(Surface(x, x, loss, status=status), Settings())
    corners = missing_patches(view).reshape(-1, 6, 3)
    assert len(corners) == 4
    assert np.all(corners[..., 2] == view.frame.floor)
    spans = np.ptp(view.frame.x_data(corners[..., 0])), np.ptp(view.frame.y_data(corners[..., 1]))
    assert spans == pytest.approx((2.0, 2.0))
