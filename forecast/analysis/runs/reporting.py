"""A report that remembers: what it shows, what changed since an earlier run, and what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from forecast.analysis.project import project
from forecast.analysis.runs.alerts import Alert, alert_rows, parse_alerts
from forecast.analysis.runs.diff import diff
from forecast.analysis.runs.history import (
    LAST,
    NAME,
    Kept,
    find_run,
    keep,
    kept_runs,
    last_run,
    new_run,
)
from forecast.analysis.runs.report_contents import CROSSINGS, Report, gather, quarterly
from forecast.analysis.runs.track_record import (
    driver_rows,
    forecast_rows,
    score_rows,
    scored_metrics,
)
from forecast.errors import InputError
from forecast.result import OldResult, Result, Row, Run
from forecast.second_process import Beside, here
from forecast.world.case import Case, run_of
from forecast.world.ensemble import shared_ensembles


@dataclass(frozen=True)
class Request:
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
    made: Kept
    before: Kept | None
    alerts: tuple[Row, ...]
    warnings: tuple[str, ...]


def report(
    case: Case,
    request: Request,
    *,
    draws: int = 8192,
    seed: int = 1,
    through: str = "2028",
    use_cache: bool = True,
    started: str = "",
    beside: Beside = here,
) -> Reported:
    """Return a report of a case, with what changed since an earlier run, how earlier runs did, and
    which alerts fire. Nothing is written; some of the work is done `beside` this process.

    Raises InputError for what `project` refuses, for an alert that cannot be read, and for an
    earlier run that is asked for and not there; all before anything is computed.
    """
    asked: dict[str, Any] = {"draws": draws, "seed": seed, "through": through, "started": started}
    alerts = parse_alerts(request.alerts, case.inputs, case.timeline(through))
    runs, warnings = _known_runs(case)
    before = last_run(runs, request.name)
    since = _since(request, runs, before)
    if request.since and since is None:
        warnings += (f"no earlier run of {request.name} to compare with",)
    if any(alert.is_change for alert in alerts) and (since or before) is None:
        warnings += ("no earlier run, so no alert on a change can fire",)
    if request.only_if_changed and before and _is_same(case, before, request, asked):
        same = tuple(_without_change(case, before, alerts, asked, use_cache))
        return Reported(None, before, before, same, warnings)
    found = gather(case, use_cache=use_cache, beside=beside, **asked)
    others = _beyond(case, alerts, asked, use_cache)
    made = new_run(case, request.name, found.projection, found.quarters, found.paths, *others)
    earlier = since or before
    rows = tuple(alert_rows(alerts, made.figures or {}, earlier.figures if earlier else None))
    found = replace(found, alerts=rows)
    if since:
        changes = diff(since, made, workspace=case.workspace, use_cache=use_cache)
        found = replace(found, since=changes)
        warnings += changes.warnings
    found = replace(found, scores=track_record(runs, case, found.projection.run))
    return Reported(found, made, earlier, rows, warnings)


def keep_report(case: Case, reported: Reported, files: Sequence[str]) -> None:
    """Keep the run of a report that wrote files. Raises InputError if it cannot be kept."""
    keep(case, reported.made, files)


def keep_projection(
    case: Case, *, draws: int, seed: int, through: str, use_cache: bool, started: str
) -> None:
    """Keep a run of a case as a report would. Raises InputError if the store cannot be written."""
    asked: dict[str, Any] = {"draws": draws, "seed": seed, "through": through, "started": started}
    with shared_ensembles():
        yearly = project(case, use_cache=use_cache, **asked)
        quarters = _quarters(case, quarterly(case.inputs), asked, use_cache)
        drivers = driver_rows(case, use_cache=use_cache, **asked)
    keep(case, new_run(case, NAME, yearly, quarters, drivers))


def track_record(runs: Sequence[Kept], case: Case, run: Run) -> Result | None:
    """Return how earlier runs did, None if nothing they forecast has been observed since.

    Rows are scores by metric and horizon; `extra["forecasts"]` holds what was scored.
    """
    forecasts = forecast_rows(runs, case.inputs)
    if not forecasts:
        return None
    extra = {"forecasts": forecasts, "metrics": scored_metrics(case.inputs)}
    return OldResult("scores", run, tuple(score_rows(forecasts)), (), extra)


def scores_now(case: Case) -> Result | None:
    """Return how the runs kept did, None if nothing they forecast has been observed since.

    Raises InputError if the store is broken.
    """
    runs = kept_runs(case.workspace)
    return track_record(runs, case, runs[-1].run) if runs else None


def _known_runs(case: Case) -> tuple[list[Kept], tuple[str, ...]]:
    """Return the runs kept; of a cache that is broken, none and a warning."""
    try:
        return kept_runs(case.workspace), ()
    except InputError as error:
        if case.workspace:
            raise
        return [], (f"no earlier run can be read: {error.problems[0].sentence()}",)


def _since(request: Request, runs: Sequence[Kept], before: Kept | None) -> Kept | None:
    """Return the run to compare with, None if there is none yet or none is wanted."""
    if not request.since:
        return None
    return before if request.since == LAST else find_run(request.since, runs, "--since")


def _is_same(case: Case, before: Kept, request: Request, asked: dict[str, Any]) -> bool:
    """Return whether a run would find what the one before found, hold it against the same claims,
    and write to the same files."""
    now = new_run(case, "", OldResult("project", run_of(case, **asked), ()))
    is_same = (now.key, now.claims) == (before.key, before.claims)
    return is_same and set(request.files) <= set(before.files)


def _without_change(
    case: Case, before: Kept, alerts: Sequence[Alert], asked: dict[str, Any], use_cache: bool
) -> list[Row]:
    """Return what becomes of alerts in a run that equals the one before."""
    figures = before.figures or {}
    if any((alert.meaning.name, alert.period or None, None) not in figures for alert in alerts):
        metrics = list(dict.fromkeys(alert.meaning.name for alert in alerts))
        quarters = _quarters(case, metrics, asked, use_cache)
        figures = {**figures, **(new_run(case, "", quarters).figures or {})}
    return alert_rows(alerts, figures, before.figures)


def _beyond(
    case: Case, alerts: Sequence[Alert], asked: dict[str, Any], use_cache: bool
) -> list[Result]:
    """Return by quarter what alerts are about and a report has by year only, if there is any."""
    known = {*quarterly(case.inputs), *CROSSINGS}
    metrics = list(dict.fromkeys(alert.meaning.name for alert in alerts))
    others = [name for name in metrics if name not in known]
    return [_quarters(case, others, asked, use_cache)] if others else []


def _quarters(case: Case, metrics: Sequence[str], asked: dict[str, Any], use_cache: bool) -> Result:
    return project(case, by="quarter", metrics=metrics, use_cache=use_cache, **asked)
