"""How good quantile forecasts were: CRPS, coverage and interval score.

A forecast is its quantiles at `PROBABILITIES`. Shares are scored in percentage points, levels in
natural logarithms, so that series of different size can be averaged.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecast.beliefs import Array
from forecast.curves.quantiles import PROBABILITIES

_SMALLEST = 1e-300  # stands for zero where a logarithm is taken: a level of zero is a grave error


def comparable(values: Array, ceiling: float | None) -> Array:
    """Return values in percentage points of their ceiling, or as natural logarithms."""
    if ceiling is not None:
        return 100.0 * np.asarray(values) / ceiling
    return np.log(np.maximum(values, _SMALLEST))


def crps(
    quantiles: Array, observed: Array, probabilities: Sequence[float] = PROBABILITIES
) -> Array:
    """Return the continuous ranked probability score of `quantiles` (…, probabilities).

    Twice the pinball loss averaged over the probabilities (Gneiting and Ranjan 2011), with
    trapezoidal weights; the outermost carry the tails.
    """
    levels = np.array(probabilities)
    edges = np.concatenate([[0.0], 0.5 * (levels[1:] + levels[:-1]), [1.0]])
    miss = observed[..., None] - quantiles
    loss = np.maximum(levels * miss, (levels - 1.0) * miss)
    return np.asarray(2.0 * loss @ np.diff(edges))


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
