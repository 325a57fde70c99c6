"""Rows of a case, and of how one case differs from another on the same draws.

What is asked of them (metrics, a period) is checked in one place, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecast.errors import Problem
from forecast.inputs.schema import Inputs
from forecast.model.graph import Meaning
from forecast.periods import FIRST_QUARTER, label, quarter
from forecast.result import Result
from forecast.world.history.observed import observed_value
from forecast.world.metrics import MetricInfo, MetricTable, metric_ids, metric_meanings, status_of
from forecast.world.rows import (
    MetricRow,
    change_row,
    constraint_change_rows,
    constraint_rows,
    event_change_row,
    event_row,
    plain,
    probability_change_row,
    probability_row,
    value_row,
)
from forecast.world.timeline import Timeline
from forecast.world.values import CONSTRAINT, Taken

COMMAND_LINE = "command line"


@dataclass(frozen=True)
class SideBySide(Result):
    """Rows of several cases on the same draws, and what a page needs to know of their metrics."""

    metrics: dict[str, MetricInfo]
    first_projected: str

    def table(self, rows: Iterable[MetricRow]) -> MetricTable:
        """Return the rows of one of the cases as a table of their own."""
        about = self.metrics, self.first_projected
        return MetricTable(self.command, self.run, tuple(rows), self.warnings, *about)


def question_problems(
    inputs: Inputs, timeline: Timeline, metrics: Sequence[str], at: str
) -> list[Problem]:
    """Return what is wrong with the metrics and the period (empty for none) asked for."""
    problems: list[Problem] = []
    metric_ids(metrics, metric_meanings(inputs), problems)
    if at and at not in (*timeline.periods, *timeline.years):
        found = f"{at}, which the run through {timeline.periods[-1]} lacks"
        try:
            quarter(at)
        except ValueError as error:
            found = str(error)
        expected = f"a year or quarter from {label(FIRST_QUARTER)} to {timeline.periods[-1]}"
        problems.append(Problem(COMMAND_LINE, f"--at {at}", found, expected))
    return problems


def keys_of(chosen: Sequence[Meaning], periods: Sequence[str]) -> list[tuple[str, str]]:
    """Return what rows of metrics at periods are made of, for `World.take`."""
    return [
        (meaning.name, period)
        for meaning in chosen
        for period in (("",) if meaning.is_moment else periods)
    ]


def case_rows(
    inputs: Inputs,
    timeline: Timeline,
    chosen: Sequence[Meaning],
    periods: Sequence[str],
    taken: Taken,
) -> list[MetricRow]:
    """Return a case's rows from draws of `keys_of`: each metric at each period (years or quarters),
    events once."""
    rows: list[MetricRow] = []
    for meaning in chosen:
        if meaning.name == CONSTRAINT:
            for period in periods:
                codes = taken[CONSTRAINT, period]
                rows += constraint_rows(meaning, period, codes, "projected")
        elif meaning.is_indicator:
            for period in periods:
                status = status_of(None, quarter(period) - FIRST_QUARTER, timeline)
                rows.append(probability_row(meaning, period, taken[meaning.name, period], status))
        elif meaning.is_moment:
            rows.append(event_row(meaning, taken[meaning.name, ""]))
        else:
            for period in periods:
                observed = observed_value(inputs, meaning.name, period, meaning.kind)
                status = status_of(observed, quarter(period) - FIRST_QUARTER, timeline)
                draws = taken[meaning.name, period]
                rows.append(value_row(meaning, period, draws, status, observed))
    return rows


def change_rows(
    chosen: Sequence[Meaning], periods: Sequence[str], before: Taken, after: Taken
) -> list[MetricRow]:
    """Return how each metric changes draw by draw, with `probability_up`: the share of draws in
    which it rises (an event: comes later), no change counting half.

    The row of an event holds the change of `probability_never` and no quantiles, those of what
    binds the change of its share of draws.
    """
    rows: list[MetricRow] = []
    for meaning in chosen:
        name = meaning.name
        if name == CONSTRAINT:
            for period in periods:
                pair = before[name, period], after[name, period]
                rows += constraint_change_rows(meaning, period, *pair)
        elif meaning.is_indicator:
            rows += [
                probability_change_row(meaning, period, before[name, period], after[name, period])
                for period in periods
            ]
        elif meaning.is_moment:
            rows.append(event_change_row(meaning, before[name, ""], after[name, ""]))
        else:
            rows += [
                change_row(meaning, period, before[name, period], after[name, period])
                for period in periods
            ]
    return rows


def rank_change_rows(
    chosen: Sequence[Meaning],
    periods: Sequence[str],
    taken: tuple[Taken, Taken],
    rows: tuple[Sequence[MetricRow], Sequence[MetricRow]],
) -> list[MetricRow]:
    """Return what `change_rows` does of two cases whose draws are no pairs, between draws of equal
    rank; `rows` are the cases' own, whose sampling errors add up. What binds has no rank."""
    before, after = (
        {key: np.sort(draws) if draws.ndim == 1 else draws for key, draws in each.items()}
        for each in taken
    )
    return [
        replace(row, mc_error=plain(float(np.hypot(base.mc_error, now.mc_error))))
        for row, base, now in zip(change_rows(chosen, periods, before, after), *rows, strict=True)
    ]
