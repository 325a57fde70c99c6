"""A person's own file of series: read, checked and put on a regular calendar."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation

from forecast.analysis.series.regular_series import FileSeries, Frequency, times_of, usual_frequency
from forecast.errors import InputError, Problem
from forecast.inputs.tables.layout.columns import FITTED, Table
from forecast.inputs.tables.layout.series_names import Known
from forecast.inputs.tables.rows.files import read_content as read_table
from forecast.inputs.tables.tables import Row
from forecast.multiples import MAGNITUDES
from forecast.periods import parse_day
from forecast.units import MONEY_SIGNS

PER_CENT = frozenset({"%", "percent", "per cent"})
_MISSING = frozenset({"", "nan", "na", "n/a", "null", "none", "<na>", "nat", "-"})
_LARGEST = 1e150  # so that no ratio of two figures leaves the floating-point range
_NO_DAY = date(1, 1, 1)
_FIRST_YEAR, _LAST_YEAR = 1000, 2200  # so that every period ahead has a name
_BOUNDS = frozenset({"lt", "gt", "range"})
_BOUND = re.compile(r"^\s*[<>≤≥]|\d\s*(?:-|–|—|to)\s*\$?\d|\+$")
_FIGURE = re.compile(
    rf"^[~≈]?\s*[{''.join(MONEY_SIGNS)}]?\s*(?P<number>[-+.\deE]+?)\s*(?P<letters>%|[A-Za-z]*)$"
)
_EXPERIENCE = "the band rests on general experience"
_NAMED = 5  # series named in a warning that concerns many


@dataclass
class Notes:
    """What was done to the data, by what was done: the names of the series it was done to."""

    found: dict[str, list[str]] = field(default_factory=dict)

    def add(self, what: str, series_id: str) -> None:
        """Note that something was done to a series."""
        names = self.found.setdefault(what, [])
        if series_id not in names:
            names.append(series_id)

    def warnings(self) -> tuple[str, ...]:
        """Return one sentence for each thing done."""
        return tuple(f"{what}: {_listed(names)}" for what, names in self.found.items())


def _listed(names: list[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def read_series_file(
    file: str,
    content: bytes,
    *,
    frequency: Frequency | None = None,
    ceiling: float | None = None,
    origin: date | None = None,
    told: Table | None = None,
) -> tuple[tuple[FileSeries, ...], tuple[str, ...]]:
    """Return the series of a file of any format that `ingest` reads, and what had to be done to
    them, in sentences.

    Plain columns are `series_id, date, value` and optionally `unit` and `ceiling`; `told` has what
    a person says of others. Nothing dated after `origin` is used. Raises InputError with every
    problem found.
    """
    problems: list[Problem] = []
    table = replace(told or Table(FITTED), columns=FITTED, years=(_FIRST_YEAR, _LAST_YEAR))
    read = read_table(file, content, table, Known(), "series", problems, problems)
    by_series: dict[str, list[tuple[date, float, Row]]] = {}
    notes = Notes()
    for name in read.without_figure:
        notes.add("figures that are missing were left out", name)
    for row in _newest(read.rows):
        figures = by_series.setdefault(row.text("series_id"), [])
        if (parsed := _parsed(row, notes)) is not None:
            figures.append((*parsed, row))
    for name in read.without_figure:
        by_series.setdefault(name, [])
    found = []
    for series_id, figures in by_series.items():
        series = _series(series_id, figures, frequency, ceiling, origin, notes)
        if series is not None:
            found.append(series)
    if not found and not problems:
        until = f" by the origin, {origin}" if origin else ""
        what = (
            f"no figures{until}" if not any(by_series.values()) or until else "nothing above zero"
        )
        problems.append(Problem(file, "value", what, "a figure to forecast from"))
    if problems:
        raise InputError(problems)
    return tuple(found), notes.warnings()


def _newest(rows: Sequence[Row]) -> list[Row]:
    """Return rows of which those that a later publication revises are left out."""
    latest: dict[tuple[str, str], str] = {}
    for row in rows:
        figure = row.values["series_id"], row.values.get("period_end", "")
        latest[figure] = max(latest.get(figure, ""), row.values.get("published", ""))
    return [
        row
        for row in rows
        if row.values.get("published", "")
        == latest[row.values["series_id"], row.values.get("period_end", "")]
    ]


def _parsed(row: Row, notes: Notes) -> tuple[date, float] | None:
    """Return the day and the value of a row; None if it is no plain figure, or wrong."""
    name = row.text("series_id")
    if not row.good:
        return None
    day = row.parsed("period_end", parse_day, "a year, quarter, month or day", _NO_DAY)
    text = row.text("value")
    if row.values.get("qualifier", "") in _BOUNDS or _BOUND.match(text):
        notes.add("bounds and ranges, which are no plain figures, were left out", name)
        return None
    if (published := row.values.get("published", "")) and published < day.isoformat():
        notes.add("figures published before their period ended were left out", name)
        return None
    value = row.parsed("value", _number, "a number", math.nan)
    if value < 0.0 or value > _LARGEST or 0.0 < value < 1.0 / _LARGEST:
        row.complain("value", text, f"zero, or a number from {1.0 / _LARGEST:g} to {_LARGEST:g}")
    return (day, value) if row.good else None


def _number(text: str) -> float:
    """Return a number with its magnitude, without a sign of money; a share in per cent as a share.
    ValueError for others."""
    match = _FIGURE.match(text)
    power = MAGNITUDES.get(match["letters"].lower(), 0) if match else 0
    try:
        if match and match["letters"] == "%":
            return float(Decimal(match["number"]) / 100)
        if match and (power or not match["letters"]):
            return float(Decimal(match["number"]).scaleb(power))
        return float(text.replace("_", "?"))
    except (ValueError, InvalidOperation) as error:
        raise ValueError("write 1234.5 or 1.2B, without signs of a unit") from error


def _series(
    series_id: str,
    figures: list[tuple[date, float, Row]],
    frequency: Frequency | None,
    ceiling: float | None,
    origin: date | None,
    notes: Notes,
) -> FileSeries | None:
    """Return a series on its calendar; None if nothing of it is left."""
    if not figures:
        notes.add("no figures at all, so no forecast", series_id)
        return None
    first = figures[0][2]
    unit = _unit(figures)
    limit = _ceiling(first, unit, ceiling)
    used = [figure for figure in figures if origin is None or figure[0] <= origin]
    if not used:
        notes.add("no figures by the origin, so no forecast", series_id)
        return None
    ordered = sorted(used, key=lambda figure: figure[0])
    if ordered != used:
        notes.add("figures that were not in order of date were sorted", series_id)
    for _, value, row in ordered:
        if limit is not None and value > limit:
            hint = "If it is in per cent, say so: --ceiling 100." if limit == 1.0 else ""
            row.complain("value", f"{value:g}", f"at most the ceiling, {limit:g}", hint)
    kept = _positive(series_id, _distinct(series_id, ordered, notes), notes)
    if not kept:
        return None
    days = tuple(day for day, _ in kept)
    own = frequency or usual_frequency(days)
    _note_what_is_little(series_id, kept, used, limit, notes)
    return FileSeries(
        series_id, unit, limit, own, days, times_of(days, own), tuple(value for _, value in kept)
    )


def _unit(figures: list[tuple[date, float, Row]]) -> str:
    """Return the unit of a series: that of its first row; another one is a problem."""
    units = [(row.values.get("unit", "").strip(), row) for _, _, row in figures]
    for unit, row in units:
        if unit != units[0][0]:
            row.complain("unit", unit or "none", f"{units[0][0] or 'none'}, as in the first row")
    return units[0][0]


def _note_what_is_little(
    series_id: str,
    kept: list[tuple[date, float]],
    used: list[tuple[date, float, Row]],
    limit: float | None,
    notes: Notes,
) -> None:
    """Note what leaves a forecast little to go by, or a date little that it says."""
    values = [value for _, value in kept]
    if len(kept) < 3:
        notes.add(f"fewer than three figures, so {_EXPERIENCE}", series_id)
    if limit is not None and values[-1] >= limit:
        notes.add("at its ceiling, so the path can only stay just below it", series_id)
    if len({_form(row.values["written"]) for _, _, row in used}) > 1:
        notes.add("dates of several forms were read as the ends of their periods", series_id)


def _form(text: str) -> str:
    """Return the form of a date: its text with every digit alike."""
    return "".join("0" if character.isdigit() else character.upper() for character in text)


def _ceiling(row: Row, unit: str, ceiling: float | None) -> float | None:
    """Return the most that a series can reach: as asked, else its own column, else its unit."""
    if ceiling is not None:
        return ceiling
    stated = row.values.get("ceiling", "").strip()
    if stated.lower() not in _MISSING:
        value = row.parsed("ceiling", float, "a number above zero", math.nan)
        if not 0.0 < value < math.inf:
            row.complain("ceiling", stated, "a number above zero")
            return None
        return value
    if unit.lower() in PER_CENT:
        return 100.0
    return 1.0 if unit.lower().split(" ", maxsplit=1)[0] == "share" else None


def _distinct(
    series_id: str, ordered: list[tuple[date, float, Row]], notes: Notes
) -> list[tuple[date, float]]:
    """Return one figure for each day; two that differ are a problem."""
    kept: dict[date, float] = {}
    for day, value, row in ordered:
        if day not in kept:
            kept[day] = value
        elif kept[day] == value:
            notes.add("figures that stood twice were used once", series_id)
        else:
            row.complain(
                "period_end", f"{value:g} for {day} after {kept[day]:g}", "one figure for a day"
            )
    return list(kept.items())


def _positive(
    series_id: str, figures: list[tuple[date, float]], notes: Notes
) -> list[tuple[date, float]]:
    """Return the figures above zero: growth starts with the first, later zeros count as small."""
    above = [value for _, value in figures if value > 0.0]
    if not above:
        notes.add("nothing above zero, so no forecast", series_id)
        return []
    start = next(index for index, (_, value) in enumerate(figures) if value > 0.0)
    if start:
        notes.add("zeros before growth began were left out", series_id)
    if len(above) < len(figures) - start:
        notes.add("zeros count as half of the least figure above zero", series_id)
    return [(day, value or 0.5 * min(above)) for day, value in figures[start:]]
