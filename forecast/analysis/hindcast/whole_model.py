"""The whole forecast, as of an origin: every metric, and what else is reported, observed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from forecast.analysis.hindcast.origins import last_day
from forecast.analysis.hindcast.scoring.baselines import YEAR, Walk, walk_of
from forecast.analysis.hindcast.scoring.rows import HindcastRow, Method
from forecast.analysis.hindcast.scoring.truth import TOTAL
from forecast.analysis.series.model_backtest import backtest_model
from forecast.beliefs import Array, into_scale, out_of_scale
from forecast.ensemble.targets import observed_in
from forecast.errors import InputError
from forecast.inputs.schema import Inputs, Kind
from forecast.model.equations import model_graph
from forecast.model.graph import Meaning
from forecast.money.joint import planned
from forecast.periods import FIRST_QUARTER, label, quarter, quarter_of
from forecast.result import Quantiles, RunOptions
from forecast.units import UNITS, Scale
from forecast.world.case import Case, load_case
from forecast.world.ensemble import open_world, shared_ensembles
from forecast.world.history.observed import BESIDE, observed_value
from forecast.world.metrics import metric_meanings
from forecast.world.rows import plain, value_row
from forecast.world.world import World

HISTORY = 32  # quarters that baselines look back
FEW = 3  # figures that a baseline needs here, where months or years lie between them
BASELINES: dict[Method, int | None] = {"walk": None, "growth": YEAR}  # the quarters of their drift
# Quantities that others report beside the metrics, by the series of their targets.
REPORTED = ("openai_revenue", "anthropic_revenue", "google_tokens", "doubao_tokens", "rent")
LABORATORIES = "laboratories_revenue"
SUMS = {LABORATORIES: ("openai_revenue", "anthropic_revenue")}  # of what is REPORTED


@dataclass(frozen=True)
class HindcastQuestion:
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
class RowsFromOrigin:
    """The rows of an origin, and what its run warned of."""

    rows: tuple[HindcastRow, ...]
    warnings: tuple[str, ...]


def model_from(question: HindcastQuestion, origin: int) -> RowsFromOrigin:
    """Return the whole forecast as of the end of a quarter beside what came, and what baselines
    said of whatever had been observed FEW times by then.

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
        return RowsFromOrigin(
            (), (f"no forecast from {label(origin)}: {error.problems[0].sentence()}",)
        )
    own = [
        HindcastRow(
            "model", row.metric, "forecast", row.origin, row.horizon, row.period, row.unit,
            row.observed, row.observed_qualifier, row.quantiles,
        )
        for row in made.rows
    ]  # fmt: skip
    plans = [_as_planned(row, world) for row in own if row.metric == TOTAL]
    baselines = _baselines([*own, *reported], then.inputs)
    return RowsFromOrigin((*own, *plans, *reported, *baselines), made.warnings)


def _last(now: Case, origin: int) -> str:
    """Return the last quarter that may have been observed."""
    return label(max(quarter_of(now.inputs.data_through), origin + 1))


def _baselines(rows: Sequence[HindcastRow], then: Inputs) -> Iterator[HindcastRow]:
    """Yield what the baselines said of the rows of an origin, where figures known then suffice."""
    kinds = {name: meaning.kind for name, meaning in metric_meanings(then).items()}
    for metric in dict.fromkeys(row.metric for row in rows):
        mine = [row for row in rows if row.metric == metric]
        scale = UNITS[mine[0].unit].scale
        newest = quarter(mine[0].origin)
        history = {
            each: float(into_scale(value, scale))
            for each in range(newest - HISTORY, newest + 1)
            if (value := _known(then, metric, label(each), kinds)) is not None
        }
        for method, over in BASELINES.items():
            if (walk := walk_of(history, over, FEW)) is not None:
                yield from (_said(row, method, walk, scale) for row in mine)


def _known(then: Inputs, metric: str, period: str, kinds: Mapping[str, Kind]) -> float | None:
    """Return what was known of a metric or of what is REPORTED in a quarter, bounds left aside."""
    if metric not in BESIDE:
        return _told(then, metric, period)
    reading = observed_value(then, metric, period, kinds[metric])
    return reading.value if reading and reading.qualifier in {"eq", "approx"} else None


def _said(row: HindcastRow, method: Method, walk: Walk, scale: Scale) -> HindcastRow:
    levels = out_of_scale(walk.quantiles(quarter(row.period)), scale)
    quantiles = Quantiles(tuple(plain(float(each)) for each in levels))
    return replace(row, method=method, quantiles=quantiles)


def _as_planned(row: HindcastRow, world: World) -> HindcastRow:
    """Return the row of the five's capex with what they plan in its place, before demand answers
    and limits bind."""
    column = quarter(row.period) - FIRST_QUARTER
    meaning = model_graph().nodes[TOTAL].meaning
    quantiles = _quantiles(meaning, row.period, world.belief(TOTAL)[:, column])
    return replace(row, metric=planned(world.inputs, TOTAL), quantiles=quantiles)


def _reported_rows(world: World, now: Inputs, origin: int) -> Iterator[HindcastRow]:
    """Yield forecasts of what is REPORTED, and of SUMS of it, in each later quarter that was."""
    values = world.values(_series(now))
    for metric in (*_series(now), *SUMS):
        parts = SUMS.get(metric, (metric,))
        meaning = model_graph().nodes[parts[0]].meaning
        for period in world.timeline.periods[origin + 1 - FIRST_QUARTER :]:
            if (observed := _told(now, metric, period)) is None:
                continue
            drawn = np.sum([values.at(part, period) for part in parts], axis=0)
            yield HindcastRow(
                "model", metric, "forecast", label(origin), quarter(period) - origin, period,
                meaning.unit, plain(observed), "eq", _quantiles(meaning, period, drawn),
            )  # fmt: skip


def _series(inputs: Inputs) -> dict[str, Sequence[str]]:
    """Return the series of what is REPORTED, as its targets name them."""
    return {
        each.quantity: each.series
        for each in inputs.targets
        if each.series and each.quantity in REPORTED
    }


def _told(inputs: Inputs, metric: str, period: str) -> float | None:
    """Return what was reported of a quarter, of a sum only if every part was; no bounds."""
    series, found = _series(inputs), []
    for part in SUMS.get(metric, (metric,)):
        figures = [
            row
            for row in inputs.observations
            if row.series_id in series.get(part, ()) and row.qualifier in {"eq", "approx"}
        ]
        found.append(observed_in(figures, period, model_graph().nodes[part].meaning.kind))
    told = [each for each in found if each is not None]
    return sum(told) if len(told) == len(found) else None


def _quantiles(meaning: Meaning, period: str, draws: Array) -> Quantiles:
    return value_row(meaning, period, draws, "projected", None).quantiles
