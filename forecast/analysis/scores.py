"""How good quantile forecasts were: CRPS, coverage and interval score.

A forecast is its quantiles at `PROBABILITIES`. Shares are scored in percentage points, levels in
natural logarithms, so that series of different size can be averaged.
"""

from __future__ import annotations

import numpy as np

from forecast.analysis.fit import PROBABILITIES
from forecast.beliefs import Array

_LEVELS = np.array(PROBABILITIES)
_SMALLEST = 1e-300  # stands for zero where a logarithm is taken: a level of zero is a grave error


def _weights() -> Array:
    """Return trapezoidal weights of the quantile levels; the outer ones carry the tails."""
    gaps = np.diff(_LEVELS)
    weights = np.zeros_like(_LEVELS)
    weights[:-1] += gaps / 2.0
    weights[1:] += gaps / 2.0
    weights[0] += _LEVELS[0]
    weights[-1] += 1.0 - _LEVELS[-1]
    return weights


_WEIGHTS = _weights()


def comparable(values: Array, ceiling: float | None) -> Array:
    """Return values in percentage points of their ceiling, or as natural logarithms."""
    if ceiling is not None:
        return 100.0 * np.asarray(values) / ceiling
    return np.log(np.maximum(values, _SMALLEST))


def crps(quantiles: Array, observed: Array) -> Array:
    """Return the continuous ranked probability score of `quantiles` (…, levels).

    Twice the pinball loss averaged over the levels (Gneiting and Ranjan 2011).
    """
    miss = observed[..., None] - quantiles
    loss = np.maximum(_LEVELS * miss, (_LEVELS - 1.0) * miss)
    return np.asarray(2.0 * loss @ _WEIGHTS)


def band(quantiles: Array, width: float) -> tuple[Array, Array]:
    """Return the ends of the central band that holds `width`, 0.8 or 0.95."""
    low = PROBABILITIES.index(round((1.0 - width) / 2.0, 3))
    return quantiles[..., low], quantiles[..., len(PROBABILITIES) - 1 - low]


def covered(quantiles: Array, observed: Array, width: float) -> Array:
    """Return whether the central band held what was observed."""
    low, high = band(quantiles, width)
    return np.asarray((low <= observed) & (observed <= high))


def interval_score(quantiles: Array, observed: Array, width: float) -> Array:
    """Return the width of the central band plus its penalty for each miss (Winkler 1972)."""
    low, high = band(quantiles, width)
    missed = np.maximum(low - observed, 0.0) + np.maximum(observed - high, 0.0)
    return np.asarray(high - low + 2.0 / (1.0 - width) * missed)
