"""The whole forecast, as of an origin: every metric, and what else is reported, observed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from forecast.analysis.hindcast.baselines import YEAR, walk_of
from forecast.analysis.hindcast.origins import last_day
from forecast.analysis.hindcast.rows import HindcastRow, Method
from forecast.analysis.hindcast.truth import TOTAL
from forecast.analysis.series.hindcast import backtest_model
from forecast.beliefs import Array, into_scale, out_of_scale
from forecast.ensemble.targets import observed_in
from forecast.errors import InputError
from forecast.inputs.schema import Inputs, Kind
from forecast.model.equations import model_graph
from forecast.model.graph import Meaning
from forecast.money.joint import planned
from forecast.periods import FIRST_QUARTER, label, quarter, quarter_of
from forecast.result import Quantiles, RunOptions
from forecast.units import UNITS
from forecast.world.case import Case, load_case
from forecast.world.ensemble import open_world, shared_ensembles
from forecast.world.metrics import metric_meanings
from forecast.world.observed import BESIDE, observed_value
from forecast.world.rows import plain, value_row
from forecast.world.world import World

HISTORY = 32  # quarters that baselines look back
# Quantities that others report beside the metrics, by the series of their targets.
REPORTED = ("openai_revenue", "anthropic_revenue", "google_tokens", "doubao_tokens", "rent")
LABORATORIES = "laboratories_revenue"
SUMS = {LABORATORIES: ("openai_revenue", "anthropic_revenue")}  # of what is REPORTED


@dataclass(frozen=True)
class Question:
    """A case as it was asked for, which another process can load again, and how it is run."""

    workspace: Path | None
    scenario: tuple[str, ...]
    settings: tuple[str, ...]
    as_of: date | None
    options: RunOptions

    def case(self, day: date | None) -> Case:
        """Return the case as of a day."""
        return load_case(self.workspace, self.scenario, self.settings, day)


@dataclass(frozen=True)
class FromOrigin:
    """The rows of an origin, and what its run warned of."""

    rows: tuple[HindcastRow, ...]
    warnings: tuple[str, ...]


def model_from(question: Question, origin: int) -> FromOrigin:
    """Return the whole forecast as of the end of a quarter, and baselines, beside what came.

    Where the data of then do not carry a forecast there are no rows, and a warning says why.
    """
    day = last_day(origin)
    now, then = question.case(question.as_of), question.case(day)
    try:
        with shared_ensembles():
            made = backtest_model(now, question.options, then=then, origin=day)
            world = open_world(then, replace(question.options, through=_last(now, origin)))
            reported = list(_reported_rows(world, now.inputs, origin))
    except InputError as error:
        return FromOrigin(
            (), (f"no forecast from {label(origin)}: {error.problems[0].sentence()}",)
        )
    own = [
        HindcastRow(
            "model", row.metric, "forecast", row.origin, row.horizon, row.period, row.unit,
            row.observed, row.observed_qualifier, row.quantiles,
        )
        for row in made.rows
    ]  # fmt: skip
    kinds = {name: meaning.kind for name, meaning in metric_meanings(now.inputs).items()}
    baselines = [
        each for row in own if row.metric in BESIDE for each in _baselines(row, then.inputs, kinds)
    ]
    plans = [_as_planned(row, world) for row in own if row.metric == TOTAL]
    return FromOrigin((*own, *plans, *reported, *baselines), made.warnings)


def _last(now: Case, origin: int) -> str:
    """Return the last quarter that may have been observed."""
    return label(max(quarter_of(now.inputs.data_through), origin + 1))


def _baselines(row: HindcastRow, then: Inputs, kinds: Mapping[str, Kind]) -> Iterator[HindcastRow]:
    """Yield what the baselines said of a metric and quarter, where its history suffices."""
    scale = UNITS[row.unit].scale
    history = {
        each: float(into_scale(reading.value, scale))
        for each in range(quarter(row.origin) - HISTORY, quarter(row.origin) + 1)
        if (reading := observed_value(then, row.metric, label(each), kinds[row.metric]))
        and reading.qualifier in {"eq", "approx"}
    }
    walks: dict[Method, int | None] = {"walk": None, "growth": YEAR}
    for method, over in walks.items():
        if (walk := walk_of(history, over)) is not None:
            levels = out_of_scale(walk.quantiles(quarter(row.period)), scale)
            quantiles = Quantiles(tuple(plain(float(each)) for each in levels))
            yield replace(row, method=method, quantiles=quantiles)


def _as_planned(row: HindcastRow, world: World) -> HindcastRow:
    """Return the row of the five's capex with what they plan in its place, before demand answers
    and limits bind."""
    column = quarter(row.period) - FIRST_QUARTER
    meaning = model_graph().nodes[TOTAL].meaning
    quantiles = _quantiles(meaning, row.period, world.belief(TOTAL)[:, column])
    return replace(row, metric=planned(world.inputs, TOTAL), quantiles=quantiles)


def _reported_rows(world: World, now: Inputs, origin: int) -> Iterator[HindcastRow]:
    """Yield forecasts of what is REPORTED, and of SUMS of it, in each later quarter that was."""
    series = {
        each.quantity: each.series
        for each in now.targets
        if each.series and each.quantity in REPORTED
    }
    values = world.values(series)
    for metric, parts in ({name: (name,) for name in series} | SUMS).items():
        meaning = model_graph().nodes[parts[0]].meaning
        for period in world.timeline.periods[origin + 1 - FIRST_QUARTER :]:
            told = [_reported(now, series[part], period, meaning.kind) for part in parts]
            observed = [each for each in told if each is not None]
            if len(observed) < len(parts):
                continue
            drawn = np.sum([values.at(part, period) for part in parts], axis=0)
            yield HindcastRow(
                "model", metric, "forecast", label(origin), quarter(period) - origin, period,
                meaning.unit, plain(sum(observed)), "eq", _quantiles(meaning, period, drawn),
            )  # fmt: skip


def _reported(now: Inputs, series: Sequence[str], period: str, kind: Kind) -> float | None:
    """Return what was reported by series of a quarter, bounds left aside."""
    figures = [
        row
        for row in now.observations
        if row.series_id in series and row.qualifier in {"eq", "approx"}
    ]
    return observed_in(figures, period, kind)


def _quantiles(meaning: Meaning, period: str, draws: Array) -> Quantiles:
    return value_row(meaning, period, draws, "projected", None).quantiles
