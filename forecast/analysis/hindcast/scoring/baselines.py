"""What anybody could have said: a random walk with drift, and last year's growth repeated.

    y(t + h) = y(t) + m h + s √(h + h²/n) z

y is a logarithm (a logit for a share), m the drift over n quarters and s the spread of a quarter's
step: a step of d quarters is m d, and its variance s² d, so that figures may lie apart; h²/n is
what n quarters leave open of the drift. The walk takes every step, growth repeated those of the
last year.
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
    over how many quarters the drift was taken."""

    last: int
    level: float
    drift: float
    spread: float
    length: int

    def median(self, quarter: int) -> float:
        """Return the median in logarithms."""
        return self.level + self.drift * (quarter - self.last)

    def quantiles(self, quarter: int) -> Array:
        """Return quantiles at PROBABILITIES in logarithms."""
        ahead = quarter - self.last
        reach = self.spread * np.sqrt(ahead + ahead**2 / self.length)
        return np.asarray(self.median(quarter) + reach * _NORMAL)


def walk_of(
    history: Mapping[int, float], over: int | None = None, fewest: int = FEWEST
) -> Walk | None:
    """Return the walk of logarithms by quarter, its drift over the last `over` quarters (all if
    None); None where history has fewer than `fewest` quarters."""
    if len(history) < fewest:
        return None
    quarters = np.array(sorted(history))
    levels = np.array([history[int(each)] for each in quarters])
    rises, lengths = np.diff(levels), np.diff(quarters)
    surprises = (rises - lengths * rises.sum() / lengths.sum()) / np.sqrt(lengths)
    newest = np.full(len(rises), True) if over is None else quarters[1:] > quarters[-1] - over
    length = int(lengths[newest].sum())
    return Walk(
        int(quarters[-1]),
        float(levels[-1]),
        float(rises[newest].sum()) / length,
        float(np.sqrt((surprises**2).sum() / (len(rises) - 1))),
        length,
    )
