"""Ingesting a person's own observations: all rows of all files, or, if anything is wrong, none.

`ingest_guidance` does the same with what companies say of periods to come.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.loading import load
from forecast.inputs.places import is_workspace
from forecast.inputs.schema import Guidance, Inputs, Observation
from forecast.inputs.tables.bounds import STANDARD_INPUT, read_bounded
from forecast.inputs.tables.columns import (
    OBSERVED,
    Columns,
    Table,
    file_source,
    known_names,
    rows_of,
)
from forecast.inputs.tables.formats import read_lines
from forecast.inputs.tables.keeping import keep, stored_row, with_stored_series
from forecast.inputs.tables.tables import (
    Row,
    check_duplicates,
    read_observation,
    read_yes_no,
    reads,
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
_NEAR = 0.8  # how alike an unknown id and a known one must be to be taken for a slip


@dataclass(frozen=True)
class Ingest:
    """What an ingest did with its rows; `undated` of them state no day of publication, and
    `skipped` says what was wrong with those that were left out."""

    counts: Counts
    store: Path
    undated: int
    warnings: tuple[str, ...]
    skipped: tuple[Problem, ...] = ()


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
    skip_bad: bool = False,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
) -> Ingest:
    """Store the observations of files (`-` is standard input) in a folder's store.

    A folder that was no workspace becomes one.

    `series` and `unit` are those of rows which state none; `as_of` is the day on which rows that
    state none became known (their period end if it is None). `roles` maps a role to the column that
    plays it, `sheet` names a workbook's. With `skip_bad` rows that are wrong are left out; with
    `dry_run` nothing is written. `progress` is told of a large file how many rows were read. Raises
    InputError with every problem of every file, and then nothing is changed; where bad rows are
    skipped, only if a file cannot be read or no row is good.
    """
    check_words(kind, unit)
    inputs = load(workspace if is_workspace(workspace) else None)
    if len(files) == 1 and not (series or unit or as_of or roles or sheet):
        done = ingest_plain(kind, files[0], workspace, inputs, dry_run, progress)
        if done is not None:
            return done
    table = Table(OBSERVED, roles or {}, defaults(series, unit, as_of), sheet)
    problems: list[Problem] = []
    flawed: list[Problem] = []
    rows = [row for file in files for row in read_file(file, table, problems, flawed)]
    store = open_store(workspace)
    inputs = with_stored_series(inputs, store, {row.values.get("series_id", "") for row in rows})
    read = [_read_row(row, inputs) for row in rows]
    found = _distinct(each for each in read if each)
    check_duplicates(found, flawed)
    _check_one_unit(found, flawed)
    wrong = places_left_out(found, problems, flawed, skip_bad)
    good = tuple(each for each in found if f"{each.file}:{each.line}" not in wrong)
    counts = keep(good, kind, inputs, store, dry_run)
    kept = [row for row in rows if row.place not in wrong]
    undated = sum(not row.values.get("published", "").strip() for row in kept)
    return Ingest(counts, store.path, undated, _warnings(kind, kept, good, inputs), tuple(flawed))


def ingest_plain(
    kind: str,
    file: str,
    workspace: Path,
    inputs: Inputs,
    dry_run: bool,
    progress: Callable[[int], None],
) -> Ingest | None:
    """Store a large plain file, as `ingest` does; None for any other."""
    from forecast.inputs.tables.plain_csv import read_plain

    table = read_plain(file, inputs, date.today(), progress)
    if table is None:
        return None
    store = open_store(workspace)
    stored = store.first_rows(table.units)
    if any(row.unit != table.units[name] for name, row in stored.items()):
        return None
    add = store.preview_cells if dry_run else store.add_cells
    counts = add(StoredRow, table.cells(kind))
    warnings = [] if table.has_sources else [NO_SOURCES]
    if new := [name for name in table.units if name not in stored]:
        warnings.insert(0, new_series_warning(new))
    return Ingest(counts, store.path, table.undated, tuple(warnings))


def new_series_warning(names: Sequence[str]) -> str:
    """Return what is said of series that nobody knew, the first of them by name."""
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    listed_names = ", ".join(sorted(names)[:MOST_NAMED])
    return f"new series, kept but not read by the model: {listed_names}{more}"


def defaults(series: str, unit: str, as_of: date | None) -> dict[str, str]:
    """Return what stands in the cells of rows that state none."""
    day = as_of.isoformat() if as_of else ""
    return {"series_id": series, "unit": unit, "published": day}


def check_words(kind: str, unit: str) -> None:
    """Check words of the command line; raises InputError with every problem."""
    problems = []
    if kind not in KINDS:
        hint = did_you_mean(kind, KINDS)
        problems.append(Problem("command line", "KIND", kind, f"one of {', '.join(KINDS)}", hint))
    if unit and not any(reads(f"1 {unit}", known) for known in UNITS):
        hint = did_you_mean(unit, UNITS) or f"Known: {listed(UNITS)}."
        problems.append(Problem("command line", "--unit", unit, "a known unit", hint))
    if problems:
        raise InputError(problems)


def read_file(file: str, table: Table, problems: list[Problem], flawed: list[Problem]) -> list[Row]:
    """Return the rows of a file, with defaults in the cells that are empty or not there."""
    name = "standard input" if file == STANDARD_INPUT else file
    content = read_bounded(file, name, problems)
    if content is None:
        return []
    lines = read_lines(name, content, table.sheet, known_names(table), problems, flawed)
    return rows_of(lines, table, problems, flawed) if lines else []


def places_left_out(
    found: Collection[Observation] | Collection[Guidance],
    problems: Sequence[Problem],
    flawed: Sequence[Problem],
    skip_bad: bool,
) -> set[str]:
    """Return the places of rows that are left out, those of `flawed` if they may be skipped.

    Raises InputError with all problems if a file cannot be read, or a row is wrong and may not be
    skipped, or none is good.
    """
    wrong = {problem.place for problem in flawed}
    some_good = any(f"{each.file}:{each.line}" not in wrong for each in found)
    if problems or (flawed and not (skip_bad and some_good)):
        raise InputError([*problems, *flawed])
    return wrong


def _read_row(row: Row, inputs: Inputs) -> Observation | None:
    """Return the observation of a row, in the unit of its series or driver."""
    name = row.text("series_id")
    if not name:
        return None
    is_assumed = read_yes_no(row)
    if not row.good:
        return None
    unit = _assumed_unit(row, name, inputs) if is_assumed else _series_unit(row, name, inputs)
    if is_assumed and not row.values.get("error", "").strip():
        hint = "The standard error of the belief, in log (or in logit for a share)."
        row.complain("error", "empty", "how sure the assumed point is", hint)
    found = read_observation(row, unit) if unit else None
    known = inputs.series.get(name)
    if found is None or known is None or is_assumed or row.values.get("frequency", "").strip():
        return found
    # What states no period, in whose middle a flow would stand, has that of its series.
    return replace(found, frequency=known.frequency)


def _series_unit(row: Row, name: str, inputs: Inputs) -> str:
    """Return the unit of a series; a new one has its row's, unless its id looks like a slip."""
    if name in inputs.series:
        return inputs.series[name].unit
    if name in inputs.drivers:
        expected = "a series; only an assumed point may name a driver"
        row.complain("series_id", f"{name}, a driver", expected, "Set assumed to yes?")
        return ""
    near = _near_names(name, tuple(inputs.series))
    if near:
        hint = f"Did you mean {' or '.join(near)}? A new series needs an id that is less alike."
        row.complain("series_id", name, "a known series", hint)
        return ""
    unit = row.text("unit")
    if unit and unit not in UNITS:
        row.complain("unit", unit, "a known unit", did_you_mean(unit, UNITS))
        return ""
    return unit


@cache
def _near_names(name: str, known: tuple[str, ...]) -> list[str]:
    return get_close_matches(name, known, n=3, cutoff=_NEAR)


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
    kind: str, rows: Sequence[Row], observations: Sequence[Observation], inputs: Inputs
) -> tuple[str, ...]:
    """Return what is odd but no reason to refuse."""
    names = sorted({each.series_id for each in observations if not each.assumed})
    new = [name for name in names if name not in inputs.series]
    found = [new_series_warning(new)] if new else []
    return (*found, *kind_warnings(kind, names, inputs), *table_warnings(rows, OBSERVED))


def kind_warnings(kind: str, names: Iterable[str], inputs: Inputs) -> Iterator[str]:
    """Yield which series belong to another kind."""
    for name in names:
        subject = inputs.series[name].subject if name in inputs.series else kind
        if subject not in (*KINDS[kind], "forecasts", kind):
            yield f"{name} belongs to {subject}, not to {kind}; stored all the same"


def table_warnings(rows: Sequence[Row], columns: Columns) -> Iterator[str]:
    """Yield what a file lacks or has too much of."""
    if any(row.values["source"] == file_source(row.file) for row in rows):
        yield NO_SOURCES
    unread = sorted({column for row in rows for column in row.values} - {*columns.roles})
    if unread:
        yield f"columns that are not read: {', '.join(unread)}"
