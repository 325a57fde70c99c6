"""A report that remembers: what it shows, what changed since an earlier run, and what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from forecast.analysis.project import Projection, project
from forecast.analysis.runs.alerts import Alert, AlertRow, alert_rows, parse_alerts
from forecast.analysis.runs.diff import CauseRow, ComparedRun, diff
from forecast.analysis.runs.history import past_of
from forecast.analysis.runs.kept_runs import (
    LAST,
    NAME,
    KeptRun,
    find_run,
    keep,
    kept_runs,
    last_run,
    new_run,
)
from forecast.analysis.runs.report_contents import CROSSINGS, Report, gather, quarterly
from forecast.analysis.runs.track_record import driver_paths, track_record
from forecast.errors import InputError
from forecast.processors.second_process import Beside, here
from forecast.result import BESIDE, DEFAULT, Result, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.ensemble import shared_ensembles


@dataclass(frozen=True)
class ReportRequest:
    """What is wanted beside the report itself: `since` refers to a run (nothing if empty), `last`
    to the last one kept under the report's `name`. With `only_if_changed` there is no report if
    that was the same and wrote these `files`."""

    name: str
    since: str = ""
    alerts: tuple[str, ...] = ()
    only_if_changed: bool = False
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reported:
    """What came of it: the report (None if nothing has changed since the run `before`), what became
    of each alert, and the run to `keep_report`."""

    report: Report | None
    made: KeptRun
    before: KeptRun | None
    alerts: tuple[AlertRow, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class FileRow:
    """A file that a report was written to, and its size in bytes."""

    file: str
    format: str
    bytes: int


@dataclass(frozen=True)
class Written(Result):
    """The files of a report, what changed since the run before and why, and its alerts."""

    rows: tuple[FileRow, ...]
    attribution: tuple[CauseRow, ...] = field(metadata=BESIDE)
    runs: tuple[ComparedRun, ...] = field(metadata=BESIDE)
    alerts: tuple[AlertRow, ...] = field(metadata=BESIDE)


def report(
    case: Case,
    options: RunOptions = DEFAULT,
    *,
    request: ReportRequest,
    beside: Beside = here,
) -> Reported:
    """Return a report of a case, with what changed since an earlier run, how earlier runs did, and
    which alerts fire. Nothing is written; some of the work is done `beside` this process.

    Raises InputError for what `project` refuses, for an alert that cannot be read, and for an
    earlier run that is asked for and not there; all before anything is computed.
    """
    alerts = parse_alerts(request.alerts, case.inputs, case.timeline(options.through))
    runs, warnings = _known_runs(case)
    before = last_run(runs, request.name)
    since = _since(request, runs, before)
    if request.since and since is None:
        warnings += (f"no earlier run of {request.name} to compare with",)
    if any(alert.is_change for alert in alerts) and (since or before) is None:
        warnings += ("no earlier run, so no alert on a change can fire",)
    if request.only_if_changed and before and _is_same(case, options, before, request):
        same = tuple(_without_change(case, options, before, alerts))
        return Reported(None, before, before, same, warnings)
    found = gather(case, options, beside=beside)
    made = _made(case, options, request.name, found, alerts)
    earlier = since or before
    rows = tuple(alert_rows(alerts, made.figures or {}, earlier.figures if earlier else None))
    scores, past = track_record(runs, case.inputs, found.run), past_of(runs, made)
    found = replace(found, alerts=rows, scores=scores, past=past)
    if since:
        changes = diff(since, made, workspace=case.workspace, use_cache=options.use_cache)
        found = replace(found, since=changes)
        warnings += changes.warnings
    return Reported(found, made, earlier, rows, warnings)


def written(reported: Reported, files: Sequence[FileRow]) -> Written:
    """Return what a person is told of a report that wrote files."""
    since = reported.report.since if reported.report else None
    return Written(
        command="report",
        run=reported.made.run,
        rows=tuple(files),
        warnings=reported.warnings,
        attribution=since.attribution if since else (),
        runs=since.runs if since else (),
        alerts=reported.alerts,
    )


def keep_report(case: Case, reported: Reported, files: Sequence[str]) -> str:
    """Keep the run of a report that wrote files, and return what `keep` does. Raises InputError if
    it cannot be kept."""
    return keep(case, reported.made, files)


def keep_projection(case: Case, options: RunOptions = DEFAULT) -> str:
    """Keep a run of a case as a report would, and return what `keep` does. Raises InputError if the
    store cannot be written."""
    with shared_ensembles():
        yearly = project(case, options)
        quarters = _quarters(case, options, quarterly(case.inputs))
        paths = driver_paths(case, options)
    rows = (*yearly.rows, *quarters.rows, *paths.rows)
    return keep(case, new_run(case, NAME, yearly.run, rows))


def _known_runs(case: Case) -> tuple[list[KeptRun], tuple[str, ...]]:
    """Return the runs kept; of a cache that is broken, none and a warning."""
    try:
        return kept_runs(case.workspace), ()
    except InputError as error:
        if case.workspace:
            raise
        return [], (f"no earlier run can be read: {error.problems[0].sentence()}",)


def _since(
    request: ReportRequest, runs: Sequence[KeptRun], before: KeptRun | None
) -> KeptRun | None:
    """Return the run to compare with, None if there is none yet or none is wanted."""
    if not request.since:
        return None
    return before if request.since == LAST else find_run(request.since, runs, "--since")


def _is_same(case: Case, options: RunOptions, before: KeptRun, request: ReportRequest) -> bool:
    """Return whether a run would find what the one before found, hold it against the same claims,
    and write to the same files."""
    now = new_run(case, "", run_of(case, options), ())
    is_same = (now.key, now.claims) == (before.key, before.claims)
    return is_same and set(request.files) <= set(before.files)


def _without_change(
    case: Case, options: RunOptions, before: KeptRun, alerts: Sequence[Alert]
) -> list[AlertRow]:
    """Return what becomes of alerts in a run that equals the one before."""
    figures = before.figures or {}
    if any((alert.meaning.name, alert.period or None, None) not in figures for alert in alerts):
        quarters = _quarters(case, options, _metrics(alerts))
        now = new_run(case, "", quarters.run, quarters.rows)
        figures = {**figures, **(now.figures or {})}
    return alert_rows(alerts, figures, before.figures)


def _made(
    case: Case, options: RunOptions, name: str, found: Report, alerts: Sequence[Alert]
) -> KeptRun:
    """Return the run of a report, with by quarter what alerts are about and it has by year only."""
    known = {*quarterly(case.inputs), *CROSSINGS}
    others = [each for each in _metrics(alerts) if each not in known]
    beyond = _quarters(case, options, others).rows if others else ()
    rows = (*found.projection.rows, *found.quarters.rows, *found.paths.rows, *beyond)
    return new_run(case, name, found.projection.run, rows)


def _metrics(alerts: Sequence[Alert]) -> list[str]:
    return list(dict.fromkeys(alert.meaning.name for alert in alerts))


def _quarters(case: Case, options: RunOptions, metrics: Sequence[str]) -> Projection:
    return project(case, options, by="quarter", metrics=metrics)
