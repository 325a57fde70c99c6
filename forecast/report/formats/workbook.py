"""A report as a workbook: typed numbers with their units, a sheet a section, charts of its own."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from forecast.report import story, words
from forecast.report.charts import frame
from forecast.report.charts.fan_figure import colour_of
from forecast.report.pages.runs.grids import BANDS
from forecast.result import MERGED, columns
from forecast.world.metrics import MetricInfo, MetricTable
from forecast.world.rows import MetricRow

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from forecast.analysis.runs.report_contents import Report
    from forecast.analysis.sensitivity.rows import BarRow
    from forecast.analysis.sensitivity.sensitivity import Sensitivity

NARROWEST, WIDEST = 9, 52
LONGEST_TEXT = 32_000  # what a cell holds is 32,767 characters
EARLIEST = datetime(2000, 1, 1)  # of a file whose run has no date
BARS = 10
LINES = 18  # that a chart stands over
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
class TitledRow:
    """A row of a projection with its metric's title after its id."""

    metric: str
    title: str
    row: MetricRow = field(metadata=MERGED)


@dataclass(frozen=True)
class BarOfMetric:
    """A bar of a tornado with its metric, and its ends in rising order for the chart."""

    metric: str
    title: str
    period: str
    bar: BarRow = field(metadata=MERGED)
    lower_end: float
    higher_end: float


@dataclass(frozen=True)
class Fact:
    """Something that identifies a run."""

    key: str
    value: float | str | None


@dataclass(frozen=True)
class Sheet:
    """A sheet of rows, of which `held` columns stay in sight: cells by the name of their column."""

    name: str
    lines: list[dict[str, Any]]
    held: int

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in the order in which they first occur."""
        return list(dict.fromkeys(key for line in self.lines for key in line))

    def place(self, metric: str) -> Place | None:
        """Return where a metric's rows stand, None if it has none."""
        at = [number for number, line in enumerate(self.lines, 1) if line["metric"] == metric]
        return Place(at[0], at[-1]) if at else None


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

    def add(self, sheet: Sheet) -> None:
        """Add a sheet under a frozen head with a filter."""
        drawn, columns = self.book.add_worksheet(sheet.name), sheet.columns
        for column, key in enumerate(columns):
            drawn.write_string(0, column, key, self.head)
            for number, line in enumerate(sheet.lines, start=1):
                code = _number_format(key, line.get("unit"), line.get("metric_unit"))
                self.cell(drawn, number, column, line.get(key), code)
            width = _width(key, [line.get(key) for line in sheet.lines])
            drawn.set_column(column, column, width)
        drawn.freeze_panes(1, sheet.held)
        drawn.autofilter(0, 0, max(1, len(sheet.lines)), len(columns) - 1)

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
            sheet.write_string(line, column, _text(str(value))[:LONGEST_TEXT])


def render_workbook(report: Report) -> bytes:
    """Return a report as an XLSX file, the same bytes for the same report."""
    stream = io.BytesIO()
    book = Book(stream, _created(report.run.started))
    summary = book.book.add_worksheet("Summary")
    sheets = {each.name: each for each in _sheets(report) if each.lines}
    for sheet in sheets.values():
        book.add(sheet)
    line = _summary(book, summary, report)
    _fans(book, summary, line, sheets["By quarter"], report.quarters)
    _tornadoes(book, summary, line, sheets["What moves it"], report.sensitivity)
    book.book.close()
    return stream.getvalue()


def _sheets(report: Report) -> Iterator[Sheet]:
    """Yield the sheets in order, those that have no rows too."""
    quarters = [row for row in _titled(report.quarters) if row.row.member is None]
    yield _sheet("Since last run", report.since.rows if report.since else ())
    yield _sheet("By year", list(_titled(report.projection)), 2)
    yield _sheet("By quarter", quarters, 2)
    yield _sheet("Crossover", report.crossings.rows)
    yield _sheet("Drivers", [row for rows in report.drivers.years.values() for row in rows])
    yield _sheet("Driver families", report.drivers.fits)
    yield _sheet("Claims", report.claims.rows)
    yield _sheet("Scenarios", report.scenarios.rows, 2)
    yield _sheet("Risks", report.risks.rows)
    yield _sheet("What moves it", [row for each in report.sensitivity for row in _bars(each)], 2)
    yield _sheet("Watch", report.watch.rows)
    yield _sheet("Track record", report.scores.rows if report.scores else ())
    yield _sheet("Assumptions", report.assumptions.rows)
    yield _sheet("Targets", report.projection.targets)
    yield _sheet("Sources", report.sources.rows)
    yield _sheet("Run", list(_facts(report)))


def _sheet(name: str, rows: Sequence[Any], held: int = 1) -> Sheet:
    """Return the sheet of records."""
    return Sheet(name, [dict(_flat(columns(row))) for row in rows], held)


def _created(started: str) -> datetime:
    """Return when a run started, in UTC and without a zone, as the file format wants it."""
    try:
        return datetime.fromisoformat(started).replace(tzinfo=None)
    except ValueError:
        return EARLIEST


def _titled(result: MetricTable) -> Iterator[TitledRow]:
    for row in result.rows:
        yield TitledRow(row.metric, result.metrics[row.metric].title, row)


def _bars(result: Sensitivity) -> Iterator[BarOfMetric]:
    metric, period = result.base.metric, result.base.period
    for bar in result.bars:
        yield BarOfMetric(metric, bar.title, period, bar, *bar.ends)


def _facts(report: Report) -> Iterator[Fact]:
    """Yield what identifies the run, the licences of its data, and the warnings."""
    yield Fact("run_id", report.run.run_id)
    for key, value in asdict(report.run).items():
        yield Fact(key, ", ".join(value) if isinstance(value, list | tuple) else value)
    for text in story.LICENCES:
        yield Fact("licence", text)
    for text in story.warnings(report):
        yield Fact("warning", text)


def _flat(row: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield a row's fields, nested ones under dotted names, lists as text."""
    for key, value in row.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple):
            yield f"{prefix}{key}", "; ".join(str(each) for each in value)
        else:
            yield f"{prefix}{key}", value


def _number_format(key: str, unit: str | None, metric_unit: str | None = None) -> str:
    """Return how numbers of a column read in a row of a unit, about a metric of another."""
    if key in SHARES:
        return NUMBER_FORMATS["share"]
    if key in UNITLESS or "." in key:
        return "0.00##"
    is_metric = key.startswith(("metric_", "swing", "lower_end", "higher_end", "effect"))
    unit = (metric_unit if is_metric else unit) or ""
    if key.startswith(CHANGES) and unit in CHANGE_FORMATS:
        return CHANGE_FORMATS[unit]
    return NUMBER_FORMATS.get(unit) or NUMBER_FORMATS.get(unit.partition("/")[0], OTHER)


def _width(key: str, values: Sequence[Any]) -> int:
    longest = max((len(value) for value in values if isinstance(value, str)), default=0)
    return min(max(NARROWEST, len(key) + 4, longest + 1), WIDEST)


def _summary(book: Book, sheet: Worksheet, report: Report) -> int:
    """Write the answer and the key figures, and return the line below them."""
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 46)
    sheet.set_column(1, 5, 13)
    title = f"AI training versus inference through {report.run.through}"
    sheet.write_string(0, 0, title, book.title)
    sheet.write_string(1, 0, _text(words.first_line(report.run)))
    sheet.merge_range(2, 0, 2, 9, words.answer(report.projection, BANDS), book.wrapped)
    sheet.set_row(2, 48)
    line = _key_figures(book, sheet, report.projection)
    for text in (
        *story.alert_sentences(report),
        story.risk_sentence(report),
        story.claim_summary(report),
    ):
        sheet.merge_range(line + 1, 0, line + 1, 9, text, book.wrapped)
        sheet.set_row(line + 1, 48)
        line += 1
    sheet.write_string(line + 2, 0, _text(frame.stamp(report.run)))
    return line + 4


def _key_figures(book: Book, sheet: Worksheet, result: MetricTable) -> int:
    """Write the headline metrics at their last year, and return the line below them."""
    for column, name in enumerate(("key figure", "unit", "period", "median", "P10", "P90")):
        sheet.write_string(4, column, name, book.head)
    line = 5
    for metric, known in result.metrics.items():
        row = words.last_row(result, metric) if known.headline else None
        if row is None:
            continue
        for column, text in enumerate((known.title, row.unit, row.period)):
            sheet.write_string(line, column, _text(text))
        for column, percentile in enumerate((50, 10, 90), start=3):
            code = _number_format(f"p{percentile}", row.unit)
            book.cell(sheet, line, column, row.quantiles.at(percentile), code)
        line += 1
    return line


def _fans(book: Book, summary: Worksheet, line: int, sheet: Sheet, result: MetricTable) -> None:
    """Put fans by quarter below the summary, two beside each other."""
    for index, metric in enumerate(CHARTED):
        place, known = sheet.place(metric), result.metrics.get(metric)
        if place and known:
            chart = _fan(book.book, metric, known, sheet, place)
            summary.insert_chart(line + LINES * (index // 2), 4 * (index % 2), chart)


def _tornadoes(
    book: Book, summary: Worksheet, line: int, sheet: Sheet, results: Sequence[Sensitivity]
) -> None:
    """Put the strongest assumptions below the fans."""
    below = line + LINES * ((len(CHARTED) + 1) // 2)
    for index, result in enumerate(results):
        if place := sheet.place(result.base.metric):
            chart = _tornado(book.book, result.base.metric, sheet, place)
            summary.insert_chart(below, 4 * index, chart)


def _fan(book: Workbook, metric: str, known: MetricInfo, sheet: Sheet, place: Place) -> Any:
    """Return lines of the median and of the ends of bands."""
    chart = book.add_chart({"type": "line"})
    colour, columns = colour_of(metric), sheet.columns
    styles = {"p10": (0.75, "dash"), "p25": (1.0, "solid"), "p50": (2.75, "solid")}
    styles |= {"p75": styles["p25"], "p90": styles["p10"]}
    period = columns.index("period")
    for key, (width, dash) in styles.items():
        column = columns.index(key)
        chart.add_series(
            {
                "name": "median" if key == "p50" else key.upper(),
                "categories": [sheet.name, place.first, period, place.last, period],
                "values": [sheet.name, place.first, column, place.last, column],
                "line": {"color": colour, "width": width, "dash_type": dash},
            }
        )
    chart.set_title({"name": f"{known.title}, {known.unit}", "name_font": {"size": 12}})
    code = _number_format("p50", known.unit)
    chart.set_y_axis(
        {"num_format": code, "major_gridlines": {"visible": True, "line": {"color": frame.RULE}}}
    )
    chart.set_x_axis({"interval_unit": 4, "num_font": {"size": 9}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 560, "height": 340})
    return chart


def _tornado(book: Workbook, metric: str, sheet: Sheet, place: Place) -> Any:
    """Return bars from the lower to the higher end of the strongest assumptions."""
    chart = book.add_chart({"type": "bar", "subtype": "stacked"})
    last = min(place.last, place.first + BARS - 1)
    title, low, swing = (sheet.columns.index(each) for each in ("title", "lower_end", "swing"))
    for name, column, fill in (
        ("", low, {"none": True}),
        ("swing", swing, {"color": frame.INFERENCE}),
    ):
        chart.add_series(
            {
                "name": name,
                "categories": [sheet.name, place.first, title, last, title],
                "values": [sheet.name, place.first, column, last, column],
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


def _text(text: str) -> str:
    """Return text as a workbook takes it; a byte of a file's name that is not UTF-8 is escaped."""
    return text.encode("utf-8", "backslashreplace").decode()
