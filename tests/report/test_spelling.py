"""One spelling of quantities everywhere, $1.2T and 18 GW, and what is printed can be typed in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.analysis.runs.input_changes import _amount
from forecast.report.numbers import median_band, own_value, quantity, quantity_band
from forecast.units import UNITS, parse_value

# A dollar stands before its number and a magnitude behind it without a blank: never 510 $B.
MISSPELT = re.compile(r"\d ?[kMBTQE]? ?\$(?!\d)|\d [kMBTQE]\b(?! ?[HWFt])|\$ \d")
EXPECTED = Path(__file__).parents[1] / "expected"


@given(
    unit=st.sampled_from(sorted(UNITS)),
    value=st.floats(1e-6, 1e15),
    wider=st.floats(1.0, 100.0),
)
def test_a_quantity_is_spelt_in_one_way(unit: str, value: float, wider: float) -> None:
    if UNITS[unit].scale == "logit":
        value /= 1e15
    low, high = value / wider, min(value * wider, 1.0) if unit == "share" else value * wider
    for text in (
        quantity(value, unit),
        own_value(value, unit),
        quantity_band(low, high, unit),
        median_band(low, value, high, unit),
        _amount(value, unit),
    ):
        assert not MISSPELT.search(text), text


@given(unit=st.sampled_from(["USD", "USD/year", "W", "tokens/day", "share"]), value=st.floats(1, 9))
def test_what_is_printed_can_be_typed_in(unit: str, value: float) -> None:
    for power in (-1,) if unit == "share" else (3, 6, 9, 12):
        asked = value * 10.0**power
        assert parse_value(quantity(asked, unit, 4), unit) == pytest.approx(asked, rel=1e-3)


@pytest.mark.parametrize("page", sorted(path.name for path in EXPECTED.iterdir()))
def test_no_page_spells_a_quantity_otherwise(page: str) -> None:
    text = (EXPECTED / page).read_text(encoding="utf-8")
    wrong = [line for line in text.splitlines() if re.search(r"\d ?\$[kMBTQ]\b|\d[kMBTQ]\$", line)]
    assert not wrong
