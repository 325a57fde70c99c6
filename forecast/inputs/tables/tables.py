"""CSV tables: the series and their observations, read row by row with every problem noted."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TypeVar, cast

from forecast.errors import Problem, did_you_mean
from forecast.inputs.schema import Observation, Role, Series, Status
from forecast.inputs.yaml.beliefs import STATUSES
from forecast.inputs.yaml.blocks import sentence
from forecast.inputs.yaml.drivers import KINDS
from forecast.inputs.yaml.nodes import decode_text
from forecast.periods import parse_day
from forecast.units import UNITS, Reading, parse_reading

Value = TypeVar("Value")
SERIES_FILE = "data/series.csv"
SERIES_COLUMNS = (
    "series_id", "title", "unit", "frequency", "kind", "definition", "role", "subject",
)  # fmt: skip
OBSERVATION_COLUMNS = (
    "series_id", "period_end", "frequency", "value", "unit", "qualifier", "published", "source",
    "source_url", "status", "note",
)  # fmt: skip
OPTIONAL_COLUMNS = ("high", "error", "assumed")
# Annual, quarterly, monthly, weekly, daily; a fiscal year, half a year, nine months, the trailing
# twelve months; one moment.
FREQUENCIES = ("A", "Q", "M", "W", "D", "FY", "H", "9M", "TTM", "event", "point")
ROLES = ("driver", "target", "check")
_YES_NO = {"": False, "no": False, "false": False, "0": False, "yes": True, "true": True, "1": True}
_DELIMITERS = (",", "\t", ";")
_NO_DAY = date(1, 1, 1)
_LARGEST_ERROR = 3.0


class Row:
    """A line of a table, by column; whatever is wrong in it is added to `problems`.

    `heads` holds what a column is called in the file, where that is not its own name.
    """

    def __init__(
        self,
        file: str,
        line: int,
        values: dict[str, str],
        problems: list[Problem],
        heads: Mapping[str, str] | None = None,
    ) -> None:
        self.file = file
        self.line = line
        self.values = values
        self.problems = problems
        self.heads = heads or {}
        self.good = True  # until something is wrong

    @property
    def place(self) -> str:
        """`file:line`."""
        return f"{self.file}:{self.line}"

    def complain(self, column: str, found: str, expected: str, hint: str = "") -> None:
        """Add a problem in a column."""
        self.good = False
        subject = self.heads.get(column, column)
        self.problems.append(Problem(self.place, subject, found, expected, hint))

    def text(self, column: str, default: str | None = None) -> str:
        """Return a cell; an empty one is a problem unless it has a default."""
        text = self.values.get(column, "").strip()
        if not text and default is None:
            self.complain(column, "empty", f"a {column} in every row")
        return text or default or ""

    def parsed(
        self, column: str, read: Callable[[str], Value], expected: str, failed: Value
    ) -> Value:
        """Return what `read` makes of a required cell; its ValueError becomes a problem."""
        text = self.text(column)
        if not text:
            return failed
        try:
            return read(text)
        except ValueError as error:
            self.complain(column, text, expected, sentence(error))
            return failed

    def choice(self, column: str, allowed: Collection[str]) -> str:
        """Return one of the allowed words."""
        word = self.text(column)
        if word and word not in allowed:
            self.complain(column, word, f"one of {', '.join(allowed)}", did_you_mean(word, allowed))
        return word


def read_rows(
    file: str, content: bytes, required: Sequence[str], problems: list[Problem]
) -> tuple[Row, ...]:
    """Return the rows of a CSV file with a header; CRLF and a byte-order mark are understood.

    The delimiter is the comma, tab or semicolon that the header uses most. An empty file, a missing
    or doubled column and a row of another length are problems.
    """
    text = decode_text(file, content, problems)
    if text is None:
        return ()
    delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    try:
        header = [column.strip() for column in next(reader, [])]
        if not _check_header(file, header, required, problems):
            return ()
        line = reader.line_num + 1
        for cells in reader:
            if cells and len(cells) != len(header):
                found = f"{len(cells)} cells"
                problems.append(
                    Problem(f"{file}:{line}", "row", found, f"{len(header)}, as in the header")
                )
            elif any(cell.strip() for cell in cells):
                rows.append(Row(file, line, dict(zip(header, cells, strict=True)), problems))
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(f"{file}:{reader.line_num}", "row", str(error), "valid CSV"))
    return tuple(rows)


def _check_header(
    file: str, header: list[str], required: Sequence[str], problems: list[Problem]
) -> bool:
    """Return whether the header has every required column, once."""
    place = f"{file}:1"
    if not any(header):
        expected = f"a header with {', '.join(required)}"
        problems.append(Problem(place, "file", "nothing", expected))
        return False
    missing = [column for column in required if column not in header]
    doubled = sorted({column for column in header if header.count(column) > 1})
    if missing:
        found = f"the columns {', '.join(header)}"
        hint = did_you_mean(missing[0], header)
        problems.append(Problem(place, "header", found, f"also {', '.join(missing)}", hint))
    if doubled:
        found = f"{', '.join(doubled)} more than once"
        problems.append(Problem(place, "header", found, "each column once"))
    return not missing and not doubled


def read_series(file: str, content: bytes, problems: list[Problem]) -> dict[str, Series]:
    """Return the series by id, each with exactly one role."""
    found: dict[str, Series] = {}
    for row in read_rows(file, content, SERIES_COLUMNS, problems):
        unit = row.text("unit")
        if unit and unit not in UNITS:
            row.complain("unit", unit, "a known unit", did_you_mean(unit, UNITS))
        series = Series(
            series_id=row.text("series_id"),
            title=row.text("title"),
            unit=unit,
            frequency=row.text("frequency"),
            kind=row.choice("kind", KINDS),
            definition=row.text("definition"),
            role=cast(Role, row.choice("role", ROLES)),
            subject=row.text("subject"),
        )
        if series.series_id in found:
            row.complain("series_id", f"{series.series_id} again", "each series once, in one role")
        found.setdefault(series.series_id, series)
    return found


def unit_of_series(row: Row, series: Mapping[str, Series]) -> str | None:
    """Return the unit of a row's series; None where it is none, which the row complains of, or has
    no unit, which was said of the series."""
    name = row.text("series_id")
    if name and name not in series:
        hint = did_you_mean(name, series)
        row.complain("series_id", name, f"a series of {SERIES_FILE}", hint)
    if name not in series or series[name].unit not in UNITS:
        return None
    return series[name].unit


def read_observations(
    file: str, content: bytes, series: Mapping[str, Series], problems: list[Problem]
) -> tuple[Observation, ...]:
    """Return the observations of a file of `data/observations`, with every column filled in."""
    found: list[Observation] = []
    for row in read_rows(file, content, OBSERVATION_COLUMNS, problems):
        unit = unit_of_series(row, series)
        if unit is None:
            continue
        row.text("frequency")  # required here; an ingested row may leave it out
        row.text("published")
        row.text("source_url")
        observation = read_observation(row, unit)
        if observation is not None:
            found.append(observation)
    return tuple(found)


def read_observation(row: Row, unit: str) -> Observation | None:
    """Return the observation of a row in `unit`, None if the row has problems.

    What is missing is filled in: the period end for `published`, `point` for `frequency`,
    `unverified` (or `assumed`) for `status`.
    """
    period_end = row.parsed("period_end", parse_day, "a date such as 2026-06-30", _NO_DAY)
    published = period_end
    if row.values.get("published", "").strip():
        published = row.parsed("published", parse_day, "a date such as 2026-08-04", _NO_DAY)
    reading = _read_reading(row, unit)
    error = None
    if row.values.get("error", "").strip():
        error = row.parsed("error", _standard_error, "a standard error above 0", math.nan)
    assumed = read_yes_no(row)
    status = row.text("status", "assumed" if assumed else "unverified")
    if status not in STATUSES and status != "assumed":
        row.complain("status", status, f"one of {', '.join(STATUSES)}")
    source = row.text("source")
    frequency = row.text("frequency", "point")
    if frequency not in FREQUENCIES:
        row.complain("frequency", frequency, f"one of {', '.join(FREQUENCIES)}")
    if not row.good:
        return None
    return Observation(
        series_id=row.text("series_id"),
        period_end=period_end,
        frequency=frequency,
        value=reading.value,
        unit=unit,
        qualifier=reading.qualifier,
        published=published,
        source=source,
        source_url=row.text("source_url", ""),
        status=cast(Status, "assumed" if assumed else status),
        note=row.text("note", ""),
        file=row.file,
        line=row.line,
        high=reading.high,
        error=error,
        assumed=assumed,
    )


def _read_reading(row: Row, unit: str) -> Reading:
    """Return what a row says of its series in `unit`; a high end makes it a range."""
    text, stated = row.text("value"), row.text("unit")
    if not text or not stated:
        return Reading("eq", math.nan)
    qualifier = row.values.get("qualifier", "").strip()
    high = row.values.get("high", "").strip()
    if high:
        # A range is split at its dash: an exponent has none when it is written in full.
        text, qualifier = f"{_in_full(text)} to {_in_full(high)}", qualifier.replace("range", "")
    return read_amount(row, "value", text, unit, qualifier)


def read_amount(row: Row, column: str, text: str, unit: str, qualifier: str = "") -> Reading:
    """Return what a cell says in `unit`; the row's own unit may be a multiple (GW for W, %)."""
    stated = row.text("unit", unit)
    multiple = "" if stated == unit else f" {stated}"
    if text.endswith("%") and stated in {"%", "percent"}:
        multiple = ""
    whole = f"{text[:-1]}{multiple}+" if text.endswith("+") else f"{text}{multiple}"
    try:
        return parse_reading(whole, unit, qualifier)
    except ValueError as error:
        if multiple and reads(text, unit):
            row.complain("unit", stated, f"{unit}, the unit of the series")
        else:
            row.complain(column, text, f"a value in {unit}", sentence(error))
        return Reading("eq", math.nan)


def _in_full(text: str) -> str:
    """Return a number without its exponent, any other text as it is."""
    try:
        return f"{Decimal(text):f}"
    except InvalidOperation:
        return text


def reads(text: str, unit: str) -> bool:
    """Return whether a value is fine by itself, so that only the unit beside it is wrong."""
    try:
        parse_reading(text, unit)
    except ValueError:
        return False
    return True


def _standard_error(text: str) -> float:
    """Return a standard error in logarithms, or in logits of a share: one of a factor of twenty
    says nothing, and means that another scale was meant."""
    value = float(text)
    if not value > 0.0:
        raise ValueError(f"{text} is not above 0")
    if value > _LARGEST_ERROR:
        raise ValueError(f"it is in logarithms (logits of a share), at most {_LARGEST_ERROR:g}")
    return value


def read_yes_no(row: Row) -> bool:
    """Return whether a row is marked as an assumed point."""
    text = row.values.get("assumed", "").strip().lower()
    if text not in _YES_NO:
        row.complain("assumed", text, "yes or no")
    return _YES_NO.get(text, False)


def check_duplicates(observations: Sequence[Observation], problems: list[Problem]) -> None:
    """Check that no two rows state one figure: the same series, period, and day of publication."""
    seen: dict[tuple[str, date, date, bool], Observation] = {}
    for each in observations:
        key = (each.series_id, each.period_end, each.published, each.assumed)
        first = seen.setdefault(key, each)
        if first is not each:
            differ = (first.value, first.high, first.qualifier) != (
                each.value, each.high, each.qualifier,
            )  # fmt: skip
            found = f"{each.series_id} of {each.period_end} again ({_where(first, each)})"
            found += f": {each.value:g} after {first.value:g}" if differ else ""
            place = f"{each.file}:{each.line}"
            problems.append(Problem(place, "row", found, "one row for each series and period"))


def _where(first: Observation, second: Observation) -> str:
    here = first.file == second.file
    return f"line {first.line}" if here else f"{first.file}:{first.line}"
