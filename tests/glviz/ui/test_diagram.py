"""The persistence diagram: where its points lie, and that the panel shows it."""

from __future__ import annotations

import numpy as np

from compute.analysis import critical_points
from compute.surface import Surface
from glviz.ui.diagram import births_and_deaths


def wells() -> Surface:
    """Minima of -1 and -0.3 and a maximum of 0.5 on a plain at 0."""
    x, y = np.meshgrid(np.linspace(-4, 4, 81), np.linspace(-2, 2, 41))
    loss = sum(h * np.exp(-((x - at) ** 2 + y**2) * 4) for h, at in ((-1, 2), (-0.3, -2), (0.5, 0)))
    return Surface(x[0], y[:, 0], loss)


def test_a_minimum_ends_at_a_saddle_above_it_and_a_maximum_below() -> None:
    extrema, pairs = births_and_deaths(critical_points(wells(), resolved=True))
    assert [p.kind for p in extrema if np.isfinite(p.persistence)] == ["minimum"]
    ending = pairs[np.isfinite(pairs).all(axis=1)]
    np.testing.assert_allclose(ending, [(-0.3, 0.0)], atol=1e-2)
    forever = pairs[~np.isfinite(pairs).all(axis=1)]
    np.testing.assert_allclose(np.sort(forever[:, 0]), (-1, 0.5), atol=1e-2)
    assert set(forever[:, 1]) == {-np.inf, np.inf}


def test_the_panel_draws_every_extremum(driver, monkeypatch) -> None:
    from glviz.ui import diagram, lists

    drawn = []
    original = diagram.draw_symbol

    def recorded(canvas, symbol, x, y, color) -> None:
        drawn.append((symbol, x, y))
        original(canvas, symbol, x, y, color)

    monkeypatch.setattr(diagram, "draw_symbol", recorded)
    monkeypatch.setattr(lists, "draw_tree", lambda *_: np.zeros((0, 2)))
    driver.show(wells())
    driver.frames(2)
    last = drawn[-3:]
    assert sorted(symbol for symbol, _, _ in last) == ["maximum", "minimum", "minimum"]
    # The lowest minimum begins furthest left and never ends; the maximum begins furthest right.
    (left, high), (right, low) = min((x, y) for _, x, y in last), max((x, y) for _, x, y in last)
    assert left < right and high < low


def test_the_panel_draws_the_merge_tree(driver, monkeypatch) -> None:
    from glviz.ui import lists

    returned = []
    original = lists.draw_tree

    def recorded(*arguments):
        returned.append((arguments[2], original(*arguments)))
        return returned[-1][1]

    monkeypatch.setattr(lists, "draw_tree", recorded)
    driver.show(wells())
    driver.frames(2)
    tree, places = returned[-1]
    left, right = places
    assert tree.parent.tolist() == [-1, 0]
    assert left[0] < right[0] and left[1] > right[1]  # the deeper one first, and lower
