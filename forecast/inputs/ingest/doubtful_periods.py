"""Figures of the future, over a length of time that their series has not, or far from others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

from forecast.errors import Problem
from forecast.inputs.ingest.doubt import Doubt, and_more, key_of, place_of
from forecast.inputs.schema import Inputs, Observation

# Lengths of periods in months; what states a moment has none.
MONTHS = {"A": 12, "FY": 12, "TTM": 12, "Q": 3, "H": 6, "9M": 9, "M": 1}
_SAME_PERIOD = 7  # days between two ends of one fiscal period, as calendars and reports give them
_BETWEEN = 75  # days from a quarter's end in which no other quarter of the same company ends
_FAR = 10**6  # days, where there is no other figure
_SEVERAL = 4  # periods that tell where a new series stands
_APART = 5 * 366  # days from the nearest other figure of a series at most


def on_known_ends(
    observations: Iterable[Observation], inputs: Inputs
) -> tuple[list[Observation], list[str]]:
    """Return observations of which those a few days from a known end of their period have it, and
    remarks on them: a fiscal quarter that ends on a Saturday is written with its month's end."""
    ends: dict[str, set[date]] = {}
    for each in inputs.observations:
        if not each.assumed and MONTHS.get(each.frequency, 0) >= 3:
            ends.setdefault(each.series_id, set()).add(each.period_end)
    found: list[Observation] = []
    moved: dict[str, int] = {}
    for each in observations:
        near = [
            end
            for end in ends.get(each.series_id, ())
            if 0 < abs((end - each.period_end).days) <= _SAME_PERIOD
        ]
        if near and not each.assumed and each.period_end not in ends[each.series_id]:
            moved[each.series_id] = moved.get(each.series_id, 0) + 1
            found.append(replace(each, period_end=near[0]))
        else:
            found.append(each)
    remarks = [
        f"{name}: {count} taken for the period that ends a few days from the day written"
        for name, count in sorted(moved.items())
    ]
    return found, remarks


def future(
    observations: Iterable[Observation], dated: Mapping[str, bool], now: date
) -> Iterator[Doubt]:
    by_file: dict[str, list[Observation]] = {}
    for each in observations:
        if each.period_end > now and not each.assumed and not dated[place_of(each)]:
            by_file.setdefault(each.file, []).append(each)
    for rows in by_file.values():
        first = min(rows, key=lambda each: each.line)
        found = f"{first.period_end}{and_more(rows)}, not over on {now}"
        hint = (
            "A forecast says when it was published (--as-of DATE); what a company says goes in "
            "with --guidance, your own belief with assumed: yes; --skip-bad leaves it out."
        )
        problem = Problem(place_of(first), "period_end", found, "a period that is over", hint)
        yield Doubt(problem, frozenset(map(key_of, rows)))


def wrong_lengths(
    name: str, rows: Sequence[Observation], before: Sequence[Observation], inputs: Inputs
) -> Iterator[Doubt]:
    """Yield figures of a flow over another length of time than its series has, or in between."""
    series = inputs.series.get(name)
    if series is None or series.kind != "flow" or series.frequency not in MONTHS:
        return
    usual = {MONTHS[series.frequency]}
    usual |= {MONTHS[each.frequency] for each in before if each.frequency in MONTHS}
    wrong = [each for each in rows if MONTHS.get(each.frequency, 0) not in {0, *usual}]
    if wrong:
        first = min(wrong, key=lambda each: each.line)
        length, wanted = MONTHS[first.frequency], MONTHS[series.frequency]
        found = f"{_of_months(length)} to {first.period_end}{and_more(wrong)}"
        other = next(
            (
                each.series_id
                for each in inputs.series.values()
                if each.series_id.startswith(f"{name}_") and MONTHS.get(each.frequency) == length
            ),
            "",
        )
        hint = f"{other} takes it." if other else ""
        expected = f"{_of_months(wanted)}, as {name} has"
        problem = Problem(place_of(first), "period_end", found, expected, hint)
        yield Doubt(problem, frozenset(map(key_of, wrong)))
    if usual != {3}:
        return
    ends = sorted({each.period_end for each in before})
    between = [
        each
        for each in rows
        if each not in wrong
        and any(0 < abs((end - each.period_end).days) < _BETWEEN for end in ends)
        and each.period_end not in ends
    ]
    if between:
        first = min(between, key=lambda each: each.line)
        near = min(ends, key=lambda end: abs((end - first.period_end).days))
        found = f"{first.period_end}{and_more(between)}, beside {near}"
        expected = f"the last day of a quarter of {name}"
        hint = "A quarter of a fiscal year is written Q2 FY2027."
        problem = Problem(place_of(first), "period_end", found, expected, hint)
        yield Doubt(problem, frozenset(map(key_of, between)))


def alone(name: str, rows: Sequence[Observation], before: Sequence[Observation]) -> Iterator[Doubt]:
    """Yield figures many years from any other of their series, as a mistyped year leaves them; of a
    new series only one that is alone among several."""
    days = sorted({each.period_end for each in (*before, *rows)})
    if len(days) < (2 if before else _SEVERAL):
        return
    gaps = [(b - a).days for a, b in pairwise(days)]
    apart = {
        day
        for day, left, right in zip(days, [_FAR, *gaps], [*gaps, _FAR], strict=True)
        if min(left, right) > _APART
    }
    if not before and len(apart) > 1:
        return  # 1990, 2000, 2015 to 2025
    # A forecast of a far year, as it is published, stands alone.
    wrong = [
        each for each in rows if each.period_end in apart and each.published >= each.period_end
    ]
    if wrong:
        first = min(wrong, key=lambda each: each.line)
        others = [day for day in days if day != first.period_end]
        near = min(others, key=lambda day: abs((day - first.period_end).days))
        found = f"{first.period_end}{and_more(wrong)}, years from {near}, the nearest of {name}"
        hint = "As it stands it is taken with --confirm."
        problem = Problem(place_of(first), "period_end", found, "a period near the others", hint)
        yield Doubt(problem, frozenset(map(key_of, wrong)))


def _of_months(months: int) -> str:
    words = {12: "a year", 3: "a quarter", 6: "half a year", 1: "a month", 9: "nine months"}
    return words[months]
