"""Company guidance as an input: what a row says, whose calendar, and from which day it counts."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.inputs import load
from forecast.inputs.schema import FiscalCalendar, Guidance, Inputs

GOOD = Path(__file__).parent / "good"


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return load(GOOD, use_cache=False)


def amounts(guidance: Guidance) -> tuple[object, ...]:
    return guidance.low, guidance.mid, guidance.high, guidance.words


def test_a_row_says_an_amount_a_floor_a_range_or_only_words(inputs: Inputs) -> None:
    said = {(each.series_id, each.period_end): amounts(each) for each in inputs.guidance}
    assert said == {
        ("capex_one", date(2026, 9, 30)): (None, 46e9, None, ""),
        ("capex_one", date(2026, 12, 31)): (180e9, None, 190e9, ""),
        ("capex_two", date(2027, 1, 31)): (70e9, None, 75e9, "up"),
        ("capex_two", date(2026, 12, 31)): (20e9, None, None, ""),
        ("capex_two", date(2026, 10, 25)): (None, None, None, "flat"),
    }


def test_a_named_period_has_its_months_and_a_fiscal_year_its_companys_last_day(
    inputs: Inputs,
) -> None:
    raised, fiscal, quarter = inputs.guidance[2:5]
    assert (raised.period_end, raised.months) == (date(2026, 12, 31), 12)
    assert (fiscal.period_end, fiscal.months) == (date(2027, 1, 31), 12)
    assert (quarter.period_end, quarter.months) == (date(2026, 12, 31), 3)


@pytest.mark.parametrize(
    ("company", "ends"),
    [
        ("NVIDIA", ["2024-01-28", "2025-01-26", "2026-01-25", "2027-01-31"]),
        ("Broadcom", ["2024-11-03", "2025-11-02", "2026-11-01", "2027-10-31"]),
        ("AMD", ["2022-12-31", "2023-12-30", "2024-12-28", "2025-12-27"]),
        ("Oracle", ["2025-05-31", "2026-05-31", "2027-05-31"]),
        ("Microsoft", ["2026-06-30"]),
        ("Meta", ["2026-12-31"]),
    ],
)
def test_fiscal_years_end_on_the_days_of_annual_reports(company: str, ends: list[str]) -> None:
    from built_in import INPUTS

    calendar = INPUTS.fiscal_calendars[company]
    assert [calendar.year_end(int(end[:4])).isoformat() for end in ends] == ends


@given(st.integers(2000, 2100), st.integers(1, 12), st.integers(1, 28), st.integers(0, 6))
def test_a_weekday_is_the_last_up_to_the_day_or_the_nearest_to_it(
    year: int, month: int, day: int, weekday: int
) -> None:
    middle = date(year, month, day)
    for nearest, days in ((False, range(-6, 1)), (True, range(-3, 4))):
        calendar = FiscalCalendar("One", month, day, weekday, nearest, "", "", 0)
        around = {middle + timedelta(days=offset) for offset in days}
        assert {each for each in around if each.weekday() == weekday} == {calendar.year_end(year)}


def test_guidance_counts_from_the_day_on_which_it_was_said(workspace: Path) -> None:
    everything = load(workspace).guidance
    for day in (date(2026, 7, 27), date(2026, 7, 28), date(2026, 8, 26)):
        then = load(workspace, day).guidance
        assert then == tuple(each for each in everything if each.published <= day)
    # What was said first stays beside what was said later.
    year = [each for each in everything if each.months == 12 and each.company == "One"]
    assert [each.published for each in year] == [date(2026, 2, 3), date(2026, 7, 28)]


def test_guidance_is_no_data(workspace: Path) -> None:
    with_guidance = load(workspace)
    (workspace / "data/guidance.csv").unlink()
    without = load(workspace)
    assert without.guidance == ()
    assert without.observations == with_guidance.observations
    assert without.data_through == with_guidance.data_through
    assert without.sha256 != with_guidance.sha256


def test_a_workspace_without_a_table_of_calendars_has_the_built_in_one(workspace: Path) -> None:
    (workspace / "data/guidance.csv").unlink()
    (workspace / "data/fiscal_calendars.csv").unlink()
    assert load(workspace).fiscal_calendars.keys() >= {"NVIDIA", "Oracle"}


def test_the_guidance_that_ships_has_an_address_and_was_said_before_it_was_gathered() -> None:
    from built_in import INPUTS

    assert INPUTS.guidance
    for each in INPUTS.guidance:
        assert each.source_url.startswith(("https://", "http://")), each
        assert each.published <= date(2026, 11, 30), each
