"""Curves as a plot: which lines, on which scales."""

from __future__ import annotations

import numpy as np
import pytest

from compute.scales import KINDS
from compute.surface import FAILED, OK, Curve
from glviz.scene.captions import plot_axis_name, plot_subtitle
from glviz.scene.curves import build_plot
from glviz.settings import Settings

X = np.linspace(-1, 1, 21)
BOWL = Curve(X, 0.1 + X**2, {"accuracy": 1 - X**2, "loss_stderr": 0.01 + 0 * X})
STEEP = Curve(X + 1, 0.1 * np.exp(10 * X), {"norm": 1 + X**2})


def test_curves_share_axes_that_hold_them_all():
    plot = build_plot([BOWL, STEEP], ["a", "b"], Settings())
    (chart,) = plot.charts
    assert (plot.across.low, plot.across.high) == (-1.0, 2.0)
    assert chart.scale.kind == "log"  # the two together span more than three decades
    assert build_plot([BOWL], ["a"], Settings()).charts[0].scale.kind == "linear"
    for line in chart.lines:
        unit = chart.scale.forward(line.values)
        assert 0 < unit.min() and unit.max() < 1, "a line touches the frame"
    assert [line.error is None for line in chart.lines] == [False, True]


def test_metrics_are_plotted_on_demand_in_the_order_asked():
    def names(metrics):
        plot = build_plot([BOWL, STEEP], ["a", "b"], Settings(metrics=metrics))
        return [chart.name for chart in plot.charts], [[x.file for x in c.lines] for c in plot.charts]

    assert names("") == (["loss"], [[0, 1]])
    assert names("norm, accuracy,norm,none such") == (["loss", "norm", "accuracy"], [[0, 1], [1], [0]])
    assert names("all") == (["loss", "accuracy", "norm"], [[0, 1], [0], [1]])


def test_the_height_may_be_any_field_and_be_clamped():
    plot = build_plot([BOWL], ["a"], Settings(field="accuracy", clamp_low=0.25))
    assert plot.charts[0].name == "accuracy"
    assert plot.charts[0].scale.low == 0.25
    with pytest.raises(KeyError, match="no field 'los'; there are: loss, accuracy"):
        build_plot([BOWL], ["a"], Settings(field="los"))


def test_what_is_not_known_is_a_gap_and_counted():
    loss, status = X.copy(), np.full(21, OK)
    loss[3], status[7] = np.inf, FAILED
    plot = build_plot([Curve(X, loss, status=status)], ["a"], Settings())
    assert np.flatnonzero(np.isnan(plot.charts[0].lines[0].values)).tolist() == [3, 7]
    assert any(notice.startswith("2 of 21 points are not drawn") for notice in plot.notices)


@pytest.mark.parametrize("values", [[1.0], [2.0, 2.0], [np.nan, np.nan], [0.0, 0.0], [-1e300, 1e300]])
def test_odd_curves_do_no_harm(values):
    plot = build_plot([Curve(np.arange(len(values)), values)], ["a"], Settings())
    assert np.isfinite([plot.charts[0].scale.low, plot.charts[0].scale.high]).all()


def test_captions_say_what_all_curves_have_in_common():
    meta = {"model": "mlp", "directions": "random", "norm": "filter"}
    one = Curve(X, X**2, meta={**meta, "seed": 1})
    two = Curve(X, X**2, meta={**meta, "seed": 2, "directions": "between"})
    assert plot_subtitle(build_plot([one], ["a"], Settings())) == (
        "mlp · filter-normalised · seed 1", "min 0 at 0 · max 1 at −1",
    )  # fmt: skip
    both = build_plot([one, two], ["a", "b"], Settings())
    assert plot_subtitle(both) == ("mlp · filter-normalised",)
    assert (plot_axis_name(build_plot([one], ["a"], Settings())), plot_axis_name(both)) == ("α (random)", "α")


@pytest.mark.parametrize("kind", KINDS)
def test_curves_are_plotted_on_every_scale(kind):
    (chart,) = build_plot([BOWL, STEEP], ["a", "b"], Settings(height_scale=kind)).charts
    assert chart.scale.kind == kind
    for line in chart.lines:
        unit = chart.scale.forward(line.values)
        assert ((unit >= 0) & (unit <= 1)).all()
