"""Paths as they are drawn: at which height, how far, and how pale."""

from __future__ import annotations

import numpy as np
import pytest

from compute.surface import Path, Surface
from glviz.scene.features import path_markers, path_strokes, stations_shown
from glviz.scene.theme import LIGHT
from glviz.scene.view import build_view
from glviz.settings import Settings

X = np.linspace(-2.0, 2.0, 41)
LOSS = 1.0 + X[None, :] ** 2 + X[:, None] ** 2
AT = np.array([-1.5, -1.0, -0.5, 0.0, 0.5])
PATH = Path(x=AT, y=np.zeros(5), loss=[3.5, 3.0, 2.0, 1.5, 1.25], residual=[2.0, 1.5, 1.0, 0.5, 0.0])


def made(path=PATH, **changes):
    surface = Surface(X, X, LOSS, metrics={"accuracy": np.exp(-LOSS)}, paths=(path,))
    return build_view(surface, Settings(**changes))


def test_at_its_true_loss_a_path_has_the_height_of_its_loss():
    view = made(path_height="true loss")
    (path,) = view.paths
    expected = view.frame.z_world(view.height.scale.forward(PATH.loss))
    np.testing.assert_allclose(path.stations_world[:, 2], expected)
    np.testing.assert_allclose(
        path.feet_world[:, 2], view.frame.z_world(view.height.scale.forward(1.0 + AT**2)), atol=1e-6
    )
    assert path.known.all()


def test_stems_join_the_path_to_the_surface_where_there_is_a_gap():
    view = made(path_height="true loss")
    _, _, stems = path_strokes(view.paths, view.settings, LIGHT)
    gaps = PATH.loss - (1.0 + AT**2)
    assert len(stems) == np.count_nonzero(np.abs(gaps) > 0.01) == 4
    np.testing.assert_allclose(stems.rows[:, :2], stems.rows[:, 3:5])
    _, _, none = path_strokes(made().paths, Settings(), LIGHT)
    assert len(none) == 0


def test_a_loss_that_is_not_known_is_dashed_and_another_field_has_no_true_height():
    holed = Path(x=AT, y=np.zeros(5), loss=[3.5, np.nan, 2.0, 1.5, 1.25], residual=np.zeros(5))
    (path,) = made(holed, path_height="true loss").paths
    assert not path.known.all() and path.known.any() and np.all(np.isfinite(path.line_world))
    view = made(path_height="true loss", field="accuracy")
    (path,) = view.paths
    np.testing.assert_allclose(path.stations_world, path.feet_world, atol=1e-6)


@pytest.mark.parametrize(("progress", "count"), [(0.0, 1), (0.1, 1), (0.25, 2), (0.6, 3), (1.0, 5)])
def test_a_replay_draws_what_was_reached(progress, count):
    view = made(path_progress=progress)
    (path,) = view.paths
    assert stations_shown(path, progress) == count
    _, cores, _ = path_strokes(view.paths, view.settings, LIGHT)
    head = view.frame.x_world(-1.5 + 2.0 * progress)
    if len(cores):
        assert cores.rows[:, 3].max() == pytest.approx(head, abs=0.01)
    markers = path_markers(view.paths, view.settings, LIGHT)
    assert markers.rows[-1, 0] == pytest.approx(head, abs=0.01)


def test_a_path_pales_with_its_distance_from_the_plane():
    view = made(path_fade=True)
    _, cores, _ = path_strokes(view.paths, view.settings, LIGHT)
    to_background = np.abs(cores.rows[:, 6:9] - np.array(LIGHT.background)).sum(axis=1)
    assert np.all(np.diff(to_background) > -1e-6) and to_background[-1] > 3 * to_background[0]
    _, plain, _ = path_strokes(made().paths, Settings(), LIGHT)
    assert np.ptp(plain.rows[:, 6:9], axis=0).max() == 0


def test_kinds_of_critical_points_are_chosen():
    surface = Surface(X, X, np.cos(3 * X[None, :] + 0.4) + np.cos(3 * X[:, None] + 0.3))
    shown = {p.kind for p in build_view(surface, Settings()).critical_points}
    assert shown == {"minimum", "saddle", "maximum"}
    for name, kind in (("minima", "minimum"), ("saddles", "saddle"), ("maxima", "maximum")):
        left = {p.kind for p in build_view(surface, Settings(**{name: False})).critical_points}
        assert left == shown - {kind}


@pytest.mark.parametrize("height", ["surface", "true loss"])
@pytest.mark.parametrize("count", [0, 1])
def test_a_path_of_one_point_and_one_of_none_are_drawn(count, height):
    path = Path(x=AT[:count], y=AT[:count], loss=AT[:count] ** 2, residual=AT[:count] ** 2)
    view = made(path, path_height=height, path_fade=True, path_progress=0.5)
    path_strokes(view.paths, view.settings, LIGHT)
    assert len(path_markers(view.paths, view.settings, LIGHT)) == 2 * count
