"""Calendar quarters as integers, and the few ways people write a date.

A quarter is `4 × year + (quarter − 1)`, so differences are lags and ranges are `range`.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

FIRST_QUARTER = 4 * 2022  # 2022Q1, the first quarter of every projection
EVENT = "event"  # the frequency of a row about what happened on its day, and about no period
_QUARTER = re.compile(r"^(\d{4})[-\s]?[Qq]([1-4])$")
_YEAR = re.compile(r"^\d{4}$")
_MONTH = re.compile(r"^(\d{4})-(\d{2})$")
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def quarter(text: str) -> int:
    """Return the quarter that `text` names: `2028Q4`, or a year for its last quarter.

    Raises ValueError for anything else.
    """
    text = str(text).strip()
    if match := _QUARTER.match(text):
        return 4 * int(match[1]) + int(match[2]) - 1
    if _YEAR.match(text):
        return 4 * int(text) + 3
    raise ValueError(f"{text!r} is neither a year (2028) nor a quarter (2028Q4)")


def is_year(text: str) -> bool:
    """Return whether `text` names a whole year."""
    return bool(_YEAR.match(str(text).strip()))


def is_quarter(text: str) -> bool:
    """Return whether `text` names a quarter."""
    return bool(_QUARTER.match(str(text).strip()))


def label(quarter_index: int) -> str:
    """Return `2028Q4` for a quarter."""
    return f"{quarter_index // 4}Q{quarter_index % 4 + 1}"


def mid_year_fraction(quarter_index: int) -> float:
    """Return the middle of a quarter in years (2028Q4 → 2028.875)."""
    return (quarter_index + 0.5) / 4.0


def end_year_fraction(quarter_index: int) -> float:
    """Return the end of a quarter in years (2028Q4 → 2029.0)."""
    return (quarter_index + 1.0) / 4.0


def month_end(year: int, month: int) -> date:
    """Return the last day of a month."""
    leap = month == 2 and (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
    return date(year, month, _MONTH_DAYS[month - 1] + int(leap))


def parse_day(text: str) -> date:
    """Return the last day of the year, quarter, month or day that `text` names (ISO 8601).

    Raises ValueError for anything else, so that 03/04/2026 is refused rather than guessed.
    """
    text = str(text).strip()
    if match := _QUARTER.match(text):
        return month_end(int(match[1]), 3 * int(match[2]))
    if _YEAR.match(text):
        return date(int(text), 12, 31)
    if match := _MONTH.match(text):
        if not 1 <= int(match[2]) <= 12:
            raise ValueError(f"{text!r} has no such month")
        return month_end(int(match[1]), int(match[2]))
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            f"{text!r} is not a date (2026-06-30), month (2026-06), quarter (2026Q2) or year"
        ) from error


def day_year_fraction(day: date) -> float:
    """Return a day in years; the end of 2025 is 2026.0."""
    start = date(day.year, 1, 1).toordinal()
    length = date(day.year + 1, 1, 1).toordinal() - start
    return day.year + (day.toordinal() - start + 1) / length


def quarter_of(day: date) -> int:
    """Return the quarter that a day falls in."""
    return 4 * day.year + (day.month - 1) // 3


def nearest_month(day: date) -> int:
    """Return 12 × year + (month − 1) of the month end nearest to a day."""
    this = month_end(day.year, day.month)
    before = date(day.year, day.month, 1) - timedelta(days=1)
    nearest = this if (this - day) <= (day - before) else before
    return 12 * nearest.year + nearest.month - 1


def fiscal_quarter(period_end: date) -> int:
    """Return the calendar quarter in which the middle month of a fiscal quarter lies."""
    return (nearest_month(period_end) - 1) // 3
