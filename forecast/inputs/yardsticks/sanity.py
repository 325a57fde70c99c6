"""Ranges that a plausible projection keeps (`data/sanity.csv`): held against the result, never
evidence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.bounds import content_of
from forecast.inputs.places import builtin_folder
from forecast.inputs.tables.tables import Row, read_rows
from forecast.inputs.yaml.beliefs import STATUSES
from forecast.periods import quarter
from forecast.units import UNITS

SANITY_FILE = "data/sanity.csv"
BASES = ("physical", "history", "published", "judged")
COLUMNS = (
    "id", "title", "formula", "unit", "low", "high", "period", "reference", "basis", "source",
    "source_url", "status", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Range:
    """A range for one ratio at one period; an open end is infinite.

    `id` names the ratio, `formula` says it in words, `reference` is the published number that it
    divides by (1 where there is none), and `basis` says why the range holds: physics, what was
    measured, what others publish, or a judgement.
    """

    id: str
    title: str
    formula: str
    unit: str
    low: float
    high: float
    period: str
    reference: float
    basis: str
    source: str
    url: str
    status: str
    note: str
    line: int


def read_sanity(workspace: Path | None = None) -> tuple[Range, ...]:
    """Return the ranges in the order of the file; a workspace without one takes the built-in.

    Raises InputError with every problem: an unknown unit, period, basis or status, a number that
    cannot be read, a range without an end or upside down, a source without an address.
    """
    own = workspace / SANITY_FILE if workspace else None
    path = own if own and own.is_file() else builtin_folder() / SANITY_FILE
    content = content_of(path, SANITY_FILE)
    problems: list[Problem] = []
    ranges = tuple(_range(row) for row in read_rows(SANITY_FILE, content, COLUMNS, problems))
    if problems:
        raise InputError(problems)
    return ranges


def _range(row: Row) -> Range:
    unit = row.text("unit")
    if unit and unit not in UNITS:
        row.complain("unit", unit, "a known unit", did_you_mean(unit, UNITS))
    low, high = _number(row, "low", -math.inf), _number(row, "high", math.inf)
    if not low < high:
        row.complain("low", f"{low:g}, not below high {high:g}", "low below high")
    if math.isinf(low) and math.isinf(high):
        row.complain("low", "no low and no high", "a range with an end")
    status = row.choice("status", STATUSES)
    url = row.text("source_url", "")
    if status and status != "judged" and not url:
        row.complain("source_url", "empty", "the address of the source")
    row.parsed("period", quarter, "a year or quarter", 0)
    return Range(
        id=row.text("id"),
        title=row.text("title"),
        formula=row.text("formula"),
        unit=unit,
        low=low,
        high=high,
        period=row.text("period"),
        reference=_number(row, "reference", 1.0),
        basis=row.choice("basis", BASES),
        source=row.text("source"),
        url=url,
        status=status,
        note=row.text("note", ""),
        line=row.line,
    )


def _number(row: Row, column: str, default: float) -> float:
    if not row.values.get(column, "").strip():
        return default
    return row.parsed(column, float, "a number", default)
