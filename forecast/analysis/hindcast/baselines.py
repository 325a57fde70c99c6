"""What anybody could have said: a random walk with drift, and last year's growth repeated.

    y(t + h) = y(t) + m h + s √(h + h²/n) z

y is a logarithm (a logit for a share), m the mean of n quarterly steps and s the spread of all
steps; h²/n is what n steps leave open of the drift. The walk takes every step, growth repeated
the four of the last year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from forecast.beliefs import Array
from forecast.curves.quantiles import PROBABILITIES

FEWEST = 6  # quarters of history
YEAR = 4
_NORMAL = np.array([NormalDist().inv_cdf(each) for each in PROBABILITIES])


@dataclass(frozen=True)
class Walk:
    """A walk from the quarter `last`: logarithm there, drift and spread of a quarter's step, and
    how many steps the drift is the mean of."""

    last: int
    level: float
    drift: float
    spread: float
    steps: int

    def median(self, quarter: int) -> float:
        """Return the median in logarithms."""
        return self.level + self.drift * (quarter - self.last)

    def quantiles(self, quarter: int) -> Array:
        """Return quantiles at PROBABILITIES in logarithms."""
        ahead = quarter - self.last
        reach = self.spread * np.sqrt(ahead + ahead**2 / self.steps)
        return np.asarray(self.median(quarter) + reach * _NORMAL)


def walk_of(history: Mapping[int, float], over: int | None = None) -> Walk | None:
    """Return the walk of logarithms by quarter, its drift over the last `over` steps (all if None);
    None where history is shorter than FEWEST quarters."""
    if len(history) < FEWEST:
        return None
    quarters = sorted(history)
    levels = np.array([history[each] for each in quarters])
    steps = np.diff(levels)[np.diff(quarters) == 1]
    newest = steps if over is None else steps[-over:]
    return Walk(
        quarters[-1],
        float(levels[-1]),
        float(newest.mean()),
        float(steps.std(ddof=1)),
        len(newest),
    )
