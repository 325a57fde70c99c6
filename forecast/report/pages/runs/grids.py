"""Tables of a report: cells that read as on the terminal and carry their raw value beside.

HTML sorts and saves by the raw values; nothing here computes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forecast.report.blocks import View
from forecast.report.layout import CONSTRAINTS, LISTED, SECTIONS, Section
from forecast.report.numbers import MISSING, median_band, per_cent, spelled
from forecast.report.pages.answers.project_pages import (
    PageColumns,
    bar_index,
    metric_rows,
    shown_columns,
    shown_metrics,
)
from forecast.result import Band, Spread
from forecast.world.metrics import MetricTable

if TYPE_CHECKING:
    from forecast.analysis.series.fit import Fit

BANDS = (10, 50, 90)
# Names that a section's heading completes on the terminal.
SUBJECTS = {"COMPUTE": "Compute", "POWER": "Power"}
SHORT_FOR = {"Sold", "Running", "For", "Idle", "Capacity", "Mean"}
_ADDRESS = re.compile(r"^(.*?)[\s:]*(https?://\S+)$", re.DOTALL)


@dataclass(frozen=True)
class Cell:
    """What a cell says, a smaller `note` below it, its raw `value` and `band`, and an address."""

    text: str
    value: float | str | None = None
    note: str = ""
    band: tuple[float, float] | None = None
    address: str = ""


@dataclass(frozen=True)
class Column:
    """A column's head; numbers stand to the right, and a `unit` completes the head of a file."""

    title: str
    is_number: bool = True
    is_banded: bool = False
    is_forecast: bool = False


@dataclass(frozen=True)
class PageTable:
    """A table with a caption, and a name for the file that it can be saved as."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...] = field(default=())


def words_column(title: str) -> Column:
    """Return a column of words."""
    return Column(title, is_number=False)


def linked(text: str, address: str | None = "") -> Cell:
    """Return a cell of words that links to an address, its own or one that ends the text.

    Only web addresses are links.
    """
    if not address and (match := _ADDRESS.match(text)):
        text, address = match[1], match[2]
    is_web = bool(address) and str(address).startswith(("https://", "http://"))
    return Cell(text, text, address=str(address) if is_web else "")


def banded(band: Band | None, unit: str) -> Cell:
    """Return a median with its band below it, without the unit but for money, power and shares."""
    if band is None:
        return Cell(MISSING)
    text, note = with_band(band.p10, band.p50, band.p90, unit)
    return Cell(text, band.p50, note, (band.p10, band.p90))


def band_of(spread: Spread) -> Band:
    """Return the band of BANDS."""
    low, middle, high = (spread.at(each) for each in BANDS)
    return Band(low, middle, high)


def with_band(low: float, middle: float, high: float, unit: str) -> tuple[str, str]:
    """Return a median and its band as text, the band empty where there is no spread."""
    text, _, rest = median_band(low, middle, high, bare(unit)).partition(" (")
    return text, rest.partition(")")[0]


def own_value(value: float | None, unit: str) -> str:
    """Return an assumption's own value as text; a group has none."""
    return MISSING if value is None else with_band(value, value, value, unit)[0]


def bare(unit: str) -> str:
    """Return the unit for a number whose unit stands elsewhere: only $, W and % are written out."""
    is_written = unit in {"share", "year"} or unit.partition("/")[0] in {"USD", "W", "Wh"}
    return unit if is_written else "ratio"


def unit_words(unit: str) -> str:
    """Return the unit that a head states because its numbers do not: `, tokens a day`."""
    if bare(unit) != "ratio" or unit in {"ratio", "log", "users"}:
        return ""
    return f", {spelled(unit)}"


def projection_table(result: MetricTable) -> PageTable:
    """Return the headline metrics by year, as the terminal's tables have them."""
    view = View(BANDS, width=200)
    columns = shown_columns(result, view)
    bar = bar_index(result, columns)
    place, shown = PageColumns(result, columns, view), shown_metrics(result, view)
    titles = result.metrics
    rest = tuple((name, titles[name].title) for name in titles if name in shown - LISTED)
    rows = [
        _projected(metric, _label(section, name), section, place)
        for section in (*SECTIONS, Section("OTHER", "", None, rest))
        for metric, name in section.rows
        if metric in shown
    ]
    heads = (
        Column(name, is_banded=True, is_forecast=bar is not None and index >= bar)
        for index, name in enumerate(columns)
    )
    caption = "The forecast by year: median, and below it the range that 8 of 10 draws fall in"
    return PageTable("by-year", caption, (words_column("Metric"), *heads), tuple(rows))


def _label(section: Section, name: str) -> str:
    """Return a metric's name in full, because no heading stands above it."""
    plain = name.strip().format(end="year end")
    if name.startswith("  "):
        return f"Chip spend {plain}"
    is_short = section.title in SUBJECTS and plain.split(",")[0].split()[0] in SHORT_FOR
    return f"{SUBJECTS[section.title]} {plain[0].lower()}{plain[1:]}" if is_short else plain


def _projected(metric: str, label: str, section: Section, place: PageColumns) -> tuple[Cell, ...]:
    """Return a metric's row; its head states its unit, its own or that of its section."""
    lines = {row.kind: row for row in metric_rows(metric, label, section, place)}
    name, known = lines["median"].label, place.result.metrics[metric]
    if section.scale and known.unit == section.unit:
        per = " a year" if known.kind == "flow" else ""
        name = f"{name}, {section.scale.unit}{per}"
    empty = ("",) * len(place.columns)
    bands = lines["band"].cells if "band" in lines else empty
    observed = lines["observed"].cells if "observed" in lines else empty
    cells = [Cell(name, metric)]
    for column, middle, band, seen in zip(
        place.columns, lines["median"].cells, bands, observed, strict=True
    ):
        note = f"{band}\nobserved {seen.rstrip('•')}" if seen else band
        row = place.result.find(metric, column)
        if row is None:
            cells.append(Cell(middle, None, note))
        else:
            ends = row.quantiles.at(10), row.quantiles.at(90)
            cells.append(Cell(middle, row.quantiles.p50, note, ends))
    return tuple(cells)


def events_table(result: MetricTable) -> PageTable:
    """Return when inference passes training, and how often it never does."""
    rows = []
    for event in result.events:
        moments = (
            event.quantiles.at(each) or f"after {result.run.through}" for each in (50, 10, 90)
        )
        never = event.probability_never
        rows.append(
            (
                Cell(result.metrics[event.metric].title, event.metric),
                *(Cell(moment, moment) for moment in moments),
                Cell(f"{per_cent(never)}%", never),
            )
        )
    heads = [words_column(each) for each in ("What", "Median", "P10", "P90")]
    columns = (*heads, Column(f"Not by {result.run.through}"))
    return PageTable(
        "when", "When inference first leads for four quarters running", columns, tuple(rows)
    )


def binding_table(result: MetricTable) -> PageTable:
    """Return the share of draws that each constraint binds, by year."""
    shares: dict[str, dict[str, float]] = {}
    for row in result.constraints:
        shares.setdefault(row.period, {})[row.member] = row.mean
    rows = tuple(
        (
            Cell(name, name),
            *(Cell(f"{per_cent(found[each])}%", found[each]) for each in CONSTRAINTS),
        )
        for name, found in shares.items()
    )
    columns = (words_column("Year"), *(Column(each.capitalize()) for each in CONSTRAINTS))
    return PageTable("what-binds", "What binds supply, % of draws", columns, rows)


def drivers_table(result: Fit) -> PageTable:
    """Return each driver's path by year, and the families behind it."""
    columns = sorted({row.period for rows in result.years.values() for row in rows})[-4:]
    rows = []
    for name, path in result.years.items():
        by_year = {row.period: row for row in path}
        unit = path[0].unit
        families = ", ".join(_families(result, name))
        cells = (
            banded(band_of(by_year[each].quantiles), unit) if each in by_year else Cell("")
            for each in columns
        )
        title = result.titles.get(name, name)
        label = f"{title}, a year" if name in result.flows else f"{title}{unit_words(unit)}"
        rows.append((Cell(label, name), *cells, Cell(families, families)))
    heads = (words_column("Driver"), *(Column(each, is_banded=True) for each in columns))
    caption = "Drivers by year, as their growth curves alone have them"
    return PageTable("drivers", caption, (*heads, words_column("Families, weight")), tuple(rows))


def _families(result: Fit, name: str) -> Iterator[str]:
    """Yield the families behind a driver, the weightiest first, each with its weight."""
    for row in sorted(result.fits, key=lambda each: -each.weight):
        if row.series_id == name and row.weight >= 0.005:
            yield f"{row.family.replace('_', ' ')} {100.0 * row.weight:.0f}%"
