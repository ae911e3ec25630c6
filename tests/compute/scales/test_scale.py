"""Scales: monotone, exact at the ends, safe for every finite range; and which one is chosen."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.scales.ranks import KNOTS, knots
from compute.scales.scale import KINDS, Scale, choose_scale

MAX = float(np.finfo(np.float64).max)
finite = st.floats(allow_nan=False, allow_infinity=False)
positive = st.floats(min_value=5e-324, max_value=MAX)


@st.composite
def scales(draw: st.DrawFn) -> Scale:
    kind = draw(st.sampled_from(KINDS))
    ends = draw(st.lists(positive if kind == "log" else finite, min_size=2, max_size=2))
    linthresh = draw(st.floats(min_value=1e-300, max_value=1e300))
    values = draw(st.lists(finite, min_size=1, max_size=12)) + ends
    return Scale(kind, min(ends), max(ends), linthresh, knots(values) if kind == "rank" else ())


@given(scales(), st.lists(finite, min_size=1, max_size=20))
def test_forward_is_finite_monotone_and_exact_at_the_ends(scale: Scale, values: list[float]) -> None:
    unit = scale.forward(np.array([scale.low, scale.high]))
    assert unit[0] == 0.0
    assert unit[1] in (0.0, 1.0)  # 0 where the ends are one, or transform to one, number
    inside = np.sort(scale.clamp(values))
    unit = scale.forward(inside)
    assert np.all(np.isfinite(unit)) and np.all(np.diff(unit) >= 0)
    assert np.all((unit >= 0) & (unit <= 1))
    assert np.all(np.isfinite(scale.forward(values)))


@given(scales(), st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_inverse_stays_within_the_range_and_undoes_forward(scale: Scale, units: list[float]) -> None:
    assert np.array_equal(scale.inverse([0.0, 1.0]), [scale.low, scale.high])
    values = scale.inverse(np.sort(units))
    slack = 1e-9
    assert np.all(np.isfinite(values))
    back = scale.forward(values)
    assert np.all((back >= -slack) & (back <= 1 + slack))
    # t spends digits on its size: the round trip is as good as the range is wide against it.
    low, high = float(scale.transform(scale.low)), float(scale.transform(scale.high))
    width = high / 2 - low / 2
    if scale.low > 1e-290 and width > 1e-6 * max(abs(low), abs(high)):
        assert np.allclose(back, np.sort(units), atol=1e-8)


def test_forward_equals_the_formula_of_each_kind_value_by_value() -> None:
    values = [-3.0, 0.0, 0.02, 1.5, 700.0]
    symmetric = Scale("symlog", -3.0, 700.0, 0.1)

    def t(v: float) -> float:
        return math.copysign(math.log10(1 + abs(v) / 0.1), v)

    expected = [(t(v) - t(-3)) / (t(700) - t(-3)) for v in values]
    assert symmetric.forward(values) == pytest.approx(expected, rel=1e-14)
    logarithmic = Scale("log", 0.01, 1000.0)
    expected = [(math.log10(v) + 2) / 5 for v in values[2:]]
    assert logarithmic.forward(values[2:]) == pytest.approx(expected, rel=1e-14)
    assert Scale("linear", 0.0, 700.0).forward(values) == pytest.approx([v / 700 for v in values])


def test_what_is_not_finite_stays_nan_and_what_log_cannot_show_lies_at_the_low_end() -> None:
    for kind in ("linear", "log", "symlog"):
        unit = Scale(kind, 1.0, 2.0).forward([np.nan, np.inf, -np.inf])
        assert np.all(np.isnan(unit))
    assert np.array_equal(Scale("log", 0.1, 10.0).forward([0.0, -5.0, 0.1]), [0.0, 0.0, 0.0])
    assert np.array_equal(Scale("log", 0.1, 10.0).transform([0.0, -5.0]), [-np.inf, -np.inf])


def test_an_empty_range_is_flat_and_a_full_one_does_not_overflow() -> None:
    assert np.array_equal(Scale("linear", 3.0, 3.0).forward([3.0, 7.0]), [0.0, 0.0])
    assert np.array_equal(Scale("linear", -MAX, MAX).forward([-MAX, 0.0, MAX]), [0.0, 0.5, 1.0])


@pytest.mark.parametrize(
    "arguments",
    [("cubic", 0, 1), ("log", 0, 1), ("linear", 2, 1), ("linear", 0, math.inf), ("symlog", 0, 1, 0.0)],
)
def test_a_scale_that_cannot_be_is_refused(arguments: tuple) -> None:
    with pytest.raises(ValueError, match="scale:"):
        Scale(*arguments)


# --- choosing ------------------------------------------------------------------------------


@given(
    st.lists(st.one_of(finite, st.just(math.nan), st.just(math.inf), st.just(0.0)), max_size=30),
    st.sampled_from(["auto", *KINDS]),
    st.one_of(st.none(), finite),
    st.one_of(st.none(), finite),
    st.floats(0, 100),
    st.floats(0, 100),
)
def test_any_data_get_a_scale_that_draws_every_finite_value(values, kind, low, high, p_low, p_high) -> None:
    scale, notices = choose_scale(
        values, kind, clamp_low=low, clamp_high=high, percentile_low=p_low, percentile_high=p_high
    )
    unit = scale.forward(scale.clamp(values))
    assert np.array_equal(np.isfinite(unit), ~np.isnan(np.asarray(values, dtype=float)))
    assert all(text.endswith(".") for text in notices)


def test_over_three_decades_is_log_and_says_so() -> None:
    scale, notices = choose_scale(np.geomspace(0.32, 2.39e10, 50))
    assert (scale.kind, scale.low, scale.high) == ("log", 0.32, 2.39e10)
    assert notices == ("The values span 10.9 decades: drawn on a log scale.",)
    assert choose_scale(np.geomspace(1, 999, 50)) == (Scale("linear", 1, 999), ())


def test_zeros_are_drawn_at_the_low_end_of_a_log_scale_with_a_notice() -> None:
    scale, notices = choose_scale([0.0, 0.0, 0.5, 5000.0])
    assert (scale.kind, scale.low) == ("log", 0.5)
    assert any("2 values are equal to zero" in text for text in notices)
    assert scale.forward([0.0])[0] == 0.0


def test_a_field_that_reaches_zero_is_wide_only_if_many_values_are_small() -> None:
    assert choose_scale(np.linspace(0, 1, 10_001)) == (Scale("linear", 0, 1), ())
    assert choose_scale(np.concatenate([[0.0], np.geomspace(1e-5, 1, 1000)]))[0] == Scale("log", 1e-5, 1)


def test_a_rounding_error_in_place_of_zero_does_not_flatten_the_rest() -> None:
    values = np.concatenate([[3e-32], np.geomspace(0.1, 2000, 500)])
    scale, notices = choose_scale(values)
    assert scale.low == pytest.approx(0.1)
    assert "1 value is far below all others (from 3e-32): drawn at the low end." in notices
    # A run that really spans many decades is no hole.
    assert choose_scale(np.geomspace(1e-30, 1, 500))[0].low == 1e-30


def test_both_signs() -> None:
    assert choose_scale(np.linspace(-9497, 24358, 100))[0].kind == "linear"
    wide = np.concatenate([np.linspace(-1, 1, 99), [1e6]])
    scale, notices = choose_scale(wide)
    assert scale.kind == "symlog" and 0 < scale.linthresh < 1
    assert "symmetric log" in notices[0]
    scale, notices = choose_scale([-1.0, 2.0, 3.0], "log")
    assert scale.kind == "symlog" and "cannot show negative" in notices[0]


def test_clamps_win_over_percentiles_and_decide_what_is_wide() -> None:
    values = np.geomspace(1e-3, 1e6, 1001)
    scale, notices = choose_scale(values, clamp_low=0.1, clamp_high=5.0, percentile_low=50)
    assert (scale, notices) == (Scale("linear", 0.1, 5.0), ())
    scale, _ = choose_scale(values, "log", percentile_low=10, percentile_high=90)
    assert scale.low == pytest.approx(values[100]) and scale.high == pytest.approx(values[900])
    scale, notices = choose_scale([1.0, 2.0], clamp_low=5.0)
    assert scale.low == scale.high == 5.0 and "within the low end" in notices[0]


def test_nothing_finite_and_nothing_but_one_value() -> None:
    scale, notices = choose_scale([math.nan, math.inf])
    assert scale == Scale("linear", 0.0, 1.0) and "No value is finite" in notices[0]
    scale, notices = choose_scale([0.25, 0.25])
    assert scale == Scale("linear", 0.25, 0.25) and "flat" in notices[0]
    with pytest.raises(ValueError, match="cubic"):
        choose_scale([1.0], "cubic")


def test_real_surfaces(shared_data) -> None:
    plyfile = pytest.importorskip("plyfile")
    kinds = {}
    for name in ("ResNet_Random", "VGG_PCA", "VGG_PCA_pm20", "polynomial_r13"):
        vertices = plyfile.PlyData.read(str(shared_data / "sv_term_project" / f"{name}.ply"))["vertex"]
        kinds[name] = choose_scale(vertices["s"])[0].kind
    assert kinds == {
        "ResNet_Random": "log", "VGG_PCA": "log", "VGG_PCA_pm20": "log", "polynomial_r13": "linear",
    }  # fmt: skip


def test_a_surface_crowded_at_its_low_end_is_logarithmic_from_two_decades_on() -> None:
    even = np.linspace(0.1, 50.0, 500)
    assert choose_scale(even)[0].kind == "linear"
    assert choose_scale(np.geomspace(0.1, 50.0, 500))[0].kind == "linear"  # half of it, not three quarters
    crowded = np.concatenate([np.linspace(0.1, 3.0, 400), np.linspace(3.0, 50.0, 100)])
    scale, notices = choose_scale(crowded)
    assert scale.kind == "log" and "2.7 decades" in notices[0]
    assert choose_scale(crowded / 50 + 0.1)[0].kind == "linear"  # the same shape over one decade


# --- asinh and rank --------------------------------------------------------------------


def test_asinh_equals_its_formula_and_is_linear_about_zero() -> None:
    scale = Scale("asinh", -3.0, 700.0, 0.1)
    values = [-3.0, -1e-4, 0.0, 0.02, 1.5, 700.0]
    low, high = math.asinh(-30.0), math.asinh(7000.0)
    expected = [(math.asinh(v / 0.1) - low) / (high - low) for v in values]
    assert scale.forward(values) == pytest.approx(expected, rel=1e-13)
    assert scale.inverse(expected) == pytest.approx(values, rel=1e-10, abs=1e-12)
    slopes = np.diff(Scale("asinh", -1.0, 1.0, 1.0).forward([-0.02, -0.01, 0.0, 0.01, 0.02]))
    assert slopes == pytest.approx([slopes[0]] * 4, rel=3e-4)


def test_ranks_of_few_values_are_exact_and_equal_ones_share_theirs() -> None:
    values = np.array([5.0, 1.0, 1.0, 1e6, 7.0, 7.0, 7.0, 9.0])
    scale, _ = choose_scale(values, "rank")
    # scipy.stats.rankdata(values) - 1, over the ends of the drawn range
    ranks = np.array([2.0, 0.5, 0.5, 7.0, 4.0, 4.0, 4.0, 6.0])
    assert scale.forward(values) == pytest.approx((ranks - 0.5) / 6.5)


def test_ranks_make_any_distribution_even() -> None:
    values = np.random.default_rng(0).lognormal(0.0, 4.0, 200_000)
    scale, _ = choose_scale(values, "rank")
    assert len(scale.knots) <= KNOTS + 2
    share, _ = np.histogram(scale.forward(values), 20, (0.0, 1.0))
    assert share / values.size == pytest.approx(np.full(20, 0.05), abs=0.002)
    exact = np.argsort(np.argsort(values)) / (values.size - 1)
    assert np.abs(scale.forward(values) - exact).max() < 2.0 / KNOTS


def test_a_clamped_rank_scale_keeps_the_distribution() -> None:
    values = np.arange(101.0)
    scale, _ = choose_scale(values, "rank", clamp_high=50.0)
    assert scale.forward([0.0, 25.0, 50.0]) == pytest.approx([0.0, 0.5, 1.0])
