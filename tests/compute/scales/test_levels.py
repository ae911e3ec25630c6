"""Iso-levels at round numbers, about as many as asked for, as even as the scale has them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.scales import Scale, emphasised, iso_levels
from compute.scales.ranks import knots

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.sampled_from(["linear", "log", "symlog", "asinh", "rank"]),
    st.lists(finite, min_size=2, max_size=20),
    st.integers(1, 60),
    st.sampled_from(["auto", "linear", "log", "quantile"]),
)
def test_levels_are_ascending_distinct_and_strictly_inside(kind, values, count, spacing) -> None:
    if kind == "log":
        values = [max(abs(v), 1e-300) for v in values]
    low, high = min(values), max(values)
    scale = Scale(kind, low, high, max(abs(low), abs(high), 1e-290) * 1e-4, knots(values))
    levels = iso_levels(scale, values, count, spacing)
    assert np.all(np.diff(levels) > 0)
    assert np.all((levels > low) & (levels < high))
    assert len(levels) <= 3 * count + 3
    assert emphasised(levels).shape == levels.shape


@pytest.mark.parametrize("count", [5, 10, 15, 30, 60])
@pytest.mark.parametrize(
    "scale",
    [
        Scale("linear", 0.0653, 48.5),
        Scale("log", 0.318, 2.4e10),
        Scale("log", 0.3, 20),
        Scale("log", 1.1, 1.9),
    ],
)
def test_auto_levels_are_about_as_many_as_asked_round_and_even_on_the_scale(scale: Scale, count: int) -> None:
    levels = iso_levels(scale, [], count)
    assert count / 1.9 <= len(levels) <= count * 1.9
    assert all(float(f"{v:.3g}") == pytest.approx(v, rel=1e-12) for v in levels)
    gaps = np.diff(scale.forward(levels))
    assert gaps.max() / gaps.min() < 1.9


def test_levels_by_hand() -> None:
    assert iso_levels(Scale("linear", 0, 1), [], 9).tolist() == pytest.approx(np.arange(1, 10) / 10)
    assert iso_levels(Scale("log", 0.5, 2000), [], 4).tolist() == [1, 10, 100, 1000]
    assert iso_levels(Scale("log", 0.5, 200), [], 8).tolist() == [1, 2, 5, 10, 20, 50, 100]
    assert 0.0 in iso_levels(Scale("symlog", -1e4, 1e5, 10), [], 12)
    # A log spacing on a linear scale that starts at zero begins at the smallest value.
    levels = iso_levels(Scale("linear", 0, 100), [0, 0.1, 3, 100], 3, "log")
    assert levels.tolist() == [1, 10]
    assert iso_levels(Scale("linear", 2, 2), [2], 5).size == 0
    with pytest.raises(ValueError, match="cubic"):
        iso_levels(Scale("linear", 0, 1), [], 5, "cubic")


def test_quantile_levels_part_the_values_into_equal_shares() -> None:
    values = np.random.default_rng(0).lognormal(0, 3, 5000)
    levels = iso_levels(Scale("log", values.min(), values.max()), values, 9, "quantile")
    shares = np.diff(np.searchsorted(np.sort(values), levels))
    assert len(levels) == 9 and np.all(np.abs(shares - 500) <= 2)


def test_every_fifth_level_or_the_decades_are_emphasised() -> None:
    levels = iso_levels(Scale("linear", 0, 1), [], 19)
    assert levels[emphasised(levels)] == pytest.approx([0.25, 0.5, 0.75])
    levels = iso_levels(Scale("log", 0.5, 200), [], 8)
    assert levels[emphasised(levels)].tolist() == [1, 10, 100]
    levels = iso_levels(Scale("log", 0.318, 2.4e10), [], 15)
    assert levels[emphasised(levels)].tolist() == [1, 1e5, 1e10]
    assert emphasised([1.1, 1.3, 5.5, 5.6, 5.9, 8.8, 9.1]).tolist() == [False] * 4 + [True, False, False]


# --- lines ---------------------------------------------------------------------------------


def test_levels_whose_quotient_overflows_are_emphasised_all_the_same() -> None:
    assert emphasised([1e-160, 2.5, 1e160]).tolist() == [True, False, True]
    assert emphasised([1.3e-160, 1.0, 3.7e160]).tolist() == [False, True, False]
