"""The main job: fit, condition and project, and say what came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

import numpy as np

from forecast.analysis.runs.section_cache import recalled
from forecast.beliefs import Array
from forecast.curves.evidence import driver_points
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Inputs, Kind
from forecast.model.aggregate import aggregated, year_value
from forecast.model.equations import model_graph
from forecast.model.graph import Meaning
from forecast.periods import FIRST_QUARTER, label
from forecast.result import BESIDE, DEFAULT, Run, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.ensemble import open_world
from forecast.world.learnt import BeliefRow, TargetRow
from forecast.world.metrics import (
    MetricTable,
    breakdowns,
    metric_ids,
    metric_info,
    metric_meanings,
    status_of,
)
from forecast.world.observed import observed_value
from forecast.world.outcomes import OutcomeRow
from forecast.world.rows import (
    ConstraintRow,
    MemberRow,
    MetricRow,
    constraint_rows,
    event_row,
    member_row,
    probability_row,
    value_row,
)
from forecast.world.timeline import Timeline
from forecast.world.values import CONSTRAINT, Values
from forecast.world.world import World

By = Literal["year", "quarter"]
REPORTED = "reported_share"


@dataclass(frozen=True)
class Since:
    """How a metric moved since a run that was kept, from median to median at a period, and what is
    `new` since."""

    run_id: str
    started: str
    period: str
    before: float
    after: float
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
class Evaluated:
    """The world of a case, and the values of what is asked of it: of the metrics `names`, of the
    quantities that split them, by metric in `parts`, and of what is said beside them."""

    world: World
    values: Values
    names: tuple[str, ...]
    parts: dict[str, str]


def project(
    case: Case,
    options: RunOptions = DEFAULT,
    *,
    by: By = "year",
    metrics: Sequence[str] = (),
    headline: bool = False,
    breakdown: str | None = None,
    prior: bool = False,
) -> Projection:
    """Return the projection of a case: one row per metric and period, with percentiles, and with a
    `breakdown` one more per member of it. Without `metrics` all are computed, or with `headline`
    those that are shown first and those that the breakdown splits.

    Raises InputError for an unknown metric, a horizon in the history, a setting that cannot be
    applied or an outcome that cannot be learnt.
    """
    found = evaluated(
        case, options, metrics=metrics, headline=headline, breakdown=breakdown, prior=prior
    )
    return projected(case, options, found, by=by, breakdown=breakdown, in_all=not metrics)


def recalled_projection(
    case: Case,
    options: RunOptions,
    *,
    by: By = "year",
    metrics: Sequence[str] = (),
    headline: bool = False,
    breakdown: str | None = None,
    prior: bool = False,
) -> Projection:
    """Return what `project` does, from the cache if it is there: of a case without quantities of a
    person's own, which no cache can tell apart."""
    run = run_of(case, options)
    asked = by, tuple(metrics), headline, breakdown, prior
    compute = partial(
        project,
        case,
        options,
        by=by,
        metrics=metrics,
        headline=headline,
        breakdown=breakdown,
        prior=prior,
    )
    found, is_known = recalled(
        Projection, case, run, compute, decided_by=repr(asked), use_cache=options.use_cache
    )
    return found.of_run(run, is_known)


def evaluated(
    case: Case,
    options: RunOptions,
    *,
    metrics: Sequence[str] = (),
    headline: bool = False,
    breakdown: str | None = None,
    prior: bool = False,
) -> Evaluated:
    """Return what a projection is made of; raises InputError as `project` does."""
    meanings = metric_meanings(case.inputs)
    metrics = _check(meanings, metrics, breakdown)
    world = open_world(case, options, prior=prior)
    splits = breakdowns(breakdown) if breakdown else {}
    wholes = {whole for _dimension, whole in splits.values()}
    first = [name for name in meanings if meanings[name].headline or name in wholes]
    names = metrics or tuple(first if headline else meanings)
    parts = {whole: name for name, (_dimension, whole) in splits.items() if whole in names}
    extras = set() if metrics else {REPORTED}
    return Evaluated(world, world.values({*names, *extras, *parts.values()}), names, parts)


def projected(
    case: Case,
    options: RunOptions,
    found: Evaluated,
    *,
    by: By = "year",
    breakdown: str | None = None,
    in_all: bool = True,
) -> Projection:
    """Return the projection that is made of what was evaluated; `in_all` unless single metrics were
    asked for."""
    world, values = found.world, found.values
    meanings = metric_meanings(case.inputs)
    chosen = [meanings[name] for name in found.names]
    rows = [
        row
        for meaning in chosen
        for row in (
            *metric_rows(case.inputs, meaning, meanings, values, world.timeline, by),
            *_member_rows(
                meaning,
                values.get(found.parts.get(meaning.name, "")),
                breakdown,
                world.timeline,
                by,
            ),
        )
    ]
    learnt, asked = world.ensemble.learnt, () if in_all else found.names
    return Projection(
        command="project",
        run=run_of(case, options),
        rows=tuple(rows),
        warnings=(*world.warnings, *_beliefs_then(world, options.through)),
        metrics=metric_info(chosen),
        first_projected=world.timeline.first_projected,
        findings=tuple(_findings(case.inputs, world.timeline, asked, values, learnt.targets)),
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


def metric_rows(
    inputs: Inputs,
    meaning: Meaning,
    meanings: dict[str, Meaning],
    values: Values,
    timeline: Timeline,
    by: By,
) -> list[MetricRow]:
    """Return the rows of one metric over every quarter or whole year of the timeline."""
    draws = values[meaning.name]
    if meaning.name == CONSTRAINT:
        return [*_constraint_rows(meaning, draws, timeline, by)]
    if meaning.is_moment:
        return [event_row(meaning, draws[:, 0])]

    def part(name: str) -> tuple[Array, Kind]:
        kind = meanings[name].kind if name in meanings else model_graph().nodes[name].meaning.kind
        return values[name], kind

    rows: list[MetricRow] = []
    for period in timeline.years if by == "year" else timeline.periods:
        first, last = _columns(period, timeline, by)
        sample = draws[:, last] if by == "quarter" else aggregated(meaning, part, first)
        if meaning.is_indicator:
            status = status_of(None, last, timeline)
            rows.append(probability_row(meaning, period, sample, status))
            continue
        observed = observed_value(inputs, meaning.name, period, meaning.kind)
        rows.append(
            value_row(meaning, period, sample, status_of(observed, last, timeline), observed)
        )
    return rows


def _member_rows(
    whole: Meaning, parts: Any, dimension: str | None, timeline: Timeline, by: By
) -> list[MemberRow]:
    """Return the rows of each member of a metric's breakdown, none if it has no parts."""
    if parts is None or dimension is None:
        return []
    rows: list[MemberRow] = []
    for period in timeline.years if by == "year" else timeline.periods:
        first, last = _columns(period, timeline, by)
        status = status_of(None, last, timeline)
        samples = [
            draws[:, last] if by == "quarter" else year_value(draws, whole.kind, first)
            for draws in parts
        ]
        total = np.sum(samples, axis=0)
        for member, sample in zip(parts._fields, samples, strict=True):
            rows.append(member_row(whole, (dimension, member), period, sample, total, status))
    return sorted(rows, key=lambda row: parts._fields.index(row.member))


def _columns(period: str, timeline: Timeline, by: str) -> tuple[int, int]:
    if by == "year":
        first = 4 * int(period) - FIRST_QUARTER
        return first, first + 3
    column = timeline.periods.index(period)
    return column, column


def _constraint_rows(
    meaning: Meaning, codes: Array, timeline: Timeline, by: By
) -> list[ConstraintRow]:
    rows: list[ConstraintRow] = []
    for period in timeline.years if by == "year" else timeline.periods:
        first, last = _columns(period, timeline, by)
        rows += constraint_rows(meaning, period, codes[:, first : last + 1], "projected")
    return rows


def _findings(
    inputs: Inputs,
    timeline: Timeline,
    metrics: Sequence[str],
    values: Values,
    targets: Sequence[TargetRow],
) -> list[str]:
    """Return what a reader should know beside the tables, in sentences."""
    found = _assumed(inputs, metrics)
    if REPORTED in values:
        last = values[REPORTED][:, timeline.history - 1]
        low, middle, high = np.percentile(last, (10.0, 50.0, 90.0))
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
