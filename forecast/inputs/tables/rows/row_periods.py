"""The period of each row of a table: on its company's calendar, by its last day, first days taken
for what they begin."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from forecast.errors import Problem
from forecast.inputs.schema import FiscalCalendar
from forecast.inputs.tables.cells.figures import is_missing, split_marks
from forecast.inputs.tables.cells.heads import plain_head
from forecast.inputs.tables.cells.period_texts import (
    DateOrder,
    Period,
    first_of_period,
    period_from_start,
    read_period,
)
from forecast.inputs.tables.cells.period_words import is_estimated
from forecast.inputs.tables.cells.unit_texts import may_be_money, without_unit
from forecast.inputs.tables.formats.lines import Cells
from forecast.inputs.tables.layout.columns import Table
from forecast.inputs.tables.layout.layouts import Layout, period_of
from forecast.inputs.tables.layout.series_names import Known
from forecast.inputs.tables.rows.fiscal_notes import calendar_in
from forecast.inputs.tables.tables import Row
from forecast.periods import month_end

_FIRST_DAY, _LAST_DAY = 30_000, 80_000  # days that a workbook counts to 1982 and 2119: no 20261
_EXCEL = date(1899, 12, 30)  # from which workbooks count days, and texts that were saved from them
_SECONDS = (900_000_000, 4_100_000_000)  # since 1970: from 1998 to 2099
_DIGITS = 13  # of milliseconds since 1970: a longer number is no day
_STATED = re.compile(
    r"(?:^|[-–|,:(] ?)(annual|yearly|semi-?annual|half-yearly|quarter(?:ly)?)(?: data)?\)?"
    r"(?=$|[,;]| \()",
    re.I,
)
_HEAD = re.compile(
    r"^(?:fiscal )?(?:(quarter|qtr)(?:[- ]end(?:s|ed|ing)?)?"
    r"|(half|year)(?:[- ]year)?[- ]end(?:s|ed|ing)?)$",
    re.I,
)
_QUARTER_HEADS = frozenset({"quarter", "qtr", "fiscal_quarter", "fiscal_qtr"})  # beside days
_FREQUENCIES = {
    "annual": "A", "annually": "A", "yearly": "A", "quarterly": "Q", "monthly": "M", "weekly": "W",
    "daily": "D", "semi-annual": "H", "half-yearly": "H", "half-yearly, semesterly": "H", "s": "H",
}  # fmt: skip
_LENGTHS = {"a": "FY", "y": "FY", "s": "H", "h": "H", "q": "Q"}
_DAYS = {"Q": 80, "H": 170, "FY": 350}  # that lie at least between the ends of such periods
_DOTTED = re.compile(r"^\d{4}\.\d\d$")  # a month, in a column of periods
_YEAR = re.compile(r"^(?:FY|FISCAL(?: YEAR)?) ?'?")
_NAMED_FISCAL = re.compile(r"\bFY\b|\bfiscal years?\b", re.I)
_ROMAN = ("i", "ii", "iii", "iv")
_SINCE = {3: "Q", 6: "H", 9: "9M", 12: "FY"}  # months since a fiscal year began


_UNDATED = "A forecast says when it was published (--as-of DATE); --skip-bad leaves it out."


class RowPeriods:
    """Puts the period and the day of publication into rows; `say` is told how it took them."""

    def __init__(
        self,
        layout: Layout,
        table: Table,
        known: Known,
        order: DateOrder,
        say: Callable[[str], None],
    ) -> None:
        self.layout = layout
        self.table = table
        self.known = known
        self.order = order
        self.say = say
        self.noted = calendar_in(layout.sheet)
        heads = [plain_head(name) for name in layout.names]
        is_said = "estimates_start_after" in heads  # as the IMF says of each line
        self.after = heads.index("estimates_start_after") if is_said else None
        self.estimated: list[tuple[Row, str]] = []  # rows of forecasts, with what heads them
        self.fiscal: set[str] = set()  # periods of companies whose calendar is not known
        self.days: list[tuple[Row, date]] = []  # rows of which a day alone is written
        period = layout.roles.get("period_end")
        head = layout.names[period].replace("_", " ") if period is not None else ""
        stated = [match[1] for text in layout.header.titles if (match := _STATED.search(text))]
        stated.extend(match[1] or match[2] for match in [_HEAD.match(head)] if match)
        stated.extend("quarter" for name in heads if name in _QUARTER_HEADS)
        self.stated_length = _LENGTHS[stated[0][0].lower()] if stated else ""
        self.is_fiscal = any(
            layout.is_fiscal(at) for at in (period, layout.second) if at is not None
        )
        title = period_of(layout.title_period)
        self.is_fiscal |= bool(title and title.fiscal_year)

    def put(self, row: Row, cells: Cells, place: int) -> None:
        """Set the last day of a row's period, and the length that its text tells."""
        layout, values = self.layout, row.values
        text = self._text(cells, place)
        if not text.strip():
            return
        try:
            period = self._read(text) or self._read(split_marks(text))
        except ValueError as error:
            row.complain("period_end", text.strip(), "a period such as 2026-06-30", f"{error}.")
            return
        values["period_end"] = values["written"] = text.strip()
        whole = layout.names[layout.figures[place]] if layout.periods else text
        if is_estimated(whole):
            self.estimated.append((row, whole.strip()))
        if period is None:
            return
        last = cells[self.after].strip() if self.after is not None else ""
        if last.isdecimal() and period.end.year > int(last):
            self.estimated.append((row, text.strip()))
        period = self._on_calendar(period, row, text, cells)
        values["period_end"] = period.end.isoformat()
        stated = values.get("frequency", "").strip()
        values["frequency"] = _FREQUENCIES.get(stated.lower(), stated)
        if not stated:
            values["frequency"] = self._length(period, values["series_id"])
        if not period.frequency:
            self.days.append((row, period.end))
        self._put_published(row)

    def _read(self, text: str) -> Period | None:
        return read_period(text, self.order, self.table.years)

    def _length(self, period: Period, name: str) -> str:
        """Return the length of a period; of a series of longer ones its last month names one."""
        series = self.known.series.get(name)
        is_longer = series is not None and series.frequency in {"Q", "H", "A", "FY"}
        if period.frequency != "M":
            return period.frequency
        return "" if is_longer else self.stated_length or "M"

    def _put_published(self, row: Row) -> None:
        text = row.values.get("published", "").strip()
        if is_missing(text):
            row.values["published"] = ""
            return
        try:
            day = read_period(self._day_text(text), self.order)
        except ValueError as error:
            row.complain("published", text, "a day such as 2026-08-04", f"{error}.")
            return
        if day is not None:
            row.values["published"] = day.end.isoformat()

    def _text(self, cells: Cells, place: int) -> str:
        """Return the text of a line's period, from one column, two, or one and a head."""
        layout = self.layout
        if layout.periods:
            return self._across(layout.periods[place], cells)
        at = layout.roles.get("period_end")
        text = layout.title_period if at is None else self._day_text(cells[at].strip())
        if layout.parts:
            return self._of_year(text, layout.parts[place].removesuffix("."), "")
        if layout.second is not None:
            part, name = cells[layout.second].strip().lower(), layout.names[layout.second].lower()
            return self._of_year(text, part, name)
        if self.is_fiscal and text.isdecimal():
            return f"FY{text}"
        is_week = at is not None and "week" in layout.names[at].lower()
        if len(text) == 6 and text.isdecimal() and is_week:
            return f"{text[:4]}-W{text[4:]}"
        return text.replace(".", "-") if _DOTTED.match(text) else text

    def _across(self, text: str, cells: Cells) -> str:
        """Return the period of a head, or the part of its year that a line names."""
        second = self.layout.second
        if second is None:
            names = (cells[at] for at in self.layout.labels)
            is_fiscal = text.isdecimal() and any(_NAMED_FISCAL.search(name) for name in names)
            return f"FY{text}" if is_fiscal else text  # Microsoft (FY June), below 2025
        part, name = without_unit(cells[second].strip()).lower(), self.layout.names[second].lower()
        part = part.rstrip(".")
        return self._of_year(text, part, name)

    def _of_year(self, year: str, part: str, name: str) -> str:
        """Return a year with the quarter, month or week that stands beside it; a number counts
        what the name of its column says."""
        if part.isdecimal():
            part = f"{'m' if 'mon' in name else 'w' if 'week' in name else 'q'}{int(part):02d}"
            part = part.replace("q0", "q")
        if part in _ROMAN:
            part = f"q{_ROMAN.index(part) + 1}"
        year = _YEAR.sub("", year.upper())
        if part[:1] in "mw" and part[1:].isdecimal():
            return f"{year}{part}"
        return f"{part} {'FY' if self.is_fiscal else ''}{year}"

    def _day_text(self, text: str) -> str:
        """Return a text of a day; a number of days, which a workbook counts, or of seconds since
        1970, as the day."""
        if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
            return text
        if len(text) == 5 and _FIRST_DAY <= int(text) <= _LAST_DAY:
            self.say("days as workbooks count them")
            return ((self.layout.sheet.epoch or _EXCEL) + timedelta(days=int(text))).isoformat()
        seconds = int(text) // 1000 if len(text) == 13 else int(text)
        if len(text) in {9, 10, 13} and _SECONDS[0] <= seconds <= _SECONDS[1]:
            self.say("seconds since 1970 as days")
            return (date(1970, 1, 1) + timedelta(seconds=seconds)).isoformat()
        return text

    def _on_calendar(self, period: Period, row: Row, text: str, cells: Cells) -> Period:
        """Return a period by the calendar of its company, or the one that was given."""
        if not period.fiscal_year and period.frequency != "YTD":
            return period
        names = [row.values["series_id"], *(cells[at] for at in self.layout.labels)]
        calendar = self._calendar(names)
        if calendar is None:
            self.fiscal.add(text.strip())
            return period
        self.say(f"fiscal year to {date(2001, calendar.month, 1):%B}")
        if period.frequency != "YTD":
            return period.on(calendar)
        months = (period.end.month - calendar.month) % 12 or 12
        if months not in _SINCE:
            expected = "a day on which a quarter of the fiscal year ends"
            row.complain("period_end", text.strip(), expected)
        return replace(period, frequency=_SINCE.get(months, ""))

    def _calendar(self, names: Sequence[str]) -> FiscalCalendar | None:
        known = self.known.calendar([*names, *self.layout.header.titles])
        return known or self.table.calendar or self.noted

    def refuse_estimates(self) -> None:
        """Refuse forecasts of which nobody says when they were published, once for all of them."""
        rows = [each for each in self.estimated if not each[0].values.get("published")]
        for at, (row, text) in enumerate(rows):
            if not at:
                more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
                found = f"{text}{more}, no reported figure"
                row.complain("period_end", found, "what was reported", _UNDATED)
            row.good = False

    def ask_for_calendar(self, problems: list[Problem]) -> None:
        """Ask when fiscal years end where that is not known of a company."""
        if self.fiscal:
            found = f"{sorted(self.fiscal)[0]}, of a company whose fiscal year is not known"
            hint = "Say it with --fiscal-year-end MONTH, such as June."
            expected = "a month in which the fiscal year ends"
            problems.append(Problem(self.layout.place, "periods", found, expected, hint))

    def _take_months(self, found: Sequence[tuple[Row, date]]) -> None:
        """Take first days for the months in which periods of the stated length end."""
        for row, day in found:
            row.values["period_end"] = month_end(day.year, day.month).isoformat()
            row.values["frequency"] = row.values["frequency"].strip() or self.stated_length
        self.say("first days taken for the months that end periods")

    def _take_ends(self, found: Sequence[tuple[Row, date]]) -> None:
        """Take days for the last of periods of the stated length, where they are so far apart."""
        days = sorted({day for _, day in found})
        least = timedelta(days=_DAYS.get(self.stated_length, 0))
        if all(b - a >= least for a, b in pairwise(days)):
            for row, _ in found:
                row.values["frequency"] = row.values["frequency"].strip() or self.stated_length

    def take_months_for_quarters(self, rows: Sequence[Row]) -> None:
        """Take months of money spent that lie three or twelve apart for the ends of quarters or
        years: Jun-25, Sep-25."""
        by_series: dict[str, list[Row]] = {}
        for row in () if self.layout.parts else rows:
            by_series.setdefault(row.values["series_id"], []).append(row)
        for found in by_series.values():
            is_money = all(may_be_money(row.values["unit"]) for row in found)
            if not is_money or {row.values.get("frequency") for row in found} != {"M"}:
                continue
            ends = sorted({row.values["period_end"] for row in found})
            months = [12 * int(end[:4]) + int(end[5:7]) for end in ends]
            gaps = {b - a for a, b in pairwise(months)}
            length = {3: "Q", 12: "FY"}.get(min(gaps, default=0), "")
            if length and all(gap % min(gaps) == 0 for gap in gaps):
                for row in found:
                    row.values["frequency"] = length
                self.say(f"months that end {'quarters' if length == 'Q' else 'years'}")

    def take_first_days(self) -> None:
        """Take days for the periods that they begin, where those of a series all begin one."""
        by_series: dict[str, list[tuple[Row, date]]] = {}
        for row, day in self.days:
            by_series.setdefault(row.values["series_id"], []).append((row, day))
        for name, found in by_series.items():
            known = self.known.series[name].frequency if name in self.known.series else ""
            frequency = first_of_period((day for _, day in found), known)
            is_month = (
                not frequency and self.stated_length and all(day.day == 1 for _, day in found)
            )
            if is_month:  # 2026-06-01 of a quarterly series: its last month
                self._take_months(found)
            if not frequency:
                self._take_ends(found)
                continue
            for row, day in found:
                row.values["period_end"] = period_from_start(day, frequency).isoformat()
                row.values["frequency"] = row.values["frequency"].strip() or frequency
            self.say("first days taken for their periods")
