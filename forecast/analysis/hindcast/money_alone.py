"""The money group alone, as of an origin: capex of the five and of each, and vendors' revenue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.analysis.hindcast.origins import known_by, last_day
from forecast.analysis.hindcast.scoring.baselines import YEAR, Walk, walk_of
from forecast.analysis.hindcast.scoring.rows import HindcastRow, Method
from forecast.analysis.hindcast.scoring.truth import TOTAL, Quarters, reported_money
from forecast.beliefs import NORMAL_P90, Array
from forecast.curves.quantiles import PROBABILITIES
from forecast.ensemble.prior import stream
from forecast.inputs.schema import Inputs
from forecast.money.group import MoneyPaths, members, money_paths
from forecast.money.joint import PER_REVENUE
from forecast.periods import label
from forecast.result import Quantiles
from forecast.world.rows import plain

FURTHEST = 12  # quarters ahead
DRAWS = 1500


@dataclass(frozen=True)
class PerRevenue:
    """A belief about the five's AI capex for each dollar of NVIDIA's data-centre revenue: a
    lognormal's median and spread in logarithms."""

    median: float
    spread: float

    def draws(self, count: int, seed: int) -> Array:
        """Return draws, (count,)."""
        normals = stream(seed, "capex per revenue").standard_normal(count)
        return np.asarray(self.median * np.exp(self.spread * normals))


@dataclass(frozen=True)
class Asked:
    """How the money group is run: draws, seed, and the belief that links capex to NVIDIA, that of
    the inputs if None."""

    draws: int = DRAWS
    seed: int = 1
    per_revenue: PerRevenue | None = None


def believed(inputs: Inputs) -> PerRevenue:
    """Return what inputs believe."""
    stated = dict(inputs.assumptions[PER_REVENUE].knots[0].belief.quantiles)
    return PerRevenue(stated[0.5], float(np.log(stated[0.9] / stated[0.1])) / (2.0 * NORMAL_P90))


def paths_then(then: Inputs, quarters: range, asked: Asked) -> MoneyPaths:
    """Return the paths over calendar quarters of inputs cut at a day, all that they hold."""
    per_revenue = (asked.per_revenue or believed(then)).draws(asked.draws, asked.seed)
    return money_paths(then, quarters, asked.draws, asked.seed, per_revenue=per_revenue)


def money_rows(
    inputs: Inputs, origin: int, truth: Mapping[str, Quarters], asked: Asked
) -> Iterator[HindcastRow]:
    """Yield forecasts as of the end of a quarter, and both baselines', of each later quarter that
    was observed, up to FURTHEST.

    Raises InputError where the five companies or NVIDIA had not reported by then.
    """
    then = known_by(inputs, last_day(origin))
    paths = paths_then(then, range(origin + 1, origin + FURTHEST + 1), asked)
    drawn = {TOTAL: paths.total(list(members(then, "capex"))), **paths.paths}
    history = reported_money(then)
    for metric, values in drawn.items():
        yield from metric_rows(metric, origin, np.log(values), history[metric], truth[metric])


def metric_rows(
    metric: str, origin: int, logs: Array, history: Quarters, truth: Quarters
) -> Iterator[HindcastRow]:
    """Yield the forecast and baselines of each quarter after an origin that was observed.

    `logs` are draws in logarithms, (draws, quarters), from the quarter after the origin on.
    """
    levels = np.quantile(logs, PROBABILITIES, axis=0).T
    quarters = range(origin + 1, origin + 1 + len(levels))
    came = [quarter for quarter in quarters if quarter in truth]
    own = {quarter: levels[quarter - quarters.start] for quarter in came}
    made: dict[Method, dict[int, Array]] = {"forecast": own}
    for method, found in (made | _baselines(history, came)).items():
        for quarter in came:
            yield HindcastRow(
                part="money",
                metric=metric,
                method=method,
                origin=label(origin),
                horizon=quarter - origin,
                period=label(quarter),
                unit="USD",
                observed=plain(truth[quarter]),
                observed_qualifier="eq",
                quantiles=Quantiles(tuple(plain(x) for x in np.exp(found[quarter]))),
            )


def _baselines(history: Quarters, quarters: Sequence[int]) -> dict[Method, dict[int, Array]]:
    """Return the baselines' quantiles of quarters, in logarithms, where history suffices."""
    logs = {each: float(np.log(value)) for each, value in history.items()}
    walks: dict[Method, Walk | None] = {"walk": walk_of(logs), "growth": walk_of(logs, YEAR)}
    return {
        method: {quarter: walk.quantiles(quarter) for quarter in quarters}
        for method, walk in walks.items()
        if walk is not None
    }
