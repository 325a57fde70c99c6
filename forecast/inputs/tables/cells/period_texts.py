"""The ways people write a period: 2026-06-30, June 2026, 3Q26, Q1 FY26, 2026-W40, H1 2026, …"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from forecast.inputs.schema import FiscalCalendar
from forecast.inputs.tables.cells.period_shapes import MOMENT, Shape, shape_of
from forecast.inputs.tables.cells.period_words import in_english
from forecast.periods import month_end

DateOrder = Literal["", "day-first", "month-first"]
YEARS = (1900, 2100)  # what a period or a day of publication may lie in
_LONGEST = 300  # letters of a text that names a period
_FISCAL = {"FY", "FQ", "FH", "FB", "FBQ"}
_LENGTHS = {"Y": "A", "YE": "FY", "FB": "FY", "FQ": "Q", "FBQ": "Q", "FH": "H", "D": ""}
_ISO = re.compile(r"^\d{4}-\d\d-\d\d$")


@dataclass(frozen=True)
class Period:
    """A period by its last day; a fiscal one by its year and how many months of it are over.

    `frequency` is the period's length, "" where a day alone is written. `by_start` says that a
    fiscal year is called by the year in which it begins, as 年度 are.
    """

    end: date
    frequency: str
    fiscal_year: int = 0
    months: int = 12
    by_start: bool = False

    def on(self, calendar: FiscalCalendar) -> Period:
        """Return a fiscal period on its company's calendar, any other as it is."""
        if not self.fiscal_year:
            return self
        year = self.fiscal_year + (self.by_start and calendar.month < 12)
        return replace(self, end=fiscal_end(calendar, year, self.months), fiscal_year=0)


@lru_cache(maxsize=65536)
def read_period(text: str, order: DateOrder = "", years: tuple[int, int] = YEARS) -> Period | None:
    """Return the period that a text names, None if it is none; of 03/04/2026 `order` tells.

    Raises ValueError for what has the form of a period and cannot be one, or may be two.
    """
    if len(text) > _LONGEST:
        return None
    if _ISO.match(text):
        found: Shape | None = "D", "", int(text[:4]), int(text[5:7]), int(text[8:])
    else:
        found = shape_of(in_english(text))
    if found is None:
        return None
    kind, frequency, year, first, second = found
    if kind == "D?":
        if order:
            first, second = (first, second) if order == "day-first" else (second, first)
        elif first <= 12 and second <= 12 and first != second:
            raise ValueError(f"{text!r} may be day/month or month/day")
        elif second > 12:
            first, second = second, first
        kind, first, second = "D", second, first
    end = _end(kind, year, first, second, text)
    if not years[0] <= end.year <= years[1]:
        raise ValueError(f"the year {end.year} is not between {years[0]} and {years[1]}")
    length = frequency or _LENGTHS.get(kind, kind)
    length = "" if length == MOMENT else length
    fiscal = year if kind in _FISCAL else 0
    months = {"FQ": 3 * first, "FBQ": 3 * first, "FH": 6 * first}.get(kind, 12)
    return Period(end, length, fiscal, months, kind in {"FB", "FBQ"})


def _end(kind: str, year: int, first: int, second: int, text: str) -> date:
    """Return the last day of a period on the calendar; ValueError where there is none."""
    try:
        if kind == "W":
            return date.fromisocalendar(year, first, 7)
        if kind == "D":
            return date(year, first, second)
        months = {
            "Q": 3 * first,
            "FQ": 3 * first,
            "FBQ": 3 * first,
            "H": 6 * first,
            "FH": 6 * first,
            "M": first,
            "YE": first,
        }
        return month_end(year, {**months, "9M": 9}.get(kind, 12))
    except (ValueError, IndexError) as error:
        raise ValueError(f"{text!r} is no day, week or month that there is") from error


def fiscal_end(calendar: FiscalCalendar, year: int, months: int) -> date:
    """Return the last day of the first `months` (3, 6, 9 or 12) of a company's fiscal year.

    A year that ends on a weekday has quarters of thirteen weeks, the last of what remains.
    """
    end = calendar.year_end(year)
    if months == 12:
        return end
    if calendar.weekday is not None:
        return calendar.year_end(year - 1) + timedelta(weeks=13 * months // 3)
    month = 12 * (year - 1) + calendar.month - 1 + months
    return month_end(month // 12, month % 12 + 1)


def find_order(texts: Iterable[str]) -> DateOrder | Literal["ask"]:
    """Return in which order the days and months of a column stand, "" where it does not matter."""
    pairs = [(int(match[1]), int(match[2])) for text in texts if (match := _SLASHED.match(text))]
    if not pairs:
        return ""
    if any(first > 12 for first, _ in pairs):
        return "day-first"
    if any(second > 12 for _, second in pairs):
        return "month-first"
    return "" if all(first == second for first, second in pairs) else "ask"


_SLASHED = re.compile(
    r"^\s*(\d{1,2})[/-](\d{1,2})[/-](?:\d{4}|\d{2})(?:,?\s+[\d:.]+(?:\s?[ap]m)?)?\s*$", re.I
)


def first_of_period(days: Iterable[date], known: str) -> str:
    """Return the length of the periods whose first days these are (A, Q or M), "" if they are
    none; `known` is the frequency of their series, "" where it is not known."""
    found = sorted(set(days))
    if not found or any(day.day != 1 for day in found):
        return ""
    months = {12 * day.year + day.month - 1 for day in found}
    for frequency, step in (("A", 12), ("Q", 3), ("M", 1)):
        if all(month % step == 0 for month in months):
            if known == frequency:
                return frequency
            gaps = {b - a for a, b in zip(sorted(months), sorted(months)[1:], strict=False)}
            if known not in {"A", "Q", "M"} and gaps and min(gaps) == step:
                return frequency
    return ""


def period_from_start(start: date, frequency: str) -> date:
    """Return the last day of the year, quarter or month that begins on a day."""
    months = {"A": 12, "Q": 3, "M": 1}[frequency]
    month = 12 * start.year + start.month - 2 + months
    return month_end(month // 12, month % 12 + 1)
