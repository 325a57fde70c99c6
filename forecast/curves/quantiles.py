"""The quantiles at which a curve's path is stated."""

from __future__ import annotations

import numpy as np

from forecast.beliefs import Array

PROBABILITIES = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
NAMES = tuple(f"p{100.0 * p:g}".replace(".", "_") for p in PROBABILITIES)


def quantiles_of(ordered: Array) -> Array:
    """Return the quantiles of ascending rows at `PROBABILITIES`: (rows, probabilities)."""
    size = ordered.shape[1]
    position = np.clip(np.array(PROBABILITIES) * size - 0.5, 0.0, size - 1.0)
    below = np.minimum(position.astype(int), size - 2)
    part = position - below
    return np.asarray(ordered[:, below] * (1.0 - part) + ordered[:, below + 1] * part)
