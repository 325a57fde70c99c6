"""Checks as pages: the installation, the settings in force, and the model's sanity ratios."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from forecast.analysis.doctor.installation import CheckRow, SettingRow
from forecast.analysis.doctor.sanity import RatioRow, Sanity
from forecast.analysis.hindcast.measured import Measured
from forecast.report import words
from forecast.report.blocks import (
    Block,
    Cell,
    Prose,
    Row,
    Table,
    heading_row,
    number_columns,
    row_of,
    rows_of,
    text_columns,
)
from forecast.report.numbers import quantity, quantity_band, significant

VERDICTS = {"inside": "", "below": "▼ below", "above": "▲ above"}
UNLABELLED = {"share", "ratio", "USD/W", "tokens/day"}


def installation_page(rows: Sequence[CheckRow]) -> list[Block]:
    """Return what is installed; what does not hold comes first, with what to do."""
    wrong = [each for each in rows if not each.holds]
    blocks: list[Block] = [
        Prose(f"{each.found.rstrip('.?')}. {each.hint}.", label=f"✗ {each.check}") for each in wrong
    ]
    found = rows_of((each.check, each.found) for each in rows)
    blocks.append(Table("checks", "", text_columns("CHECK", "found"), found))
    verdict = f"{len(wrong)} of {len(rows)} checks do not hold" if wrong else "all checks hold"
    return [*blocks, Prose(verdict, "strong")]


def settings_page(rows: Sequence[SettingRow]) -> list[Block]:
    """Return each setting's value and where it comes from."""
    lines = rows_of((each.setting, each.value, each.origin) for each in rows)
    return [Table("settings", "", text_columns("SETTING", "value", "origin"), lines)]


def sanity_page(result: Sanity) -> list[Block]:
    """Return the sanity ratios, those outside their range first in words."""
    columns = (
        *text_columns("RATIO"),
        *number_columns("ours (P10–P90)", "range"),
        *text_columns("range is", ""),
    )
    lines: list[Row] = []
    for title, group in groupby(result.rows, lambda each: each.title):
        lines += [heading_row(title, columns), *map(_ratio, group)]
    return [
        Prose(words.first_line(result.run), "quiet"),
        Prose(_headline(len(result.rows), len(result.outside)), "strong"),
        *(Prose(_outside(each)) for each in result.outside),
        Table("sanity", "", columns, tuple(lines)),
        Prose(
            "Outside is said of the median. A range is physical, history (measured), published, or "
            "judged apart from this model; sources and addresses: --format json or csv.",
            "quiet",
        ),
        *discrepancy_blocks(result.discrepancies),
    ]


def discrepancy_blocks(measured: Sequence[Measured]) -> list[Block]:
    """Return what hindcasts measured of the model's discrepancy, block by block, each on all that
    came of it."""
    newest = {each.block: each for each in measured}.values()
    heads = ("DISCREPANCY", "size", "forecasts", "1 year", "2 years", "CRPS", "held", "")
    return [
        Table("discrepancy", "", text_columns(*heads), rows_of(map(_discrepancy_cells, newest))),
        Prose(
            "Size: what no belief explains, for the root of a year, in logarithms (shares: logits),"
            " the likeliest on forecasts from nine origins of 2023 to 2025. 1 and 2 years: error of"
            " medians, and what bands stood for. CRPS and what 80% bands held: without it, and with"
            " it on origins left out. Demand by workload, the split, power and prices of hardware"
            " have no outcomes: their discrepancy is judged.",
            "quiet",
        ),
    ]


def _discrepancy_cells(each: Measured) -> tuple[str, ...]:
    return (
        each.block,
        f"{each.size:.2f}",
        f"{each.forecasts} of {each.outcomes}",
        _errors(each.error_4, each.spread_4),
        _errors(each.error_8, each.spread_8),
        f"{each.crps_before:.3f} → {each.crps_after:.3f}",
        f"{100 * each.held_before:.0f} → {100 * each.held_after:.0f}%",
        _standing(each),
    )


def _standing(each: Measured) -> str:
    if each.helps:
        return "in force" if each.assumption else "not in force"
    return "no help" if each.size else "none asked for"


def _errors(error: float | None, spread: float | None) -> str:
    return "–" if error is None or spread is None else f"{error:.2f}, {spread:.2f}"


def _headline(count: int, outside: int) -> str:
    if not outside:
        return f"No ratio of {count} lies outside its range."
    return f"{outside} of {count} ratios lie outside their ranges."


def _outside(row: RatioRow) -> str:
    """Return one sentence: what is outside which range, by whose word, and why it may be."""
    reached = "" if row.reached else " The whole band lies outside."
    note = f" {row.note}" if row.note else ""
    middle = quantity(row.quantiles.p50, row.unit, 3)  # or it may read as the end it lies beyond
    return (
        f"{row.title}, {row.period}: {middle} is {row.verdict} {_range(row)} "
        f"({row.source}).{reached}{note}"
    )


def _ratio(ratio: RatioRow) -> Row:
    spread, unit = ratio.quantiles, ratio.unit if ratio.unit == "share" else "ratio"
    band = quantity_band(spread.p10, spread.p90, unit)
    named = "" if ratio.unit in UNLABELLED else f", {ratio.unit}"
    ours = Cell(f"{quantity(spread.p50, unit)} ({band})", spread.p50, band=(spread.p10, spread.p90))
    cells = ours, _range(ratio), ratio.basis, VERDICTS[ratio.verdict]
    return row_of(f"{ratio.period}{named}", *cells, depth=1)


def _range(row: RatioRow) -> str:
    """Return a range in words; one with an open end as at most or at least."""
    unit = row.unit if row.unit == "share" else "ratio"
    if row.low is None or row.high is None:
        ends = (("at least", row.low), ("at most", row.high))
        return " ".join(f"{word} {_end(end, unit)}" for word, end in ends if end is not None)
    if all(significant(end) == end for end in (row.low, row.high)):
        return quantity_band(row.low, row.high, unit)
    return "–".join(quantity(end, unit, 3) for end in (row.low, row.high))


def _end(value: float, unit: str) -> str:
    return "100%" if unit == "share" and value == 1.0 else quantity(value, unit)
