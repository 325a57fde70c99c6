"""What moved between two runs, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from forecast.analysis.runs.causes import (
    Cause,
    Compared,
    Ends,
    Way,
    all_in_one,
    causes_of,
    changes_between,
    draws_of_run,
    steps_between,
)
from forecast.analysis.runs.kept_runs import (
    KeptFigures,
    KeptRun,
    Value,
    event_in,
    find_run,
    kept_runs,
    value_in,
)
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Kind
from forecast.names import find, split_asked
from forecast.periods import is_year, quarter
from forecast.result import BESIDE, MERGED, NO_QUARTERS, Quarters, Result
from forecast.world.metrics import SUBJECTS, MetricAt, MetricInfo, metric_info, metric_meanings
from forecast.world.rows import ChangeRow, EventRow, Status, change_row, plain

CROSSOVER = "crossover"


@dataclass(frozen=True)
class MedianChangeRow:
    """How a median changed, or how often an event never comes, where draws are not compared."""

    metric: str
    dimension: None
    member: None
    period: str | None
    unit: str
    kind: Kind
    status: Status
    observed: None
    mean: None
    quantiles: Quarters
    mc_error: None
    probability_never: float | None
    probability_up: None
    change: float | None


@dataclass(frozen=True)
class Move:
    """A metric at a period in both runs: figures, how they differ, and by how much the medians."""

    before: Value
    after: Value
    difference: ChangeRow | MedianChangeRow
    change: float

    @property
    def metric(self) -> str:
        """The metric's id."""
        return self.before.metric

    @property
    def period(self) -> str:
        """The year or quarter."""
        return self.before.period


@dataclass(frozen=True)
class EventMove:
    """An event in both runs; `change` is that of the median in quarters, if both have one."""

    before: EventRow
    after: EventRow
    difference: MedianChangeRow
    change: int | None


@dataclass(frozen=True)
class RunRow:
    """The figures of a run: of the first (base) or the second (changed)."""

    case: Literal["base", "changed"]
    figures: Value | EventRow = field(metadata=MERGED)


@dataclass(frozen=True)
class DifferenceRow:
    """How the figures differ."""

    case: Literal["difference"]
    difference: ChangeRow | MedianChangeRow = field(metadata=MERGED)


@dataclass(frozen=True)
class CauseRow:
    """What a cause contributes to a metric's change: `part` is its kind, `amount` and its Monte
    Carlo `error` are in the metric's unit."""

    metric: str
    period: str
    unit: str
    part: str
    name: str
    old: str
    new: str
    place: str
    amount: float
    error: float | None


@dataclass(frozen=True)
class ComparedRun:
    """A run that is compared."""

    run_id: str
    number: int
    name: str
    started: str
    data_through: str


@dataclass(frozen=True)
class Diff(Result):
    """What moved between two `runs`, and why: the amounts of a metric sum to its change. `checked`
    are changed inputs that the forecast is only held against."""

    rows: tuple[RunRow | DifferenceRow, ...]
    attribution: tuple[CauseRow, ...] = field(metadata=BESIDE)
    runs: tuple[ComparedRun, ...] = field(metadata=BESIDE)
    moves: tuple[Move, ...]
    crossover: EventMove | None
    metrics: dict[str, MetricInfo]
    identical: bool
    same_draws: bool
    checked: tuple[str, ...]


def diff(
    first: KeptRun,
    second: KeptRun,
    *,
    workspace: Path | None,
    metrics: Sequence[str] = (),
    use_cache: bool = True,
) -> Diff:
    """Return what moved from one run to another and why.

    It covers SUBJECTS at the last year that both have and the crossover, or what of `metrics` is
    named as METRIC@PERIOD. Differences are taken draw by draw on the first run's draws where inputs
    or settings differ. Raises InputError for figures that were not kept.
    """
    compared = _compared(first, second, metrics)
    changes = changes_between(first, second)
    way = Way(first, second, compared, steps_between(changes, first, second), workspace, use_cache)
    warnings: tuple[str, ...] = ()
    try:
        causes, ends = causes_of(way)
    except InputError as error:
        causes, ends = all_in_one(way), None
        why = error.problems[0].sentence()
        warnings = (f"causes cannot be told apart, because not all could be run anew: {why}",)
    moves = tuple(_move(each, ends) for each in compared)
    crossover = None if metrics else _crossover(first, second)
    is_same = first.key == second.key
    return Diff(
        command="diff",
        run=second.run,
        rows=tuple(_rows(moves, crossover)),
        warnings=warnings,
        attribution=() if is_same else tuple(_cause_rows(compared, causes)),
        runs=(_about(first), _about(second)),
        moves=moves,
        crossover=crossover,
        metrics=metric_info(each.at.meaning for each in compared),
        identical=is_same,
        same_draws=draws_of_run(first) == draws_of_run(second),
        checked=tuple(each.title for each in changes if not each.counts),
    )


def _cause_rows(compared: Sequence[Compared], causes: Sequence[Cause]) -> Iterator[CauseRow]:
    """Yield the attribution, metric by metric."""
    for index, each in enumerate(compared):
        for cause in causes:
            yield CauseRow(
                metric=each.at.metric,
                period=each.at.period,
                unit=each.at.meaning.unit,
                part=cause.step.part,
                name=cause.step.title,
                old=cause.step.old,
                new=cause.step.new,
                place=cause.step.place,
                amount=float(cause.amounts[index]),
                error=None if cause.errors is None else plain(float(cause.errors[index])),
            )


def _move(compared: Compared, ends: Ends | None) -> Move:
    difference: ChangeRow | MedianChangeRow = _median_change(compared.after, compared.change)
    if ends:
        pair = (compared.draws(taken) for taken in ends)
        difference = change_row(compared.at.meaning, compared.at.period, *pair)
    return Move(compared.before, compared.after, difference, compared.change)


def _crossover(first: KeptRun, second: KeptRun) -> EventMove | None:
    """Return when inference overtakes training in both runs."""
    before, after = (event_in(each.figures or {}, CROSSOVER) for each in (first, second))
    if before is None or after is None:
        return None
    quarters = [quarter(each.quantiles.p50) for each in (before, after) if each.quantiles.p50]
    never = plain(after.probability_never - before.probability_never)
    change = quarters[1] - quarters[0] if len(quarters) == 2 else None
    return EventMove(before, after, _median_change(after, change, never), change)


def _median_change(
    after: Value | EventRow, change: float | None, never: float | None = None
) -> MedianChangeRow:
    return MedianChangeRow(
        metric=after.metric,
        dimension=None,
        member=None,
        period=after.period,
        unit=after.unit,
        kind=after.kind,
        status=after.status,
        observed=None,
        mean=None,
        quantiles=NO_QUARTERS,
        mc_error=None,
        probability_never=never,
        probability_up=None,
        change=change,
    )


def _rows(moves: Sequence[Move], crossover: EventMove | None) -> Iterator[RunRow | DifferenceRow]:
    """Yield the figures of both runs and their difference, metric by metric."""
    every: list[Move | EventMove] = [*moves, *([crossover] if crossover else [])]
    for each in every:
        yield RunRow("base", each.before)
        yield RunRow("changed", each.after)
        yield DifferenceRow("difference", each.difference)


def _compared(first: KeptRun, second: KeptRun, metrics: Sequence[str]) -> tuple[Compared, ...]:
    """Return what is compared. Raises InputError with every problem."""
    before, after = _figures(first), _figures(second)
    inputs = second.inputs or first.inputs
    if inputs is None:
        raise InputError(_gone(second, "inputs"))
    meanings = metric_meanings(inputs)
    problems: list[Problem] = []
    found: list[Compared] = []
    for metric, period in _asked_pairs(metrics, before, after):
        key = metric, period, None
        if key not in before or key not in after or metric not in meanings:
            problems.append(_not_kept(f"{metric}@{period}", metric, before.keys() & after.keys()))
            continue
        rows = value_in(before, metric, period), value_in(after, metric, period)
        if rows[0] and rows[1]:
            found.append(Compared(MetricAt(meanings[metric], period), rows[0], rows[1]))
    if problems:
        raise InputError(problems)
    return tuple(found)


def _figures(kept: KeptRun) -> KeptFigures:
    if kept.figures is None:
        raise InputError(_gone(kept, "figures"))
    return kept.figures


def _gone(kept: KeptRun, what: str) -> Problem:
    return Problem("command line", kept.run.run_id, f"its {what} are kept no longer", "a later run")


def _asked_pairs(
    asked: Sequence[str], before: KeptFigures, after: KeptFigures
) -> list[tuple[str, str]]:
    """Return the metrics and periods asked for, or SUBJECTS at the last year that both have."""
    if asked:
        names = {name: "" for name, period, _ in before.keys() & after.keys() if period}
        parts = [split_asked(text) for text in asked]
        return [(find(name, names).name or name, period.upper()) for name, period in parts]
    years = [period for name, period, _ in before.keys() & after.keys() if name == SUBJECTS[0]]
    last = max((each for each in years if each and is_year(each)), default="")
    return [(name, last) for name in SUBJECTS]


def _not_kept(
    text: str, metric: str, known: Collection[tuple[str, str | None, str | None]]
) -> Problem:
    """Return the problem that the runs did not keep a metric at a period."""
    names = {name for name, period, _ in known if period}
    expected = "METRIC@PERIOD that both runs kept: every metric by year, headline ones by quarter"
    hint = "" if metric in names else did_you_mean(metric, names)
    return Problem("command line", f"--metric {text}", "not among what both kept", expected, hint)


def _about(kept: KeptRun) -> ComparedRun:
    run = kept.run
    return ComparedRun(run.run_id, kept.number, kept.name, run.started, run.data_through)


def diff_runs(
    first: str,
    second: str,
    workspace: Path | None,
    *,
    metrics: Sequence[str] = (),
    use_cache: bool = True,
) -> Diff:
    """Return what moved between two runs that are referred to as `find_run` reads it.

    Raises InputError for a reference that names no run, with those of both.
    """
    runs = kept_runs(workspace)
    found: list[KeptRun] = []
    problems: list[Problem] = []
    for reference in (first, second):
        try:
            found.append(find_run(reference, runs))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(dict.fromkeys(problems))
    return diff(found[0], found[1], workspace=workspace, metrics=metrics, use_cache=use_cache)
