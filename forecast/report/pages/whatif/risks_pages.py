"""Risks as a page: what each does to the horizon, the gravest in one sentence."""

from __future__ import annotations

from forecast import periods
from forecast.analysis.scenarios.risks import METRICS, MetricRisk, Risk, Risks
from forecast.report.blocks import (
    Block,
    Cell,
    Prose,
    Row,
    Table,
    grid_columns,
    row_of,
)
from forecast.report.numbers import quantity, signed
from forecast.report.pages.whatif.changes import rises_in, signed_quantity, written
from forecast.report.words import first_line
from forecast.result import Band

COLUMNS = grid_columns("RISK", "share, %", "chips, $B", "power, GW", "crossover", "T leads")
UNITS = {"share": 0.01, "USD": 1e9, "W": 1e9}  # what one of a column's numbers stands for
LEGEND = (
    "Medians for {period}; share is inference's of running compute, power the capacity in use, "
    "chips AI chip spend. change is less what stands above; its P10–P90 and “rises in” are taken "
    "draw by draw; ≈ no clear direction. T leads: in how many of 100 draws training holds more "
    "compute than inference at the end. Probabilities are judged, for each risk by itself; they "
    "overlap and do not add up."
)


def risks_page(result: Risks) -> list[Block]:
    """Return the page: one sentence, the table, and each risk's name in full."""
    return [
        Prose(first_line(result.run), "quiet"),
        *risk_blocks(result),
        Prose("Each story with its sources: forecast scenarios", "quiet"),
        Prose(sentence(result), "strong", label="IN SHORT"),
    ]


def risk_blocks(result: Risks) -> list[Block]:
    """Return the gravest risk in a sentence, the table and what its columns mean."""
    risks = result.by_scenario()
    period = risks[0].metrics[METRICS[0]].head.period
    rows = (_base_row(risks[0]), *map(_row, risks))
    return [
        Prose(sentence(result), "strong"),
        Table("risks", "What each risk would change", COLUMNS, rows),
        Prose(LEGEND.format(period=period), "quiet"),
    ]


def sentence(result: Risks) -> str:
    """Return which risk takes most from chip spend, and under which training leads most often."""
    risks = result.by_scenario()
    worst = min(risks, key=lambda risk: risk.metrics["chip_spend"].change)
    most = max(risks, key=lambda risk: risk.lead.changed_p50)
    spend = worst.metrics["chip_spend"]
    ends = spend.difference.p10, spend.change, spend.difference.p90
    low, middle, high = (signed_quantity(each, "USD") for each in ends)
    return (
        f"{worst.title} (judged {quantity(worst.probability, 'share')}) would take most from "
        f"AI chip spend in {spend.head.period}: {quantity(spend.base_p50, 'USD')} becomes "
        f"{quantity(spend.changed_p50, 'USD')}, a change of {middle} ({low} to {high}); training "
        f"still leads at the end in {100.0 * most.lead.base_p50:.0f} of 100 draws of the case as "
        f"it stands, most often under {most.title.lower()} ({100.0 * most.lead.changed_p50:.0f})."
    )


def _base_row(risk: Risk) -> Row:
    return row_of(
        "as it stands",
        *(Cell(_number(each.base_p50, each.head.unit), each.base_p50) for each in _metrics(risk)),
        _moment(risk.crossover.base_p50),
        Cell(f"{100.0 * risk.lead.base_p50:.0f}", risk.lead.base_p50),
    )


def _row(risk: Risk) -> Row:
    """Return a risk's medians, and below them the change, its band, and how often it is a rise."""
    name = f"{risk.scenario}, {quantity(risk.probability, 'share')}"
    return row_of(
        Cell(name, risk.scenario, ("change", "P10–P90", "rises in")),
        *map(_changed, _metrics(risk)),
        _moment(risk.crossover.changed_p50),
        Cell(f"{100.0 * risk.lead.changed_p50:.0f}", risk.lead.changed_p50),
    )


def _metrics(risk: Risk) -> list[MetricRisk]:
    return [risk.metrics[name] for name in METRICS]


def _changed(each: MetricRisk) -> Cell:
    unit = each.head.unit
    notes = _change(each), _band(each.difference, unit), rises_in(each)
    return Cell(_number(each.changed_p50, unit), each.changed_p50, notes)


def _number(value: float, unit: str, sign: str = "") -> str:
    """Return a whole number of the column's unit, signed where it is a change; zero has no sign."""
    rounded = round(value / UNITS[unit])
    return signed(f"{rounded:{sign},}") if rounded else "0"


def _band(band: Band, unit: str) -> str:
    return "…".join(dict.fromkeys(_number(each, unit, "+") for each in (band.p10, band.p90)))


def _change(row: MetricRisk) -> str:
    """Return the difference of the medians as they are written."""
    size = UNITS[row.head.unit]
    return written(row.base_p50 / size, row.changed_p50 / size, 0)


def _moment(quarter: str | None) -> str:
    """Return a quarter, or that it lies beyond the horizon."""
    return "never" if quarter is None else periods.label(periods.quarter(quarter))
