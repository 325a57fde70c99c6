"""What stands beside a projection on its first page: what moves it, and what it was before."""

from __future__ import annotations

from dataclasses import dataclass, replace

from forecast.analysis.sensitivity.given_data import strongest
from forecast.analysis.sensitivity.rows import MovesRow
from forecast.analysis.share.vintages import PERIOD, Vintage, day_by_day, kept_vintages
from forecast.result import DEFAULT, Band, Result, Run, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.division import together
from forecast.world.ensemble import open_world
from forecast.world.metrics import MetricAt, metric_meanings
from forecast.world.rows import plain_band

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


def front(case: Case, options: RunOptions = DEFAULT) -> Front:
    """Return what stands beside the projection of a case, of the draws that are conditioned
    together; where an outcome is given, of all, for few of them may come near it."""
    draws = options.draws if case.given else together(options.draws)
    world = open_world(case, replace(options, draws=draws))
    period = (world.timeline.years or world.timeline.periods)[-1]
    at = MetricAt(metric_meanings(case.inputs)[SUBJECT], period)
    reported = world.values(("reported_share",))["reported_share"][:, world.timeline.history - 1]
    run = run_of(case, options)
    return Front(
        command="front",
        run=run,
        rows=strongest(world, at, STRONGEST),
        warnings=(),
        reported=plain_band(reported),
        earlier=_earlier(run),
    )


def _earlier(run: Run) -> Vintage | None:
    """Return what was expected as of the last day that is written down, of the built-in case
    alone: other cases have no such page."""
    if run.source != BUILT_IN or run.as_of or run.overrides or set(run.scenario) - {"base"}:
        return None
    *earlier, _ = day_by_day(kept_vintages(), SUBJECT, "then")
    return earlier[-1] if run.through >= PERIOD else None
