"""Sanity ratios by hand, ranges as they are stated, and an installation that is not sound."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.analysis.doctor.installation import installation
from forecast.analysis.doctor.ratios import RATIOS
from forecast.analysis.doctor.sanity import sanity, verdict
from forecast.beliefs import Array
from forecast.errors import InputError
from forecast.inputs.yardsticks.sanity import Range, read_sanity
from forecast.model.equations import model_graph
from forecast.model.equations.fleet.hardware import ClassShares
from forecast.result import RunOptions
from forecast.store import open_store
from forecast.world.case import Case
from forecast.world.values import Values

QUARTERS = 12  # 2022Q1 to 2024Q4, two draws


def path(*by_year: float) -> Array:
    """Return a path of two equal draws with one value for each quarter of three years."""
    return np.repeat(np.array([by_year]), 4, axis=1).repeat(2, axis=0)


def stock(*at_year_end: float) -> Array:
    """Return a stock that stands at a value at each year's end, and at nothing before it."""
    values = np.zeros((2, QUARTERS))
    values[:, 3::4] = at_year_end
    return values


def silicon(nvidia: float, asic: float) -> ClassShares:
    nothing = path(0.0, 0.0, 0.0)
    return ClassShares(path(*[nvidia] * 3), nothing, path(*[asic] * 3), nothing)


# The equation that splits chip spend by silicon class.
SPENT = model_graph().record_of("chip_spend", "silicon")
VALUES = Values(
    {
        "compute_sold": stock(4e6, 12e6, 28e6),
        "compute_stock": stock(2e6, 8e6, 24e6),
        "nvidia_compute_sold": stock(3e6, 9e6, 18e6),
        "chip_spend": path(10e9, 20e9, 40e9),
        SPENT: silicon(30e9, 10e9),
        "ai_capex": path(20e9, 40e9, 90e9),
        "ai_power_capacity": stock(4e9, 10e9, 20e9),
        "price_per_h100e": path(25e3, 20e3, 10e3),
        "facility_watts_per_h100e": path(2000.0, 2000.0, 1500.0),
        "ai_power_mean": path(1e9, 2e9, 10e9),
        "two_labs_compute": stock(1e5, 1e6, 4.8e6),
        "ai_revenue": path(1e9, 3e9, 12e9),
        "agent_revenue": path(0.0, 1e9, 9e9),
        "outside_money": path(0.0, 10e9, 54e9),
        "openai_serving_spend": path(1e9, 1e9, 2e9),
        "anthropic_serving_spend": path(0.0, 0.5e9, 1e9),
        "openai_revenue": path(4e9, 8e9, 16e9),  # rates: a year at the pace of a quarter
        "anthropic_revenue": path(0.0, 2e9, 8e9),
    },
    {},
)


@pytest.mark.parametrize(
    ("name", "period", "expected"),
    [
        ("running_compute_growth", "2024", 3.0),  # 24 / 8
        ("shipment_growth", "2024", 2.0),  # (28 - 12) / (12 - 4)
        ("running_over_sold", "2024", 24 / 28),
        ("capex_per_watt_added", "2024", 36.0),  # 4 × 90 over 20 - 10 GW
        # 40 billion at 10,000 buys 4M H100e a quarter, 6 GW; 90 over 6
        ("capex_per_watt_sold", "2024", 15.0),
        ("price_per_h100e", "2024", 10e3),  # 160 billion over 16M
        ("facility_watts", "2024", 20e9 / 24e6),
        ("lab_share", "2024Q4", 0.2),
        ("revenue_run_rate", "2024Q2", 48e9),
        ("revenue_per_h100e", "2024", 2000.0),  # 48 billion over 24M
        ("agent_share_of_revenue", "2024", 0.75),
        ("outside_share", "2024", 0.6),
        ("capex_over_revenue", "2024", 7.5),
        ("serving_over_revenue", "2024", 0.5),  # 12 billion in four quarters over 24
        ("chip_share_of_capex", "2024", 40 / 90),
        ("ai_share_of_data_centres", "2024", 87.6e12),  # 10 GW through a year
        ("nvidia_share_of_compute", "2024", 18 / 28),
    ],
)
def test_ratios_by_hand(name: str, period: str, expected: float) -> None:
    assert RATIOS[name](VALUES, period) == pytest.approx([expected, expected])


def test_shares_of_silicon_by_hand() -> None:
    assert RATIOS["nvidia_share_of_spend"](VALUES, "2024") == pytest.approx([0.75, 0.75])
    assert RATIOS["asic_share_of_spend"](VALUES, "2024") == pytest.approx([0.25, 0.25])
    assert RATIOS["nvidia_price"](VALUES, "2024") == pytest.approx([120e9 / 9e6] * 2)
    assert RATIOS["nvidia_price"](VALUES, "2022") == pytest.approx([120e9 / 3e6] * 2)


def limits(low: float, high: float) -> Range:
    words = ("id", "title", "formula", "ratio")
    return Range(*words, low, high, "2025", 1.0, "published", "source", "", "judged", "", 2)


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
def test_the_median_decides_the_verdict(low: float, width: float, middle: float) -> None:
    draws = middle + np.linspace(-1.0, 1.0, 101)
    row = verdict(limits(low, low + width), draws)
    median = row.quantiles.p50
    assert (row.verdict == "inside") == (low <= median <= low + width)
    assert (row.verdict == "below") == (median < low)
    assert row.reached or row.verdict != "inside"


def test_an_open_end_and_undefined_draws_are_no_obstacle() -> None:
    row = verdict(limits(-np.inf, 1.0), np.array([0.2, 0.5, np.nan, 0.8]))
    assert (row.low, row.high, row.quantiles.p50, row.verdict) == (None, 1.0, 0.5, "inside")


def test_every_range_has_a_ratio_and_a_source() -> None:
    ranges = read_sanity()
    assert {each.id for each in ranges} == set(RATIOS)
    assert len({(each.id, each.period) for each in ranges}) == len(ranges)
    for each in ranges:
        assert each.source, each
        assert each.url or each.status == "judged", each
        assert each.formula, each


def test_every_problem_of_a_file_of_ranges_is_reported(tmp_path: Path) -> None:
    header = "id,title,formula,unit,low,high,period,reference,basis,source,source_url,status,note"
    lines = [
        header,
        "compute_sold,t,f,H100x,1,2,2025,,history,s,https://a,primary,",
        "compute_sold,t,f,H100e,3,2,2025,,history,s,https://a,primary,",
        "compute_sold,t,f,H100e,,,soon,,hearsay,s,,primary,",
    ]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sanity.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_sanity(tmp_path)
    found = {(each.place.rpartition(":")[2], each.subject) for each in caught.value.problems}
    assert found == {
        ("2", "unit"), ("3", "low"), ("4", "low"), ("4", "period"), ("4", "basis"),
        ("4", "source_url"),
    }  # fmt: skip


@pytest.mark.slow
def test_the_base_case_keeps_physical_bounds_and_the_measured_past(base_case: Case) -> None:
    few = RunOptions(draws=512, use_cache=False)
    result = sanity(base_case, few)
    assert len(result.rows) == len(read_sanity())
    for row in result.rows:
        assert row.quantiles.p10 <= row.quantiles.p50 <= row.quantiles.p90, row
        if row.basis == "physical":
            assert row.verdict == "inside", row
        if row.basis == "history":
            assert row.reached, row
    shorter = sanity(base_case, replace(few, through="2027"))
    assert {row.period for row in shorter.rows} < {row.period for row in result.rows}


def test_installation_names_what_does_not_hold(tmp_path: Path) -> None:
    assert all(row.holds for row in installation(None))
    (tmp_path / "assumptions" / "base").mkdir(parents=True)
    (wrong,) = (row for row in installation(tmp_path) if not row.holds)
    assert wrong.check == "inputs"
    assert wrong.hint == "all of them: forecast assumptions check"


def test_installation_says_how_large_the_store_is_and_what_bounds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORECAST_CACHE_MB", "3")
    open_store(tmp_path).cache_put("key", bytes(1_500_000))
    found = {row.check: row.found for row in installation(tmp_path)}
    assert found["cache"] == ("1.5 of at most 3 MB, 1 entries; FORECAST_CACHE_MB sets the limit")
    assert found["store size"] == "1.5 MB in all"
    assert found["runs kept"].startswith("0 of at most 1,000; ")
    assert found["rows"] == "0 ingested or accepted, 0 proposals; no limit"
    monkeypatch.setenv("FORECAST_CACHE_MB", "much")
    (wrong,) = (row for row in installation(tmp_path) if row.check == "store size")
    assert not wrong.holds
