"""What no figure is without a word more: of the future, of another length, a thousandfold."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from statistics import median

from forecast.errors import Problem
from forecast.inputs.schema import Inputs, Observation
from forecast.inputs.tables.cells.unit_texts import multiple_of

# Lengths of periods in months; what states a moment has none.
MONTHS = {"A": 12, "FY": 12, "TTM": 12, "Q": 3, "H": 6, "9M": 9, "M": 1}
_SAME_PERIOD = 7  # days between two ends of one fiscal period, as calendars and reports give them
_BETWEEN = 75  # days from a quarter's end in which no other quarter of the same company ends
TOO_FAR = {"log": 100.0, "logit": 50.0}  # times its neighbour a year away at most
_NEVER = 1e10  # times its neighbour, whoever confirms it
_FAR = 10**6  # days, where there is no other figure
_APART = 5 * 366  # days from the nearest other figure of a series at most
_REVISED = 20.0  # times what it revises
_NEWS = 2.0  # times its neighbour: taken, with a remark
_SMOOTH = 4.0  # the usual step of a series in which one of a hundredfold is no growth
_MAGNITUDES = ((1e3, "thousand"), (1e6, "million"), (1e9, "billion"), (1e12, "trillion"))
_NEAR = 8.0  # times: how near a figure comes to its neighbour in the likely unit


@dataclass(frozen=True)
class Doubt:
    """Rows that are refused as one, and what is said of them."""

    problem: Problem
    places: frozenset[str]


def today(inputs: Inputs) -> date:
    """Return today, or the newest day that the inputs know of where a clock is behind them."""
    newest = max((each.published for each in inputs.observations), default=date.min)
    return max(date.today(), min(newest, date(2100, 12, 31)))


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


def doubts(
    observations: Sequence[Observation],
    dated: Mapping[str, bool],
    stated: Mapping[str, str],
    inputs: Inputs,
    *,
    is_confirmed: bool,
) -> tuple[list[Doubt], list[str]]:
    """Return what is refused of observations, and remarks on what merely surprises.

    `dated` says by place whether a row itself states when it was published, `stated` in which unit.
    """
    by_series: dict[str, list[Observation]] = {}
    for each in observations:
        if not each.assumed:
            by_series.setdefault(each.series_id, []).append(each)
    found: list[Doubt] = list(_future(observations, dated, today(inputs)))
    known: dict[str, list[Observation]] = {}
    for each in inputs.observations:
        if each.series_id in by_series and not each.assumed:
            known.setdefault(each.series_id, []).append(each)
    remarks: list[str] = []
    for name, rows in by_series.items():
        before = known.get(name, [])
        own = [
            *_wrong_lengths(name, rows, before, inputs),
            *(() if is_confirmed else _alone(name, rows, before)),
            *_wrong_sizes(name, rows, before, stated, is_confirmed=is_confirmed),
        ]
        found.extend(own)
        doubted = {place for doubt in own for place in doubt.places}
        remarks.extend(
            _news(name, [each for each in rows if place_of(each) not in doubted], before)
        )
    return found, remarks


def place_of(each: Observation) -> str:
    """Return `file:line` of an observation."""
    return f"{each.file}:{each.line}"


def _future(
    observations: Iterable[Observation], dated: Mapping[str, bool], now: date
) -> Iterator[Doubt]:
    by_file: dict[str, list[Observation]] = {}
    for each in observations:
        if each.period_end > now and not each.assumed and not dated[place_of(each)]:
            by_file.setdefault(each.file, []).append(each)
    for rows in by_file.values():
        first = min(rows, key=lambda each: each.line)
        found = f"{first.period_end}{_and_more(rows)}, not over on {now}"
        hint = (
            "A forecast says when it was published (--as-of DATE); what a company says goes in "
            "with --guidance, your own belief with assumed: yes."
        )
        problem = Problem(place_of(first), "period_end", found, "a period that is over", hint)
        yield Doubt(problem, frozenset(map(place_of, rows)))


def _wrong_lengths(
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
        found = f"{_of_months(length)} to {first.period_end}{_and_more(wrong)}"
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
        yield Doubt(problem, frozenset(map(place_of, wrong)))
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
        found = f"{first.period_end}{_and_more(between)}, beside {near}"
        expected = f"the last day of a quarter of {name}"
        hint = "A quarter of a fiscal year is written Q2 FY2027."
        problem = Problem(place_of(first), "period_end", found, expected, hint)
        yield Doubt(problem, frozenset(map(place_of, between)))


def _alone(
    name: str, rows: Sequence[Observation], before: Sequence[Observation]
) -> Iterator[Doubt]:
    """Yield figures many years from any other of a known series, as a mistyped year leaves them."""
    days = sorted({each.period_end for each in (*before, *rows)})
    if not before or len(days) < 2:
        return
    gaps = [(b - a).days for a, b in pairwise(days)]
    apart = {
        day
        for day, left, right in zip(days, [_FAR, *gaps], [*gaps, _FAR], strict=True)
        if min(left, right) > _APART
    }
    # A forecast of a far year, as it is published, stands alone.
    wrong = [
        each for each in rows if each.period_end in apart and each.published >= each.period_end
    ]
    if wrong:
        first = min(wrong, key=lambda each: each.line)
        others = [day for day in days if day != first.period_end]
        near = min(others, key=lambda day: abs((day - first.period_end).days))
        found = f"{first.period_end}{_and_more(wrong)}, years from {near}, the nearest of {name}"
        hint = "As it stands it is taken with --confirm."
        problem = Problem(place_of(first), "period_end", found, "a period near the others", hint)
        yield Doubt(problem, frozenset(map(place_of, wrong)))


def _wrong_sizes(
    name: str,
    rows: Sequence[Observation],
    before: Sequence[Observation],
    stated: Mapping[str, str],
    *,
    is_confirmed: bool,
) -> Iterator[Doubt]:
    """Yield figures that are orders of magnitude from what they revise or stand beside; of those
    that are confirmed the ones with which no curve could be computed."""
    least = _NEVER if is_confirmed else 1.0
    wrong = [(each, near) for each in rows if (near := _far_from(each, before, least))]
    if not before and not is_confirmed:
        wrong = list(_outliers(rows))
    if not wrong:
        return
    first, near = min(wrong, key=lambda each: each[0].line)
    is_revised = first.period_end == near.period_end
    found = (
        f"{first.value:g} {first.unit}{_and_more([each for each, _ in wrong])}, "
        f"{times(first.value / near.value)} {'what it revises' if is_revised else 'its neighbour'}"
        f" ({near.value:g} of {near.period_end})"
    )
    unit = stated.get(place_of(first), "")
    multiple = multiple_of(unit, first.unit) or 1
    likely = likely_unit(first.value, near.value, first.unit, float(multiple))
    said = f"Is it in {likely}? " if likely else ""
    if likely and multiple != 1 and first.unit != "share":
        said += f"Then mend the unit in the file, {unit}. "
    elif likely:
        said += f"Then say so with --unit {likely!r}, or in its header. "
    hint = said if is_confirmed else f"{said}As it stands it is taken with --confirm."
    expected = f"a figure of {name} of that order"
    yield Doubt(
        Problem(place_of(first), "value", found, expected, hint),
        frozenset(place_of(each) for each, _ in wrong),
    )


def _far_from(each: Observation, before: Sequence[Observation], least: float) -> Observation | None:
    """Return the known figure that one is too far from, by a factor of `least` at least, None if it
    fits."""
    plain = [other for other in before if _is_plain(other)]
    if not plain or not _is_plain(each):
        return None
    near = min(plain, key=lambda other: abs((other.period_end - each.period_end).days))
    years = abs((near.period_end - each.period_end).days) / 365.25
    steps = [abs(_log(a.value / b.value)) for a, b in pairwise(_in_order(plain))]
    usual = math.exp(median(steps)) if steps else 1.0
    limit = _REVISED if years == 0.0 else _limit(each) * max(1.0, usual ** (4.0 * years))
    return near if abs(_log(each.value / near.value)) >= math.log(max(limit, least)) else None


def _outliers(rows: Sequence[Observation]) -> Iterator[tuple[Observation, Observation]]:
    """Yield figures of a new series that leave it for another order of magnitude."""
    ordered = _in_order([each for each in rows if _is_plain(each)])
    steps = [abs(_log(b.value / a.value)) for a, b in pairwise(ordered)]
    if len(steps) < 2 or median(steps) > math.log(_SMOOTH):
        return
    for (before, after), step in zip(pairwise(ordered), steps, strict=True):
        if step >= math.log(_limit(after)):
            yield after, before
            return


def _news(name: str, rows: Sequence[Observation], before: Sequence[Observation]) -> Iterator[str]:
    """Yield what is much more or less than the newest known figure before it."""
    plain = _in_order([each for each in before if _is_plain(each)])
    for each in _in_order([each for each in rows if _is_plain(each)])[-1:]:
        earlier = [other for other in plain if other.period_end < each.period_end]
        if (
            any(other.period_end == each.period_end for other in plain)
            or not earlier
            or (each.period_end - earlier[-1].period_end).days > 400
        ):
            continue
        ratio = each.value / earlier[-1].value
        if abs(_log(ratio)) >= math.log(_NEWS) and each.value != earlier[-1].value:
            yield (
                f"{name} of {each.period_end} is {times(ratio)} that of "
                f"{earlier[-1].period_end}: taken, as news"
            )


def _limit(each: Observation) -> float:
    return TOO_FAR["logit" if each.unit == "share" else "log"]


def _is_plain(each: Observation) -> bool:
    return each.qualifier in {"eq", "approx", "range"} and each.value > 0.0


def _in_order(rows: Iterable[Observation]) -> list[Observation]:
    return sorted(rows, key=lambda each: (each.period_end, each.published))


def _log(ratio: float) -> float:
    return math.log(ratio) if 0.0 < ratio < math.inf else math.inf


def likely_unit(value: float, near: float, unit: str, multiple: float = 1.0) -> str:
    """Return the unit in which a figure would stand `near` its neighbour, "" if in none; it was
    read in a `multiple` of its unit."""
    ratio = multiple * near / value
    if unit == "share":
        return "%" if value > near * 100.0 / _NEAR else ""
    for factor, word in _MAGNITUDES:
        if 1.0 / _NEAR <= ratio / factor <= _NEAR:
            return f"{word} {unit}"
    return ""


def times(ratio: float) -> str:
    """Return in words how many times another a figure is."""
    if ratio >= 1.0:
        return f"{ratio:.3g} times"
    share = f"{ratio:.2g}" if ratio < 0.01 else f"{ratio:.0%}"
    return f"{share} of" if ratio >= 0.01 else f"{share} times"


def _of_months(months: int) -> str:
    words = {12: "a year", 3: "a quarter", 6: "half a year", 1: "a month", 9: "nine months"}
    return words[months]


def _and_more(rows: Sequence[Observation]) -> str:
    return f" and {len(rows) - 1} more" if len(rows) > 1 else ""
