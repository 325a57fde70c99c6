"""Ingesting a person's own observations: all rows of all files, or, if anything is wrong, none.

`ingest_guidance` does the same with what companies say of periods to come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.ingest.doubt import key_of, place_of
from forecast.inputs.ingest.doubtful_periods import on_known_ends
from forecast.inputs.ingest.doubts import doubts
from forecast.inputs.ingest.feeds import NEW_SERIES, SeriesNote, notes_on_series
from forecast.inputs.ingest.keeping import keep, stored_row
from forecast.inputs.loading import load, with_own_series
from forecast.inputs.places import is_workspace
from forecast.inputs.schema import Inputs, Observation
from forecast.inputs.tables.cells.slips import slips
from forecast.inputs.tables.layout.columns import OBSERVED, Columns, Table
from forecast.inputs.tables.layout.series_names import Known
from forecast.inputs.tables.rows.beyond import beyond_drivers
from forecast.inputs.tables.rows.files import ReadFile, check_names, read_file, unread_columns
from forecast.inputs.tables.rows.long_rows import file_source
from forecast.inputs.tables.rows.row_units import base_unit, settle_units
from forecast.inputs.tables.tables import (
    Row,
    check_duplicates,
    read_observation,
    read_yes_no,
)
from forecast.inputs.yaml.blocks import listed
from forecast.store import Counts, StoredRow, open_store
from forecast.units import UNITS

# What may be ingested, and the subjects of the series that belong to it.
KINDS = {
    "adoption": ("adoption",),
    "capex": ("capex", "revenue", "guidance"),
    "agents": ("agents",),
    "usage": ("usage", "labs"),
    "hardware": ("hardware", "revenue"),
    "power": ("power",),
}
NO_SOURCES = "no column of sources: the name of the file stands for them"
MOST_NAMED = 10  # new series that a warning names


@dataclass(frozen=True)
class Ingest:
    """What an ingest did with its rows; `undated` of them state no day of publication, and
    `skipped` says what was wrong with those that were left out.

    `files` says what each file was taken for, `series` what becomes of each series.
    """

    counts: Counts
    store: Path
    undated: int
    warnings: tuple[str, ...]
    skipped: tuple[Problem, ...] = ()
    files: tuple[str, ...] = ()
    series: tuple[SeriesNote, ...] = ()


def ingest(
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
    is_new: bool = False,
    is_confirmed: bool = False,
    skip_bad: bool = False,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
) -> Ingest:
    """Store the observations of files (`-` is standard input) in a folder's store.

    A folder that was no workspace becomes one.

    `series` and `unit` are those of rows which state none; `as_of` is the day on which rows that
    state none became known (their period end if it is None). `roles` maps a role to the column that
    plays it, `sheet` names a workbook's, and `told` has what else a person says of the files. Ids
    that are much like a known one are new with `is_new`; figures of another order of magnitude are
    taken with `is_confirmed`. With `skip_bad` rows that are wrong are left out; with `dry_run`
    nothing is written. `progress` is told of a large file how many rows were read.

    Raises InputError with every problem of every file, and then nothing is changed; where bad rows
    are skipped, only if a file cannot be read or no row is good.
    """
    check_words(kind, unit)
    inputs = load(workspace if is_workspace(workspace) else None)
    table = table_for(OBSERVED, told, series, unit, as_of, roles, sheet)
    if len(files) == 1 and table == table_for(OBSERVED, None, "", "", None, None, ""):
        done = ingest_plain(kind, files[0], workspace, inputs, dry_run, progress)
        if done is not None:
            return done
    problems: list[Problem] = []
    flawed: list[Problem] = []
    known = known_beside(inputs)
    read = [read_file(file, table, known, kind, problems, flawed) for file in files]
    check_names(table.names, read, problems)
    for each in read:
        settle_units(each, inputs, problems, flawed)
    rows = [row for each in read for row in each.rows if row.good]
    model = inputs
    inputs = with_own_series(model, workspace, {row.values.get("series_id", "") for row in rows})
    observed = [_read_row(row, inputs, is_new) for row in rows]
    rows = [row for row, each in zip(rows, observed, strict=True) if each]
    moved, remarks = on_known_ends([each for each in observed if each], inputs)
    found = _distinct(moved)
    own = len(flawed)  # of rows that are none of `found`
    check_duplicates(found, flawed)
    _check_one_unit(found, flawed)
    flawed.extend(beyond_drivers(found, inputs))
    dated = {row.place: bool(row.values.get("published", "").strip()) for row in rows}
    stated = {row.place: row.values["unit"] for row in rows}
    doubted, news = doubts(found, dated, stated, inputs, is_confirmed=is_confirmed)
    places = {problem.place for problem in flawed[own:]}
    wrong = {key_of(each) for each in found if place_of(each) in places}
    wrong |= {figure for doubt in doubted for figure in doubt.figures}
    flawed.extend(doubt.problem for doubt in doubted)
    good = tuple(each for each in found if key_of(each) not in wrong)
    check_skipped(bool(good), problems, flawed, skip_bad)
    store = open_store(workspace)
    counts = keep(good, kind, inputs, store, dry_run)
    kept = [row for row, each in zip(rows, moved, strict=True) if key_of(each) not in wrong]
    undated = sum(not row.values.get("published", "").strip() for row in kept)
    warnings = (*_warnings(kind, kept, good, inputs, read), *remarks, *news)
    said = tuple(f"{each.name}: {each.said}" for each in read if each.said)
    notes = notes_on_series(good, model)
    return Ingest(counts, store.path, undated, warnings, tuple(flawed), said, notes)


def ingest_plain(
    kind: str,
    file: str,
    workspace: Path,
    inputs: Inputs,
    dry_run: bool,
    progress: Callable[[int], None],
) -> Ingest | None:
    """Store a large plain file, as `ingest` does; None for any other."""
    from forecast.inputs.tables.plain.long import read_plain
    from forecast.inputs.tables.plain.wide import read_plain_wide

    today, known = date.today(), known_beside(inputs)
    table = read_plain(file, inputs, today, progress)
    table = table or read_plain_wide(file, inputs, known, kind, today, progress)
    if table is None:
        return None
    store = open_store(workspace)
    stored = store.first_rows(table.units)
    if any(row.unit != table.units[name] for name, row in stored.items()):
        return None
    add = store.preview_cells if dry_run else store.add_cells
    counts = add(StoredRow, table.cells(kind))
    warnings = () if table.has_sources else (NO_SOURCES,)
    said = (f"{file}: {table.said}",)
    spans = sorted(table.spans().items())
    notes = tuple(SeriesNote(name, *span, NEW_SERIES) for name, span in spans)
    return Ingest(counts, store.path, table.undated, warnings, files=said, series=notes)


def table_for(
    columns: Columns,
    told: Table | None,
    series: str,
    unit: str,
    as_of: date | None,
    roles: Mapping[str, str] | None,
    sheet: str,
) -> Table:
    """Return how to read a kind of table, with what a person says of it."""
    day = as_of.isoformat() if as_of else ""
    filled = {"series_id": series, "unit": unit, "published": day}
    return replace(
        told or Table(columns), columns=columns, defaults=filled, mapped=roles or {}, sheet=sheet
    )


def known_beside(inputs: Inputs) -> Known:
    """Return what is known beside a file: series, whose company each is, and fiscal calendars."""
    companies = {each.series_id: each.company for each in inputs.guidance}
    return Known(inputs.series, companies, inputs.fiscal_calendars)


def check_words(kind: str, unit: str) -> None:
    """Check words of the command line; raises InputError with every problem."""
    problems = []
    if kind not in KINDS:
        hint = did_you_mean(kind, KINDS)
        problems.append(Problem("command line", "KIND", kind, f"one of {', '.join(KINDS)}", hint))
    if unit and not base_unit(unit):
        hint = did_you_mean(unit, UNITS) or f"Known: {listed(UNITS)}."
        problems.append(Problem("command line", "--unit", unit, "a known unit", hint))
    if problems:
        raise InputError(problems)


def check_skipped(
    some_good: bool, problems: Sequence[Problem], flawed: Sequence[Problem], skip_bad: bool
) -> None:
    """Raise InputError with all problems if a file cannot be read, or a row is wrong and may not be
    skipped, or none is good."""
    if problems or (flawed and not (skip_bad and some_good)):
        raise InputError([*problems, *flawed])


def _read_row(row: Row, inputs: Inputs, is_new: bool) -> Observation | None:
    """Return the observation of a row, in the unit of its series or driver."""
    name = row.text("series_id")
    if not name:
        return None
    is_assumed = read_yes_no(row)
    if not row.good:
        return None
    unit = (
        _assumed_unit(row, name, inputs) if is_assumed else _series_unit(row, name, inputs, is_new)
    )
    if is_assumed and not row.values.get("error", "").strip():
        hint = "The standard error of the belief, in log (or in logit for a share)."
        row.complain("error", "empty", "how sure the assumed point is", hint)
    found = read_observation(row, unit) if unit else None
    known = inputs.series.get(name)
    if found is None or known is None or is_assumed or row.values.get("frequency", "").strip():
        return found
    # What states no period, in whose middle a flow would stand, has that of its series.
    return replace(found, frequency=known.frequency)


def _series_unit(row: Row, name: str, inputs: Inputs, is_new: bool) -> str:
    """Return the unit of a series; a new one has its row's, unless its id looks like a slip."""
    if name in inputs.series:
        return inputs.series[name].unit
    if name in inputs.drivers:
        expected = "a series; only an assumed point may name a driver"
        row.complain("series_id", f"{name}, a driver", expected, "Set assumed to yes?")
        return ""
    if not is_new and (near := slips(name, tuple(inputs.series))):
        hint = f"Did you mean {' or '.join(near)}? A new series is said to be one with --new."
        row.complain("series_id", name, "a known series", hint)
        return ""
    return base_unit(row.text("unit"))


def _assumed_unit(row: Row, name: str, inputs: Inputs) -> str:
    """Return the unit of the driver that an assumed point names, by its own name or its series."""
    if name in inputs.drivers:
        return inputs.drivers[name].unit
    for driver in inputs.drivers.values():
        for evidence in driver.evidence:
            if evidence.series == (name,):
                return driver.unit
            if name in evidence.series:
                hint = f"It is one part of {driver.name}: assume a value of {driver.name}."
                row.complain("series_id", name, "a driver", hint)
                return ""
    hint = did_you_mean(name, inputs.drivers)
    expected = "a driver, or a series that a driver rests on"
    row.complain("series_id", f"{name} for an assumed point", expected, hint)
    return ""


def _distinct(observations: Iterable[Observation]) -> tuple[Observation, ...]:
    """Return observations without those that repeat another word for word."""
    found: dict[tuple[object, ...], Observation] = {}
    for each in observations:
        found.setdefault(stored_row(each, "").content, each)
    return tuple(found.values())


def _check_one_unit(observations: Iterable[Observation], problems: list[Problem]) -> None:
    """Check that the rows of a new series agree on its unit."""
    first: dict[str, Observation] = {}
    for each in observations:
        start = first.setdefault(each.series_id, each)
        if start.unit != each.unit:
            place = f"{each.file}:{each.line}"
            expected = f"{start.unit}, as in line {start.line}"
            problems.append(Problem(place, "unit", each.unit, expected))


def _warnings(
    kind: str,
    rows: Sequence[Row],
    observations: Sequence[Observation],
    inputs: Inputs,
    read: Sequence[ReadFile],
) -> tuple[str, ...]:
    """Return what is odd but no reason to refuse."""
    names = sorted({each.series_id for each in observations if not each.assumed})
    return (*kind_warnings(kind, names, inputs), *table_warnings(rows, read))


def kind_warnings(kind: str, names: Iterable[str], inputs: Inputs) -> Iterator[str]:
    """Yield which series belong to another kind."""
    others: dict[str, list[str]] = {}
    for name in names:
        subject = inputs.series[name].subject if name in inputs.series else kind
        if subject not in (*KINDS[kind], "forecasts", kind):
            others.setdefault(subject, []).append(name)
    for subject, found in others.items():
        more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
        belong = "belongs" if len(found) == 1 else "belong"
        named = f"{', '.join(found[:MOST_NAMED])}{more}"
        yield f"{named} {belong} to {subject}, not to {kind}; stored all the same"


def table_warnings(rows: Sequence[Row], read: Iterable[ReadFile]) -> Iterator[str]:
    """Yield what a file lacks or has too much of."""
    if any(row.values["source"] == file_source(row.file) for row in rows):
        yield NO_SOURCES
    unread = sorted({column for each in read for column in unread_columns(each)})
    if unread:
        yield f"columns that are not read: {', '.join(unread)}"
