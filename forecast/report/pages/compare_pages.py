"""Scenarios side by side as a page: the last period, a column for each case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forecast.report.blocks import Block, Prose, Table, TableRow, View
from forecast.report.layout import CONSTRAINTS, NOT_TABLED, SECTIONS, Section
from forecast.report.numbers import (
    MISSING,
    Scale,
    band_cell,
    band_figures,
    cell,
    scale_for,
    side_decimals,
)
from forecast.report.pages.changes import (
    LEGEND,
    SUBJECTS,
    change_cells,
    in_sentence,
    in_words,
    own_scale,
    rises_in,
    short_name,
)
from forecast.report.words import first_line, last_row, with_band
from forecast.result import OldResult, Result, Row

DIFFERENCE = "difference"
SENTENCE_METRICS = (("inference_share", "inference"), ("chip_spend", "AI chips"))


def compare_page(result: Result, view: View) -> list[Block]:
    """Return the page: each case in a sentence, tables of the last period, when and what binds."""
    cases = tuple(dict.fromkeys(row["case"] for row in result.rows if row["case"] != DIFFERENCE))
    last = {case: _last_rows(result, case) for case in cases}
    period = max((row["period"] for row in last[cases[0]].values()), default="")
    band = f"P{view.bands[0]}–P{view.bands[-1]}"
    legend = f"All for {period}: median, and below it {band}, on the same draws in every case."
    blocks: list[Block] = [Prose(first_line(result.run), "quiet")]
    blocks += [Prose(text, "strong", label=case) for case, text in _sentences(last, view).items()]
    blocks.append(Prose(legend, "quiet"))
    titles = {name: each["title"] for name, each in result.extra["metrics"].items()}
    listed = {metric for section in SECTIONS for metric, _ in section.rows}
    others = tuple((name, title) for name, title in titles.items() if name not in listed)
    for section in (*SECTIONS, Section("OTHER", "", None, others)):
        if rows := tuple(_section(section, last, view)):
            unit = section.scale.unit if section.scale else ""
            blocks.append(Table(section.title, unit, cases, None, rows))
    if rows := (*_crossovers(result, cases), *_binding(result, cases, period)):
        blocks.append(Table("WHEN, AND WHAT BINDS", "", cases, None, rows))
    if rows := tuple(_changes(result, cases[1:], period, view)):
        blocks.append(Table("CHANGE FROM BASE", period, cases[1:], None, rows))
        blocks.append(Prose(f"Medians; {LEGEND.format(band=band)}", "quiet"))
    if short := _in_short(result, cases[1:], period, view):
        blocks.append(Prose(short, "strong", label="IN SHORT"))
    return blocks


def _last_rows(result: Result, case: str) -> dict[str, Row]:
    """Return a case's row of each metric at its last period."""
    mine = OldResult("", result.run, tuple(row for row in result.rows if row["case"] == case))
    found = {name: last_row(mine, name) for name in result.extra["metrics"]}
    return {name: row for name, row in found.items() if row and name not in NOT_TABLED}


def _sentences(last: dict[str, dict[str, Row]], view: View) -> dict[str, str]:
    """Return each case's headline figures in words."""
    found = {}
    for case, rows in last.items():
        parts = [
            f"{name} {with_band(rows[metric], view.bands)}"
            for metric, name in SENTENCE_METRICS
            if metric in rows
        ]
        if parts:
            found[case] = f"{'; '.join(parts)}."
    return found


def _section(section: Section, last: dict[str, dict[str, Row]], view: View) -> Iterator[TableRow]:
    for metric, name in section.rows:
        rows = [found[metric] for found in last.values() if metric in found]
        if rows:
            yield from _lines(name.format(end="year end"), rows, section, view)


def _lines(label: str, rows: Sequence[Row], section: Section, view: View) -> Iterator[TableRow]:
    """Yield a metric's medians and, below them, its band in each case."""
    unit, medians = rows[0]["unit"], [float(row["p50"]) for row in rows]
    is_own = section.scale is not None and unit == section.unit
    scale: Scale = section.scale if is_own and section.scale else scale_for(unit, medians)
    places = side_decimals([median / scale.divisor for median in medians])
    low, high = f"p{view.bands[0]}", f"p{view.bands[-1]}"
    middle, bands = [], []
    for row in rows:
        ends = row[low] / scale.divisor, row[high] / scale.divisor
        figures = band_figures(*ends)
        middle.append(cell(row["p50"] / scale.divisor, places, figures, is_share=scale.is_share))
        bands.append(band_cell(*ends, places, is_share=scale.is_share))
    name = label if is_own or not scale.unit else f"{label}, {scale.unit}"
    yield TableRow(name, tuple(middle))
    yield TableRow(f"  {low.upper()}–{high.upper()}", tuple(bands), "band")


def _changes(
    result: Result, scenarios: Sequence[str], period: str, view: View
) -> Iterator[TableRow]:
    """Yield how each scenario changes what the forecast is about, or the metrics asked for."""
    metrics = result.extra["metrics"]
    ends = f"p{view.bands[0]}", f"p{view.bands[-1]}"
    for metric in [name for name in SUBJECTS if name in metrics] or metrics:
        base = result.find(metric, period, case="base", member=None)
        rows = [_change(result, metric, period, name) for name in scenarios]
        if base is None or not all(rows) or metric in NOT_TABLED:
            continue
        scale = own_scale(metric, base["unit"], (base["p50"],))
        cells = [
            change_cells(base["p50"], base["p50"] + row["p50"], row, scale, ends)
            for row in rows
            if row
        ]
        unit = "pp" if scale.is_share else scale.unit
        yield TableRow(
            f"{short_name(result, metric)}, {unit}".removesuffix(", "),
            tuple(each["change"].removesuffix(" pp") for each in cells),
        )
        yield TableRow(f"  {ends[0].upper()}–{ends[1].upper()}", _column(cells, "band"), "band")
        yield TableRow("  rises in", tuple(rises_in(row) for row in rows if row), "band")


def _column(cells: Sequence[Row], name: str) -> tuple[str, ...]:
    return tuple(str(each[name]) for each in cells)


def _change(result: Result, metric: str, period: str, scenario: str) -> Row | None:
    return result.find(metric, period, case=DIFFERENCE, scenario=scenario, member=None)


def _in_short(result: Result, scenarios: Sequence[str], period: str, view: View) -> str:
    """Return the last line: how each scenario moves the headline metrics, or one asked for."""
    ends = f"p{view.bands[0]}", f"p{view.bands[-1]}"
    found = [name for name, _ in SENTENCE_METRICS if name in result.extra["metrics"]]
    parts = []
    for scenario in scenarios:
        said = []
        for metric in found or list(result.extra["metrics"])[:1]:
            base = result.find(metric, period, case="base", member=None)
            row = _change(result, metric, period, scenario)
            if base and row and row["p50"] is not None:
                name = in_sentence(short_name(result, metric))
                said.append(f"{name} {in_words(row, base, ends)}")
        if said:
            parts.append(f"{scenario} {', '.join(said)}")
    return f"{period}, change from base: {'; '.join(parts)}" if parts else ""


def _crossovers(result: Result, cases: Sequence[str]) -> Iterator[TableRow]:
    found = [result.find("crossover", None, case=case) for case in cases]
    rows = [row for row in found if row]
    if rows:
        yield TableRow("Crossover", tuple(row["p50"] or MISSING for row in rows))
        never = tuple(cell(100.0 * row["probability_never"], 0, is_share=True) for row in rows)
        yield TableRow("  never, % of draws", never, "band")


def _binding(result: Result, cases: Sequence[str], period: str) -> Iterator[TableRow]:
    """Yield the share of draws that each constraint binds in a period."""
    for member in CONSTRAINTS:
        found = [
            result.find("binding_constraint", period, member=member, case=case) for case in cases
        ]
        shares = [cell(100.0 * row["mean"], 0, is_share=True) for row in found if row]
        if shares:
            yield TableRow(f"Bound by {member}, %", tuple(shares))
