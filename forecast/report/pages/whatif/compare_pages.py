"""Scenarios side by side as a page: the last period, a column for each case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from forecast.analysis.scenarios.compare import BASE, Comparisons
from forecast.report.blocks import (
    Block,
    Cell,
    Column,
    Prose,
    Row,
    Table,
    View,
    grid_columns,
    row_of,
    text_columns,
)
from forecast.report.layout import CONSTRAINTS, LISTED, NOT_TABLED, SECTIONS, Section
from forecast.report.numbers import (
    MISSING,
    UnitScale,
    band_cell,
    cell,
    median_cell,
    scale_for,
    side_decimals,
)
from forecast.report.pages.whatif.changes import (
    LEGEND,
    change_cells,
    ends_of,
    in_sentence,
    in_words,
    own_scale,
    rises_in,
    short_name,
)
from forecast.report.words import first_line, last_row, with_band
from forecast.world.metrics import SUBJECTS, MetricTable
from forecast.world.rows import ChangeRow, ValueRow

SENTENCE_METRICS = {"inference_share": "inference", "chip_spend": "AI chips"}
LastRows = dict[str, ValueRow]  # by metric
ChangeRows = dict[str, ChangeRow]  # by metric


def compare_page(result: Comparisons, view: View) -> list[Block]:
    """Return the page: each case in a sentence, tables of the last period, when and what binds."""
    tables = {name: result.case(name) for name in result.cases}
    last = {name: _last_rows(table) for name, table in tables.items()}
    period = max((row.period for row in last[BASE].values()), default="")
    changes = {
        name: _change_rows(result.difference(name), period) for name in tables if name != BASE
    }
    blocks: list[Block] = [Prose(first_line(result.run), "quiet")]
    blocks += [Prose(text, "strong", label=case) for case, text in _sentences(last, view).items()]
    blocks += compare_blocks(result, view)
    if short := _in_short(result, last[BASE], changes, view):
        text = f"{period}, change from base: {short}"
        blocks.append(Prose(text, "strong", label="IN SHORT"))
    return blocks


def compare_blocks(result: Comparisons, view: View) -> list[Block]:
    """Return the tables: each metric's last period, when and what binds, changes from the base."""
    tables = {name: result.case(name) for name in result.cases}
    last = {name: _last_rows(table) for name, table in tables.items()}
    period = max((each.period for each in last[BASE].values()), default="")
    changes = {
        name: _change_rows(result.difference(name), period) for name in tables if name != BASE
    }
    band = f"P{view.bands[0]}–P{view.bands[-1]}"
    text = f"All for {period}: median, and below it {band}, on the same draws in every case."
    blocks: list[Block] = [Prose(text, "quiet")]
    others = tuple(
        (name, each.title) for name, each in result.metrics.items() if name not in LISTED
    )
    for section in (*SECTIONS, Section("OTHER", "", None, others)):
        if rows := tuple(_section(section, last, view)):
            unit = section.scale.unit if section.scale else ""
            name = f"cases-{section.title.lower().replace(' ', '-')}"
            blocks.append(Table(name, section.title, _columns(tables), rows, unit))
    every = list(tables.values())
    if rows := (*_crossovers(every), *_binding(every, period)):
        columns = grid_columns("WHEN, AND WHAT BINDS", *tables)
        blocks.append(Table("cases-when", "When, and what binds", columns, rows))
    if rows := tuple(_changes(result, last[BASE], changes, view)):
        title = "CHANGE FROM BASE"
        blocks.append(Table("cases-change", title, _columns(changes), rows, period))
        blocks.append(Prose(f"Medians; {LEGEND.format(band=band)}", "quiet"))
    return blocks


def _columns(cases: Iterable[str]) -> tuple[Column, ...]:
    return (*text_columns(""), *(Column(each, is_banded=True) for each in cases))


def _last_rows(table: MetricTable) -> LastRows:
    """Return a case's row of each metric at its last period."""
    found = {name: last_row(table, name) for name in table.metrics}
    return {name: row for name, row in found.items() if row and name not in NOT_TABLED}


def _sentences(last: Mapping[str, LastRows], view: View) -> dict[str, str]:
    """Return each case's headline figures in words."""
    found = {}
    for case, rows in last.items():
        parts = [
            f"{name} {with_band(rows[metric], view.bands)}"
            for metric, name in SENTENCE_METRICS.items()
            if metric in rows
        ]
        if parts:
            found[case] = f"{'; '.join(parts)}."
    return found


def _section(section: Section, last: Mapping[str, LastRows], view: View) -> Iterator[Row]:
    for metric, name in section.rows:
        rows = [known[metric] for known in last.values() if metric in known]
        if rows:
            yield _line(name.strip().format(end="year end"), rows, section, view)


def _line(label: str, rows: Sequence[ValueRow], section: Section, view: View) -> Row:
    """Return a metric's median in each case, its band below it."""
    unit, ends = rows[0].unit, [ends_of(each, view.bands) for each in rows]
    medians = [each.middle for each in ends]
    own = section.scale if unit == section.unit else None
    scale = own or scale_for(unit, medians)
    places = side_decimals([median / scale.divisor for median in medians])
    cells = []
    for low, middle, high in ends:
        first, last = low / scale.divisor, high / scale.divisor
        text = median_cell(middle / scale.divisor, first, last, places, is_share=scale.is_share)
        band = band_cell(first, last, places, is_share=scale.is_share)
        cells.append(Cell(text, middle, (band,), (low, high)))
    name = label if own or not scale.unit else f"{label}, {scale.unit}"
    return row_of(Cell(name, rows[0].metric, (f"P{view.bands[0]}–P{view.bands[-1]}",)), *cells)


def _change_rows(table: MetricTable, period: str) -> ChangeRows:
    """Return how a scenario changes each metric in a period."""
    return {
        row.metric: row
        for row in table.values
        if isinstance(row, ChangeRow) and row.period == period
    }


def _changes(
    result: Comparisons, base: LastRows, changes: Mapping[str, ChangeRows], view: View
) -> Iterator[Row]:
    """Yield how each scenario changes what the forecast is about, or the metrics asked for."""
    for metric in [name for name in SUBJECTS if name in base] or base:
        unit, median = base[metric].unit, base[metric].quantiles.p50
        scale = own_scale(metric, unit, (median,))
        name = f"{short_name(result.metrics, metric)}, {'pp' if scale.is_share else scale.unit}"
        notes = (f"P{view.bands[0]}–P{view.bands[-1]}", "rises in")
        cells = (_change(known[metric], median, scale, view) for known in changes.values())
        yield row_of(Cell(name.removesuffix(", "), metric, notes), *cells)


def _change(change: ChangeRow, median: float, scale: UnitScale, view: View) -> Cell:
    """Return a change with its band and how often it is a rise."""
    ends = ends_of(change, view.bands)
    shown = change_cells(median, median + ends.middle, ends, scale)
    notes = shown.band, rises_in(change)
    return Cell(shown.change.removesuffix(" pp"), ends.middle, notes, (ends.low, ends.high))


def _in_short(
    result: Comparisons, base: LastRows, changes: Mapping[str, ChangeRows], view: View
) -> str:
    """Return how each scenario moves the headline metrics, or the first one asked for."""
    headlines = [name for name in SENTENCE_METRICS if name in result.metrics]
    shown = [name for name in headlines or list(result.metrics)[:1] if name in base]
    parts = []
    for scenario, rows in changes.items():
        said = []
        for metric in shown:
            words = in_words(rows[metric], base[metric].quantiles.p50, view.bands)
            said.append(f"{in_sentence(short_name(result.metrics, metric))} {words}")
        if said:
            parts.append(f"{scenario} {', '.join(said)}")
    return "; ".join(parts)


def _crossovers(tables: Sequence[MetricTable]) -> Iterator[Row]:
    rows = [event for table in tables if (event := table.event("crossover"))]
    if rows:
        yield row_of("Crossover", *(each.quantiles.p50 or MISSING for each in rows))
        never = (cell(100.0 * each.probability_never, 0, is_share=True) for each in rows)
        yield row_of("never, % of draws", *never, depth=1, is_quiet=True)


def _binding(tables: Sequence[MetricTable], period: str) -> Iterator[Row]:
    """Yield the share of draws that each constraint binds in a period."""
    found = [table.binding(period) for table in tables]
    for member in CONSTRAINTS:
        shares = [cell(100.0 * each[member], 0, is_share=True) for each in found if member in each]
        if shares:
            yield row_of(f"Bound by {member}, %", *shares)
