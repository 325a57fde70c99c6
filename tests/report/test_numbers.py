"""Numbers as a reader wants them: worked by hand, and as properties of every number."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.report.numbers import (
    band_cell,
    band_figures,
    cell,
    change,
    median_cell,
    quantity,
    quantity_band,
    scale_for,
    side_decimals,
)
from forecast.units import parse_value

SIZES = st.floats(min_value=1e-3, max_value=1e17)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.24e12, "USD", "$1.2T"),
        (690e9, "USD", "$690B"),
        (999.6e9, "USD", "$1.0T"),
        (-4.2e9, "USD", "−$4.2B"),
        (38.4e6, "H100e", "38M H100e"),
        (41.3e9, "W", "41 GW"),
        (0.73, "share", "73%"),
        (0.996, "share", ">99%"),
        (0.0004, "share", "<0.1%"),
        (0.0123, "share", "1.2%"),
        (0.0021, "USD", "$0.0021"),
        (1.35, "ratio", "1.4"),
        (2025.13, "year", "2025.1"),
        (3.2e15, "tokens/day", "3.2Q tokens/day"),
        (5.04e25, "FLOP", "5.0e25 FLOP"),
        (-2.6e26, "ratio", "−2.6e26"),
    ],
)
def test_quantities_in_words(value: float, unit: str, text: str) -> None:
    assert quantity(value, unit) == text


@pytest.mark.parametrize(
    ("low", "high", "unit", "text"),
    [
        (460e9, 1.06e12, "USD", "$460B–$1.1T"),
        (0.44, 0.96, "share", "44–96%"),
        (0.55, 0.999, "share", "55–>99%"),
        (41e9, 59e9, "W", "41–59 GW"),
        (188e9, 197e9, "USD", "$188–197B"),
        (14e6, 18e6, "H100e", "14–18M H100e"),
        (950e6, 1.2e9, "H100e", "950M–1.2B H100e"),
        (2.2, 3.8, "USD/H100e-hour", "$2.2–3.8/H100e-hour"),
        (-0.25, 0.25, "log/year", "−0.25 to 0.25"),
    ],
)
def test_bands_in_words(low: float, high: float, unit: str, text: str) -> None:
    assert quantity_band(low, high, unit) == text


@given(SIZES, st.sampled_from(["USD", "H100e", "W", "tokens"]))
def test_words_say_the_value_to_two_figures(value: float, unit: str) -> None:
    said = parse_value(quantity(value, unit).replace(" ", "").replace("Q", "e15"), unit)
    assert said == pytest.approx(value, rel=0.0501)


@given(st.floats(min_value=1e-6, max_value=1.0 - 1e-9))
def test_a_share_is_never_rounded_to_certainty(share: float) -> None:
    assert quantity(share, "share") not in {"0%", "100%", "0.0%"}
    assert cell(100.0 * share, 0, is_share=True) not in {"0", "100"}


@pytest.mark.parametrize(
    ("low", "high", "decimals", "text"),
    [
        (1.21, 1.63, 1, "1.2–1.6"),
        (14.2, 17.1, 1, "14–17"),
        (6.72, 9.43, 1, "6.7–9.4"),
        (9.0, 45.0, 0, "9–45"),
        (820.0, 1400.0, 0, "820–1,400"),
        (188.4, 197.1, 0, "188–197"),
        (17.6, 18.3, 0, "17.6–18.3"),
        (-34.0, 4.2, 0, "−34…4"),
        (0.02, 0.84, 1, "0.02–0.84"),
    ],
)
def test_bands_in_a_table(low: float, high: float, decimals: int, text: str) -> None:
    assert band_cell(low, high, decimals) == text


@given(SIZES, st.floats(min_value=1.0, max_value=50.0))
def test_a_band_in_a_table_keeps_its_order_and_its_size(low: float, factor: float) -> None:
    text = band_cell(low, low * factor, side_decimals([low * math.sqrt(factor)]))
    ends = [float(part.lstrip("<").replace(",", "")) for part in text.split("–")]
    assert ends == sorted(ends)
    assert ends[-1] == pytest.approx(low * factor, rel=0.06, abs=0.5)


@given(
    st.floats(1e-3, 1e5),
    st.floats(0.0, 3.0),
    st.floats(0.0, 3.0),
    st.integers(0, 2),
)
def test_a_median_in_a_table_lies_within_its_band(
    low: float, below: float, above: float, decimals: int
) -> None:
    middle = low * (1.0 + below)
    high = middle * (1.0 + above)
    shown = median_cell(middle, low, high, decimals)
    first, _, last = band_cell(low, high, decimals).partition("–")
    least = 0.0 if first.startswith("<") else float(first.replace(",", ""))
    most = float((last or first).lstrip("<").replace(",", ""))
    if shown.startswith("<"):
        assert first.startswith("<")
    else:
        assert least <= float(shown.replace(",", "")) <= most


def test_a_median_takes_its_bands_decimals_only_where_its_own_put_it_outside() -> None:
    assert median_cell(0.03, 0.02, 0.07, 1) == "0.03"
    assert median_cell(192.0, 188.0, 197.0, 0) == "192"
    assert median_cell(0.11, 0.1, 0.13, 1) == "0.1"
    assert median_cell(0.03, 0.004, 0.06, 1) == "0.03"


def test_a_narrow_band_earns_more_figures() -> None:
    assert band_figures(820.0, 1400.0) == 2
    assert band_figures(188.0, 197.0) == 3
    assert band_figures(100.0, 100.0) == 2


@pytest.mark.parametrize(
    ("medians", "decimals"),
    [
        ([1.4, 4.8, 15.5], 1),
        ([41.0, 86.0, 160.0], 0),
        ([0.43, 1.6, 5.0, 16.0], 1),
        ([0.1, 0.7, 5.0], 1),
        ([0.10, 0.35, 0.82], 2),
        ([], 0),
        ([0.0, 0.0], 0),
    ],
)
def test_decimals_are_equal_within_a_row(medians: list[float], decimals: int) -> None:
    assert side_decimals(medians) == decimals


def test_a_small_number_is_not_written_as_nothing() -> None:
    assert cell(0.3, 0) == "<1"
    assert cell(0.04, 1) == "<0.1"
    assert cell(0.0, 0) == "0"
    assert cell(-0.3, 0) == "0"


def test_changes_are_subtracted_before_they_are_rounded() -> None:
    assert change(0.714, 0.732, "share") == "+2 pp"
    assert change(0.734, 0.731, "share") == "0 pp"
    assert change(200.0, 150.0, "USD") == "−25%"
    assert change(0.00001, 0.0076, "log/year") == "+0.01"
    assert change(0.0, 1.0, "USD") == "–"


@pytest.mark.parametrize(
    ("unit", "largest", "divisor", "name"),
    [
        ("USD", 620e9, 1e9, "$B"),
        ("W", 94e9, 1e9, "GW"),
        ("tokens/day", 1.3e15, 1e15, "Q tokens a day"),
        ("USD/H100e-hour", 1.8, 1.0, "$ an H100e-hour"),
        ("ratio", 1.4, 1.0, ""),
        ("share", 0.4, 0.01, "%"),
        ("USD", 0.002, 0.01, "¢"),
        ("USD", 2e-6, 1e-6, "µ$"),
    ],
)
def test_scales_of_rows(unit: str, largest: float, divisor: float, name: str) -> None:
    scale = scale_for(unit, [largest / 3, largest])
    assert (scale.divisor, scale.unit) == (divisor, name)
