"""The main job: fit, condition and project, and say what came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

import numpy as np

from forecast.analysis.case_rows import case_rows, keys_of
from forecast.analysis.runs.section_cache import recalled
from forecast.beliefs import Array
from forecast.curves.evidence import driver_points
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Inputs
from forecast.model.graph import Meaning
from forecast.periods import FIRST_QUARTER, label, quarter
from forecast.result import BESIDE, DEFAULT, Run, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.draws.parts import Parts, Progress, open_parts, silent
from forecast.world.history.learnt import BeliefRow, TargetRow
from forecast.world.history.outcomes import OutcomeRow
from forecast.world.metrics import (
    MetricTable,
    breakdowns,
    members,
    metric_ids,
    metric_info,
    metric_meanings,
    status_of,
)
from forecast.world.rows import MemberRow, member_row
from forecast.world.timeline import Timeline
from forecast.world.values import Key, Taken
from forecast.world.world import World

By = Literal["year", "quarter"]


@dataclass(frozen=True)
class Since:
    """How metrics moved since a run that was kept, each with its medians before and after at a
    period, and what is `new` since."""

    run_id: str
    started: str
    period: str
    medians: dict[str, tuple[float, float]]
    new: tuple[str, ...]


@dataclass(frozen=True)
class Projection(MetricTable):
    """A projection, with what a reader should know beside the tables, how targets are met, what
    history did to each belief, and the outcomes learnt; and whether it was known from before."""

    findings: tuple[str, ...] = field(metadata=BESIDE)
    targets: tuple[TargetRow, ...] = field(metadata=BESIDE)
    conditioning: tuple[BeliefRow, ...] = field(metadata=BESIDE)
    given: tuple[OutcomeRow, ...] = field(metadata=BESIDE)
    cached: bool
    since: Since | None

    def of_run(self, run: Run, is_known: bool) -> Projection:
        """Return the projection as what a run shows, which `is_known` from before."""
        return replace(self, run=run, cached=self.cached or is_known)


@dataclass(frozen=True)
class ProjectRequest:
    """What is wanted of a projection, as `project` takes it."""

    by: By = "year"
    metrics: tuple[str, ...] = ()
    headline: bool = False
    breakdown: str | None = None
    prior: bool = False


@dataclass(frozen=True)
class Evaluated:
    """Draws of what is `wanted` of a case: of the metrics `chosen` at `periods`, of the members of
    those that a breakdown splits, and of what is said beside them."""

    parts: Parts
    wanted: ProjectRequest
    chosen: tuple[Meaning, ...]
    periods: tuple[str, ...]
    taken: Taken

    @property
    def world(self) -> World:
        """The world of the draws that are conditioned together."""
        return self.parts.first


def project(
    case: Case,
    options: RunOptions = DEFAULT,
    *,
    by: By = "year",
    metrics: Sequence[str] = (),
    headline: bool = False,
    breakdown: str | None = None,
    prior: bool = False,
    progress: Progress = silent,
) -> Projection:
    """Return the projection of a case: one row per metric and period, with percentiles, and with a
    `breakdown` one more per member of it. Without `metrics` all are computed, or with `headline`
    those that are shown first and those that the breakdown splits. `progress` is told how far many
    draws have got.

    Raises InputError for an unknown metric, a horizon in the history, a setting that cannot be
    applied or an outcome that cannot be learnt.
    """
    wanted = ProjectRequest(by, tuple(metrics), headline, breakdown, prior)
    return _project(case, options, wanted, progress)


def recalled_projection(
    case: Case, options: RunOptions, wanted: ProjectRequest, progress: Progress = silent
) -> Projection:
    """Return what `project` does, from the cache if it is there: of a case without quantities of a
    person's own, which no cache can tell apart."""
    run = run_of(case, options)
    compute = partial(_project, case, options, wanted, progress)
    found, is_known = recalled(
        Projection, case, run, compute, decided_by=repr(wanted), use_cache=options.use_cache
    )
    return found.of_run(run, is_known)


def _project(
    case: Case, options: RunOptions, wanted: ProjectRequest, progress: Progress
) -> Projection:
    return projected(case, options, evaluated(case, options, wanted, progress))


def evaluated(
    case: Case, options: RunOptions, wanted: ProjectRequest, progress: Progress = silent
) -> Evaluated:
    """Return what a projection is made of; raises InputError as `project` does."""
    meanings = metric_meanings(case.inputs)
    breakdown = wanted.breakdown
    metrics = _check(meanings, wanted.metrics, breakdown)
    draws = open_parts(case, options, prior=wanted.prior)
    timeline = draws.first.timeline
    wholes = {whole for _dimension, whole in breakdowns(breakdown).values()} if breakdown else ()
    first = [name for name in meanings if meanings[name].headline or name in wholes]
    chosen = [meanings[name] for name in metrics or (first if wanted.headline else list(meanings))]
    periods = timeline.years if wanted.by == "year" else timeline.periods
    split = [
        key
        for meaning in chosen
        if breakdown
        for key in member_keys(meaning.name, breakdown, periods)
    ]
    reported = reported_key(timeline)
    beside = () if metrics and reported[0] not in metrics else (reported,)
    taken = draws.take([*keys_of(chosen, periods), *split, *beside], progress)
    return Evaluated(draws, wanted, tuple(chosen), tuple(periods), taken)


def reported_key(timeline: Timeline) -> Key:
    """Return the share of running compute that hangs on reported money, in the last quarter of the
    history."""
    return "reported_share", label(FIRST_QUARTER + timeline.history - 1)


def projected(case: Case, options: RunOptions, found: Evaluated) -> Projection:
    """Return the projection that is made of what was evaluated."""
    world, timeline = found.world, found.world.timeline
    rows = [
        row
        for meaning in found.chosen
        for row in (
            *case_rows(case.inputs, timeline, [meaning], found.periods, found.taken),
            *_member_rows(meaning, found.wanted.breakdown, found.periods, found.taken, timeline),
        )
    ]
    learnt = world.ensemble.learnt
    metrics = tuple(each.name for each in found.chosen) if found.wanted.metrics else ()
    reported = found.taken.get(reported_key(timeline))
    return Projection(
        command="project",
        run=run_of(case, options),
        rows=tuple(rows),
        warnings=(*world.warnings, *_beliefs_then(world, options.through)),
        metrics=metric_info(found.chosen),
        first_projected=timeline.first_projected,
        findings=tuple(_findings(case.inputs, metrics, reported, learnt.targets)),
        targets=learnt.targets,
        conditioning=learnt.beliefs,
        given=world.outcomes,
        cached=world.ensemble.from_cache,
        since=None,
    )


def _beliefs_then(world: World, through: str) -> tuple[str, ...]:
    """Return in words what of today's beliefs matters most to a case as of an earlier day."""
    if not world.inputs.replaced:
        return ()
    from forecast.analysis.series.beliefs_then import moving_beliefs

    return moving_beliefs(world, through)


def _check(
    meanings: dict[str, Meaning],
    metrics: Sequence[str],
    breakdown: str | None,
) -> tuple[str, ...]:
    """Return the ids of metrics; raises InputError with all that is wrong."""
    problems: list[Problem] = []
    found = metric_ids(metrics, meanings, problems)
    dimensions = sorted({dimension for dimension, _whole in breakdowns(None).values()})
    if breakdown is not None and breakdown not in dimensions:
        hint = did_you_mean(breakdown, dimensions)
        expected = ", ".join(dimensions)
        problems.append(Problem("command line", "--breakdown", breakdown, expected, hint))
    if problems:
        raise InputError(problems)
    return found


def member_keys(metric: str, dimension: str, periods: Sequence[str]) -> list[Key]:
    """Return what rows of a metric's members are made of, for `World.take`; none if it has no such
    breakdown."""
    return [
        (metric, period, dimension, member)
        for member in members(metric, dimension)
        for period in periods
    ]


def _member_rows(
    whole: Meaning, dimension: str | None, periods: Sequence[str], taken: Taken, timeline: Timeline
) -> list[MemberRow]:
    """Return the rows of each member of a metric's breakdown, none if it has no such one."""
    places = [(dimension, each) for each in members(whole.name, dimension)] if dimension else []
    found: dict[str, list[MemberRow]] = {member: [] for _, member in places}
    for period in periods:
        status = status_of(None, quarter(period) - FIRST_QUARTER, timeline)
        samples = [taken[whole.name, period, *place] for place in places]
        total = np.sum(samples, axis=0)
        for place, sample in zip(places, samples, strict=True):
            found[place[1]].append(member_row(whole, place, period, sample, total, status))
    return [row for rows in found.values() for row in rows]


def _findings(
    inputs: Inputs,
    metrics: Sequence[str],
    reported: Array | None,
    targets: Sequence[TargetRow],
) -> list[str]:
    """Return what a reader should know beside the tables, in sentences; `reported` is the share of
    running compute that hangs on reported money, (draws,)."""
    found = _assumed(inputs, metrics)
    if reported is not None:
        low, middle, high = np.percentile(reported, (10.0, 50.0, 90.0))
        share = f"{middle:.0%} ({low:.0%}–{high:.0%})".replace("%–", "–")
        found.append(
            f"{share} of running compute hangs on reported money; the split of the rest is judged."
        )
    if targets:
        wide = [row for row in targets if abs(row.misfit) > 2.0]
        named = ", ".join(f"{row.target} {row.period} ({row.misfit:+.1f})" for row in wide)
        missed = len({row.target for row in wide})
        verb = "misses" if missed == 1 else "miss"
        count = len({row.target for row in targets})
        found.append(
            f"{missed or 'None'} of {count} targets {verb} by more than 2 standard errors"
            f"{': ' + named if named else ''}."
        )
    return found


def _assumed(inputs: Inputs, metrics: Sequence[str]) -> list[str]:
    """Return which drivers lean on points that somebody supposes."""
    leaning = []
    for name, driver in inputs.drivers.items():
        times = [point.time for point in driver_points(driver, inputs) if point.assumed]
        if times and (not metrics or name in metrics):
            when = ", ".join(label(int(4.0 * time - 0.01)) for time in times)
            leaning.append(f"{driver.title[0].lower()}{driver.title[1:]} ({when})")
    return [f"Assumed points shape {'; '.join(leaning)}."] if leaning else []
