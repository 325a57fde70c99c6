"""The quantiles at which a curve's path is stated."""

from __future__ import annotations

import numpy as np

from forecast.beliefs import Array
from forecast.result import PERCENTILES

PROBABILITIES = tuple(percentile / 100.0 for percentile in PERCENTILES)


def quantiles_of(ordered: Array) -> Array:
    """Return the quantiles of ascending rows at `PROBABILITIES`: (rows, probabilities)."""
    size = ordered.shape[1]
    position = np.clip(np.array(PROBABILITIES) * size - 0.5, 0.0, size - 1.0)
    below = np.minimum(position.astype(int), size - 2)
    part = position - below
    return np.asarray(ordered[:, below] * (1.0 - part) + ordered[:, below + 1] * part)
