"""What is expected of a figure to come: of a driver by its path, of a target by the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.analysis.watch.upcoming import LeftOut, Upcoming, with_figure
from forecast.beliefs import Array, into_scale, out_of_scale
from forecast.curves.evidence import driver_points, quarter_times
from forecast.ensemble.targets import Datum, comparable, datum_of, error_covariance, observed_vector
from forecast.inputs.schema import Driver, Inputs, Target
from forecast.periods import FIRST_QUARTER, end_year_fraction, quarter
from forecast.units import Scale
from forecast.world.history.conditioning import known_data
from forecast.world.values import Values
from forecast.world.world import World

SHIFT_POINTS = 4  # latest figures from which another wording's shift is read


@dataclass(frozen=True)
class Expected:
    """A figure to come with its draws, (draws,), in its scale: what will be observed but for the
    error of observing it, whose standard deviation is `error`. `divisor` turns what the scale holds
    into the unit of the series."""

    each: Upcoming
    draws: Array
    error: float
    scale: Scale
    unit: str
    divisor: float = 1.0

    @property
    def surprise(self) -> float:
        """The figure one standard error above its mean, in the unit of the series."""
        return self.value(float(self.draws.mean()) + self.spread)

    @property
    def spread(self) -> float:
        """One standard error of the figure, in its scale."""
        return float(np.hypot(self.draws.std(), self.error))

    def value(self, scaled: float) -> float:
        """Return a value of the scale in the unit of the series."""
        return float(out_of_scale(scaled, self.scale)) / self.divisor


def expected(world: World, to_come: Sequence[Upcoming]) -> tuple[list[Expected], list[LeftOut]]:
    """Return what is expected of each figure to come, and those beyond the quarters computed."""
    values = world.values({each.target.quantity for each in to_come if each.target})
    data = known_data(world.inputs)
    last = end_year_fraction(FIRST_QUARTER + world.timeline.size - 1)
    figures, beyond = [], []
    for each in to_come:
        at = end_year_fraction(quarter(each.period)) if each.target else _time(world.inputs, each)
        if at > last:
            beyond.append(LeftOut(each.name, f"its next figure, {each.period}, lies too far ahead"))
        elif each.target:
            figures.append(_of_target(each, each.target, data, values))
        elif each.driver:
            figures.append(_of_driver(world, each, each.driver))
    return figures, beyond


def _time(inputs: Inputs, each: Upcoming) -> float:
    """Return where a figure of a driver stands on its curve, as a year fraction."""
    assert each.driver is not None
    before = set(driver_points(each.driver, inputs))
    trial = with_figure(inputs, each, 0.5)
    return max(point.time for point in set(driver_points(each.driver, trial)) - before)


def _of_driver(world: World, each: Upcoming, driver: Driver) -> Expected:
    """Return the driver's path where the figure stands, shifted as its wording is."""
    evidence = each.evidence
    assert evidence is not None
    paths = into_scale(world.belief(driver.name), driver.scale)
    times = quarter_times(driver, range(FIRST_QUARTER, FIRST_QUARTER + world.timeline.size))
    draws = _along(paths, times, _time(world.inputs, each))
    if evidence.variant:
        known = [
            float(into_scale(point.value, driver.scale))
            - float(np.median(_along(paths, times, point.time)))
            for point in driver_points(driver, world.inputs)
            if point.variant == evidence.variant and point.qualifier == "eq"
        ]
        draws = draws + float(np.mean(known[-SHIFT_POINTS:]))
    return Expected(each, draws, evidence.error, driver.scale, driver.unit, evidence.scale_by)


def _along(paths: Array, times: Array, time: float) -> Array:
    """Return paths (draws, quarters) at a time, (draws,), interpolated between quarters."""
    position = float(np.interp(time, times, np.arange(len(times))))
    before = min(int(position), len(times) - 2)
    part = position - before
    return np.asarray(paths[:, before] * (1.0 - part) + paths[:, before + 1] * part)


def _of_target(each: Upcoming, target: Target, data: Sequence[Datum], values: Values) -> Expected:
    """Return what the model says of a target, with what the errors of earlier figures say of the
    next one's: in each draw they are known, and those of one origin or of opinions correlate."""
    modelled = values.at(target.quantity, each.period)
    new = datum_of(target, each.period, float(np.median(modelled)))
    drawn = comparable(new, modelled)
    alike = [
        datum
        for datum in data
        if (datum.origin == new.origin or (datum.opinion and new.opinion))
        and datum.quantity in values
        and not datum.bound
    ]
    if not alike:
        return Expected(each, drawn, new.standard_error, new.scale, target.unit)
    errors = error_covariance([*alike, new])
    weights = np.linalg.solve(errors[:-1, :-1], errors[:-1, -1])
    seen = np.stack([comparable(d, values.at(d.quantity, d.period)) for d in alike])
    missed = observed_vector(alike)[:, np.newaxis] - seen
    left = float(np.sqrt(errors[-1, -1] - errors[-1, :-1] @ weights))
    expected = drawn + np.einsum("p,pd->d", weights, missed)
    return Expected(each, expected, left, new.scale, target.unit)
