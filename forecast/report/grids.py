"""Tables of a report: cells that read as on the terminal and carry their raw value beside.

HTML sorts and saves by the raw values; nothing here computes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from forecast.report import words
from forecast.report.blocks import View
from forecast.report.claims_pages import claimed, percentile
from forecast.report.layout import CONSTRAINTS, LISTED, SECTIONS, Section
from forecast.report.numbers import (
    MISSING,
    band_figures,
    per_cent,
    quantity,
    quantity_band,
    signed,
)
from forecast.report.risks_pages import difference
from forecast.report.tables import Grid, bar_index, metric_rows, shown_columns, shown_metrics
from forecast.result import Result, Row

BANDS = (10, 50, 90)
LARGEST = 1e21  # from here on numbers read as powers of ten
CLEAR = (0.4, 0.6)  # shares of draws between which a change has no clear direction
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


def banded(row: Row, unit: str, prefix: str = "") -> Cell:
    """Return a median with its band below it, without the unit but for money, power and shares."""
    low, middle, high = (row[f"{prefix}p{each}"] for each in BANDS)
    if middle is None:
        return Cell(MISSING)
    text = with_band(low, middle, high, unit)
    if low is None or high is None or low == high:
        return Cell(text[0], middle)
    return Cell(text[0], middle, text[1], (low, high))


def with_band(low: float | None, middle: float, high: float | None, unit: str) -> tuple[str, str]:
    """Return a median and its band as text; what no letter can scale reads as a power of ten."""
    short = bare(unit)
    if max(abs(each) for each in (low, middle, high) if each is not None) >= LARGEST:
        ends = "" if low is None or high is None else f"{_power(low)}–{_power(high)}"
        return _power(middle), ends
    if low is None or high is None or low == high:
        return quantity(middle, short), ""
    return quantity(middle, short, band_figures(low, high)), quantity_band(low, high, short)


def _power(value: float) -> str:
    number, power = f"{value:.1e}".split("e")
    return f"{number}e{int(power)}"


def bare(unit: str) -> str:
    """Return the unit for a number whose unit stands elsewhere: only $, W and % are written out."""
    is_written = unit in {"share", "year"} or unit.partition("/")[0] in {"USD", "W", "Wh"}
    return unit if is_written else "ratio"


def unit_words(unit: str) -> str:
    """Return the unit that a head states because its numbers do not: `, tokens a day`."""
    if bare(unit) != "ratio" or unit in {"ratio", "log", "users"}:
        return ""
    return f", {unit.replace('/', ' a ')}"


def projection_table(result: Result) -> PageTable:
    """Return the headline metrics by year, as the terminal's tables have them."""
    view = View(BANDS, width=200)
    columns = shown_columns(result, view)
    bar = bar_index(result, columns)
    grid, shown = Grid(result, columns, view), shown_metrics(result, view)
    titles = result.extra["metrics"]
    rest = tuple((name, str(titles[name]["title"])) for name in titles if name in shown - LISTED)
    rows = [
        _projected(metric, _label(name), section, grid)
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


def _label(name: str) -> str:
    """Return a metric's name in full: a part says of what it is one."""
    plain = name.strip().format(end="year end")
    return f"Chip spend {plain}" if name.startswith("  ") else plain


def _projected(metric: str, label: str, section: Section, grid: Grid) -> tuple[Cell, ...]:
    """Return a metric's row; its head states its unit, its own or that of its section."""
    lines = {row.kind: row for row in metric_rows(metric, label, section, grid)}
    name, known = lines["median"].label, grid.result.extra["metrics"][metric]
    if section.scale and known["unit"] == section.unit:
        per = " a year" if known["kind"] == "flow" else ""
        name = f"{name}, {section.scale.unit}{per}"
    empty = ("",) * len(grid.columns)
    bands = lines["band"].cells if "band" in lines else empty
    observed = lines["observed"].cells if "observed" in lines else empty
    cells = [Cell(name, metric)]
    for column, middle, band, seen in zip(
        grid.columns, lines["median"].cells, bands, observed, strict=True
    ):
        row = grid.result.find(metric, column, member=None)
        ends = None if row is None or row["p10"] is None else (row["p10"], row["p90"])
        note = f"{band}\nobserved {seen.rstrip('•')}" if seen else band
        cells.append(Cell(middle, row["p50"] if row else None, note, ends))
    return tuple(cells)


def events_table(result: Result) -> PageTable:
    """Return when inference passes training, and how often it never does."""
    after = f"after {result.run.through}"
    rows = [
        (
            Cell(str(result.extra["metrics"][row["metric"]]["title"]), row["metric"]),
            Cell(row["p50"] or after, row["p50"] or after),
            Cell(row["p10"] or after, row["p10"] or after),
            Cell(row["p90"] or after, row["p90"] or after),
            Cell(f"{per_cent(row['probability_never'])}%", row["probability_never"]),
        )
        for row in result.rows
        if row["kind"] == "event" and row["period"] is None and "probability_never" in row
    ]
    heads = [words_column(each) for each in ("What", "Median", "P10", "P90")]
    columns = (*heads, Column(f"Not by {result.run.through}"))
    return PageTable("when", "When inference passes training for good", columns, tuple(rows))


def binding_table(result: Result) -> PageTable:
    """Return the share of draws that each constraint binds, by year."""
    shares: dict[str, dict[str, float]] = {}
    for row in result.rows:
        if row["metric"] == "binding_constraint" and row["member"]:
            shares.setdefault(row["period"], {})[row["member"]] = row["mean"]
    rows = tuple(
        (
            Cell(name, name),
            *(Cell(f"{per_cent(found[each])}%", found[each]) for each in CONSTRAINTS),
        )
        for name, found in shares.items()
    )
    columns = (words_column("Year"), *(Column(each.capitalize()) for each in CONSTRAINTS))
    return PageTable("what-binds", "What binds supply, % of draws", columns, rows)


def drivers_table(result: Result) -> PageTable:
    """Return each driver's path by year, and the families behind it."""
    years = result.extra["years"]
    columns = sorted({row["period"] for rows in years.values() for row in rows})[-4:]
    fits = result.extra["fits"]
    flows = result.extra["flows"]
    rows = []
    for name, path in years.items():
        by_year = {row["period"]: row for row in path}
        unit = path[0]["unit"]
        title = result.extra["titles"].get(name, name)
        families = ", ".join(
            f"{row['family'].replace('_', ' ')} {100.0 * row['weight']:.0f}%"
            for row in sorted(fits, key=lambda each: -float(each["weight"]))
            if row["series_id"] == name and row["weight"] >= 0.005
        )
        cells = [banded(by_year[each], unit) if each in by_year else Cell("") for each in columns]
        label = f"{title}, a year" if name in flows else f"{title}{unit_words(unit)}"
        rows.append((Cell(label, name), *cells, Cell(families, families)))
    heads = (words_column("Driver"), *(Column(each, is_banded=True) for each in columns))
    caption = "Drivers by year, as their growth curves alone have them"
    return PageTable("drivers", caption, (*heads, words_column("Families, weight")), tuple(rows))


def claims_table(result: Result) -> PageTable:
    """Return every claim that can be compared, with our distribution beside it."""
    rows = []
    for row in result.rows:
        if not row["compared"]:
            continue
        marks = [word for word, on in (("outside", row["outside"]), ("used", row["used"])) if on]
        over = f" over {row['over']}" if row["over"] and row["over"] != "whole" else ""
        part = f" ({row['member'].replace('_', ' ')})" if row["member"] else ""
        rows.append(
            (
                Cell(f"{row['title']}{part}", row["metric"]),
                Cell(f"{row['period']}{over}", row["period"]),
                linked(f"{row['who']}, {row['published']}", row["source_url"]),
                Cell(claimed(row), row["mid"] or row["low"] or row["high"]),
                banded(row, row["unit"]),
                Cell(percentile(row["percentile"]), row["percentile"]),
                Cell(", ".join(marks), " ".join(marks)),
            )
        )
    columns = (
        words_column("About"),
        words_column("Period"),
        words_column("Who, when"),
        Column("Claimed"),
        Column("Ours", is_banded=True),
        Column("Percentile"),
        words_column("Marks"),
    )
    return PageTable("claims", "Published claims against our distribution", columns, tuple(rows))


def scenarios_table(result: Result) -> PageTable:
    """Return each case's last period: headline metrics, crossover and how often it never comes."""
    cases = dict.fromkeys(row["case"] for row in result.rows)
    metrics = [name for name, each in result.extra["metrics"].items() if each["kind"] != "event"]
    rows = []
    period = ""
    for case in cases:
        mine = Result("", result.run, tuple(row for row in result.rows if row["case"] == case))
        cells = [Cell(case, case)]
        for metric in metrics:
            row = words.last_row(mine, metric)
            period = row["period"] if row else period
            cells.append(banded(row, row["unit"]) if row else Cell(MISSING))
        event = mine.find("crossover", None)
        if event:
            moment = event["p50"] or f"after {result.run.through}"
            never = event["probability_never"]
            cells += [Cell(moment, moment), Cell(f"{per_cent(never)}%", never)]
        rows.append(tuple(cells))
    known = [result.extra["metrics"][name] for name in metrics]
    heads = [Column(each["title"] + unit_words(each["unit"]), is_banded=True) for each in known]
    columns = (
        words_column("Case"),
        *heads,
        words_column("Crossover"),
        Column(f"Not by {result.run.through}"),
    )
    caption = f"Scenarios in {period}: median and P10–P90, on the same draws"
    return PageTable("scenarios", caption, columns, tuple(rows))


def risks_table(result: Result) -> PageTable:
    """Return what each risk does: the change of each metric with its band and direction."""
    rows = []
    metrics = list(
        dict.fromkeys(r["metric"] for r in result.rows if r["difference_p50"] is not None)
    )
    period = ""
    for scenario in dict.fromkeys(row["scenario"] for row in result.rows):
        mine = {row["metric"]: row for row in result.rows if row["scenario"] == scenario}
        first = mine[metrics[0]]
        period = first["period"]
        cells = [
            Cell(first["title"], scenario),
            Cell(quantity(first["probability"], "share"), first["probability"]),
            *(_change(mine[metric]) for metric in metrics),
        ]
        leads = mine["training_leads"]["changed_p50"]
        cells.append(Cell(f"{100.0 * leads:.0f}", leads))
        rows.append(tuple(cells))
    titles = [str(result.extra["metrics"][name]["title"]) for name in metrics]
    columns = (
        words_column("Risk"),
        Column("Judged"),
        *(Column(title, is_banded=True) for title in titles),
        Column("Training leads, of 100"),
    )
    caption = f"What each risk would change in {period}: median of the change and P10–P90"
    return PageTable("risks", caption, columns, tuple(rows))


def _change(row: Row) -> Cell:
    """Return a change with its band and the share of draws in which it is a rise."""
    low, middle, high = (row[f"difference_p{each}"] for each in BANDS)
    up = float(row["probability_up"])
    direction = "no clear direction" if CLEAR[0] <= up <= CLEAR[1] else f"rises in {per_cent(up)}%"
    note = f"{_moved(low, row['unit'])} to {_moved(high, row['unit'])}; {direction}"
    return Cell(_moved(middle, row["unit"]), middle, note, (low, high))


def _moved(value: float, unit: str) -> str:
    if unit == "share":
        points = round(100.0 * value)
        return signed(f"{points:+d} pp") if points else "0 pp"
    return difference(value, unit)


def sensitivity_table(result: Result) -> PageTable:
    """Return every assumption of a tornado with its own ends and what they make of the metric."""
    metric, unit = result.extra["base"]["metric"], result.extra["base"]["unit"]
    title = f"{result.extra['metrics'][metric]['title']}, {result.extra['base']['period']}"
    rows = []
    for row in sorted(result.rows, key=lambda each: -abs(float(each["swing"]))):
        own = row["unit"] or "ratio"
        rows.append(
            (
                Cell(str(row.get("title") or row["assumption"]), row["assumption"]),
                _own(row["low_value"], own),
                _own(row["high_value"], own),
                Cell(quantity(row["metric_low"], unit), row["metric_low"]),
                Cell(quantity(row["metric_high"], unit), row["metric_high"]),
                Cell(_moved(row["swing"], unit).lstrip("+"), row["swing"]),
            )
        )
    heads = ("its P10", "its P90", "metric at P10", "metric at P90", "swing")
    columns = (words_column("Assumption"), *(Column(each) for each in heads))
    caption = f"What moves it, the strongest first: {title}"
    return PageTable(f"moves-{metric}".replace("_", "-"), caption, columns, tuple(rows))


def _own(value: Any, unit: str) -> Cell:
    return Cell(own_value(value, unit), value)


def own_value(value: Any, unit: str) -> str:
    """Return an assumption's own value as text; a group has none."""
    if not isinstance(value, int | float):
        return MISSING if value is None else str(value)
    return with_band(None, float(value), None, unit)[0]


def assumptions_table(result: Result) -> PageTable:
    """Return every belief, before and after history has spoken, with its source."""
    rows = []
    for row in result.rows:
        when = f", {row['period']}" if row["period"] else ""
        unit = row["unit"]
        rows.append(
            (
                Cell(f"{row['title']}{when}", f"{row['assumption']}{when}", note=row["assumption"]),
                Cell("" if unit in {"ratio", "share", "year"} else unit, unit),
                banded(row, unit, "prior_"),
                banded(row, unit, "conditioned_"),
                Cell(row["status"], row["status"]),
                linked(row["source"] or row["reasoning"], row["source_url"]),
            )
        )
    columns = (
        words_column("Assumption"),
        words_column("Unit"),
        Column("Prior", is_banded=True),
        Column("Conditioned", is_banded=True),
        words_column("Status"),
        words_column("Source"),
    )
    caption = "Assumptions and drivers, before and after history conditioned them"
    return PageTable("assumptions", caption, columns, tuple(rows))


def targets_table(result: Result) -> PageTable:
    """Return how the conditioned ensemble meets each target."""
    rows = []
    for row in result.extra["targets"]:
        unit = row["unit"]
        rows.append(
            (
                Cell(row["target"].replace("_", " "), row["target"]),
                Cell(row["period"], row["period"]),
                Cell(quantity(row["observed"], unit), row["observed"]),
                banded(row, unit, "modelled_"),
                Cell(signed(f"{row['misfit']:+.1f}"), row["misfit"]),
                Cell(row["origin"], row["origin"], note=row["reasoning"]),
            )
        )
    columns = (
        words_column("Target"),
        words_column("Period"),
        Column("Observed"),
        Column("Modelled", is_banded=True),
        Column("Misfit, s.e."),
        words_column("Origin and error"),
    )
    return PageTable("targets", "Targets, and how well they are met", columns, tuple(rows))


def sources_table(result: Result) -> PageTable:
    """Return the observed series that shape the forecast, each with its last source."""
    rows = [
        (
            Cell(row["title"], row["series_id"]),
            Cell(row["role"], row["role"]),
            Cell(str(row["observations"]), row["observations"]),
            Cell(row["last"], row["last"]),
            Cell(quantity(row["last_value"], row["unit"], 3), row["last_value"]),
            Cell(row["status"], row["status"]),
            linked(row["source"], row["source_url"]),
        )
        for row in result.rows
    ]
    columns = (
        words_column("Series"),
        words_column("Role"),
        Column("Rows"),
        words_column("Last period"),
        Column("Last value"),
        words_column("Status"),
        words_column("Source of the last"),
    )
    return PageTable("sources", "Observed series behind the forecast", columns, tuple(rows))


def story_cells(sources: Sequence[str]) -> Iterator[Cell]:
    """Yield a scenario's sources, each with its address."""
    for text in sources:
        yield linked(text)
