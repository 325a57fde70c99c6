"""Ingesting company guidance from a person's files: all rows, or, if anything is wrong, none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path

from forecast.errors import Problem, did_you_mean
from forecast.inputs.ingest.doubtful_periods import MONTHS
from forecast.inputs.ingest.doubtful_sizes import TOO_FAR, likely_unit, times
from forecast.inputs.ingest.ingest import (
    Ingest,
    check_skipped,
    check_words,
    kind_warnings,
    known_beside,
    table_for,
    table_warnings,
)
from forecast.inputs.ingest.ingested import stored_guidance
from forecast.inputs.ingest.keeping import storable
from forecast.inputs.loading import load
from forecast.inputs.places import is_workspace
from forecast.inputs.schema import Guidance, Inputs
from forecast.inputs.tables.guidance import AMOUNTS, check_said_once, read_guidance, said_when
from forecast.inputs.tables.layout.columns import GUIDED, Table
from forecast.inputs.tables.rows.files import read_file
from forecast.inputs.tables.tables import Row
from forecast.store import Counts, Store, StoredGuidance, open_store

_STORED = tuple(each.name for each in fields(StoredGuidance) if each.name != "kind")
# Two ends of one fiscal period, as a calendar and as a report give them, lie within a week.
_SAME_PERIOD = timedelta(days=7)
_FURTHEST = timedelta(days=3653)  # ahead that a company speaks of
_NAMED = 3  # of the rows that a warning speaks of


def ingest_guidance(
    kind: str,
    files: Sequence[str],
    workspace: Path,
    *,
    series: str = "",
    unit: str = "",
    as_of: date | None = None,
    roles: Mapping[str, str] | None = None,
    sheet: str = "",
    told: Table | None = None,
    is_confirmed: bool = False,
    skip_bad: bool = False,
    dry_run: bool = False,
) -> Ingest:
    """Store the guidance of files (`-` is standard input) in a folder's store.

    Options and errors are those of `ingest`, but that `as_of` is the day on which rows that state
    none were said, without which they are refused. A row without a unit has that of its series, one
    without a company the company whose guidance for the series is known. What is of another order
    of magnitude than what is reported is refused unless it `is_confirmed`.
    """
    check_words(kind, unit)
    inputs = load(workspace if is_workspace(workspace) else None)
    table = table_for(GUIDED, told, series, unit, as_of, roles, sheet)
    problems: list[Problem] = []
    flawed: list[Problem] = []
    known = known_beside(inputs)
    read_files = [read_file(file, table, known, kind, problems, flawed) for file in files]
    rows = [row for each in read_files for row in each.rows]
    companies = {each.series_id: each.company for each in inputs.guidance}
    read = [_read_row(row, inputs, companies) for row in rows]
    found = _distinct(each for each in read if each)
    check_said_once(found, flawed)
    flawed.extend(_doubted(found, inputs, is_confirmed))
    wrong = {problem.place for problem in flawed}
    good = [each for each in found if f"{each.file}:{each.line}" not in wrong]
    check_skipped(bool(good), problems, flawed, skip_bad)
    store = open_store(workspace)
    counts = _keep(good, kind, inputs, store, dry_run)
    names = sorted({each.series_id for each in good})
    warnings = (
        *kind_warnings(kind, names, inputs),
        *table_warnings([row for row in rows if row.place not in wrong], read_files),
        *_reported_warning(good, inputs),
    )
    return Ingest(counts, store.path, 0, warnings, tuple(flawed))


def _read_row(row: Row, inputs: Inputs, companies: Mapping[str, str]) -> Guidance | None:
    """Return the guidance of a row for a series that is known."""
    name = row.text("series_id")
    if name and name not in inputs.series:
        row.complain("series_id", name, "a known series", did_you_mean(name, inputs.series))
    if not row.good:
        return None
    known = companies.get(name, "")
    if not row.values.get("company", "").strip():
        row.values = {**row.values, "company": known}
    found = read_guidance(row, inputs.series[name].unit, inputs.fiscal_calendars)
    if found and known and found.company != known:
        row.complain("company", found.company, f"{known}, whose {name} is")
        return None
    return found


def _doubted(guidance: Iterable[Guidance], inputs: Inputs, is_confirmed: bool) -> Iterator[Problem]:
    """Yield what was said long before its period, or is of another order of magnitude than what is
    reported, unless it is confirmed."""
    for each in () if is_confirmed else guidance:
        place = f"{each.file}:{each.line}"
        if each.period_end - each.published > _FURTHEST:
            found = f"{each.published}, over ten years before {each.period_end}"
            hint = "As it stands it is taken with --confirm."
            yield Problem(place, "published", found, "a day nearer to the period", hint)
        yield from _wrong_size(each, place, inputs)


def _wrong_size(each: Guidance, place: str, inputs: Inputs) -> Iterator[Problem]:
    """Yield the first amount of a flow that is far, a month, from the newest figure reported."""
    rows = [
        row
        for row in inputs.observations
        if row.series_id == each.series_id and row.frequency in MONTHS and row.value > 0.0
    ]
    if not rows or inputs.series[each.series_id].kind != "flow":
        return
    newest = max(rows, key=lambda row: row.period_end)
    usual = newest.value / MONTHS[newest.frequency] * each.months
    for column in AMOUNTS:
        amount = getattr(each, column)
        if amount and not 1.0 / TOO_FAR["log"] < amount / usual < TOO_FAR["log"]:
            found = (
                f"{amount:g} {each.unit} in {each.months} months, {times(amount / usual)} what "
                f"{newest.value:g} to {newest.period_end} would give"
            )
            likely = likely_unit(amount, usual, each.unit)
            said = f"Is it in {likely}? " if likely else ""
            hint = f"{said}As it stands it is taken with --confirm."
            yield Problem(
                place, column, found, f"an amount of {each.series_id} of that order", hint
            )
            return


def _distinct(guidance: Iterable[Guidance]) -> tuple[Guidance, ...]:
    """Return guidance without rows that repeat another word for word."""
    found: dict[tuple[object, ...], Guidance] = {}
    for each in guidance:
        found.setdefault(_stored(each, "").content, each)
    return tuple(found.values())


def _keep(
    guidance: Sequence[Guidance], kind: str, inputs: Inputs, store: Store, dry_run: bool
) -> Counts:
    """Store what neither the files nor the store say already, and return the counts."""
    in_store = {said_when(stored_guidance(row)) for row in store.guidance()}
    in_files = {
        said_when(each): each for each in inputs.guidance if said_when(each) not in in_store
    }
    known = {key: _says(each) for key, each in in_files.items()}
    fresh = [each for each in guidance if known.get(said_when(each)) != _says(each)]
    rows = [_stored(each, kind) for each in fresh]
    elsewhere = {_stored(each, kind).figure for each in in_files.values()}
    counts = (store.preview if dry_run else store.add_guidance)(rows, elsewhere)
    return replace(counts, unchanged=counts.unchanged + len(guidance) - len(fresh))


def _says(guidance: Guidance) -> tuple[object, ...]:
    """Return the figures and words themselves."""
    return guidance.low, guidance.mid, guidance.high, guidance.words


def _stored(guidance: Guidance, kind: str) -> StoredGuidance:
    values = {name: storable(getattr(guidance, name)) for name in _STORED}
    return StoredGuidance(**values, kind=kind)


def _reported_warning(guidance: Iterable[Guidance], inputs: Inputs) -> Iterator[str]:
    """Yield which periods are reported by now, so that what was said of them is no evidence."""
    through = {
        each.series_id: each.period_end
        for each in sorted(inputs.observations, key=lambda each: each.period_end)
        if not each.assumed and each.period_end <= each.published
    }
    reported = [
        f"{each.series_id} to {each.period_end}"
        for each in guidance
        if each.series_id in through and each.period_end <= through[each.series_id] + _SAME_PERIOD
    ]
    if reported:
        more = f" and {len(reported) - _NAMED} more" if len(reported) > _NAMED else ""
        yield f"already reported: kept for scoring only ({', '.join(reported[:_NAMED])}{more})"
