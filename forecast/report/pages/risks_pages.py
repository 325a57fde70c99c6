"""Risks as a page: what each does to the horizon, the gravest in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from forecast import periods
from forecast.report.blocks import Block, Listing, Prose
from forecast.report.numbers import quantity, signed
from forecast.report.words import first_line
from forecast.result import Result, Row

COLUMNS = ("RISK", "share, %", "chips, $B", "power, GW", "crossover", "T leads")
UNITS = {"share": 0.01, "USD": 1e9, "W": 1e9}  # what one of a column's numbers stands for
METRICS = ("inference_share", "chip_spend", "ai_power_capacity")
LEGEND = (
    "Medians for {period}; share is inference's of running compute, power the capacity in use, "
    "chips AI chip spend. change and its P10–P90 are taken draw by draw; ≈ no clear direction "
    "(rises in 40–60% of draws). T leads: in how many of 100 draws training holds more compute "
    "than inference at the end. "
    "Probabilities are judged, for each risk by itself; they overlap and do not add up."
)


def risks_page(result: Result) -> list[Block]:
    """Return the page: one sentence, the table, and each risk's name in full."""
    groups = [list(rows) for _, rows in groupby(result.rows, lambda row: row["scenario"])]
    lines = [_base_line(groups[0])]
    for rows in groups:
        lines += _lines(rows)
    period = next(row["period"] for row in groups[0] if row["metric"] == METRICS[0])
    return [
        Prose(first_line(result.run), "quiet"),
        Prose(sentence(result), "strong"),
        Listing(COLUMNS, tuple(lines)),
        Prose(LEGEND.format(period=period), "quiet"),
        Prose("Each story with its sources: forecast scenarios", "quiet"),
        Prose(sentence(result), "strong", label="IN SHORT"),
    ]


def sentence(result: Result) -> str:
    """Return which risk takes most from chip spend, and under which training leads most often."""
    spend = [row for row in result.rows if row["metric"] == "chip_spend"]
    worst = min(spend, key=lambda row: float(row["difference_p50"]))
    leads = [row for row in result.rows if row["metric"] == "training_leads"]
    most = max(leads, key=lambda row: float(row["changed_p50"]))
    return (
        f"{worst['title']} (judged {quantity(worst['probability'], 'share')}) would take most from "
        f"AI chip spend in {worst['period']}: {quantity(worst['base_p50'], 'USD')} becomes "
        f"{quantity(worst['changed_p50'], 'USD')}, a change of "
        f"{difference(worst['difference_p50'], 'USD')} "
        f"({difference(worst['difference_p10'], 'USD')} to "
        f"{difference(worst['difference_p90'], 'USD')}); training still leads at the end in "
        f"{100.0 * most['base_p50']:.0f} of 100 draws of the case as it stands, most often under "
        f"{most['title'].lower()} ({100.0 * most['changed_p50']:.0f})."
    )


def _base_line(rows: Sequence[Row]) -> tuple[str, ...]:
    by_name = {row["metric"]: row for row in rows}
    return (
        "as it stands",
        *(_number(by_name[name], "base_p50") for name in METRICS),
        _moment(by_name["crossover"]["base_p50"]),
        f"{100.0 * by_name['training_leads']['base_p50']:.0f}",
    )


def _lines(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """Return a risk's lines: its medians, the change, its band, and how often it is a rise."""
    by_name = {row["metric"]: row for row in rows}
    mine = [by_name[name] for name in METRICS]
    name = f"{rows[0]['scenario']}, {quantity(rows[0]['probability'], 'share')}"
    changes = [_number(row, "difference_p50", sign="+") for row in mine]
    return [
        (
            name,
            *(_number(row, "changed_p50") for row in mine),
            _moment(by_name["crossover"]["changed_p50"]),
            f"{100.0 * by_name['training_leads']['changed_p50']:.0f}",
        ),
        ("  change", *changes, "", ""),
        ("  P10–P90", *(_band(row) for row in mine), "", ""),
        ("  rises in", *(_direction(float(row["probability_up"])) for row in mine), "", ""),
    ]


def _number(row: Row, field: str, sign: str = "") -> str:
    """Return a whole number of the column's unit, signed where it is a change; zero has no sign."""
    rounded = round(row[field] / UNITS[row["unit"]])
    return signed(f"{rounded:{sign},}") if rounded else "0"


def difference(value: float, unit: str) -> str:
    """Return a change with its sign: −$280B."""
    text = quantity(abs(value), unit)
    return f"{'+' if value > 0 else '−'}{text}" if value else text


def _band(row: Row) -> str:
    ends = [_number(row, f"difference_p{each}", sign="+") for each in (10, 90)]
    return ends[0] if ends[0] == ends[1] else "…".join(ends)


def _direction(up: float) -> str:
    sign = "≈" if 0.4 <= up <= 0.6 else "▲" if up > 0.6 else "▼"
    return f"{100.0 * up:.0f}% {sign}"


def _moment(quarter: str | None) -> str:
    """Return a quarter, or that it lies beyond the horizon."""
    return "never" if quarter is None else periods.label(periods.quarter(quarter))
