"""The table of fiscal calendars: when each company's year ends, as its annual reports say it."""

from __future__ import annotations

import re

from forecast.errors import Problem
from forecast.inputs.schema import FiscalCalendar
from forecast.inputs.tables.tables import read_rows
from forecast.periods import month_end

YearEnd = tuple[int, int, int | None, bool]  # month, day, weekday, whether the nearest is meant
CALENDARS_FILE = "data/fiscal_calendars.csv"
CALENDAR_COLUMNS = ("company", "fiscal_year_ends", "source")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAY, _MONTH = "|".join(_WEEKDAYS), "|".join(_MONTHS)
_ON_DAY = re.compile(rf"^(?:({_WEEKDAY}) nearest )?(\d{{1,2}}) ({_MONTH})$")
_LAST = re.compile(rf"^last ({_WEEKDAY}) of ({_MONTH})$")
_EXPECTED = "31 May, last Sunday of January, or Sunday nearest 31 October"
_COMMON_YEAR = 2001  # a year ends on a day that every year has
_NEVER: YearEnd = (12, 31, None, False)


def read_calendars(file: str, content: bytes, problems: list[Problem]) -> dict[str, FiscalCalendar]:
    """Return the fiscal calendars of a file by company."""
    found: dict[str, FiscalCalendar] = {}
    for row in read_rows(file, content, CALENDAR_COLUMNS, problems):
        company = row.text("company")
        rule = row.parsed("fiscal_year_ends", _parse_year_end, _EXPECTED, _NEVER)
        if company in found:
            row.complain("company", f"{company} again", "each company once")
        found.setdefault(
            company,
            FiscalCalendar(
                company,
                *rule,
                row.text("source"),
                row.file,
                row.line,
                tuple(name.strip() for name in row.text("also_called", "").split(";") if name),
            ),
        )
    return found


def _parse_year_end(text: str) -> YearEnd:
    """Return the rule that a text states; raises ValueError for what says no day."""
    if match := _LAST.match(text):
        month = _MONTHS.index(match[2]) + 1
        return month, month_end(_COMMON_YEAR, month).day, _WEEKDAYS.index(match[1]), False
    if match := _ON_DAY.match(text):
        month, day = _MONTHS.index(match[3]) + 1, int(match[2])
        if 1 <= day <= month_end(_COMMON_YEAR, month).day:
            weekday = _WEEKDAYS.index(match[1]) if match[1] else None
            return month, day, weekday, weekday is not None
    raise ValueError(f"{text!r} is no day of the year")
