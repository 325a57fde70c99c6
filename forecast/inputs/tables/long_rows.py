"""From a table as it was recognised to rows by role: a series, a period, a figure, its notes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import PurePath

from forecast.errors import Problem
from forecast.inputs.tables.columns import Table
from forecast.inputs.tables.figures import (
    in_plain,
    is_missing,
    split_notes,
)
from forecast.inputs.tables.layouts import Layout
from forecast.inputs.tables.lines import Cells
from forecast.inputs.tables.notation import find_notation
from forecast.inputs.tables.period_texts import (
    Period,
    first_of_period,
    period_from_start,
    read_period,
)
from forecast.inputs.tables.series_names import Known, SeriesNames
from forecast.inputs.tables.tables import Row
from forecast.inputs.tables.unit_texts import (
    is_magnitude,
    joined,
    multiple_of,
    stated_unit,
    unit_in,
)

_FIRST_DAY, _LAST_DAY = 20_000, 80_000  # days that a workbook counts to 1954 and 2119: no year
# Lengths of periods from short to long, and how the id of a series says them.
_LENGTHS = {"Q": "q", "H": "h", "9M": "9m", "A": "fy", "FY": "fy", "TTM": "ttm"}
_SOME = 3  # lines of which each has a name of its own by chance
_MULTIPLE = re.compile(r"^(?:thousand|million|billion|trillion|quadrillion)\b ?")
_LETTERS = re.compile(r"[%A-Za-z]\s*\+?$")


@dataclass
class Reading:
    """What was read of a table: its rows, how many cells of each series hold no figure, and how
    the table was understood."""

    rows: list[Row]
    said: list[str]
    without_figure: Counter[str] = field(default_factory=Counter)


class Reader:
    """Reads the lines of one recognised table into rows."""

    def __init__(
        self,
        layout: Layout,
        table: Table,
        known: Known,
        kind: str,
        problems: list[Problem],
        flawed: list[Problem],
    ) -> None:
        self.layout = layout
        self.table = table
        self.known = known
        self.kind = kind
        self.problems = problems
        self.flawed = flawed
        self.reading = Reading([], [])
        self.units: dict[tuple[object, ...], str] = {}  # by what states it
        self.fiscal: set[str] = set()  # periods of companies whose calendar is not known
        self.heads = {
            role: f'{role}, column "{layout.names[at]}"'
            for role, at in layout.roles.items()
            if layout.names[at] != role
        }
        self.source = file_source(layout.sheet.file)
        period = layout.roles.get("period_end")
        self.is_fiscal = any(
            layout.is_fiscal(at) for at in (period, layout.second) if at is not None
        )
        self.days: list[tuple[Row, date]] = []  # rows of which a day alone is written

    def read(self) -> Reading:
        """Return the rows; what is not plain is asked for once, in `problems`."""
        before = len(self.problems)
        lines = list(self._lines())
        notation = find_notation(self.layout, self.table, lines, self.problems)
        self.signs, self.flags, self.order = notation.signs, notation.flags, notation.order
        column = self.layout.roles.get("unit")
        self.all_state_units = column is not None and all(cells[column] for _, cells in lines)
        first = [lines[0][1][at] for at in self.layout.figures] if lines else []
        # Filings write the sign of money in the first line and at totals only.
        self.sign_of_money = "USD" if any("$" in cell for cell in first) else ""
        self.named = SeriesNames(self.layout, self.table, self.known, self.kind, lines)
        if len(self.problems) > before:
            return self.reading
        for line, cells in lines:
            self._read_line(line, cells)
        self._ask_for_calendar()
        self._ask_for_series()
        self._first_days()
        self._take_outflows()
        self._part_lengths()
        self._say_signs()
        return self.reading

    def _lines(self) -> Iterator[tuple[int, Cells]]:
        """Yield the lines that are meant, each as long as the header."""
        layout, width = self.layout, len(self.layout.names)
        wanted = {
            index: text.casefold()
            for index, name in enumerate(layout.names)
            for column, text in self.table.where.items()
            if name.casefold() == column.casefold()
        }
        needed = {*layout.roles.values(), *layout.figures}
        for line, cells in layout.body:
            filled = [index for index, cell in enumerate(cells) if cell and not cell.isspace()]
            is_heading = line in layout.sheet.headings or not needed & set(filled)
            if is_heading and len(filled) == 1:
                continue
            if len(cells) != width and layout.sheet.delimiter:
                lacks = any(index >= len(cells) for index in needed)
                if (filled and filled[-1] >= width) or (lacks and len(filled) > 1):
                    expected = f"{width}, as in the header"
                    place = f"{layout.sheet.file}:{line}"
                    self.flawed.append(Problem(place, "row", f"{len(cells)} cells", expected))
                    continue
            whole = (*cells, *[""] * (width - len(cells)))
            if all(whole[index].strip().casefold() == text for index, text in wanted.items()):
                yield line, whole

    def _read_line(self, line: int, cells: Cells) -> None:
        """Add the rows of a line: one, or one for each column of figures."""
        layout, roles = self.layout, self.layout.roles
        shared = {role: cells[at] for role, at in roles.items()}
        for place, at in enumerate(layout.figures):
            cell = cells[at]
            if cell.startswith("="):
                self._unsaved(line, at, cell)
                continue
            if is_missing(cell):
                self._keep_day(cells, place)
                continue
            values = dict(shared)
            row = Row(layout.sheet.file, line, values, self.flawed, self.heads)
            self._put_figure(row, cell, place)
            values["unit"] = self._unit(values, cells, place)
            values["series_id"] = self.named.series(cells, place)
            self._put_period(row, cells, place)
            for role, text in self.table.defaults.items():
                values[role] = values.get(role, "").strip() or text
            values.setdefault("source", self.source)
            self.reading.rows.append(row)

    def _keep_day(self, cells: Cells, place: int) -> None:
        """Keep the day of a cell without a figure, which tells how far apart days are."""
        name = self.named.series(cells, place)
        self.reading.without_figure[name] += 1
        self._put_period(Row(self.layout.sheet.file, 0, {"series_id": name}, []), cells, place)

    def _unsaved(self, line: int, at: int, formula: str) -> None:
        hint = "Open the workbook in a spreadsheet program and save it."
        found = f"{formula}, a formula without a stored value"
        subject = self.layout.names[at] or "cell"
        place = f"{self.layout.sheet.file}:{line}"
        self.flawed.append(Problem(place, subject, found, "a value", hint))

    def _put_figure(self, row: Row, cell: str, place: int) -> None:
        """Set value and note of a row from its cell."""
        values = row.values
        figure, notes = split_notes(cell, self.flags[place])
        try:
            values["value"] = in_plain(figure, self.signs[place])
        except ValueError as error:
            row.complain("value", cell, "a figure", f"{error}.")
            values["value"] = figure
        if values.get("note", "").strip() in {"A", "_Z"}:
            values["note"] = ""  # of statistical offices: a figure as any other
        if notes:
            values["note"] = "; ".join(filter(None, (values.get("note", "").strip(), notes)))
        high = values.get("high", "").strip()
        if high and not is_missing(high):
            values["high"] = in_plain(high, self.signs[place])

    def _unit(self, values: Mapping[str, str], cells: Cells, place: int) -> str:
        """Return the unit of a figure from whatever states it, the nearest first."""
        own = values.get("unit", "").strip()
        labels = tuple(cells[at] for at in self.layout.labels)
        unit = self.units.get((own, place, labels))
        if unit is None:
            unit = self.units[own, place, labels] = self._stated_unit(own, place, labels)
        figure = values["value"]
        if _LETTERS.search(figure):
            # 52.4B in a column of millions says itself what it is.
            unit = _MULTIPLE.sub("", unit)
        money = "USD" if "$" in figure else self.sign_of_money
        if is_magnitude(unit) and money:
            unit = f"{unit} {money}".strip()
        return unit or ("share" if figure.endswith("%") else "")

    def _stated_unit(self, own: str, place: int, labels: Sequence[str]) -> str:
        """Return the unit that a cell, a head, the names of a line, titles or a person state."""
        own = stated_unit(own) or own
        of_labels = [unit_in(label) for label in labels]
        unit = joined([own, self.layout.units[place], *of_labels, self.layout.title_unit])
        asked = self.table.defaults.get("unit", "")
        # Where every line states its unit, one that is given can only be a multiple of it.
        if own and not (self.all_state_units and multiple_of(own, asked) == 1):
            return unit
        return self._asked_unit(asked, unit) if asked else unit

    def _asked_unit(self, asked: str, stated: str) -> str:
        """Return the unit that was given, in the multiple that the file states of it."""
        own, given = multiple_of(stated, asked), multiple_of(asked, asked)
        if own is None:
            return asked
        if own != 1 and given not in {1, own}:
            expected = f"the unit that the file states, {stated}"
            problem = Problem(self.layout.place, f"--unit {asked}", "another unit", expected)
            if problem not in self.problems:
                self.problems.append(problem)
        return joined([stated, asked])

    def _put_period(self, row: Row, cells: Cells, place: int) -> None:
        """Set the last day of a row's period, and the length that its text tells."""
        layout, values = self.layout, row.values
        text = layout.periods[place] if layout.periods else self._period_text(cells)
        if not text.strip():
            return
        try:
            period = read_period(text, self.order, self.table.years)
        except ValueError as error:
            row.complain("period_end", text.strip(), "a period such as 2026-06-30", f"{error}.")
            return
        values["period_end"] = values["written"] = text.strip()
        if period is None:
            return
        period = self._on_calendar(period, text, values, cells)
        values["period_end"] = period.end.isoformat()
        if not values.get("frequency", "").strip():
            values["frequency"] = self._length(period, values["series_id"])
        if not period.frequency:
            self.days.append((row, period.end))
        self._put_published(row)

    def _length(self, period: Period, name: str) -> str:
        """Return the length of a period; of a series of longer ones its last month names one."""
        series = self.known.series.get(name)
        is_longer = series is not None and series.frequency in {"Q", "H", "A", "FY"}
        return "" if period.frequency == "M" and is_longer else period.frequency

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

    def _period_text(self, cells: Cells) -> str:
        """Return the text of a line's period, from one column or two."""
        layout = self.layout
        at = layout.roles["period_end"]
        text = self._day_text(cells[at].strip())
        if layout.second is not None:
            part = cells[layout.second].strip().lower()
            name = layout.names[layout.second].lower()
            if part.isdecimal():
                part = f"{'m' if 'mon' in name else 'w' if 'week' in name else 'q'}{int(part):02d}"
                part = part.replace("q0", "q")
            fiscal = "FY" if self.is_fiscal else ""
            year = text.upper().removeprefix("FY").strip()
            return (
                f"{year}{part}"
                if part[:1] in "mw" and part[1:].isdecimal()
                else f"{part} {fiscal}{year}"
            )
        if self.is_fiscal and text.isdecimal():
            return f"FY{text}"
        return text

    def _day_text(self, text: str) -> str:
        """Return a text of a day; a number of days, which a workbook counts, as the day."""
        epoch = self.layout.sheet.epoch
        if epoch and text.isascii() and text.isdigit() and _FIRST_DAY <= int(text) <= _LAST_DAY:
            return (epoch + timedelta(days=int(text))).isoformat()
        return text

    def _on_calendar(
        self, period: Period, text: str, values: Mapping[str, str], cells: Cells
    ) -> Period:
        """Return a period by the calendar of its company, or the one that was given."""
        if not period.fiscal_year:
            return period
        names = [values["series_id"], *(cells[at] for at in self.layout.labels)]
        calendar = self.known.calendar([*names, *self.layout.header.titles]) or self.table.calendar
        if calendar is None:
            self.fiscal.add(text.strip())
            return period
        self._say(f"fiscal year to {date(2001, calendar.month, 1):%B}")
        return period.on(calendar)

    def _ask_for_calendar(self) -> None:
        if self.fiscal:
            found = f"{sorted(self.fiscal)[0]}, of a company whose fiscal year is not known"
            hint = "Say it with --fiscal-year-end MONTH, such as June."
            expected = "a month in which the fiscal year ends"
            self.problems.append(Problem(self.layout.place, "periods", found, expected, hint))

    def _ask_for_series(self) -> None:
        """Ask whose figures they are where each line would be a series of its own."""
        layout, rows = self.layout, self.reading.rows
        if layout.periods or "series_id" in layout.roles or self.table.defaults.get("series_id"):
            return
        named = {row.values["series_id"] for row in rows}
        days = {row.values.get("period_end") for row in rows}
        if len(rows) > _SOME and len(named) == len(rows) and len(days) > len(rows) // 2:
            names = ", ".join(layout.names[at] for at in layout.labels)
            found = f"another {names} in each line"
            hint = "Say of which series they are with --series ID."
            expected = "several figures of one series"
            self.problems.append(Problem(layout.place, "series", found, expected, hint))

    def _first_days(self) -> None:
        """Take days for the periods that they begin, where those of a series all begin one."""
        by_series: dict[str, list[tuple[Row, date]]] = {}
        for row, day in self.days:
            by_series.setdefault(row.values["series_id"], []).append((row, day))
        for name, found in by_series.items():
            known = self.known.series[name].frequency if name in self.known.series else ""
            frequency = first_of_period((day for _, day in found), known)
            if not frequency:
                continue
            for row, day in found:
                row.values["period_end"] = period_from_start(day, frequency).isoformat()
                row.values["frequency"] = row.values["frequency"].strip() or frequency
            self._say("first days taken for their periods")

    def _take_outflows(self) -> None:
        """Take what a cash-flow statement shows below zero for what was spent."""
        if self.kind != "capex":
            return
        by_series: dict[str, list[Row]] = {}
        for row in self.reading.rows:
            by_series.setdefault(row.values["series_id"], []).append(row)
        for rows in by_series.values():
            texts = [row.values["value"] for row in rows]
            if all(re.match(r"\$?-", text) for text in texts):
                for row, text in zip(rows, texts, strict=True):
                    row.values["value"] = text.replace("-", "", 1)
                self._say("outflows taken as money spent")

    def _part_lengths(self) -> None:
        """Tell apart the series of quarters, half-years and years that a table names alike."""
        if "series_id" in self.layout.roles or self.table.defaults.get("series_id"):
            return
        lengths: dict[str, set[str]] = {}
        for row in self.reading.rows:
            lengths.setdefault(row.values["series_id"], set()).add(row.values.get("frequency", ""))
        for row in self.reading.rows:
            found = [each for each in _LENGTHS if each in lengths[row.values["series_id"]]]
            if len(found) > 1 and row.values["frequency"] in found[1:]:
                row.values["series_id"] += f"_{_LENGTHS[row.values['frequency']]}"

    def _say(self, text: str) -> None:
        if text not in self.reading.said:
            self.reading.said.append(text)

    def _say_signs(self) -> None:
        if "comma" in self.signs and any(
            "." in row.values["value"] or "," in row.values["value"] for row in self.reading.rows
        ):
            self._say("decimal commas")


def file_source(file: str) -> str:
    """Return what stands for the source of a file's rows where no column does."""
    return PurePath(file).name
