"""What others have forecast and what came of it, with each wording's meaning.

`data/published/forecasts.csv` says who forecast what on which day, `outcomes.csv` what came,
`links.csv` which outcome a forecast is scored on, and `definitions.csv` what each wording means in
our terms. A person's own forecasts and outcomes have the columns of the first two.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from forecast.errors import InputError, Problem
from forecast.inputs.bounds import content_of
from forecast.inputs.places import builtin_folder
from forecast.inputs.schema import FiscalCalendar
from forecast.inputs.tables.tables import Row, read_rows
from forecast.periods import month_end, parse_day

FOLDER = "data/published"
GROWTH = ("percent_yoy", "percent_cagr", "percent_vs")  # units of a change, which may be a fall
FORECAST_COLUMNS = (
    "forecast_id", "who", "published", "metric", "definition", "target_period", "low", "mid",
    "high", "unit",
)  # fmt: skip
OUTCOME_COLUMNS = (
    "outcome_id", "metric", "definition", "target_period", "value", "unit", "status",
)  # fmt: skip
_DEFINITION_COLUMNS = (
    "metric", "definition", "quantity", "companies", "basis", "ratio", "note",
)  # fmt: skip
_LINK_COLUMNS = ("forecast_id", "outcome_id")
# What an outcome measures: the thing forecast, something near it, or not yet what came.
Strength = Literal["firm", "weak", "provisional"]
STRENGTHS: tuple[Strength, ...] = ("firm", "weak", "provisional")
STATUSES: dict[str, Strength] = {
    "final": "firm",
    "final_derived": "firm",
    "near_final": "firm",
    "approximate": "weak",
    "final_proxy": "weak",
    "final_scope_changed": "weak",
    "judged": "provisional",
    "provisional": "provisional",
}
PeriodKind = Literal["calendar", "fiscal", "moment"]
_CALENDAR_YEARS = re.compile(r"^CY(\d{4})(?:-(\d{4}))?$")
_QUARTER = re.compile(r"^([FC])Q([1-4])-(\d{4})$")
_FISCAL_YEAR = re.compile(r"^FY(\d{4})$")
_EXPECTED_PERIOD = "CY2026, FY2026, FQ1-2026, CQ1-2026, CY2025-2026, or a month or day"


@dataclass(frozen=True)
class Period:
    """A period by its last year and quarter of the company's clock: `quarters` long, 0 a moment."""

    text: str
    kind: PeriodKind
    year: int
    quarter: int
    quarters: int
    day: date

    def last_day(self, calendar: FiscalCalendar | None) -> date:
        """Return its last day; a fiscal one by the company's calendar."""
        if self.kind != "fiscal" or calendar is None:
            return self.day
        end = calendar.year_end(self.year)
        months = 12 * end.year + end.month - 1 - 3 * (4 - self.quarter)
        month = month_end(months // 12, months % 12 + 1)
        return end if self.quarter == 4 else month


@dataclass(frozen=True)
class Definition:
    """What a wording means: our `quantity`, and the `companies` that it adds up.

    Each of `ratios` is a pair of series whose quotient turns our definition of a company into that
    of the wording; `note` says in what else it differs.
    """

    metric: str
    definition: str
    quantity: str
    companies: tuple[str, ...]
    ratios: tuple[tuple[str, str], ...]
    note: str

    def is_same(self, other: Definition) -> bool:
        """Return whether two wordings mean one thing."""
        return (self.quantity, self.companies, self.ratios) == (
            other.quantity, other.companies, other.ratios,
        )  # fmt: skip


@dataclass(frozen=True)
class PublishedForecast:
    """What somebody forecast on a day: `low` alone is a floor, `high` alone a ceiling, both a
    range. `is_read_off` where it is read off a stated path or rate of growth."""

    forecast_id: str
    who: str
    published: date
    metric: str
    definition: str
    period: Period
    low: float | None
    mid: float | None
    high: float | None
    unit: str
    is_read_off: bool

    @property
    def point(self) -> float | None:
        """The stated middle, or the middle of a stated range."""
        if self.mid is not None or self.low is None or self.high is None:
            return self.mid
        return 0.5 * (self.low + self.high)


@dataclass(frozen=True)
class Outcome:
    """What came of a target, and how well it measures it."""

    outcome_id: str
    metric: str
    definition: str
    period: Period
    value: float
    unit: str
    strength: Strength
    published: date | None  # None where nobody says when it was known


@dataclass(frozen=True)
class Published:
    """Forecasts of others, what came of them, and what their wordings mean, by (metric, wording).

    `links` holds the outcome of each forecast where a table names it, else None: then an outcome of
    the same meaning and period is one.
    """

    forecasts: tuple[PublishedForecast, ...]
    outcomes: tuple[Outcome, ...]
    links: Mapping[str, str] | None
    definitions: Mapping[tuple[str, str], Definition]
    has_own_forecasts: bool = False
    has_own_outcomes: bool = False


@dataclass(frozen=True)
class OwnFile:
    """A person's file as it was read: its name for messages, and its bytes."""

    name: str
    content: bytes


def read_published(
    workspace: Path | None = None,
    forecasts: OwnFile | None = None,
    outcomes: OwnFile | None = None,
) -> Published:
    """Return published forecasts and outcomes, a person's own in place of those that are kept.

    Raises InputError with every problem of every table.
    """
    problems: list[Problem] = []
    definitions = _rows(_kept(workspace, "definitions.csv"), _DEFINITION_COLUMNS, problems)
    said = _rows(forecasts or _kept(workspace, "forecasts.csv"), FORECAST_COLUMNS, problems)
    came = _rows(outcomes or _kept(workspace, "outcomes.csv"), OUTCOME_COLUMNS, problems)
    is_own = forecasts is not None or outcomes is not None
    links = () if is_own else _rows(_kept(workspace, "links.csv"), _LINK_COLUMNS, problems)
    _check_once(said, "forecast_id")
    _check_once(came, "outcome_id")
    meanings = [_definition(row) for row in definitions]
    found = Published(
        tuple(_forecast(row) for row in said),
        tuple(_outcome(row) for row in came),
        None if is_own else {row.text("forecast_id"): row.text("outcome_id", "") for row in links},
        {(each.metric, each.definition): each for each in meanings},
        forecasts is not None,
        outcomes is not None,
    )
    if problems:
        raise InputError(problems)
    return found


def _kept(workspace: Path | None, name: str) -> OwnFile:
    """Return a table of the workspace, or else the built-in one."""
    own = workspace / FOLDER / name if workspace else None
    path = own if own and own.is_file() else builtin_folder() / FOLDER / name
    return OwnFile(f"{FOLDER}/{name}", content_of(path, f"{FOLDER}/{name}"))


def _rows(file: OwnFile, required: Sequence[str], problems: list[Problem]) -> tuple[Row, ...]:
    earlier = len(problems)
    rows = read_rows(file.name, file.content, required, problems)
    if not rows and len(problems) == earlier:
        problems.append(Problem(file.name, "file", "a header and no row", "at least one row"))
    return rows


def _check_once(rows: Sequence[Row], column: str) -> None:
    """Add a problem for each name that stands in several rows."""
    seen: dict[str, int] = {}
    for row in rows:
        name = row.text(column, "")
        if name in seen:
            row.complain(column, f"{name} again (line {seen[name]})", "each once")
        elif name:
            seen[name] = row.line


def _definition(row: Row) -> Definition:
    ratios = [tuple(each.split("/")) for each in row.text("ratio", "").split(";") if each]
    if any(len(each) != 2 for each in ratios):
        row.complain("ratio", row.text("ratio"), "pairs of series, such as a/b;c/d")
    return Definition(
        row.text("metric"),
        row.text("definition"),
        row.text("quantity"),
        tuple(each for each in row.text("companies", "").split(";") if each),
        tuple((each[0], each[-1]) for each in ratios),
        row.text("note", ""),
    )


def _forecast(row: Row) -> PublishedForecast:
    low, mid, high = (_number(row, column) for column in ("low", "mid", "high"))
    stated = [each for each in (low, mid, high) if each is not None]
    if not stated:
        row.complain("low, mid, high", "empty", "a figure")
    if row.good and stated != sorted(stated):
        found = " above ".join(f"{each:g}" for each in stated)
        row.complain("low, mid, high", found, "low at most mid, and mid at most high")
    return PublishedForecast(
        forecast_id=row.text("forecast_id"),
        who=row.text("who"),
        published=row.parsed("published", parse_day, "a date such as 2026-07-29", _NO_DAY),
        metric=row.text("metric"),
        definition=row.text("definition"),
        period=row.parsed("target_period", parse_period, _EXPECTED_PERIOD, _NO_PERIOD),
        low=low,
        mid=mid,
        high=high,
        unit=row.text("unit"),
        is_read_off="DERIVED" in row.text("note", ""),
    )


def _outcome(row: Row) -> Outcome:
    status = row.choice("status", STATUSES)
    row.text("value")
    return Outcome(
        outcome_id=row.text("outcome_id"),
        metric=row.text("metric"),
        definition=row.text("definition"),
        period=row.parsed("target_period", parse_period, _EXPECTED_PERIOD, _NO_PERIOD),
        value=_number(row, "value") or 0.0,
        unit=row.text("unit"),
        strength=STATUSES.get(status, "provisional"),
        published=row.parsed("published", parse_day, "a date such as 2026-07-29", _NO_DAY)
        if row.text("published", "")
        else None,
    )


def _number(row: Row, column: str) -> float | None:
    if not row.text(column, ""):
        return None
    least = -100.0 if row.text("unit", "").startswith(GROWTH) else 0.0
    value = row.parsed(column, _plain_number, "a number", least)
    if row.good and not (math.isfinite(value) and value >= least):
        row.complain(column, row.text(column), f"a number no less than {least:g}")
    return value


def _plain_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError("its unit stands in the column unit: 90 with USD_bn") from None


def parse_period(text: str) -> Period:
    """Return the period that a text names; raises ValueError for anything else."""
    text = text.strip()
    if match := _CALENDAR_YEARS.match(text):
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise ValueError(f"{text!r} ends before it begins")
        return Period(text, "calendar", last, 4, 4 * (last - first + 1), date(last, 12, 31))
    if match := _FISCAL_YEAR.match(text):
        return Period(text, "fiscal", int(match[1]), 4, 4, date(int(match[1]), 12, 31))
    if match := _QUARTER.match(text):
        number, year = int(match[2]), int(match[3])
        kind: PeriodKind = "fiscal" if match[1] == "F" else "calendar"
        return Period(text, kind, year, number, 1, month_end(year, 3 * number))
    day = parse_day(text)
    return Period(text, "moment", day.year, (day.month + 2) // 3, 0, day)


_NO_DAY = date(1, 1, 1)
_NO_PERIOD = Period("", "moment", 1, 1, 0, _NO_DAY)
