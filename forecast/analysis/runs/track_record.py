"""How earlier runs did: what they forecast of quarters that have been observed since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from typing import Literal

import numpy as np

from forecast.analysis.runs.kept_runs import KeptRun, Value, kept_runs
from forecast.analysis.series.model_backtest import score_row
from forecast.analysis.series.scores import comparable
from forecast.beliefs import into_scale, out_of_scale
from forecast.curves.evidence import driver_points, quarter_times
from forecast.inputs.schema import Driver, Inputs, Observation
from forecast.model.graph import Meaning
from forecast.periods import is_year, label, quarter, quarter_of
from forecast.result import BESIDE, DEFAULT, PERCENTILES, Quantiles, Result, Run, RunOptions
from forecast.units import Qualifier, Reading
from forecast.world.case import Case, run_of
from forecast.world.ensemble import open_world
from forecast.world.history.conditioning import known_data
from forecast.world.history.observed import BESIDE as OBSERVED_BESIDE
from forecast.world.history.observed import observed_value
from forecast.world.metrics import MetricInfo, metric_info, metric_meanings
from forecast.world.rows import ValueRow, plain, value_row


@dataclass(frozen=True)
class ForecastRow:
    """What a run forecast of a quarter, and what was observed of it since, `published` on a day;
    `horizon` counts quarters from the end of the run's data."""

    metric: str
    run_id: str
    number: int
    started: str
    period: str
    horizon: int
    observed: float
    observed_qualifier: Qualifier
    published: str
    unit: str
    quantiles: Quantiles


@dataclass(frozen=True)
class TrackRow:
    """Scores of forecasts of a metric at a horizon, over all horizons if it is None.

    CRPS and `bias`, the mean of median − observed, are in percentage points for shares and in
    natural logarithms for levels; bounds count on their side alone and have no bias.
    """

    metric: str
    kind: Literal["level", "share"]
    bounds: int
    crps: float
    coverage_80: float
    coverage_90: float
    forecasts: int
    horizon: int | None
    bias: float | None


@dataclass(frozen=True)
class TrackRecord(Result):
    """How earlier runs did: scores by metric and horizon, and the forecasts that were scored."""

    rows: tuple[TrackRow, ...]
    forecasts: tuple[ForecastRow, ...] = field(metadata=BESIDE)
    metrics: dict[str, MetricInfo]


@dataclass(frozen=True)
class DriverPaths(Result):
    """Drivers that are no metrics themselves, by quarter."""

    rows: tuple[ValueRow, ...]


def track_record(runs: Sequence[KeptRun], inputs: Inputs, run: Run) -> TrackRecord | None:
    """Return how runs did against the inputs of now, None if nothing they forecast has been
    observed since."""
    forecasts = tuple(forecast_rows(runs, inputs))
    if not forecasts:
        return None
    rows, metrics = tuple(score_rows(forecasts)), _scored_metrics(inputs)
    return TrackRecord("scores", run, rows, (), forecasts, metrics)


def scores_now(case: Case) -> TrackRecord | None:
    """Return how the runs kept did, None if nothing they forecast has been observed since.

    Raises InputError if the store is broken.
    """
    runs = kept_runs(case.workspace)
    return track_record(runs, case.inputs, runs[-1].run) if runs else None


def forecast_rows(runs: Iterable[KeptRun], now: Inputs) -> list[ForecastRow]:
    """Return each forecast that earlier runs made of a quarter that has been observed since.

    A run repeated without change counts once. A forecast counts only if the run had seen no figure
    of the quarter from any series that makes up the observation; and if it was made as of an
    earlier day, only if what it forecast was published after it ran: the rest is a backtest, made
    with today's judgement.
    """
    distinct = {kept.key: kept for kept in runs if kept.run.inputs_sha256 != now.whole_sha256}
    rows = [
        row for kept in distinct.values() for row in (*_rows_of(kept, now), *_of_drivers(kept, now))
    ]
    return sorted(rows, key=lambda row: (row.metric, row.period, row.number))


def driver_paths(case: Case, options: RunOptions = DEFAULT) -> DriverPaths:
    """Return by quarter, from the last with data on, the drivers that are no metrics themselves:
    what is kept of a run so that its forecasts of them can be scored."""
    world = open_world(case, options, prior=not known_data(case.inputs))
    timeline = world.timeline
    rows = []
    for name, driver in case.inputs.drivers.items():
        if name in OBSERVED_BESIDE:
            continue
        values, meaning = world.belief(name), _meaning(driver)
        for column in range(timeline.history - 1, timeline.horizon):
            period = timeline.periods[column]
            rows.append(value_row(meaning, period, values[:, column], "projected", None))
    return DriverPaths("drivers", run_of(case, options), tuple(rows), ())


def _scored_metrics(inputs: Inputs) -> dict[str, MetricInfo]:
    """Return what views need to know of everything that can be scored."""
    meanings = metric_meanings(inputs).items()
    metrics = [meaning for name, meaning in meanings if name in OBSERVED_BESIDE]
    drivers = [
        _meaning(each) for name, each in inputs.drivers.items() if name not in OBSERVED_BESIDE
    ]
    return metric_info([*metrics, *drivers])


def _meaning(driver: Driver) -> Meaning:
    title = driver.title
    return Meaning(driver.name, driver.unit, driver.kind, title, title, True, False, None)


def score_rows(rows: Sequence[ForecastRow]) -> list[TrackRow]:
    """Return scores by metric and horizon, and before them those of each metric over all."""
    found = []
    for metric, group in groupby(rows, key=lambda row: row.metric):
        mine = list(group)
        found.append(_score(metric, None, mine))
        for horizon in sorted({row.horizon for row in mine}):
            found.append(_score(metric, horizon, [row for row in mine if row.horizon == horizon]))
    return found


def _score(metric: str, horizon: int | None, rows: Sequence[ForecastRow]) -> TrackRow:
    """Return scores of a metric; each quarter of each run counts once."""
    exact = [row for row in rows if row.observed_qualifier in {"eq", "approx"}]
    ceiling = 1.0 if rows[0].unit == "share" else None
    medians = comparable(np.array([row.quantiles.p50 for row in exact]), ceiling)
    observed = comparable(np.array([row.observed for row in exact]), ceiling)
    score = score_row(metric, rows)
    return TrackRow(
        metric=metric,
        kind=score.kind,
        bounds=score.bounds,
        crps=score.crps,
        coverage_80=score.coverage_80,
        coverage_90=score.coverage_90,
        forecasts=score.quarters,
        horizon=horizon,
        bias=plain(float(np.mean(medians - observed))) if exact else None,
    )


def _rows_of(kept: KeptRun, now: Inputs) -> Iterator[ForecastRow]:
    then = kept.inputs
    if then is None or kept.figures is None:
        return
    unseen = _unseen_quarters(then, now, kept)
    for row in kept.figures.values():
        if not isinstance(row, Value) or row.member or is_year(row.period):
            continue
        published = unseen.get(row.metric, {}).get(quarter(row.period))
        reading = observed_value(now, row.metric, row.period, row.kind) if published else None
        if published and reading and reading.qualifier != "range":
            known = row.metric, row.period, row.unit
            yield _forecast(kept, then, known, row.quantiles, reading, published)


def _forecast(
    kept: KeptRun,
    then: Inputs,
    known: tuple[str, str, str],
    quantiles: Quantiles,
    reading: Reading,
    published: str,
) -> ForecastRow:
    """Return a run's forecast of a metric at a period in a unit, and what was observed."""
    metric, period, unit = known
    return ForecastRow(
        metric=metric,
        run_id=kept.run.run_id,
        number=kept.number,
        started=kept.run.started,
        period=period,
        horizon=quarter(period) - quarter_of(then.data_through),
        observed=plain(reading.value),
        observed_qualifier=reading.qualifier,
        published=published,
        unit=unit,
        quantiles=quantiles,
    )


def _of_drivers(kept: KeptRun, now: Inputs) -> Iterator[ForecastRow]:
    """Yield forecasts of drivers, each read where on its path the figure stands."""
    then, figures = kept.inputs, kept.figures
    if then is None or figures is None:
        return
    for name, driver in now.drivers.items():
        main = driver.evidence[0] if driver.evidence else None
        if name in OBSERVED_BESIDE or main is None or len(main.series) > 1:
            continue
        mine = (row for row in figures.values() if row.metric == name)
        path = {quarter(row.period): row.quantiles for row in mine if isinstance(row, Value)}
        for row in _new_rows(main.series[0], then, now, kept):
            alone = replace(now, observations=(row,))
            (point,) = driver_points(replace(driver, evidence=(main,), assumed=()), alone)
            quantiles = read_at(point.time, path, driver)
            if quantiles is None or point.qualifier == "range":
                continue
            known = name, label(int(4.0 * point.time)), driver.unit
            reading = Reading(point.qualifier, point.value)
            yield _forecast(kept, then, known, quantiles, reading, row.published.isoformat())


def _new_rows(series: str, then: Inputs, now: Inputs, kept: KeptRun) -> list[Observation]:
    """Return the figures of a series for quarters of which a run had seen none, as last stated."""
    seen = _figures(then.observations).get(series, {})
    found: dict[date, Observation] = {}
    for row in now.observations:
        is_figure = row.series_id == series and not row.assumed and row.period_end <= row.published
        is_late = not kept.run.as_of or row.published.isoformat() > kept.run.started[:10]
        if is_figure and is_late and quarter_of(row.period_end) not in seen:
            found[row.period_end] = row
    return list(found.values())


def read_at(time: float, path: Mapping[int, Quantiles], driver: Driver) -> Quantiles | None:
    """Return percentiles at a time, in a straight line in the driver's scale between the moments at
    which its path, by quarter, is read; None outside of them."""
    quarters = sorted(path)
    times = quarter_times(driver, quarters)
    if not quarters or not times[0] <= time <= times[-1]:
        return None
    found = []
    for percentile in PERCENTILES:
        levels = np.array([path[each].at(percentile) for each in quarters])
        level = np.interp(time, times, into_scale(levels, driver.scale))
        found.append(plain(float(out_of_scale(level, driver.scale))))
    return Quantiles(tuple(found))


def _unseen_quarters(then: Inputs, now: Inputs, kept: KeptRun) -> dict[str, dict[int, str]]:
    """Return for each metric the quarters of which a run had seen nothing, each with the day on
    which the last of its figures was published."""
    seen, known = _figures(then.observations), _figures(now.observations)
    found: dict[str, dict[int, str]] = {}
    for metric, beside in OBSERVED_BESIDE.items():
        for series in (*beside.series, *beside.cumulative):
            for at, published in known.get(series, {}).items():
                days = found.setdefault(metric, {})
                days[at] = max(days.get(at, ""), published)
        for series in (*beside.series, *beside.cumulative):
            for at in seen.get(series, {}):
                found.get(metric, {}).pop(at, None)
    if kept.run.as_of:
        ran = kept.run.started[:10]
        return {
            name: {at: day for at, day in days.items() if day > ran} for name, days in found.items()
        }
    return found


def _figures(rows: Iterable[Observation]) -> dict[str, dict[int, str]]:
    """Return by series and quarter when a figure was first published; guidance is none."""
    found: dict[str, dict[int, str]] = {}
    for row in rows:
        if not row.assumed and row.period_end <= row.published:
            days = found.setdefault(row.series_id, {})
            at, day = quarter_of(row.period_end), row.published.isoformat()
            days[at] = min(days.get(at, day), day)
    return found
