"""When a fiscal year ends, as a title or a note of a table says it itself."""

from __future__ import annotations

import re

from forecast.inputs.schema import FiscalCalendar
from forecast.inputs.tables.formats.lines import Sheet
from forecast.periods import month_end

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_NOTE = re.compile(
    r"\b(?:fiscal years?|FY)\b[^.;\d]{0,40}?\b(?:ends?|ended|ending)\b(?P<between>[^.;]{0,20}?)"
    rf"\b(?P<month>{'|'.join(_MONTHS)})\b",
    re.I,
)
_WEEKDAY = re.compile(r"(?:sun|mon|tues|wednes|thurs|fri|satur)day", re.I)
_COMMON_YEAR = 2001  # a year ends on a day that every year has
_MOST = 200  # lines that are looked at, from either end


def calendar_in(sheet: Sheet) -> FiscalCalendar | None:
    """Return the calendar that lines of one cell state, None where they state none, several, or a
    day of the week."""
    lines = [*sheet.lines[:_MOST], *sheet.lines[_MOST:][-_MOST:]]
    alone = (filled for _, cells in lines if len(filled := [each for each in cells if each]) == 1)
    found = [match for (text,) in alone for match in _NOTE.finditer(text)]
    months = {match["month"].lower() for match in found}
    if len(months) != 1 or any(_WEEKDAY.search(match["between"]) for match in found):
        return None
    month = _MONTHS.index(months.pop()) + 1
    day = month_end(_COMMON_YEAR, month).day
    return FiscalCalendar("", month, day, None, False, "a note in the file", sheet.file, 0)
