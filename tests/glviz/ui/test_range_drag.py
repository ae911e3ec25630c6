"""The ends of the range, dragged on the histogram."""

from __future__ import annotations

import numpy as np
import pytest

from glviz.ui.colorbar import _counts
from glviz.ui.overlay import bar_of

from .conftest import bowl


def bar(driver):
    driver.frames(2)
    return bar_of(driver.host.fonts, driver.panes[0], driver.views[0], 1.0)


def grips(driver):
    place = bar(driver)
    return [(place.reach + 10, place.y(end)) for end in place.ends]


def test_the_upper_end_follows_the_pointer_and_the_camera_does_not(driver):
    driver.set(histogram=True)
    place, (_, high) = bar(driver), grips(driver)
    camera = driver.state.camera
    goal = place.y(0.5)
    state = driver.drag(high, (high[0] - 30, goal))
    assert state.camera == camera
    assert state.settings.clamp_high == pytest.approx(place.value(goal), rel=2e-3)
    assert state.settings.clamp_low is None and state.settings.pins == ""
    assert driver.views[0].height.scale.high == state.settings.clamp_high
    assert bar(driver).ends == pytest.approx((0.0, 0.5), abs=1e-3)


def test_the_ends_do_not_pass_each_other_and_come_back_at_the_edge(driver):
    driver.set(histogram=True)
    place, (low, high) = bar(driver), grips(driver)
    driver.drag(high, (high[0], place.y(0.4)))
    state = driver.drag(low, (low[0], place.y(0.9)))
    assert state.settings.clamp_low < state.settings.clamp_high
    _, high = grips(driver)
    state = driver.drag(high, (high[0], place.top - 50))
    assert state.settings.clamp_high is None


def test_without_the_histogram_a_drag_there_turns_the_surface(driver):
    place = bar(driver)
    state = driver.drag((place.left, place.top), (place.left, place.top + 100))
    assert state.settings.clamp_high is None and state.camera != state.home


def test_the_ends_of_another_field_are_not_dragged(driver):
    driver.set(histogram=True, color_by="accuracy")
    _, high = grips(driver)
    assert driver.drag(high, (high[0], high[1] + 100)).settings.clamp_high is None


def test_the_histogram_counts_every_finite_value_once(driver):
    loss = bowl().loss.copy()
    loss[3, 3] = np.nan
    driver.show(bowl(loss=loss))
    driver.set(histogram=True)
    counts = _counts(driver.views[0])
    assert counts.sum() == loss.size - 1
    finite = loss[np.isfinite(loss)]
    scale = driver.views[0].height.whole
    expected, _ = np.histogram(scale.forward(finite), counts.size, (0, 1))
    assert np.abs(counts - expected).max() <= 2  # single precision at the edges of bins
