"""Quarters out of a company's facts: whatever is filed, the quarters that were come back."""

from __future__ import annotations

import json
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.sources.adapters.fiscal_quarters import Fact, quarters

AMOUNTS = st.integers(1, 10**12)
WEEKS = st.lists(st.sampled_from((13, 13, 13, 14)), min_size=4, max_size=4)
FIRST = date(2025, 2, 2)


def filed(
    amounts: list[int], weeks: list[int], day: date, filing: str, *, direct: bool
) -> list[Fact]:
    """Return what filings of a fiscal year state: each the year to date, and its quarter if
    `direct`; the first filed on a day, the others a quarter after one another."""
    facts, start, total = [], FIRST, 0
    for place, (amount, length) in enumerate(zip(amounts, weeks, strict=True)):
        end = start + timedelta(weeks=length) - timedelta(days=1)
        total += amount
        at = day + timedelta(days=91 * place)
        name = f"{filing}{place}"
        facts.append(Fact(FIRST, end, total, name, at, ""))
        if direct and place:
            facts.append(Fact(start, end, amount, name, at, ""))
        start = end + timedelta(days=1)
    return facts


@settings(deadline=None)
@given(st.lists(AMOUNTS, min_size=4, max_size=4), WEEKS, st.booleans(), st.randoms())
def test_a_year_to_date_gives_its_quarters(
    amounts: list[int], weeks: list[int], direct: bool, random: object
) -> None:
    facts = filed(amounts, weeks, date(2025, 6, 1), "a", direct=direct)
    # Trailing years, as some companies file them beside.
    facts += [
        Fact(fact.end - timedelta(days=364), fact.end, 7.0, fact.filing, fact.filed, "")
        for fact in facts[:2]
    ]
    shuffled = sorted(facts, key=lambda fact: random.random())  # type: ignore[attr-defined]
    found = quarters(shuffled)
    assert [each.value for each in found] == amounts
    assert [each.fact.filing for each in found] == ["a0", "a1", "a2", "a3"]


@settings(deadline=None)
@given(st.lists(AMOUNTS, min_size=4, max_size=4), st.lists(AMOUNTS, min_size=4, max_size=4))
def test_a_recast_year_gives_both_vintages_and_no_mixture(
    first: list[int], again: list[int]
) -> None:
    weeks = [13, 13, 13, 13]
    facts = filed(first, weeks, date(2025, 6, 1), "a", direct=False)
    facts += filed(again, weeks, date(2026, 6, 1), "b", direct=False)
    found: dict[date, list[float]] = {}
    for each in quarters(facts):
        found.setdefault(each.fact.end, []).append(each.value)
    wanted = [[a] if a == b else [a, b] for a, b in zip(first, again, strict=True)]
    assert list(found.values()) == wanted


def test_a_filing_that_repeats_a_value_gives_nothing() -> None:
    first = filed([5, 6, 7, 8], [13, 13, 13, 13], date(2025, 6, 1), "a", direct=True)
    again = filed([5, 6, 7, 8], [13, 13, 13, 13], date(2026, 6, 1), "b", direct=True)
    assert json.dumps([each.fact.filing for each in quarters(first + again)]) == (
        '["a0", "a1", "a2", "a3"]'
    )
