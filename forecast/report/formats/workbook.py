"""Pages as a workbook: a sheet a section, numbers in the reader's magnitudes beside their bands."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from forecast.report import sections, story, words
from forecast.report.blocks import Block, Cell, Prose, Row, Table
from forecast.report.cells import BANDS
from forecast.report.charts import frame
from forecast.report.charts.fan_figure import colour_of
from forecast.result import Run

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from forecast.analysis.runs.report_contents import Report

NARROWEST, WIDEST, LABELS = 9, 52, 34
LONGEST_TEXT = 32_000  # what a cell holds is 32,767 characters
LONGEST_NAME = 31  # of a sheet
EARLIEST = datetime(2000, 1, 1)  # of a file whose run has no date
LINES = 18  # that a chart stands over
STATISTICS = ("median", "P10", "P90")
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
# How a number reads that its cell writes so; the number itself stays whole.
FORMATS = (
    (re.compile(r"%"), "0.0%"),
    (re.compile(r"\$"), '[>=1000000000000]$0.00,,,,"T";[>=1000000000]$0.0,,,"B";$#,##0.00##'),
    (re.compile(r"[GTM]W"), '#,##0.00,,,"GW"'),
    (re.compile(r"\d[kMBT]"), '[>=1000000000]#,##0.0,,,"B";[>=1000000]#,##0.0,,"M";#,##0'),
)
OTHER = "#,##0.####"
# Charts of the summary: metrics by quarter, beside one another.
CHARTED = ("inference_share", "chip_spend", "training_compute", "inference_compute")


@dataclass(frozen=True)
class Place:
    """Where a metric's lines stand in a sheet: that of its median, and the last column."""

    sheet: str
    head: int
    line: int
    last: int
    label: str


class Book:
    """A workbook being written, with one format for each kind of number."""

    def __init__(self, stream: io.BytesIO, run: Run) -> None:
        from xlsxwriter import Workbook

        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self.book: Workbook = Workbook(stream, options)
        self.book.set_properties({"title": "forecast", "created": _created(run.started)})
        self._formats: dict[tuple[str, int], Format] = {}
        self.places: dict[tuple[str, str], Place] = {}
        self.head = self.book.add_format({"bold": True, "bottom": 1, "bg_color": "#EEF2F6"})
        self.title = self.book.add_format({"bold": True, "font_size": 14})
        self.wrapped = self.book.add_format({"text_wrap": True, "valign": "top"})

    def style(self, code: str = "General", depth: int = 0) -> Format:
        """Return the cell format of a number format, or of a label that stands so deep."""
        if (code, depth) not in self._formats:
            given = {"num_format": code, "indent": depth}
            self._formats[code, depth] = self.book.add_format(given)
        return self._formats[code, depth]

    def add(self, name: str, blocks: Sequence[Block]) -> None:
        """Add a sheet of the tables among some blocks, below one another, if there are any."""
        tables = [block for block in blocks if isinstance(block, Table)]
        if not tables:
            return
        sheet = self.book.add_worksheet(_FORBIDDEN.sub(" ", name)[:LONGEST_NAME])
        sheet.set_column(0, 0, LABELS)
        line = 0
        for block in tables:
            write = self._by_period if _is_by_period(block) else self._plain
            line = write(sheet, line, block) + 1
        sheet.freeze_panes(1, 2 if _is_by_period(tables[0]) else 1)
        if len(tables) == 1:
            sheet.autofilter(0, 0, max(1, line - 2), sheet.dim_colmax or 0)

    def _by_period(self, sheet: Worksheet, line: int, block: Table) -> int:
        """Write a table whose columns are periods, three lines a row; return the line below it."""
        heads = ("", *(column.title for column in block.columns[1:]))
        self._heads(sheet, line, (block.heading, *heads))
        head = line
        for row in block.rows:
            label = row.cells[0]
            last = len(block.columns)
            self.places[sheet.name, str(label.value)] = Place(
                sheet.name, head, line + 1, last, label.text
            )
            for at, statistic in enumerate(STATISTICS):
                line += 1
                sheet.write_string(line, 0, _text(label.text), self.style(depth=row.depth))
                sheet.write_string(line, 1, statistic)
                for column, cell in enumerate(row.cells[1:], start=2):
                    value = _statistics(cell)[at]
                    self._write(sheet, line, column, _scaled(value, row), row, cell.text)
        return line + 1

    def _plain(self, sheet: Worksheet, line: int, block: Table) -> int:
        """Write a table whose bands stand beside their medians; return the line below it."""
        heads = [block.heading]
        for column in block.columns[1:]:
            heads += [column.title, *(STATISTICS[1:] if column.is_banded else ())]
        self._heads(sheet, line, heads)
        longest = [len(head) for head in heads]
        for row in block.rows:
            line += 1
            sheet.write_string(line, 0, _text(row.cells[0].text), self.style(depth=row.depth))
            at = 1
            for column, cell in zip(block.columns[1:], row.cells[1:], strict=True):
                values = _statistics(cell)[: 3 if column.is_banded else 1]
                for value in values:
                    self._write(sheet, line, at, _scaled(value, row), row, cell.text)
                    longest[at] = max(longest[at], len(str(value)) if isinstance(value, str) else 0)
                    at += 1
        for at, length in enumerate(longest[1:], start=1):
            sheet.set_column(at, at, min(max(NARROWEST, length + 2), WIDEST))
        return line + 1

    def _heads(self, sheet: Worksheet, line: int, heads: Sequence[str]) -> None:
        for at, head in enumerate(heads):
            sheet.write_string(line, at, _text(head), self.head)

    def _write(self, sheet: Worksheet, line: int, at: int, value: Any, row: Row, text: str) -> None:
        """Write one value as what it is; text is never read as a formula or a link."""
        if value is None or value == "":
            return
        if isinstance(value, int | float):
            code = "#,##0.0##" if row.divisor != 1.0 else _number_format(text)
            sheet.write_number(line, at, value, self.style(code))
        elif _DAY.match(str(value)):
            day = date.fromisoformat(str(value))
            sheet.write_datetime(line, at, day, self.style("yyyy-mm-dd"))
        else:
            sheet.write_string(line, at, _text(str(value))[:LONGEST_TEXT])


def _is_by_period(block: Table) -> bool:
    return len(block.columns) > 2 and all(column.is_banded for column in block.columns[1:])


def _statistics(cell: Cell) -> tuple[float | str | None, float | None, float | None]:
    """Return a cell's value, the text where it has none, and the ends of its band."""
    low, high = cell.band or (None, None)
    return cell.raw, low, high


def _scaled(value: float | str | None, row: Row) -> float | str | None:
    return value / row.divisor if isinstance(value, int | float) else value


def _number_format(text: str) -> str:
    return next((code for sign, code in FORMATS if sign.search(text)), OTHER)


def render_pages(run: Run, pages: Mapping[str, Sequence[Block]]) -> bytes:
    """Return pages as an XLSX file, a sheet each, the same bytes for the same pages."""
    stream = io.BytesIO()
    book = Book(stream, run)
    for name, blocks in pages.items():
        book.add(name, blocks)
    prose = [each.text for page in pages.values() for each in page if isinstance(each, Prose)]
    _about(book, run, prose)
    book.book.close()
    return stream.getvalue()


def render_workbook(report: Report) -> bytes:
    """Return a report as an XLSX file, the same bytes for the same report."""
    stream = io.BytesIO()
    book = Book(stream, report.run)
    summary = book.book.add_worksheet("Summary")
    for section, blocks in sections.shown(report):
        book.add(section.title, blocks)
    _summary(book, summary, report)
    _about(book, report.run, [*story.LICENCES, *story.warnings(report)])
    book.book.close()
    return stream.getvalue()


def _summary(book: Book, sheet: Worksheet, report: Report) -> None:
    """Write the answer and what stands out, and charts below."""
    sheet.hide_gridlines(2)
    sheet.set_column(0, 9, 13)
    title = f"AI training versus inference through {report.run.through}"
    sheet.write_string(0, 0, title, book.title)
    sheet.write_string(1, 0, _text(words.first_line(report.run)))
    line = 2
    for text in (words.answer(report.projection, BANDS), *story.standing_out(report)):
        sheet.merge_range(line, 0, line, 9, text, book.wrapped)
        sheet.set_row(line, 48)
        line += 1
    sheet.write_string(line + 1, 0, _text(frame.stamp(report.run)))
    title = next(each.title for each in sections.SECTIONS if each.id == "quarters")
    places = ((metric, book.places.get((title, metric))) for metric in CHARTED)
    charts = (_fan(book.book, metric, place) for metric, place in places if place)
    for number, chart in enumerate(charts):
        sheet.insert_chart(line + 3 + LINES * (number // 2), 5 * (number % 2), chart)


def _fan(book: Workbook, metric: str, place: Place) -> Any:
    """Return lines of a metric's median and of the ends of its band."""
    chart = book.add_chart({"type": "line"})
    for at, (name, width, dash) in enumerate(
        (("median", 2.75, "solid"), ("P10", 0.75, "dash"), ("P90", 0.75, "dash"))
    ):
        line = place.line + at
        chart.add_series(
            {
                "name": name,
                "categories": [place.sheet, place.head, 2, place.head, place.last],
                "values": [place.sheet, line, 2, line, place.last],
                "line": {"color": colour_of(metric), "width": width, "dash_type": dash},
            }
        )
    chart.set_title({"name": place.label, "name_font": {"size": 12}})
    chart.set_y_axis({"major_gridlines": {"visible": True, "line": {"color": frame.RULE}}})
    chart.set_x_axis({"interval_unit": 4, "num_font": {"size": 9}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 560, "height": 340})
    return chart


def _about(book: Book, run: Run, texts: Sequence[str]) -> None:
    """Add a sheet of what identifies the run, and of what is said of it."""
    sheet = book.book.add_worksheet("Run")
    sheet.set_column(0, 0, LABELS)
    for line, (key, value) in enumerate(_facts(run, texts)):
        sheet.write_string(line, 0, key)
        sheet.write_string(line, 1, _text(value)[:LONGEST_TEXT])


def _facts(run: Run, texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    from dataclasses import asdict

    yield "run_id", run.run_id
    for key, value in asdict(run).items():
        shown = ", ".join(value) if isinstance(value, list | tuple) else value
        yield key, "" if shown is None else str(shown)
    for text in texts:
        yield "said", text


def _created(started: str) -> datetime:
    """Return when a run started, in UTC and without a zone, as the file format wants it."""
    try:
        return datetime.fromisoformat(started).replace(tzinfo=None)
    except ValueError:
        return EARLIEST


def _text(text: str) -> str:
    """Return text as a workbook takes it; a byte of a file's name that is not UTF-8 is escaped."""
    return text.encode("utf-8", "backslashreplace").decode()
