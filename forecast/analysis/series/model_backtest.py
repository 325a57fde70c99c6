"""How good would the whole forecast have been? As of an earlier day, against what came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, Protocol

import numpy as np

from forecast.analysis.project import Projection, project
from forecast.analysis.series.beliefs_then import (
    BeliefEffect,
    BeliefThen,
    beliefs_then,
    compare_beliefs,
)
from forecast.analysis.series.scores import comparable, crps
from forecast.beliefs import Array
from forecast.ensemble.targets import observed_in
from forecast.errors import InputError, Problem
from forecast.inputs.as_of import count_beliefs
from forecast.inputs.schema import Inputs, Kind
from forecast.periods import FIRST_QUARTER, label, quarter, quarter_of
from forecast.result import BESIDE, DEFAULT, PERCENTILES, Quantiles, Result, RunOptions
from forecast.units import Qualifier, Reading
from forecast.world.case import Case
from forecast.world.ensemble import open_world, shared_ensembles
from forecast.world.history.observed import observed_value
from forecast.world.rows import plain

LEVELS = tuple(percentile / 100.0 for percentile in PERCENTILES)
QUARTERS_OF_HISTORY = 4


class Scorable(Protocol):
    """A forecast as quantiles at PERCENTILES, and what was observed, in one unit."""

    @property
    def unit(self) -> str: ...
    @property
    def observed(self) -> float: ...
    @property
    def observed_qualifier(self) -> Qualifier: ...
    @property
    def quantiles(self) -> Quantiles: ...


@dataclass(frozen=True)
class ModelBacktestRow:
    """A metric `horizon` quarters after the `origin`, and what was observed of it since."""

    metric: str
    origin: str
    horizon: int
    period: str
    unit: str
    observed: float
    observed_qualifier: Qualifier
    quantiles: Quantiles


@dataclass(frozen=True)
class MetricScore:
    """How good the forecasts of a metric were, over `quarters` of which `bounds` were observed as
    more or less than a figure; CRPS in percentage points for shares, in natural logarithms for
    levels."""

    metric: str
    kind: Literal["share", "level"]
    quarters: int
    bounds: int
    crps: float
    coverage_80: float
    coverage_90: float


@dataclass(frozen=True)
class ModelBacktest(Result):
    """The forecast as of an earlier day beside what came, and how good it was; what of today's
    `stated` beliefs it does not hold, and the headline metrics with and without them."""

    rows: tuple[ModelBacktestRow, ...]
    scores: tuple[MetricScore, ...] = field(metadata=BESIDE)
    beliefs: tuple[BeliefThen, ...] = field(metadata=BESIDE)
    effects: tuple[BeliefEffect, ...] = field(metadata=BESIDE)
    stated: int


def backtest_model(
    now: Case,
    options: RunOptions = DEFAULT,
    *,
    then: Case,
    origin: date,
    with_today: Case | None = None,
) -> ModelBacktest:
    """Return the forecast of `then`, a case as of `origin`, beside what `now` has observed since,
    through the last quarter that it knows.

    One row for each metric and later quarter that was observed, if only as a bound. `with_today` is
    the same case with the beliefs of today, against which those of then are held. Raises InputError
    where the data of then do not carry a forecast.
    """
    through = label(max(quarter_of(now.inputs.data_through), quarter_of(origin) + 1))
    _refuse_short_history(then, through, origin)
    options = replace(options, through=through)
    with shared_ensembles():
        made = project(then, options, by="quarter")
        beliefs = beliefs_then(open_world(then, options), through)
        effects = compare_beliefs(then, with_today, options) if with_today else ()
    wordings = _old_wordings(then.inputs)
    rows = tuple(_rows(made, now, quarter_of(origin), wordings))
    warnings = made.warnings
    scored = {row.metric for row in rows}
    for metric, series in wordings.items():
        if metric in scored:
            warnings += (f"{metric} is held against {series}, the only wording known by {origin}",)
    if not rows:
        warnings += (f"nothing observed after {origin} to hold the forecast against",)
    run = replace(made.run, data_through=now.inputs.data_through.isoformat())
    scores = tuple(
        score_row(metric, [row for row in rows if row.metric == metric])
        for metric in dict.fromkeys(row.metric for row in rows)
    )
    stated = count_beliefs(then.inputs)
    return ModelBacktest("backtest", run, rows, warnings, scores, beliefs, effects, stated)


def _refuse_short_history(then: Case, through: str, origin: date) -> None:
    """Raise InputError where vendors had not reported a year, which the model starts from."""
    if (found := then.timeline(through).history) < QUARTERS_OF_HISTORY:
        expected = (
            f"{QUARTERS_OF_HISTORY} quarters from {label(FIRST_QUARTER)} on, reported by then"
        )
        problem = Problem("command line", f"--origin {origin}", f"{found} quarters", expected)
        raise InputError(replace(problem, hint="Take a later origin."))


def _old_wordings(inputs: Inputs) -> dict[str, str]:
    """Return the drivers of which only another wording had been published, with its series."""
    published = {row.series_id for row in inputs.observations}
    found = {}
    for name, driver in inputs.drivers.items():
        known = [each for each in driver.evidence if published.intersection(each.series)]
        if known and all(each.variant for each in known) and len(known) < len(driver.evidence):
            found[name] = known[0].series[0]
    return found


def _rows(
    made: Projection, now: Case, origin: int, wordings: Mapping[str, str]
) -> Iterator[ModelBacktestRow]:
    for row in made.values:
        if quarter(row.period) <= origin:
            continue
        reading = _reading(now.inputs, row.metric, row.period, row.kind, wordings)
        if reading is None or reading.qualifier == "range":
            continue
        yield ModelBacktestRow(
            metric=row.metric,
            origin=label(origin),
            horizon=quarter(row.period) - origin,
            period=row.period,
            unit=row.unit,
            observed=plain(reading.value),
            observed_qualifier=reading.qualifier,
            quantiles=row.quantiles,
        )


def _reading(
    inputs: Inputs, metric: str, period: str, kind: Kind, wordings: Mapping[str, str]
) -> Reading | None:
    """Return what was observed of a metric, in the wording that was known at the origin."""
    if metric not in wordings:
        return observed_value(inputs, metric, period, kind)
    rows = [row for row in inputs.observations if row.series_id == wordings[metric]]
    value = observed_in(rows, period, "stock" if kind == "share" else kind)
    return None if value is None else Reading("eq", value)


def score_row(metric: str, rows: Sequence[Scorable]) -> MetricScore:
    """Return the scores of forecasts of a metric.

    A bound is scored on its side alone: what lies above a floor costs nothing, what lies below it
    costs its CRPS (threshold weighting, Gneiting and Ranjan 2011), and a band holds a floor if it
    reaches above it.
    """
    ceiling = 1.0 if rows[0].unit == "share" else None
    quantiles = comparable(np.array([row.quantiles.values for row in rows]), ceiling)
    observed = comparable(np.array([row.observed for row in rows]), ceiling)
    said = np.array([row.observed_qualifier for row in rows])
    return MetricScore(
        metric=metric,
        kind="level" if ceiling is None else "share",
        quarters=len(rows),
        bounds=int(((said == "gt") | (said == "lt")).sum()),
        crps=plain(float(crps(_beyond(quantiles, observed, said), observed, LEVELS).mean())),
        coverage_80=_held(quantiles, observed, said, 10, 90),
        coverage_90=_held(quantiles, observed, said, 5, 95),
    )


def _beyond(quantiles: Array, observed: Array, said: np.ndarray) -> Array:
    """Return quantiles (quarters, levels) with those that satisfy a bound moved onto it."""
    edge, qualifier = observed[:, None], said[:, None]
    below = np.where(qualifier == "gt", np.minimum(quantiles, edge), quantiles)
    return np.where(qualifier == "lt", np.maximum(below, edge), below)


def _held(quantiles: Array, observed: Array, said: np.ndarray, low: int, high: int) -> float:
    above = (quantiles[:, PERCENTILES.index(low)] <= observed) | (said == "gt")
    below = (observed <= quantiles[:, PERCENTILES.index(high)]) | (said == "lt")
    return plain(float(np.mean(above & below)))
