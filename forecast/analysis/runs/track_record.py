"""How earlier runs did: what they forecast of quarters that have been observed since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

import numpy as np

from forecast.analysis.runs.history import Kept
from forecast.analysis.series.hindcast import NAMES, score_row
from forecast.analysis.series.scores import comparable
from forecast.beliefs import into_scale, out_of_scale
from forecast.curves.evidence import driver_points, quarter_times
from forecast.inputs.schema import Driver, Inputs, Observation
from forecast.model.graph import Meaning
from forecast.periods import is_year, label, quarter, quarter_of
from forecast.result import OldResult, Result, Row
from forecast.units import Reading
from forecast.world.case import Case, run_of
from forecast.world.ensemble import build_ensemble
from forecast.world.metrics import metric_meanings
from forecast.world.observed import BESIDE, observed_value
from forecast.world.rows import metric_table, plain, value_row
from forecast.world.settings import apply_settings, draws_of


def forecast_rows(runs: Iterable[Kept], now: Inputs) -> list[Row]:
    """Return each forecast that earlier runs made of a quarter that has been observed since.

    A run repeated without change counts once. A forecast counts only if the run had seen no figure
    of the quarter from any series that makes up the observation; and if it was made as of an
    earlier day, only if what it forecast was published after it ran: the rest is a backtest, made
    with today's judgement. One row for each with the run's quantiles, `observed`,
    `observed_qualifier`, `published`, and `horizon` in quarters from the end of the run's data.
    """
    distinct = {kept.key: kept for kept in runs if kept.run.inputs_sha256 != now.sha256}
    rows = [
        row for kept in distinct.values() for row in (*_rows_of(kept, now), *_of_drivers(kept, now))
    ]
    return sorted(rows, key=lambda row: (row["metric"], row["period"], row["number"]))


def driver_rows(
    case: Case, *, draws: int, seed: int, through: str, use_cache: bool, started: str
) -> Result:
    """Return by quarter, from the last with data on, the drivers that are no metrics themselves:
    what is kept of a run so that its forecasts of them can be scored."""
    timeline = case.timeline(through)
    ensemble = build_ensemble(case, timeline, draws, seed, use_cache=use_cache)
    changed, _ = apply_settings(case.inputs, ensemble, timeline, case.settings)
    rows = []
    for name, driver in case.inputs.drivers.items():
        if name in BESIDE:
            continue
        values = (
            changed[name] if name in changed else draws_of(case.inputs, ensemble, timeline, name)
        )
        meaning = _meaning(driver)
        for column in range(timeline.history - 1, timeline.horizon):
            period = timeline.periods[column]
            rows.append(value_row(meaning, period, values[:, column], "projected", None))
    return OldResult("drivers", run_of(case, draws, seed, through, started), tuple(rows))


def scored_metrics(inputs: Inputs) -> dict[str, Row]:
    """Return what views need to know of everything that can be scored."""
    metrics = [meaning for name, meaning in metric_meanings(inputs).items() if name in BESIDE]
    drivers = [_meaning(each) for name, each in inputs.drivers.items() if name not in BESIDE]
    return metric_table([*metrics, *drivers])


def _meaning(driver: Driver) -> Meaning:
    title = driver.title
    return Meaning(driver.name, driver.unit, driver.kind, title, title, True, False, None)


def score_rows(rows: Sequence[Row]) -> list[Row]:
    """Return scores by metric and horizon, and of each metric over all horizons (`horizon` None).

    CRPS and `bias`, the mean of median − observed, are in percentage points for shares and in
    natural logarithms for levels; bounds count on their side alone and have no bias.
    """
    found = []
    for metric, group in groupby(rows, key=lambda row: row["metric"]):
        mine = list(group)
        found.append(_score(metric, None, mine))
        for horizon in sorted({row["horizon"] for row in mine}):
            found.append(
                _score(metric, horizon, [row for row in mine if row["horizon"] == horizon])
            )
    return found


def _score(metric: str, horizon: int | None, rows: Sequence[Row]) -> Row:
    """Return scores of a metric; each quarter of each run counts once."""
    exact = [row for row in rows if row["observed_qualifier"] in {"eq", "approx"}]
    ceiling = 1.0 if rows[0]["unit"] == "share" else None
    medians, observed = (
        comparable(np.array([row[name] for row in exact]), ceiling) for name in ("p50", "observed")
    )
    bias = plain(float(np.mean(medians - observed))) if exact else None
    row = score_row(metric, rows)
    row["forecasts"] = row.pop("quarters")
    return {**row, "horizon": horizon, "bias": bias}


def _rows_of(kept: Kept, now: Inputs) -> Iterator[Row]:
    then = kept.inputs
    if then is None or kept.figures is None:
        return
    unseen = _unseen_quarters(then, now, kept)
    for (metric, period, member), row in kept.figures.items():
        if metric not in BESIDE or member or period is None or is_year(period):
            continue
        if not unseen.get(metric, {}).get(quarter(period)):
            continue
        reading = observed_value(now, metric, period, row["kind"])
        if reading is None or reading.qualifier == "range":
            continue
        known = {"published": unseen[metric][quarter(period)], "unit": row["unit"]}
        points = {name: row[name] for name in NAMES}
        yield _forecast(kept, then, metric, period, reading) | known | points


def _forecast(kept: Kept, then: Inputs, metric: str, period: str, reading: Reading) -> Row:
    """Return what identifies a forecast, and what was observed."""
    return {
        "metric": metric,
        "run_id": kept.run.run_id,
        "number": kept.number,
        "started": kept.run.started,
        "period": period,
        "horizon": quarter(period) - quarter_of(then.data_through),
        "observed": plain(reading.value),
        "observed_qualifier": reading.qualifier,
    }


def _of_drivers(kept: Kept, now: Inputs) -> Iterator[Row]:
    """Yield forecasts of drivers, each read where on its path the figure stands."""
    then, figures = kept.inputs, kept.figures
    if then is None or figures is None:
        return
    for name, driver in now.drivers.items():
        main = driver.evidence[0] if driver.evidence else None
        if name in BESIDE or main is None or len(main.series) > 1:
            continue
        path = {quarter(key[1]): row for key, row in figures.items() if key[0] == name and key[1]}
        for row in _new_rows(main.series[0], then, now, kept):
            alone = replace(now, observations=(row,))
            (point,) = driver_points(replace(driver, evidence=(main,), assumed=()), alone)
            points = _read_at(point.time, path, driver)
            if points is None or point.qualifier == "range":
                continue
            period, reading = label(int(4.0 * point.time)), Reading(point.qualifier, point.value)
            known = {"published": row.published.isoformat(), "unit": driver.unit}
            yield _forecast(kept, then, name, period, reading) | known | points


def _new_rows(series: str, then: Inputs, now: Inputs, kept: Kept) -> list[Observation]:
    """Return the figures of a series for quarters of which a run had seen none, as last stated."""
    seen = _figures(then.observations).get(series, {})
    found: dict[date, Observation] = {}
    for row in now.observations:
        is_figure = row.series_id == series and not row.assumed and row.period_end <= row.published
        is_late = not kept.run.as_of or row.published.isoformat() > kept.run.started[:10]
        if is_figure and is_late and quarter_of(row.period_end) not in seen:
            found[row.period_end] = row
    return list(found.values())


def _read_at(time: float, path: Mapping[int, Row], driver: Driver) -> Row | None:
    """Return percentiles at a time, in a straight line in the driver's scale between the moments at
    which its path is read; None outside of them."""
    quarters = sorted(path)
    times = quarter_times(driver, quarters)
    if not quarters or not times[0] <= time <= times[-1]:
        return None
    found = {}
    for name in NAMES:
        values = into_scale(np.array([path[each][name] for each in quarters]), driver.scale)
        found[name] = plain(float(out_of_scale(np.interp(time, times, values), driver.scale)))
    return found


def _unseen_quarters(then: Inputs, now: Inputs, kept: Kept) -> dict[str, dict[int, str]]:
    """Return for each metric the quarters of which a run had seen nothing, each with the day on
    which the last of its figures was published."""
    seen, known = _figures(then.observations), _figures(now.observations)
    found: dict[str, dict[int, str]] = {}
    for metric, beside in BESIDE.items():
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
