"""The quantiles at which a curve's path is stated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.beliefs import Array
from forecast.result import Columns, Spread

PROBABILITIES = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
PERCENTS = tuple(round(100.0 * p, 1) for p in PROBABILITIES)
NAMES = tuple(f"p{percent:g}".replace(".", "_") for percent in PERCENTS)


@dataclass(frozen=True, slots=True)
class CurveQuantiles(Spread):
    """Quantiles of a curve at PROBABILITIES."""

    values: tuple[float, ...]

    def at(self, percentile: float) -> float:
        """Return the quantile at one of PERCENTS."""
        return self.values[PERCENTS.index(percentile)]

    def columns(self, name: str) -> Columns:
        """Yield p2_5 to p97_5."""
        yield from zip(NAMES, self.values, strict=True)


def quantiles_of(ordered: Array) -> Array:
    """Return the quantiles of ascending rows at `PROBABILITIES`: (rows, probabilities)."""
    size = ordered.shape[1]
    position = np.clip(np.array(PROBABILITIES) * size - 0.5, 0.0, size - 1.0)
    below = np.minimum(position.astype(int), size - 2)
    part = position - below
    return np.asarray(ordered[:, below] * (1.0 - part) + ordered[:, below + 1] * part)
