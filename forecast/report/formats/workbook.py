"""A report as a workbook: typed numbers with their units, a sheet a section, charts of its own."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from forecast.report import story, words
from forecast.report.charts import frame
from forecast.report.charts.fan_figure import colour_of
from forecast.report.pages.grids import BANDS
from forecast.result import Result, Row

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from forecast.analysis.runs.report_contents import Report

NARROWEST, WIDEST = 9, 52
LONGEST_TEXT = 32_000  # what a cell holds is 32,767 characters
EARLIEST = datetime(2000, 1, 1)  # of a file whose run has no date
BARS = 10
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
# How a number of a unit reads; the number itself stays whole.
NUMBER_FORMATS = {
    "share": "0.0%",
    "USD": '[>=1000000000000]$0.00,,,,"T";[>=1000000000]$0.0,,,"B";$#,##0.00##',
    "H100e": '[>=1000000]#,##0.0,,"M";#,##0',
    "W": '[>=1000000000]#,##0.0,,,"G";#,##0',
    "tokens/day": '[>=1000000000000]#,##0.0,,,,"T";#,##0',
    "users": '[>=1000000]#,##0,,"M";#,##0',
    "FLOP": "0.0E+00",
}
# Changes, which are of either sign; a condition would hide the sign.
CHANGE_FORMATS = {"USD": '$#,##0.0,,,"B"', "W": '#,##0.00,,,"G"', "H100e": '#,##0.0,,"M"'}
CHANGES = ("difference", "effect")
OTHER = "General"
# Numbers that are not in their row's unit.
SHARES = {
    "probability",
    "probability_up",
    "probability_never",
    "base_probability_never",
    "changed_probability_never",
    "share",
    "share_by",
    "weight",
}
UNITLESS = {
    *("percentile", "percentile_low", "percentile_high", "misfit", "error", "error_correlation"),
    *("shift", "spread", "rank_correlation", "effect_relative", "variance_reduction"),
    *("observations", "assumed_points", "draws"),
}
# Charts of the summary: a metric's quarters, below one another.
CHARTED = ("inference_share", "chip_spend", "training_compute", "inference_compute")


@dataclass(frozen=True)
class Place:
    """Where a metric's rows stand in a sheet: first and last line, counted from 0."""

    first: int
    last: int


class Book:
    """A workbook being written, with one format for each kind of number."""

    def __init__(self, stream: io.BytesIO, created: datetime) -> None:
        from xlsxwriter import Workbook

        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self.book: Workbook = Workbook(stream, options)
        self.book.set_properties({"title": "forecast", "created": created})
        self._formats: dict[str, Format] = {}
        self.head = self.book.add_format(
            {"bold": True, "bottom": 1, "valign": "vcenter", "bg_color": "#EEF2F6"}
        )
        self.title = self.book.add_format({"bold": True, "font_size": 16})
        self.wrapped = self.book.add_format({"text_wrap": True, "valign": "top"})

    def number(self, code: str) -> Format:
        """Return the cell format of a number format."""
        if code not in self._formats:
            self._formats[code] = self.book.add_format({"num_format": code})
        return self._formats[code]

    def sheet(self, name: str, rows: Sequence[Row], held: int = 1) -> Worksheet:
        """Add a sheet of rows under a frozen head with a filter; `held` columns stay in sight."""
        sheet = self.book.add_worksheet(name)
        flat = [dict(_flat(row)) for row in rows]
        columns = list(dict.fromkeys(key for row in flat for key in row))
        for column, key in enumerate(columns):
            sheet.write_string(0, column, key, self.head)
            for line, row in enumerate(flat, start=1):
                self.cell(sheet, line, column, row.get(key), _number_format(key, row))
            sheet.set_column(column, column, _width(key, [row.get(key) for row in flat]))
        if columns:
            sheet.freeze_panes(1, held)
            sheet.autofilter(0, 0, max(1, len(flat)), len(columns) - 1)
        return sheet

    def cell(self, sheet: Worksheet, line: int, column: int, value: Any, code: str) -> None:
        """Write one value as what it is; text is never read as a formula or a link."""
        if value is None:
            return
        if isinstance(value, bool):
            sheet.write_boolean(line, column, value)
        elif isinstance(value, int | float):
            sheet.write_number(line, column, value, self.number(code))
        elif _DAY.match(str(value)):
            day = date.fromisoformat(str(value))
            sheet.write_datetime(line, column, day, self.number("yyyy-mm-dd"))
        else:
            sheet.write_string(line, column, str(value)[:LONGEST_TEXT])


def render_workbook(report: Report) -> bytes:
    """Return a report as an XLSX file, the same bytes for the same report."""
    stream = io.BytesIO()
    book = Book(stream, _created(report.run.started))
    summary = book.book.add_worksheet("Summary")
    quarters = [row for row in _titled(report.quarters) if row["member"] is None]
    moves = [dict(_bar(each, row)) for each in report.sensitivity for row in each.rows]
    sheets: list[tuple[str, Sequence[Row], int]] = [
        ("Since last run", report.since.rows if report.since else (), 1),
        ("By year", list(_titled(report.projection)), 2),
        ("By quarter", quarters, 2),
        ("Crossover", report.crossings.rows, 1),
        ("Drivers", [row for rows in report.drivers.extra["years"].values() for row in rows], 1),
        ("Driver families", report.drivers.extra["fits"], 1),
        ("Claims", report.claims.rows, 1),
        ("Scenarios", report.scenarios.rows, 2),
        ("Risks", report.risks.rows, 1),
        ("What moves it", moves, 2),
        ("Watch", report.watch.rows, 1),
        ("Track record", report.scores.rows if report.scores else (), 1),
        ("Assumptions", report.assumptions.rows, 1),
        ("Targets", report.projection.extra["targets"], 1),
        ("Sources", report.sources.rows, 1),
    ]
    for name, rows, held in sheets:
        if rows:
            book.sheet(name, rows, held)
    book.sheet("Run", [{"key": key, "value": value} for key, value in _run(report)])
    lines = _summary(book, summary, report)
    _charts(book, summary, lines, quarters, moves)
    book.book.close()
    return stream.getvalue()


def _created(started: str) -> datetime:
    """Return when a run started, in UTC and without a zone, as the file format wants it."""
    try:
        return datetime.fromisoformat(started).replace(tzinfo=None)
    except ValueError:
        return EARLIEST


def _titled(result: Result) -> Iterator[Row]:
    """Yield a projection's rows with each metric's title after its id."""
    for row in result.rows:
        title = str(result.extra["metrics"][row["metric"]]["title"])
        yield {"metric": row["metric"], "title": title, **row}


def _bar(result: Result, row: Row) -> Iterator[tuple[str, Any]]:
    """Yield a row of a tornado with its metric, and its ends in rising order for the chart."""
    base = result.extra["base"]
    yield from (("metric", base["metric"]), ("title", row["title"]), ("period", base["period"]))
    yield from row.items()
    ends = sorted((row["metric_low"], row["metric_high"]))
    yield from (("metric_unit", base["unit"]), ("lower_end", ends[0]), ("higher_end", ends[1]))


def _run(report: Report) -> Iterator[tuple[str, Any]]:
    """Yield what identifies the run, and the licences of its data."""
    yield "run_id", report.run.run_id
    for key, value in asdict(report.run).items():
        yield key, ", ".join(value) if isinstance(value, list | tuple) else value
    for text in story.LICENCES:
        yield "licence", text
    for text in story.warnings(report):
        yield "warning", text


def _flat(row: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield a row's fields, nested ones under dotted names, lists as text."""
    for key, value in row.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple):
            yield f"{prefix}{key}", "; ".join(str(each) for each in value)
        else:
            yield f"{prefix}{key}", value


def _number_format(key: str, row: Mapping[str, Any]) -> str:
    if key in SHARES:
        return NUMBER_FORMATS["share"]
    if key in UNITLESS or "." in key:
        return "0.00##"
    is_metric = key.startswith(("metric_", "swing", "lower_end", "higher_end", "effect"))
    unit = str((row.get("metric_unit") if is_metric else row.get("unit")) or "")
    if key.startswith(CHANGES) and unit in CHANGE_FORMATS:
        return CHANGE_FORMATS[unit]
    return NUMBER_FORMATS.get(unit) or NUMBER_FORMATS.get(unit.partition("/")[0], OTHER)


def _width(key: str, values: Sequence[Any]) -> int:
    longest = max((len(value) for value in values if isinstance(value, str)), default=0)
    return min(max(NARROWEST, len(key) + 4, longest + 1), WIDEST)


def _summary(book: Book, sheet: Worksheet, report: Report) -> int:
    """Write the answer and the key figures, and return the line below them."""
    projection = report.projection
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 46)
    sheet.set_column(1, 5, 13)
    sheet.write_string(
        0, 0, f"AI training versus inference through {report.run.through}", book.title
    )
    sheet.write_string(1, 0, words.first_line(report.run))
    sheet.merge_range(2, 0, 2, 9, words.answer(projection, BANDS), book.wrapped)
    sheet.set_row(2, 48)
    for column, name in enumerate(("key figure", "unit", "period", "median", "P10", "P90")):
        sheet.write_string(4, column, name, book.head)
    line = 5
    for metric, known in projection.extra["metrics"].items():
        row = words.last_row(projection, metric) if known["headline"] else None
        if row is None or row["p50"] is None:
            continue
        unit = row["unit"]
        for column, text in enumerate((known["title"], unit, row["period"])):
            sheet.write_string(line, column, str(text))
        for column, key in enumerate(("p50", "p10", "p90"), start=3):
            book.cell(sheet, line, column, row[key], _number_format(key, row))
        line += 1
    for text in (
        *story.alert_sentences(report),
        story.risk_sentence(report),
        story.claim_summary(report),
    ):
        sheet.merge_range(line + 1, 0, line + 1, 9, text, book.wrapped)
        sheet.set_row(line + 1, 48)
        line += 1
    sheet.write_string(line + 2, 0, frame.stamp(report.run))
    return line + 4


def _charts(
    book: Book, sheet: Worksheet, line: int, quarters: Sequence[Row], moves: Sequence[Row]
) -> None:
    """Put native charts below the summary: fans by quarter, and the strongest assumptions."""
    columns = list(dict.fromkeys(key for row in quarters for key in row))
    for index, metric in enumerate(CHARTED):
        place = _place(quarters, metric)
        if place:
            chart = _fan(book.book, quarters[place.first - 1], place, columns)
            sheet.insert_chart(line + 18 * (index // 2), 4 * (index % 2), chart)
    below = line + 18 * ((len(CHARTED) + 1) // 2)
    columns = list(dict.fromkeys(key for row in moves for key in row))
    for index, metric in enumerate(dict.fromkeys(row["metric"] for row in moves)):
        place = _place(moves, metric)
        if place:
            chart = _tornado(book.book, metric, place, columns)
            sheet.insert_chart(below, 4 * index, chart)


def _place(rows: Sequence[Row], metric: str) -> Place | None:
    lines = [line for line, row in enumerate(rows, start=1) if row["metric"] == metric]
    return Place(lines[0], lines[-1]) if lines else None


def _fan(book: Workbook, row: Row, place: Place, columns: Sequence[str]) -> Any:
    chart = book.add_chart({"type": "line"})
    colour = colour_of(row["metric"])
    styles = {"p10": (0.75, "dash"), "p25": (1.0, "solid"), "p50": (2.75, "solid")}
    styles |= {"p75": styles["p25"], "p90": styles["p10"]}
    period = columns.index("period")
    for key, (width, dash) in styles.items():
        column = columns.index(key)
        chart.add_series(
            {
                "name": "median" if key == "p50" else key.upper(),
                "categories": ["By quarter", place.first, period, place.last, period],
                "values": ["By quarter", place.first, column, place.last, column],
                "line": {"color": colour, "width": width, "dash_type": dash},
            }
        )
    chart.set_title({"name": f"{row['title']}, {row['unit']}", "name_font": {"size": 12}})
    code = _number_format("p50", row)
    chart.set_y_axis(
        {"num_format": code, "major_gridlines": {"visible": True, "line": {"color": frame.RULE}}}
    )
    chart.set_x_axis({"interval_unit": 4, "num_font": {"size": 9}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 560, "height": 340})
    return chart


def _tornado(book: Workbook, metric: str, place: Place, columns: Sequence[str]) -> Any:
    """Return bars from the lower to the higher end of the strongest assumptions."""
    chart = book.add_chart({"type": "bar", "subtype": "stacked"})
    last = min(place.last, place.first + BARS - 1)
    title, low, swing = (columns.index(each) for each in ("title", "lower_end", "swing"))
    for name, column, fill in (
        ("", low, {"none": True}),
        ("swing", swing, {"color": frame.INFERENCE}),
    ):
        chart.add_series(
            {
                "name": name,
                "categories": ["What moves it", place.first, title, last, title],
                "values": ["What moves it", place.first, column, last, column],
                "fill": fill,
                "border": {"none": True},
                "gap": 60,
            }
        )
    chart.set_title({"name": f"What moves {metric} most", "name_font": {"size": 12}})
    chart.set_y_axis({"reverse": True, "num_font": {"size": 8}})
    chart.set_legend({"none": True})
    chart.set_size({"width": 560, "height": 380})
    return chart
