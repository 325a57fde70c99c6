"""The way back out: observations and guidance as `ingest` reads them, a table of beliefs, draws."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal

import numpy as np

from forecast.analysis.beliefs.assumptions import list_assumptions
from forecast.beliefs import Array
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.ingest.ingest import KINDS
from forecast.inputs.ingest.ingested import stored_guidance
from forecast.inputs.schema import Guidance, Observation
from forecast.inputs.tables.guidance import said_when
from forecast.periods import label
from forecast.result import DEFAULT, Cells, Result, RunOptions, columns
from forecast.store import StoredRow, open_store
from forecast.world.case import Case, run_of
from forecast.world.ensemble import open_world
from forecast.world.metrics import breakdowns, metric_ids, metric_meanings
from forecast.world.rows import plain

DEFAULT_METRICS = ("training_compute", "inference_compute", "inference_share", "chip_spend")
By = Literal["year", "quarter"]
Shape = Literal["wide", "long"]
Drawn = list[float] | list[str | None]  # draws of a number, or of the quarter of an event
_MOST_WHOLE = 2**53


@dataclass(frozen=True)
class ObservationRow:
    """An observation in the columns that `ingest` reads, dates in ISO 8601."""

    series_id: str
    period_end: str
    frequency: str
    value: float
    unit: str
    qualifier: str
    published: str
    source: str
    source_url: str
    status: str
    note: str
    high: float | None
    error: float | None
    assumed: Literal["yes"] | None


@dataclass(frozen=True)
class GuidanceRow:
    """Guidance in the columns that `ingest --guidance` reads, dates in ISO 8601."""

    series_id: str
    period_end: str
    months: int
    low: float | None
    mid: float | None
    high: float | None
    words: str
    unit: str
    published: str
    company: str
    definition: str
    source: str
    source_url: str
    status: str
    note: str


@dataclass(frozen=True)
class FlatRow:
    """A row of a table all of whose rows have the same columns."""

    cells: Cells[Any]


Key = tuple[str, str | None, str | None]  # metric, member and period


@dataclass(frozen=True)
class WideDraw:
    """A draw in all metrics and periods, a column for each: inference_share@2028."""

    draw: int
    values: Cells[float | str | None]


@dataclass(frozen=True)
class LongDraw:
    """A draw of a metric, or of a member of its breakdown, at a period; an event has none, and is a
    quarter, or None for never."""

    draw: int
    metric: str
    member: str | None
    period: str | None
    value: float | str | None


@dataclass(frozen=True)
class MetricDraws:
    """Draws, (draws,), by metric, member (None for the whole) and period; those of an event, whose
    period is None, are quarters counted as `periods` does, infinite for never."""

    draws: dict[Key, Array]
    warnings: tuple[str, ...]


def export_observations(
    case: Case,
    options: RunOptions = DEFAULT,
    *,
    series: Sequence[str] = (),
    kind: str = "",
    own: bool = False,
) -> Result:
    """Return observations with the columns that `ingest` reads, one row each.

    Ingested figures come with all their vintages and in place of what a file says of them. Only
    those of `series` if any are named, of a KIND of ingest, or with `own` those that were ingested.
    Raises InputError for a series or kind that does not exist, and where nothing is left.
    """
    inputs = case.inputs
    ingested = list(_vintages(case))
    known = {each.series_id for each in inputs.observations}
    known |= {each.series_id for each in ingested}
    _check_words(series, kind, known, "observation")
    rows = [_row(each) for each in ingested if not kind or each.kind == kind]
    if not own:
        figures = {each.figure for each in ingested}
        subjects = KINDS[kind] if kind else {each.subject for each in inputs.series.values()}
        rows += [
            _row(each)
            for each in inputs.observations
            if (each.series_id, each.period_end.isoformat(), each.assumed) not in figures
            and each.series_id in inputs.series
            and inputs.series[each.series_id].subject in subjects
        ]
    rows.sort(key=lambda row: (row.series_id, row.period_end, row.published))
    return _exported(case, options, rows, series, "observations", "at least one observation")


def export_guidance(
    case: Case,
    options: RunOptions = DEFAULT,
    *,
    series: Sequence[str] = (),
    kind: str = "",
    own: bool = False,
) -> Result:
    """Return what companies said of periods to come, every day's word, with the columns that
    `ingest --guidance` reads, one row each.

    Options and errors are those of `export_observations`.
    """
    inputs = case.inputs
    _check_words(series, kind, {each.series_id for each in inputs.guidance}, "guidance")
    stored = open_store(case.workspace).guidance() if case.workspace else []
    kinds = {said_when(stored_guidance(row)): row.kind for row in stored}
    rows = []
    for each in inputs.guidance:
        own_kind = kinds.get(said_when(each), "")
        subject = inputs.series[each.series_id].subject
        is_of_kind = own_kind == kind if own_kind else subject in KINDS.get(kind, ())
        if (own_kind or not own) and (is_of_kind or not kind):
            rows.append(_guidance_row(each))
    rows.sort(key=lambda row: (row.series_id, row.period_end, row.months, row.published))
    return _exported(case, options, rows, series, "guidance", "at least one row of guidance")


def _exported(
    case: Case,
    options: RunOptions,
    rows: Sequence[ObservationRow | GuidanceRow],
    series: Sequence[str],
    what: str,
    expected: str,
) -> Result:
    """Return rows, those of `series` if any are named; raises InputError where nothing is left."""
    rows = [row for row in rows if not series or row.series_id in series]
    command = f"export {what}"
    if not rows:
        raise InputError(Problem("command line", command, "none", expected))
    run = run_of(case, RunOptions(draws=0, seed=0, through="", started=options.started))
    return Result(command, run, tuple(rows), case.inputs.warnings)


def _check_words(series: Sequence[str], kind: str, known: Collection[str], what: str) -> None:
    problems = [
        Problem("command line", name, f"no {what} of it", "a series", did_you_mean(name, known))
        for name in series
        if name not in known
    ]
    if kind and kind not in KINDS:
        hint, expected = did_you_mean(kind, KINDS), f"one of {', '.join(KINDS)}"
        problems.append(Problem("command line", f"--kind {kind}", "no such kind", expected, hint))
    if problems:
        raise InputError(problems)


def _vintages(case: Case) -> Iterator[StoredRow]:
    """Yield every ingested row known by the case's day; of two of one day, the last to arrive."""
    if case.workspace is None:
        return
    last = {
        (*row.figure, row.published): row
        for row in open_store(case.workspace).observations()
        if case.as_of is None or row.published <= case.as_of.isoformat()
    }
    yield from last.values()


def _row(record: StoredRow | Observation) -> ObservationRow:
    cells = {each.name: _written(getattr(record, each.name)) for each in fields(ObservationRow)}
    return ObservationRow(**cells | {"assumed": "yes" if record.assumed else None})


def _guidance_row(record: Guidance) -> GuidanceRow:
    cells = {each.name: _written(getattr(record, each.name)) for each in fields(GuidanceRow)}
    return GuidanceRow(**cells)


def _written(value: Any) -> Any:
    """Return a day in ISO 8601, and a number without a fraction as a whole one, which reads better
    and says the same."""
    if isinstance(value, date):
        return value.isoformat()
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < _MOST_WHOLE
    return int(value) if is_whole else value


def export_assumptions(case: Case, options: RunOptions = DEFAULT, *, text: str = "") -> Result:
    """Return every belief and driver as a flat table: as stated, prior and conditioned, source.

    `text` keeps those whose name, title or subject contains it. Raises InputError if none does.
    """
    listed = list_assumptions(case, options, text=text)
    records = [columns(row) for row in listed.rows]
    names = tuple(dict.fromkeys(name for record in records for name in record))
    rows = (FlatRow(Cells(names, tuple(record.get(name) for name in names))) for record in records)
    return Result("export assumptions", listed.run, tuple(rows), listed.warnings)


def export_draws(
    case: Case,
    options: RunOptions = DEFAULT,
    *,
    metrics: Sequence[str] = DEFAULT_METRICS,
    breakdown: str | None = None,
    by: By = "year",
    shape: Shape = "wide",
) -> Result:
    """Return draws of metrics over every quarter or whole year: rows of WideDraw, one for each
    draw, or with `long` of LongDraw, one for each draw, metric and period. A `breakdown` adds the
    members of those metrics that have parts along it.

    Draws of one number belong together, across metrics and members too. Raises InputError for
    metrics that do not exist or have no single value, and for a dimension that none of them has.
    """
    found = metric_draws(case, options, metrics=metrics, breakdown=breakdown, by=by)
    values = {key: _values(key[2], column) for key, column in found.draws.items()}
    rows = tuple(_wide(values) if shape == "wide" else _long(values))
    return Result("export draws", run_of(case, options), rows, found.warnings)


def _wide(values: dict[Key, Drawn]) -> Iterator[WideDraw]:
    names = tuple(map(_column_name, values))
    for number, cells in enumerate(zip(*values.values(), strict=True)):
        yield WideDraw(number, Cells(names, cells))


def _column_name(key: Key) -> str:
    """Return how a column is called: compute_stock@2028, or compute_stock.google@2028."""
    metric, member, period = key
    name = metric if member is None else f"{metric}.{member}"
    return name if period is None else f"{name}@{period}"


def _long(values: dict[Key, Drawn]) -> Iterator[LongDraw]:
    for (metric, member, period), column in values.items():
        for number, value in enumerate(column):
            yield LongDraw(number, metric, member, period, value)


def metric_draws(
    case: Case,
    options: RunOptions = DEFAULT,
    *,
    metrics: Sequence[str],
    breakdown: str | None = None,
    by: By = "year",
) -> MetricDraws:
    """Return draws of metrics, and of their members along a dimension, over every quarter or whole
    year, with the warnings of their world.

    Raises InputError as `export_draws` does.
    """
    meanings = metric_meanings(case.inputs)
    splits = breakdowns(breakdown) if breakdown else {}
    problems: list[Problem] = []
    metrics = metric_ids(metrics, meanings, problems)
    parts = {whole: name for name, (_, whole) in splits.items() if whole in metrics}
    _check_metrics(metrics, problems, breakdown, parts)
    world = open_world(case, options)
    values = world.values([*metrics, *parts.values()])
    draws: dict[Key, Array] = {}
    for name in dict.fromkeys(metrics):
        if meanings[name].is_moment:
            draws[name, None, None] = np.asarray(values[name][:, 0])
            continue
        members = values[parts[name]]._fields if name in parts else ()
        for period in world.timeline.years if by == "year" else world.timeline.periods:
            draws[name, None, period] = values.at(name, period)
            for member in members:
                found = values.at(name, period, breakdown or "", member)
                draws[name, member, period] = found
    return MetricDraws(draws, world.warnings)


def _check_metrics(
    metrics: Collection[str],
    problems: list[Problem],
    breakdown: str | None,
    parts: Collection[str],
) -> None:
    """Raise InputError with `problems` and what else is wrong with metrics and their breakdown."""
    if breakdown and not parts:
        dimensions = sorted({each for each, whole in breakdowns(None).values() if whole in metrics})
        expected = ", ".join(dimensions) or "metrics that have parts"
        hint = did_you_mean(breakdown, dimensions)
        found = f"{breakdown}, along which none of the metrics has parts"
        problems.append(Problem("command line", "--breakdown", found, expected, hint))
    for name in metrics:
        if name == "binding_constraint":
            subject = f"--metric {name}"
            expected = "a metric with one value in each draw"
            found = "a constraint by quarter, not a number"
            problems.append(Problem("command line", subject, found, expected))
    if problems:
        raise InputError(problems)


def _values(period: str | None, column: Array) -> Drawn:
    """Return draws as plain numbers, or those of an event as quarters."""
    if period is None:
        return [label(int(at)) if np.isfinite(at) else None for at in column.tolist()]
    return [plain(value) for value in column.tolist()]
