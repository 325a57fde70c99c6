"""What-ifs: a case beside itself with something changed, draw by draw, and why they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from forecast.analysis.attribution.shapley import EXACT
from forecast.analysis.case_rows import (
    COMMAND_LINE,
    SideBySide,
    case_rows,
    change_rows,
    keys_of,
    question_problems,
    rank_change_rows,
)
from forecast.analysis.whatif.causes import Part, change_parts, link_parts, links_of
from forecast.analysis.whatif.experiment import Experiment, changes_of
from forecast.analysis.whatif.rows import CaseName, CaseRow, Compared, SetBelief
from forecast.errors import InputError
from forecast.model.graph import Meaning
from forecast.money.joint import planned
from forecast.result import BESIDE, DEFAULT, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.ensemble import open_world
from forecast.world.history.outcomes import OutcomeRow
from forecast.world.metrics import (
    SUBJECTS,
    MetricTable,
    found_metrics,
    metric_info,
    metric_meanings,
)
from forecast.world.rows import ChangeRow, MetricRow, moved
from forecast.world.settings import at_date, kind_of
from forecast.world.values import Values
from forecast.world.world import World


@dataclass(frozen=True)
class WhatIf(SideBySide):
    """A case beside itself with something changed.

    `asked` says what, and `supposed` which outcomes, as they were written, `changes` by name, and
    `beliefs` what is set by each setting; `against` the scenarios of the base.
    `subject` is the metric that moved most at the `period` compared. `is_exact` says whether every
    subset of the changes was valued, `reconditioned` whether history answered any of them. Where
    outcomes are `given`, draws are no pairs, and differences are between draws of equal rank.
    """

    rows: tuple[CaseRow, ...]
    attribution: tuple[Part, ...] = field(metadata=BESIDE)
    given: tuple[OutcomeRow, ...] = field(metadata=BESIDE)
    period: str
    subject: str | None
    asked: tuple[str, ...]
    beliefs: dict[str, SetBelief]
    supposed: tuple[str, ...]
    changes: tuple[str, ...]
    is_exact: bool
    against: tuple[str, ...]
    recondition: bool
    reconditioned: bool

    @cached_property
    def base(self) -> MetricTable:
        """The rows of the base."""
        return self._of("base")

    @cached_property
    def now(self) -> MetricTable:
        """The rows of the changed case."""
        return self._of("changed")

    @cached_property
    def difference(self) -> MetricTable:
        """The rows of how they differ."""
        return self._of("difference")

    def _of(self, case: CaseName) -> MetricTable:
        return self.table(each.row for each in self.rows if each.case == case)

    def compared(self, metric: str) -> Compared | None:
        """Return a metric's rows at the period compared, None if it has none."""
        base, now = (each.find(metric, self.period) for each in (self.base, self.now))
        change = self.difference.find(metric, self.period)
        if base is None or now is None or not isinstance(change, ChangeRow):
            return None
        return Compared(base, now, change)


def whatif(
    base: Case,
    options: RunOptions = DEFAULT,
    *,
    changed: Case,
    metrics: Sequence[str] = (),
    at: str = "",
    headline: bool = False,
    recondition: bool = False,
) -> WhatIf:
    """Return a case beside the same case with settings added, on the same draws, and with outcomes
    that are then learnt.

    Rows are those of a projection with `case` first: base, changed, or difference, which is taken
    draw by draw, or rank by rank where outcomes are learnt, and has `probability_up`. They cover
    every metric in every year, or `metrics`, or with `headline` those shown first in the last year;
    with `at` that period alone. `changed` is `base` with settings and outcomes after its own, as
    `with_changes` returns it.

    `attribution` says what each change did (Shapley values of medians, which sum to the change of
    the median) and each link of the chain (LMDI, means over draws, which sum to the mean change;
    none where outcomes are learnt).
    With `recondition` settings without a date change the belief itself and history answers it.
    Raises InputError for what cannot be.
    """
    timeline = changed.timeline(options.through)
    if problems := question_problems(base.inputs, timeline, metrics, at):
        raise InputError(problems)
    metrics = found_metrics(metrics, base.inputs)
    given = changed.given[len(base.given) :]
    world = open_world(base, options, also=changed.settings, given=given)
    warnings = world.with_settings(changed.settings).warnings
    changes = changes_of(changed.settings[len(base.settings) :], given, recondition=recondition)
    experiment = Experiment(base, options, world, changes, recondition)
    meanings, period = metric_meanings(base.inputs), at or timeline.years[-1]
    names = metrics or [name for name in meanings if meanings[name].headline or not headline]
    chosen = [meanings[name] for name in names]
    candidates = _candidates(chosen, metrics or SUBJECTS)
    links = links_of(candidates) if changes else set()
    sides = experiment.values({*names, *links})
    subject = _most_moved(candidates[:1] if metrics else candidates, period, sides)
    attributed = [subject] if headline and subject else candidates
    periods = [period] if headline or at else timeline.years
    return WhatIf(
        command="whatif",
        run=run_of(changed, options),
        rows=tuple(_rows(experiment, chosen, periods, sides)),
        warnings=tuple(dict.fromkeys((*warnings, *experiment.now.ensemble.learnt.warnings))),
        metrics=metric_info(chosen),
        first_projected=timeline.first_projected,
        attribution=tuple(_attribution(experiment, attributed, period, sides)) if changes else (),
        given=experiment.now.outcomes,
        period=period,
        subject=subject.name if subject and changes else None,
        asked=_asked(base, changed),
        beliefs=_set_beliefs(base, changed, world),
        supposed=tuple(each.text for each in given),
        changes=tuple(each.name for each in changes),
        is_exact=len(changes) <= EXACT,
        against=tuple(name for name in base.scenario if name != "base"),
        recondition=recondition,
        reconditioned=experiment.is_reconditioned,
    )


def _candidates(chosen: Sequence[Meaning], names: Sequence[str]) -> list[Meaning]:
    """Return those of some names that have a value at a period, which can be attributed."""
    return [each for each in chosen if each.name in names and each.kind != "event"]


def _asked(base: Case, changed: Case) -> tuple[str, ...]:
    """Return what was asked for, as it was written: scenarios, then settings."""
    added = changed.settings[len(base.settings) :]
    own = [each.text for each in added if each.origin == COMMAND_LINE]
    return (*changed.scenario[len(base.scenario) :], *dict.fromkeys(own))


def _set_beliefs(base: Case, changed: Case, world: World) -> dict[str, SetBelief]:
    """Return what each setting that was asked for sets, by its text; `world` is the base."""
    inputs, found = world.inputs, {}
    for each in changed.settings[len(base.settings) :]:
        if each.origin == COMMAND_LINE:
            known = inputs.drivers.get(each.key) or inputs.assumptions[each.key]
            period = each.period or world.timeline.periods[-1]
            draws = at_date(world.belief(each.key), period, kind_of(inputs, each.key))
            is_plan = planned(inputs, each.key) != each.key
            before = float(np.median(draws))
            found[each.text] = SetBelief(each, known.title, known.unit, is_plan, before)
    return found


def _most_moved(
    metrics: Sequence[Meaning], period: str, sides: tuple[Values, Values]
) -> Meaning | None:
    """Return the metric whose median change goes furthest, in widths of the base's P10–P90."""

    def effect(meaning: Meaning) -> float:
        before, after = (values.at(meaning.name, period) for values in sides)
        low, high = np.percentile(before, (10.0, 90.0))
        change = abs(float(np.median(moved(before, after))))
        return change / float(high - low) if high > low else change

    return max(metrics, key=effect, default=None)


def _rows(
    experiment: Experiment,
    chosen: Sequence[Meaning],
    periods: Sequence[str],
    sides: tuple[Values, Values],
) -> Iterator[CaseRow]:
    """Yield the rows of both cases and of the difference."""
    world, keys = experiment.base, keys_of(chosen, periods)
    before, after = (values.take(keys) for values in sides)
    about = world.inputs, world.timeline, chosen, periods
    base, changed = case_rows(*about, before), case_rows(*about, after)
    difference = change_rows(chosen, periods, before, after)
    if experiment.has_learnt:
        difference = rank_change_rows(chosen, periods, (before, after), (base, changed))
    cases: dict[CaseName, list[MetricRow]] = {
        "base": base,
        "changed": changed,
        "difference": difference,
    }
    for case, rows in cases.items():
        for row in rows:
            yield CaseRow(case, row)


def _attribution(
    experiment: Experiment,
    metrics: Sequence[Meaning],
    period: str,
    sides: tuple[Values, Values],
) -> Iterator[Part]:
    """Yield what each change, and each link of the chain, contributed to metrics."""
    if metrics:
        yield from change_parts(experiment, metrics, period, sides)
    for meaning in () if experiment.has_learnt else metrics:
        yield from link_parts(experiment, meaning, period, sides)
