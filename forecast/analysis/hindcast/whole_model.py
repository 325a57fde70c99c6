"""The whole forecast, as of an origin: every metric and driver that has been observed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from forecast.analysis.hindcast.baselines import YEAR, walk_of
from forecast.analysis.hindcast.origins import last_day
from forecast.analysis.hindcast.rows import HindcastRow, Method
from forecast.analysis.runs.track_record import driver_paths, read_at
from forecast.analysis.series.hindcast import backtest_model
from forecast.beliefs import into_scale, out_of_scale
from forecast.curves.evidence import driver_points
from forecast.errors import InputError
from forecast.inputs.schema import Driver, Inputs, Kind
from forecast.periods import label, quarter, quarter_of
from forecast.result import Quantiles, RunOptions
from forecast.units import UNITS, Reading
from forecast.world.case import Case, load_case
from forecast.world.ensemble import shared_ensembles
from forecast.world.metrics import metric_meanings
from forecast.world.observed import BESIDE, observed_value
from forecast.world.rows import plain

HISTORY = 32  # quarters that baselines look back


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
            drivers = list(_driver_rows(now, then, origin, question.options))
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
    return FromOrigin((*own, *drivers, *baselines), made.warnings)


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


def _driver_rows(now: Case, then: Case, origin: int, options: RunOptions) -> Iterator[HindcastRow]:
    """Yield forecasts of drivers that are no metrics, each read where on its path a figure of a
    later quarter stands."""
    through = label(max(quarter_of(now.inputs.data_through), origin + 1))
    paths: dict[str, dict[int, Quantiles]] = {}
    for row in driver_paths(then, replace(options, through=through)).rows:
        paths.setdefault(row.metric, {})[quarter(row.period)] = row.quantiles
    for name, driver in now.inputs.drivers.items():
        if name in paths and not driver.process:
            for time, reading in _figures(driver, now.inputs):
                at = int(4.0 * time)
                quantiles = read_at(time, paths[name], driver)
                if at > origin and quantiles is not None:
                    yield HindcastRow(
                        "model", name, "forecast", label(origin), at - origin, label(at),
                        driver.unit, plain(reading.value), reading.qualifier, quantiles,
                    )  # fmt: skip


def _figures(driver: Driver, now: Inputs) -> Iterator[tuple[float, Reading]]:
    """Yield when and what a driver's first series says, one figure a quarter, the last of it."""
    main = driver.evidence[0] if driver.evidence else None
    if main is None or len(main.series) > 1:
        return
    rows = {
        quarter_of(row.period_end): row
        for row in sorted(now.observations, key=lambda row: row.period_end)
        if row.series_id == main.series[0]
        and not row.assumed
        and row.period_end <= row.published
        and row.qualifier != "range"
    }
    alone = replace(driver, evidence=(main,), assumed=())
    for row in rows.values():
        for point in driver_points(alone, replace(now, observations=(row,))):
            yield point.time, Reading(point.qualifier, point.value)
