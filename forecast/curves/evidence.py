"""From observed series to the points that a driver's curve is fitted to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from forecast.beliefs import NORMAL_P90, into_scale
from forecast.curves.ensemble import CurveFit, Point, fit_curve_ensemble
from forecast.curves.filter.member_grid import belief_left
from forecast.curves.points import magnitude
from forecast.curves.single.seasonal import FEWEST_QUARTERS, exact_points
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Driver, Evidence, Inputs, Observation
from forecast.periods import (
    day_year_fraction,
    end_year_fraction,
    fiscal_quarter,
    mid_year_fraction,
    nearest_month,
    quarter_of,
)

MID_QUARTER = {"flow", "rate"}
_STRAINED = 0.1  # probability left of a believed saturation at which it is said to give way
_MONTHS = {"Q": 3, "M": 1, "A": 12, "FY": 12, "H": 6}


def driver_points(driver: Driver, inputs: Inputs) -> tuple[Point, ...]:
    """Return every point that informs a driver, observed and assumed, in order of time.

    A flow or a mean over a period stands at the middle of the period, a level at its date. Series
    that are added up are put on calendar quarters month by month first. Raises InputError if there
    is no point.
    """
    by_series: dict[str, list[Observation]] = {}
    for observation in inputs.observations:
        by_series.setdefault(observation.series_id, []).append(observation)
    points: list[Point] = []
    for evidence in driver.evidence:
        rows = [by_series.get(series_id, []) for series_id in evidence.series]
        if len(rows) > 1:
            points.extend(_summed_points(rows, evidence))
        else:
            points.extend(_point(row, evidence, driver) for row in rows[0])
    points.extend(_assumed_points(driver))
    points.extend(
        _point(row, Evidence((), 0.1, ""), driver) for row in by_series.get(driver.name, [])
    )
    if not points and driver.process != "total":
        place, hint = f"{driver.file}:{driver.line}", "An as-of date may be too early for it."
        expected = "an observation or an assumed point"
        raise InputError(Problem(place, driver.name, "nothing to fit", expected, hint))
    return tuple(sorted(points, key=lambda point: point.time))


def fit_driver(driver: Driver, inputs: Inputs) -> CurveFit:
    """Return the ensemble of growth curves for a driver, fitted to its evidence.

    The seasonal member stays away while there are too few quarters for it, as of an early day.
    """
    points = driver_points(driver, inputs)
    return fit_curve_ensemble(
        points,
        scale="logit" if driver.scale == "logit" else "log",
        families=driver.families,
        saturation=driver.saturation,
        growth=driver.growth,
        ceiling=driver.ceiling,
        seasonal=driver.seasonal and len(exact_points(points)) >= FEWEST_QUARTERS,
    )


def strained_beliefs(drivers: Mapping[str, Driver], fits: Mapping[str, CurveFit]) -> list[str]:
    """Return a warning for each driver whose figures come to the end of its believed saturation."""
    found = []
    for name, fit in fits.items():
        belief = drivers[name].saturation
        largest = max((magnitude(each) for each in fit.points if not each.assumed), default=0.0)
        if belief is None or largest <= 0.0:
            continue
        left = belief_left(largest, fit.scale, belief)
        if left < _STRAINED:
            found.append(
                f"{name} has reached {largest:.3g}, where {100 * left:.0f}% of its believed "
                "saturation is left; the belief gives way, so state it anew"
            )
    return found


def quarter_times(driver: Driver, quarters: Sequence[int]) -> NDArray[np.float64]:
    """Return when in each quarter a driver's path is read: a flow or a rate at its middle, anything
    else at its end.
    """
    read = mid_year_fraction if driver.kind in MID_QUARTER else end_year_fraction
    return np.array([read(quarter) for quarter in quarters], dtype=np.float64)


def _point(row: Observation, evidence: Evidence, driver: Driver) -> Point:
    months = _MONTHS.get(row.frequency, 0) if driver.kind == "flow" or row.frequency == "M" else 0
    time = day_year_fraction(row.period_end) - months / 24.0
    if driver.process:
        time = mid_year_fraction(fiscal_quarter(row.period_end))
    return Point(
        time=time,
        value=row.value * evidence.scale_by,
        qualifier=row.qualifier,
        high=None if row.high is None else row.high * evidence.scale_by,
        error=row.error or evidence.error,
        variant=evidence.variant,
        assumed=row.assumed,
    )


def _summed_points(rows: Sequence[Sequence[Observation]], evidence: Evidence) -> list[Point]:
    """Return the sum of quarterly series for each calendar quarter that all of them cover."""
    totals = [calendar_quarters(series) for series in rows]
    shared = set(totals[0]).intersection(*totals[1:])
    return [
        Point(
            time=(quarter + 0.5) / 4.0,
            value=sum(total[quarter] for total in totals) * evidence.scale_by,
            error=evidence.error,
            variant=evidence.variant,
        )
        for quarter in sorted(shared)
    ]


def calendar_quarters(rows: Iterable[Observation]) -> dict[int, float]:
    """Return a quarterly flow on calendar quarters, each fiscal quarter spread over its months.

    A quarter that ends within the first half of a month is taken to end with the month before.
    """
    months: dict[int, float] = {}
    for row in rows:
        last = nearest_month(row.period_end)
        for back in range(3):
            months[last - back] = row.value / 3.0
    return {
        quarter: sum(months[3 * quarter + month] for month in range(3))
        for quarter in {month // 3 for month in months}
        if all(3 * quarter + month in months for month in range(3))
    }


def _assumed_points(driver: Driver) -> list[Point]:
    points = []
    for assumed in driver.assumed:
        stated: Mapping[float, float] = dict(assumed.belief.quantiles)
        low, high = (into_scale(stated[p], driver.scale) for p in (0.1, 0.9))
        points.append(
            Point(
                time=assumed.time,
                value=stated.get(0.5, stated[0.1]),
                error=float(high - low) / (2.0 * NORMAL_P90),
                assumed=True,
            )
        )
    return points


def data_through_quarter(inputs: Inputs) -> int:
    """Return the last calendar quarter that observations of drivers and targets cover whole."""
    day = inputs.data_through + timedelta(days=1)
    return quarter_of(day) - 1
