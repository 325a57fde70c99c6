"""Scenarios side by side as a page: the last period, a column for each case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from forecast.analysis.scenarios.compare import BASE, Comparisons
from forecast.report.blocks import Block, Prose, Table, TableRow, View
from forecast.report.layout import CONSTRAINTS, LISTED, NOT_TABLED, SECTIONS, Section
from forecast.report.numbers import (
    MISSING,
    band_cell,
    band_figures,
    cell,
    scale_for,
    side_decimals,
)
from forecast.report.pages.answers.changes import (
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
    band = f"P{view.bands[0]}–P{view.bands[-1]}"
    legend = f"All for {period}: median, and below it {band}, on the same draws in every case."
    blocks: list[Block] = [Prose(first_line(result.run), "quiet")]
    blocks += [Prose(text, "strong", label=case) for case, text in _sentences(last, view).items()]
    blocks.append(Prose(legend, "quiet"))
    others = tuple(
        (name, each.title) for name, each in result.metrics.items() if name not in LISTED
    )
    for section in (*SECTIONS, Section("OTHER", "", None, others)):
        if rows := tuple(_section(section, last, view)):
            unit = section.scale.unit if section.scale else ""
            blocks.append(Table(section.title, unit, tuple(tables), None, rows))
    every = list(tables.values())
    if rows := (*_crossovers(every), *_binding(every, period)):
        blocks.append(Table("WHEN, AND WHAT BINDS", "", tuple(tables), None, rows))
    if rows := tuple(_changes(result, last[BASE], changes, view)):
        blocks.append(Table("CHANGE FROM BASE", period, tuple(changes), None, rows))
        blocks.append(Prose(f"Medians; {LEGEND.format(band=band)}", "quiet"))
    if short := _in_short(result, last[BASE], changes, view):
        text = f"{period}, change from base: {short}"
        blocks.append(Prose(text, "strong", label="IN SHORT"))
    return blocks


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


def _section(section: Section, last: Mapping[str, LastRows], view: View) -> Iterator[TableRow]:
    for metric, name in section.rows:
        rows = [found[metric] for found in last.values() if metric in found]
        if rows:
            yield from _lines(name.format(end="year end"), rows, section, view)


def _lines(
    label: str, rows: Sequence[ValueRow], section: Section, view: View
) -> Iterator[TableRow]:
    """Yield a metric's medians and, below them, its band in each case."""
    unit, ends = rows[0].unit, [ends_of(row, view.bands) for row in rows]
    medians = [each.middle for each in ends]
    own = section.scale if unit == section.unit else None
    scale = own or scale_for(unit, medians)
    places = side_decimals([median / scale.divisor for median in medians])
    middle, bands = [], []
    for each in ends:
        low, high = each.low / scale.divisor, each.high / scale.divisor
        figures = band_figures(low, high)
        middle.append(cell(each.middle / scale.divisor, places, figures, is_share=scale.is_share))
        bands.append(band_cell(low, high, places, is_share=scale.is_share))
    name = label if own or not scale.unit else f"{label}, {scale.unit}"
    yield TableRow(name, tuple(middle))
    yield TableRow(f"  P{view.bands[0]}–P{view.bands[-1]}", tuple(bands), "band")


def _change_rows(table: MetricTable, period: str) -> ChangeRows:
    """Return how a scenario changes each metric in a period."""
    return {
        row.metric: row
        for row in table.values
        if isinstance(row, ChangeRow) and row.period == period
    }


def _changes(
    result: Comparisons, base: LastRows, changes: Mapping[str, ChangeRows], view: View
) -> Iterator[TableRow]:
    """Yield how each scenario changes what the forecast is about, or the metrics asked for."""
    for metric in [name for name in SUBJECTS if name in base] or base:
        unit, median = base[metric].unit, base[metric].quantiles.p50
        rows = [found[metric] for found in changes.values()]
        scale = own_scale(metric, unit, (median,))
        cells = [
            change_cells(median, median + row.change, ends_of(row, view.bands), scale)
            for row in rows
        ]
        name = f"{short_name(result.metrics, metric)}, {'pp' if scale.is_share else scale.unit}"
        middle = tuple(each.change.removesuffix(" pp") for each in cells)
        yield TableRow(name.removesuffix(", "), middle)
        label = f"  P{view.bands[0]}–P{view.bands[-1]}"
        yield TableRow(label, tuple(each.band for each in cells), "band")
        yield TableRow("  rises in", tuple(rises_in(row) for row in rows), "band")


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


def _crossovers(tables: Sequence[MetricTable]) -> Iterator[TableRow]:
    rows = [row for table in tables if (row := table.event("crossover"))]
    if rows:
        yield TableRow("Crossover", tuple(row.quantiles.p50 or MISSING for row in rows))
        never = tuple(cell(100.0 * row.probability_never, 0, is_share=True) for row in rows)
        yield TableRow("  never, % of draws", never, "band")


def _binding(tables: Sequence[MetricTable], period: str) -> Iterator[TableRow]:
    """Yield the share of draws that each constraint binds in a period."""
    found = [table.binding(period) for table in tables]
    for member in CONSTRAINTS:
        shares = [cell(100.0 * each[member], 0, is_share=True) for each in found if member in each]
        if shares:
            yield TableRow(f"Bound by {member}, %", tuple(shares))
