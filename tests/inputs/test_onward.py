"""Targets that go on: which later quarters count once figures of them have come."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from forecast.inputs import load
from forecast.inputs.onward import going_on
from forecast.inputs.schema import Observation

INPUTS = load()
REVENUE = next(each for each in INPUTS.targets if each.name == "openai_revenue")
LAST = max(
    (row for row in INPUTS.observations if row.series_id == "openai_revenue_run_rate"),
    key=lambda row: row.period_end,
)


def said(*days: str) -> list[Observation]:
    ends = [date.fromisoformat(day) for day in days]
    return [replace(LAST, period_end=end, published=end + timedelta(days=1)) for end in ends]


@pytest.mark.parametrize(
    ("days", "later"),
    [
        (["2026-11-20"], []),
        (["2026-12-01"], ["2026Q4"]),
        (["2026-11-20", "2027-01-15"], ["2026Q4"]),
        (["2027-03-31"], ["2027Q1"]),
        (["2026-12-31", "2027-03-10", "2027-05-01"], ["2026Q4", "2027Q1"]),
    ],
)
def test_a_quarter_counts_once_its_end_is_told(days: list[str], later: list[str]) -> None:
    [found] = going_on([REVENUE], said(*days))
    assert list(found.periods) == [*REVENUE.periods, *later]


def test_what_is_no_figure_of_the_past_extends_nothing() -> None:
    plan = replace(said("2026-12-31")[0], published=date(2026, 11, 1))
    assumed = replace(said("2026-12-31")[0], assumed=True)
    assert going_on([REVENUE], [plan, assumed]) == (REVENUE,)
    for target in (
        replace(REVENUE, periods=("2026Q3",)),
        replace(REVENUE, periods=("2024", "2025")),
        replace(REVENUE, bound="lower"),
    ):
        assert going_on([target], said("2026-12-31")) == (target,)


def test_a_sum_waits_for_all_of_its_series() -> None:
    [target] = [each for each in INPUTS.targets if each.name == "custom_asic_compute_sold"]
    rows = [replace(said("2026-06-30")[0], series_id=name) for name in target.series]
    assert going_on([target], rows[:1]) == (target,)
    [found] = going_on([target], rows)
    assert found.periods[-1] == "2026Q2"
