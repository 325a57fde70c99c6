"""What stands beside a projection on its first page: what moves it, and what it was before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256

from forecast.analysis.project import Projection, evaluated, projected, reported_key
from forecast.analysis.runs.section_cache import recalled
from forecast.analysis.sensitivity.given_data import strongest
from forecast.analysis.sensitivity.rows import MovesRow
from forecast.analysis.share.vintages import (
    PERIOD,
    Vintage,
    day_by_day,
    kept_vintages,
    vintages_text,
)
from forecast.result import DEFAULT, Band, Result, Run, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.metrics import MetricAt, metric_meanings
from forecast.world.parts import Progress, open_parts, silent
from forecast.world.rows import plain_band
from forecast.world.timeline import Timeline
from forecast.world.values import Taken
from forecast.world.world import World

SUBJECT = "inference_share"
STRONGEST = 3
BUILT_IN = "built-in base case"


@dataclass(frozen=True)
class Front(Result):
    """What moves the inference share most, the strongest first; which share of the compute that
    runs today hangs on `reported` money; and what was expected at an `earlier` day."""

    rows: tuple[MovesRow, ...]
    reported: Band
    earlier: Vintage | None


@dataclass(frozen=True)
class FirstPage:
    """A projection, and what stands beside it."""

    projection: Projection
    front: Front


def first_page(
    case: Case, options: RunOptions = DEFAULT, *, progress: Progress = silent
) -> FirstPage:
    """Return what the first page of a case shows, from the cache if it is there; `progress` is told
    how far many draws have got."""
    run = run_of(case, options)

    def compute() -> FirstPage:
        found = evaluated(case, options, headline=True, progress=progress)
        made = _front(case, options, found.first, found.taken)
        return FirstPage(projected(case, options, found), made)

    page, is_known = recalled(
        FirstPage,
        case,
        run,
        compute,
        decided_by=sha256(vintages_text().encode()).hexdigest(),
        use_cache=options.use_cache,
    )
    return FirstPage(page.projection.of_run(run, is_known), replace(page.front, run=run))


def front(case: Case, options: RunOptions = DEFAULT) -> Front:
    """Return what stands beside the projection of a case, of the draws that are conditioned
    together; where an outcome is given, of all, for few of them may come near it."""
    first = open_parts(case, options).first
    keys = [(SUBJECT, _last_period(first.timeline)), reported_key(first.timeline)]
    return _front(case, options, first, first.take(keys))


def _front(case: Case, options: RunOptions, first: World, taken: Taken) -> Front:
    """Return what `front` does from draws of SUBJECT at the last period and of what is reported, of
    which it reads the `first`."""
    at = MetricAt(metric_meanings(case.inputs)[SUBJECT], _last_period(first.timeline))
    run = run_of(case, options)
    return Front(
        command="front",
        run=run,
        rows=strongest(first, at, STRONGEST, draws=taken[at.key][: first.draws]),
        warnings=(),
        reported=plain_band(taken[reported_key(first.timeline)][: first.draws]),
        earlier=_earlier(run),
    )


def _last_period(timeline: Timeline) -> str:
    """Return the last year, or quarter where there is no whole year."""
    return (timeline.years or timeline.periods)[-1]


def _earlier(run: Run) -> Vintage | None:
    """Return what was expected as of the last day that is written down, of the built-in case
    alone: other cases have no such page."""
    if run.source != BUILT_IN or run.as_of or run.overrides or set(run.scenario) - {"base"}:
        return None
    *earlier, _ = day_by_day(kept_vintages(), SUBJECT, "then")
    return earlier[-1] if run.through >= PERIOD else None
