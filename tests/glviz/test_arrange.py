"""Several files in one window: side by side, overlaid, subtracted, one at a time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path as File

import numpy as np
import pytest

from compute.surface import Curve, HeightMesh, Path, Surface
from glviz.arrange import Arranger
from glviz.documents import Document
from glviz.errors import UsageError
from glviz.scene.captions import subtitle
from glviz.settings import Settings

X, Y = np.linspace(-1, 1, 21), np.linspace(-1, 1, 15)
BOWL = X[None, :] ** 2 + Y[:, None] ** 2


def documents(*data) -> list[Document]:
    return [Document(File(f"{n}.ply"), item, title=f"{n}.ply") for n, item in enumerate(data)]


LOW, HIGH = Surface(X, Y, 1 + BOWL), Surface(X, Y, 2 + 3 * BOWL)


def test_descent_paths_that_cannot_be_drawn_are_told():
    steps = (Path([0.5, 0.0], [0.5, 0.0]),)
    rng = np.random.default_rng(0)
    mesh = HeightMesh(*rng.uniform(-1, 1, (3, 60)), np.arange(60).reshape(20, 3))
    for data in (Curve(X, X**2), mesh, LOW):
        given = [replace(each, paths=steps) for each in documents(data)]
        (view,) = Arranger().arrange(given, Settings())
        assert any("on grids only: 1 left out" in said for said in view.notices) == (data is not LOW)
        for some, paths in ((given, False), (documents(data), True)):
            unsaid = Arranger().arrange(some, Settings(paths=paths))
            assert not any("left out" in said for said in unsaid[0].notices)
    arranger = Arranger()
    curves = [replace(each, paths=steps) for each in documents(Curve(X, X**2))]
    assert arranger.arrange(curves, Settings())[0] is arranger.arrange(curves, Settings())[0]
    both = [replace(each, paths=steps) for each in documents(LOW, HIGH)]
    (view,) = Arranger().arrange(both, Settings(compare="difference"))
    assert any("not drawn on a difference" in said for said in view.notices)


def test_compared_surfaces_share_range_and_levels_unless_told_otherwise():
    views = Arranger().arrange(documents(LOW, HIGH), Settings())
    assert [(v.height.scale.low, v.height.scale.high) for v in views] == [(1.0, 8.0)] * 2
    np.testing.assert_array_equal(views[0].levels, views[1].levels)
    for view, data in zip(views, (LOW, HIGH), strict=True):
        np.testing.assert_allclose(view.height.drawn(), (data.loss - 1) / 7, atol=1e-6)
        assert "range and levels shared by 2 files" in subtitle(view)[-1]
    own = Arranger().arrange(documents(LOW, HIGH), Settings(same_range=False))
    assert [v.height.scale.high for v in own] == [3.0, 8.0]
    assert "shared" not in subtitle(own[0])[-1]


@pytest.mark.parametrize("kind", ["linear", "log", "symlog", "rank"])
@pytest.mark.parametrize("spacing", ["auto", "quantile"])
def test_the_shared_scale_does_not_depend_on_the_order(kind, spacing):
    settings = Settings(height_scale=kind, contour_spacing=spacing)
    there = Arranger().arrange(documents(LOW, HIGH), settings)
    back = Arranger().arrange(documents(HIGH, LOW), settings)
    assert there[0].height.scale == there[1].height.scale == back[0].height.scale
    np.testing.assert_array_equal(there[0].levels, back[0].levels)


def test_a_flat_surface_lies_where_the_shared_range_puts_it():
    flat = Surface(X, Y, np.full(BOWL.shape, 2.0))
    view = Arranger().arrange(documents(LOW, flat), Settings())[1]
    np.testing.assert_allclose(view.height.drawn(), 0.5, atol=1e-6)


def test_files_with_other_fields_do_not_share():
    views = Arranger().arrange(documents(LOW, HIGH.replace(field="sharpness")), Settings())
    assert [v.height.scale.high for v in views] == [3.0, 8.0]
    assert [v.sharing for v in views] == [1, 1]


def test_overlaid_surfaces_stand_in_one_box_in_colours_of_their_own():
    far = Surface(X + 3, Y, HIGH.loss)
    (view,) = Arranger().arrange(documents(LOW, far), Settings(compare="overlay"))
    (other,) = view.overlaid
    assert view.frame == other.frame and view.frame.x_range == (-1.0, 4.0)
    assert view.height.scale == other.height.scale
    assert view.settings.colormap != other.settings.colormap


def test_a_difference_is_centred_on_zero():
    (view,) = Arranger().arrange(documents(LOW, HIGH), Settings(compare="difference"))
    np.testing.assert_array_equal(view.data.loss, HIGH.loss - LOW.loss)
    assert (view.height.scale.low, view.height.scale.high) == (-5.0, 5.0)
    assert view.title == "1.ply − 0.ply" and view.settings.colormap == "vik"


@pytest.mark.parametrize(
    "data",
    [(LOW, HIGH, LOW), (LOW, Curve(X, X)), (LOW, Surface(X + 9, Y, BOWL))],
    ids=["3", "curve", "apart"],
)
def test_a_difference_of_anything_else_is_refused(data):
    with pytest.raises(UsageError, match="--compare difference"):
        Arranger().arrange(documents(*data), Settings(compare="difference"))


def test_one_at_a_time_keeps_the_shared_range():
    arranger, settings = Arranger(), Settings(compare="step")
    shown = [arranger.arrange(documents(LOW, HIGH), settings, step) for step in (0, 1, 2)]
    assert [[v.title for v in views] for views in shown] == [["0.ply"], ["1.ply"], ["0.ply"]]
    assert {views[0].height.scale.high for views in shown} == {8.0}


def test_what_did_not_change_is_not_made_again():
    arranger, files = Arranger(), documents(LOW, HIGH)
    for mode in ("side", "overlay", "difference"):
        settings = Settings(compare=mode)
        before = arranger.arrange(files, settings)[0]
        after = arranger.arrange(files, replace(settings, exaggeration=2.0))[0]
        assert after.height.base is before.height.base and after.data is before.data
