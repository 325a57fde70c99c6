"""From a table as it was recognised to rows by role: a series, a period, a figure, its notes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from forecast.errors import Problem
from forecast.inputs.tables.cells.figures import in_plain, is_missing, split_code, split_notes
from forecast.inputs.tables.cells.passed_over import (
    ALL_ANSWERS,
    ELIMINATIONS,
    RESPONDENTS,
    TOTALS,
    is_all_answers,
    is_total,
    is_whole,
    passed_over,
)
from forecast.inputs.tables.cells.unit_texts import may_be_money
from forecast.inputs.tables.formats.lines import Cells
from forecast.inputs.tables.layout.columns import Table
from forecast.inputs.tables.layout.figure_units import FigureUnits
from forecast.inputs.tables.layout.layouts import Layout, holds_shares
from forecast.inputs.tables.layout.series_names import Known, SeriesNames
from forecast.inputs.tables.rows.notation import find_notation
from forecast.inputs.tables.rows.repeated import ask_for_lines
from forecast.inputs.tables.rows.row_periods import RowPeriods
from forecast.inputs.tables.tables import Row
from forecast.units import MONEY

# Lengths of periods from short to long, and how the id of a series says them.
_LENGTHS = {"Q": "q", "H": "h", "9M": "9m", "A": "fy", "FY": "fy", "TTM": "ttm"}
_CAPEX = re.compile(r"capex|capital exp", re.I)  # nobody's is 1,510 dollars, whatever the head says
_RUNNING = re.compile(r"(?:^|_)(?:ytd|year_to_date)(?:_|$)")
_SOME = 3  # lines of which each has a name of its own by chance


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
        self.heads = {
            role: f'{role}, column "{layout.names[at]}"'
            for role, at in layout.roles.items()
            if layout.names[at] != role
        }
        self.has_shares = holds_shares(layout) or table.defaults.get("unit") == "%"
        self.source = file_source(layout.sheet.file)

    def read(self) -> Reading:
        """Return the rows; what is not plain is asked for once, in `problems`."""
        before = len(self.problems)
        lines = list(self._lines())
        notation = find_notation(self.layout, self.table, lines, self.problems)
        self.signs, self.flags = notation.signs, notation.flags
        self.units = FigureUnits(self.layout, self.table, lines, self.problems)
        self.named = SeriesNames(self.layout, self.table, self.known, self.kind, lines)
        self.periods = RowPeriods(self.layout, self.table, self.known, notation.order, self._say)
        if len(self.problems) > before:
            return self.reading
        for line, cells in lines:
            self._read_line(line, cells)
        self.periods.ask_for_calendar(self.problems)
        self.periods.refuse_estimates()
        self._ask_for_series()
        self._ask_for_scale()
        self._refuse_running_sums()
        self.periods.take_first_days()
        if self.kind == "capex":
            self.periods.take_months_for_quarters(self.reading.rows)
            self._take_outflows()
        self._part_lengths()
        self._say_signs()
        if "series_id" not in self.layout.roles:
            ask_for_lines(self.layout, self.reading.rows, self.problems)
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
            if passed := self._passed_over(cells, filled):
                self._say(f"{passed} passed over")
                continue
            if layout.periods and _are_flags([cells[at] for at in layout.figures if at in filled]):
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

    def _passed_over(self, cells: Cells, filled: Sequence[int]) -> str:
        """Return in words what a line is that holds no figures of a series, "" for any other."""
        second = self.layout.second
        if second is not None and second in filled and is_total(cells[second]):
            return TOTALS
        texts = [cells[at].strip() for at in self.layout.figures if at in filled]
        names = [cells[at] for at in self.layout.labels if at in filled]
        if self.layout.periods and self.has_shares and is_all_answers("".join(names), texts):
            return ALL_ANSWERS
        told = [word for name in names for word in passed_over(name, self.has_shares)]
        if not told:
            return ""
        if RESPONDENTS in told and all(map(is_whole, texts)):
            return RESPONDENTS
        is_set_off = ELIMINATIONS in told and texts and all(text[:1] in "(-−" for text in texts)
        return ELIMINATIONS if is_set_off else ""

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
            values["unit"] = self.units.of(values, cells, place)
            values["value"] = split_code(values["value"])[0]
            values["series_id"] = self.named.series(cells, place)
            self.periods.put(row, cells, place)
            for role, text in self.table.defaults.items():
                values[role] = values.get(role, "").strip() or text
            values.setdefault("source", self.source)
            self.reading.rows.append(row)

    def _keep_day(self, cells: Cells, place: int) -> None:
        """Keep the day of a cell without a figure, which tells how far apart days are."""
        name = self.named.series(cells, place)
        self.reading.without_figure[name] += 1
        self.periods.put(Row(self.layout.sheet.file, 0, {"series_id": name}, []), cells, place)

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

    def _ask_for_scale(self) -> None:
        """Ask how many of a currency are meant where small figures name nothing but it."""
        is_told = "unit" in self.layout.roles or self.table.defaults.get("unit")
        heads = (self.layout.names[at] for at in self.layout.figures)
        is_stated = any(self.layout.units) and not any(map(_CAPEX.search, heads))
        is_open = self.kind == "capex" and not is_told and not is_stated
        if not (is_open or self.units.is_bare_currency):
            return
        texts = [row.values["value"] for row in self.reading.rows if row.values["unit"] in MONEY]
        if texts and all(re.match(r"-?\d{1,6}(?:\.\d+)?$", text) for text in texts):
            unit = self.reading.rows[0].values["unit"]
            found = f"{unit}, and figures such as {texts[0]}"
            hint = f"Say it with --unit 'million {unit}', or --unit {unit} for single ones."
            expected = f"how many {unit} one is"
            self.problems.append(Problem(self.layout.place, "unit", found, expected, hint))

    def _refuse_running_sums(self) -> None:
        """Refuse money since the year began in lines of months or quarters, whose sum it is not."""
        if "series_id" in self.layout.roles or self.table.defaults.get("series_id"):
            return
        for row in self.reading.rows:
            name, unit = row.values["series_id"], row.values["unit"]
            is_part = row.values.get("frequency", "") in {"M", "Q"}
            if is_part and _RUNNING.search(name) and unit and may_be_money(unit):
                expected = "what each month or quarter adds"
                found = f"{name}, sums since the year began"
                self.problems.append(Problem(self.layout.place, "value", found, expected))
                return

    def _take_outflows(self) -> None:
        """Take what a cash-flow statement shows below zero for what was spent."""
        by_series: dict[str, list[Row]] = {}
        for row in self.reading.rows:
            by_series.setdefault(row.values["series_id"], []).append(row)
        for rows in by_series.values():
            texts = [row.values["value"] for row in rows]
            is_money = all(may_be_money(row.values["unit"]) for row in rows)
            if is_money and all(re.match(r"\$?-", text) for text in texts):
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
            length = row.values.get("frequency", "")
            if len(found) > 1 and length in found[1:]:
                row.values["series_id"] += f"_{_LENGTHS[length]}"

    def _say(self, text: str) -> None:
        if text not in self.reading.said:
            self.reading.said.append(text)

    def _say_signs(self) -> None:
        if "comma" in self.signs and any(
            "." in row.values["value"] or "," in row.values["value"] for row in self.reading.rows
        ):
            self._say("decimal commas")


def _are_flags(cells: Sequence[str]) -> bool:
    """Return whether nothing but letters stands where figures do, as INSEE flags the line above."""
    return bool(cells) and all(cell.strip().isalpha() and len(cell.strip()) < 3 for cell in cells)


def file_source(file: str) -> str:
    """Return what stands for the source of a file's rows where no column does."""
    return PurePath(file).name
