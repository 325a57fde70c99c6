"""Seasons of a series: what each period of the year adds, in logs or logits.

The steps from figure to figure are regressed on growth and on the change of season. That is the
right regression for a level whose noise accumulates, and a gap is a longer step. The seasons found
count as far as the figures bear them out: no series is seasonal or not all at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from forecast.curves.coordinates import coordinates, levels_at
from forecast.curves.families import Array, Members
from forecast.curves.filter.member_grid import CurveScale

FEWEST_YEARS = 3  # seen before seasons are looked for
RECENT_YEARS = 10  # looked at, because seasons change
_GROWTH = 2  # growth and how it changes
_NOISE = 1e-4  # a step of no season at all, log or logit, so that nothing is divided by zero
_MENTIONED = 0.01  # log or logit; smaller seasons are not worth a word


@dataclass(frozen=True)
class Seasons:
    """What each period of the year adds to the log or logit of a level, (periods,); sums to zero.

    `last` is the period of the last figure, counted from the year 0.
    """

    added: Array
    last: int

    @property
    def matter(self) -> bool:
        """Whether the seasons are large enough to be spoken of."""
        return bool(np.abs(self.added).max() > _MENTIONED)

    def without(self, times: Array, values: Array, scale: CurveScale) -> Array:
        """Return levels at `times` (points,) as they would be without seasons."""
        place = coordinates(values, scale) - self.added[_periods(times, self.added.size)]
        return levels_at(place, scale)

    def ahead(self, levels: Array, scale: CurveScale) -> Array:
        """Return ascending levels (periods ahead, sample) with the season of each period."""
        at = (self.last + 1 + np.arange(len(levels))) % self.added.size
        return levels_at(coordinates(levels, scale) + self.added[at, None], scale)


def _periods(times: Array, periods: int) -> Members:
    """Return the period of the year of each time, counted from 0."""
    return np.round(times * periods).astype(np.intp) % periods


def find_seasons(times: Array, values: Array, scale: CurveScale, periods: int) -> Seasons:
    """Return the seasons of a series with `periods` in a year.

    `times` are increasing year fractions, `values` the levels, or shares of the ceiling, above
    zero. All seasons are zero without three years of figures, or where they do not explain the
    steps better than chance does; in between they are shrunk by their posterior probability
    (Schwarz's criterion, 1978, over the steps that the fit leaves free).
    """
    at = np.round(times * periods).astype(np.intp)
    none = Seasons(np.zeros(periods), int(at[-1]))
    recent = at > at[-1] - RECENT_YEARS * periods
    at, level = at[recent], coordinates(values[recent], scale)
    lapse, year = np.diff(at), at % periods
    free = lapse.size - _GROWTH - (periods - 1)
    if at[-1] - at[0] + 1 < FEWEST_YEARS * periods or free < periods or (lapse < 1).any():
        return none
    if np.unique(year).size < periods:
        return none
    weight = 1.0 / np.sqrt(lapse)
    middle = (at[1:] + at[:-1] - at[0] - at[-1]) / (at[-1] - at[0])
    growth = np.stack([lapse * middle**power for power in range(_GROWTH)], axis=1)
    effect = np.eye(periods)[:, :-1]
    effect[-1] = -1.0  # the last period takes back what the others add
    change = np.diff(effect[year], axis=0)
    rise = np.diff(level) * weight
    left_without = _fitted(growth * weight[:, None], rise)[1]
    found, left = _fitted(np.concatenate([growth, change], axis=1) * weight[:, None], rise)
    noise = lapse.size * _NOISE**2
    gain = free * math.log((left_without + noise) / (left + noise))
    odds = 0.5 * (gain - (periods - 1) * math.log(lapse.size))
    added = np.append(found[_GROWTH:], -found[_GROWTH:].sum())
    return replace(none, added=added / (1.0 + math.exp(-min(max(odds, -500.0), 500.0))))


def _fitted(columns: Array, target: Array) -> tuple[Array, float]:
    """Return the coefficients of least squares and the sum of squares that they leave."""
    found: Array = np.asarray(np.linalg.lstsq(columns, target, rcond=None)[0], dtype=np.float64)
    return found, float(np.sum((target - columns @ found) ** 2))
