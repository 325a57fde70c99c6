"""What stands beside a projection on its first page: what moves it, and what it was before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256

from forecast.analysis.project import Projection, ProjectRequest, evaluated, projected, reported_key
from forecast.analysis.runs.section_cache import recalled
from forecast.analysis.sensitivity.given_data import strongest
from forecast.analysis.sensitivity.rows import MovesRow
from forecast.analysis.share.vintages import (
    BELIEFS,
    PERIOD,
    Vintage,
    day_by_day,
    kept_vintages,
    vintages_text,
)
from forecast.result import DEFAULT, Band, Result, Run, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.draws.division import together
from forecast.world.draws.parts import Progress, silent
from forecast.world.ensemble import open_world
from forecast.world.metrics import MetricAt, metric_meanings
from forecast.world.rows import plain_band
from forecast.world.values import Taken
from forecast.world.world import World

SUBJECT = "inference_share"
STRONGEST = 3
BUILT_IN = "built-in base case"


@dataclass(frozen=True)
class Front(Result):
    """What moves the inference share most, the strongest first; which share of the compute that
    runs today hangs on `reported` money; and what was expected at an `earlier` day, with the
    beliefs of then and with those of today."""

    rows: tuple[MovesRow, ...]
    reported: Band
    earlier: tuple[Vintage, Vintage] | None


@dataclass(frozen=True)
class FirstPage:
    """A projection, and what stands beside it."""

    projection: Projection
    front: Front


def first_page(case: Case, options: RunOptions = DEFAULT, progress: Progress = silent) -> FirstPage:
    """Return what the first page of a case shows, from the cache if it is there; `progress` is told
    how far many draws have got."""
    run = run_of(case, options)

    def compute() -> FirstPage:
        found = evaluated(case, options, ProjectRequest(headline=True), progress)
        taken = found.taken if found.world.draws == options.draws else None
        made = _front(case, options, found.world, taken)
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
    draws = options.draws if case.given else together(options.draws)
    return _front(case, options, open_world(case, replace(options, draws=draws)), None)


def _front(case: Case, options: RunOptions, world: World, taken: Taken | None) -> Front:
    """Return what stands beside a projection; `taken` is what was read of the same draws, if it
    was."""
    period = (world.timeline.years or world.timeline.periods)[-1]
    at = MetricAt(metric_meanings(case.inputs)[SUBJECT], period)
    keys = (at.key, reported_key(world.timeline))
    share, reported = ((taken if taken else world.take(keys))[key] for key in keys)
    run = run_of(case, options)
    return Front(
        command="front",
        run=run,
        rows=strongest(world, at, STRONGEST, draws=share),
        warnings=(),
        reported=plain_band(reported),
        earlier=_earlier(run),
    )


def _earlier(run: Run) -> tuple[Vintage, Vintage] | None:
    """Return what was expected as of the last day that is written down, with the beliefs of then
    and with those of today, of the built-in case alone: other cases have no such page."""
    if run.source != BUILT_IN or run.as_of or run.overrides or set(run.scenario) - {"base"}:
        return None
    if run.through < PERIOD:
        return None
    found = kept_vintages()
    then, held = (day_by_day(found, SUBJECT, each)[-2] for each in BELIEFS)
    return then, held
