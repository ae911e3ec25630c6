"""Ticks: round numbers, in order, few enough, and labels that read back as their values."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.scales.ranks import knots
from compute.scales.scale import Scale
from compute.scales.ticks import MINUS, Tick, fitted_ticks, format_apart, format_value, raised_runs, ticks

finite = st.floats(allow_nan=False, allow_infinity=False)


def read(label: str) -> float:
    """The number that a label writes."""
    label = label.replace("−", "-")
    match = re.fullmatch(r"(-?)(?:([\d.]+)×)?10\^(-?\d+)", label)
    if match:
        sign, mantissa, exponent = match.groups()
        return float(f"{sign}{mantissa or 1}e{exponent}")
    return float(label)


def labels(found: tuple[Tick, ...]) -> list[str]:
    return [tick.label for tick in found if tick.label]


@given(
    st.sampled_from(["linear", "log", "symlog", "asinh", "rank"]),
    st.lists(finite, min_size=2, max_size=2),
    st.integers(2, 12),
)
def test_ticks_of_any_range_are_in_order_within_it_and_say_their_value(kind, ends, about) -> None:
    if kind == "log":
        ends = [max(abs(v), 1e-300) for v in ends]
    linthresh = max(max(map(abs, ends)) * 1e-5, 1e-300)
    scale = Scale(kind, min(ends), max(ends), linthresh, knots(ends))
    found = ticks(scale, about)
    values = [tick.value for tick in found]
    assert values == sorted(values)
    assert all(scale.low <= value <= scale.high for value in values)
    assert all(0 <= tick.unit <= 1 for tick in found)
    assert np.allclose(scale.forward(values), [tick.unit for tick in found], atol=1e-12)
    assert 1 <= len(labels(found)) <= 3 * about + 4
    assert "-" not in "".join(labels(found))
    if scale.low < scale.high:
        width = scale.high / 2 - scale.low / 2
        for tick in found:
            if tick.label:
                assert read(tick.label) == pytest.approx(tick.value, rel=1e-9, abs=width * 1e-6)


def test_linear_labels_have_the_same_number_of_decimals() -> None:
    assert labels(ticks(Scale("linear", -1, 1))) == ["−1.0", "−0.5", "0.0", "0.5", "1.0"]
    assert labels(ticks(Scale("linear", 0, 0.1), 5)) == ["0.00", "0.02", "0.04", "0.06", "0.08", "0.10"]
    assert labels(ticks(Scale("linear", 3, 18))) == ["4", "6", "8", "10", "12", "14", "16", "18"]
    assert labels(ticks(Scale("linear", 0, 4e5), 4)) == ["0", "10^5", "2×10^5", "3×10^5", "4×10^5"]
    assert labels(ticks(Scale("linear", 0, 2.4e5), 5)) == [
        "0", "0.5×10^5", "1.0×10^5", "1.5×10^5", "2.0×10^5",
    ]  # fmt: skip


def test_log_ticks_are_decades() -> None:
    found = ticks(Scale("log", 0.0648, 18641))
    assert labels(found) == ["0.1", "1", "10", "100", "1000", "10000"]
    minor = [tick.value for tick in found if not tick.major]
    assert {0.07, 20.0, 9000.0} <= set(minor) and 1e-3 not in minor
    assert [t.unit for t in found if t.label == "10"] == pytest.approx(
        [math.log(10 / 0.0648) / math.log(18641 / 0.0648)]
    )


def test_many_decades_are_thinned_and_few_are_divided() -> None:
    found = ticks(Scale("log", 0.318, 2.386e10))
    assert labels(found) == ["10^0", "10^2", "10^4", "10^6", "10^8", "10^10"]
    assert [t.value for t in found if not t.major] == [1e1, 1e3, 1e5, 1e7, 1e9]
    assert labels(ticks(Scale("log", 0.3, 20))) == ["0.5", "1", "2", "5", "10", "20"]
    assert labels(ticks(Scale("log", 1.1, 1.9), 4))[:2] == ["1.2", "1.4"]
    assert labels(ticks(Scale("log", 1e-7, 3e-6)))[:3] == ["10^−7", "2×10^−7", "5×10^−7"]


def test_symlog_ticks_lie_on_both_sides_of_zero_without_crowding() -> None:
    found = ticks(Scale("symlog", -9497, 24358, 25))
    assert labels(found) == ["−1000", "−100", "0", "100", "1000", "10000"]
    units = np.array([tick.unit for tick in found if tick.label])
    assert np.diff(units).min() > 0.05


@pytest.mark.parametrize("scale", [Scale("linear", -1, 1), Scale("log", 1e-4, 1e3), Scale("linear", 0, 123)])
def test_labels_that_would_lie_on_each_other_are_fewer(scale: Scale) -> None:
    assert fitted_ticks(scale, 6, lambda label: 0.01) == ticks(scale, 6)
    for share in (0.15, 0.3, 0.6, 1.5):
        units = [tick.unit for tick in fitted_ticks(scale, 6, lambda label, share=share: share) if tick.label]
        assert np.all(np.diff(units) >= share)
        assert units or share > 1


def test_an_axis_without_a_range_has_one_tick() -> None:
    assert ticks(Scale("linear", 0.25, 0.25)) == (Tick(0.25, 0.0, "0.25", True),)
    assert labels(ticks(Scale("linear", 1, 1 + 4e-16))) == ["1", "1.0000000000000004"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "0"), (0.05, "0.05"), (20.0, "20"), (-1.25, "−1.25"), (0.31801394, "0.318"),
        (12345.6, "12346"), (99999.7, "10^5"), (0.00099996, "0.001"), (2.38645e10, "2.386×10^10"),
        (-1e-7, "−10^−7"), (math.nan, "NaN"), (math.inf, "∞"), (-math.inf, "−∞"), (100.0, "100"),
    ],
)  # fmt: skip
def test_readouts(value: float, text: str) -> None:
    assert format_value(value) == text


@given(finite)
def test_a_readout_is_right_to_its_digits(value: float) -> None:
    assert read(format_value(value, 6)) == pytest.approx(value, rel=1e-5, abs=5e-324)


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([2.30242, 2.30244, 2.3025], ["2.30242", "2.30244", "2.3025"]),
        ([12345.5, 12345.55, 12345.6], ["12345.5", "12345.55", "12345.6"]),
        ([2.3024999, 2.3025001], ["2.3024999", "2.3025001"]),
        ([12.25, 12.5, 12.75], ["12.25", "12.5", "12.75"]),
        ([0.31801394, 30.0712, math.nan], ["0.318", "30.07", "NaN"]),
        ([1e-7, 3.0, 1.0], ["10^−7", "3", "1"]),
        ([-1.7e308, 1.7e308], ["−1.7×10^308", "1.7×10^308"]),
        ([], []),
    ],
)
def test_numbers_that_differ_are_written_so_that_they_do(values, texts) -> None:
    assert format_apart(values) == texts


def test_a_lone_number_is_told_from_the_ends_of_its_range() -> None:
    assert format_apart([2.30251], 2e-4, 3) == ["2.3025"]
    assert format_apart([2.30251], least=3) == ["2.3"]


@given(st.lists(st.floats(-1e300, 1e300), min_size=2, max_size=8, unique=True))
def test_no_two_numbers_look_the_same(values: list[float]) -> None:
    assert len(set(format_apart([value + 0.0 for value in values]))) == len({v + 0.0 for v in values})


@pytest.mark.parametrize("ends", [(0.012, 2.2), (0.02, 4.9), (0.011, 9.9), (0.0011, 0.9)])
def test_a_log_axis_with_two_whole_decades_is_labelled_between_them(ends) -> None:
    scale = Scale("log", *ends)
    labelled = [tick for tick in ticks(scale, 6) if tick.major]
    assert 4 <= len(labelled) <= 6
    gaps = np.diff([tick.unit for tick in labelled])
    assert gaps.max() < 1.2 * gaps.min(), "even on the scale"


def test_exponents_are_raised():
    assert raised_runs("2\N{MULTIPLICATION SIGN}10^-3 s") == [
        ("2\N{MULTIPLICATION SIGN}10", False), (f"{MINUS}3", True), (" s", False)
    ]  # fmt: skip
    assert raised_runs("0.5") == [("0.5", False)] and raised_runs("") == []
