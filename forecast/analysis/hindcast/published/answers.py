"""Our answer to a published forecast's question: from what was known on its day, in its unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.analysis.hindcast.money_alone import Asked, paths_then
from forecast.analysis.hindcast.published.definitions import BILLION, Target
from forecast.analysis.hindcast.scoring.baselines import walk_of
from forecast.analysis.hindcast.scoring.truth import Quarters, own_quarters, summed
from forecast.beliefs import Array
from forecast.curves.quantiles import PROBABILITIES
from forecast.inputs.schema import Inputs
from forecast.money.group import members
from forecast.money.reported import reported
from forecast.result import Quantiles
from forecast.world.rows import plain


@dataclass(frozen=True)
class Answer:
    """Our forecast of a target, and a random walk's, in the unit of the published one."""

    quantiles: Quantiles
    walk: float | None
    converted: str


class KnownThen:
    """What was known on a day, and the money group's paths from there, on companies' own clocks."""

    def __init__(self, then: Inputs, targets: Sequence[Target], asked: Asked) -> None:
        self.reports = {name: reported(driver, then) for name, driver in members(then).items()}
        spans = [span for each in targets for span in (each.quarters, each.before) if span]
        first, last = min(each.start for each in spans), max(each.stop for each in spans)
        self.paths = paths_then(then, range(first - 1, last), asked)

    def answer(self, target: Target) -> Answer:
        """Return our forecast of a target, and the walk's."""
        parts = [factor * self._own(name) for name, factor in target.factors.items()]
        values = _in_unit(np.asarray(np.sum(parts, axis=0)), self.paths.quarters, target)
        history = summed(
            {q: factor * value for q, value in own_quarters(self.reports[name]).items()}
            for name, factor in target.factors.items()
        )
        levels = np.quantile(values, PROBABILITIES)
        return Answer(
            Quantiles(tuple(plain(float(each)) for each in levels)),
            _walked(history, self.paths.quarters, target),
            target.converted,
        )

    def _own(self, name: str) -> Array:
        """Return a member's quarters by its own clock, (draws, quarters): as reported, then drawn.

        Where quarters end a month early, one has two thirds of this calendar quarter's and a third
        of the one before.
        """
        report = self.reports[name]
        drawn = self.paths.paths[name].copy()
        if report.months_early > 0:
            rest = report.months_early / 3.0
            drawn[:, 1:] = (1.0 - rest) * drawn[:, 1:] + rest * drawn[:, :-1]
        for quarter, value in own_quarters(report).items():
            if quarter in self.paths.quarters:
                drawn[:, quarter - self.paths.quarters.start] = value
        return drawn


def _in_unit(values: Array, quarters: range, target: Target) -> Array:
    """Return the target in its unit, (draws,), from USD a quarter, (draws, quarters)."""
    first = quarters.start
    total = values[:, target.quarters.start - first : target.quarters.stop - first].sum(axis=1)
    if target.before is None:
        return np.asarray(total / BILLION)
    base = values[:, target.before.start - first : target.before.stop - first].sum(axis=1)
    return np.asarray(100.0 * (total / base - 1.0))


def _walked(history: Quarters, quarters: range, target: Target) -> float | None:
    """Return the median of a random walk with drift from what was known."""
    walk = walk_of({quarter: float(np.log(value)) for quarter, value in history.items()})
    if walk is None:
        return None
    path = [history.get(each, float(np.exp(walk.median(each)))) for each in quarters]
    return plain(float(_in_unit(np.array([path]), quarters, target)[0]))
