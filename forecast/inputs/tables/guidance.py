"""Company guidance, row by row with every problem noted: what was said of a period still open."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import cast

from forecast.errors import Problem, did_you_mean
from forecast.inputs.schema import FiscalCalendar, Guidance, Series, Status, Words
from forecast.inputs.tables.calendars import CALENDARS_FILE
from forecast.inputs.tables.tables import Row, read_amount, read_rows, unit_of_series
from forecast.inputs.yaml.beliefs import STATUSES
from forecast.inputs.yaml.blocks import listed
from forecast.periods import is_quarter, is_year, parse_day
from forecast.units import Reading

GUIDANCE_FILE = "data/guidance.csv"
GUIDANCE_COLUMNS = (
    "series_id", "period_end", "months", "low", "mid", "high", "words", "unit", "published",
    "company", "definition", "source", "source_url", "status", "note",
)  # fmt: skip
AMOUNTS = ("low", "mid", "high")
WORDS = ("up", "flat", "down")
MONTHS = ("3", "6", "12")
_FISCAL_YEAR = re.compile(r"^FY\s?(?:20)?(\d{2})$")
_NO_DAY = date(1, 1, 1)


def read_guidance_file(
    file: str,
    content: bytes,
    series: Mapping[str, Series],
    calendars: Mapping[str, FiscalCalendar],
    problems: list[Problem],
) -> tuple[Guidance, ...]:
    """Return the guidance of a file of `data`, with every column but the amounts filled in."""
    found: list[Guidance] = []
    for row in read_rows(file, content, GUIDANCE_COLUMNS, problems):
        unit = unit_of_series(row, series)
        if unit is None:
            continue
        for column in ("unit", "definition", "source_url", "status"):
            row.text(column)  # required here; an ingested row may leave them out
        guidance = read_guidance(row, unit, calendars)
        if guidance is not None:
            found.append(guidance)
    check_said_once(found, problems)
    return tuple(found)


def read_guidance(row: Row, unit: str, calendars: Mapping[str, FiscalCalendar]) -> Guidance | None:
    """Return the guidance of a row in `unit`, None if the row has problems.

    A period is a last day with its `months`, or is named: 2026, 2026Q4, or FY2027 by the company's
    calendar. A missing `status` is `unverified`.
    """
    company = _read_company(row, calendars)
    period_end, months = _read_period(row, calendars.get(company))
    published = _read_published(row)
    low, mid, high = _read_amounts(row, unit)
    words = row.choice("words", WORDS) if row.values.get("words", "").strip() else ""
    if not words and not any(row.values.get(name, "").strip() for name in AMOUNTS):
        hint = f"Without a figure write {', '.join(WORDS[:-1])} or {WORDS[-1]} in words."
        row.complain("low, mid, high", "empty", "an amount, or words", hint)
    status = row.text("status", "unverified")
    if status not in STATUSES:
        row.complain("status", status, f"one of {', '.join(STATUSES)}")
    source = row.text("source")
    if row.good and published > period_end:
        found, expected = f"{published}, after the period", f"a day up to {period_end}"
        hint = "It is an observation then: for data/observations, or ingest without --guidance."
        row.complain("published", found, expected, hint)
    if not row.good:
        return None
    return Guidance(
        series_id=row.text("series_id"),
        period_end=period_end,
        months=months,
        low=low,
        mid=mid,
        high=high,
        words=cast(Words, words),
        unit=unit,
        published=published,
        company=company,
        definition=row.text("definition", ""),
        source=source,
        source_url=row.text("source_url", ""),
        status=cast(Status, status),
        note=row.text("note", ""),
        file=row.file,
        line=row.line,
    )


def _read_company(row: Row, calendars: Collection[str]) -> str:
    """Return whose guidance it is: a company of the table of calendars, in whatever case."""
    text = row.values.get("company", "").strip()
    company = {name.casefold(): name for name in calendars}.get(text.casefold(), text)
    if company not in calendars:
        period = row.values.get("period_end", "").strip()
        use = f", which says when {period} ends" if _FISCAL_YEAR.match(period) else ""
        hint = f"Known: {listed(calendars)}; another needs a line there."
        hint = did_you_mean(company, calendars) or hint
        row.complain("company", company or "empty", f"a company of {CALENDARS_FILE}{use}", hint)
    return company


def _read_period(row: Row, calendar: FiscalCalendar | None) -> tuple[date, int]:
    """Return the last day of a row's period and its months."""
    text = row.text("period_end")
    if match := _FISCAL_YEAR.match(text):
        # A company without a calendar is a problem already.
        end = calendar.year_end(2000 + int(match[1])) if calendar else _NO_DAY
    else:
        expected = "2026, 2026Q4, FY2027, or a last day such as 2026-12-31 and its months"
        end = row.parsed("period_end", parse_day, expected, _NO_DAY)
        if end == _NO_DAY:
            return end, 0
    named = "3" if is_quarter(text) else "12" if match or is_year(text) else ""
    months = row.values.get("months", "").strip() or named
    if months not in ((named,) if named else MONTHS):
        expected = f"{named}, the months of {text}" if named else "3, 6 or 12"
        row.complain("months", months or "empty", expected)
        return end, 0
    return end, int(months)


def _read_published(row: Row) -> date:
    """Return the day on which a row was said; no other day can stand for it."""
    if not row.values.get("published", "").strip():
        hint = "For rows that are ingested --as-of DATE gives it."
        row.complain("published", "empty", "the day on which it was said", hint)
        return _NO_DAY
    return row.parsed("published", parse_day, "a date such as 2026-07-29", _NO_DAY)


def _read_amounts(row: Row, unit: str) -> tuple[float | None, float | None, float | None]:
    """Return low, mid and high; a cell for `mid` may be a floor (>50B), ceiling or range."""
    texts = {name: text for name in AMOUNTS if (text := row.values.get(name, "").strip())}
    found: dict[str, float] = {}
    for column, text in texts.items():
        said = _by_column(column, read_amount(row, column, text, unit))
        if set(said) != {column} and (column != "mid" or len(texts) > 1):
            hint = "A floor (>50B), a ceiling (<60B) or a range (70-75B) stands alone, in mid."
            row.complain(column, text, f"one amount for {column}", hint)
        found |= said
    for first, second in pairwise(name for name in AMOUNTS if name in found):
        if row.good and found[first] > found[second]:
            above = f"{texts[first]}, above {second} ({texts[second]})"
            row.complain(first, above, "low, mid and high in this order", "Swapped?")
    return found.get("low"), found.get("mid"), found.get("high")


def _by_column(column: str, reading: Reading) -> dict[str, float]:
    """Return an amount by what it is: a floor is a low end, a ceiling a high end."""
    if reading.qualifier == "range" and reading.high is not None:
        return {"low": reading.value, "high": reading.high}
    return {{"gt": "low", "lt": "high"}.get(reading.qualifier, column): reading.value}


def check_said_once(guidance: Sequence[Guidance], problems: list[Problem]) -> None:
    """Check that no two rows give what one company said on one day of one period of a series."""
    seen: dict[tuple[object, ...], Guidance] = {}
    for each in guidance:
        first = seen.setdefault(said_when(each), each)
        if first is not each:
            found = f"{each.series_id} to {each.period_end} again (line {first.line})"
            place = f"{each.file}:{each.line}"
            expected = "one row for each series, period, company and day"
            problems.append(Problem(place, "row", found, expected))


def said_when(guidance: Guidance) -> tuple[object, ...]:
    """Return what a row is about and the day on which it was said."""
    return (
        *(guidance.series_id, guidance.company, guidance.period_end, guidance.months),
        guidance.published,
    )
