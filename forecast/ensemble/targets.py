"""Targets: what was observed of derived quantities, and with which errors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from forecast.beliefs import Array, into_scale
from forecast.curves.evidence import calendar_quarters
from forecast.inputs.schema import Inputs, Kind, Observation, Target
from forecast.periods import (
    EVENT,
    is_year,
    label,
    mid_year_fraction,
    parse_day,
    quarter,
    quarter_of,
)
from forecast.units import UNITS, Scale

SMALLEST_SHARE = 1e-3  # a share nearer to nothing or all says no more than this
# Errors that all opinions share, in logits: houses read each other, none has measured the split,
# and what it is a share of is seldom said, which alone moves it by 0.6 to 1 (serving against work
# that looks like inference). More opinions do not lessen them.
OPINION_LEVEL = 0.6
OPINION_SLOPE = 0.4  # a year, about OPINION_MIDDLE
OPINION_MIDDLE = 2025.5
_YEARLY = {"A", "FY"}


@dataclass(frozen=True)
class Datum:
    """One observed number that conditions a derived quantity at a period.

    `error` is its own standard error; an `opinion` shares a level and a slope with all others.
    """

    target: str
    quantity: str
    period: str
    value: float
    scale: Scale
    error: float
    error_correlation: float
    origin: str
    bound: Literal["", "lower", "upper"]
    reasoning: str
    unit: str
    opinion: bool = False

    @property
    def shared(self) -> tuple[float, float]:
        """Standard errors that the datum shares with all opinions: of level, of slope."""
        if not self.opinion:
            return 0.0, 0.0
        return OPINION_LEVEL, OPINION_SLOPE * (middle_of(self.period) - OPINION_MIDDLE)

    @property
    def standard_error(self) -> float:
        """The standard error in the datum's scale, with what it shares."""
        return float(np.hypot(self.error, np.hypot(*self.shared)))


def datum_of(target: Target, period: str, value: float) -> Datum:
    """Return the datum that a value of a period makes of a target."""
    return Datum(
        target.name,
        target.quantity,
        period,
        value,
        UNITS[target.unit].scale,
        target.error,
        target.error_correlation,
        target.origin,
        target.bound,
        target.reasoning,
        target.unit,
        target.opinion,
    )


def middle_of(period: str) -> float:
    """Return the middle of a year or quarter as a year fraction."""
    last = quarter(period)
    return mid_year_fraction(last) - (0.375 if is_year(period) else 0.0)


def data_of(inputs: Inputs, kinds: Mapping[str, Kind]) -> tuple[Datum, ...]:
    """Return every datum of every target, periods without an observation left out.

    `kinds` gives the kind of each target quantity, which decides how observations make a period. A
    judged reading of a period that is not over yet is left out like an observation.
    """
    by_series: dict[str, list[Observation]] = {}
    for observation in inputs.observations:
        by_series.setdefault(observation.series_id, []).append(observation)
    found = []
    for target in inputs.targets:
        for position, period in enumerate(target.periods):
            if parse_day(period) > inputs.known_through:
                continue
            value = _observed(target, position, by_series, kinds[target.quantity])
            if value is not None:
                found.append(datum_of(target, period, value))
    return tuple(found)


def _observed(
    target: Target, position: int, by_series: Mapping[str, Sequence[Observation]], kind: Kind
) -> float | None:
    if target.values:
        return target.values[position]
    period = target.periods[position]
    parts = [observed_in(by_series.get(name, ()), period, kind) for name in target.series]
    present = [part for part in parts if part is not None]
    return sum(present) if len(present) == len(parts) else None


def observed_in(rows: Sequence[Observation], period: str, kind: Kind) -> float | None:
    """Return what a series says of a quarter or year, None if it does not cover it.

    A yearly row is the year. Quarterly flows are put on calendar quarters and summed. Levels are
    the last observation inside the last quarter of the period, a quarter's rate is that at its end,
    and all else is the mean of what lies in the period. Events are records: one that beats none of
    an earlier day, because another came late or was dated anew, is none.
    """
    if any(row.frequency == EVENT for row in rows):
        rows = without_beaten(rows)
    last = quarter(period)
    first = last - 3 if is_year(period) else last
    yearly = [
        row for row in rows if row.frequency in _YEARLY and quarter_of(row.period_end) == last
    ]
    if yearly and is_year(period):
        return yearly[-1].value
    if kind == "flow":
        totals = calendar_quarters([row for row in rows if row.frequency == "Q"])
        covered = [totals[q] for q in range(first, last + 1) if q in totals]
        return sum(covered) if len(covered) == last + 1 - first else None
    if kind in {"stock", "cumulative"}:
        inside = [row for row in rows if quarter_of(row.period_end) == last]
        return max(inside, key=lambda row: row.period_end).value if inside else None
    if kind == "rate" and not is_year(period):
        return _rate_at_end(rows, last)
    inside = [row for row in rows if first <= quarter_of(row.period_end) <= last]
    return float(np.mean([row.value for row in inside])) if inside else None


def without_beaten(rows: Sequence[Observation]) -> Sequence[Observation]:
    """Return rows without events that do not exceed all of earlier days."""
    events = [row for row in rows if row.frequency == EVENT]
    best: dict[date, float] = {}
    highest = -math.inf
    for row in sorted(events, key=lambda row: row.period_end):
        best.setdefault(row.period_end, highest)
        highest = max(highest, row.value)
    return [row for row in rows if row.frequency != EVENT or row.value > best[row.period_end]]


def _rate_at_end(rows: Sequence[Observation], last: int) -> float | None:
    """Return the rate at the end of the quarter `last`, None without a statement inside it.

    It lies between the last statement in the quarter and the first in the one after, in logarithms
    and by days; rates that double in a quarter are not the mean of what was said in it.
    """
    inside = [row for row in rows if quarter_of(row.period_end) == last and row.value > 0.0]
    after = [row for row in rows if quarter_of(row.period_end) == last + 1 and row.value > 0.0]
    if not inside:
        return None
    before = max(inside, key=lambda row: row.period_end)
    if not after:
        return before.value
    then = min(after, key=lambda row: row.period_end)
    days = (parse_day(label(last)) - before.period_end).days
    part = days / (then.period_end - before.period_end).days
    return float(before.value * (then.value / before.value) ** part)


def error_covariance(data: Sequence[Datum]) -> Array:
    """Return the covariance (data, data) of errors in each datum's scale.

    Own errors of one origin correlate by the smaller of the two stated correlations, others do not.
    All opinions share an error of level and one of slope besides, whichever their origin. The error
    of a bound is its own: draws that keep it say nothing of the errors of others.
    """
    matrix = np.zeros((len(data), len(data)))
    for row, first in enumerate(data):
        for column, second in enumerate(data):
            correlation = 0.0
            if row == column:
                correlation = 1.0
            elif first.origin == second.origin and not (first.bound or second.bound):
                correlation = min(first.error_correlation, second.error_correlation)
            matrix[row, column] = correlation * first.error * second.error
    shared = np.array([datum.shared for datum in data]).reshape(len(data), 2)
    common = np.einsum("ps,qs->pq", shared, shared)
    alone = np.array([bool(datum.bound) for datum in data])
    kept = ~(alone[:, np.newaxis] | alone) | np.eye(len(data), dtype=bool)
    return np.asarray(matrix + np.where(kept, common, 0.0))


def observed_vector(data: Sequence[Datum]) -> Array:
    """Return the observations (data,) in their scales."""
    return np.array([float(into_scale(datum.value, datum.scale)) for datum in data])


def comparable(datum: Datum, predicted: Array) -> Array:
    """Return predictions (draws,) in the datum's scale; one inside a bound meets it exactly."""
    if datum.scale == "logit":
        predicted = np.clip(predicted, SMALLEST_SHARE, 1.0 - SMALLEST_SHARE)
    scaled: Array = into_scale(predicted, datum.scale)
    limit = float(into_scale(datum.value, datum.scale))
    if datum.bound == "lower":
        return np.minimum(scaled, limit)
    return np.maximum(scaled, limit) if datum.bound == "upper" else scaled
