"""Months of a biweekly survey: a month counts once all of its periods are out, and never before."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.sources.adapters.btos import STEP, Period, months

DAYS = st.dates(date(2023, 1, 1), date(2030, 12, 31))
RATES = st.lists(st.integers(1, 999), min_size=1, max_size=40)


@settings(deadline=None)
@given(DAYS, RATES, st.integers(0, 4))
def test_a_month_counts_once_all_its_periods_are_out(
    first: date, thousandths: list[int], announced: int
) -> None:
    """`announced` periods beyond those that are out stand in the calendar, or none does."""
    starts = [first + place * STEP for place in range(len(thousandths) + announced)]
    rates = [each / 1000 for each in thousandths] + [None] * announced
    periods = [
        Period(str(place), start, start + timedelta(days=17), rate)
        for place, (start, rate) in enumerate(zip(starts, rates, strict=True))
    ]
    found = {end: (mine, published) for end, mine, published in months(periods)}
    out = {start: rate for start, rate in zip(starts, rates, strict=True) if rate is not None}
    schedule = [first + place * STEP for place in range(len(thousandths) + 4)]
    for start in out:
        month = start.year, start.month
        in_month = [each for each in schedule if (each.year, each.month) == month]
        end = next((end for end in found if (end.year, end.month) == month), None)
        assert (end is not None) == all(each in out for each in in_month)
        if end is not None:
            assert (end + timedelta(days=1)).day == 1
            mine, published = found[end]
            assert mine == [out[each] for each in in_month]
            assert published == in_month[-1] + timedelta(days=17)
    assert sum(len(mine) for mine, _ in found.values()) <= len(out)
