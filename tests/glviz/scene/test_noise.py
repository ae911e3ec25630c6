"""Critical points that may be noise look different, and are counted apart."""

from __future__ import annotations

import numpy as np

from compute.surface import Surface
from glviz.scene.features import critical_markers
from glviz.scene.strokes import HOLLOW, TRIANGLE_DOWN
from glviz.scene.theme import theme_for
from glviz.scene.view import build_view
from glviz.settings import Settings


def two_wells() -> Surface:
    """Minima of -1 and -0.3 on a plain."""
    x, y = np.meshgrid(np.linspace(-3, 3, 61), np.linspace(-2, 2, 41))
    loss = -np.exp(-((x - 1.5) ** 2 + y**2) * 4) - 0.3 * np.exp(-((x + 1.5) ** 2 + y**2) * 4)
    return Surface(x[0], y[:, 0], loss)


def shapes(view) -> list[int]:
    return sorted(critical_markers(view, theme_for("light")).rows[:, 8].astype(int).tolist())


def test_what_is_below_the_noise_is_hollow() -> None:
    data = two_wells()
    plain = build_view(data, Settings(saddles=False, maxima=False))
    assert shapes(plain) == [TRIANGLE_DOWN, TRIANGLE_DOWN]
    # 0.3 against 3 sqrt(2) sigma: the limit is a noise of 0.07.
    for noise, expected in ((0.06, TRIANGLE_DOWN), (0.08, TRIANGLE_DOWN + HOLLOW)):
        view = build_view(data, Settings(saddles=False, maxima=False, noise=noise), previous=plain)
        assert shapes(view) == [TRIANGLE_DOWN, expected]


def test_the_files_own_standard_errors_are_used_unless_a_noise_is_given() -> None:
    data = two_wells()
    data = data.replace(metrics={"loss_stderr": np.full(data.shape, 0.08)})
    judged = build_view(data, Settings(saddles=False, maxima=False)).critical_points
    assert [p.significant for p in judged] == [True, False]
    view = build_view(data, Settings(saddles=False, maxima=False, noise=0.0))
    assert all(p.significant for p in view.critical_points)
